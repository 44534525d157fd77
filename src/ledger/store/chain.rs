//! Reads the chain of commits back, and says exactly where and how it is broken. Writes nothing.
//!
//! The walk goes from the head to its ancestors. Where an object can't be read, what lies before it can't be reached; where
//! an object reads well but breaks a rule, everything before it still counts.

use std::fmt;

use git2::{Commit, ErrorCode, ObjectType, Oid, Repository};

use super::{CommitId, Entry, KeptFile, LedgerFault, object};
use crate::ledger::canonical::MAX_PAYLOAD;

/// A chain that ends in a commit which isn't an entry, and what could be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the ledger is broken at {at}, {place}: {why}")]
pub struct BrokenChain {
    /// The commit.
    pub at: CommitId,
    /// Where it lies.
    pub place: Place,
    /// What is wrong with it.
    pub why: BrokenEntry,
    /// The entries on the side that could be read, oldest first: for looking at, not for acting on.
    pub readable: Vec<Entry>,
}

/// The position of a broken entry, counted from the end that could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// So many entries come before it since the first one, or since the entry that was read on from; they are readable.
    After(usize),
    /// So many entries come after it, up to the head; they are readable, and nothing before it can be reached.
    BehindHead(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::After(entries) => write!(f, "after {entries} good entries"),
            Self::BehindHead(entries) => write!(f, "{entries} entries behind the head"),
        }
    }
}

/// What is wrong with one commit of the chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokenEntry {
    /// The object, or a file kept with it, is missing, truncated, or doesn't have the bytes that its id promises.
    #[error("it can't be read: {0}")]
    Unreadable(String),
    /// Not one parent.
    #[error("it has {0} parents instead of one")]
    Parents(usize),
    /// The message isn't UTF-8.
    #[error("its message is not UTF-8")]
    NotUtf8,
    /// The message holds no payload under its subject, or more than one line of it.
    #[error("its message is not a subject, an empty line and one line of payload")]
    Shape,
    /// The payload is over the limit.
    #[error("its payload takes {0} bytes, over {MAX_PAYLOAD}")]
    TooLong(usize),
}

pub(super) fn unreadable(error: &git2::Error) -> LedgerFault {
    LedgerFault::Unreadable(error.message().to_owned())
}

pub(super) fn id_of(oid: Oid) -> Result<CommitId, LedgerFault> {
    oid.to_string().parse().map_err(|e: crate::plan::sha::NotASha| LedgerFault::Unreadable(e.to_string()))
}

pub(super) fn oid_of(id: &CommitId) -> Result<Oid, LedgerFault> {
    Oid::from_str(id.as_str()).map_err(|e| unreadable(&e))
}

/// The commit that the ref names. A ref that isn't there is an empty ledger; one that can't be understood is a fault.
pub(super) fn head(repo: &Repository, refname: &str) -> Result<Option<Oid>, LedgerFault> {
    match repo.find_reference(refname) {
        Ok(reference) => match reference.target() {
            Some(oid) => Ok(Some(oid)),
            None => Err(LedgerFault::Unreadable(format!("{refname} does not name a commit"))),
        },
        Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
        Err(error) => Err(unreadable(&error)),
    }
}

/// Walks from `head` down to `after`, or to the first entry.
pub(super) fn read(repo: &Repository, head: Oid, after: Option<&CommitId>) -> Result<Vec<Entry>, LedgerFault> {
    let until = after.map(oid_of).transpose()?;
    let mut newest_first: Vec<Result<Entry, (Oid, BrokenEntry)>> = Vec::new();
    let mut next = Some(head);
    while let Some(oid) = next.filter(|oid| Some(*oid) != until) {
        let commit = match object::commit(repo, oid) {
            Ok(commit) => commit,
            Err(error) => {
                let why = BrokenEntry::Unreadable(error.message().to_owned());
                return Err(cut_off(oid, why, newest_first)?);
            }
        };
        next = commit.parent_ids().next();
        newest_first.push(entry(repo, &commit).map_err(|why| (oid, why)));
    }
    if let (Some(after), None) = (after, next) {
        return Err(LedgerFault::NotInChain { after: after.clone(), head: Some(id_of(head)?) });
    }
    let mut entries = Vec::with_capacity(newest_first.len());
    for item in newest_first.into_iter().rev() {
        match item {
            Ok(entry) => entries.push(entry),
            Err((oid, why)) => {
                let place = Place::After(entries.len());
                return Err(broken(BrokenChain { at: id_of(oid)?, place, why, readable: entries }));
            }
        }
    }
    Ok(entries)
}

/// Whether `sought` is `head` or an ancestor of it.
pub(super) fn contains(repo: &Repository, head: Oid, sought: Oid) -> Result<bool, git2::Error> {
    let mut next = Some(head);
    while let Some(oid) = next {
        if oid == sought {
            return Ok(true);
        }
        next = object::commit(repo, oid)?.parent_ids().next();
    }
    Ok(false)
}

/// The fault for an object that hides everything before it: of what comes after, the part without a fault of its own.
fn cut_off(
    oid: Oid,
    why: BrokenEntry,
    newest_first: Vec<Result<Entry, (Oid, BrokenEntry)>>,
) -> Result<LedgerFault, LedgerFault> {
    let place = Place::BehindHead(newest_first.len());
    let mut readable: Vec<Entry> = newest_first.into_iter().map_while(Result::ok).collect();
    readable.reverse();
    Ok(broken(BrokenChain { at: id_of(oid)?, place, why, readable }))
}

fn broken(chain: BrokenChain) -> LedgerFault {
    LedgerFault::Broken(Box::new(chain))
}

fn entry(repo: &Repository, commit: &Commit<'_>) -> Result<Entry, BrokenEntry> {
    let unreadable = |fault: LedgerFault| BrokenEntry::Unreadable(fault.to_string());
    if commit.parent_count() > 1 {
        return Err(BrokenEntry::Parents(commit.parent_count()));
    }
    let message = std::str::from_utf8(commit.message_raw_bytes()).map_err(|_| BrokenEntry::NotUtf8)?;
    let (subject, payload) = message.split_once("\n\n").ok_or(BrokenEntry::Shape)?;
    if payload.len() > MAX_PAYLOAD {
        return Err(BrokenEntry::TooLong(payload.len()));
    }
    if payload.is_empty() || payload.contains(['\n', '\r', '\0']) || subject.contains('\n') {
        return Err(BrokenEntry::Shape);
    }
    kept_files(repo, commit).map_err(|e| BrokenEntry::Unreadable(e.message().to_owned()))?;
    Ok(Entry {
        id: id_of(commit.id()).map_err(unreadable)?,
        parents: commit.parent_ids().map(id_of).collect::<Result<_, _>>().map_err(unreadable)?,
        subject: subject.to_owned(),
        payload: payload.to_owned(),
    })
}

/// The tree that holds nothing, in every git repository.
const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/// The files in a commit's tree. Most events keep none, and then no object is read.
pub(super) fn kept_files(repo: &Repository, commit: &Commit<'_>) -> Result<Vec<KeptFile>, git2::Error> {
    if commit.tree_id().to_string() == EMPTY_TREE {
        return Ok(Vec::new());
    }
    let tree = object::tree(repo, commit.tree_id())?;
    let mut files = Vec::new();
    for item in &tree {
        if item.kind() != Some(ObjectType::Blob) {
            return Err(git2::Error::from_str("a kept file is not a file"));
        }
        let name = item.name().map_err(|_| git2::Error::from_str("a kept file's name is not UTF-8"))?.to_owned();
        files.push(KeptFile { name, bytes: object::blob(repo, item.id())? });
    }
    Ok(files)
}
