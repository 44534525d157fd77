//! The checked, immutable intention: what ships, in which order, under which conditions. Pure: no clock, no files, no runtime.

pub mod action;
pub mod argv;
pub mod brought;
pub mod check;
pub mod ci;
pub mod coverage;
pub mod digest;
pub mod document;
pub mod flag;
pub mod gate;
pub mod grant;
pub(crate) mod implied;
pub mod lock;
pub mod manifest;
pub mod name;
pub mod need;
pub mod period;
pub mod pin;
pub mod pinning;
pub mod registry;
pub mod seam;
pub mod sha;
pub mod suite;
pub mod verb;
pub mod via;
pub mod written;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use action::{Action, Command, Effect, Identity, Key, Nature, Place, Probe, Reach};
pub use argv::{Argv, Words};
pub use brought::BroughtRef;
pub use check::Check;
pub use ci::Ci;
pub use coverage::Coverage;
pub use digest::Digest;
pub use document::{Confirm, Deployment, Document, Mode, Owner, Release, Repo, Reports, Role, Step, Visibility};
pub use flag::{Flag, FlagContext, FlagProvider, Report};
pub use gate::Gate;
pub use grant::{Grant, Granted, Whose};
pub use name::{Dimension, FlagState, RegistryName, ReleaseId, RepoName, SeamId, StepId};
pub use period::Period;
pub use pin::{Pin, PinTo};
pub use registry::{Asking, Duplicates, PackageVersion, Publishing, Registry, RegistryKind, Staging};
pub use seam::Seam;
pub use sha::Sha;
pub use suite::Suite;
pub use verb::{ByOthers, Outgoing, Scene, Unready, Verb};
pub use via::{Dispatch, Starting, Via};

/// A checked release.toml. Only [`crate::config`] makes one from a file; every name in it resolves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    document: Document,
    digest: Digest,
    implied: Vec<implied::Implied>,
}

/// What QA passed in one repository: only that ships.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The commit.
    pub sha: Sha,
    /// The package that its manifest names at that commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<Package>,
    /// The one commit on top in which its references became published versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repinned: Option<Sha>,
}

impl Candidate {
    /// What QA passed, and nothing on top.
    pub fn frozen(sha: Sha, package: Option<Package>) -> Self {
        Self { sha, package, repinned: None }
    }

    /// The commit that ships: the frozen one, or the repin commit on top of it.
    pub fn ship_sha(&self) -> &Sha {
        self.repinned.as_ref().unwrap_or(&self.sha)
    }

    /// The same without what was derived from it since.
    #[must_use]
    pub fn as_frozen(&self) -> Self {
        Self { repinned: None, ..self.clone() }
    }
}

/// A package's name and version, as its own manifest gives them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// The name.
    pub name: String,
    /// The version.
    pub version: String,
}

impl Plan {
    /// Wraps a document that has passed every check, adding what is implied: the record step, and gates.
    pub fn new(mut document: Document) -> Self {
        let implied = implied::add(&mut document);
        let text = serde_json::to_vec(&document).unwrap_or_default();
        Self { digest: Digest::of(&text), document, implied }
    }

    /// What release.toml says.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Changes whenever anything that release.toml says does; comments and layout are no part of it.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The release's id.
    pub fn id(&self) -> &ReleaseId {
        &self.document.release.id
    }

    /// The repositories, in the order of the file.
    pub fn repos(&self) -> &[Repo] {
        &self.document.repo
    }

    /// A repository by name.
    pub fn repo(&self, name: &RepoName) -> Option<&Repo> {
        self.document.repo.iter().find(|repo| repo.name == *name)
    }

    /// The release branch of a repository.
    pub fn branch(&self, repo: &Repo) -> String {
        repo.branch.clone().unwrap_or_else(|| format!("release/{}", self.document.release.id))
    }

    /// The steps, in the order in which they happen.
    pub fn steps(&self) -> &[Step] {
        &self.document.step
    }

    /// A step by id.
    pub fn step(&self, id: &StepId) -> Option<&Step> {
        self.document.step.iter().find(|step| step.id == *id)
    }

    /// Whether a gate of a step, by its place from 0, isn't written in release.toml but follows from it.
    pub fn is_implied(&self, id: &StepId, gate: usize) -> bool {
        self.implied.iter().any(|(step, place)| step == id && *place == gate)
    }

    /// What a rehearsal of the flag holds for: the flag's own table, and who reports how they read it. None without a flag.
    pub fn flag_digest(&self) -> Option<Digest> {
        let flag = self.document.flag.as_ref()?;
        let reports: Vec<_> = self.document.repo.iter().map(|repo| (&repo.name, &repo.reports)).collect();
        Some(Digest::of(&serde_json::to_vec(&(flag, reports)).ok()?))
    }

    /// A step's place in the plan, from 1.
    pub fn number(&self, id: &StepId) -> Option<usize> {
        self.document.step.iter().position(|step| step.id == *id).map(|index| index + 1)
    }

    /// The steps that must be done before a step starts.
    pub fn needs<'a>(&'a self, step: &'a Step) -> Vec<&'a StepId> {
        match &step.needs {
            Some(needs) if !matches!(step.verb, Verb::Record(_)) => needs.iter().collect(),
            Some(_) | None => self.document.step.iter().map(|s| &s.id).take_while(|id| **id != step.id).collect(),
        }
    }

    /// The version that a repository publishes, and how it is asked for.
    pub fn package(&self, name: &RepoName, candidate: &Candidate) -> Result<PackageVersion, Unready> {
        let candidates = BTreeMap::from([(name.clone(), candidate.clone())]);
        // no step is compiled: any will do to stand on
        let step = self.document.step.first().ok_or(Unready::NotInPlan { what: "a step", repo: name.clone() })?;
        Scene { document: &self.document, candidates: &candidates, step }.package(name)
    }

    /// What a repository pins, with the versions that are known.
    pub fn pins(&self, name: &RepoName, candidates: &BTreeMap<RepoName, Candidate>) -> Result<Vec<PinTo>, Unready> {
        // no step is compiled: any will do to stand on
        let step = self.document.step.first().ok_or(Unready::NotInPlan { what: "a step", repo: name.clone() })?;
        Scene { document: &self.document, candidates, step }.pins(name)
    }

    /// The effects of a step, in order.
    pub fn compile(&self, step: &Step, candidates: &BTreeMap<RepoName, Candidate>) -> Result<Vec<Action>, Unready> {
        let scene = Scene { document: &self.document, candidates, step };
        via::carried_out(&scene, step.verb.compile(&scene)?)
    }
}
