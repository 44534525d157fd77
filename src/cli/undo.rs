//! `flightdeck undo`: a step is taken back by its own command.

use super::Context;
use super::confirm::{Consent, Question, Weight};
use super::exit::Exit;
use super::fault::{Fault, said};
use super::out::Ink;
use super::session::Conductor;
use crate::engine::Command;
use crate::ledger::controls;
use crate::plan::StepId;
use crate::shown::Shown;

/// Takes a step back by the `undo` command that the plan gives it
///
/// The undo is an effect of its own, with its own intent and outcome in the ledger. Steps whose evidence it makes stale are
/// asked for again.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 · 1 it failed · 3 not confirmed · 4 there is nothing to undo, or no way to · 5 it changed meanwhile\n\n\
Example: flightdeck undo migrate --yes"
)]
pub(super) struct Args {
    /// The step
    step: StepId,
    #[command(flatten)]
    consent: Consent,
}

pub(super) async fn run(args: &Args, context: &Context) -> Result<Exit, Fault> {
    let settings = context.settings()?;
    let mut conductor = Conductor::find(&settings, controls::Conductor::Command).await?;
    conductor.settle().await;
    let done = undo(args, context, &conductor).await;
    conductor.leave().await;
    context.out.line(Ink::Good, &Shown::from(done?));
    Ok(Exit::Done)
}

async fn undo(args: &Args, context: &Context, conductor: &Conductor) -> Result<String, Fault> {
    let plan = conductor.plan();
    let step = plan.step(&args.step).ok_or_else(|| {
        Fault::usage(format!("the plan has no step {}", args.step)).hint("`flightdeck plan` lists them")
    })?;
    let brief = conductor.brief().await?;
    let (command, digest) = brief.undo(&step.id);
    if let Some(argv) = &step.undo {
        let argv = command.unwrap_or_else(|| argv.to_string());
        context.out.line(Ink::Plain, &Shown::from(format!("undo {}: {}", step.id, step.title)));
        context.out.line(Ink::Plain, &Shown::from(format!("  $ {argv}")));
        let question = Question { ask: "Run it", weight: Weight::Light, plan: plan.digest() };
        args.consent.confirm(context.surroundings.person(), &question)?;
    }
    said(conductor.ask(Command::Undo { step: step.id.clone(), digest }).await?)
}
