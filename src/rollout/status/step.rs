//! The plan's steps, with their gates, actions and checklists.

use super::waits::wait_of;
use super::{ActionStatus, ApprovalStatus, GateState, GateStatus, Line, SoakStatus, StepStatus, UndoStatus};
use crate::plan::{Action, Effect, Plan, Step};
use crate::rollout::approval::{reach, step_digest};
use crate::rollout::compiled::Compiled;
use crate::rollout::event::{Finding, Health, Writer};
use crate::rollout::fold::{ActionState, Rollout, StepLog};
use crate::rollout::next::lines;
use crate::rollout::observed::Observed;
use crate::rollout::progress::Progress;
use crate::rollout::state::{repin_to_come, state_in};

/// What every step is told from.
pub(super) struct Looked<'a> {
    pub(super) plan: &'a Plan,
    pub(super) rollout: &'a Rollout,
    pub(super) observed: &'a Observed,
    pub(super) progress: &'a Progress<'a>,
    pub(super) compiled: &'a Compiled<'a>,
}

/// A step of the plan; `index` is its place, from 0.
pub(super) fn step_status(looked: &Looked<'_>, index: usize, step: &Step) -> StepStatus {
    let &Looked { plan, rollout, observed, progress, compiled } = looked;
    let nothing = StepLog::default();
    let log = rollout.steps.get(&step.id).unwrap_or(&nothing);
    let (actions, unready) = (compiled.actions(&step.id), compiled.unready(&step.id));
    let flag = observed.flag.value.as_ref().and_then(|seen| seen.state.as_ref());
    let train = rollout.train.as_ref().filter(|train| train.steps.contains(&step.id));
    let approval = log
        .approval
        .as_ref()
        .map(|a| ApprovalStatus { by: a.by.clone(), at: a.at, digest: a.digest.clone() })
        .or_else(|| train.map(|t| ApprovalStatus { by: t.by.clone(), at: t.at, digest: t.digest.clone() }));
    StepStatus {
        id: step.id.clone(),
        number: index + 1,
        stage: step.stage.clone(),
        title: step.title.clone(),
        verb: step.verb.word(),
        repo: step.verb.repo().map(ToString::to_string),
        repin: repin_to_come(plan, rollout, step).cloned(),
        state: state_in(progress, index, rollout, step),
        approval,
        digest: unready.is_none().then(|| step_digest(plan, step, actions, flag)),
        gates: gates(plan, step, log),
        actions: actions_status(actions, log),
        attempts: log.attempts,
        evidence: evidence(log),
        reversibility: reach(actions),
        way_back: way_back(plan, rollout, step),
        undo: undo(plan, rollout, step),
        unready: unready.map(ToString::to_string),
        veto: log.veto.as_ref().map(|veto| veto.reason.clone()),
        checklist: checklist(actions, log),
        suite: super::suite::suite(step, log, actions),
        started_at: log.started_at,
        ended_at: log.ended_at,
        wait: wait_of(rollout, observed, &step.id, actions),
        soak: log.soak.as_ref().map(|soak| SoakStatus {
            since: soak.since,
            lasts: soak.lasts,
            good: soak.health == Health::Good,
            detail: soak.detail.clone(),
            good_for: soak.good_for,
            changed_at: soak.changed_at,
            seen_at: soak.seen_at,
            watched: soak.watched,
            gaps: soak.gaps.clone(),
            unwatched: soak.unwatched,
            ended_early: soak.cut.as_ref().map(|cut| format!("{} ({})", cut.reason, cut.by)),
        }),
    }
}

/// What takes a step back or makes it harmless: its own command first.
pub(crate) fn way_back(plan: &Plan, rollout: &Rollout, step: &Step) -> String {
    let otherwise = step.verb.way_back();
    undo(plan, rollout, step).map_or_else(|| otherwise.to_owned(), |u| format!("`{}`; else {otherwise}", u.command))
}

/// How a step would be taken back, whether that may happen now or not.
fn undo(plan: &Plan, rollout: &Rollout, step: &Step) -> Option<UndoStatus> {
    let action = crate::rollout::undo::action(plan, rollout, step).ok()?;
    let digest = step_digest(plan, step, std::slice::from_ref(&action), None);
    Some(UndoStatus { command: command_of(&action.effect)?, digest })
}

fn gates(plan: &Plan, step: &Step, log: &StepLog) -> Vec<GateStatus> {
    (0..)
        .zip(&step.gates)
        .map(|(index, gate)| {
            let judged = log.gates.get(&index);
            GateStatus {
                kind: gate.kind(),
                wants: gate.wants(),
                implied: plan.is_implied(&step.id, index as usize),
                state: match judged {
                    Some(judged) if judged.holds => GateState::Holds,
                    Some(_) => GateState::Unmet,
                    None => GateState::Unknown,
                },
                detail: judged.map(|judged| judged.detail.clone()).unwrap_or_default(),
                at: judged.map(|judged| judged.at),
            }
        })
        .collect()
}

fn actions_status(actions: &[Action], log: &StepLog) -> Vec<ActionStatus> {
    (1..)
        .zip(actions)
        .map(|(nth, action)| {
            let state = log.actions.get(&nth).map(|a| &a.state);
            ActionStatus {
                title: action.title.clone(),
                command: command_of(&action.effect),
                state: state.map_or("pending", word),
                detail: state.map(detail).unwrap_or_default(),
                reach: action.reach,
            }
        })
        .collect()
}

fn word(state: &ActionState) -> &'static str {
    match state {
        ActionState::Running => "running",
        ActionState::Done { .. } => "done",
        ActionState::Failed { .. } => "failed",
        ActionState::InDoubt { .. } => "in-doubt",
        ActionState::Conflict { .. } => "conflict",
        ActionState::Found { .. } => "found",
        ActionState::Dropped => "pending",
    }
}

fn detail(state: &ActionState) -> Vec<String> {
    match state {
        ActionState::Running | ActionState::Dropped => Vec::new(),
        ActionState::Done { evidence, .. } => evidence.clone(),
        ActionState::Failed { why, tail } => std::iter::once(why).chain(tail).cloned().collect(),
        ActionState::InDoubt { why, last, writer } => {
            let mut lines = vec![why.clone()];
            lines.extend(writer.and_then(words_of_writer).map(str::to_owned));
            lines.extend(last.as_ref().map(|finding| match finding {
                Finding::Present { evidence } => format!("present: {evidence}"),
                Finding::Absent { detail } => format!("absent so far: {detail}"),
                Finding::Conflict { detail } => format!("conflict: {detail}"),
                Finding::Unknown { why } => format!("can't be told: {why}"),
            }));
            lines
        }
        ActionState::Conflict { detail } => vec![detail.clone()],
        ActionState::Found { evidence } => vec![evidence.clone()],
    }
}

fn words_of_writer(writer: Writer) -> Option<&'static str> {
    match writer {
        Writer::Alive => Some("what it started is still at work: wait for its end, or end it"),
        Writer::Unknown => Some("whether what it started is still at work isn't known"),
        Writer::Gone => None,
    }
}

/// The exact command of an effect, for eyes.
pub(crate) fn command_of(effect: &Effect) -> Option<String> {
    match effect {
        Effect::Run { command } | Effect::Suite { command, .. } => Some(command.argv.to_string()),
        Effect::Dispatch { start } => Some(start.to_string()),
        Effect::Publish { build, upload, artifact, .. } => {
            let upload = upload.argv.to_string();
            let upload = artifact.as_ref().map_or_else(|| upload.clone(), |file| upload.replace("{artifact}", file));
            Some(build.as_ref().map_or_else(|| upload.clone(), |build| format!("{} ; {upload}", build.argv)))
        }
        Effect::Push { remote, branch, sha, .. } => Some(format!("git push {remote} {sha}:refs/heads/{branch}")),
        Effect::Advance { branch, to, .. } => Some(format!("git merge --ff-only {to} into {branch}")),
        Effect::Tag { remote, tag, sha, .. } => {
            Some(format!("git tag -a {tag} {sha} ; git push {remote} refs/tags/{tag}"))
        }
        Effect::Repin { remote, branch, pins, .. } => {
            let locks: Vec<String> =
                pins.iter().filter_map(|pin| pin.lock.as_ref()).map(|lock| lock.argv.to_string()).collect();
            let edits: Vec<&str> = pins.iter().map(|pin| pin.manifest.as_str()).collect();
            let commits = format!("git commit ; git push {remote} {branch}");
            Some(format!(
                "edit {} ; {}",
                edits.join(" "),
                locks.into_iter().chain([commits]).collect::<Vec<_>>().join(" ; ")
            ))
        }
        Effect::SetFlag { .. }
        | Effect::Resolve { .. }
        | Effect::Await { .. }
        | Effect::Smoke { .. }
        | Effect::Soak { .. }
        | Effect::Confirm { .. } => None,
    }
}

fn evidence(log: &StepLog) -> Vec<String> {
    log.actions.values().chain(log.undo.as_ref()).flat_map(|action| detail(&action.state)).collect()
}

fn checklist(actions: &[Action], log: &StepLog) -> Vec<Line> {
    let items = actions.iter().find_map(|action| lines(&action.effect));
    let line = |item: &String| Line { item: item.clone(), ticked_by: log.ticks.get(item).map(|tick| tick.by.clone()) };
    items.unwrap_or_default().iter().map(line).collect()
}
