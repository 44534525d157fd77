//! The one word for where a step or the release stands, derived from the plan and the ledger.

use std::fmt;

use serde::Serialize;

use super::fold::{ActionLog, ActionState, How, Rollout, StepLog};
use super::progress::Progress;
use crate::plan::{Plan, Step, StepId, Verb};

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepState {
    /// Earlier steps aren't done.
    Pending,
    /// A gate isn't met.
    Blocked,
    /// It waits for the owner.
    Waiting,
    /// The owner has approved it, and nothing of it is at work: not begun, or between two of its actions.
    Approved,
    /// An action of it is at work.
    Running,
    /// Every effect has evidence.
    Done,
    /// It was there before any intent of ours, and the owner accepted that.
    Skipped,
    /// It failed, and provably nothing happened.
    Failed,
    /// It was tried, and nobody can say.
    InDoubt,
    /// Something else is there.
    Conflict,
    /// The owner forbade it.
    Vetoed,
    /// It was taken back.
    Undone,
}

impl StepState {
    /// The state's word, as `status --json` spells it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Blocked => "blocked",
            Self::Waiting => "waiting",
            Self::Approved => "approved",
            Self::Running => "running",
            Self::Done => "done",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
            Self::InDoubt => "in-doubt",
            Self::Conflict => "conflict",
            Self::Vetoed => "vetoed",
            Self::Undone => "undone",
        }
    }

    /// Whether the step's effects are live as planned.
    pub fn is_done(self) -> bool {
        matches!(self, Self::Done | Self::Skipped)
    }
}

impl fmt::Display for StepState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// Where a release stands on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// The plan is being written.
    Planning,
    /// The release was opened; nothing is frozen.
    Development,
    /// Some repositories are frozen.
    Staging,
    /// Everything is frozen: QA has passed it.
    Validation,
    /// Something was approved or tried.
    Ship,
}

impl Phase {
    /// Every phase, in order.
    pub const ALL: [Self; 5] = [Self::Planning, Self::Development, Self::Staging, Self::Validation, Self::Ship];

    /// The phase's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Planning => "planning",
            Self::Development => "development",
            Self::Staging => "staging",
            Self::Validation => "validation",
            Self::Ship => "ship",
        }
    }
}

/// The phase that a release is in.
pub fn phase(plan: &Plan, rollout: &Rollout) -> Phase {
    let approved = rollout.train.is_some() || rollout.steps.values().any(|log| log.approval.is_some());
    if rollout.release.is_none() {
        Phase::Planning
    } else if rollout.has_started() || approved {
        Phase::Ship
    } else if plan.repos().iter().all(|repo| rollout.candidates.contains_key(&repo.name)) {
        Phase::Validation
    } else if rollout.candidates.is_empty() {
        Phase::Development
    } else {
        Phase::Staging
    }
}

/// The repin step, not done yet, whose commit is what this step will really act on.
pub fn repin_to_come<'a>(plan: &'a Plan, rollout: &Rollout, step: &Step) -> Option<&'a StepId> {
    let earlier = plan.steps().iter().take_while(|other| other.id != step.id);
    let mut repins = earlier.filter(|other| matches!(other.verb, Verb::Repin(_)) && !is_done(rollout, &other.id));
    let repos = step.verb.repos();
    repins.find(|other| other.verb.repo().is_some_and(|repo| repos.contains(&repo))).map(|other| &other.id)
}

/// Whether a step is done: every action of it has evidence.
pub fn is_done(rollout: &Rollout, step: &StepId) -> bool {
    rollout.steps.get(step).is_some_and(StepLog::is_done)
}

/// Whether an approval stands for a step: its own, or the train's.
pub fn is_approved(rollout: &Rollout, step: &StepId) -> bool {
    rollout.steps.get(step).is_some_and(|log| log.approval.is_some())
        || rollout.train.as_ref().is_some_and(|train| train.steps.contains(step))
}

/// The word for where a step stands.
pub fn step_state(plan: &Plan, rollout: &Rollout, step: &Step) -> StepState {
    let progress = Progress::new(plan, rollout);
    let index = progress.number(&step.id).saturating_sub(1);
    state_in(&progress, index, rollout, step)
}

/// The word for where the step at a place of the plan stands.
pub(super) fn state_in(progress: &Progress<'_>, index: usize, rollout: &Rollout, step: &Step) -> StepState {
    let nothing = StepLog::default();
    let log = rollout.steps.get(&step.id).unwrap_or(&nothing);
    if let Some(state) = worst(log) {
        return state;
    }
    if progress.is_done(index) {
        let by_word = |a: &ActionLog| matches!(a.state, ActionState::Done { how: How::Word, .. });
        let ours = log.started_at.is_some() || log.actions.values().any(by_word);
        let skipped = log.accepted.is_some() && !ours;
        return if skipped { StepState::Skipped } else { StepState::Done };
    }
    if log.veto.is_some() {
        return StepState::Vetoed;
    }
    if is_approved(rollout, &step.id) {
        return StepState::Approved;
    }
    if log.undone {
        return StepState::Undone;
    }
    if progress.missing(index, step).is_some() {
        return StepState::Pending;
    }
    let unmet = log.gates.values().any(|gate| !gate.holds);
    if unmet { StepState::Blocked } else { StepState::Waiting }
}

/// The state that an action in trouble or at work gives its step.
fn worst(log: &StepLog) -> Option<StepState> {
    let actions = || log.actions.values().chain(log.undo.as_ref());
    let any = |wanted: fn(&ActionState) -> bool| actions().any(|action| wanted(&action.state));
    if any(|s| matches!(s, ActionState::Conflict { .. } | ActionState::Found { .. })) {
        Some(StepState::Conflict)
    } else if any(|s| matches!(s, ActionState::InDoubt { .. })) {
        Some(StepState::InDoubt)
    } else if any(|s| matches!(s, ActionState::Running)) {
        Some(StepState::Running)
    } else if any(|s| matches!(s, ActionState::Failed { .. })) {
        Some(StepState::Failed)
    } else {
        None
    }
}
