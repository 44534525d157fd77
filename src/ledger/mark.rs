//! The high-water mark: the newest entry that was acted on, kept outside the store. A ledger that no longer holds it was
//! rewritten, shortened or deleted.
//!
//! Knows nothing of why. A ledger that is ahead of its mark is sound: the writer was stopped between the two.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::durable::{self, DurableFault};
use super::store::{CommitId, Ledger, LedgerFault};

/// An entry and its number in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HighWater {
    /// The entry.
    pub commit: CommitId,
    /// Its event's `seq`.
    pub seq: u64,
}

/// How a sound ledger stands to its mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// No mark was ever set here, so nothing can be said.
    Unmarked,
    /// The head is the mark.
    AtMark,
    /// So many entries were added since.
    Ahead(usize),
}

/// Why a ledger isn't to be acted on, or its mark can't be moved.
#[derive(Debug, thiserror::Error)]
pub enum MarkFault {
    /// The marked entry is no ancestor of the head.
    #[error(
        "the ledger was rewritten, shortened or deleted: entry {} ({}) was in it, its head is now {}",
        marked.seq, marked.commit, found.as_ref().map_or("nothing", CommitId::as_str)
    )]
    Regressed {
        /// What was acted on.
        marked: HighWater,
        /// The head that was found.
        found: Option<CommitId>,
    },
    /// The mark would go back.
    #[error("the mark stands at entry {} and can't go back to {asked}", marked.seq)]
    Backwards {
        /// Where it stands.
        marked: HighWater,
        /// The number it was to be set to.
        asked: u64,
    },
    /// The mark's file is there and says nothing that can be understood.
    #[error("the high-water mark {} can't be read ({why}): compare `log` with what you know, then remove it", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The ledger itself can't be read.
    #[error(transparent)]
    Ledger(#[from] LedgerFault),
    /// The mark couldn't be written; the old one stands.
    #[error(transparent)]
    Disk(#[from] DurableFault),
}

/// The mark of one ledger, in a file.
#[derive(Debug, Clone)]
pub struct Mark {
    path: PathBuf,
}

impl Mark {
    /// Names the mark's file. Touches nothing.
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// The mark; none where it was never set.
    pub fn read(&self) -> Result<Option<HighWater>, MarkFault> {
        let unreadable = |why: String| MarkFault::Unreadable { path: self.path.clone(), why };
        match fs::read(&self.path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|e| unreadable(e.to_string())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unreadable(error.to_string())),
        }
    }

    /// Moves the mark on, durably. It is never moved back.
    pub fn advance(&self, to: &HighWater) -> Result<(), MarkFault> {
        match self.read()? {
            Some(marked) if marked == *to => return Ok(()),
            Some(marked) if marked.seq >= to.seq => return Err(MarkFault::Backwards { marked, asked: to.seq }),
            Some(_) | None => {}
        }
        let text = format!("{{\"commit\":\"{}\",\"seq\":{}}}\n", to.commit, to.seq);
        Ok(durable::write_atomically(&self.path, text.as_bytes())?)
    }

    /// Judges a ledger by the mark.
    pub fn check(&self, ledger: &dyn Ledger) -> Result<Standing, MarkFault> {
        let Some(marked) = self.read()? else { return Ok(Standing::Unmarked) };
        match ledger.read(Some(&marked.commit)) {
            Ok(newer) if newer.is_empty() => Ok(Standing::AtMark),
            Ok(newer) => Ok(Standing::Ahead(newer.len())),
            Err(LedgerFault::NotInChain { head, .. }) => Err(MarkFault::Regressed { marked, found: head }),
            Err(fault @ (LedgerFault::Unreadable(_) | LedgerFault::Broken(_))) => Err(fault.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::ledger::{Draft, GitLedger};

    fn push(ledger: &GitLedger, payload: &str) -> CommitId {
        let head = ledger.head().unwrap();
        let draft = Draft { subject: "t", payload, at: Timestamp::UNIX_EPOCH, files: &[] };
        ledger.append(head.as_ref(), draft).unwrap()
    }

    #[test]
    fn a_ledger_at_its_mark_or_ahead_is_sound_and_one_behind_it_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let store = dir.path().join("store.git");
        let ledger = GitLedger::create(&store, &"m3".parse().unwrap()).unwrap();
        let mark = Mark::at(&dir.path().join("mark"));
        assert_eq!(mark.check(&ledger).unwrap(), Standing::Unmarked);
        let first = push(&ledger, "1");
        let second = push(&ledger, "2");
        mark.advance(&HighWater { commit: second.clone(), seq: 2 }).unwrap();
        assert_eq!(mark.check(&ledger).unwrap(), Standing::AtMark);
        push(&ledger, "3");
        assert_eq!(mark.check(&ledger).unwrap(), Standing::Ahead(1));

        std::fs::write(store.join(ledger.refname()), format!("{first}\n")).unwrap();
        let fault = mark.check(&ledger).unwrap_err();
        assert!(matches!(&fault, MarkFault::Regressed { found: Some(found), .. } if *found == first), "{fault}");
        push(&ledger, "another 2");
        assert!(matches!(mark.check(&ledger), Err(MarkFault::Regressed { .. })));
        std::fs::remove_dir_all(&store).unwrap();
        assert!(matches!(mark.check(&ledger), Err(MarkFault::Regressed { found: None, .. })));
    }

    #[test]
    fn the_mark_never_goes_back_and_a_garbled_one_is_no_mark_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mark");
        let mark = Mark::at(&path);
        let commit: CommitId = "9f31c2a0000000000000000000000000000000ab".parse().unwrap();
        let at = |seq| HighWater { commit: commit.clone(), seq };
        mark.advance(&at(5)).unwrap();
        mark.advance(&at(5)).unwrap();
        assert!(matches!(mark.advance(&at(4)), Err(MarkFault::Backwards { asked: 4, .. })));
        assert_eq!(mark.read().unwrap(), Some(at(5)));
        std::fs::write(&path, "").unwrap();
        assert!(matches!(mark.read(), Err(MarkFault::Unreadable { .. })));
        assert!(matches!(mark.advance(&at(6)), Err(MarkFault::Unreadable { .. })));
    }
}
