//! A step of the plan as it is told, with its gates, actions, checklist and clock.

use serde::Serialize;

use super::SuiteStatus;
use crate::plan::{Digest, Reach, StepId};
use crate::rollout::StepState;
use crate::rollout::event::Millis;
use crate::rollout::fold::Gap;
use crate::rollout::observed::Wait;

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
    pub way_back: String,
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

impl StepStatus {
    /// "3 of 4 done", where some of its actions are and others aren't.
    pub fn partly(&self) -> Option<String> {
        let (done, of) = (self.actions.iter().filter(|action| action.state == "done").count(), self.actions.len());
        (0 < done && done < of).then(|| format!("{done} of {of} done"))
    }
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
