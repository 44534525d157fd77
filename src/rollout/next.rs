//! What the release waits for: computed from plan and ledger alone, so that every machine agrees on it.

use super::fold::{Rollout, SoakLog, StepLog};
use super::out_of_order::ItemId;
use super::progress::Progress;
use super::state::is_approved;
use crate::plan::{Action, Effect, Key, Plan, RepoName, Step, StepId, Unready};

/// The one thing that the release waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// QA hasn't passed these repositories.
    Freeze(Vec<RepoName>),
    /// A step is in doubt or in conflict: it must be probed, then decided.
    Decide(StepId),
    /// Something outside is out of order: the owner accepts it, or it is put right.
    OutOfOrder(ItemId),
    /// The release is on hold: the owner lets it go on.
    Resume,
    /// A vetoed step stands in the way.
    Lift(StepId),
    /// Lines of a checklist must be ticked.
    Tick(StepId),
    /// The step's gates must be judged.
    Judge(StepId),
    /// A gate isn't met.
    Unmet(StepId),
    /// The owner approves the step, or vetoes it.
    Approve(StepId),
    /// An action is at work.
    Busy(StepId, Key),
    /// An action may start.
    Act {
        /// The step.
        step: StepId,
        /// The action's place in it, from 1.
        nth: u32,
        /// How many there are.
        of: u32,
        /// The action.
        action: Box<Action>,
    },
    /// A step can't be compiled.
    Unready(StepId, Unready),
    /// Every step is done: the ledger may say so.
    Ship,
    /// The release has shipped.
    Nothing,
}

impl Next {
    /// The step that it is about.
    pub fn step(&self) -> Option<&StepId> {
        match self {
            Self::Decide(step)
            | Self::Lift(step)
            | Self::Tick(step)
            | Self::Judge(step)
            | Self::Unmet(step)
            | Self::Approve(step)
            | Self::Busy(step, _)
            | Self::Act { step, .. }
            | Self::Unready(step, _) => Some(step),
            Self::Freeze(_) | Self::OutOfOrder(_) | Self::Resume | Self::Ship | Self::Nothing => None,
        }
    }

    /// Whether it only goes on with what was begun and changes nothing: a soak whose clock runs is watched again as soon as
    /// somebody is there, without the owner's word. Everything else that may start waits for that.
    pub fn only_watches(&self, rollout: &Rollout) -> bool {
        let Self::Act { step, action, .. } = self else { return false };
        let is_begun = rollout.steps.get(step).and_then(|log| log.soak.as_ref()).is_some_and(SoakLog::is_open);
        is_begun && matches!(action.effect, Effect::Soak { .. })
    }
}

/// What the release waits for.
pub fn next(plan: &Plan, rollout: &Rollout) -> Next {
    if let Some((key, step)) = rollout.open().next() {
        return Next::Busy(step.clone(), key.clone());
    }
    if let Some(step) = rollout.undecided().first() {
        return Next::Decide((*step).clone());
    }
    if let Some(item) = rollout.unanswered() {
        return Next::OutOfOrder(item.clone());
    }
    if rollout.hold.is_some() {
        return Next::Resume;
    }
    let frozen = |name: &&RepoName| rollout.candidates.contains_key(name);
    let unfrozen: Vec<_> = plan.repos().iter().map(|r| &r.name).filter(|name| !frozen(name)).cloned().collect();
    if !unfrozen.is_empty() {
        return Next::Freeze(unfrozen);
    }
    let progress = Progress::new(plan, rollout);
    let mut vetoed = None;
    for (index, step) in plan.steps().iter().enumerate() {
        if progress.is_done(index) || progress.missing(index, step).is_some() {
            continue;
        }
        let log = rollout.steps.get(&step.id);
        if log.is_some_and(|log| log.veto.is_some()) {
            vetoed.get_or_insert_with(|| step.id.clone());
            continue;
        }
        if let Some(next) = next_of(plan, rollout, step, log.unwrap_or(&StepLog::default())) {
            return next;
        }
    }
    match vetoed {
        Some(step) => Next::Lift(step),
        None if rollout.shipped_at.is_some() => Next::Nothing,
        None => Next::Ship,
    }
}

/// What a step waits for; none where it has nothing to do, as a record without repositories.
fn next_of(plan: &Plan, rollout: &Rollout, step: &Step, log: &StepLog) -> Option<Next> {
    let actions = match plan.compile(step, &rollout.candidates) {
        Ok(actions) if actions.is_empty() => return None,
        Ok(actions) => actions,
        Err(unready) => return Some(Next::Unready(step.id.clone(), unready)),
    };
    let mut items = actions.iter().filter_map(|action| lines(&action.effect)).flatten();
    if items.any(|item| !log.ticks.contains_key(item)) {
        return Some(Next::Tick(step.id.clone()));
    }
    let judged = |index: usize| u32::try_from(index).ok().and_then(|index| log.gates.get(&index));
    if (0..step.gates.len()).any(|index| judged(index).is_none()) {
        return Some(Next::Judge(step.id.clone()));
    }
    if (0..step.gates.len()).any(|index| judged(index).is_some_and(|gate| !gate.holds)) {
        return Some(Next::Unmet(step.id.clone()));
    }
    if !is_approved(rollout, &step.id) {
        return Some(Next::Approve(step.id.clone()));
    }
    let of = u32::try_from(actions.len()).unwrap_or(u32::MAX);
    let done = |nth: u32| log.actions.get(&nth).is_some_and(|action| action.state.is_done());
    let (nth, action) = (1..).zip(actions).find(|(nth, _)| !done(*nth))?;
    Some(Next::Act { step: step.id.clone(), nth, of, action: Box::new(action) })
}

/// The lines that a person must tick before an effect.
pub(super) fn lines(effect: &Effect) -> Option<&[String]> {
    match effect {
        Effect::Confirm { items } => Some(items),
        Effect::Advance { .. }
        | Effect::Push { .. }
        | Effect::Run { .. }
        | Effect::Publish { .. }
        | Effect::Resolve { .. }
        | Effect::Repin { .. }
        | Effect::Dispatch { .. }
        | Effect::Await { .. }
        | Effect::SetFlag { .. }
        | Effect::Smoke { .. }
        | Effect::Suite { .. }
        | Effect::Soak { .. }
        | Effect::Tag { .. } => None,
    }
}
