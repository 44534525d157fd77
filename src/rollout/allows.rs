//! Answers other people's pipelines: may this commit of this repository go out now, by the plan? Decides from plan and ledger
//! alone; what isn't known isn't allowed.

use std::fmt;
use std::str::FromStr;

use super::fold::{Rollout, StepLog};
use super::state::{is_approved, is_done};
use crate::plan::{Plan, RepoName, Sha, Step, StepId, Verb};

/// A commit as somebody asks for it: in full, or its first digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digits(String);

/// With fewer digits a commit is anybody's.
const FEWEST: usize = 7;

/// Why a text names no commit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no commit: write its 40 hexadecimal digits")]
pub struct NoCommit(String);

impl FromStr for Digits {
    type Err = NoCommit;

    fn from_str(text: &str) -> Result<Self, NoCommit> {
        let digits = text.to_ascii_lowercase();
        let good = (1..=40).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        if good { Ok(Self(digits)) } else { Err(NoCommit(text.chars().take(64).collect())) }
    }
}

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Digits {
    fn begin(&self, sha: &Sha) -> bool {
        self.0.len() >= FEWEST && sha.as_str().starts_with(&self.0)
    }
}

/// Whether it may go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// It may.
    Yes,
    /// It may not.
    No,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// Whether it may go out.
    pub word: Word,
    /// The step that it would be.
    pub step: Option<StepId>,
    /// Why, in words.
    pub why: String,
}

impl Allowed {
    fn no(step: Option<&Step>, why: impl Into<String>) -> Self {
        Self { word: Word::No, step: step.map(|step| step.id.clone()), why: why.into() }
    }

    fn yes(step: &Step, why: impl Into<String>) -> Self {
        Self { word: Word::Yes, step: Some(step.id.clone()), why: why.into() }
    }
}

/// Whether a commit of a repository may go out now: as the step that is named, or as the next one that ships the repository.
pub fn allows(plan: &Plan, rollout: &Rollout, repo: &RepoName, asked: &Digits, wanted: Option<&StepId>) -> Allowed {
    let ships: Vec<&Step> = plan.steps().iter().filter(|step| ships(plan, step) == Some(repo)).collect();
    let named = |step: &&&Step| wanted.is_none_or(|id| *id == step.id);
    let mine: Vec<&Step> = ships.iter().filter(named).copied().collect();
    let Some(last) = mine.last().copied() else {
        return Allowed::no(None, no_step(repo, &ships, wanted));
    };
    let next = mine.iter().copied().find(|step| !is_done(rollout, &step.id));
    if let Err(why) = is_what_ships(plan, rollout, repo, asked) {
        return Allowed::no(next, why);
    }
    if rollout.plan_digest.as_ref().is_some_and(|digest| digest != plan.digest()) {
        return Allowed::no(next, "the plan has changed since the ledger was written: its owner must take it up first");
    }
    let Some(step) = next else {
        return Allowed::yes(last, format!("step {} has shipped it already", last.id));
    };
    match hindrance(plan, rollout, step) {
        Some(why) => Allowed::no(Some(step), why),
        None => Allowed::yes(step, format!("it is the turn of step {}, and its owner has approved it", step.id)),
    }
}

fn no_step(repo: &RepoName, ships: &[&Step], wanted: Option<&StepId>) -> String {
    let ids: Vec<&str> = ships.iter().map(|step| step.id.as_str()).collect();
    match wanted {
        _ if ids.is_empty() => format!("no step of the plan ships {repo}"),
        Some(id) => format!("step {id} doesn't ship {repo}; what does: {}", ids.join(", ")),
        None => format!("no step of the plan ships {repo}"),
    }
}

fn is_what_ships(plan: &Plan, rollout: &Rollout, repo: &RepoName, asked: &Digits) -> Result<(), String> {
    let Some(candidate) = rollout.candidates.get(repo) else {
        return Err(format!("{repo} isn't frozen: QA hasn't passed it"));
    };
    let open = |step: &&Step| {
        matches!(step.verb, Verb::Repin(_)) && step.verb.repo() == Some(repo) && !is_done(rollout, &step.id)
    };
    if let Some(step) = plan.steps().iter().find(open) {
        return Err(format!("what ships of {repo} isn't known yet: step {} repins it first", step.id));
    }
    let ships = candidate.ship_sha();
    if asked.begin(ships) {
        return Ok(());
    }
    if asked.0.len() < FEWEST {
        return Err(format!("{asked} is ambiguous: write all 40 digits"));
    }
    if asked.begin(&candidate.sha) {
        return Err(format!("{asked} is what QA froze, but {} ships: the repin commit on top of it", ships.short()));
    }
    Err(format!("{asked} isn't what ships of {repo}: that is {ships}"))
}

/// What stands between a step and its start.
fn hindrance(plan: &Plan, rollout: &Rollout, step: &Step) -> Option<String> {
    let id = &step.id;
    if let Some(doubt) = rollout.undecided().first() {
        return Some(format!("step {doubt} is in doubt or in conflict: its owner must decide first"));
    }
    if let Some(hold) = &rollout.hold {
        return Some(format!("the release is on hold: {}", hold.reason));
    }
    let nothing = StepLog::default();
    let log = rollout.steps.get(id).unwrap_or(&nothing);
    if let Some(veto) = &log.veto {
        return Some(format!("step {id} is vetoed: {}", veto.reason));
    }
    if let Some(needs) = plan.needs(step).into_iter().find(|needs| !is_done(rollout, needs)) {
        return Some(format!("step {id} comes after step {needs}, which isn't done"));
    }
    for (index, gate) in (0..).zip(&step.gates) {
        match log.gates.get(&index) {
            Some(judged) if judged.holds => {}
            Some(judged) => return Some(format!("the {} gate of step {id} isn't met: {}", gate.kind(), judged.detail)),
            None => return Some(format!("the {} gate of step {id} hasn't been judged yet", gate.kind())),
        }
    }
    if !is_approved(rollout, id) {
        return Some(format!("its owner hasn't approved step {id}"));
    }
    None
}

/// The repository that goes out by a step, wherever to.
fn ships<'a>(plan: &Plan, step: &'a Step) -> Option<&'a RepoName> {
    step.verb.outgoing(plan.document()).and(step.verb.repo())
}
