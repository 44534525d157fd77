//! The actions of every step, compiled once for all that look at them: a status asks the same of each step several times.

use std::collections::BTreeMap;

use super::fold::Rollout;
use crate::plan::{Action, Plan, Step, StepId, Unready};

/// What each step compiles to, or why it can't yet.
pub(super) struct Compiled<'a>(BTreeMap<&'a StepId, Result<Vec<Action>, Unready>>);

impl<'a> Compiled<'a> {
    pub(super) fn of(plan: &'a Plan, rollout: &Rollout) -> Self {
        let compile = |step: &'a Step| (&step.id, plan.compile(step, &rollout.candidates));
        Self(plan.steps().iter().map(compile).collect())
    }

    /// The actions of a step; none of one that can't be compiled yet.
    pub(super) fn actions(&self, step: &StepId) -> &[Action] {
        self.0.get(step).and_then(|compiled| compiled.as_deref().ok()).unwrap_or_default()
    }

    /// Why a step can't be compiled yet.
    pub(super) fn unready(&self, step: &StepId) -> Option<&Unready> {
        self.0.get(step).and_then(|compiled| compiled.as_ref().err())
    }
}
