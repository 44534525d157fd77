//! What a ledger is to everyone above: a chain of entries with a head, and one way to add to it.
//!
//! Knows nothing of what a payload says. Whether an entry was kept is told in three answers (yes, provably no, in doubt),
//! because a caller that guesses would do something twice.

pub mod chain;
mod create;
pub mod git;
pub mod memory;
mod object;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

pub use create::CreateFault;

use jiff::Timestamp;

use crate::plan::Sha;
use crate::plan::sha::NotASha;

/// The id of an entry: the hash of all that it says and of all that came before.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct CommitId(Sha);

impl CommitId {
    /// All 40 digits.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The first seven digits, for the screen.
    pub fn short(&self) -> &str {
        self.0.short()
    }
}

impl FromStr for CommitId {
    type Err = NotASha;

    fn from_str(text: &str) -> Result<Self, NotASha> {
        text.parse().map(Self)
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One kept event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: CommitId,
    /// The entries it follows: none for the first, else one.
    pub parents: Vec<CommitId>,
    /// A line for people who read the store with git. Decides nothing.
    pub subject: String,
    /// The event's canonical text.
    pub payload: String,
}

/// An event to be kept.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    /// A line for people who read the store with git; control characters become spaces.
    pub subject: &'a str,
    /// The event's canonical text: one line, at most [`super::canonical::MAX_PAYLOAD`] bytes.
    pub payload: &'a str,
    /// What the commit says of when. Advisory: order is the chain.
    pub at: Timestamp,
    /// Files to keep with the event, such as the bytes of release.toml: plain names, no folders.
    pub files: &'a [(&'a str, &'a [u8])],
}

/// A file that was kept with an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptFile {
    /// Its plain name.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Why an event was not, or perhaps not, kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendFault {
    /// Someone else appended first; nothing of ours was kept. Read on from `head`, judge again, then perhaps append.
    #[error("the ledger has moved to {}: read it again and decide again", head_text(head.as_ref()))]
    Moved {
        /// The head that was found.
        head: Option<CommitId>,
    },
    /// Provably nothing was kept: the head was re-read and is where it was.
    #[error("nothing was written to the ledger: {why}")]
    NotWritten {
        /// What stood in the way.
        why: String,
    },
    /// It may have been kept, or be visible but not durable. Read the ledger again before anything else; never repeat it blindly.
    #[error("the event may or may not be in the ledger: {why}; read it again before anything else")]
    InDoubt {
        /// What went wrong, and what was seen afterwards.
        why: String,
    },
}

/// Why a ledger can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerFault {
    /// The store as a whole.
    #[error("the ledger's store can't be read: {0}")]
    Unreadable(String),
    /// One entry of the chain.
    #[error(transparent)]
    Broken(Box<chain::BrokenChain>),
    /// The entry to read on from isn't an ancestor of the head: the ledger was rewritten, shortened or forked.
    #[error("{after} is not in the ledger, whose head is {}: it was rewritten, shortened or forked", head_text(head.as_ref()))]
    NotInChain {
        /// The entry that was asked for.
        after: CommitId,
        /// The head that was found.
        head: Option<CommitId>,
    },
}

/// The append-only journal of one release.
pub trait Ledger: Send + Sync {
    /// The newest entry; none where nothing was ever kept.
    fn head(&self) -> Result<Option<CommitId>, LedgerFault>;

    /// The entries after one, or all, oldest first.
    fn read(&self, after: Option<&CommitId>) -> Result<Vec<Entry>, LedgerFault>;

    /// Keeps an event durably, if and only if `parent` is the head. On return it would survive a power cut.
    fn append(&self, parent: Option<&CommitId>, draft: Draft<'_>) -> Result<CommitId, AppendFault>;

    /// The files kept with an entry, by name.
    fn files(&self, id: &CommitId) -> Result<Vec<KeptFile>, LedgerFault>;
}

fn head_text(head: Option<&CommitId>) -> &str {
    head.map_or("nothing", CommitId::as_str)
}

/// Refuses a draft that could not be read back as it was written.
fn check_draft(draft: &Draft<'_>) -> Result<(), AppendFault> {
    let why = if draft.payload.is_empty() {
        "the payload is empty".to_owned()
    } else if draft.payload.len() > super::canonical::MAX_PAYLOAD {
        super::canonical::NotCanonical::TooLong(draft.payload.len()).to_string()
    } else if draft.payload.contains(['\n', '\r', '\0']) {
        "the payload is not one line of canonical JSON".to_owned()
    } else if let Some((name, _)) = draft.files.iter().find(|(name, _)| !plain_name(name)) {
        format!("{name:?} is not a plain file name")
    } else {
        return Ok(());
    };
    Err(AppendFault::NotWritten { why })
}

fn plain_name(name: &str) -> bool {
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    name.chars().all(safe) && name.starts_with(|c: char| c.is_ascii_alphanumeric())
}

/// A subject as one line of at most 120 characters.
fn subject_line(subject: &str) -> String {
    let line: String = subject.chars().take(120).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = line.trim();
    if line.is_empty() { "event".to_owned() } else { line.to_owned() }
}
