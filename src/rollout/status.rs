//! The release as `status --json` and the cockpit tell it: one structure for both, so that they can't disagree.
//! The shape is an interface: `schema` rises when a field changes its meaning or goes.

mod alarm;
mod build;
mod flag;
mod live;
mod order;
mod repo;
mod seam;
mod step;
mod suite;
mod waits;

use std::collections::BTreeMap;

use serde::Serialize;

pub use build::{Session, status};
pub use order::{ItemState, OutOfOrder};
pub(crate) use step::command_of;
pub use suite::{CoverageStatus, Flow, SuiteStatus};

use super::event::Millis;
use super::fold::Gap;
use super::observed::{ContextSeen, DirtySeen, PackageState, Seen, Wait};
use super::seam::{Misfit, SeamState, Standing};
use super::skew::Skew;
use super::state::{Phase, StepState};
use crate::plan::seam::Rule;
use crate::plan::{Digest, FlagState, Reach, RepoName, SeamId, Sha, StepId};

/// The whole release at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The version of this shape.
    pub schema: u32,
    /// The release.
    pub release: ReleaseStatus,
    /// Where it is on its way.
    pub phase: Phase,
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
    /// It can't be told.
    Unknown,
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

/// A step, by name and state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepRef {
    /// The step.
    pub id: StepId,
    /// Its place in the plan, from 1.
    pub number: usize,
    /// Its verb.
    pub verb: &'static str,
    /// Where it stands.
    pub state: StepState,
}

/// A step of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepStatus {
    /// The step.
    pub id: StepId,
    /// Its place in the plan, from 1.
    pub number: usize,
    /// The stage it is shown in.
    pub stage: String,
    /// What happens, in words.
    pub title: String,
    /// Its verb.
    pub verb: &'static str,
    /// The repository it concerns.
    pub repo: Option<String>,
    /// The repin step, not done yet, on whose commit it will act.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repin: Option<StepId>,
    /// Where it stands.
    pub state: StepState,
    /// Who approved it, and for what.
    pub approval: Option<ApprovalStatus>,
    /// What an approval must name.
    pub digest: Option<Digest>,
    /// Its gates.
    pub gates: Vec<GateStatus>,
    /// Its actions.
    pub actions: Vec<ActionStatus>,
    /// How often the most tried of its actions was tried.
    pub attempts: u32,
    /// What proves it, or what went wrong.
    pub evidence: Vec<String>,
    /// How far it can be taken back.
    pub reversibility: Reach,
    /// What takes it back or makes it harmless.
    pub way_back: &'static str,
    /// The command that takes it back, where it has one that can be told now.
    pub undo: Option<UndoStatus>,
    /// Why it can't be compiled.
    pub unready: Option<String>,
    /// The veto's reason.
    pub veto: Option<String>,
    /// A checklist's lines, each with who ticked it.
    pub checklist: Vec<Line>,
    /// Its suite of tests, where it has one.
    pub suite: Option<SuiteStatus>,
    /// When its first action was tried.
    pub started_at: Option<Millis>,
    /// When its last action was done.
    pub ended_at: Option<Millis>,
    /// What it waits for outside, while it runs.
    pub wait: Option<Wait>,
    /// A soak's clock.
    pub soak: Option<SoakStatus>,
}

/// An approval in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApprovalStatus {
    /// Who.
    pub by: String,
    /// When.
    pub at: Millis,
    /// What was approved.
    pub digest: Digest,
}

/// How a step is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UndoStatus {
    /// The exact command.
    pub command: String,
    /// What the owner's word for it must name.
    pub digest: Digest,
}

/// A gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GateStatus {
    /// Its kind.
    pub kind: &'static str,
    /// What it wants, in words.
    pub wants: String,
    /// Whether release.toml doesn't write it, but it follows from what it says.
    pub implied: bool,
    /// Whether it holds.
    pub state: GateState,
    /// What was seen.
    pub detail: String,
    /// When it was judged.
    pub at: Option<Millis>,
}

/// Whether a gate holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GateState {
    /// It held when it was judged.
    Holds,
    /// It didn't.
    Unmet,
    /// It wasn't judged yet.
    Unknown,
}

/// One action of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActionStatus {
    /// What happens, in words.
    pub title: String,
    /// The exact command, where there is one.
    pub command: Option<String>,
    /// Where it stands: `pending`, `running`, `done`, `failed`, `in-doubt`, `conflict`, `found`.
    pub state: &'static str,
    /// What proves it, or what went wrong.
    pub detail: Vec<String>,
    /// How far it can be taken back.
    pub reach: Reach,
}

/// A line of a checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The line.
    pub item: String,
    /// Who ticked it; none: nobody yet.
    pub ticked_by: Option<String>,
}

/// A soak's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SoakStatus {
    /// When it began.
    pub since: Millis,
    /// How long it lasts, in milliseconds.
    pub lasts: u64,
    /// Whether its checks pass.
    pub good: bool,
    /// What was seen of its checks at the last change: why they don't pass.
    pub detail: String,
    /// Good time up to the last round that was told of, in milliseconds.
    pub good_for: u64,
    /// When its health last changed.
    pub changed_at: Millis,
    /// When the last round was that was told of.
    pub seen_at: Millis,
    /// Whether somebody watches it: else its clock stands.
    pub watched: bool,
    /// The last times that nobody watched it, oldest first.
    pub gaps: Vec<Gap>,
    /// How long nobody watched it, all in all, in milliseconds.
    pub unwatched: u64,
    /// Why the owner ended it early.
    pub ended_early: Option<String>,
}

impl SoakStatus {
    /// Good time so far, in milliseconds.
    pub fn good_by(&self, now: Millis) -> u64 {
        let runs = self.good && self.watched && self.ended_early.is_none();
        let most = crate::rollout::fold::soak_beat(self.lasts).saturating_mul(2);
        let since = if runs { now.saturating_sub(self.seen_at).min(most) } else { 0 };
        self.good_for.saturating_add(since).min(self.lasts)
    }
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
