//! The way back of one step: its own `undo` command as an action like any other, with its own key and intent.

use std::collections::BTreeSet;

use super::decide::Refusal;
use super::event::{Covers, Draft, Fact};
use super::fold::{Rollout, StepLog};
use crate::plan::verb::Scene;
use crate::plan::{Action, Digest, Effect, Identity, Nature, Plan, Probe, Reach, Step, StepId};

/// What an undo of a step would do, or why there is none now. It passes holds and vetoes, but not what nobody can tell.
pub fn undo(plan: &Plan, rollout: &Rollout, step: &StepId) -> Result<Action, Refusal> {
    let step = plan.step(step).ok_or_else(|| Refusal::NoStep(step.clone()))?;
    let nothing = || Refusal::NothingToUndo(step.id.clone());
    let log = rollout.steps.get(&step.id).ok_or_else(nothing)?;
    let unsettled = |nature: Nature| nature == Nature::Effect;
    let mut actions = log.actions.values().chain(&log.undo);
    if let Some(action) = actions.find(|a| unsettled(a.nature) && a.state.is_unsettled()) {
        let undecided = action.state.is_undecided();
        let id = step.id.clone();
        return Err(if undecided { Refusal::Undecided(id) } else { Refusal::Running(id) });
    }
    if !log.brought_something() {
        return Err(nothing());
    }
    if let Some(later) = standing_on(plan, rollout, step) {
        return Err(Refusal::LaterFirst { step: step.id.clone(), later: later.clone() });
    }
    action(plan, rollout, step)
}

/// The last step that stands on this one, is live and has an `undo` of its own. What can't be taken back bars no way, and
/// neither does the flag: whatever keeps it from going off mustn't keep anything else.
fn standing_on<'a>(plan: &'a Plan, rollout: &Rollout, step: &Step) -> Option<&'a StepId> {
    let mut standing: BTreeSet<&StepId> = BTreeSet::from([&step.id]);
    let mut last = None;
    for later in plan.steps() {
        if later.id == step.id || !plan.needs(later).into_iter().any(|id| standing.contains(id)) {
            continue;
        }
        standing.insert(&later.id);
        let live = rollout.steps.get(&later.id).is_some_and(StepLog::brought_something);
        if live && later.undo.is_some() {
            last = Some(&later.id);
        }
    }
    last
}

/// The action that takes a step back, whether it may run now or not: one in doubt is probed by it.
pub fn action(plan: &Plan, rollout: &Rollout, step: &Step) -> Result<Action, Refusal> {
    let no_undo = || Refusal::NoUndo { step: step.id.clone(), way_back: step.verb.way_back() };
    let argv = step.undo.as_ref().ok_or_else(no_undo)?;
    let scene = Scene { document: plan.document(), candidates: &rollout.candidates, step };
    let command = scene.command(step.verb.repo(), argv)?;
    Ok(Action {
        identity: Identity::new("undo", step.id.as_str(), ""),
        title: format!("take back: {}", step.title),
        effect: Effect::Run { command },
        probe: Probe::Nothing,
        reach: Reach::ForwardOnly,
        limit: step.timeout,
    })
}

/// The owner's word for an undo, as it was shown. It approves the way back alone: to go on, the step is approved afresh.
pub fn approve_undo(step: &StepId, digest: &Digest) -> Draft {
    Draft::step(step, Fact::Approved { digest: digest.clone(), covers: Covers::Step })
}
