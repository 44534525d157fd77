//! Makes the bare repository that a ledger lives in, so that a kill or a power cut in the middle leaves none or a whole one.
//!
//! It is built beside its place, synced, and moved in by one rename. What stands in that place and can't be opened is
//! replaced only when it provably holds no event.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use git2::{Repository, RepositoryInitMode, RepositoryInitOptions, RepositoryOpenFlags};

use crate::ledger::durable::{self, while_doing};

/// Why a store can't be made.
#[derive(Debug, thiserror::Error)]
pub enum CreateFault {
    /// A folder or a file of it.
    #[error(transparent)]
    Disk(#[from] durable::DurableFault),
    /// libgit2.
    #[error("the ledger's store can't be made at {}: {why}", path.display())]
    Git {
        /// The store's folder.
        path: PathBuf,
        /// What libgit2 said.
        why: String,
    },
    /// The release id has a form that git takes for no name of a ref.
    #[error("the release id {0:?} can't be kept in git: avoid \"..\" and a trailing \".lock\"")]
    Name(String),
    /// Something is there that may hold events and can't be opened.
    #[error("{} is there and can't be opened as a ledger ({why}): look at it, and move it away if it is none", path.display())]
    Foreign {
        /// The store's folder.
        path: PathBuf,
        /// What libgit2 said.
        why: String,
    },
}

/// Opens a store, without looking at the folders above it or at the environment.
pub(super) fn open(path: &Path) -> Result<Repository, git2::Error> {
    let flags = RepositoryOpenFlags::BARE | RepositoryOpenFlags::NO_SEARCH;
    Repository::open_ext(path, flags, std::iter::empty::<&Path>())
}

/// Makes the store where it is missing or was left half-made. The caller holds the lock on appending.
pub(super) fn ensure(path: &Path, refname: &str) -> Result<(), CreateFault> {
    if path.exists() {
        let why = match open(path).and_then(|repo| configured(&repo)) {
            Ok(()) => return Ok(()),
            Err(error) => error.message().to_owned(),
        };
        if holds_anything(path) {
            return Err(CreateFault::Foreign { path: path.to_owned(), why });
        }
        fs::remove_dir_all(path).map_err(while_doing("remove half-made store", path))?;
    }
    let making = path.with_extension("making");
    match fs::remove_dir_all(&making) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(while_doing("remove half-made store", &making)(error).into()),
    }
    make(&making, refname).map_err(|e| CreateFault::Git { path: path.to_owned(), why: e.message().to_owned() })?;
    sync_all(&making)?;
    fs::rename(&making, path).map_err(while_doing("move into place", path))?;
    durable::sync_folder(path.parent().unwrap_or(path))?;
    Ok(())
}

fn make(path: &Path, refname: &str) -> Result<(), git2::Error> {
    let mut options = RepositoryInitOptions::new();
    // no template: the user's may hold hooks. HEAD names the ledger, so that a plain `git log` in the store shows it
    options.bare(true).mkdir(true).external_template(false).initial_head(refname);
    options.mode(RepositoryInitMode::from_bits_retain(0o700));
    let repo = Repository::init_opts(path, &options)?;
    let mut config = repo.config()?.open_level(git2::ConfigLevel::Local)?;
    config.set_bool("core.logAllRefUpdates", false)?;
    config.set_i32("gc.auto", 0)?;
    config.set_bool("maintenance.auto", false)?;
    config.set_str("core.hooksPath", "/dev/null")?;
    config.set_bool("receive.denyNonFastForwards", true)?;
    config.set_bool("receive.denyDeletes", true)?;
    config.set_bool("core.fsyncObjectFiles", true)?;
    drop(config);
    // opened again, so that the empty tree that most events share is written with the syncs switched on
    let repo = open(path)?;
    repo.treebuilder(None)?.write()?;
    let hooks = path.join("hooks");
    fs::remove_dir_all(&hooks)
        .or_else(|e| if e.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(e) })
        .map_err(|e| git2::Error::from_str(&e.to_string()))?;
    Ok(())
}

/// Refuses a store that would forget at a power cut.
fn configured(repo: &Repository) -> Result<(), git2::Error> {
    let config = repo.config()?.open_level(git2::ConfigLevel::Local)?;
    match config.get_bool("core.fsyncObjectFiles") {
        Ok(true) => Ok(()),
        Ok(false) => Err(git2::Error::from_str("its core.fsyncObjectFiles is off")),
        Err(error) => Err(error),
    }
}

/// Whether a folder that can't be opened may hold an event: a ref, or an object other than the empty tree.
fn holds_anything(path: &Path) -> bool {
    let refs = path.join("refs");
    path.join("packed-refs").exists() || has_file(&refs) || objects(&path.join("objects")) > 1 || !path.is_dir()
}

/// Whether any file lies below a folder; a folder that can't be listed may hold one.
fn has_file(folder: &Path) -> bool {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return error.kind() != io::ErrorKind::NotFound,
    };
    entries.into_iter().any(|entry| entry.map_or(true, |e| !e.path().is_dir() || has_file(&e.path())))
}

/// How many files lie two levels below a folder; one that can't be listed counts as many.
fn objects(folder: &Path) -> usize {
    let count = |folder: &Path| fs::read_dir(folder).map(|entries| entries.flatten().collect::<Vec<_>>());
    match count(folder) {
        Ok(fans) => fans.iter().map(|fan| count(&fan.path()).map_or(2, |files| files.len())).sum(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(_) => usize::MAX,
    }
}

/// Syncs every file and folder below `folder`, deepest first: libgit2's init syncs nothing.
fn sync_all(folder: &Path) -> Result<(), durable::DurableFault> {
    for entry in fs::read_dir(folder).map_err(while_doing("list", folder))? {
        let path = entry.map_err(while_doing("list", folder))?.path();
        if path.is_dir() {
            sync_all(&path)?;
        } else {
            fs::File::open(&path).and_then(|f| f.sync_all()).map_err(while_doing("sync", &path))?;
        }
    }
    durable::sync_folder(folder)
}
