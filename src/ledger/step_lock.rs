//! The lock of one step, which its child inherits as its standard input: while it is held, a writer is alive.
//!
//! A free lock proves nothing, since children close descriptors. It is never unlocked, only dropped: unlocking would take it
//! from the child as well.

use std::fs::{self, File};
use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::durable::{self, DurableFault, while_doing};
use super::lock::{self, LockState};
use super::place::ReleasePlace;
use crate::plan::StepId;

/// The lock of a step, held by us and by every child that was given [`StepLock::for_child`].
#[derive(Debug)]
pub struct StepLock {
    file: File,
}

/// The outcome of asking for a step's lock.
#[derive(Debug)]
pub enum StepTaking {
    /// It is ours.
    Taken(StepLock),
    /// A writer of this step is alive: ours, or the orphan of a conductor that died.
    Busy,
}

impl StepLock {
    /// Takes the lock of a step if no writer of it is alive.
    pub fn take(place: &ReleasePlace, step: &StepId) -> Result<StepTaking, DurableFault> {
        Ok(lock::take(&place.step_lock(step))?.map_or(StepTaking::Busy, |file| StepTaking::Taken(Self { file })))
    }

    /// A descriptor of the same lock, to be a child's standard input: an empty file that can only be read.
    pub fn for_child(&self) -> io::Result<File> {
        self.file.try_clone()
    }
}

/// Whether a writer of the step is known to be alive. [`LockState::Free`] doesn't prove that none is.
pub fn probe_lock(place: &ReleasePlace, step: &StepId) -> Result<LockState, DurableFault> {
    lock::probe(&place.step_lock(step))
}

/// Notes durably who the step's writer is (pid, start time, session, boot id …).
pub fn write_sidecar<T: Serialize>(place: &ReleasePlace, step: &StepId, writer: &T) -> Result<(), DurableFault> {
    let path = place.step_sidecar(step);
    let text = serde_json::to_vec(writer).map_err(io::Error::other).map_err(while_doing("describe", &path))?;
    durable::write_atomically(&path, &text)
}

/// Who the step's last writer was; none where none was noted. One that can't be read is an error, not nobody.
pub fn read_sidecar<T: DeserializeOwned>(place: &ReleasePlace, step: &StepId) -> Result<Option<T>, DurableFault> {
    let path = place.step_sidecar(step);
    match fs::read(&path) {
        Ok(bytes) => {
            serde_json::from_slice(&bytes).map(Some).map_err(io::Error::other).map_err(while_doing("understand", &path))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(while_doing("read", &path)(error)),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::ledger::place::StateDir;

    fn place(dir: &Path) -> ReleasePlace {
        fs::write(dir.join("release.toml"), "").unwrap();
        let state = StateDir::open(&dir.join("state")).unwrap();
        state.release(&"m3".parse().unwrap(), &dir.join("release.toml")).unwrap()
    }

    fn taken(place: &ReleasePlace, step: &StepId) -> StepLock {
        match StepLock::take(place, step).unwrap() {
            StepTaking::Taken(lock) => lock,
            StepTaking::Busy => panic!("busy"),
        }
    }

    #[test]
    #[allow(clippy::disallowed_methods, reason = "the test plays the process runner")]
    fn a_child_holds_the_lock_after_its_starter_let_go() {
        let dir = tempfile::tempdir().unwrap();
        let (place, step) = (place(dir.path()), "sdk".parse().unwrap());
        assert_eq!(probe_lock(&place, &step).unwrap(), LockState::Free);
        let lock = taken(&place, &step);
        assert!(matches!(StepLock::take(&place, &step).unwrap(), StepTaking::Busy));
        let mut child = std::process::Command::new("sleep").arg("60").stdin(lock.for_child().unwrap()).spawn().unwrap();
        drop(lock);
        let (while_alive, other) = (probe_lock(&place, &step), probe_lock(&place, &"web".parse().unwrap()));
        let busy = StepLock::take(&place, &step);
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(while_alive.unwrap(), LockState::Held);
        assert!(matches!(busy.unwrap(), StepTaking::Busy));
        assert_eq!(other.unwrap(), LockState::Free);
        assert_eq!(probe_lock(&place, &step).unwrap(), LockState::Free);
        drop(taken(&place, &step));
    }

    #[test]
    #[allow(clippy::disallowed_methods, reason = "the test plays the process runner")]
    fn a_child_reads_nothing_from_it_and_cannot_write_to_it() {
        let dir = tempfile::tempdir().unwrap();
        let (place, step) = (place(dir.path()), "sdk".parse().unwrap());
        for _ in 0..2 {
            let lock = taken(&place, &step);
            let mut sh = std::process::Command::new("sh");
            let sh = sh.args(["-c", "cat; echo x >&0"]).stdin(lock.for_child().unwrap());
            let output = sh.output().unwrap();
            assert!(output.stdout.is_empty() && !output.status.success());
            assert_eq!(fs::metadata(place.step_lock(&step)).unwrap().len(), 0);
        }
    }

    #[test]
    fn the_writer_is_noted_and_a_garbled_note_is_not_nobody() {
        let dir = tempfile::tempdir().unwrap();
        let (place, step) = (place(dir.path()), "sdk".parse().unwrap());
        assert_eq!(read_sidecar::<Vec<u32>>(&place, &step).unwrap(), None);
        write_sidecar(&place, &step, &vec![7, 8]).unwrap();
        assert_eq!(read_sidecar(&place, &step).unwrap(), Some(vec![7, 8]));
        fs::write(place.step_sidecar(&step), "{").unwrap();
        assert!(read_sidecar::<Vec<u32>>(&place, &step).is_err());
    }
}
