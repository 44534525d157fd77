//! What the controls and the step locks share: taking a flock, and asking after one.
//!
//! Asking takes a shared lock for an instant, so a taker that meets one tries again before it believes it.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

use super::durable::{DurableFault, open_lock, while_doing};

/// How often, and how long apart, a taker tries: longer than anyone asks, shorter than anyone notices.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(4);

/// Whether someone holds a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockState {
    /// Some process has it, or has inherited it.
    Held,
    /// Nobody has it.
    Free,
}

/// Takes a lock; none if it is held. Dropping the file frees it, unless a child has inherited it.
pub(crate) fn take(path: &Path) -> Result<Option<File>, DurableFault> {
    let file = open_lock(path)?;
    for attempt in 1..=TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) if attempt < TRIES => pause(),
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(while_doing("lock", path)(error)),
        }
    }
    Ok(None)
}

/// Asks after a lock without taking it. One that was never made is free.
pub(crate) fn probe(path: &Path) -> Result<LockState, DurableFault> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(LockState::Free),
        Err(error) => return Err(while_doing("open", path)(error)),
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(LockState::Free),
        Err(TryLockError::WouldBlock) => Ok(LockState::Held),
        Err(TryLockError::Error(error)) => Err(while_doing("lock", path)(error)),
    }
}

#[allow(clippy::disallowed_methods, reason = "nothing tells when another process lets go of a flock")]
fn pause() {
    std::thread::sleep(PAUSE);
}
