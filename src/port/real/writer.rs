//! Who is trying an effect: a lock for each step, which its child inherits as its standard input, and a note for each effect
//! of what was started for it. From both follows, after a crash, whether somebody may still be at work.
//!
//! Everything here blocks. A held lock proves a living writer; a free one proves nothing (children close descriptors).

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::ledger::durable::{self, DurableFault};
use crate::ledger::lock::{self, LockState};
use crate::plan::{Key, StepId};
use crate::port::session::{self, Fate, SessionRecord};
use crate::port::world::Tried;
use crate::rollout::event::Writer;

/// Any child has every open file from its fork to its exec, a lock that isn't meant for it too: one that is held for longer
/// than this is really held.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(25);

/// What is known of an effect's writer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) writer: Writer,
    /// Its processes, in words.
    pub(super) orphans: Option<String>,
}

/// How far an effect got, as far as processes are concerned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Stage {
    /// Nothing was started.
    Readied,
    /// A child is about to be started: one may be there that nobody noted.
    Starting {
        /// Who was about to: ourselves.
        by: SessionRecord,
    },
    /// This child was started.
    Started(SessionRecord),
}

#[derive(Debug, Serialize, Deserialize)]
struct Note {
    key: Key,
    attempt: u32,
    stage: Stage,
}

/// The folder of locks and notes.
#[derive(Debug)]
pub(super) struct Desk {
    steps: PathBuf,
}

impl Desk {
    pub(super) fn new(steps: PathBuf) -> Self {
        Self { steps }
    }

    /// Notes that an effect is about to be tried and that nothing was started for it yet; refuses while an earlier try of it
    /// is at work.
    pub(super) fn ready(&self, step: &StepId, key: &Key, attempt: u32) -> Result<(), String> {
        if self.is_held(step).map_err(|error| format!("the step's lock can't be asked: {error}"))? {
            return Err(
                "a process that an earlier attempt started still holds the step's lock: wait for its end, or end it"
                    .into(),
            );
        }
        if let Ok(Some(Note { stage: Stage::Started(record), .. })) = self.read(step, key)
            && let Fate::Alive(pids) = session::fate(&record)
        {
            return Err(format!("{} of an earlier attempt still at work: wait for the end, or end it", words(&pids)));
        }
        self.note(step, key, attempt, Stage::Readied)
    }

    /// Takes the step's lock; none while somebody has it.
    pub(super) fn take(&self, step: &StepId) -> Result<Option<File>, DurableFault> {
        durable::create_folder(&self.steps)?;
        for _ in 1..TRIES {
            if let Some(lock) = lock::take(&self.lock_path(step))? {
                return Ok(Some(lock));
            }
            pause();
        }
        lock::take(&self.lock_path(step))
    }

    /// Notes how far an effect got; on the disk when this returns.
    pub(super) fn note(&self, step: &StepId, key: &Key, attempt: u32, stage: Stage) -> Result<(), String> {
        let path = self.note_path(step, key);
        let note = Note { key: key.clone(), attempt, stage };
        let text = serde_json::to_vec(&note).map_err(|error| error.to_string())?;
        durable::create_folder(&self.steps)
            .and_then(|()| durable::write_atomically(&path, &text))
            .map_err(|fault| format!("who is at work can't be noted: {fault}"))
    }

    /// Notes that a child is about to be started.
    pub(super) fn starting(&self, step: &StepId, key: &Key, attempt: u32) -> Result<(), String> {
        self.note(step, key, attempt, Stage::Starting { by: ourselves() })
    }

    /// What is known of the process that was trying an effect.
    pub(super) fn known(&self, step: &StepId, key: &Key, attempt: u32, tried: Tried) -> Known {
        let held = match self.is_held(step) {
            Ok(held) => held,
            Err(error) => return unknown(&format!("the step's lock can't be asked: {error}")),
        };
        let noted = match tried {
            Tried::Never => Known { writer: Writer::Gone, orphans: None },
            Tried::Before => self.child(step, key, attempt),
        };
        if held && noted.writer != Writer::Alive {
            let orphans = "a process that isn't known by name holds the step's lock".to_owned();
            return Known { writer: Writer::Alive, orphans: Some(orphans) };
        }
        noted
    }

    /// What is known of the child of an effect, whoever holds the lock.
    pub(super) fn child(&self, step: &StepId, key: &Key, attempt: u32) -> Known {
        match self.read(step, key) {
            Ok(Some(note)) if note.attempt == attempt => judged(&note.stage),
            Ok(_) => unknown("nothing is noted on this machine of who was trying"),
            Err(error) => unknown(&format!("the note of who was trying can't be read: {error}")),
        }
    }

    /// When an effect's child was noted, in milliseconds since 1970.
    pub(super) fn noted_at(&self, step: &StepId, key: &Key) -> Option<u64> {
        let changed = fs::metadata(self.note_path(step, key)).and_then(|found| found.modified()).ok()?;
        u64::try_from(changed.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
    }

    /// Whether somebody has the lock for longer than it takes a child that has nothing to do with it to be forked.
    fn is_held(&self, step: &StepId) -> Result<bool, DurableFault> {
        for _ in 1..TRIES {
            if lock::probe(&self.lock_path(step))? == LockState::Free {
                return Ok(false);
            }
            pause();
        }
        Ok(lock::probe(&self.lock_path(step))? == LockState::Held)
    }

    fn read(&self, step: &StepId, key: &Key) -> io::Result<Option<Note>> {
        match fs::read(self.note_path(step, key)) {
            Ok(bytes) => {
                let note: Note = serde_json::from_slice(&bytes).map_err(io::Error::other)?;
                Ok((note.key == *key).then_some(note))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn lock_path(&self, step: &StepId) -> PathBuf {
        self.steps.join(format!("{step}.lock"))
    }

    fn note_path(&self, step: &StepId, key: &Key) -> PathBuf {
        self.steps.join(format!("{step}.{key}.json"))
    }
}

fn judged(stage: &Stage) -> Known {
    let record = match stage {
        Stage::Readied => return Known { writer: Writer::Gone, orphans: None },
        Stage::Starting { by } => {
            let now = ourselves();
            let restarted = !by.boot.is_empty() && !now.boot.is_empty() && now.boot != by.boot;
            return if restarted && now.host == by.host {
                Known { writer: Writer::Gone, orphans: None }
            } else {
                unknown("flightdeck ended in the very moment of starting a process: look for one yourself")
            };
        }
        Stage::Started(record) => record,
    };
    match session::fate(record) {
        Fate::Dead => Known { writer: Writer::Gone, orphans: None },
        Fate::Alive(pids) => Known { writer: Writer::Alive, orphans: Some(format!("{} still at work", words(&pids))) },
        Fate::Unknown(why) => unknown(&why),
    }
}

fn unknown(why: &str) -> Known {
    Known { writer: Writer::Unknown, orphans: Some(why.to_owned()) }
}

fn ourselves() -> SessionRecord {
    SessionRecord::of_child(i32::try_from(std::process::id()).unwrap_or_default())
}

fn words(pids: &[i32]) -> String {
    let list = pids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if pids.len() == 1 { format!("process {list} is") } else { format!("processes {list} are") }
}

#[allow(clippy::disallowed_methods, reason = "nothing tells when another process lets go of a flock")]
fn pause() {
    std::thread::sleep(PAUSE);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Identity;

    #[test]
    fn only_what_was_noted_proves_that_nobody_is_at_work() {
        let dir = tempfile::tempdir().unwrap();
        let desk = Desk::new(dir.path().join("steps"));
        let step: StepId = "api".parse().unwrap();
        let key = Identity::new("run", "a", "b").key(&"m3".parse().unwrap(), 0);
        let writer = |attempt| desk.known(&step, &key, attempt, Tried::Before).writer;
        assert_eq!(writer(1), Writer::Unknown);
        desk.ready(&step, &key, 1).unwrap();
        assert_eq!((writer(1), writer(2)), (Writer::Gone, Writer::Unknown));
        desk.starting(&step, &key, 1).unwrap();
        assert_eq!(writer(1), Writer::Unknown);
        let by = SessionRecord { boot: "an earlier start".to_owned(), ..ourselves() };
        desk.note(&step, &key, 1, Stage::Starting { by }).unwrap();
        assert_eq!(writer(1), Writer::Gone);
        desk.note(&step, &key, 1, Stage::Started(SessionRecord { started: "1".to_owned(), ..ourselves() })).unwrap();
        assert_eq!(writer(1), Writer::Gone);
        let lock = desk.take(&step).unwrap().unwrap();
        assert_eq!(writer(1), Writer::Alive);
        assert!(desk.take(&step).unwrap().is_none() && desk.ready(&step, &key, 2).is_err());
        drop(lock);
        fs::write(desk.note_path(&step, &key), "{").unwrap();
        assert_eq!(writer(1), Writer::Unknown);
    }
}
