//! What every stop says: what is live, what failed, why, and the one command that goes on.

use super::super::Context;
use super::super::exit::Exit;
use super::super::out::{Ink, Out};
use super::super::words;
use crate::engine::{LedgerState, Role, State};
use crate::plan::Reach;
use crate::rollout::status::{GateState, ItemState, StepStatus};
use crate::rollout::{Next, StepState};
use crate::shown::Shown;

/// How many lines of a failed step's output are repeated.
const TAIL: usize = 12;

/// Prints it.
pub(in super::super) fn print(context: &Context, state: &State, exit: Exit) {
    let out = context.out;
    let say = |ink, text: String| out.tell(ink, &Shown::from(text));
    let status = &*state.status;
    out.tell(Ink::Plain, &Shown::EMPTY);
    match (&state.ledger, &state.role, exit) {
        (LedgerState::Bad { why }, _, _) => say(Ink::Bad, format!("stopped: {why}")),
        (_, Role::Spectator { because }, _) => say(Ink::Bad, format!("stopped: {because}")),
        (_, _, Exit::Done) if status.release.shipped => say(Ink::Good, "shipped: every step has evidence".to_owned()),
        (_, _, Exit::Done) => say(Ink::Good, "stopped where it was asked to".to_owned()),
        (_, _, Exit::Time) => say(Ink::Warning, "stopped: waiting for time".to_owned()),
        (_, _, Exit::Signalled(number)) => say(Ink::Warning, format!("stopped by signal {number}")),
        (LedgerState::Good { .. }, Role::Conductor, _) => {
            say(Ink::Warning, format!("stopped: waiting for {}", status.waiting_for));
        }
    }
    match (&status.unsound, status.live.is_empty()) {
        (None, true) => say(Ink::Plain, "live: nothing yet".to_owned()),
        (None, false) => say(Ink::Strong, "live:".to_owned()),
        (Some(_), true) => say(Ink::Bad, format!("live: {}", words::NOT_TOLD)),
        (Some(_), false) => say(Ink::Bad, format!("live: {}; before that:", words::NOT_TOLD)),
    }
    for live in &status.live {
        say(Ink::Plain, format!("  ✔ {}: {} ({})", live.step, live.what, live.evidence.join("; ")));
    }
    // half of it is out: what the other half is
    if !status.live.is_empty() && !status.release.shipped {
        say(Ink::Strong, "owed:".to_owned());
        for step in status.steps.iter().filter(|step| !step.state.is_done()) {
            say(Ink::Plain, format!("  ○ {}: {} ({})", step.id, step.title, step.state));
        }
    }
    if let Some(hold) = &status.hold {
        say(Ink::Warning, format!("on hold: {hold}"));
    }
    for item in status.out_of_order.iter().filter(|item| item.state != ItemState::Accepted) {
        say(Ink::Bad, words::item(item));
    }
    for step in status.steps.iter().filter(|step| is_in_trouble(step)) {
        trouble(out, step);
    }
    next(out, state);
    if let Some(command) = &status.go_on {
        say(Ink::Strong, format!("go on with: {}", context.pasteable(command)));
    }
}

fn is_in_trouble(step: &StepStatus) -> bool {
    let unmet = step.gates.iter().any(|gate| gate.state == GateState::Unmet);
    let bad = matches!(
        step.state,
        StepState::Failed | StepState::InDoubt | StepState::Conflict | StepState::Vetoed | StepState::Blocked
    );
    bad || (unmet && !step.state.is_done())
}

fn trouble(out: Out, step: &StepStatus) {
    let ink = match step.state {
        StepState::Failed | StepState::InDoubt | StepState::Conflict => Ink::Bad,
        _ => Ink::Warning,
    };
    out.tell(ink, &Shown::from(format!("{}: {} · {}", step.state, step.id, step.title)));
    for line in step.evidence.iter().rev().take(TAIL).rev() {
        out.tell(Ink::Plain, &Shown::from(format!("  {line}")));
    }
    if let Some(veto) = &step.veto {
        out.tell(Ink::Plain, &Shown::from(format!("  {veto}")));
    }
    for gate in step.gates.iter().filter(|gate| gate.state == GateState::Unmet) {
        out.tell(Ink::Plain, &Shown::from(format!("  {} isn't met: {}", gate.wants, gate.detail)));
    }
}

/// What the step that waits would do, so that it can be decided on.
fn next(out: Out, state: &State) {
    let (Next::Approve(id) | Next::Tick(id)) = &state.next else { return };
    let Some(step) = state.status.steps.iter().find(|step| step.id == *id) else { return };
    out.tell(Ink::Strong, &Shown::from(format!("if you approve {}:", step.id)));
    for action in &step.actions {
        let command = action.command.as_ref().map(|command| format!(": {command}")).unwrap_or_default();
        out.tell(Ink::Plain, &Shown::from(format!("  {}{command}", action.title)));
    }
    for (number, line) in (1..).zip(&step.checklist) {
        let glyph = if line.ticked_by.is_some() { "✔" } else { "○" };
        out.tell(Ink::Plain, &Shown::from(format!("  {glyph} {number} {}", line.item)));
    }
    let ink = if step.reversibility == Reach::Permanent { Ink::Warning } else { Ink::Plain };
    out.tell(ink, &Shown::from(format!("  {}; way back: {}", step.reversibility, step.way_back)));
}
