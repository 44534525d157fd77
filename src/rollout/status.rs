//! The release as `status --json` and the cockpit tell it: one structure for both, so that they can't disagree.
//! The shape is an interface: `schema` rises when a field changes its meaning or goes.

mod alarm;
mod build;
mod flag;
mod grid;
mod live;
mod order;
mod repo;
mod seam;
mod step;
mod steps;
mod suite;
mod waits;

use std::collections::BTreeMap;

use serde::Serialize;

pub use build::{Session, status};
pub use grid::{DeployState, DeployStatus, Drift, DriftState, PublishStatus, RefStatus, RepoStatus};
pub use order::{ItemState, OutOfOrder};
pub(crate) use step::{command_of, way_back};
pub use steps::{
    ActionStatus, ApprovalStatus, GateState, GateStatus, Line, SoakStatus, StepRef, StepStatus, UndoStatus,
};
pub use suite::{CoverageStatus, Flow, SuiteStatus};

use super::event::Millis;
use super::fold::Missed;
use super::observed::{ContextSeen, Wait};
use super::seam::{Misfit, SeamState, Standing};
use super::skew::Skew;
use super::state::Phase;
use crate::plan::seam::Rule;
use crate::plan::{Digest, FlagState, Reach, RepoName, SeamId, StepId};

/// The whole release at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The version of this shape.
    pub schema: u32,
    /// The release.
    pub release: ReleaseStatus,
    /// Where it is on its way.
    pub phase: Phase,
    /// Whether anything was brought, or may be there: what is frozen stays frozen.
    pub started: bool,
    /// The plan in force.
    pub plan_digest: Digest,
    /// Whether this user trusts this plan on this machine.
    pub trusted: bool,
    /// The rollout owner.
    pub owner: OwnerStatus,
    /// Who has the controls.
    pub controls: Controls,
    /// The flag.
    pub flag: Option<FlagStatus>,
    /// The grid.
    pub repos: Vec<RepoStatus>,
    /// The plan.
    pub steps: Vec<StepStatus>,
    /// Contracts between repositories.
    pub seams: Vec<SeamStatus>,
    /// Which intersections the suites that ran so far cover, where the plan asks for that.
    pub coverage: Option<CoverageStatus>,
    /// The step that comes next; none when every step is done.
    pub next: Option<StepId>,
    /// What the release waits for, in words.
    pub waiting_for: String,
    /// The one command that goes on.
    pub go_on: Option<String>,
    /// Why nothing may start.
    pub hold: Option<String>,
    /// Whether somebody was asked whether it stops, and nothing more starts until they answer.
    pub paused: bool,
    /// Why the ledger can't be believed: all that comes from it is only what could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsound: Option<String>,
    /// What users meet already: effects with evidence.
    pub live: Vec<Live>,
    /// For how long the two sides of each seam disagreed in production.
    pub skew: Vec<Skew>,
    /// What is outside before the plan reached it, or isn't as we left it.
    pub out_of_order: Vec<OutOfOrder>,
    /// How many mixtures of old and new users can meet now.
    pub reachable_states: Reachable,
    /// The last event's place in the ledger.
    pub seq: u64,
}

/// The release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReleaseStatus {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// `careful` or `quick`.
    pub mode: crate::plan::Mode,
    /// Whether every step has evidence and the ledger says so.
    pub shipped: bool,
}

/// The rollout owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnerStatus {
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
    /// Whether decisions are signed and verified.
    pub proven: bool,
}

/// Who has the controls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Controls {
    /// The holder: `user@host (what)`.
    pub holder: Option<String>,
    /// The holder's machine.
    pub host: Option<String>,
    /// Since when.
    pub since: Option<Millis>,
    /// Whether it is this process.
    pub mine: bool,
    /// Whether the holder is at work; none: can't be told from here.
    pub alive: Option<bool>,
}

/// The flag, as its provider and every artefact tell it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FlagStatus {
    /// The key.
    pub key: String,
    /// The state that its provider tells; none where it can't be told.
    pub state: Option<FlagState>,
    /// How many of the readings agree with that state.
    pub agree: usize,
    /// How many readings there are.
    pub of: usize,
    /// Each reading.
    pub readings: Vec<Reading>,
    /// Who reads something else than the flag's state, in words; none where all agree, or while a state that was set is
    /// still on its way to everyone.
    pub alarm: Option<String>,
    /// What everyone is waited for to read.
    pub converging: Option<Wait>,
    /// When the provider was asked.
    pub observed_at: Option<Millis>,
    /// The last way back that didn't reach everyone, until one does or a step sets the flag.
    pub missed: Option<Missed>,
    /// The last rehearsal of the way back, for the flag as the plan has it.
    pub rehearsed: Option<RehearsalStatus>,
}

/// A rehearsal of the way back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RehearsalStatus {
    /// When.
    pub at: Millis,
    /// Who.
    pub by: String,
    /// How long it took, in milliseconds.
    pub took: u64,
    /// How many agreed, in words.
    pub evidence: String,
}

/// One reading of the flag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// Who reads: a context's or a repository's name.
    pub who: String,
    /// What is read; none where it can't be.
    pub value: Option<String>,
    /// Whether it agrees with the flag's state.
    pub agrees: bool,
    /// Why it can't be read.
    pub why: Option<String>,
    /// When it was asked.
    pub at: Option<Millis>,
}

/// A contract between repositories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeamStatus {
    /// The seam.
    pub id: SeamId,
    /// What must fit, in words.
    pub title: String,
    /// How the sides must stand to each other.
    pub rule: Rule,
    /// The repositories that it is about.
    pub repos: Vec<RepoName>,
    /// Whether it holds.
    pub state: SeamState,
    /// What was seen, in one line.
    pub detail: String,
    /// Where the sides don't fit, both quoted.
    pub misfits: Vec<Misfit>,
    /// How many more there are.
    pub more: usize,
    /// What was read of each repository.
    pub at: BTreeMap<RepoName, Standing>,
    /// When it was looked at.
    pub observed_at: Option<Millis>,
}

/// An effect that users meet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Live {
    /// The step that brought it.
    pub step: StepId,
    /// What is live, in words.
    pub what: String,
    /// What proves it.
    pub evidence: Vec<String>,
    /// How far it can be taken back.
    pub reach: Reach,
}

/// How many mixtures of old and new users can meet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reachable {
    /// Now: exact where nothing is open, else at most so many; none where nothing at all can be told.
    pub now: Option<u64>,
    /// If every repository flipped by itself.
    pub of: u64,
    /// The repositories of which it can't be told how they behave.
    pub open: Vec<String>,
}

impl Reachable {
    /// "1 of 64", "at most 8 of 64", "? of 64".
    pub fn words(&self) -> String {
        match self.now {
            None => format!("? of {}", self.of),
            Some(now) if self.open.is_empty() => format!("{now} of {}", self.of),
            Some(now) => format!("at most {now} of {}", self.of),
        }
    }
}

/// Who reads the flag, and what.
pub(crate) fn reading_of_context(context: &ContextSeen, agrees: bool, at: Option<Millis>) -> Reading {
    Reading { who: context.name.clone(), value: context.value.clone(), agrees, why: context.why.clone(), at }
}
