//! The controls on one machine: a flock that the kernel frees at its holder's death, and a record of who took it.
//!
//! The lock decides; the record only names. No child inherits it, and no time-out takes it from anyone.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::durable::{self, DurableFault};
use super::lock::{self, LockState};
use super::place::ReleasePlace;

/// What kind of process has the controls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Conductor {
    /// A cockpit.
    Cockpit,
    /// A `ship`.
    Ship,
    /// A `serve`.
    Serve,
    /// One of the owner's commands, while no conductor ran.
    Command,
}

/// Who has the controls, for spectators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its process.
    pub pid: u32,
    /// The machine.
    pub host: String,
    /// The user.
    pub user: String,
    /// When it took them. Advisory.
    pub since: Timestamp,
    /// What it is.
    pub what: Conductor,
}

/// The outcome of asking for the controls.
#[derive(Debug)]
pub enum Taking {
    /// They are ours until this is dropped.
    Held(Controls),
    /// Someone else has them; none where their record can't be read.
    HeldBy(Option<Holder>),
}

/// Who has the controls, as a spectator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Nobody.
    Free,
    /// Someone; none where their record can't be read.
    HeldBy(Option<Holder>),
}

/// The controls, held. Dropping them, or dying, frees them.
#[derive(Debug)]
pub struct Controls {
    record: PathBuf,
    _lock: fs::File,
}

impl Controls {
    /// Takes the controls if nobody has them, and says so for spectators.
    pub fn try_take(place: &ReleasePlace, holder: &Holder) -> Result<Taking, DurableFault> {
        let record = place.controls_record();
        let Some(lock) = lock::take(&place.controls_lock())? else { return Ok(Taking::HeldBy(read_record(&record))) };
        let text = serde_json::to_vec(holder).map_err(io::Error::other);
        let text = text.map_err(durable::while_doing("describe", &record))?;
        durable::write_atomically(&record, &text)?;
        Ok(Taking::Held(Self { record, _lock: lock }))
    }

    /// Looks who has them, taking nothing.
    pub fn look(place: &ReleasePlace) -> Result<Seen, DurableFault> {
        match lock::probe(&place.controls_lock())? {
            LockState::Free => Ok(Seen::Free),
            LockState::Held => Ok(Seen::HeldBy(read_record(&place.controls_record()))),
        }
    }
}

impl Drop for Controls {
    fn drop(&mut self) {
        // while the lock is still ours, so that no later holder's record is removed; one left behind decides nothing
        let _ = fs::remove_file(&self.record);
    }
}

fn read_record(path: &Path) -> Option<Holder> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader};

    use super::*;
    use crate::ledger::again;
    use crate::ledger::place::StateDir;

    const CHILD: &str = "ledger::controls::tests::another_process";

    fn place(dir: &Path) -> ReleasePlace {
        fs::write(dir.join("release.toml"), "").unwrap();
        let state = StateDir::open(&dir.join("state")).unwrap();
        state.release(&"m3".parse().unwrap(), &dir.join("release.toml")).unwrap()
    }

    fn holder(pid: u32) -> Holder {
        Holder { pid, host: "h".into(), user: "ada".into(), since: Timestamp::UNIX_EPOCH, what: Conductor::Cockpit }
    }

    fn take(place: &ReleasePlace) -> Option<Controls> {
        match Controls::try_take(place, &holder(1)).unwrap() {
            Taking::Held(controls) => Some(controls),
            Taking::HeldBy(_) => None,
        }
    }

    /// A fork of another test holds every open file until it execs, so the kernel may free the lock a moment late.
    #[allow(clippy::disallowed_methods, reason = "a test may wait for the kernel")]
    fn frees(place: &ReleasePlace) -> bool {
        (0..500).any(|_| {
            let free = Controls::look(place).unwrap() == Seen::Free;
            if !free {
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            free
        })
    }

    #[test]
    fn another_process() {
        let Some((_, dir)) = again::part() else { return };
        let held = Controls::try_take(&place(&dir), &holder(std::process::id())).unwrap();
        println!("\nsaid {}", matches!(held, Taking::Held(_)));
        loop {
            std::thread::park();
        }
    }

    #[test]
    fn one_holds_the_others_see_who_and_a_drop_frees() {
        let dir = tempfile::tempdir().unwrap();
        let place = place(dir.path());
        assert_eq!(Controls::look(&place).unwrap(), Seen::Free);
        let controls = take(&place).unwrap();
        assert_eq!(Controls::look(&place).unwrap(), Seen::HeldBy(Some(holder(1))));
        let second = Controls::try_take(&place, &holder(2)).unwrap();
        assert!(matches!(second, Taking::HeldBy(Some(by)) if by == holder(1)));
        fs::write(place.controls_record(), "garbled").unwrap();
        assert_eq!(Controls::look(&place).unwrap(), Seen::HeldBy(None), "the lock decides, not the record");
        drop(controls);
        assert!(frees(&place));
    }

    #[test]
    fn a_killed_holder_holds_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let place = place(dir.path());
        let mut child = again::start(&[], CHILD, "hold", dir.path()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|l| l.unwrap() == "said true"));
        assert_eq!(Controls::look(&place).unwrap(), Seen::HeldBy(Some(holder(child.id()))));
        assert!(take(&place).is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(frees(&place), "the record it left decides nothing");
        assert!(take(&place).is_some());
    }

    #[test]
    #[allow(clippy::disallowed_methods, reason = "the test needs a child that outlives the holder's lock")]
    fn a_child_does_not_inherit_the_controls() {
        let dir = tempfile::tempdir().unwrap();
        let place = place(dir.path());
        let controls = take(&place).unwrap();
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        drop(controls);
        let free = frees(&place);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(free);
    }
}
