//! Clean worktrees at named commits, in which commands run: never the user's own work tree. One folder for each repository,
//! commit and purpose; it is made anew only while nobody is in it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedRwLockReadGuard, RwLock};

use crate::plan::{RepoName, Sha};
use crate::port::git::{Git, Place};
use crate::port::repo::{Head, Repo};

/// How long after a failure it is tried once more.
const AGAIN: Duration = Duration::from_millis(300);
/// A checkout of a large repository takes its time.
const CHECKOUT: Duration = Duration::from_secs(600);

/// What a worktree is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// To build in: nothing but the commit's files may be there.
    Build,
    /// To refresh lock files in: made anew like the one to build in.
    Repin,
    /// To generate in what is compared: made anew as well.
    Generate,
    /// To ship from, with nothing that git doesn't know or ignore.
    Ship,
    /// To ship what was built in it.
    Built,
    /// To run tests in.
    Test,
    /// To ask read-only questions from.
    Ask,
}

impl Use {
    fn word(self) -> &'static str {
        match self {
            Self::Build | Self::Ship | Self::Built => "ship",
            Self::Repin => "repin",
            Self::Generate => "generate",
            Self::Test => "test",
            Self::Ask => "ask",
        }
    }

    fn is_made_anew(self) -> bool {
        match self {
            Self::Build | Self::Repin | Self::Generate => true,
            Self::Ship | Self::Built | Self::Test | Self::Ask => false,
        }
    }
}

/// A worktree while it is used.
#[derive(Debug)]
pub(super) struct Lease {
    path: PathBuf,
    _in_use: OwnedRwLockReadGuard<()>,
}

impl Lease {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// All worktrees.
#[derive(Debug)]
pub(super) struct Trees {
    work: PathBuf,
    users: Mutex<HashMap<PathBuf, Arc<RwLock<()>>>>,
    // git reads the notes of all worktrees of a clone while it makes one, and stumbles over one that is half made
    making: Mutex<HashMap<PathBuf, Arc<tokio::sync::Mutex<()>>>>,
}

impl Trees {
    pub(super) fn new(work: PathBuf) -> Self {
        Self { work, users: Mutex::default(), making: Mutex::default() }
    }

    /// A worktree of a clone at a commit.
    pub(super) async fn lease(
        &self,
        git: &Git,
        clone: &Path,
        name: &RepoName,
        sha: &Sha,
        wanted: Use,
    ) -> Result<Lease, String> {
        let folder = format!("{name}-{}-{}", sha.as_str().get(..12).unwrap_or_default(), wanted.word());
        let path = self.work.join(folder);
        let users = self.users_of(&path);
        if !wanted.is_made_anew() {
            let in_use = Arc::clone(&users).read_owned().await;
            if fits(&path, sha, wanted).await {
                return Ok(Lease { path, _in_use: in_use });
            }
        }
        let alone = users.write_owned().await;
        if wanted.is_made_anew() || !fits(&path, sha, wanted).await {
            self.make(git, clone, &path, sha).await?;
        }
        Ok(Lease { path, _in_use: alone.downgrade() })
    }

    async fn make(&self, git: &Git, clone: &Path, path: &Path, sha: &Sha) -> Result<(), String> {
        let place = Place::WorkTree(clone.to_owned());
        let git = git.within(CHECKOUT);
        let wrong = |what: &str, why: &dyn std::fmt::Display| {
            format!("no clean worktree of {} at {}: {what}{why}", clone.display(), sha.short())
        };
        std::fs::create_dir_all(&self.work).map_err(|error| wrong("its folder can't be made: ", &error))?;
        let making = self.making_in(clone);
        let _alone = making.lock().await;
        if git.worktree_remove(&place, path).await.is_err() && path.exists() {
            // registered nowhere any more; the folder is ours
            std::fs::remove_dir_all(path).map_err(|error| wrong("the old one can't be removed: ", &error))?;
        }
        if git.worktree_add(&place, path, sha).await.is_ok() {
            return Ok(());
        }
        // another flightdeck may have been making one of this clone's at that moment
        tokio::time::sleep(AGAIN).await;
        git.worktree_add(&place, path, sha).await.map_err(|fault| wrong("", &fault))
    }

    /// Removes every worktree that nobody is in, and says which couldn't be.
    pub(super) async fn remove_all(&self, git: &Git, clones: Vec<(RepoName, PathBuf)>) -> Vec<String> {
        let mut left = Vec::new();
        for (name, clone) in clones {
            for path in self.of_repo(&name) {
                let Ok(_alone) = self.users_of(&path).try_write_owned() else { continue };
                let making = self.making_in(&clone);
                let _making = making.lock().await;
                if let Err(fault) = git.worktree_remove(&Place::WorkTree(clone.clone()), &path).await {
                    left.push(format!("the worktree {} is left behind: {fault}", path.display()));
                }
            }
        }
        left
    }

    /// The worktrees of a repository: its name, a commit's first digits, and what it was wanted for.
    fn of_repo(&self, name: &RepoName) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(&self.work) else { return Vec::new() };
        let ours = |path: &PathBuf| {
            let folder = path.file_name().and_then(|folder| folder.to_str());
            let rest = folder.and_then(|folder| folder.strip_prefix(name.as_str())?.strip_prefix('-'));
            let commit = rest.and_then(|rest| rest.split_once('-')).map(|(commit, _)| commit);
            commit.is_some_and(|commit| commit.len() == 12 && commit.bytes().all(|b| b.is_ascii_hexdigit()))
        };
        entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).filter(ours).collect()
    }

    fn making_in(&self, clone: &Path) -> Arc<tokio::sync::Mutex<()>> {
        let mut making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(making.entry(clone.to_owned()).or_default())
    }

    fn users_of(&self, path: &Path) -> Arc<RwLock<()>> {
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(users.entry(path.to_owned()).or_default())
    }
}

async fn fits(path: &Path, sha: &Sha, wanted: Use) -> bool {
    let (path, sha) = (path.to_owned(), sha.clone());
    super::off_loop(move || is_fit(&path, &sha, wanted)).await.unwrap_or(false)
}

fn is_fit(path: &Path, sha: &Sha, wanted: Use) -> bool {
    let Ok(repo) = Repo::open(path) else { return false };
    if !matches!(repo.head(), Ok(Head::Detached { sha: at }) if at == *sha) {
        return false;
    }
    let Ok(Some(dirty)) = repo.dirty(&AtomicBool::new(false)) else { return false };
    let changed = dirty.modified > 0 || dirty.conflicted > 0;
    match wanted {
        Use::Build | Use::Repin | Use::Generate => false,
        Use::Ship | Use::Test => !changed && dirty.untracked == 0,
        Use::Built | Use::Ask => !changed,
    }
}
