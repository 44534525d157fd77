//! What users meet already, whoever brought it.

use std::collections::HashSet;

use super::Live;
use crate::plan::{Action, Effect, Plan, Reach, StepId};
use crate::rollout::compiled::Compiled;
use crate::rollout::fold::{ActionLog, ActionState, Rollout, StepLog};

/// Effects with evidence, in the order of the plan; then those of steps that the plan no longer has.
pub(super) fn live(plan: &Plan, rollout: &Rollout, compiled: &Compiled<'_>) -> Vec<Live> {
    let mut live = Vec::new();
    for step in plan.steps() {
        let Some(log) = rollout.steps.get(&step.id).filter(|log| log.brought_something()) else { continue };
        live_of(&step.id, log, compiled.actions(&step.id), &mut live);
    }
    let known: HashSet<_> = plan.steps().iter().map(|step| &step.id).collect();
    for (step, log) in rollout.steps.iter().filter(|(id, _)| !known.contains(id)) {
        live_of(step, log, &[], &mut live);
    }
    live
}

fn live_of(step: &StepId, log: &StepLog, actions: &[Action], live: &mut Vec<Live>) {
    for action in log.actions.values().filter(|action| ActionLog::leaves_something(action)) {
        let ActionState::Done { evidence, .. } = &action.state else { continue };
        let compiled = actions.iter().find(|compiled| compiled.identity == action.identity);
        live.push(Live {
            step: step.clone(),
            what: compiled.map_or_else(|| action.identity.target.clone(), what),
            evidence: evidence.clone(),
            reach: compiled.map_or(Reach::ForwardOnly, |action| action.reach),
        });
    }
}

/// What is there, whoever brought it.
fn what(action: &Action) -> String {
    match &action.effect {
        Effect::Await { what, .. } => what.clone(),
        Effect::Advance { .. }
        | Effect::Push { .. }
        | Effect::Run { .. }
        | Effect::Publish { .. }
        | Effect::Resolve { .. }
        | Effect::Repin { .. }
        | Effect::Dispatch { .. }
        | Effect::SetFlag { .. }
        | Effect::Smoke { .. }
        | Effect::Suite { .. }
        | Effect::Soak { .. }
        | Effect::Confirm { .. }
        | Effect::Tag { .. } => action.title.clone(),
    }
}
