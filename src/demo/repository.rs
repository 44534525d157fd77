//! Writes the demo's git repositories: a clone, its `origin`, and for what is deployed by a push its `production`.
//!
//! The same objects are written into each, so nothing is fetched or pushed and no hook runs while the world is built.
//! Whatever the user's own git is set to (identity, signing, hook folders, line ends), the ids come out the same.

use std::path::{Path, PathBuf};

use git2::{Config, Index, IndexEntry, IndexTime, Oid, Repository, RepositoryInitOptions, Signature, Time};

use super::history::{Commit, Files, History, MAIN, StoryError, executable};
use super::{assets, disk};

/// Why a repository couldn't be written.
#[derive(Debug, thiserror::Error)]
pub enum RepositoryError {
    /// libgit2 refused.
    #[error("git refused: {}", .0.message())]
    Git(#[from] git2::Error),
    /// A file couldn't be written.
    #[error(transparent)]
    Disk(#[from] disk::DiskError),
    /// The embedded story is broken.
    #[error(transparent)]
    Story(#[from] StoryError),
}

/// Where a repository's three places are.
pub(super) struct Places {
    pub(super) world: String,
    pub(super) clone: PathBuf,
    pub(super) origin: PathBuf,
    /// Only for what is deployed by a push.
    pub(super) production: Option<PathBuf>,
}

/// The commits that matter later.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Heads {
    /// The newest commit of `main`.
    pub main: String,
    /// The newest commit of the release branch.
    pub release: String,
    /// What production runs, or which commit's package is out.
    pub live: String,
}

/// Writes all places of one repository.
pub(super) fn write(history: &History, places: &Places) -> Result<Heads, RepositoryError> {
    let origin = bare(&places.origin, history, &places.world)?;
    let all = commits(&origin, history, &history.commits)?;
    let refs = refs(history, &all);
    for (branch, id) in &refs {
        origin.reference(&format!("refs/heads/{branch}"), *id, true, "demo")?;
    }
    let live = all.get(history.live_commits()?.len() - 1).copied().unwrap_or(Oid::ZERO_SHA1);
    if let Some(path) = &places.production {
        let production = bare(path, history, &places.world)?;
        commits(&production, history, history.live_commits()?)?;
        production.reference("refs/heads/main", live, true, "demo")?;
        for hook in ["pre-receive", "post-receive"] {
            let bytes = assets::file(&format!("shared/hooks/{hook}"))
                .ok_or_else(|| StoryError::Dangling(history.name.clone(), hook.to_owned()))?;
            disk::write_program(&path.join("hooks").join(hook), bytes)?;
        }
    }
    clone(history, places, &refs, live)?;
    let named = |branch: Option<&str>| {
        let id = refs.iter().rev().find(|(name, _)| Some(name.as_str()) == branch).map(|(_, id)| id.to_string());
        id.ok_or_else(|| StoryError::Dangling(history.name.clone(), branch.unwrap_or("a release branch").to_owned()))
    };
    Ok(Heads { main: named(Some(MAIN))?, release: named(history.release_branch())?, live: live.to_string() })
}

/// The branches and where they end.
fn refs(history: &History, ids: &[Oid]) -> Vec<(String, Oid)> {
    let mut refs: Vec<(String, Oid)> = Vec::new();
    for (commit, id) in history.commits.iter().zip(ids) {
        match refs.iter_mut().find(|(branch, _)| *branch == commit.branch) {
            Some((_, head)) => *head = *id,
            None => refs.push((commit.branch.clone(), *id)),
        }
    }
    refs
}

fn init(path: &Path, shape: &mut RepositoryInitOptions) -> Result<Repository, git2::Error> {
    // the user's template folder would bring hooks of its own
    shape.mkpath(true).external_template(false).initial_head(MAIN);
    Repository::init_opts(path, shape)
}

fn bare(path: &Path, history: &History, world: &str) -> Result<Repository, RepositoryError> {
    let repo = init(path, RepositoryInitOptions::new().bare(true))?;
    let mut config = local_config(&repo)?;
    common(&mut config, history, world)?;
    config.set_bool("receive.denyNonFastForwards", true)?;
    config.set_bool("receive.denyDeletes", true)?;
    config.set_bool("receive.autogc", false)?;
    // a hook folder of the user's own would take the place of the deploy hooks
    config.set_str("core.hooksPath", &path.join("hooks").to_string_lossy())?;
    disk::make_folder(&path.join("hooks"))?;
    Ok(repo)
}

/// The repository's own configuration, and no other level of it.
fn local_config(repo: &Repository) -> Result<Config, git2::Error> {
    repo.config()?.open_level(git2::ConfigLevel::Local)
}

fn common(config: &mut Config, history: &History, world: &str) -> Result<(), git2::Error> {
    config.set_str("demo.world", world)?;
    config.set_str("demo.repo", &history.name)?;
    config.set_bool("core.autocrlf", false)?;
    config.set_i32("gc.auto", 0)
}

fn clone(history: &History, places: &Places, refs: &[(String, Oid)], live: Oid) -> Result<(), RepositoryError> {
    let repo = init(&places.clone, &mut RepositoryInitOptions::new())?;
    let mut config = local_config(&repo)?;
    common(&mut config, history, &places.world)?;
    // so that a commit by hand works on a machine where git was never set up
    config.set_str("user.name", "Ada Example")?;
    config.set_str("user.email", "ada@example.com")?;
    config.set_bool("commit.gpgsign", false)?;
    config.set_bool("tag.gpgsign", false)?;
    commits(&repo, history, &history.commits)?;
    repo.remote("origin", &places.origin.to_string_lossy())?;
    if let Some(production) = &places.production {
        repo.remote("production", &production.to_string_lossy())?;
        repo.reference("refs/remotes/production/main", live, true, "demo")?;
    }
    for (branch, id) in refs {
        repo.reference(&format!("refs/heads/{branch}"), *id, true, "demo")?;
        repo.reference(&format!("refs/remotes/origin/{branch}"), *id, true, "demo")?;
        config.set_str(&format!("branch.{branch}.remote"), "origin")?;
        config.set_str(&format!("branch.{branch}.merge"), &format!("refs/heads/{branch}"))?;
    }
    let branch = history.release_branch().unwrap_or(MAIN);
    repo.set_head(&format!("refs/heads/{branch}"))?;
    repo.checkout_head(Some(git2::build::CheckoutBuilder::new().force()))?;
    Ok(())
}

/// Writes a line of commits and gives their ids. The first of a new branch stands on the last of the one before.
fn commits(repo: &Repository, history: &History, line: &[Commit]) -> Result<Vec<Oid>, RepositoryError> {
    let mut ids: Vec<Oid> = Vec::new();
    let mut files = Files::new();
    for commit in line {
        history.lay(commit, &mut files)?;
        let tree = repo.find_tree(tree(repo, &files)?)?;
        let at = Time::new(commit.date.as_second(), 0);
        let who = Signature::new(&commit.author, &commit.email(), &at)?;
        let parent = match ids.last() {
            Some(id) => vec![repo.find_commit(*id)?],
            None => Vec::new(),
        };
        let parents: Vec<_> = parent.iter().collect();
        ids.push(repo.commit(None, &who, &who, &commit.text(), &tree, &parents)?);
    }
    Ok(ids)
}

fn tree(repo: &Repository, files: &Files) -> Result<Oid, git2::Error> {
    let mut index = Index::new()?;
    for (path, bytes) in files {
        index.add(&IndexEntry {
            ctime: IndexTime::new(0, 0),
            mtime: IndexTime::new(0, 0),
            dev: 0,
            ino: 0,
            mode: if executable(path, bytes) { 0o100_755 } else { 0o100_644 },
            uid: 0,
            gid: 0,
            file_size: 0,
            id: repo.blob(bytes)?,
            flags: 0,
            flags_extended: 0,
            path: path.as_bytes().to_vec(),
        })?;
    }
    index.write_tree_to(repo)
}
