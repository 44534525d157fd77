//! `migrate = { repo, command, probe }`: a database migration or a backfill.

use serde::{Deserialize, Serialize};

use super::{ByOthers, Fault, Form, Scene, Unready, unknown_repo};
use crate::plan::{Action, Argv, Document, Effect, Identity, Probe, Reach, RepoName};

/// Runs a migration from a clean worktree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Migrate {
    /// The repository whose migration it is.
    repo: RepoName,
    /// The migration.
    #[schemars(example = ["bin/migrate"])]
    command: Argv,
    /// Exit 0: the migration is there; 1: it isn't; anything else: unknown.
    #[schemars(example = ["bin/migrate", "--status"])]
    probe: Argv,
}

impl Form for Migrate {
    fn repo(&self) -> Option<&RepoName> {
        Some(&self.repo)
    }

    fn faults(&self, document: &Document) -> Vec<Fault> {
        unknown_repo(document, &self.repo, &["repo"]).into_iter().collect()
    }

    fn compile(&self, scene: &Scene<'_>) -> Result<Vec<Action>, Unready> {
        let sha = scene.candidate(&self.repo)?.ship_sha();
        Ok(vec![Action {
            identity: Identity::new("migrate", format!("{}/{}", self.repo, scene.step.id), sha.as_str()),
            title: format!("migrate with {} @ {}", self.repo, sha.short()),
            effect: Effect::Run { command: scene.command_in(&self.repo, &self.command)? },
            probe: Probe::Command { command: scene.command_in(&self.repo, &self.probe)? },
            reach: if scene.step.undo.is_some() { Reach::ForwardOnly } else { Reach::Permanent },
            limit: scene.limit(),
        }])
    }

    fn by_others(&self) -> ByOthers {
        ByOthers::May
    }

    fn way_back(&self) -> &'static str {
        "a migration on top"
    }
}
