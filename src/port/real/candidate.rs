//! What a freeze needs: which commit and package a repository's release branch stands for, and that branch on its `origin`.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use super::local::doing_words;
use super::{RealWorld, off_loop};
use crate::plan::{Candidate, Plan, RegistryKind, Repo as Planned, RepoName, Sha};
use crate::port::git::{FullRef, Place, PushOutcome, PushRun};
use crate::port::repo::{Doing, Head, HeadsOf, NoPackage, Repo, Unreadable};
use crate::rollout::event;

/// Why a repository can't be frozen as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotACandidate {
    /// The plan doesn't know it.
    #[error("the plan has no such repository")]
    NotInPlan,
    /// It can't be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// There is nothing to freeze.
    #[error("it has no branch {0}: create it where the release is")]
    NoBranch(String),
    /// What is being worked on is no branch.
    #[error("HEAD is detached at {}, not at {branch}: check out a branch", at.short())]
    Detached {
        /// Where HEAD is.
        at: Sha,
        /// The release branch.
        branch: String,
    },
    /// Something is half done.
    #[error("{0} is half done: finish or abort it")]
    HalfDone(&'static str),
    /// What QA looks at must be what is committed.
    #[error("{0} files have uncommitted changes: commit or stash them")]
    Dirty(usize),
    /// The branch and what is known of it at `origin` went different ways.
    #[error("{branch} and origin/{branch} have diverged ({} and {}): bring them together", local.short(), remote.short())]
    Diverged {
        /// The release branch.
        branch: String,
        /// Where it is here.
        local: Sha,
        /// Where it is there.
        remote: Sha,
    },
    /// `origin` is ahead: what is here isn't what the others see.
    #[error("origin/{branch} has commits that aren't here: pull them")]
    Behind {
        /// The release branch.
        branch: String,
    },
    /// It is published, but what as can't be told.
    #[error(transparent)]
    NoPackage(#[from] NoPackage),
}

impl RealWorld {
    /// The commit and package that the release branch of a repository stands for now. Reads this machine alone.
    pub async fn candidate(&self, plan: &Plan, name: &RepoName) -> Result<event::Frozen, NotACandidate> {
        let repo = plan.repo(name).cloned().ok_or(NotACandidate::NotInPlan)?;
        let (path, branch) = (self.folder_of(&repo), plan.branch(&repo));
        let kind = repo.publish.as_ref().and_then(|publish| plan.document().registry(&publish.registry));
        let kind = kind.map(|registry| registry.kind);
        let read = off_loop(move || read(&path, branch, &repo, kind)).await;
        let candidate = read.map_err(|why| NotACandidate::Unreadable(Unreadable::Broken(why)))??;
        Ok(event::Frozen { repo: name.clone(), candidate })
    }

    /// Pushes a frozen commit to the release branch at `origin`, plainly; says how it went.
    pub async fn push_release_branch(&self, plan: &Plan, name: &RepoName, sha: &Sha) -> Result<String, String> {
        let repo = super::repo_of(plan, name)?;
        self.addresses(plan, name, "origin").await?;
        let branch = plan.branch(repo);
        let to = FullRef::branch(&branch).map_err(|error| error.to_string())?;
        let place = Place::WorkTree(self.folder_of(repo));
        match self.git.push(&place, "origin", sha, &to, PushRun::Real).await {
            PushOutcome::Updated => Ok(format!("origin/{branch} of {name} is now at {}", sha.short())),
            PushOutcome::UpToDate => Ok(format!("origin/{branch} of {name} was at {} already", sha.short())),
            PushOutcome::Rejected { reason } => Err(format!("origin of {name} refused {branch}: {reason}")),
            PushOutcome::Unknown { why } => {
                let at = self.at_remote(plan, name, "origin", Ok(to)).await?;
                if at.is_some_and(|found| found.sha == *sha) {
                    return Ok(format!("origin/{branch} of {name} is at {}", sha.short()));
                }
                Err(format!("whether origin of {name} took {branch} isn't known: {why}"))
            }
        }
    }
}

fn read(
    path: &Path,
    branch: String,
    planned: &Planned,
    kind: Option<RegistryKind>,
) -> Result<Candidate, NotACandidate> {
    let repo = Repo::open(path)?;
    let heads = repo.heads(HeadsOf { branch: &branch, main: &planned.main, remote: "origin" })?;
    if heads.doing != Doing::Nothing {
        return Err(NotACandidate::HalfDone(doing_words(heads.doing)));
    }
    let Some(sha) = heads.branch else { return Err(NotACandidate::NoBranch(branch)) };
    match heads.head {
        Head::Detached { sha: at } if at != sha => return Err(NotACandidate::Detached { at, branch }),
        Head::Detached { .. } | Head::Branch { .. } | Head::Unborn { .. } => {}
    }
    let dirty = repo.dirty(&AtomicBool::new(false))?.unwrap_or_default();
    if dirty.modified + dirty.conflicted > 0 {
        return Err(NotACandidate::Dirty(dirty.modified + dirty.conflicted));
    }
    if let Some(remote) = heads.remote_branch
        && !repo.is_ancestor(&remote, &sha)?
    {
        return Err(if repo.is_ancestor(&sha, &remote)? {
            NotACandidate::Behind { branch }
        } else {
            NotACandidate::Diverged { branch, local: sha, remote }
        });
    }
    let Some(publishing) = &planned.publish else { return Ok(Candidate::frozen(sha, None)) };
    let package = repo.package_at(&sha, publishing, kind, &planned.name)?;
    Ok(Candidate::frozen(sha, Some(package)))
}
