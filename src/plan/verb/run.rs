//! `run = { command, probe }`: any other command.

use serde::{Deserialize, Serialize};

use super::{ByOthers, Fault, Form, Scene, Unready, unknown_repo};
use crate::plan::{Action, Argv, Document, Effect, Identity, Probe, Reach, RepoName};

/// Runs a command at the root, or in a repository's clean worktree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Run {
    /// The command.
    #[schemars(example = ["bin/warm-caches"])]
    command: Argv,
    /// The repository in whose clean worktree it runs; the root when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    repo: Option<RepoName>,
    /// Exit 0: the effect is there; 1: it isn't; anything else: unknown. Without it an interrupted run needs the owner's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    probe: Option<Argv>,
}

impl Form for Run {
    fn repo(&self) -> Option<&RepoName> {
        self.repo.as_ref()
    }

    fn faults(&self, document: &Document) -> Vec<Fault> {
        self.repo.iter().filter_map(|repo| unknown_repo(document, repo, &["repo"])).collect()
    }

    fn compile(&self, scene: &Scene<'_>) -> Result<Vec<Action>, Unready> {
        let repo = self.repo.as_ref();
        let at = match repo {
            Some(repo) => scene.candidate(repo)?.ship_sha().as_str(),
            None => "",
        };
        let probe = match &self.probe {
            Some(probe) => Probe::Command { command: scene.command(repo, probe)? },
            None => Probe::Nothing,
        };
        Ok(vec![Action {
            identity: Identity::new("run", scene.step.id.as_str(), at),
            title: scene.step.title.clone(),
            effect: Effect::Run { command: scene.command(repo, &self.command)? },
            probe,
            reach: if scene.step.undo.is_some() { Reach::Reversible } else { Reach::ForwardOnly },
            limit: scene.limit(),
        }])
    }

    fn by_others(&self) -> ByOthers {
        if self.probe.is_some() { ByOthers::May } else { ByOthers::Untold }
    }

    fn way_back(&self) -> &'static str {
        "by hand"
    }
}
