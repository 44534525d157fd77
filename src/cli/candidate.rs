//! What QA would pass in a repository now: the head of its release branch, and the package that its manifest names there.
//! Reads clones; asks no remote.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use crate::plan::{Candidate, Plan, Repo as PlanRepo, RepoName, Sha};
use crate::port::repo::{Doing, Repo};

/// The head of the release branch.
pub(super) fn head(plan: &Plan, repo: &PlanRepo, root: &Path) -> Result<Sha, String> {
    let clone = Repo::open(&root.join(&repo.path)).map_err(|fault| fault.to_string())?;
    let branch = plan.branch(repo);
    let head = clone.head_of(&branch).map_err(|fault| fault.to_string())?;
    head.ok_or_else(|| format!("it has no branch {branch}"))
}

/// The head of the release branch, with its package.
pub(super) fn at_head(plan: &Plan, repo: &PlanRepo, root: &Path) -> Result<Candidate, String> {
    let sha = head(plan, repo, root)?;
    let clone = Repo::open(&root.join(&repo.path)).map_err(|fault| fault.to_string())?;
    let package = repo.publish.as_ref().map(|publish| {
        let kind = plan.document().registry(&publish.registry).map(|registry| registry.kind);
        clone.package_at(&sha, publish, kind, &repo.name)
    });
    let package = package.transpose().map_err(|why| why.to_string())?;
    Ok(Candidate::frozen(sha, package))
}

/// Every repository's candidate, as far as it can be told.
pub(super) fn all_at_head(plan: &Plan, root: &Path) -> BTreeMap<RepoName, Candidate> {
    let candidate = |repo: &PlanRepo| Some((repo.name.clone(), at_head(plan, repo, root).ok()?));
    plan.repos().iter().filter_map(candidate).collect()
}

/// Why a repository can't be frozen as it stands, if it can't.
pub(super) fn obstacle(
    plan: &Plan,
    repo: &PlanRepo,
    root: &Path,
    candidate: &Candidate,
) -> Result<Option<String>, String> {
    let clone = Repo::open(&root.join(&repo.path)).map_err(|fault| fault.to_string())?;
    if clone.doing() != Doing::Nothing {
        return Ok(Some("a merge, rebase or the like is under way: finish or abort it".to_owned()));
    }
    let dirty = clone.dirty(&AtomicBool::new(false)).map_err(|fault| fault.to_string())?.unwrap_or_default();
    if !dirty.is_clean() {
        let said = format!(
            "its tree is dirty ({} changed, {} untracked, {} in conflict): commit or put it away",
            dirty.modified, dirty.untracked, dirty.conflicted
        );
        return Ok(Some(said));
    }
    if let Some(main) = clone.head_of(&repo.main).map_err(|fault| fault.to_string())?
        && !clone.is_ancestor(&main, &candidate.sha).map_err(|fault| fault.to_string())?
    {
        let branch = plan.branch(repo);
        return Ok(Some(format!(
            "{branch} has diverged from {}: ships are fast-forwards, so merge it first",
            repo.main
        )));
    }
    Ok(None)
}

/// Whether a commit that a remote has is part of what would be frozen. One that isn't here surely isn't.
pub(super) fn contains(repo: &PlanRepo, root: &Path, theirs: &Sha, ours: &Sha) -> bool {
    theirs == ours
        || Repo::open(&root.join(&repo.path)).is_ok_and(|clone| clone.is_ancestor(theirs, ours).unwrap_or(false))
}
