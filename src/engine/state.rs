//! What the engine publishes: an immutable picture of the release, whole at every instant. Screens draw it, commands print it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::output::Output;
use crate::plan::{Plan, StepId};
use crate::rollout::event::{Event, Millis};
use crate::rollout::{Next, Status};

/// How many of the last events a state carries for the ledger view.
pub const RECENT_EVENTS: usize = 1_000;
/// How many notices are kept.
pub const NOTICES: usize = 50;

/// The release as the engine knows it.
#[derive(Debug, Clone)]
pub struct State {
    /// The plan in force.
    pub plan: Arc<Plan>,
    /// The release at a glance: grid, plan, flag, what it waits for.
    pub status: Arc<Status>,
    /// What the release waits for, for code.
    pub next: Next,
    /// Whether we run the release, or only watch.
    pub role: Role,
    /// Whether approved steps start by themselves.
    pub drive: Drive,
    /// What is at work now.
    pub work: Option<Work>,
    /// The last output of each step that printed something in this session.
    pub outputs: Arc<BTreeMap<StepId, Output>>,
    /// The last events, oldest first.
    pub events: Arc<[Event]>,
    /// The ledger's health.
    pub ledger: LedgerState,
    /// Whether it is bad only because the last event couldn't be written: the next decision tries again.
    pub unwritten: bool,
    /// Why the release.toml on disk can't be used, while the last good plan stays in force: rendered lines.
    pub complaint: Option<String>,
    /// What the owner should know, newest last; bounded.
    pub notices: Arc<[Notice]>,
    /// The digest that an approval of the train must name; none where a step can't be compiled.
    pub train_digest: Option<crate::plan::Digest>,
    /// Whether everything was looked at once and nothing waits for a second look: before, no action starts.
    pub seen_enough: bool,
    /// What this machine's clock said when the state was made.
    pub now: Millis,
}

/// Whether we run the release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// We hold the controls.
    Conductor,
    /// Somebody else does, or nobody may: we only watch.
    Spectator {
        /// Who holds the controls, and what to do about it.
        because: String,
    },
}

/// Whether approved steps start by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drive {
    /// Opened, and nobody has said go: nothing starts, but a soak whose clock runs is watched.
    Parked,
    /// What is approved starts.
    Going,
    /// Somebody is asked whether it stops: what runs goes on, and nothing more starts until they answer.
    Paused,
    /// The running action may end; nothing more starts.
    Stopping,
}

/// How long a conductor stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stay {
    /// Until its owner leaves: it watches a soak whose clock runs, without being told to.
    OnWatch,
    /// For one command: it begins nothing by itself.
    Briefly,
}

/// Something at work.
#[derive(Debug, Clone)]
pub struct Work {
    /// The step.
    pub step: StepId,
    /// What is being done, in words: an action's title, or a gate being judged.
    pub title: String,
    /// Since when.
    pub since: Millis,
    /// What it prints.
    pub output: Option<Output>,
    /// Whether it leaves something behind if it is interrupted.
    pub nature: crate::plan::Nature,
}

/// The ledger's health.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LedgerState {
    /// The last append or read was good.
    Good {
        /// When.
        at: Millis,
    },
    /// It can't be written or read: nothing starts.
    Bad {
        /// Why, and what to do.
        why: String,
    },
}

/// Something that the owner should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// When.
    pub at: Millis,
    /// How grave.
    pub weight: Weight,
    /// What, in one line.
    pub text: String,
}

/// How grave a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Good to know.
    Info,
    /// Something isn't as it should be.
    Warning,
    /// The owner must look.
    Alarm,
}
