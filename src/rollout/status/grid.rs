//! A row of the grid as it is told: a repository, its package, what is deployed, its refs.

use serde::Serialize;

use super::StepRef;
use crate::plan::Sha;
use crate::rollout::event::Millis;
use crate::rollout::observed::{DirtySeen, PackageState, Seen};

/// A row of the grid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RepoStatus {
    /// The repository.
    pub name: String,
    /// The branch that is checked out.
    pub branch: Option<String>,
    /// What is checked out.
    pub head: Option<Sha>,
    /// What QA passed.
    pub qa_sha: Option<Sha>,
    /// What ships.
    pub ship_sha: Option<Sha>,
    /// Where main is on this machine.
    pub main_sha: Option<Sha>,
    /// Whether the release branch is where it was frozen.
    pub drift: Drift,
    /// The work tree.
    pub dirty: Seen<DirtySeen>,
    /// What keeps the clone from being used.
    pub trouble: Option<String>,
    /// Its package.
    pub publish: Option<PublishStatus>,
    /// What is deployed.
    pub deploy: Option<DeployStatus>,
    /// Where the refs are that steps move.
    pub refs: Vec<RefStatus>,
    /// The step that concerns it next, or the last one that did.
    pub step: Option<StepRef>,
    /// When it was last looked at.
    pub observed_at: Option<Millis>,
    /// When its `origin` was last asked.
    pub remote_observed_at: Option<Millis>,
}

/// A ref on a remote that steps move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefStatus {
    /// Where: `origin/main`, `origin/tags/v1`.
    pub name: String,
    /// The commit that it is at; none where it isn't there, or that can't be told.
    pub sha: Option<Sha>,
    /// Why it can't be told.
    pub why: Option<String>,
    /// When the remote was asked.
    pub observed_at: Option<Millis>,
}

/// Whether a release branch is where it was frozen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drift {
    /// The verdict.
    pub state: DriftState,
    /// The local branch, in words.
    pub local: String,
    /// The branch on `origin`, in words.
    pub remote: String,
}

/// The verdict on a release branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DriftState {
    /// Nothing is frozen yet.
    NotFrozen,
    /// It is where it was frozen, here and on `origin`.
    Same,
    /// It isn't.
    Drifted,
    /// It can't be told.
    Unknown,
}

/// A package on its registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublishStatus {
    /// The registry.
    pub registry: String,
    /// The package; none before it is frozen.
    pub package: Option<String>,
    /// Its version; none before it is frozen.
    pub version: Option<String>,
    /// What the registry shows.
    pub state: Seen<PackageState>,
}

/// A deployed artefact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeployStatus {
    /// Where it goes.
    pub target: String,
    /// What it reports as its commit.
    pub sha: Seen<Sha>,
    /// What that means.
    pub state: DeployState,
}

/// What a deployed commit means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeployState {
    /// The ship SHA.
    Live,
    /// Another commit: normally the one before.
    Older,
    /// Main with what others brought there since it was frozen.
    Other,
    /// It can't be told.
    Unknown,
}
