//! A question whose answer may be to stop: from the moment it is asked nothing more starts, until somebody answers it. What runs
//! goes on. Whoever asked and vanished leaves it so; a note beside the ledger tells it to whoever only looks.

use std::io;
use std::path::PathBuf;

use super::command::Reply;
use super::run::Engine;
use super::state::{Drive, Role, Weight};
use crate::port::world::World;

/// What is said while nothing more starts.
pub const PAUSED: &str = "nothing more starts until somebody says how it goes on";

impl<W: World> Engine<W> {
    pub(super) fn pause(&mut self) -> Reply {
        if self.drive == Drive::Going {
            self.drive = Drive::Paused;
            self.note_pause(true);
        }
        Reply::done(PAUSED)
    }

    /// Goes on as before the question. What was decided meanwhile stands.
    pub(super) fn unpause(&mut self) -> Reply {
        if self.drive == Drive::Paused {
            self.drive = Drive::Going;
            self.note_pause(false);
        }
        Reply::done("going on")
    }

    /// Whether nothing starts because somebody was asked: by ourselves, or by the conductor that we watch.
    pub(super) fn is_paused(&self) -> bool {
        match self.role {
            Role::Conductor => matches!(self.drive, Drive::Paused | Drive::Stopping),
            Role::Spectator { .. } => {
                self.pause_note().is_some_and(|note| note.exists()) && self.reader.controls_are_held() == Some(true)
            }
        }
    }

    /// Leaves the note, or takes it away: also one that a conductor left who was killed at the question.
    /// Whoever only looks leaves it as it is.
    pub(super) fn note_pause(&mut self, paused: bool) {
        if !matches!(self.role, Role::Conductor) {
            return;
        }
        let Some(note) = self.pause_note() else { return };
        let noted = if paused { std::fs::write(&note, b"") } else { std::fs::remove_file(&note) };
        match noted {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                self.say(Weight::Warning, format!("other terminals may not be told: {}: {error}", note.display()));
            }
            Ok(()) | Err(_) => {}
        }
    }

    fn pause_note(&self) -> Option<PathBuf> {
        self.place.as_ref().map(|place| place.path().join("paused"))
    }
}
