//! The flag: where it isn't in the state in which the ledger put it, that is an alarm.

use super::{InSight, Item, ItemId, Kind, Way, named};
use crate::plan::{Plan, Step, Verb};
use crate::rollout::event::Millis;
use crate::rollout::fold::{ActionLog, Rollout};
use crate::rollout::observed::Observed;
use crate::rollout::state::is_done;

pub(super) fn look(plan: &Plan, rollout: &Rollout, observed: &Observed, sight: &mut InSight) {
    // readers that disagree aren't evidence of a state
    let answered = observed.flag.value.as_ref().is_some_and(|seen| seen.state.is_some());
    if let Some(at) = observed.flag.at.filter(|_| answered) {
        sight.add(&ItemId::flag(), observed.flag.after, item(plan, rollout, observed, at));
    }
}

fn item(plan: &Plan, rollout: &Rollout, observed: &Observed, at: Millis) -> Option<Item> {
    let flag = plan.document().flag.as_ref()?;
    let state = observed.flag.value.as_ref()?.state.as_ref()?;
    let expected = rollout.flag.as_ref().or(flag.states.first())?;
    // what was asked before we had moved it tells nothing of where it is
    if state == expected || observed.flag.after < rollout.flag_by || is_being_set(plan, rollout) {
        return None;
    }
    let sets = |step: &&Step| matches!(&step.verb, Verb::Flag(set) if set.state() == state);
    let ahead = plan.steps().iter().find(|step| sets(step) && !is_done(rollout, &step.id));
    let key = &flag.key;
    let missed = rollout.flag_missed.as_ref().filter(|missed| missed.to == *state);
    let (way, says) = match (&rollout.flag, ahead) {
        (_, _) if missed.is_some() => (
            Way::Moved,
            format!(
                "the flag {key} is {state}, the ledger put it to {expected}: a way back of ours didn't reach everyone"
            ),
        ),
        (_, Some(step)) => {
            (Way::Early, format!("the flag {key} is {state}, the plan sets it in {}, not by us", named(plan, step)))
        }
        (Some(ours), None) => {
            (Way::Moved, format!("the flag {key} is {state}, the ledger put it to {ours}, changed not by us"))
        }
        (None, None) => (Way::Early, format!("the flag {key} is {state}, and no step of the plan sets that")),
    };
    Some(Item {
        id: ItemId::flag(),
        kind: Kind::Flag,
        way,
        repo: None,
        step: ahead.map(|step| step.id.clone()),
        place: key.clone(),
        seen: state.to_string(),
        says,
        at,
    })
}

/// Whether a step is setting the flag, or nobody can say whether it did.
fn is_being_set(plan: &Plan, rollout: &Rollout) -> bool {
    let unsettled = |action: &ActionLog| action.state.is_unsettled();
    let flags = plan.steps().iter().filter(|step| matches!(step.verb, Verb::Flag(_)));
    flags.filter_map(|step| rollout.steps.get(&step.id)).any(|log| log.actions.values().chain(&log.undo).any(unsettled))
}
