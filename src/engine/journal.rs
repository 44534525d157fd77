//! Writes the ledger: stamps a draft, asks the fold whether it may follow, appends it durably, folds it. In that order, always.

use std::sync::Arc;

use jiff::Timestamp;
use ulid::Ulid;

use crate::ledger::canonical;
use crate::ledger::mark::{HighWater, Mark};
use crate::ledger::{self, AppendFault, CommitId, Ledger};
use crate::plan::{Digest, ReleaseId};
use crate::rollout::event::{Fact, VERSION};
use crate::rollout::{Breach, Draft, Event, EventId, Millis, Rollout};

/// Why an event isn't in the ledger, or nobody can say.
#[derive(Debug, thiserror::Error)]
pub enum JournalFault {
    /// It must not follow: a decision was made on a state that is gone, or flightdeck has a bug.
    #[error("the ledger refuses the event: {0}")]
    Breach(#[from] Breach),
    /// Somebody else wrote first: the controls are elsewhere.
    #[error("someone else wrote to the ledger: the controls are elsewhere")]
    Moved,
    /// Nothing was written.
    #[error("{0}; nothing more is started until it can be written: deciding again, or `s` in the cockpit, tries again")]
    NotWritten(String),
    /// Nobody can say.
    #[error("{0}")]
    InDoubt(String),
    /// The event can't be spelled.
    #[error("the event can't be written down: {0}")]
    Spelling(String),
}

/// The pen: what stamps and appends events.
pub struct Journal {
    ledger: Arc<dyn Ledger>,
    mark: Mark,
    head: Option<CommitId>,
    release: ReleaseId,
    actor: String,
}

impl Journal {
    /// A pen for a ledger that was read up to `head`.
    pub fn new(ledger: Arc<dyn Ledger>, mark: Mark, head: Option<CommitId>, release: ReleaseId, actor: String) -> Self {
        Self { ledger, mark, head, release, actor }
    }

    /// The last event that was read or written.
    pub fn head(&self) -> Option<&CommitId> {
        self.head.as_ref()
    }

    /// Moves on to a head that was read.
    pub fn read_up_to(&mut self, head: Option<CommitId>) {
        self.head = head;
    }

    /// Stamps, appends and folds one draft. On a fault the rollout is as it was, and the ledger must be read again
    /// where the fault says so. Not cancel-safe: call it to its end.
    pub async fn append(
        &mut self,
        rollout: &mut Rollout,
        plan: &Digest,
        at: Millis,
        draft: Draft,
        files: Vec<(String, Vec<u8>)>,
    ) -> Result<Event, JournalFault> {
        let takes = matches!(draft.fact, Fact::ControlsTaken(_));
        let event = Event {
            v: VERSION,
            release: self.release.clone(),
            id: EventId(Ulid::r#gen().to_string()),
            seq: rollout.seq + 1,
            epoch: rollout.epoch + u64::from(takes),
            actor: self.actor.clone(),
            at,
            plan_digest: plan.clone(),
            draft,
        };
        rollout.admits(&event)?;
        let payload = canonical::to_text(&event).map_err(|fault| JournalFault::Spelling(fault.to_string()))?;
        let subject = subject(&event);
        let (ledger, parent) = (Arc::clone(&self.ledger), self.head.clone());
        let stamp = i64::try_from(at).ok().and_then(|at| Timestamp::from_millisecond(at).ok()).unwrap_or_default();
        let (mark, seq) = (self.mark.clone(), event.seq);
        let written = tokio::task::spawn_blocking(move || {
            let files: Vec<_> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
            let draft = ledger::Draft { subject: &subject, payload: &payload, at: stamp, files: &files };
            let id = ledger.append(parent.as_ref(), draft)?;
            // a mark that lags behind is safe: it only detects less
            let marked = mark.advance(&HighWater { commit: id.clone(), seq });
            Ok::<_, AppendFault>((id, marked))
        })
        .await
        .map_err(|panic| JournalFault::InDoubt(format!("the append was cut short: {panic}")))?;
        match written {
            Ok((id, _)) => {
                self.head = Some(id);
                rollout.apply(&event)?;
                Ok(event)
            }
            Err(AppendFault::Moved { .. }) => Err(JournalFault::Moved),
            Err(fault @ AppendFault::NotWritten { .. }) => Err(JournalFault::NotWritten(fault.to_string())),
            Err(fault @ AppendFault::InDoubt { .. }) => Err(JournalFault::InDoubt(fault.to_string())),
        }
    }
}

/// The line that a person reads in `git log` of the store.
fn subject(event: &Event) -> String {
    let kind = event.draft.fact.kind();
    match (&event.draft.step, &event.draft.action) {
        (Some(step), Some(key)) => format!("{} {kind} {step} {key}", event.seq),
        (Some(step), None) => format!("{} {kind} {step}", event.seq),
        (None, _) => format!("{} {kind}", event.seq),
    }
}
