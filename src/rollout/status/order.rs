//! What is out of order: as it is seen now, as the ledger knows it, and what was found just before its step would start.

use serde::Serialize;

use crate::plan::{Plan, StepId};
use crate::rollout::event::Millis;
use crate::rollout::fold::{ActionState, ItemLog, Rollout};
use crate::rollout::out_of_order::{InSight, Item, ItemId, Kind, Way};

/// Something outside that isn't as plan and ledger have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutOfOrder {
    /// Its name, as `flightdeck accept` takes it.
    pub id: String,
    /// What kind of thing it is; none: an effect that was found as its step was about to start.
    pub kind: Option<Kind>,
    /// How it came to be so; none where that isn't seen now.
    pub way: Option<Way>,
    /// The repository that it is about.
    pub repo: Option<String>,
    /// The step that would bring it, or that left it otherwise.
    pub step: Option<StepId>,
    /// That step's place in the plan, from 1.
    pub number: Option<usize>,
    /// Where it is.
    pub place: String,
    /// Exactly what was seen.
    pub seen: String,
    /// All of it in words.
    pub says: String,
    /// What became of it.
    pub state: ItemState,
    /// Since when the ledger knows it.
    pub since: Option<Millis>,
    /// Why the owner accepted it.
    pub reason: Option<String>,
}

/// What became of something out of order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemState {
    /// It is seen, and the ledger doesn't have it yet.
    Seen,
    /// It holds the plan until the owner accepts it or it is put right.
    Waiting,
    /// The owner accepted it as it is.
    Accepted,
}

impl ItemState {
    /// The state's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::Waiting => "waiting",
            Self::Accepted => "accepted",
        }
    }
}

/// What becomes of what is seen and the ledger doesn't have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Untold {
    /// It is shown as seen.
    Shown,
    /// It is left to the conductor at work, who looks twice before telling it.
    Left,
}

/// All of it: what is seen now in the order of the plan, then what waits and isn't seen now.
pub(super) fn out_of_order(plan: &Plan, rollout: &Rollout, sight: &InSight, untold: Untold) -> Vec<OutOfOrder> {
    let mut all: Vec<OutOfOrder> = sight.items.iter().map(|item| seen(plan, rollout, item)).collect();
    all.retain(|item| untold == Untold::Shown || item.state != ItemState::Seen);
    let waiting = rollout.out_of_order.iter().filter(|(_, log)| log.accepted.is_none());
    let unseen = waiting.filter(|(id, _)| !sight.items.iter().any(|item| item.id == **id));
    all.extend(unseen.map(|(id, log)| waits(plan, id, log)));
    for step in plan.steps() {
        let Some(log) = rollout.steps.get(&step.id) else { continue };
        for action in log.actions.values() {
            if let ActionState::Found { evidence } = &action.state {
                all.push(found(plan, &step.id, &action.identity.target, evidence));
            }
        }
    }
    all
}

fn seen(plan: &Plan, rollout: &Rollout, item: &Item) -> OutOfOrder {
    let logged = rollout.out_of_order.get(&item.id);
    let same = logged.filter(|log| log.seen == item.seen);
    let accepted = same.and_then(|log| log.accepted.as_ref());
    let waits = logged.is_some_and(|log| log.accepted.is_none());
    OutOfOrder {
        id: item.id.to_string(),
        kind: Some(item.kind),
        way: Some(item.way),
        repo: item.repo.as_ref().map(ToString::to_string),
        step: item.step.clone(),
        number: item.step.as_ref().and_then(|step| plan.number(step)),
        place: item.place.clone(),
        seen: item.seen.clone(),
        says: item.says.clone(),
        state: match accepted {
            Some(_) => ItemState::Accepted,
            None if waits => ItemState::Waiting,
            None => ItemState::Seen,
        },
        since: logged.map(|log| log.at),
        reason: accepted.map(|accepted| accepted.reason.clone()),
    }
}

fn waits(plan: &Plan, id: &ItemId, log: &ItemLog) -> OutOfOrder {
    OutOfOrder {
        id: id.to_string(),
        kind: None,
        way: None,
        repo: id.as_str().split_once(':').map(|(repo, _)| repo.to_owned()),
        step: log.step.clone(),
        number: log.step.as_ref().and_then(|step| plan.number(step)),
        place: id.as_str().split_once(':').map_or_else(|| id.to_string(), |(_, place)| place.to_owned()),
        seen: log.seen.clone(),
        says: log.says.clone(),
        state: ItemState::Waiting,
        since: Some(log.at),
        reason: None,
    }
}

fn found(plan: &Plan, step: &StepId, target: &str, evidence: &str) -> OutOfOrder {
    OutOfOrder {
        id: step.to_string(),
        kind: None,
        way: Some(Way::Early),
        repo: plan.step(step).and_then(|step| step.verb.repo()).map(ToString::to_string),
        step: Some(step.clone()),
        number: plan.number(step),
        place: target.to_owned(),
        seen: evidence.to_owned(),
        says: format!("step {step}: {evidence}"),
        state: ItemState::Waiting,
        since: None,
        reason: None,
    }
}
