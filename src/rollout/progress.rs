//! Which steps of a plan are done, read once for all of them: asking step by step would be quadratic.

use std::collections::HashMap;

use super::fold::Rollout;
use super::state::is_done;
use crate::plan::{Plan, Step, StepId, Verb};

/// Which steps of a plan are done.
pub(super) struct Progress<'a> {
    done: Vec<bool>,
    by_id: HashMap<&'a StepId, usize>,
    first_undone: usize,
    steps: &'a [Step],
}

impl<'a> Progress<'a> {
    pub(super) fn new(plan: &'a Plan, rollout: &Rollout) -> Self {
        let steps = plan.steps();
        let nothing_to_do = |step: &Step| matches!(step.verb, Verb::Record(_)) && plan.repos().is_empty();
        let mut done: Vec<bool> = steps.iter().map(|step| is_done(rollout, &step.id)).collect();
        let mut first_undone = done.iter().position(|done| !done).unwrap_or(done.len());
        if let (Some(step), Some(last)) = (steps.get(first_undone), done.get_mut(first_undone))
            && nothing_to_do(step)
            && rollout.release.is_some()
        {
            *last = true;
            first_undone += 1;
        }
        let by_id = steps.iter().enumerate().map(|(index, step)| (&step.id, index)).collect();
        Self { done, by_id, first_undone, steps }
    }

    pub(super) fn is_done(&self, index: usize) -> bool {
        self.done.get(index).copied().unwrap_or(false)
    }

    pub(super) fn number(&self, id: &StepId) -> usize {
        self.by_id.get(id).map_or(0, |index| index + 1)
    }

    pub(super) fn first_undone(&self) -> Option<&'a StepId> {
        self.steps.get(self.first_undone).map(|step| &step.id)
    }

    /// The first step that must be done before another, and isn't.
    pub(super) fn missing(&self, index: usize, step: &'a Step) -> Option<&'a StepId> {
        match &step.needs {
            Some(needs) if !matches!(step.verb, Verb::Record(_)) => {
                let done = |id: &StepId| self.by_id.get(id).is_some_and(|index| self.is_done(*index));
                needs.iter().find(|id| !done(id))
            }
            Some(_) | None if self.first_undone < index => self.first_undone(),
            Some(_) | None => None,
        }
    }
}
