//! `flightdeck status`: the grid and the plan, once or as live lines.

pub(super) mod sheet;

use std::time::Duration;

use super::Context;
use super::exit::Exit;
use super::fault::Fault;
use super::out::Ink;
use super::session::Running;
use crate::engine::{Leave, LedgerState, Purpose, State};
use crate::shown::Shown;

/// How long everything may take to be looked at; what hasn't answered then is shown as unknown.
const PATIENCE: Duration = Duration::from_secs(15);

/// Shows the grid and the plan
///
/// Looks at everything once: clones always; remotes, registries, deployments and the flag only if this plan is trusted.
/// What couldn't be told is shown as `?`. Looking changes nothing and takes no controls.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 it could be told · 2 release.toml isn't right · 8 the ledger can't be believed\n\n\
Example: flightdeck status --json | jq -r .waiting_for"
)]
pub(super) struct Args {
    /// Print it as JSON
    #[arg(long)]
    json: bool,
    /// Stay, and print a line for everything that changes; with --json, the whole status each time, one a line
    #[arg(long)]
    watch: bool,
}

pub(super) async fn run(args: &Args, context: &Context) -> Result<Exit, Fault> {
    let mut running = Running::start(&context.settings()?, Purpose::Look)?;
    let state = running.look_round(PATIENCE).await;
    if !args.watch {
        let exit = print(args, context, &state)?;
        running.leave(Leave::Cancel).await;
        return Ok(exit);
    }
    print_line(args, context, &state)?;
    let mut before = state;
    while let Some(state) = running.changed().await {
        if args.json {
            if state.status != before.status {
                print_line(args, context, &state)?;
            }
        } else {
            for line in sheet::changes(&before.status, &state.status) {
                context.out.line(Ink::Plain, &Shown::from(line));
            }
        }
        before = state;
    }
    Ok(Exit::Done)
}

fn print(args: &Args, context: &Context, state: &State) -> Result<Exit, Fault> {
    if args.json {
        context.out.json(&*state.status)?;
    } else {
        sheet::print(context, state);
    }
    match &state.ledger {
        LedgerState::Good { .. } => Ok(Exit::Done),
        LedgerState::Bad { why } => {
            Err(Fault::new(Exit::Ledger, "the ledger can be looked at, but not acted on").because(why))
        }
    }
}

fn print_line(args: &Args, context: &Context, state: &State) -> Result<(), Fault> {
    if args.json {
        context.out.json_line(&*state.status)?;
    } else {
        sheet::print(context, state);
    }
    Ok(())
}
