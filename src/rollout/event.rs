//! The ledger's events. Past tense: an event is a fact, and the order of facts is their place in the chain, never their clock.

mod bounded;
mod effect;

use serde::{Deserialize, Serialize};

pub use effect::{Direction, Finding, Intent, Outcome, Probed, Proof, Trace, Writer};

use super::out_of_order::ItemId;

use crate::plan::{Candidate, Digest, FlagState, Key, ReleaseId, RepoName, StepId};
use crate::suite::Record;

/// Milliseconds since 1970 by the clock of the machine that wrote them: advisory.
pub type Millis = u64;

/// The version of the event format that this build writes and reads.
pub const VERSION: u32 = 1;

/// A unique id of an event: a ULID.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EventId(pub String);

/// One fact in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The format's version.
    pub v: u32,
    /// The release.
    pub release: ReleaseId,
    /// Unique in the ledger.
    pub id: EventId,
    /// The place in the chain, from 1.
    pub seq: u64,
    /// Which holder of the controls wrote it.
    pub epoch: u64,
    /// Who: `Name <address>`.
    pub actor: String,
    /// When, by the writer's clock.
    pub at: Millis,
    /// The plan in force.
    pub plan_digest: Digest,
    /// What it adds.
    #[serde(flatten)]
    pub draft: Draft,
}

/// What a fact is about, and the fact: an event before the ledger stamps it. Made by its functions it is never too long for one:
/// texts from outside are cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The step it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<StepId>,
    /// The effect it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Key>,
    /// The attempt, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// The fact.
    #[serde(flatten)]
    pub fact: Fact,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "body", rename_all = "kebab-case")]
pub enum Fact {
    /// The release was opened with this plan; release.toml lies in the commit's tree.
    Opened {
        /// The release's title.
        title: String,
    },
    /// The plan changed; release.toml lies in the commit's tree.
    Replanned {
        /// The plan before.
        from: Digest,
        /// What changed, in words.
        changes: Vec<String>,
        /// The looks that are done and would look for something else: they are made again.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        reopens: Vec<StepId>,
    },
    /// QA passed these commits: only they ship.
    Frozen {
        /// Each repository's commit and package.
        candidates: Vec<Frozen>,
        /// Who passed it.
        by: String,
        /// The verdict in words.
        verdict: String,
        /// Anything else worth keeping.
        notes: String,
    },
    /// The freeze was lifted before anything shipped.
    Thawed {
        /// Why.
        reason: String,
    },
    /// A user trusted this plan on their machine. Information: trust is local.
    Trusted,
    /// Somebody took the controls, which begins an epoch.
    ControlsTaken(Holder),
    /// The holder let go.
    ControlsReleased,
    /// The owner approved.
    Approved {
        /// What exactly was approved.
        digest: Digest,
        /// One step, or the train.
        covers: Covers,
    },
    /// What was approved is no longer what would happen.
    ApprovalVoided {
        /// What changed.
        why: String,
    },
    /// The owner forbade the step.
    Vetoed {
        /// Why.
        reason: String,
    },
    /// The owner took the veto back.
    Lifted,
    /// The release was put on hold.
    Held {
        /// Why.
        reason: String,
    },
    /// The owner let the release go on.
    Resumed,
    /// An effect is about to be tried. Durable before anything is done.
    Intent(Intent),
    /// How the try ended.
    Outcome(Outcome),
    /// The world was asked whether the effect is there.
    Probed(Probed),
    /// The owner decided what no probe could.
    Resolved {
        /// What is held to be so.
        #[serde(rename = "as")]
        verdict: Verdict,
        /// Why.
        reason: String,
    },
    /// Something outside isn't as plan and ledger have it.
    OutOfOrder {
        /// The thing.
        item: ItemId,
        /// What was seen; none: it is as it should be again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<String>,
        /// All of it in words.
        says: String,
    },
    /// The owner accepted that an effect was there before we meant to bring it, or that something isn't as we left it.
    Accepted {
        /// Why.
        reason: String,
        /// Exactly what was accepted, where it was told as out of order.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item: Option<Sighted>,
    },
    /// A gate was judged.
    GateJudged {
        /// The gate's place in the step, from 0.
        gate: u32,
        /// Whether it holds.
        holds: bool,
        /// What was seen.
        detail: String,
        /// What was tested, where it was a test: the tree and the command.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject: Option<Digest>,
    },
    /// The flag was set outside a step, on the way back.
    FlagSet {
        /// The state before, where it could be read.
        from: Option<FlagState>,
        /// The state it has.
        to: FlagState,
        /// Steps whose evidence no longer describes the world.
        reopens: Vec<StepId>,
        /// What stood in the way and was passed over.
        bypassed: Vec<String>,
        /// How many artefacts and contexts agreed, in words.
        evidence: String,
        /// Milliseconds from the order until everyone had read it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        took: Option<u64>,
    },
    /// The way back of the flag was tried, and not everyone was reached, or nobody.
    FlagMissed {
        /// The state before, where it could be read.
        from: Option<FlagState>,
        /// The state it should have.
        to: FlagState,
        /// Who lags, or what refused.
        why: String,
        /// What stood in the way and was passed over.
        bypassed: Vec<String>,
        /// Milliseconds from the order until it was given up.
        took: u64,
    },
    /// The way back of the flag was rehearsed: it was set to off while it was off, and read back.
    FlagRehearsed {
        /// The flag as the plan had it.
        flag: Digest,
        /// How long it took, in milliseconds.
        took: u64,
        /// How many artefacts and contexts agreed, in words.
        evidence: String,
    },
    /// A soak's clock began.
    SoakStarted {
        /// How long it lasts, in milliseconds.
        lasts: u64,
    },
    /// A soak's checks turned good or bad.
    SoakChanged {
        /// How they are.
        health: Health,
        /// What was seen.
        detail: String,
        /// Milliseconds of good time so far.
        good_for: u64,
    },
    /// A soak goes on as it was: a summary of its rounds, now and then, so that a crash costs little.
    SoakWatched {
        /// Milliseconds of good time so far.
        good_for: u64,
        /// When the last round was.
        until: Millis,
    },
    /// Nobody watched a soak for a while.
    SoakGap {
        /// Since when.
        from: Millis,
        /// Till when.
        until: Millis,
        /// Whether it counts as good time, because the plan says so.
        counted: bool,
        /// Milliseconds of good time so far.
        good_for: u64,
    },
    /// The owner ended a soak before its time.
    SoakCut {
        /// Why.
        reason: String,
    },
    /// A soak ended.
    SoakEnded {
        /// Milliseconds since it began, by the clock of the machine that ended it.
        elapsed: u64,
    },
    /// A suite of tests ran: what its report says of the flows that the plan requires.
    SuiteRan(Box<Record>),
    /// The owner confirmed a line of a checklist.
    Ticked {
        /// The line.
        item: String,
    },
    /// A step's effects were taken back.
    Undone {
        /// Steps whose evidence no longer describes the world, with this one.
        reopens: Vec<StepId>,
    },
    /// Every step has evidence.
    Shipped,
}

/// Something that was seen out of order, as it was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighted {
    /// The thing.
    pub item: ItemId,
    /// What was seen of it.
    pub seen: String,
}

/// A repository as QA passed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frozen {
    /// The repository.
    pub repo: RepoName,
    /// Its commit and package.
    #[serde(flatten)]
    pub candidate: Candidate,
}

/// Who holds the controls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The machine's name.
    pub host: String,
    /// The user's name there.
    pub user: String,
    /// The process.
    pub pid: u32,
    /// What it is: `cockpit`, `ship` or the command that was given.
    pub what: String,
}

/// What an approval covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Covers {
    /// The one step.
    Step,
    /// Every step that doesn't ask for itself.
    Train {
        /// Those steps.
        steps: Vec<StepId>,
    },
}

/// What the owner holds to be so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The effect is there.
    Present,
    /// It isn't.
    Absent,
}

/// How a soak's checks are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// All pass.
    Good,
    /// At least one fails or can't be asked: the clock stands.
    Bad,
}

impl Draft {
    /// A fact about the release.
    pub fn release(fact: Fact) -> Self {
        Self { step: None, action: None, attempt: None, fact: fact.bounded() }
    }

    /// A fact about a step.
    pub fn step(step: &StepId, fact: Fact) -> Self {
        Self { step: Some(step.clone()), action: None, attempt: None, fact: fact.bounded() }
    }

    /// A fact about an effect of a step.
    pub fn action(step: &StepId, key: &Key, attempt: u32, fact: Fact) -> Self {
        Self { step: Some(step.clone()), action: Some(key.clone()), attempt: Some(attempt), fact: fact.bounded() }
    }
}

impl Fact {
    /// The kind's word, as it stands in the ledger.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "opened",
            Self::Replanned { .. } => "replanned",
            Self::Frozen { .. } => "frozen",
            Self::Thawed { .. } => "thawed",
            Self::Trusted => "trusted",
            Self::ControlsTaken(_) => "controls-taken",
            Self::ControlsReleased => "controls-released",
            Self::Approved { .. } => "approved",
            Self::ApprovalVoided { .. } => "approval-voided",
            Self::Vetoed { .. } => "vetoed",
            Self::Lifted => "lifted",
            Self::Held { .. } => "held",
            Self::Resumed => "resumed",
            Self::Intent(_) => "intent",
            Self::Outcome(_) => "outcome",
            Self::Probed(_) => "probed",
            Self::Resolved { .. } => "resolved",
            Self::OutOfOrder { .. } => "out-of-order",
            Self::Accepted { .. } => "accepted",
            Self::GateJudged { .. } => "gate-judged",
            Self::FlagSet { .. } => "flag-set",
            Self::FlagMissed { .. } => "flag-missed",
            Self::FlagRehearsed { .. } => "flag-rehearsed",
            Self::SoakStarted { .. } => "soak-started",
            Self::SoakChanged { .. } => "soak-changed",
            Self::SoakWatched { .. } => "soak-watched",
            Self::SoakGap { .. } => "soak-gap",
            Self::SoakCut { .. } => "soak-cut",
            Self::SoakEnded { .. } => "soak-ended",
            Self::SuiteRan(_) => "suite-ran",
            Self::Ticked { .. } => "ticked",
            Self::Undone { .. } => "undone",
            Self::Shipped => "shipped",
        }
    }
}
