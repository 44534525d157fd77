//! What the rest of a release will need: of every step that isn't done, from one of them on.

use super::fold::{ActionState, Rollout};
use super::state::is_done;
use crate::plan::need::Need;
use crate::plan::{Digest, Plan, RepoName, Step, StepId, Verb};

/// Which of the plan's steps are meant.
#[derive(Debug, Clone, Copy, Default)]
pub struct Span<'a> {
    /// The first; the plan's first when absent.
    pub from: Option<&'a StepId>,
    /// The last; the plan's last when absent.
    pub until: Option<&'a StepId>,
}

/// The steps of a span that aren't done.
pub fn open_steps<'a>(plan: &'a Plan, rollout: &Rollout, span: Span<'_>) -> Vec<&'a Step> {
    let from = span.from.and_then(|id| plan.number(id)).unwrap_or(1);
    let until = span.until.and_then(|id| plan.number(id)).unwrap_or(plan.steps().len());
    let numbered = (1..).zip(plan.steps());
    let meant = numbered.filter(|(number, step)| (from..=until).contains(number) && !is_done(rollout, &step.id));
    meant.map(|(_, step)| step).collect()
}

/// What a step and every later one that isn't done will need.
pub fn needs_from(plan: &Plan, rollout: &Rollout, step: &StepId) -> Vec<Need> {
    let span = Span { from: Some(step), until: None };
    plan.needs_of(open_steps(plan, rollout, span), &rollout.candidates)
}

impl Rollout {
    /// The digests of the artefacts that were, or were to be, uploaded for a repository.
    pub fn artifacts_of(&self, plan: &Plan, repo: &RepoName) -> Vec<Digest> {
        let publishes = |step: &&Step| step.verb.repo() == Some(repo) && matches!(step.verb, Verb::Publish(_));
        let logs = plan.steps().iter().filter(publishes).filter_map(|step| self.steps.get(&step.id));
        logs.flat_map(|log| log.actions.values())
            .filter(|action| !matches!(action.state, ActionState::Dropped))
            .filter_map(|action| action.intent.as_ref()?.artifact.clone())
            .collect()
    }
}
