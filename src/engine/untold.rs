//! A way back of the flag that couldn't be recorded when it was made: somebody else had the controls, or the ledger took
//! nothing. It is noted beside the ledger, and whoever conducts next records it before anything is called out of order.

use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::run::Engine;
use super::state::Weight;
use crate::ledger::durable::write_atomically;
use crate::plan::FlagState;
use crate::port::world::World;
use crate::rollout::Draft;
use crate::rollout::decide::reopened_by_flag;
use crate::rollout::event::{Fact, Millis};

/// The largest note that is read, in bytes.
const LARGEST: u64 = 64 * 1024;

/// A way back, and whether it reached everyone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct WayBack {
    pub(super) from: Option<FlagState>,
    pub(super) to: FlagState,
    /// When it had ended, by the clock of whoever made it.
    pub(super) at: Millis,
    /// The last event of the ledger at that time; none in a note that an older flightdeck left.
    #[serde(default)]
    pub(super) after: Option<u64>,
    pub(super) took: Millis,
    pub(super) bypassed: Vec<String>,
    pub(super) reached: Reached,
}

/// Whom it reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Reached {
    Everyone { evidence: String },
    NotEveryone { why: String },
}

impl WayBack {
    /// What the ledger is told of it, with the steps that it opens again.
    pub(super) fn fact(self, reopens: Vec<crate::plan::StepId>) -> Fact {
        let Self { from, to, took, bypassed, reached, .. } = self;
        match reached {
            Reached::Everyone { evidence } => Fact::FlagSet { from, to, reopens, bypassed, evidence, took: Some(took) },
            Reached::NotEveryone { why } => Fact::FlagMissed { from, to, why, bypassed, took },
        }
    }

    /// Whether the flag was moved by us after it: by the ledger's own order, for clocks are put right meanwhile. Where the note
    /// doesn't tell, it counts: whoever turned a flag off wants it told, and nothing more to start.
    fn is_overtaken(&self, flag_by: u64) -> bool {
        self.after.is_some_and(|after| flag_by > after)
    }

    /// The same, said to have been noted before it was recorded.
    fn said_later(mut self) -> Self {
        let (Reached::Everyone { evidence: said } | Reached::NotEveryone { why: said }) = &mut self.reached;
        let at = i64::try_from(self.at).ok().and_then(|at| jiff::Timestamp::from_millisecond(at).ok());
        *said = format!("{said}; done at {:.0}, recorded later", at.unwrap_or_default());
        self
    }
}

impl<W: World> Engine<W> {
    fn note(&self) -> Option<PathBuf> {
        self.place.as_ref().map(|place| place.path().join("flag-back.json"))
    }

    /// Notes what the ledger doesn't take; whether that could be done.
    pub(super) async fn leave_note(&mut self, back: WayBack) -> bool {
        let Some(note) = self.note() else { return false };
        // what others wrote while the flag went back came before it had ended
        self.read_ledger().await;
        let back = WayBack { after: Some(self.rollout.seq), ..back };
        serde_json::to_vec(&back).is_ok_and(|text| write_atomically(&note, &text).is_ok())
    }

    /// Records what was noted, unless the flag was moved by us since.
    pub(super) async fn take_in_note(&mut self) {
        let Some(note) = self.note() else { return };
        let back = match read(&note) {
            Ok(Some(back)) => back,
            Ok(None) => return,
            Err(error) => {
                let what =
                    format!("what was noted of a way back of the flag can't be read: {}: {error}", note.display());
                return self.say(Weight::Warning, what);
            }
        };
        if !back.is_overtaken(self.rollout.flag_by) {
            let reopens = reopened_by_flag(&self.plan, &self.rollout, &back.to);
            if let Err(fault) = self.record(Draft::release(back.said_later().fact(reopens))).await {
                return self.say(Weight::Alarm, fault.to_string());
            }
        }
        // left behind, it is older than what the ledger has, and says nothing any more
        let _ = std::fs::remove_file(&note);
    }
}

fn read(note: &PathBuf) -> io::Result<Option<WayBack>> {
    let size = match std::fs::symlink_metadata(note) {
        Ok(found) => found.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if size > LARGEST {
        return Err(io::Error::other("it is too large to be one"));
    }
    Ok(Some(serde_json::from_slice(&std::fs::read(note)?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_overtaken_by_a_later_event_alone_and_an_older_one_still_counts() {
        let older =
            r#"{"from":"beta","to":"off","at":1,"took":9,"bypassed":[],"reached":{"everyone":{"evidence":"2 of 2"}}}"#;
        let older: WayBack = serde_json::from_str(older).unwrap();
        assert_eq!(older.after, None);
        assert!(!older.is_overtaken(7), "it doesn't tell, so it counts");
        let note = WayBack { after: Some(7), ..older };
        let read: WayBack = serde_json::from_slice(&serde_json::to_vec(&note).unwrap()).unwrap();
        assert_eq!(read, note);
        assert!(!note.is_overtaken(7) && !note.is_overtaken(0), "whatever the clocks said");
        assert!(note.is_overtaken(8));
    }
}
