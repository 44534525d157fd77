//! What the suites that ran so far cover, from the ledger alone.

use super::fold::Rollout;
use super::state::is_done;
use crate::plan::coverage::Coverage;
use crate::plan::{Plan, Step, StepId, Verb};
use crate::suite::Matrix;

/// The steps whose suites count.
pub fn suites<'a>(plan: &'a Plan, coverage: &'a Coverage) -> impl Iterator<Item = &'a Step> {
    let counts = |step: &&Step| {
        let has_suite = matches!(&step.verb, Verb::Smoke(smoke) if smoke.suite().is_some());
        has_suite && (coverage.suites.is_empty() || coverage.suites.contains(&step.id))
    };
    plan.steps().iter().filter(counts)
}

/// What the suites before a step cover. All of them must be done: what hasn't run may yet fail.
pub fn before(plan: &Plan, rollout: &Rollout, id: &StepId) -> Result<Matrix, String> {
    let coverage = plan.document().coverage.as_ref().ok_or("the plan has no [coverage]")?;
    let place = plan.number(id).unwrap_or_default();
    let earlier: Vec<&Step> =
        suites(plan, coverage).filter(|step| plan.number(&step.id).is_some_and(|at| at < place)).collect();
    if earlier.is_empty() {
        return Err("no suite runs before this step".to_owned());
    }
    let mut runs = Vec::new();
    for step in earlier {
        let log = rollout.steps.get(&step.id).filter(|_| is_done(rollout, &step.id));
        let suite = log.and_then(|log| log.suite.as_ref());
        runs.push(&suite.ok_or_else(|| format!("the suite of step {} hasn't passed yet", step.id))?.record);
    }
    Matrix::of(coverage, runs)
}

/// What the suites that ran cover so far, and which haven't run.
pub fn so_far(plan: &Plan, rollout: &Rollout) -> Option<SoFar> {
    let coverage = plan.document().coverage.as_ref()?;
    let mut so_far = SoFar { ran: Vec::new(), to_run: Vec::new(), matrix: Err(String::new()) };
    let mut runs = Vec::new();
    for step in suites(plan, coverage) {
        match rollout.steps.get(&step.id).and_then(|log| log.suite.as_ref()) {
            Some(suite) => {
                runs.push(&suite.record);
                so_far.ran.push(step.id.clone());
            }
            None => so_far.to_run.push(step.id.clone()),
        }
    }
    so_far.matrix = Matrix::of(coverage, runs);
    Some(so_far)
}

/// Coverage on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoFar {
    /// The steps whose suites ran.
    pub ran: Vec<StepId>,
    /// Those whose suites didn't.
    pub to_run: Vec<StepId>,
    /// What is covered, or why nobody can say.
    pub matrix: Result<Matrix, String>,
}
