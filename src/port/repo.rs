//! Reads repositories with libgit2, which runs no hook, no filter and no monitor, and moves or makes local refs by
//! compare-and-swap. Everything here blocks: callers use a blocking thread. Never touches a network or a work tree.

mod advance;
mod commit;
mod dirty;
mod files;
mod flag;
mod heads;
mod inventory;
mod package;
mod sound;
mod tag;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use git2::{ErrorCode, ObjectType, Oid, Repository};

pub use advance::NotAdvanced;
pub use commit::NewFile;
pub use dirty::Dirty;
pub use files::{Listed, Unread, Wanted};
pub use flag::{AddedKey, AddedKeys, KeyPlace, KeySight};
pub use heads::{Doing, Head, Heads, HeadsOf};
pub use inventory::Texts;
pub use package::NoPackage;
pub use tag::{NotTagged, Tagger};

use super::git::Place;
use crate::plan::Sha;

/// The largest file that is read out of a commit, in bytes: manifests and lock files, not artefacts.
pub const MAX_BLOB: usize = 8 << 20;

/// Why a repository, or something in it, can't be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// There is nothing at the path.
    #[error("nothing is there: clone it, or correct its path")]
    Missing,
    /// There is something, but no repository.
    #[error("it is no git repository")]
    NotARepo,
    /// A kind of repository that libgit2 doesn't open, such as reftable or SHA-256.
    #[error("this kind of repository can't be read: {0}")]
    Unsupported(String),
    /// git itself would refuse it (`safe.directory`).
    #[error("it belongs to another user: add it to safe.directory if you trust it")]
    ForeignOwner,
    /// A commit isn't here, be it unknown or beyond a shallow clone.
    #[error("{0} isn't in this repository: fetch it")]
    NoCommit(Sha),
    /// Damaged, locked, or not to be read.
    #[error("it can't be read: {0}")]
    Broken(String),
}

impl From<git2::Error> for Unreadable {
    fn from(error: git2::Error) -> Self {
        if error.code() == ErrorCode::Owner { Self::ForeignOwner } else { Self::Broken(error.message().to_owned()) }
    }
}

/// An open repository: one thread at a time, opened anew for each observation.
pub struct Repo {
    git: Repository,
    path: PathBuf,
}

impl std::fmt::Debug for Repo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Repo({})", self.path.display())
    }
}

impl Repo {
    /// Opens exactly this path, not a repository above it: a clone, a linked worktree or a bare repository.
    pub fn open(path: &Path) -> Result<Self, Unreadable> {
        match path.metadata() {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Err(Unreadable::NotARepo),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(Unreadable::Missing),
            Err(error) => return Err(Unreadable::Broken(error.to_string())),
        }
        match Repository::open(path) {
            Ok(git) => Ok(Self { git, path: path.to_owned() }),
            Err(error) => Err(why_not(path, &error)),
        }
    }

    /// Where `git` is to run for this repository.
    pub fn place(&self) -> Place {
        if self.git.is_bare() { Place::Bare(self.path.clone()) } else { Place::WorkTree(self.path.clone()) }
    }

    /// The folders that hold what belongs to this worktree alone (HEAD, index) and what all share (refs).
    pub fn folders(&self) -> (PathBuf, PathBuf) {
        (self.git.path().to_owned(), self.git.commondir().to_owned())
    }

    /// How many commits `ours` has that `theirs` hasn't, and the other way round.
    pub fn ahead_behind(&self, ours: &Sha, theirs: &Sha) -> Result<(usize, usize), Unreadable> {
        Ok(self.git.graph_ahead_behind(self.commit(ours)?, self.commit(theirs)?)?)
    }

    /// Whether one can go from `old` to `new` by a fast-forward; a commit is its own ancestor.
    pub fn is_ancestor(&self, old: &Sha, new: &Sha) -> Result<bool, Unreadable> {
        let (old, new) = (self.commit(old)?, self.commit(new)?);
        Ok(old == new || self.git.graph_descendant_of(new, old)?)
    }

    /// The commit that two others have both grown from; `None` where they share nothing.
    pub fn fork_of(&self, one: &Sha, other: &Sha) -> Result<Option<Sha>, Unreadable> {
        match self.git.merge_base(self.commit(one)?, self.commit(other)?) {
            Ok(base) => sha(base).map(Some),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// A file as a commit has it; `None` if it has no such file.
    pub fn blob_at(&self, sha: &Sha, path: &str) -> Result<Option<Vec<u8>>, Unreadable> {
        let commit = self.git.find_commit(self.commit(sha)?)?;
        self.sound(commit.tree_id())?;
        let tree = commit.tree()?;
        let entry = match tree.get_path(Path::new(path)) {
            Ok(entry) => entry,
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        if entry.kind() != Some(ObjectType::Blob) {
            return Ok(None);
        }
        if entry.filemode() == 0o120_000 {
            return Err(Unreadable::Broken(format!("{path} is a symbolic link there, which isn't followed")));
        }
        self.sound(entry.id())?;
        let (size, _) = self.git.odb()?.read_header(entry.id())?;
        if size > MAX_BLOB {
            return Err(Unreadable::Broken(format!("{path} has {size} bytes there; at most {MAX_BLOB} are read")));
        }
        Ok(Some(self.git.find_blob(entry.id())?.content().to_vec()))
    }

    /// The address as it is configured, before any `insteadOf`; `None` without such a remote.
    pub fn remote_url(&self, name: &str) -> Result<Option<String>, Unreadable> {
        let config = self.git.config()?.snapshot()?;
        match config.get_bytes(&format!("remote.{name}.url")) {
            Ok(url) => Ok(Some(String::from_utf8_lossy(url).into_owned())),
            Err(error) if matches!(error.code(), ErrorCode::NotFound | ErrorCode::InvalidSpec) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The id, if it is that of a commit which is here.
    fn commit(&self, sha: &Sha) -> Result<Oid, Unreadable> {
        let oid = Oid::from_str(sha.as_str())?;
        self.sound(oid)?;
        match self.git.find_commit(oid) {
            Ok(_) => Ok(oid),
            Err(error) if error.code() == ErrorCode::NotFound => Err(Unreadable::NoCommit(sha.clone())),
            Err(error) => Err(error.into()),
        }
    }
}

fn why_not(path: &Path, error: &git2::Error) -> Unreadable {
    let message = error.message();
    let unsupported = ["unsupported extension", "unsupported repository version", "object format", "ref storage"];
    match error.code() {
        ErrorCode::Owner => Unreadable::ForeignOwner,
        _ if unsupported.iter().any(|text| message.contains(text)) => Unreadable::Unsupported(message.to_owned()),
        // libgit2 says the same of a folder without .git and of one whose .git lost its HEAD or points nowhere
        ErrorCode::NotFound if path.join(".git").symlink_metadata().is_err() && !path.join("objects").is_dir() => {
            Unreadable::NotARepo
        }
        _ => Unreadable::Broken(message.to_owned()),
    }
}

fn sha(oid: Oid) -> Result<Sha, Unreadable> {
    oid.to_string().parse().map_err(|error: crate::plan::sha::NotASha| Unreadable::Unsupported(error.to_string()))
}
