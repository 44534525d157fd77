//! Which decision a key stands for now, or why there is none.

use super::Decision;
use crate::cockpit::keymap::Action;
use crate::cockpit::view::View;
use crate::engine::Drive;
use crate::plan::{Confirm, FlagState, Mode, StepId};
use crate::rollout::status::{ItemState, OutOfOrder, StepStatus};
use crate::rollout::{Next, StepState};
use crate::shown::Shown;

/// The decision that an action stands for, about the step that the keys are about; or why it can't be taken now.
pub fn open(view: &View<'_>, action: Action) -> Result<Decision, Shown> {
    let step = || view.step().ok_or_else(|| Shown::fixed("no step is selected"));
    match action {
        Action::FlagOff => return flag_back(view),
        Action::Trust => return trust(view),
        Action::Leave => return Ok(Decision::Leave),
        _ => {}
    }
    if let Some(why) = view.spectator() {
        return Err(why);
    }
    if !view.state.status.trusted {
        return Err(Shown::fixed("this plan isn't trusted on this machine: P shows its commands"));
    }
    match action {
        Action::Approve => approve(view, step()?),
        Action::Veto => veto(step()?),
        Action::Lift => lift(step()?),
        Action::Hold => hold(view),
        Action::Resume => resume(view),
        Action::Resolve => match item_to_accept(view) {
            Some(item) => accept_item(item),
            None => resolve(view, step()?),
        },
        Action::Undo => undo(step()?),
        Action::EndSoak => end_soak(step()?),
        _ => Err(Shown::fixed("this key decides nothing")),
    }
}

/// Whether a key is worth showing in the footer.
pub fn offered(view: &View<'_>, action: Action) -> bool {
    match action {
        Action::Approve
        | Action::Veto
        | Action::Lift
        | Action::Hold
        | Action::Resume
        | Action::Resolve
        | Action::EndSoak
        | Action::Undo => open(view, action).is_ok(),
        Action::FlagOff => flag_back(view).is_ok(),
        Action::Trust => trust(view).is_ok(),
        Action::Tick => view.step().is_some_and(|step| !step.checklist.is_empty() || step.suite.is_some()),
        Action::Coverage => view.state.status.coverage.is_some(),
        Action::Gates => view.step().is_some_and(|step| !step.gates.is_empty()),
        Action::Output => view.step().is_some_and(|step| view.output(&step.id).is_some()),
        _ => true,
    }
}

/// Why a dialog that is open must close: what it described is no longer so.
pub fn closed(view: &View<'_>, decision: &Decision) -> Option<Shown> {
    // a dialog names its step, whatever is selected by now
    let step = |id: &StepId| {
        let step = view.step_by_id(id).ok_or_else(|| Shown::fixed("the plan has no such step any more"));
        view.spectator().map_or(step, Err)
    };
    let now = match decision {
        Decision::Approve { step: id, .. } => step(id).and_then(|step| approve(view, step)),
        Decision::Train { .. } => open(view, Action::Approve),
        Decision::Veto(id) => step(id).and_then(veto),
        Decision::Lift(id) => step(id).and_then(lift),
        Decision::EndSoak(id) => step(id).and_then(end_soak),
        Decision::Resolve(id) | Decision::Accept(id) => step(id).and_then(|step| resolve(view, step)),
        Decision::AcceptItem { id, .. } => {
            let item = view.item(id).ok_or_else(|| Shown::line(&format!("{id} isn't out of order any more")));
            view.spectator().map_or(item, Err).and_then(accept_item)
        }
        Decision::Undo { step: id, .. } => step(id).and_then(undo),
        Decision::Hold => open(view, Action::Hold),
        Decision::Resume | Decision::Go | Decision::Judge => open(view, Action::Resume),
        Decision::FlagBack(_) => flag_back(view),
        Decision::Trust { .. } => trust(view),
        Decision::Leave => Ok(Decision::Leave),
    };
    match now {
        Ok(now) if now == *decision => None,
        Ok(_) => Some(Shown::fixed("closed, because what it described has changed: look at it again")),
        Err(why) => Some(Shown::line(&format!("closed, because {why}"))),
    }
}

fn approve(view: &View<'_>, step: &StepStatus) -> Result<Decision, Shown> {
    let state = view.state;
    if let Next::Decide(undecided) = &state.next {
        return Err(Shown::from(format!("step {undecided} is in doubt or in conflict: decide it first, with R")));
    }
    if let Next::OutOfOrder(item) = &state.next {
        return Err(Shown::line(&format!("{item} is out of order: accept it with R, or put it right first")));
    }
    if let Some(reason) = &state.status.hold {
        return Err(Shown::line(&format!("the release is on hold ({reason}): r goes on")));
    }
    if let Some(why) = not_waiting(step) {
        return Err(why);
    }
    let once = state.plan.step(&step.id).is_none_or(|s| matches!(s.confirm, Confirm::Once));
    if state.status.release.mode == Mode::Quick && once && step.approval.is_none() {
        let digest = state.train_digest.clone();
        return digest.map(|digest| Decision::Train { digest }).ok_or_else(|| unready(step));
    }
    if step.state == StepState::Pending {
        return Err(Shown::from(format!("step {} comes later: {} first", step.id, first_open(view, step))));
    }
    let digest = step.digest.clone().ok_or_else(|| unready(step))?;
    Ok(Decision::Approve { step: step.id.clone(), digest })
}

/// Why a step can't be approved whatever else is so.
fn not_waiting(step: &StepStatus) -> Option<Shown> {
    let id = &step.id;
    Some(Shown::line(&match step.state {
        StepState::Waiting | StepState::Undone | StepState::Failed | StepState::Pending => {
            let left = step.checklist.iter().filter(|line| line.ticked_by.is_none()).count();
            if left == 0 || step.state == StepState::Pending {
                return None;
            }
            format!("step {id} has {left} lines that aren't ticked: t opens them")
        }
        StepState::Done | StepState::Skipped => format!("step {id} is done already"),
        StepState::Approved => format!("step {id} is approved already: r lets it start"),
        StepState::Running => format!("step {id} is running"),
        StepState::Vetoed => format!("step {id} is vetoed: l lifts the veto"),
        StepState::InDoubt | StepState::Conflict => {
            format!("step {id} is in doubt or in conflict: decide it first, with R")
        }
        StepState::Blocked => {
            let gate = step.gates.iter().find(|gate| gate.state == crate::rollout::status::GateState::Unmet);
            let why = gate.map(|gate| format!("{}: {}", gate.wants, gate.detail)).unwrap_or_default();
            format!("a gate of step {id} isn't met ({why}): r judges it again")
        }
    }))
}

fn unready(step: &StepStatus) -> Shown {
    let why = step.unready.as_deref().unwrap_or("it can't be told yet what would happen");
    Shown::line(&format!("step {} isn't ready: {why}", step.id))
}

fn first_open(view: &View<'_>, step: &StepStatus) -> Shown {
    let Some(planned) = view.state.plan.step(&step.id) else { return Shown::EMPTY };
    let needs = view.state.plan.needs(planned);
    let open = needs.into_iter().find(|id| view.step_by_id(id).is_some_and(|s| !s.state.is_done()));
    open.map_or(Shown::fixed("an earlier step"), |id| Shown::from(format!("step {id}")))
}

fn veto(step: &StepStatus) -> Result<Decision, Shown> {
    let id = &step.id;
    match step.state {
        StepState::Vetoed => Err(Shown::from(format!("step {id} is vetoed already: l lifts it"))),
        StepState::Done | StepState::Skipped => Err(Shown::from(format!("step {id} is done already"))),
        StepState::Pending | StepState::Blocked | StepState::Waiting | StepState::Approved | StepState::Undone
            if step.partly().is_none() =>
        {
            Ok(Decision::Veto(id.clone()))
        }
        StepState::Pending
        | StepState::Blocked
        | StepState::Waiting
        | StepState::Approved
        | StepState::Undone
        | StepState::Running
        | StepState::Failed
        | StepState::InDoubt
        | StepState::Conflict => {
            Err(Shown::from(format!("step {id} has already started: a veto can't take back what is live; see u and f")))
        }
    }
}

fn lift(step: &StepStatus) -> Result<Decision, Shown> {
    let vetoed = step.veto.as_ref().map(|_| Decision::Lift(step.id.clone()));
    vetoed.ok_or_else(|| Shown::from(format!("step {} isn't vetoed", step.id)))
}

fn end_soak(step: &StepStatus) -> Result<Decision, Shown> {
    let open = step.soak.as_ref().filter(|soak| soak.ended_early.is_none() && !step.state.is_done());
    let open = open.map(|_| Decision::EndSoak(step.id.clone()));
    open.ok_or_else(|| Shown::from(format!("no soak of step {} runs that could be ended", step.id)))
}

fn hold(view: &View<'_>) -> Result<Decision, Shown> {
    match &view.state.status.hold {
        Some(reason) => Err(Shown::line(&format!("the release is on hold already ({reason}): r goes on"))),
        None if view.state.status.release.shipped => Err(Shown::fixed("the release has shipped: nothing would start")),
        None => Ok(Decision::Hold),
    }
}

fn resume(view: &View<'_>) -> Result<Decision, Shown> {
    let state = view.state;
    match &state.next {
        Next::Decide(step) => {
            Err(Shown::from(format!("step {step} is in doubt or in conflict: decide it first, with R")))
        }
        Next::OutOfOrder(item) => {
            Err(Shown::line(&format!("{item} is out of order: accept it with R, or put it right first")))
        }
        Next::Nothing => Err(Shown::fixed("the release has shipped: there is nothing to go on with")),
        _ if state.status.hold.is_some() => Ok(Decision::Resume),
        Next::Unmet(_) => Ok(Decision::Judge),
        Next::Act { .. } | Next::Judge(_) | Next::Ship | Next::Busy(..) if state.drive != Drive::Going => {
            Ok(Decision::Go)
        }
        Next::Freeze(_)
        | Next::Resume
        | Next::Lift(_)
        | Next::Tick(_)
        | Next::Judge(_)
        | Next::Approve(_)
        | Next::Busy(..)
        | Next::Act { .. }
        | Next::Unready(..)
        | Next::Ship => {
            Err(Shown::line(&format!("nothing is on hold; the release waits for {}", state.status.waiting_for)))
        }
    }
}

fn resolve(view: &View<'_>, step: &StepStatus) -> Result<Decision, Shown> {
    // what can be asked isn't for the owner to guess
    if view.state.work.as_ref().is_some_and(|work| work.step == step.id) {
        return Err(Shown::from(format!("step {} is being asked about: wait for the answer", step.id)));
    }
    if step.actions.iter().any(|action| action.state == "found") {
        return Ok(Decision::Accept(step.id.clone()));
    }
    match step.state {
        StepState::InDoubt | StepState::Conflict => Ok(Decision::Resolve(step.id.clone())),
        StepState::Pending
        | StepState::Blocked
        | StepState::Waiting
        | StepState::Approved
        | StepState::Running
        | StepState::Done
        | StepState::Skipped
        | StepState::Failed
        | StepState::Vetoed
        | StepState::Undone => Err(Shown::from(format!("nothing about step {} is in doubt", step.id))),
    }
}

/// What is out of order and waits: the selected step's own, unless that step is itself in doubt; else what the release waits for.
fn item_to_accept<'a>(view: &View<'a>) -> Option<&'a OutOfOrder> {
    let step = view.step();
    if step.is_some_and(|step| matches!(step.state, StepState::InDoubt | StepState::Conflict)) {
        return None;
    }
    let open = |item: &&OutOfOrder| item.kind.is_some() && item.state != ItemState::Accepted;
    let of_step = |item: &&OutOfOrder| step.is_some_and(|step| item.step.as_ref() == Some(&step.id));
    let mut items = view.state.status.out_of_order.iter().filter(open);
    items.find(of_step).or_else(|| match &view.state.next {
        Next::OutOfOrder(id) => view.item(id.as_str()),
        _ => None,
    })
}

fn accept_item(item: &OutOfOrder) -> Result<Decision, Shown> {
    match item.state {
        ItemState::Accepted => Err(Shown::line(&format!("{} is accepted already", item.id))),
        ItemState::Seen | ItemState::Waiting => {
            Ok(Decision::AcceptItem { id: item.id.clone(), seen: item.seen.clone() })
        }
    }
}

fn undo(step: &StepStatus) -> Result<Decision, Shown> {
    if !step.state.is_done() {
        return Err(Shown::from(format!("step {} isn't done: there is nothing to take back", step.id)));
    }
    match &step.undo {
        Some(undo) => Ok(Decision::Undo { step: step.id.clone(), digest: undo.digest.clone() }),
        None => Err(Shown::line(&format!("step {} has no undo command; the way back: {}", step.id, step.way_back))),
    }
}

fn flag_back(view: &View<'_>) -> Result<Decision, Shown> {
    let Some(flag) = &view.state.plan.document().flag else { return Err(Shown::fixed("this release has no flag")) };
    let Some(off) = flag.states.first() else { return Err(Shown::fixed("this release's flag has no states")) };
    let read = view.state.status.flag.as_ref();
    let is_off = |state: &FlagState| state == off;
    // off everywhere, as far as can be told: anything less is a reason to allow it
    match read {
        Some(read) if read.state.as_ref().is_some_and(is_off) && read.agree == read.of => {
            Err(Shown::line(&format!("the flag is {off} already, everywhere")))
        }
        Some(_) | None => Ok(Decision::FlagBack(off.clone())),
    }
}

fn trust(view: &View<'_>) -> Result<Decision, Shown> {
    if view.state.status.trusted {
        return Err(Shown::fixed("this plan is trusted on this machine already"));
    }
    Ok(Decision::Trust { digest: view.state.status.plan_digest.clone() })
}
