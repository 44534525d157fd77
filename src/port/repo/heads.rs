//! Where a repository stands: its HEAD, the branches the release cares for, and what somebody left half done in it.

use git2::{ErrorCode, RepositoryState};

use super::{Repo, Unreadable, sha};
use crate::plan::Sha;

/// What HEAD is. Names are git's own bytes, with what isn't UTF-8 replaced: for eyes, not for git.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    /// On a branch.
    Branch {
        /// Its short name.
        name: String,
        /// Its commit.
        sha: Sha,
    },
    /// On a branch that has no commit yet.
    Unborn {
        /// Its short name.
        name: String,
    },
    /// On a commit and no branch.
    Detached {
        /// The commit.
        sha: Sha,
    },
}

impl Head {
    /// The commit, if there is one.
    pub fn sha(&self) -> Option<&Sha> {
        match self {
            Self::Branch { sha, .. } | Self::Detached { sha } => Some(sha),
            Self::Unborn { .. } => None,
        }
    }
}

/// What is under way in a work tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// Nothing.
    Nothing,
    /// A merge that isn't committed.
    Merge,
    /// A rebase that isn't finished.
    Rebase,
    /// A cherry-pick that isn't committed.
    CherryPick,
    /// A revert that isn't committed.
    Revert,
    /// A bisect.
    Bisect,
    /// `git am`.
    ApplyMailbox,
}

/// Which refs are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadsOf<'a> {
    /// The release branch's short name.
    pub branch: &'a str,
    /// The main branch's short name.
    pub main: &'a str,
    /// The remote whose last known branches are told.
    pub remote: &'a str,
}

/// Where a repository stands. What is missing isn't there; what couldn't be read is an error instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heads {
    /// HEAD.
    pub head: Head,
    /// What is under way.
    pub doing: Doing,
    /// The local release branch.
    pub branch: Option<Sha>,
    /// The local main branch.
    pub main: Option<Sha>,
    /// The release branch as the remote had it when last fetched.
    pub remote_branch: Option<Sha>,
    /// Main as the remote had it when last fetched.
    pub remote_main: Option<Sha>,
}

impl Repo {
    /// Reads it all; cheap at any size of the work tree.
    pub fn heads(&self, of: HeadsOf<'_>) -> Result<Heads, Unreadable> {
        let HeadsOf { branch, main, remote } = of;
        Ok(Heads {
            head: self.head()?,
            doing: self.doing(),
            branch: self.head_of(branch)?,
            main: self.head_of(main)?,
            remote_branch: self.at(&format!("refs/remotes/{remote}/{branch}"))?,
            remote_main: self.at(&format!("refs/remotes/{remote}/{main}"))?,
        })
    }

    /// What HEAD is.
    pub fn head(&self) -> Result<Head, Unreadable> {
        let head = self.git.find_reference("HEAD")?;
        let Some(target) = head.symbolic_target_bytes() else {
            let oid = head.target().ok_or_else(|| Unreadable::Broken("HEAD points at nothing".to_owned()))?;
            return Ok(Head::Detached { sha: sha(oid)? });
        };
        let short = target.strip_prefix(b"refs/heads/").unwrap_or(target);
        let name = String::from_utf8_lossy(short).into_owned();
        match head.resolve() {
            Ok(found) => Ok(Head::Branch { name, sha: self.commit_at(&found)? }),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(Head::Unborn { name }),
            Err(error) => Err(error.into()),
        }
    }

    /// The commit of a local branch, by its short name; `None` if there is no such branch.
    pub fn head_of(&self, branch: &str) -> Result<Option<Sha>, Unreadable> {
        self.at(&format!("refs/heads/{branch}"))
    }

    /// What is under way in the work tree.
    pub fn doing(&self) -> Doing {
        match self.git.state() {
            RepositoryState::Clean => Doing::Nothing,
            RepositoryState::Merge => Doing::Merge,
            RepositoryState::Revert | RepositoryState::RevertSequence => Doing::Revert,
            RepositoryState::CherryPick | RepositoryState::CherryPickSequence => Doing::CherryPick,
            RepositoryState::Bisect => Doing::Bisect,
            RepositoryState::Rebase | RepositoryState::RebaseInteractive | RepositoryState::RebaseMerge => {
                Doing::Rebase
            }
            RepositoryState::ApplyMailbox | RepositoryState::ApplyMailboxOrRebase => Doing::ApplyMailbox,
        }
    }

    fn at(&self, name: &str) -> Result<Option<Sha>, Unreadable> {
        let found = match self.git.find_reference(name) {
            Ok(found) => found,
            Err(error) if matches!(error.code(), ErrorCode::NotFound) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        self.commit_at(&found).map(Some)
    }

    pub(super) fn commit_at(&self, found: &git2::Reference<'_>) -> Result<Sha, Unreadable> {
        if let Some(oid) = found.target() {
            self.sound(oid)?;
        }
        sha(found.peel_to_commit()?.id())
    }
}
