//! `flightdeck flag`: reads the flag everywhere, or puts it back. The way back works in every state of the release.

use std::time::Duration;

use serde_json::json;

use super::Context;
use super::exit::Exit;
use super::fault::{Fault, said};
use super::out::{Ink, columns};
use super::session::{Conductor, Running};
use super::status::sheet;
use crate::engine::{Command, Leave, PlanSource, Purpose, Settings, State};
use crate::ledger::controls;
use crate::plan::FlagState;
use crate::rollout::status::FlagStatus;
use crate::shown::Shown;

const PATIENCE: Duration = Duration::from_secs(15);

/// Reads the flag everywhere, or puts it back
///
/// With a STATE the flag goes back at once (on → beta → off), past any hold, doubt or veto; it says what it passed over, and
/// the ledger keeps it. Forward is a step of the plan.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 everything agrees · 1 it couldn't be set · 4 that would be forward · 5 readings disagree · \
7 not trusted · 9 it can't be read\n\nExample: flightdeck flag off"
)]
pub(super) struct Args {
    /// The state to go back to; without one the flag is only read
    state: Option<FlagState>,
    /// Rehearse it while the flag is off already: sets it by the same way, reads it back everywhere, keeps how long it took
    #[arg(long, requires = "state")]
    rehearse: bool,
    /// Print the readings as JSON
    #[arg(long, conflicts_with = "state")]
    json: bool,
}

pub(super) async fn run(args: &Args, context: &Context) -> Result<Exit, Fault> {
    match &args.state {
        Some(state) if args.rehearse => rehearse(state, context).await,
        Some(state) => back(state, context).await,
        None => read(args, context).await,
    }
}

async fn back(to: &FlagState, context: &Context) -> Result<Exit, Fault> {
    let settings = Settings { source: PlanSource::LedgerWhereBroken, ..context.settings()? };
    let mut conductor = match Conductor::find(&settings, controls::Conductor::Command).await {
        // somebody has the controls and doesn't listen, or the disk takes nothing: the flag goes back all the same
        Err(fault) if matches!(fault.exit, Exit::Elsewhere | Exit::Failed | Exit::Ledger) => {
            let why = fault.because.as_deref().unwrap_or("nobody answers for them");
            context.out.note(Ink::Warning, &Shown::from(format!("without the controls: {fault}: {why}")));
            Conductor::Here(Box::new(Running::start(&settings, Purpose::Look)?))
        }
        found => found?,
    };
    conductor.settle().await;
    let asked = conductor.ask(Command::FlagBack { to: to.clone() }).await.and_then(said);
    conductor.leave().await;
    context.out.line(Ink::Good, &Shown::from(asked?));
    Ok(Exit::Done)
}

async fn rehearse(to: &FlagState, context: &Context) -> Result<Exit, Fault> {
    let settings = context.settings()?;
    let mut conductor = Conductor::find(&settings, controls::Conductor::Command).await?;
    conductor.settle().await;
    let first = conductor.plan().document().flag.as_ref().and_then(|flag| flag.states.first().cloned());
    let asked = match first {
        Some(off) if off != *to => {
            Err(Fault::usage(format!("only the way back to {off} is rehearsed: `flightdeck flag {off} --rehearse`")))
        }
        Some(_) | None => conductor.ask(Command::Rehearse).await.and_then(said),
    };
    conductor.leave().await;
    context.out.line(Ink::Good, &Shown::from(asked?));
    Ok(Exit::Done)
}

async fn read(args: &Args, context: &Context) -> Result<Exit, Fault> {
    let mut running = Running::start(&context.settings()?, Purpose::Look)?;
    let state = running.look_round(PATIENCE).await;
    running.leave(Leave::Cancel).await;
    let Some(flag) = &state.status.flag else { return Err(Fault::usage("the plan has no flag")) };
    if !state.status.trusted {
        let fault = Fault::new(Exit::Untrusted, "this plan isn't trusted on this machine, so the flag isn't asked for");
        return Err(fault.hint("flightdeck trust"));
    }
    if args.json {
        context.out.json(&json!({ "schema": 1, "flag": flag }))?;
    } else {
        print(context, &state, flag);
    }
    Ok(match (&flag.state, flag.agree == flag.of) {
        (None, _) => Exit::Gate,
        (Some(_), true) => Exit::Done,
        (Some(_), false) => Exit::MustLook,
    })
}

fn print(context: &Context, state: &State, flag: &FlagStatus) {
    context.out.line(Ink::Strong, &Shown::from(sheet::flag_line(flag, state.now)));
    sheet::flag_trouble(context.out, flag, state.now);
    let row = |reading: &crate::rollout::status::Reading| {
        let glyph = if reading.agrees {
            "✔"
        } else if reading.value.is_some() {
            "✖"
        } else {
            "?"
        };
        let value = reading.value.clone().unwrap_or_else(|| "?".to_owned());
        let why = reading.why.clone().unwrap_or_default();
        vec![Shown::fixed(glyph), Shown::line(&reading.who), Shown::from(value), Shown::from(why)]
    };
    for line in columns(&flag.readings.iter().map(row).collect::<Vec<_>>()) {
        context.out.line(Ink::Plain, &line);
    }
}
