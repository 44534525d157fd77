//! The rows of the grid.

use std::collections::BTreeMap;

use super::{DeployState, DeployStatus, Drift, DriftState, PublishStatus, RefStatus, RepoStatus, StepRef, StepStatus};
use crate::plan::{BroughtRef, Candidate, Deployment, Plan, Repo, RepoName, Sha, StepId};
use crate::rollout::event::Millis;
use crate::rollout::fold::Rollout;
use crate::rollout::observed::{Observed, PackageState, RepoSeen, Seen, WaitKind};

/// A row of the grid.
pub(super) fn repo_status(
    rollout: &Rollout,
    observed: &Observed,
    plan: &Plan,
    repo: &Repo,
    steps: &BTreeMap<&RepoName, StepRef>,
) -> RepoStatus {
    let unseen = RepoSeen::default();
    let seen = observed.repos.get(&repo.name).unwrap_or(&unseen);
    let candidate = rollout.candidates.get(&repo.name);
    let local = seen.local.value.as_ref();
    RepoStatus {
        name: repo.name.to_string(),
        branch: local.and_then(|local| local.branch.clone()),
        head: local.and_then(|local| local.head.clone()),
        qa_sha: candidate.map(|c| c.sha.clone()),
        ship_sha: candidate.map(|c| c.ship_sha().clone()),
        main_sha: local.and_then(|local| local.main.clone()),
        drift: drift(candidate, seen),
        dirty: seen.dirty.clone(),
        trouble: local.and_then(|local| local.trouble.clone()).or_else(|| seen.local.why.clone()),
        publish: publish(repo, candidate, seen, propagating(plan, observed, repo)),
        deploy: deploy(repo, candidate, seen),
        refs: plan.brought_refs(&repo.name).iter().map(|brought| ref_status(seen, brought)).collect(),
        step: steps.get(&repo.name).cloned(),
        observed_at: seen.local.at,
        remote_observed_at: seen.remote.at,
    }
}

fn ref_status(seen: &RepoSeen, brought: &BroughtRef) -> RefStatus {
    let sha = seen.ref_at(&brought.remote, &brought.name).and_then(|seen| seen.value?.cloned());
    let (why, observed_at) = if brought.remote == "origin" {
        (seen.remote.why.clone(), seen.remote.at)
    } else {
        let target = seen.targets.get(&brought.remote);
        (target.and_then(|target| target.why.clone()), target.and_then(|target| target.at))
    };
    RefStatus { name: brought.short(), sha, why, observed_at }
}

fn drift(candidate: Option<&Candidate>, seen: &RepoSeen) -> Drift {
    let Some(candidate) = candidate else {
        return Drift { state: DriftState::NotFrozen, local: "not frozen".to_owned(), remote: "not frozen".to_owned() };
    };
    let against = |sha: Option<&Sha>| match sha {
        None => ("no branch".to_owned(), DriftState::Drifted),
        Some(sha) if sha == candidate.ship_sha() => {
            (if *candidate.ship_sha() == candidate.sha { "=" } else { "+1 repin" }.to_owned(), DriftState::Same)
        }
        Some(sha) => (format!("at {}", sha.short()), DriftState::Drifted),
    };
    let (mut local, local_state) = match &seen.local.value {
        Some(local) => against(local.release.as_ref()),
        None => ("?".to_owned(), DriftState::Unknown),
    };
    if let Some(since) = seen.local.value.as_ref().and_then(|l| l.since_frozen)
        && local_state == DriftState::Drifted
    {
        local = match (since.ahead, since.behind) {
            (ahead, 0) => format!("{ahead} ahead"),
            (0, behind) => format!("{behind} behind"),
            (ahead, behind) => format!("{ahead} ahead, {behind} behind"),
        };
    }
    let (remote, remote_state) = match &seen.remote.value {
        Some(remote) => against(remote.release.as_ref()),
        None => ("?".to_owned(), DriftState::Unknown),
    };
    let state = match (local_state, remote_state) {
        (DriftState::Drifted, _) | (_, DriftState::Drifted) => DriftState::Drifted,
        (DriftState::Same, DriftState::Same) => DriftState::Same,
        (DriftState::Unknown | DriftState::NotFrozen | DriftState::Same, _) => DriftState::Unknown,
    };
    Drift { state, local, remote }
}

/// Since when a registry has had a version of this repository that it doesn't show to everyone yet.
fn propagating(plan: &Plan, observed: &Observed, repo: &Repo) -> Option<Millis> {
    let of_repo = |step: &StepId| plan.step(step).is_some_and(|step| step.verb.repo() == Some(&repo.name));
    let mut waits = observed.waits.iter().filter(|(step, wait)| wait.kind == WaitKind::Propagation && of_repo(step));
    waits.next().map(|(_, wait)| wait.since)
}

fn publish(
    repo: &Repo,
    candidate: Option<&Candidate>,
    seen: &RepoSeen,
    propagating: Option<Millis>,
) -> Option<PublishStatus> {
    let how = repo.publish.as_ref()?;
    let state = match (&seen.package.value, propagating) {
        (Some(PackageState::Absent | PackageState::Live { .. }) | None, Some(since)) => {
            Seen { value: Some(PackageState::Propagating { since }), why: None, ..seen.package.clone() }
        }
        (_, _) => seen.package.clone(),
    };
    let package = candidate.and_then(|c| c.package.as_ref());
    Some(PublishStatus {
        registry: how.registry.to_string(),
        package: package.map(|p| p.name.clone()),
        version: package.map(|p| p.version.clone()),
        state,
    })
}

/// Whether a commit is main's, and main has what the frozen commit hasn't: what it does for users nobody here knows.
pub(super) fn is_main_with_more(seen: &RepoSeen, sha: &Sha) -> bool {
    seen.remote.value.as_ref().is_some_and(|remote| remote.main_has_more && remote.main.as_ref() == Some(sha))
}

fn deploy(repo: &Repo, candidate: Option<&Candidate>, seen: &RepoSeen) -> Option<DeployStatus> {
    let target = match repo.deploy.as_ref()? {
        Deployment::Push { push, branch, .. } => format!("{push}/{branch}"),
        Deployment::Script { script, .. } => script.to_string(),
    };
    let state = match (&seen.deployed.value, candidate) {
        (Some(sha), Some(candidate)) if sha == candidate.ship_sha() => DeployState::Live,
        (Some(sha), _) if is_main_with_more(seen, sha) => DeployState::Other,
        (Some(_), _) => DeployState::Older,
        (None, _) => DeployState::Unknown,
    };
    Some(DeployStatus { target, sha: seen.deployed.clone(), state })
}

/// For every repository the first of its steps that isn't done, else its last.
pub(super) fn steps_by_repo<'a>(plan: &'a Plan, steps: &[StepStatus]) -> BTreeMap<&'a RepoName, StepRef> {
    let mut found: BTreeMap<&RepoName, StepRef> = BTreeMap::new();
    for (step, status) in plan.steps().iter().zip(steps) {
        let Some(repo) = step.verb.repo() else { continue };
        if found.get(repo).is_some_and(|first| !first.state.is_done()) {
            continue;
        }
        let reference =
            StepRef { id: step.id.clone(), number: status.number, verb: step.verb.word(), state: status.state };
        found.insert(repo, reference);
    }
    found
}
