//! A step's suite of tests as a checklist, and what the suites cover together.

use serde::Serialize;

use crate::plan::{Digest, Effect, Plan, Step, StepId, Verb};
use crate::rollout::coverage::so_far;
use crate::rollout::event::Millis;
use crate::rollout::fold::{ActionState, Rollout, StepLog};
use crate::suite::coverage::Cell;
use crate::suite::{Counts, Item, Verdict};

/// A suite, and how its last run went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SuiteStatus {
    /// The flows that the plan requires, in its order.
    pub required: Vec<Flow>,
    /// Whether the run proves what the plan requires; none: it hasn't run, or runs.
    pub good: Option<bool>,
    /// How many tests went how.
    pub counts: Counts,
    /// Other tests that spoil the run, the gravest first.
    pub others: Vec<Item>,
    /// How many more there were.
    pub more: u32,
    /// What is wrong with the run as a whole.
    pub troubles: Vec<String>,
    /// The digest of its report.
    pub report: Option<Digest>,
    /// When its run was recorded.
    pub at: Option<Millis>,
}

/// A required flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flow {
    /// Its name.
    pub name: String,
    /// How it went; none: nobody can say yet.
    pub verdict: Option<Verdict>,
    /// Whether that is good enough.
    pub good: bool,
    /// Why it isn't a pass.
    pub why: String,
}

/// What the suites that ran so far cover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CoverageStatus {
    /// How many dimensions must meet.
    pub strength: u8,
    /// The dimensions and values, as tags.
    pub tags: Vec<String>,
    /// How many intersections a passing test covers.
    pub covered: usize,
    /// Of how many.
    pub of: usize,
    /// Every intersection.
    pub cells: Vec<Cell>,
    /// The steps whose suites ran.
    pub ran: Vec<StepId>,
    /// Those whose suites didn't.
    pub to_run: Vec<StepId>,
    /// All on a line; or why nobody can say.
    pub detail: String,
    /// Whether it can be told.
    pub known: bool,
}

/// A step's suite, where it has one.
pub(super) fn suite(step: &Step, log: &StepLog, actions: &[crate::plan::Action]) -> Option<SuiteStatus> {
    let Verb::Smoke(smoke) = &step.verb else { return None };
    let suite = smoke.suite()?;
    let at = (1..).zip(actions).find(|(_, action)| matches!(action.effect, Effect::Suite { .. })).map(|(nth, _)| nth);
    let running = at.and_then(|nth| log.actions.get(&nth)).is_some_and(|a| matches!(a.state, ActionState::Running));
    let Some(last) = log.suite.as_ref().filter(|_| !running) else {
        let flow = |name: &String| Flow { name: name.clone(), verdict: None, good: false, why: String::new() };
        return Some(SuiteStatus {
            required: suite.required.iter().map(flow).collect(),
            good: None,
            counts: Counts::default(),
            others: Vec::new(),
            more: 0,
            troubles: Vec::new(),
            report: None,
            at: None,
        });
    };
    let record = &last.record;
    let flow = |item: &Item| Flow {
        name: item.name.clone(),
        verdict: Some(item.verdict),
        good: item.verdict.suffices(record.flaky),
        why: item.why.clone(),
    };
    Some(SuiteStatus {
        required: record.required.iter().map(flow).collect(),
        good: Some(record.is_good()),
        counts: record.counts,
        others: record.others.clone(),
        more: record.more,
        troubles: record.troubles.clone(),
        report: record.report.clone(),
        at: Some(last.at),
    })
}

/// What is covered so far, where the plan asks for it.
pub(super) fn coverage(plan: &Plan, rollout: &Rollout) -> Option<CoverageStatus> {
    let asked = plan.document().coverage.as_ref()?;
    let so_far = so_far(plan, rollout)?;
    let known = so_far.matrix.is_ok();
    let detail = match &so_far.matrix {
        Ok(matrix) => matrix.words(),
        Err(why) => why.clone(),
    };
    let cells = so_far.matrix.map(|matrix| matrix.cells).unwrap_or_default();
    Some(CoverageStatus {
        strength: asked.strength,
        tags: asked.tags(),
        covered: cells.iter().filter(|cell| cell.is_covered()).count(),
        of: cells.len(),
        cells,
        ran: so_far.ran,
        to_run: so_far.to_run,
        detail,
        known,
    })
}
