//! The demo without a terminal: its own owner trusts, freezes, approves and ticks, one step after the other, and each step is
//! told as it happens.

use std::time::Duration;

use super::super::confirm::Consent;
use super::super::exit::{Exit, Standing};
use super::super::fault::{Fault, said};
use super::super::out::Ink;
use super::super::session::{Conductor, Running};
use super::super::ship::follow::Follow;
use super::super::{Context, freeze, report};
use super::caught;
use crate::demo::serve::{Served, serve};
use crate::demo::{Telling, World};
use crate::engine::{Command, Drive, Leave, Purpose, Role, Settings, State};
use crate::ledger::controls;
use crate::plan::StepId;
use crate::rollout::{Next, Order};
use crate::shown::Shown;

/// How long a decision may take to show, and how long nothing may happen.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often a decision on a state that has just passed is made again, and how long after.
const STALE: u32 = 50;
const MOMENT: Duration = Duration::from_millis(100);
/// How long everything may take to be looked at for the report.
const LOOK: Duration = Duration::from_secs(10);

/// Ships the world, and prints the report.
pub(super) async fn ship(context: &Context, world: &World) -> Result<Exit, Fault> {
    let kept_up = serve(world.root(), world.port()).await;
    let kept_up = kept_up.map_err(|fault| Fault::failed("the demo can't be served").because(fault))?;
    let shipped = with_its_owner(context, world).await;
    match kept_up {
        Served::Here(server) => server.stop().await,
        Served::Elsewhere(_) => {}
    }
    shipped
}

async fn with_its_owner(context: &Context, world: &World) -> Result<Exit, Fault> {
    let settings = settings(context, world)?;
    let running = Running::start(&settings, Purpose::Conduct(controls::Conductor::Ship))?;
    if let Role::Spectator { because } = &running.role {
        return Err(Fault::new(Exit::Elsewhere, because.clone()));
    }
    let mut conductor = Conductor::Here(Box::new(running));
    let went = readied(context, &settings, &mut conductor).await;
    let Conductor::Here(mut running) = conductor else { return Err(Fault::failed("the demo lost its conductor")) };
    let went = match went {
        Ok(()) => steps(context, &mut running, world.telling()).await,
        Err(fault) => Err(fault),
    };
    let state = running.look_round(LOOK).await;
    running.leave(Leave::Wait).await;
    let accepted = went?;
    context.out.tell(Ink::Plain, &Shown::EMPTY);
    for line in Shown::lines(&report::markdown(&state, &settings)) {
        context.out.tell(Ink::Plain, &line);
    }
    if world.telling() == Telling::WithMisses {
        caught::tell(context, &accepted, &state.status);
    }
    Ok(Standing::of(&state).exit())
}

/// Brings a fresh world to where its owner is wanted: the plan, which is flightdeck's own, is trusted, and QA has passed it.
pub(super) async fn ready(context: &Context, world: &World) -> Result<(), Fault> {
    let settings = settings(context, world)?;
    let running = Running::start(&settings, Purpose::Conduct(controls::Conductor::Command))?;
    if matches!(running.role, Role::Spectator { .. }) {
        return Ok(());
    }
    let mut conductor = Conductor::Here(Box::new(running));
    let went = readied(context, &settings, &mut conductor).await;
    conductor.leave().await;
    went
}

/// The demo decides as its own owner, and keeps its state to itself.
fn settings(context: &Context, world: &World) -> Result<Settings, Fault> {
    let release_toml = world.release_toml();
    let mut settings = context.surroundings.settings(Some(&release_toml))?;
    let (plan, _) = crate::engine::open::read_plan(&release_toml)?;
    let owner = &plan.document().owner;
    settings.actor = format!("{} <{}>", owner.name, owner.email);
    settings.state = world.state();
    settings.root = None;
    Ok(settings)
}

/// Trusts and freezes, where that hasn't been done yet.
async fn readied(context: &Context, settings: &Settings, conductor: &mut Conductor) -> Result<(), Fault> {
    conductor.settle().await;
    let tell = |text: String| context.out.tell(Ink::Strong, &Shown::from(text));
    if !conductor.brief().await?.is_trusted() {
        tell(format!(
            "the owner trusts the plan: {}",
            said(conductor.ask(Command::Trust { digest: conductor.plan().digest().clone() }).await?)?
        ));
        conductor.settle().await;
    }
    if conductor.brief().await?.is_frozen() {
        return Ok(());
    }
    let args = freeze::Args {
        by: "Grace Example (QA)".to_owned(),
        verdict: "passed".to_owned(),
        notes: "the demo's own tests".to_owned(),
        repin: false,
        consent: Consent { yes: true, plan: None },
    };
    tell(format!("QA passes it: {}", freeze::freeze(&args, context, settings, conductor).await?));
    Ok(())
}

/// Approves, ticks and ships until nothing is left, or something stands in the way.
///
/// Gives back what was out of order and accepted.
async fn steps(context: &Context, running: &mut Running, telling: Telling) -> Result<Vec<String>, Fault> {
    let mut follow = Follow::new(context, &running.state());
    said(running.handle.ask(Command::Go).await)?;
    // a state from before the freeze or the order would look like a stop
    running.until(PATIENCE, |state| state.drive == Drive::Going && !matches!(state.next, Next::Freeze(_))).await;
    let mut state = running.settle().await;
    let mut again = 0;
    let mut accepted = Vec::new();
    loop {
        follow.tell(&state);
        if state.work.is_some() || matches!(state.next, Next::Ship | Next::Act { .. } | Next::Judge(_)) {
            match tokio::time::timeout(PATIENCE * 12, running.changed()).await {
                Ok(Some(changed)) => state = changed,
                Ok(None) | Err(_) => return Ok(accepted),
            }
            continue;
        }
        let Some(word) = word(&state, telling) else { return Ok(accepted) };
        let seq = state.status.seq;
        if let Next::OutOfOrder(_) = &state.next {
            accepted.extend(state.status.out_of_order.iter().map(|item| item.says.clone()));
        }
        let decided = said(running.handle.ask(word).await);
        match decided {
            Ok(_) => state = running.until(PATIENCE, |state| state.status.seq > seq).await,
            // the flag was read afresh meanwhile: what is decided on is looked at again, a few times at most
            Err(fault) if fault.exit == Exit::MustLook && again < STALE => {
                again += 1;
                tokio::time::sleep(MOMENT).await;
                state = running.state();
            }
            Err(fault) => return Err(fault),
        }
    }
}

/// What the owner says now; none where the demo has ended or doesn't go on by itself.
fn word(state: &State, telling: Telling) -> Option<Command> {
    match (&state.next, telling) {
        // so that the rest of what was missed shows as well
        (Next::OutOfOrder(item), Telling::WithMisses) => Some(Command::Accept {
            what: item.to_string(),
            seen: None,
            reason: "published by hand; nobody can use it while the flag is off".to_owned(),
        }),
        (Next::Resume, Telling::WithMisses) => Some(Command::Decide { decision: Order::Resume }),
        (_, Telling::Sound | Telling::WithMisses) => order(state).map(|decision| Command::Decide { decision }),
    }
}

fn order(state: &State) -> Option<Order> {
    let find = |id: &StepId| state.status.steps.iter().find(|step| step.id == *id);
    match &state.next {
        Next::Approve(step) => Some(Order::Approve { step: step.clone(), digest: find(step)?.digest.clone()? }),
        Next::Tick(step) => {
            let item = find(step)?.checklist.iter().find(|line| line.ticked_by.is_none())?.item.clone();
            Some(Order::Tick { step: step.clone(), item })
        }
        Next::Freeze(_)
        | Next::Decide(_)
        | Next::OutOfOrder(_)
        | Next::Resume
        | Next::Lift(_)
        | Next::Judge(_)
        | Next::Unmet(_)
        | Next::Busy(..)
        | Next::Act { .. }
        | Next::Unready(..)
        | Next::Ship
        | Next::Nothing => None,
    }
}
