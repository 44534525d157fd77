//! Refuses a damaged object before libgit2 sees it. libgit2 1.9 inflates a truncated loose object for ever: its loop takes
//! "no more input" for progress. What lies in a pack has its own lengths, and what inflates to its end is left to libgit2,
//! which compares it with its id.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufReader, ErrorKind, Read as _};
use std::sync::atomic::{AtomicBool, Ordering};

use git2::{ObjectType, Oid};
use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZFlush, MZStatus};

use super::{Repo, Unreadable};

/// How much is inflated at a time.
const PIECE: usize = 16 * 1024;

impl Repo {
    /// Refuses a loose object that doesn't inflate to its end.
    pub(super) fn sound(&self, oid: Oid) -> Result<(), Unreadable> {
        let digits = oid.to_string();
        let (fan, rest) = digits.split_at_checked(2).unwrap_or(("", &digits));
        let damaged = |why: &str| Unreadable::Broken(format!("object {digits} {why}: `git fsck` tells more"));
        let file = match File::open(self.git.commondir().join("objects").join(fan).join(rest)) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(damaged(&format!("can't be read ({error})"))),
        };
        match ends(file) {
            Ok(true) => Ok(()),
            Ok(false) => Err(damaged("is truncated or damaged")),
            Err(error) => Err(damaged(&format!("can't be read ({error})"))),
        }
    }

    /// Refuses a tree with a damaged tree below it; `None` if `cancel` turned true meanwhile.
    pub(super) fn sound_below(&self, tree: Oid, cancel: &AtomicBool) -> Result<Option<()>, Unreadable> {
        let (mut waiting, mut seen) = (vec![tree], HashSet::from([tree]));
        while let Some(oid) = waiting.pop() {
            if cancel.load(Ordering::Relaxed) {
                return Ok(None);
            }
            self.sound(oid)?;
            let tree = self.git.find_tree(oid)?;
            let below = tree.iter().filter(|entry| entry.kind() == Some(ObjectType::Tree)).map(|entry| entry.id());
            waiting.extend(below.filter(|oid| seen.insert(*oid)));
        }
        Ok(Some(()))
    }
}

/// Whether a zlib stream comes to its end.
fn ends(file: File) -> std::io::Result<bool> {
    let mut file = BufReader::new(file);
    let mut state = InflateState::new_boxed(DataFormat::Zlib);
    let (mut packed, mut plain) = (vec![0; PIECE], vec![0; PIECE]);
    loop {
        let read = file.read(&mut packed)?;
        if read == 0 {
            return Ok(false);
        }
        let mut left = packed.get(..read).unwrap_or_default();
        loop {
            let step = inflate(&mut state, left, &mut plain, MZFlush::None);
            left = left.get(step.bytes_consumed..).unwrap_or_default();
            match step.status {
                Ok(MZStatus::StreamEnd) => return Ok(true),
                Ok(MZStatus::Ok) if step.bytes_consumed > 0 || step.bytes_written > 0 => {}
                // it wants more input
                Ok(MZStatus::Ok) | Err(miniz_oxide::MZError::Buf) => break,
                Ok(MZStatus::NeedDict) | Err(_) => return Ok(false),
            }
        }
    }
}
