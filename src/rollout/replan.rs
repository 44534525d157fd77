//! A plan that changes on the way: what was tried stays as it was, what lies ahead is free.

use super::decide::Refusal;
use super::event::{Draft, Fact};
use super::fold::{Rollout, StepLog};
use crate::plan::{Identity, Plan, Step};

/// What taking another plan records, or why it can't be taken. `changes` says in words what differs.
pub fn replan(from: &Plan, to: &Plan, rollout: &Rollout, changes: Vec<String>) -> Result<Draft, Refusal> {
    for step in from.steps() {
        if !rollout.steps.get(&step.id).is_some_and(StepLog::is_touched) {
            continue;
        }
        let same = to.step(&step.id).is_some_and(|new| {
            new.verb.word() == step.verb.word() && effects(to, new, rollout) == effects(from, step, rollout)
        });
        if !same {
            return Err(Refusal::Fixed(step.id.clone()));
        }
    }
    Ok(Draft::release(Fact::Replanned { from: from.digest().clone(), changes }))
}

fn effects(plan: &Plan, step: &Step, rollout: &Rollout) -> Option<Vec<Identity>> {
    let actions = plan.compile(step, &rollout.candidates).ok()?;
    Some(actions.into_iter().map(|action| action.identity).collect())
}
