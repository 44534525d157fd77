//! What an approval is bound to. If any of it changes before the step starts, the approval is void.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::plan::{Action, Candidate, Confirm, Digest, FlagState, Plan, Reach, RepoName, Step, StepId, Unready};

#[derive(Serialize)]
struct StepSubject<'a> {
    plan: &'a Digest,
    step: &'a StepId,
    actions: &'a [Action],
    flag: Option<&'a FlagState>,
}

/// The digest of what a step would do: its actions with argv, SHA, version and target, under this plan, with the flag as it is.
pub fn step_digest(plan: &Plan, step: &Step, actions: &[Action], flag: Option<&FlagState>) -> Digest {
    let subject = StepSubject { plan: plan.digest(), step: &step.id, actions, flag };
    Digest::of(&serde_json::to_vec(&subject).unwrap_or_default())
}

/// The steps that one approval of the train covers: all but those that ask for themselves.
pub fn train_steps(plan: &Plan) -> Vec<StepId> {
    plan.steps().iter().filter(|step| matches!(step.confirm, Confirm::Once)).map(|step| step.id.clone()).collect()
}

/// The digest of what the train would do: plan, frozen SHAs, versions and targets. The flag moves with the train.
pub fn train_digest(plan: &Plan, candidates: &BTreeMap<RepoName, Candidate>) -> Result<Digest, Unready> {
    let mut parts = vec![plan.digest().as_str().to_owned()];
    // a repin commit is derived by a recorded rule: the train's approval covers it, whatever its SHA turns out to be
    let frozen = candidates.iter().map(|(repo, candidate)| (repo.clone(), candidate.as_frozen())).collect();
    for step in plan.steps() {
        parts.push(step.id.to_string());
        for action in plan.compile(step, &frozen)? {
            parts.push(serde_json::to_string(&action).unwrap_or_default());
        }
    }
    Ok(Digest::of_parts(&parts))
}

/// How far a step can be taken back: as far as the least of its actions.
pub fn reach(actions: &[Action]) -> Reach {
    actions.iter().map(|action| action.reach).max().unwrap_or(Reach::Reversible)
}
