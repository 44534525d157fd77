//! Folds what was seen out of order, and the owner's word about it.

use super::Rollout;
use super::log::{Hold, ItemAccepted, ItemLog};
use crate::plan::StepId;
use crate::rollout::event::{Event, Sighted};
use crate::rollout::out_of_order::ItemId;

impl Rollout {
    /// The first thing out of order that waits for the owner.
    pub fn unanswered(&self) -> Option<&ItemId> {
        self.out_of_order.iter().find(|(_, logged)| logged.accepted.is_none()).map(|(id, _)| id)
    }

    /// Whether exactly this waits for the owner.
    pub(super) fn waits_for_word(&self, sighted: &Sighted) -> bool {
        let waits = |logged: &ItemLog| logged.accepted.is_none() && logged.seen == sighted.seen;
        self.out_of_order.get(&sighted.item).is_some_and(waits)
    }

    pub(super) fn fold_out_of_order(&mut self, event: &Event, item: &ItemId, seen: Option<&String>, says: &str) {
        let Some(seen) = seen else {
            self.out_of_order.remove(item);
            return;
        };
        if item.is_flag() {
            self.lit.entry(seen.clone()).or_insert(event.at);
        }
        let step = event.draft.step.clone();
        let logged = ItemLog {
            step: step.clone(),
            seen: seen.clone(),
            says: says.to_owned(),
            at: event.at,
            by: event.seq,
            accepted: None,
        };
        self.out_of_order.insert(item.clone(), logged);
        self.train = None;
        self.hold_for(Hold { reason: format!("out of order: {says}"), step, at: event.at });
    }

    /// What its step's probes prove counts as there; the rest is left as it was seen.
    pub(super) fn accept_item(&mut self, event: &Event, sighted: &Sighted, reason: &str) {
        if let Some(step) = event.draft.step.clone()
            && self.has_found(&step)
        {
            let first_seen = self.out_of_order.get(&sighted.item).map(|logged| logged.at);
            self.accept(event, &step, reason);
            let log = self.log(&step);
            log.first_seen = log.first_seen.or(first_seen);
        }
        if let Some(logged) = self.out_of_order.get_mut(&sighted.item) {
            let (reason, by) = (reason.to_owned(), event.actor.clone());
            logged.accepted = Some(ItemAccepted { reason, by, at: event.at });
        }
    }

    /// A step's effects are there by evidence, or open again: what was seen of it before tells nothing any more.
    pub(super) fn forget_items_of(&mut self, step: &StepId) {
        self.out_of_order.retain(|_, logged| logged.step.as_ref() != Some(step));
    }

    /// The flag was moved by us: the same again, moved by others, is another matter.
    pub(super) fn forget_flag_item(&mut self) {
        self.out_of_order.retain(|id, _| !id.is_flag());
    }
}
