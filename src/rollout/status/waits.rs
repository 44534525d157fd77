//! What the release waits for, and the one command that goes on: every state but the last names one.

use super::Session;
use crate::plan::{Action, Effect, Plan, StepId, Unready};
use crate::rollout::compiled::Compiled;
use crate::rollout::fold::{ActionLog, ActionState, Rollout};
use crate::rollout::next::Next;
use crate::rollout::observed::{Observed, Wait, WaitKind};

/// What the release waits for, in words.
pub(super) fn waiting_for(
    plan: &Plan,
    rollout: &Rollout,
    next: &Next,
    observed: &Observed,
    session: &Session,
    compiled: &Compiled<'_>,
) -> String {
    if session.unsound.is_some() {
        return "the ledger to be put right: until then it can be looked at, but not acted on".to_owned();
    }
    let name = |id: &StepId| plan.step(id).map_or_else(|| id.to_string(), |step| format!("{id} · {}", step.title));
    if !session.trusted && *next != Next::Nothing {
        return "your trust: nothing runs and nothing is asked before".to_owned();
    }
    if session.paused && matches!(next, Next::Act { .. } | Next::Judge(_) | Next::Ship) {
        return "somebody to say how it goes on: whether it stops was asked, and nothing more starts".to_owned();
    }
    match next {
        Next::Freeze(repos) => {
            let names: Vec<_> = repos.iter().map(ToString::to_string).collect();
            format!("QA to pass {}", names.join(", "))
        }
        Next::Decide(step) => format!("you to decide step {}", name(step)),
        Next::OutOfOrder(item) => format!("you to accept what is out of order, or to put it right: {item}"),
        Next::Resume => "you to resume".to_owned(),
        Next::Lift(step) => format!("the veto on step {} to be lifted", name(step)),
        Next::Tick(step) => format!("the lines of step {} to be ticked", name(step)),
        Next::Judge(step) => format!("the gates of step {}", name(step)),
        Next::Unmet(step) => format!("a gate of step {}", name(step)),
        Next::Approve(step) => format!("you to approve step {}", name(step)),
        Next::Busy(step, _) | Next::Act { step, .. } => {
            match wait_of(rollout, observed, step, compiled.actions(step)) {
                Some(wait) => format!("{} (step {})", wait.what, name(step)),
                None if matches!(next, Next::Act { .. }) => format!("step {} to {}", name(step), stirs(rollout, step)),
                None if session.paused => format!("step {} to end; nothing more starts after it", name(step)),
                None => format!("step {} to end", name(step)),
            }
        }
        Next::Unready(step, why) => format!("step {}: {why}", name(step)),
        Next::Ship => "the ledger to say that it has shipped".to_owned(),
        Next::Nothing => "nothing: the release has shipped".to_owned(),
    }
}

/// What a step has to do that may begin its next action, while nobody runs it.
fn stirs(rollout: &Rollout, step: &StepId) -> &'static str {
    let is_done = |action: &ActionLog| action.state.is_done();
    let begun = rollout.steps.get(step).is_some_and(|log| log.actions.values().any(is_done));
    if begun { "go on" } else { "be started" }
}

/// What a step waits for outside: as whoever runs it says, else as the ledger tells anybody else.
pub(super) fn wait_of(rollout: &Rollout, observed: &Observed, step: &StepId, actions: &[Action]) -> Option<Wait> {
    if let Some(wait) = observed.waits.get(step) {
        return Some(wait.clone());
    }
    let log = rollout.steps.get(step)?;
    let (nth, running) = log.actions.iter().find(|(_, action)| matches!(action.state, ActionState::Running))?;
    let since = running.intent.as_ref()?.at;
    let action = actions.get(usize::try_from(*nth).ok()?.checked_sub(1)?)?;
    let (kind, what) = match &action.effect {
        Effect::Await { who, what } => (WaitKind::Others, format!("{who}: {what}")),
        Effect::Resolve { package } => (WaitKind::Propagation, format!("consumers to resolve {package}")),
        Effect::Advance { .. }
        | Effect::Push { .. }
        | Effect::Run { .. }
        | Effect::Publish { .. }
        | Effect::Repin { .. }
        | Effect::Dispatch { .. }
        | Effect::SetFlag { .. }
        | Effect::Smoke { .. }
        | Effect::Suite { .. }
        | Effect::Soak { .. }
        | Effect::Confirm { .. }
        | Effect::Tag { .. } => return None,
    };
    Some(Wait { kind, what, since, until: since + action.limit.millis(), last: String::new() })
}

/// The one command that goes on.
pub(super) fn go_on(rollout: &Rollout, next: &Next, session: &Session) -> Option<String> {
    if session.unsound.is_some() {
        return Some("flightdeck log --verify".to_owned());
    }
    if !session.trusted && *next != Next::Nothing {
        return Some("flightdeck trust".to_owned());
    }
    // whoever is at work already bars a second conductor, and carries on by itself
    let is_led = !session.mine && session.alive == Some(true);
    Some(match next {
        Next::Busy(..) if is_led => "flightdeck status --watch".to_owned(),
        Next::Judge(_) | Next::Act { .. } | Next::Ship if is_led => "flightdeck resume".to_owned(),
        Next::Approve(step) if is_led => format!("flightdeck approve {step}"),
        Next::Freeze(_) | Next::Unready(_, Unready::NotFrozen(_)) => {
            "flightdeck freeze --by NAME --verdict TEXT".to_owned()
        }
        Next::Decide(step) => {
            let found = |a: &ActionLog| matches!(a.state, ActionState::Found { .. });
            let found = rollout.steps.get(step).is_some_and(|log| log.actions.values().any(found));
            if found {
                format!("flightdeck accept {step} --reason TEXT")
            } else {
                format!("flightdeck resolve {step} --as present|absent --reason TEXT")
            }
        }
        Next::OutOfOrder(item) => format!("flightdeck accept {} --reason TEXT", item.quoted()),
        Next::Resume => "flightdeck resume".to_owned(),
        Next::Lift(step) => format!("flightdeck lift {step}"),
        Next::Tick(step) => format!("flightdeck tick {step} LINE"),
        Next::Approve(step) => format!("flightdeck approve {step} && flightdeck ship"),
        Next::Unready(_, Unready::NoVersion(_)) if !rollout.has_started() => "flightdeck thaw --reason TEXT".to_owned(),
        Next::Unready(_, Unready::NoVersion(_) | Unready::NoDispatch(_) | Unready::NotInPlan { .. }) => {
            "flightdeck check".to_owned()
        }
        Next::Judge(_) | Next::Unmet(_) | Next::Busy(..) | Next::Act { .. } | Next::Ship => {
            "flightdeck ship".to_owned()
        }
        Next::Nothing => return None,
    })
}
