//! What must hold of a repository before anything of it ships: it is where QA froze it, here and at `origin`, its remotes are
//! where the plan says, and the branch that moves only moves forward. Nothing is ever reset to make it so.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::{RealWorld, off_loop, repo_of};
use crate::plan::{Plan, Repo as Planned, RepoName, Sha};
use crate::port::git::{FullRef, Place};
use crate::port::repo::{Dirty, Doing, Head, Repo, Unreadable};

const ORIGIN: &str = "origin";

/// A branch that is to move.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) remote: &'a str,
    pub(super) branch: &'a str,
}

impl RealWorld {
    /// Whether the release branch is exactly where it was frozen, here and at `origin`, and the work tree unchanged.
    pub(super) async fn standing(&self, plan: &Plan, name: &RepoName, sha: &Sha) -> Result<Vec<String>, String> {
        let repo = repo_of(plan, name)?;
        let branch = plan.branch(repo);
        self.fetched(repo, ORIGIN, &branch, sha).await?;
        let (path, wanted) = (self.folder_of(repo), branch.clone());
        let local = off_loop(move || Local::read(&path, &wanted)).await?.map_err(|why| format!("{name}: {why}"))?;
        if let Some(at) = local.release.clone().filter(|at| at != sha) {
            let (path, old, new) = (self.folder_of(repo), at.clone(), sha.clone());
            if off_loop(move || Repo::open(&path).is_ok_and(|repo| repo.is_ancestor(&old, &new).unwrap_or(false)))
                .await?
            {
                return Err(behind(name, &branch, &at, sha));
            }
        }
        let mut seen = local.seen(name, &branch, sha)?;
        let frozen = FullRef::branch(&branch);
        match self.at_remote(plan, name, ORIGIN, frozen).await?.map(|found| found.sha) {
            Some(at) if at == *sha => seen.push(format!("{ORIGIN}/{branch} is at {}", sha.short())),
            Some(at) => return Err(drifted(&format!("{ORIGIN}/{branch}"), &at, sha)),
            None => {
                return Err(format!(
                    "{ORIGIN} has no {branch}: push it (`flightdeck freeze` does), or thaw and freeze again"
                ));
            }
        }
        Ok(seen)
    }

    /// Whether a remote is where the plan says, and pushes go where it is read from.
    pub(super) async fn addresses(&self, plan: &Plan, name: &RepoName, remote: &str) -> Result<(), String> {
        let repo = repo_of(plan, name)?;
        let place = Place::WorkTree(self.folder_of(repo));
        let urls = self.git.effective_urls(&place, remote).await;
        let urls = urls.map_err(|fault| format!("{name} has no usable remote {remote}: {fault}"))?;
        let (read, push) = (urls.fetch.join(" and "), urls.push.join(" and "));
        let named = repo.url.as_ref().filter(|_| remote == ORIGIN);
        match named {
            Some(url) if urls.fetch == [url.clone()] && urls.push == [url.clone()] => Ok(()),
            Some(url) => Err(format!(
                "{remote} of {name} is read from {read} and pushed to {push}, but the plan says {url}: correct the remote, a rewrite in git's configuration, or the plan"
            )),
            None if urls.push.len() == 1 && urls.push == urls.fetch => Ok(()),
            None => Err(format!(
                "{remote} of {name} is read from {read}, but pushes go to {push}: remove the rewrite, or name the address as `url` in the plan"
            )),
        }
    }

    /// Whether a remote's branch can be fast-forwarded; says where it is.
    pub(super) async fn forward(
        &self,
        plan: &Plan,
        name: &RepoName,
        target: Target<'_>,
        sha: &Sha,
    ) -> Result<String, String> {
        let Target { remote, branch } = target;
        let repo = repo_of(plan, name)?;
        let Some(at) = self.at_remote(plan, name, remote, FullRef::branch(branch)).await?.map(|found| found.sha) else {
            return Ok(format!("{remote} has no {branch} yet"));
        };
        self.fetched(repo, remote, branch, &at).await?;
        let (path, old, new) = (self.folder_of(repo), at.clone(), sha.clone());
        let forward = off_loop(move || Repo::open(&path)?.is_ancestor(&old, &new)).await?;
        match forward {
            Ok(true) => Ok(format!("{remote}/{branch} is at {}", at.short())),
            Ok(false) => Err(diverged(&format!("{remote}/{branch}"), &at, sha)),
            Err(why) => Err(format!("{name}: whether {remote}/{branch} can be fast-forwarded isn't known: {why}")),
        }
    }

    /// Whether the local branch can be fast-forwarded, and where it is checked out nobody is in the middle of something.
    pub(super) async fn local_forward(
        &self,
        plan: &Plan,
        name: &RepoName,
        branch: &str,
        sha: &Sha,
    ) -> Result<String, String> {
        let path = self.folder_of(repo_of(plan, name)?);
        let (wanted, new) = (branch.to_owned(), sha.clone());
        let found = off_loop(move || {
            let repo = Repo::open(&path)?;
            let at = repo.head_of(&wanted)?;
            let forward = match &at {
                Some(at) => repo.is_ancestor(at, &new)?,
                None => true,
            };
            let in_use = repo.checked_out(&format!("refs/heads/{wanted}"))?;
            let busy = in_use.as_deref().map(|place| busy_at(place, &wanted)).transpose()?.flatten();
            Ok::<_, Unreadable>((at, forward, busy))
        });
        let (at, forward, busy) = found.await?.map_err(|why| format!("{name}: {why}"))?;
        match (at, busy) {
            (_, Some(busy)) => Err(format!("{name}: {busy}")),
            (Some(at), None) if !forward => Err(diverged(&format!("the local {branch}"), &at, sha)),
            (Some(at), None) => Ok(format!("{branch} is at {}", at.short())),
            (None, None) => Ok(format!("there is no local {branch} yet")),
        }
    }

    /// Brings a commit here if it isn't.
    pub(super) async fn fetched(&self, repo: &Planned, remote: &str, branch: &str, sha: &Sha) -> Result<(), String> {
        let (path, wanted) = (self.folder_of(repo), sha.clone());
        let here = off_loop(move || Repo::open(&path)?.is_ancestor(&wanted, &wanted)).await?;
        match here {
            Ok(_) => Ok(()),
            Err(Unreadable::NoCommit(_)) => {
                let name = FullRef::branch(branch).map_err(|error| error.to_string())?;
                let place = Place::WorkTree(self.folder_of(repo));
                let fetched = self.git.fetch(&place, remote, &[name]).await;
                fetched
                    .map_err(|fault| format!("{} isn't in {}, and fetching it failed: {fault}", sha.short(), repo.name))
            }
            Err(why) => Err(format!("{}: {why}", repo.name)),
        }
    }
}

/// Where a checked out branch can't be moved from under somebody.
fn busy_at(place: &Path, branch: &str) -> Result<Option<String>, Unreadable> {
    let repo = Repo::open(place)?;
    let shown = place.display();
    if repo.doing() != Doing::Nothing {
        return Ok(Some(format!(
            "{branch} is checked out at {shown}, where something is half done: finish or abort it"
        )));
    }
    match repo.head()? {
        Head::Branch { name, .. } | Head::Unborn { name } if name == branch => {}
        Head::Branch { .. } | Head::Unborn { .. } | Head::Detached { .. } => {
            return Ok(Some(format!("{branch} is in use at {shown}: finish what is being done there")));
        }
    }
    let dirty = repo.dirty(&AtomicBool::new(false))?.unwrap_or_default();
    Ok((dirty.modified + dirty.conflicted > 0)
        .then(|| format!("{branch} is checked out at {shown} with uncommitted changes: commit or stash them")))
}

/// What a clone says of itself.
pub(super) struct Local {
    pub(super) release: Option<Sha>,
    doing: Doing,
    dirty: Dirty,
}

impl Local {
    pub(super) fn read(path: &Path, branch: &str) -> Result<Self, Unreadable> {
        let repo = Repo::open(path)?;
        let dirty = repo.dirty(&AtomicBool::new(false))?.unwrap_or_default();
        Ok(Self { release: repo.head_of(branch)?, doing: repo.doing(), dirty })
    }

    pub(super) fn seen(&self, name: &RepoName, branch: &str, sha: &Sha) -> Result<Vec<String>, String> {
        if self.doing != Doing::Nothing {
            return Err(format!("{name}: {} is half done: finish or abort it", doing_words(self.doing)));
        }
        let changed = self.dirty.modified + self.dirty.conflicted;
        if changed > 0 {
            return Err(format!("{name} has {changed} files with uncommitted changes: commit or stash them"));
        }
        let mut seen = Vec::new();
        match &self.release {
            Some(at) if at == sha => seen.push(format!("{branch} is at {}", sha.short())),
            Some(at) => return Err(drifted(&format!("the local {branch}"), at, sha)),
            None => return Err(format!("{name} has no local {branch}: create it at {sha}")),
        }
        if self.dirty.untracked > 0 {
            seen.push(format!("warning: {} files that git doesn't know lie in the work tree", self.dirty.untracked));
        }
        Ok(seen)
    }
}

/// What somebody left half done, in words.
pub(super) fn doing_words(doing: Doing) -> &'static str {
    match doing {
        Doing::Nothing => "nothing",
        Doing::Merge => "a merge",
        Doing::Rebase => "a rebase",
        Doing::CherryPick => "a cherry-pick",
        Doing::Revert => "a revert",
        Doing::Bisect => "a bisect",
        Doing::ApplyMailbox => "applying mails",
    }
}

/// The clone hasn't what ships yet: another machine repinned it, or it was put back.
fn behind(name: &RepoName, branch: &str, at: &Sha, sha: &Sha) -> String {
    format!(
        "{name}: the local {branch} is behind what ships: it is at {}. Move it forward: `git merge --ff-only {sha}` where it is checked out, else `git fetch . {sha}:{branch}`",
        at.short()
    )
}

fn drifted(branch: &str, at: &Sha, frozen: &Sha) -> String {
    format!(
        "{branch} moved: frozen at {}, now at {}. Put it back, or thaw, let QA look at it, and freeze again",
        frozen.short(),
        at.short()
    )
}

fn diverged(branch: &str, at: &Sha, sha: &Sha) -> String {
    format!(
        "{branch} is at {}, which isn't an ancestor of {}: merge it into the release branch and freeze again, or take back what was pushed there. Nothing is ever reset",
        at.short(),
        sha.short()
    )
}
