//! Moves a local branch forward by compare-and-swap, where no work tree would be left behind by it.

use std::path::{Path, PathBuf};

use git2::{ErrorCode, Oid, Repository};

use super::{Repo, Unreadable};
use crate::plan::Sha;

/// Why a branch wasn't moved. It is where it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAdvanced {
    /// A work tree has it checked out (or is rebasing it): it is to be merged there.
    #[error("the branch is checked out at {0:?}")]
    CheckedOut(PathBuf),
    /// It isn't where it was expected.
    #[error("the branch has moved meanwhile")]
    Moved {
        /// Where it is, if it is at all.
        found: Option<Sha>,
    },
    /// The new commit doesn't follow the old one.
    #[error("{from} is no ancestor of {to}: this would be no fast-forward")]
    NotForward {
        /// Where the branch is.
        from: Sha,
        /// Where it was to go.
        to: Sha,
    },
    /// Something couldn't be read or written.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

impl From<git2::Error> for NotAdvanced {
    fn from(error: git2::Error) -> Self {
        Self::Unreadable(error.into())
    }
}

impl Repo {
    /// Moves a branch from where it must be (`None`: it must not exist) forward to a commit.
    pub fn advance_branch(&self, branch: &str, from: Option<&Sha>, to: &Sha) -> Result<(), NotAdvanced> {
        let name = format!("refs/heads/{branch}");
        let target = self.commit(to)?;
        if let Some(place) = self.checked_out(&name)? {
            return Err(NotAdvanced::CheckedOut(place));
        }
        let Some(from) = from else {
            return self.swapped(branch, self.git.reference(&name, target, false, "flightdeck: create").map(drop));
        };
        if self.head_of(branch)?.as_ref() != Some(from) {
            return Err(NotAdvanced::Moved { found: self.head_of(branch)? });
        }
        if !self.is_ancestor(from, to)? {
            return Err(NotAdvanced::NotForward { from: from.clone(), to: to.clone() });
        }
        let expected = Oid::from_str(from.as_str())?;
        let moved = self.git.reference_matching(&name, target, true, expected, "flightdeck: fast-forward");
        self.swapped(branch, moved.map(drop))
    }

    /// Where a branch is checked out, by its full name.
    pub fn checked_out(&self, name: &str) -> Result<Option<PathBuf>, Unreadable> {
        let common = self.git.commondir().to_owned();
        let owner = Repository::open(&common)?;
        if !owner.is_bare() && in_use(&common, name) {
            return Ok(Some(owner.workdir().unwrap_or(&common).to_owned()));
        }
        for worktree in owner.worktrees()?.iter_bytes() {
            use std::os::unix::ffi::OsStrExt as _;
            let folder = common.join("worktrees").join(std::ffi::OsStr::from_bytes(worktree));
            if in_use(&folder, name) {
                let link = std::fs::read_to_string(folder.join("gitdir")).unwrap_or_default();
                let path = Path::new(link.trim_end()).parent().map(Path::to_owned).unwrap_or_default();
                // one whose folder was deleted has nothing that could be left behind
                if path.exists() {
                    return Ok(Some(path));
                }
            }
        }
        Ok(None)
    }

    fn swapped(&self, branch: &str, result: Result<(), git2::Error>) -> Result<(), NotAdvanced> {
        match result {
            Err(error) if matches!(error.code(), ErrorCode::Modified | ErrorCode::Exists | ErrorCode::NotFound) => {
                Err(NotAdvanced::Moved { found: self.head_of(branch)? })
            }
            other => Ok(other?),
        }
    }
}

/// Whether a git folder's HEAD is on the branch, or a rebase there will come back to it.
fn in_use(folder: &Path, name: &str) -> bool {
    let says = |file: &str, text: &str| {
        std::fs::read(folder.join(file)).is_ok_and(|bytes| bytes.trim_ascii_end() == text.as_bytes())
    };
    says("HEAD", &format!("ref: {name}"))
        || ["rebase-merge/head-name", "rebase-apply/head-name"].iter().any(|file| says(file, name))
}
