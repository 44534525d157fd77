//! The outside world behind one trait: it is asked, looked at and changed here and nowhere else.
//! The engine decides what and when; a world only carries it out and says honestly what it saw.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use super::process::{Order, Tail};
use crate::plan::need::Need;
use crate::plan::{Action, Candidate, Digest, Key, Plan, RepoName, SeamId, Sha, StepId};
use crate::rollout::Millis;
use crate::rollout::event::{Finding, Health, Proof, Trace, Writer};
use crate::rollout::fold::{Gap, GateLog, SoakLog};
use crate::rollout::observed::{
    DirtySeen, FlagSeen, LocalSeen, PackageState, Refs, RemoteSeen, ReportSeen, Seen, Wait,
};
use crate::rollout::seam::SeamSeen;
use crate::suite::Record;

/// The outside world.
pub trait World: Send + Sync + 'static {
    /// What time it is, in milliseconds since 1970.
    fn now(&self) -> Millis;

    /// Readies an action and observes its preconditions, changing nothing outside: builds artefacts, checks for drift.
    fn prepare(&self, job: Job) -> impl Future<Output = Result<Prepared, Unfit>> + Send;

    /// Brings the effect about, then asks whether it is there. Called only after the intent is durable.
    fn perform(&self, job: Job, prepared: Prepared) -> impl Future<Output = Performed> + Send;

    /// Sets the flag to what it is already, by the way that it would be set in earnest. That it reads so afterwards proves
    /// nothing: only a try that ended well by itself does.
    fn rehearse(&self, job: Job) -> impl Future<Output = Performed> + Send;

    /// Asks whether an effect is there, and what is known of the process that was trying.
    fn probe(&self, job: Job) -> impl Future<Output = Answer> + Send;

    /// Judges one gate.
    fn judge(&self, job: GateJob) -> impl Future<Output = Judged> + Send;

    /// Asks whether one thing is there that later steps will need, and changes nothing.
    fn check(&self, plan: Arc<Plan>, need: Need, frozen: Frozen) -> impl Future<Output = Checked> + Send;

    /// Clears away what was only needed to ship: worktrees in the user's clones. Says what it couldn't.
    fn tidy(&self, plan: Arc<Plan>) -> impl Future<Output = Vec<String>> + Send;

    /// Looks at one thing.
    fn look(&self, plan: Arc<Plan>, look: Look, frozen: Frozen) -> impl Future<Output = Sight> + Send;
}

/// What a world is told about one action.
#[derive(Debug, Clone)]
pub struct Job {
    /// The plan in force.
    pub plan: Arc<Plan>,
    /// The step.
    pub step: StepId,
    /// The action.
    pub action: Action,
    /// The ledger's name for its effect.
    pub key: Key,
    /// The attempt, from 1.
    pub attempt: u32,
    /// The digest of the artefact that an earlier attempt meant to upload.
    pub artifact: Option<Digest>,
    /// The commit that an earlier attempt meant to bring.
    pub made: Option<Sha>,
    /// How far its soak is.
    pub soak: Option<SoakLog>,
    /// Whether an intent of this effect was ever written.
    pub tried: Tried,
    /// Where it tells of itself while it runs.
    pub line: Line,
    /// What the owner wants of it while it runs.
    pub orders: watch::Receiver<Order>,
}

/// Whether an effect was ever tried by us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tried {
    /// An intent stands in the ledger.
    Before,
    /// Nothing of ours was ever started.
    Never,
}

/// Where running work tells of itself.
#[derive(Debug, Clone)]
pub struct Line(pub mpsc::Sender<Signal>);

/// What running work tells.
#[derive(Debug, Clone)]
pub enum Signal {
    /// A child prints.
    Output(StepId, Tail),
    /// It waits for something outside that takes its own time; none: no longer.
    Waiting(StepId, Option<Wait>),
    /// What a soak tells.
    Soak(StepId, SoakNews),
    /// A suite of tests ran.
    Suite(StepId, Box<Record>),
}

/// What a soak tells of itself. Good time is in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SoakNews {
    /// Its health changed.
    Turned {
        /// How its checks are.
        health: Health,
        /// What was seen.
        detail: String,
        /// Good time so far.
        good_for: u64,
    },
    /// It goes on as it was.
    Watched {
        /// Good time so far.
        good_for: u64,
        /// When the last round was.
        until: Millis,
    },
    /// Nobody watched it for a while.
    Missed {
        /// How long, and whether it counts.
        gap: Gap,
        /// Good time so far.
        good_for: u64,
    },
}

/// A readied action.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prepared {
    /// What was observed.
    pub preconditions: Vec<String>,
    /// The artefact that will be uploaded.
    pub artifact: Option<Artifact>,
    /// The commit that was made to be brought; nothing refers to it yet.
    pub made: Option<Sha>,
    /// What the probe said before anything was done.
    pub before: Option<Finding>,
}

/// A built artefact, kept until the release is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Where it is kept.
    pub path: std::path::PathBuf,
    /// Its digest.
    pub digest: Digest,
}

/// Why an action can't start. Nothing happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// What is wrong, and what to do.
    pub why: String,
    /// The last lines of what was printed meanwhile.
    pub tail: Vec<String>,
    /// What sits in the place of the effect, where that is why.
    pub found: Option<Finding>,
}

impl From<String> for Unfit {
    fn from(why: String) -> Self {
        Self { why, tail: Vec::new(), found: None }
    }
}

/// How an action ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Performed {
    /// The effect is there, and this proves it.
    Ok {
        /// What was observed.
        evidence: Vec<String>,
    },
    /// It isn't, or nobody can say.
    Failed {
        /// Whether something may be there.
        effect: Trace,
        /// What went wrong.
        why: String,
        /// The last lines of its output.
        tail: Vec<String>,
        /// What the probe said afterwards, where that decides more.
        found: Option<Finding>,
    },
    /// It was left running.
    LetGo,
}

/// An answer about one effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What was found.
    pub finding: Finding,
    /// What is known of the process that was trying.
    pub writer: Writer,
    /// Whether the answer, if it is absent, proves that nothing happened.
    pub proof: Proof,
    /// Processes of ours that are still at work, in words.
    pub orphans: Option<String>,
}

impl Answer {
    /// What was found where nobody of ours was at work.
    pub fn of_nobody(finding: Finding) -> Self {
        Self { finding, writer: Writer::Gone, proof: Proof::Inconclusive, orphans: None }
    }
}

/// What a world is told about one gate.
#[derive(Debug, Clone)]
pub struct GateJob {
    /// The plan in force.
    pub plan: Arc<Plan>,
    /// The step.
    pub step: StepId,
    /// The gate's place in it, from 0.
    pub index: u32,
    /// What this and later steps need, where that is what the gate asks.
    pub needs: Vec<(Need, Frozen)>,
    /// The commit whose tests are asked for, with its repository.
    pub subject: Option<(RepoName, crate::plan::Sha)>,
    /// The commits that ship, of every repository whose is known.
    pub ships: BTreeMap<RepoName, Sha>,
    /// What is frozen.
    pub candidates: BTreeMap<RepoName, Candidate>,
    /// How it was last judged.
    pub before: Option<GateLog>,
    /// Where it tells of itself while it runs.
    pub line: Line,
    /// What the owner wants of it while it runs.
    pub orders: watch::Receiver<Order>,
}

/// A judged gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// Whether it holds.
    pub holds: bool,
    /// What was seen.
    pub detail: String,
}

/// How many needs are asked for side by side.
pub const SIDE_BY_SIDE: usize = 8;

/// Whether a need is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Supply {
    /// It is.
    There,
    /// It isn't.
    Missing,
    /// It could be told, but not now.
    Unknown,
    /// Nothing tells it before it is needed.
    Unaskable,
}

impl Supply {
    /// Whether a step may count on it, as far as that can be told at all.
    pub fn suffices(self) -> bool {
        match self {
            Self::There | Self::Unaskable => true,
            Self::Missing | Self::Unknown => false,
        }
    }
}

/// A need that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Whether it is there.
    pub supply: Supply,
    /// What was seen, and what to do where it isn't there.
    pub detail: String,
}

impl Checked {
    /// It is there.
    pub fn there(detail: impl Into<String>) -> Self {
        Self { supply: Supply::There, detail: detail.into() }
    }

    /// It isn't there.
    pub fn missing(detail: impl Into<String>) -> Self {
        Self { supply: Supply::Missing, detail: detail.into() }
    }

    /// It can't be told now.
    pub fn unknown(detail: impl Into<String>) -> Self {
        Self { supply: Supply::Unknown, detail: detail.into() }
    }

    /// Nothing tells it beforehand.
    pub fn unaskable(detail: impl Into<String>) -> Self {
        Self { supply: Supply::Unaskable, detail: detail.into() }
    }
}

/// One thing that can be looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Look {
    /// The clone: branch and commits.
    Local(RepoName),
    /// The work tree.
    Dirty(RepoName),
    /// The flag at its provider.
    Flag,
    /// `origin`.
    Remote(RepoName),
    /// Another remote on which steps move refs.
    Target(RepoName, String),
    /// What is deployed.
    Deployed(RepoName),
    /// The flag as what is deployed reads it.
    FlagOf(RepoName),
    /// The registry.
    Package(RepoName),
    /// The two sides of a seam.
    Seam(SeamId),
}

/// What a look needs to know of what is frozen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frozen {
    /// The candidate of the repository that is looked at.
    pub candidate: Option<crate::plan::Candidate>,
    /// The digests of the artefacts that we uploaded or mean to upload.
    pub artifacts: Vec<Digest>,
    /// The commits that ship, of every repository whose is known, where a seam is looked at.
    pub ships: BTreeMap<RepoName, Sha>,
}

/// What was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// The clone.
    Local(RepoName, Seen<LocalSeen>),
    /// The work tree.
    Dirty(RepoName, Seen<DirtySeen>),
    /// `origin`.
    Remote(RepoName, Seen<RemoteSeen>),
    /// Another remote on which steps move refs.
    Target(RepoName, String, Seen<Refs>),
    /// The registry.
    Package(RepoName, Seen<PackageState>),
    /// What is deployed.
    Deployed(RepoName, Seen<crate::plan::Sha>),
    /// The flag as what is deployed reads it.
    FlagOf(RepoName, Seen<ReportSeen>),
    /// The flag at its provider.
    Flag(Seen<FlagSeen>),
    /// The two sides of a seam.
    Seam(SeamId, Seen<SeamSeen>),
}

impl Sight {
    /// The same, with the last event of the ledger that was known when it began to be asked.
    #[must_use]
    pub fn after(self, seq: u64) -> Self {
        match self {
            Self::Local(repo, seen) => Self::Local(repo, seen.after(seq)),
            Self::Dirty(repo, seen) => Self::Dirty(repo, seen.after(seq)),
            Self::Remote(repo, seen) => Self::Remote(repo, seen.after(seq)),
            Self::Target(repo, remote, seen) => Self::Target(repo, remote, seen.after(seq)),
            Self::Package(repo, seen) => Self::Package(repo, seen.after(seq)),
            Self::Deployed(repo, seen) => Self::Deployed(repo, seen.after(seq)),
            Self::FlagOf(repo, seen) => Self::FlagOf(repo, seen.after(seq)),
            Self::Flag(seen) => Self::Flag(seen.after(seq)),
            Self::Seam(id, seen) => Self::Seam(id, seen.after(seq)),
        }
    }
}

impl Look {
    /// The repository that is looked at.
    pub fn repo(&self) -> Option<&RepoName> {
        match self {
            Self::Flag | Self::Seam(_) => None,
            Self::Local(repo)
            | Self::Dirty(repo)
            | Self::Remote(repo)
            | Self::Target(repo, _)
            | Self::Deployed(repo)
            | Self::FlagOf(repo)
            | Self::Package(repo) => Some(repo),
        }
    }

    /// Whether looking asks an address or runs a command, and so needs trust.
    pub fn needs_trust(&self) -> bool {
        match self {
            Self::Local(_) | Self::Dirty(_) | Self::Seam(_) => false,
            Self::Flag
            | Self::Remote(_)
            | Self::Target(..)
            | Self::Deployed(_)
            | Self::FlagOf(_)
            | Self::Package(_) => true,
        }
    }
}
