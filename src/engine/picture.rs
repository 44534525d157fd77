//! Draws the state from what the engine knows.

use std::sync::Arc;

use super::open::held_by;
use super::run::{Engine, Unwritten};
use super::state::{LedgerState, Role, State, Stay, Work};
use crate::ledger::controls::{Controls, Seen};
use crate::port::world::World;
use crate::rollout::out_of_order::Kind;
use crate::rollout::status::{ItemState, OutOfOrder, Session, status};
use crate::rollout::{next, train_digest};

impl<W: World> Engine<W> {
    pub(super) fn picture(&self) -> State {
        let mine = matches!(self.role, Role::Conductor);
        let unsound = if let LedgerState::Bad { why } = &self.ledger { Some(why.clone()) } else { None };
        let session = Session {
            trusted: self.is_trusted(),
            mine,
            alive: self.holder_is_alive(),
            unsound,
            paused: self.is_paused(),
        };
        // what a dead conductor was doing is in doubt, though nobody has taken the controls to say so yet
        let abandoned = (!mine && session.alive == Some(false)).then(|| self.rollout.abandoned());
        let rollout = abandoned.as_ref().unwrap_or(&self.rollout);
        let mut status = status(&self.plan, rollout, &self.observed, &session);
        // it moves by our own hand: the ledger has that only once everyone has read it
        let ours = |item: &OutOfOrder| item.kind == Some(Kind::Flag) && item.state == ItemState::Seen;
        status.out_of_order.retain(|item| !(self.flag_is_on_its_way() && ours(item)));
        State {
            plan: Arc::clone(&self.plan),
            status: Arc::new(status),
            next: next(&self.plan, rollout),
            role: self.role_at_present(),
            drive: self.drive,
            work: self.work.as_ref().map(|running| Work {
                step: running.step.clone(),
                title: running.title.clone(),
                since: running.since,
                output: self.outputs.get(&running.step).cloned(),
                nature: running.nature,
            }),
            outputs: Arc::new(self.outputs.clone()),
            events: Arc::clone(&self.recent),
            ledger: self.ledger.clone(),
            unwritten: self.unwritten == Unwritten::Yes,
            complaint: self.complaint.clone(),
            notices: self.notices.iter().cloned().collect(),
            train_digest: train_digest(&self.plan, &self.rollout.candidates).ok(),
            seen_enough: self.has_seen_enough(),
            now: self.now(),
        }
    }

    /// Our role. Who keeps a screen from the controls is told as the lock has it at present: nobody can decide with the dead.
    pub(super) fn role_at_present(&self) -> Role {
        match &self.role {
            Role::Spectator { because } if self.stay == Stay::OnWatch => {
                let because = match self.place.as_ref().map(Controls::look) {
                    Some(Ok(Seen::Free)) => {
                        "nobody has the controls any more: leave and open the release again to take them".to_owned()
                    }
                    // the lock may be our own, while the ledger is another machine's
                    Some(Ok(Seen::HeldBy(Some(holder)))) if holder.pid != self.holder.pid => held_by(Some(&holder)),
                    Some(Ok(Seen::HeldBy(_)) | Err(_)) | None => because.clone(),
                };
                Role::Spectator { because }
            }
            role @ (Role::Spectator { .. } | Role::Conductor) => role.clone(),
        }
    }

    /// Whether whoever the ledger names as holder is at work; only our own process is known for sure.
    fn holder_is_alive(&self) -> Option<bool> {
        let holder = self.rollout.holder.as_ref()?;
        match self.role {
            Role::Conductor => Some(true),
            Role::Spectator { .. } if holder.host == self.holder.host => self.reader.controls_are_held(),
            Role::Spectator { .. } => None,
        }
    }
}
