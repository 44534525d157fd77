//! Reads a ledger: entries into events, events into a rollout. What can't be read is said; what could be is kept.

use std::collections::VecDeque;
use std::sync::Arc;

use super::state::RECENT_EVENTS;
use crate::ledger::controls::{Controls, Seen};
use crate::ledger::mark::{Mark, MarkFault};
use crate::ledger::place::ReleasePlace;
use crate::ledger::{CommitId, Entry, Ledger, LedgerFault};
use crate::rollout::{Breach, Event, Rollout};

/// Why a ledger may be looked at, but not acted on.
#[derive(Debug, thiserror::Error)]
pub enum Unsound {
    /// It can't be read to its end.
    #[error(transparent)]
    Unreadable(#[from] LedgerFault),
    /// It isn't the ledger that was acted on.
    #[error(transparent)]
    Rewritten(#[from] MarkFault),
    /// An entry isn't an event.
    #[error("entry {seq} ({id}) is not an event this build understands: {why}")]
    NotAnEvent {
        /// Its place in the chain, from 1.
        seq: u64,
        /// The entry.
        id: CommitId,
        /// Why.
        why: String,
    },
    /// An event breaks an invariant.
    #[error("entry {seq} ({id}) can't be true: {breach}")]
    Breach {
        /// Its place in the chain, from 1.
        seq: u64,
        /// The entry.
        id: CommitId,
        /// Which invariant.
        breach: Breach,
    },
}

/// A ledger, read.
#[derive(Debug, Default)]
pub struct Account {
    /// Where the release stands, as far as the ledger could be read.
    pub rollout: Rollout,
    /// The last events, oldest first.
    pub events: VecDeque<Event>,
    /// The last entry that was read.
    pub head: Option<CommitId>,
    /// Why nobody may act on it.
    pub unsound: Option<Unsound>,
}

/// Reads one ledger, from the start or from where it was read before.
#[derive(Clone)]
pub struct Reader {
    ledger: Arc<dyn Ledger>,
    mark: Mark,
    place: Option<ReleasePlace>,
}

impl Reader {
    /// A reader of a ledger with its high-water mark, and the place whose controls lock tells whether a holder lives.
    pub fn new(ledger: Arc<dyn Ledger>, mark: Mark, place: Option<ReleasePlace>) -> Self {
        Self { ledger, mark, place }
    }

    /// Whether somebody on this machine holds the controls lock; none where that can't be told.
    pub fn controls_are_held(&self) -> Option<bool> {
        let seen = Controls::look(self.place.as_ref()?).ok()?;
        Some(matches!(seen, Seen::HeldBy(_)))
    }

    /// Reads everything. Blocking.
    pub fn read_all(&self) -> Account {
        let mut account = Account::default();
        if let Err(fault) = self.mark.check(&*self.ledger) {
            account.unsound = Some(fault.into());
        }
        self.read_on(&mut account, &mut |_| {});
        account
    }

    /// Reads what was added since, handing each event out. Blocking.
    pub fn read_on(&self, account: &mut Account, each: &mut dyn FnMut(&Event)) {
        match self.ledger.read(account.head.as_ref()) {
            Ok(entries) => {
                for entry in entries {
                    if let Err(unsound) = account.take(&entry, each) {
                        account.unsound.get_or_insert(unsound);
                        return;
                    }
                }
            }
            Err(fault) => {
                account.unsound.get_or_insert(fault.into());
            }
        }
    }

    /// The bytes of release.toml that lie with the last event that carries them. Blocking.
    pub fn plan_bytes(&self) -> Option<Vec<u8>> {
        let entries = self.ledger.read(None).ok()?;
        let carries = |entry: &&Entry| {
            serde_json::from_str::<Event>(&entry.payload)
                .is_ok_and(|event| matches!(event.draft.fact.kind(), "opened" | "replanned"))
        };
        let entry = entries.iter().rev().find(carries)?;
        let files = self.ledger.files(&entry.id).ok()?;
        files.into_iter().find(|file| file.name == super::PLAN_FILE).map(|file| file.bytes)
    }

    /// The ledger that is read.
    pub fn ledger(&self) -> &Arc<dyn Ledger> {
        &self.ledger
    }
}

impl Account {
    fn take(&mut self, entry: &Entry, each: &mut dyn FnMut(&Event)) -> Result<(), Unsound> {
        let seq = self.rollout.seq + 1;
        let event: Event = serde_json::from_str(&entry.payload).map_err(|error| Unsound::NotAnEvent {
            seq,
            id: entry.id.clone(),
            why: error.to_string(),
        })?;
        self.rollout.apply(&event).map_err(|breach| Unsound::Breach { seq, id: entry.id.clone(), breach })?;
        each(&event);
        self.head = Some(entry.id.clone());
        self.events.push_back(event);
        while self.events.len() > RECENT_EVENTS {
            self.events.pop_front();
        }
        Ok(())
    }
}
