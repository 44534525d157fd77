//! A plan that changes on the way: what was tried stays as it was, what lies ahead is free.

use super::decide::Refusal;
use super::event::{Draft, Fact};
use super::fold::Rollout;
use crate::plan::{Effect, Identity, Plan, Step};

/// What taking another plan records, or why it can't be taken. `changes` says in words what differs.
///
/// What is done and only looked is opened again where it would look for something else: nothing was brought that could be
/// repeated, and what was seen doesn't prove what is asked for.
pub fn replan(from: &Plan, to: &Plan, rollout: &Rollout, changes: Vec<String>) -> Result<Draft, Refusal> {
    let mut reopens = Vec::new();
    for step in from.steps() {
        let Some(log) = rollout.steps.get(&step.id).filter(|log| log.is_touched()) else { continue };
        let fixed = || Refusal::Fixed(step.id.clone());
        let after = to.step(&step.id).filter(|after| after.verb.word() == step.verb.word()).ok_or_else(fixed)?;
        let (was, is) = (effects(from, step, rollout), effects(to, after, rollout));
        let identities = |effects: &Option<Vec<(Identity, Effect)>>| {
            effects.as_ref().map(|all| all.iter().map(|(identity, _)| identity.clone()).collect::<Vec<_>>())
        };
        if identities(&was) != identities(&is) {
            return Err(fixed());
        }
        if log.is_done() && log.only_looks() && was != is {
            reopens.push(step.id.clone());
        }
    }
    Ok(Draft::release(Fact::Replanned { from: from.digest().clone(), changes, reopens }))
}

fn effects(plan: &Plan, step: &Step, rollout: &Rollout) -> Option<Vec<(Identity, Effect)>> {
    let actions = plan.compile(step, &rollout.candidates).ok()?;
    Some(actions.into_iter().map(|action| (action.identity, action.effect)).collect())
}
