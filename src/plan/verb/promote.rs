//! `promote = { repo, to }`: a branch on a remote moves forward to the ship SHA (feature → RC → staging → main).

use serde::{Deserialize, Serialize};

use super::{ByOthers, Fault, Form, Outgoing, Scene, Unready, unknown_repo};
use crate::plan::{Action, BroughtRef, Document, Effect, Identity, Period, Probe, Reach, RepoName, Sha};

/// Moves one branch of one remote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Promote {
    /// The repository.
    repo: RepoName,
    /// The branch that moves.
    #[schemars(example = &"staging")]
    to: String,
    /// The remote it moves on.
    #[serde(default = "origin")]
    remote: String,
}

fn origin() -> String {
    "origin".to_owned()
}

/// A push of a commit to a branch; `deploy` is made of them too.
pub(super) fn push(verb: &str, repo: &RepoName, remote: &str, branch: &str, sha: &Sha, limit: Period) -> Action {
    Action {
        identity: Identity::new(verb, format!("{repo}:{remote}/{branch}"), sha.as_str()),
        title: format!("push {} to {remote}/{branch}", sha.short()),
        effect: Effect::Push {
            repo: repo.clone(),
            remote: remote.to_owned(),
            branch: branch.to_owned(),
            sha: sha.clone(),
        },
        probe: Probe::RemoteBranch {
            repo: repo.clone(),
            remote: remote.to_owned(),
            branch: branch.to_owned(),
            sha: sha.clone(),
        },
        reach: Reach::ForwardOnly,
        limit,
    }
}

impl Form for Promote {
    fn repo(&self) -> Option<&RepoName> {
        Some(&self.repo)
    }

    fn faults(&self, document: &Document) -> Vec<Fault> {
        unknown_repo(document, &self.repo, &["repo"]).into_iter().collect()
    }

    fn brought_refs(&self, _document: &Document) -> Vec<BroughtRef> {
        vec![BroughtRef::branch(&self.repo, &self.remote, &self.to)]
    }

    fn compile(&self, scene: &Scene<'_>) -> Result<Vec<Action>, Unready> {
        let sha = scene.candidate(&self.repo)?.ship_sha();
        Ok(vec![push("promote", &self.repo, &self.remote, &self.to, sha, scene.limit())])
    }

    fn outgoing(&self, document: &Document) -> Option<Outgoing> {
        let repo = document.repo.iter().find(|repo| repo.name == self.repo)?;
        let to_main = self.remote == "origin" && self.to == repo.main;
        Some(if to_main { Outgoing::Code } else { Outgoing::Branch })
    }

    fn by_others(&self) -> ByOthers {
        ByOthers::May
    }

    fn way_back(&self) -> &'static str {
        "a commit on top; the branch never moves back"
    }
}
