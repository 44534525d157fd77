//! A ledger in memory with faults by name, for tests of everything above. Same rules as the real one, no disk.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{AppendFault, CommitId, Draft, Entry, KeptFile, Ledger, LedgerFault, check_draft, subject_line};
use crate::plan::Digest;

/// What goes wrong with one append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppendTrouble {
    /// `conflict_on_append`: refused as if another writer had been first. Nothing is kept.
    Conflict,
    /// `error_but_written`: in doubt, and it was kept.
    ErrorButWritten,
    /// `error_in_doubt`: in doubt, and it was not kept.
    ErrorInDoubt,
    /// `error_not_written`: provably not kept.
    ErrorNotWritten,
}

/// A ledger that is gone with the process. Ids depend on nothing but what was appended.
#[derive(Debug, Default)]
pub struct MemoryLedger {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    entries: Vec<Entry>,
    files: BTreeMap<CommitId, Vec<KeptFile>>,
    appends: usize,
    troubles: BTreeMap<usize, AppendTrouble>,
}

impl MemoryLedger {
    /// An empty ledger without faults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets the nth append from the start (the first is 1) go wrong, once.
    #[must_use]
    pub fn with_trouble(self, nth: usize, trouble: AppendTrouble) -> Self {
        self.lock().troubles.insert(nth, trouble);
        self
    }

    /// How many appends were tried, the refused ones included.
    pub fn appends(&self) -> usize {
        self.lock().appends
    }

    // a panic elsewhere can't leave an entry half pushed
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn head(&self) -> Option<CommitId> {
        self.entries.last().map(|e| e.id.clone())
    }

    fn keep(&mut self, draft: &Draft<'_>) -> Result<CommitId, AppendFault> {
        let parents: Vec<CommitId> = self.head().into_iter().collect();
        let parent = parents.first().map_or("", CommitId::as_str);
        let subject = subject_line(draft.subject);
        let digest = Digest::of_parts(&[parent, &subject, draft.payload]);
        let id: CommitId = digest
            .as_str()
            .chars()
            .take(40)
            .collect::<String>()
            .parse()
            .map_err(|e: crate::plan::sha::NotASha| AppendFault::NotWritten { why: e.to_string() })?;
        let files = draft.files.iter().map(|(n, b)| KeptFile { name: (*n).to_owned(), bytes: b.to_vec() }).collect();
        self.files.insert(id.clone(), files);
        self.entries.push(Entry { id: id.clone(), parents, subject, payload: draft.payload.to_owned() });
        Ok(id)
    }
}

impl Ledger for MemoryLedger {
    fn head(&self) -> Result<Option<CommitId>, LedgerFault> {
        Ok(self.lock().head())
    }

    fn read(&self, after: Option<&CommitId>) -> Result<Vec<Entry>, LedgerFault> {
        let inner = self.lock();
        let Some(after) = after else { return Ok(inner.entries.clone()) };
        match inner.entries.iter().position(|e| e.id == *after) {
            Some(at) => Ok(inner.entries.iter().skip(at + 1).cloned().collect()),
            None => Err(LedgerFault::NotInChain { after: after.clone(), head: inner.head() }),
        }
    }

    fn append(&self, parent: Option<&CommitId>, draft: Draft<'_>) -> Result<CommitId, AppendFault> {
        check_draft(&draft)?;
        let mut inner = self.lock();
        inner.appends += 1;
        let nth = inner.appends;
        let head = inner.head();
        if head.as_ref() != parent {
            return Err(AppendFault::Moved { head });
        }
        let why = || format!("append {nth} was told to fail");
        match inner.troubles.remove(&nth) {
            None => inner.keep(&draft),
            Some(AppendTrouble::Conflict) => Err(AppendFault::Moved { head }),
            Some(AppendTrouble::ErrorNotWritten) => Err(AppendFault::NotWritten { why: why() }),
            Some(AppendTrouble::ErrorInDoubt) => Err(AppendFault::InDoubt { why: why() }),
            Some(AppendTrouble::ErrorButWritten) => {
                inner.keep(&draft)?;
                Err(AppendFault::InDoubt { why: why() })
            }
        }
    }

    fn files(&self, id: &CommitId) -> Result<Vec<KeptFile>, LedgerFault> {
        let files = self.lock().files.get(id).cloned();
        files.ok_or_else(|| LedgerFault::Unreadable(format!("{id} is not in the ledger")))
    }
}
