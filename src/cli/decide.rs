//! The owner's decisions that are one event each: approve, veto, lift, hold, resolve, accept, tick.

use clap::ValueEnum;

use super::Context;
use super::confirm::{Consent, Question, Weight};
use super::exit::Exit;
use super::fault::{Fault, said};
use super::out::Ink;
use super::session::Conductor;
use crate::engine::Command;
use crate::ledger::controls;
use crate::plan::StepId;
use crate::rollout::Order;
use crate::rollout::event::Verdict;
use crate::shown::Shown;

/// Approves a step as `plan` and `status` show it
///
/// The approval is bound to what the step would do: its commands, commits, versions and target, and the flag as it is. If any
/// of that changes before the step starts, the approval is void. `ship` then runs what is approved; a cockpit or ship that
/// is running starts it at once, which for a permanent step needs its repository's name typed, or --yes and --plan.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 · 4 too early, vetoed or held · 5 undecided, or it has changed · 9 a gate isn't met\n\n\
Example: flightdeck approve consent && flightdeck ship --yes"
)]
pub(super) struct Approve {
    /// The step
    step: StepId,
    #[command(flatten)]
    consent: Consent,
}

/// Forbids a step, with a reason
///
/// Steps that don't need it go on; a ship stops where nothing else is left.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 · 4 it is done or has started\n\nExample: flightdeck veto sdk --reason \"the changelog is wrong\""
)]
pub(super) struct Veto {
    /// The step
    step: StepId,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Takes a veto back
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status: 0 · 4 it isn't vetoed\n\nExample: flightdeck lift sdk")]
pub(super) struct Lift {
    /// The step
    step: StepId,
}

/// Puts the release on hold: nothing more starts
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status: 0\n\nExample: flightdeck hold --reason \"the API is slow\"")]
pub(super) struct Hold {
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "the owner said so")]
    reason: String,
}

/// Decides what no probe could: whether an effect in doubt is there
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status: 0 · 4 nothing about it is in doubt\n\n\
Example: flightdeck resolve migrate --as absent --reason \"the table isn't there\"")]
pub(super) struct Resolve {
    /// The step
    step: StepId,
    /// What is so
    #[arg(long = "as", value_name = "WHAT")]
    verdict: Is,
    /// How you know
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Is {
    /// The effect is there
    Present,
    /// It isn't
    Absent,
}

/// Accepts something out of order: there too early, or not as we left it
///
/// What the probes of its step prove counts as done, so that the step is skipped. Anything else is accepted exactly as it was
/// seen: if it changes again, it is asked again.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status: 0 · 4 nothing about it is out of order · 5 it has changed\n\n\
Example: flightdeck accept sdk --reason \"Grace published it by hand\"")]
pub(super) struct Accept {
    /// Its name, as `status` shows it, or its step
    #[arg(value_name = "ITEM")]
    item: String,
    /// Why that is all right
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Ends a soak before its time, with a reason
///
/// The soak is done by the owner's word: the report says after how much of its time, by whom and why.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 · 4 no soak of that step runs\n\nExample: flightdeck end-soak soak --reason \"the release is urgent\""
)]
pub(super) struct EndSoak {
    /// The step
    step: StepId,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Confirms a line of a checklist
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status: 0 · 2 no such step or line\n\nExample: flightdeck tick look 2")]
pub(super) struct Tick {
    /// The step
    step: StepId,
    /// The line, or its number from 1
    item: String,
}

pub(super) async fn approve(args: &Approve, context: &Context) -> Result<Exit, Fault> {
    let settings = context.settings()?;
    let mut conductor = Conductor::find(&settings, controls::Conductor::Command).await?;
    conductor.settle().await;
    if let Some(unsound) = conductor.unsound() {
        conductor.leave().await;
        return Err(unsound);
    }
    let done = approval(args, context, &conductor).await;
    conductor.leave().await;
    let (said, next) = done?;
    context.out.line(Ink::Good, &Shown::from(said));
    for line in next {
        context.out.line(Ink::Plain, &Shown::from(line));
    }
    Ok(Exit::Done)
}

async fn approval(args: &Approve, context: &Context, conductor: &Conductor) -> Result<(String, Vec<String>), Fault> {
    let brief = conductor.brief().await?;
    let plan = conductor.plan();
    let step = plan.step(&args.step).ok_or_else(|| {
        Fault::usage(format!("the plan has no step {}", args.step)).hint("`flightdeck plan` lists them")
    })?;
    if !brief.is_trusted() {
        let fault =
            Fault::new(Exit::Untrusted, "this plan isn't trusted on this machine, so nothing of it can be approved");
        return Err(fault.hint("`flightdeck trust` shows what it would run and ask"));
    }
    let digest = brief.digest(&args.step).ok_or_else(|| {
        let why = brief.unready(&args.step).unwrap_or("what it would do isn't known").to_owned();
        Fault::new(Exit::Gate, format!("step {} can't be approved yet", args.step)).because(why)
    })?;
    let permanent = brief.is_permanent(&args.step);
    let starts_at_once = matches!(conductor, Conductor::Elsewhere(..));
    if permanent && (starts_at_once || args.consent.plan.is_some()) {
        let word = step.verb.repo().map_or_else(|| step.id.to_string(), ToString::to_string);
        let ask = format!("Step {} is permanent and starts as soon as it is approved. Approve it", step.id);
        let consent = Consent { yes: args.consent.yes || args.consent.plan.is_some(), ..args.consent.clone() };
        let question = Question { ask: &ask, weight: Weight::Permanent { word }, plan: plan.digest() };
        consent.confirm(context.surroundings.person(), &question)?;
    }
    let order = Order::Approve { step: args.step.clone(), digest };
    let said = said(conductor.ask(Command::Decide { decision: order }).await?)?;
    let mut next = brief.actions(&args.step);
    if !starts_at_once {
        let how = if permanent { format!(" --plan {}", plan.digest().short()) } else { String::new() };
        next.push(context.pasteable(&format!("it starts with: flightdeck ship{how}")));
    }
    Ok((said, next))
}

/// Records one order through whoever has the controls.
pub(super) async fn order(context: &Context, order: Order) -> Result<Exit, Fault> {
    asked(context, Command::Decide { decision: order }).await
}

/// Asks one thing of whoever has the controls.
async fn asked(context: &Context, command: Command) -> Result<Exit, Fault> {
    let settings = context.settings()?;
    let mut conductor = Conductor::find(&settings, controls::Conductor::Command).await?;
    if let Command::Decide { decision: Order::Resolve { .. } } | Command::Accept { .. } = command {
        // what the last holder left behind is probed first
        conductor.settle().await;
    }
    let asked = conductor.ask(command).await.and_then(said);
    let brief = conductor.brief().await;
    conductor.leave().await;
    context.out.line(Ink::Good, &Shown::from(asked?));
    if let Some(go_on) = brief.ok().as_ref().and_then(|brief| brief.go_on()) {
        context.out.line(Ink::Plain, &Shown::from(format!("go on with: {}", context.pasteable(go_on))));
    }
    Ok(Exit::Done)
}

pub(super) async fn veto(args: Veto, context: &Context) -> Result<Exit, Fault> {
    order(context, Order::Veto { step: args.step, reason: args.reason }).await
}

pub(super) async fn lift(args: Lift, context: &Context) -> Result<Exit, Fault> {
    order(context, Order::Lift { step: args.step }).await
}

pub(super) async fn hold(args: Hold, context: &Context) -> Result<Exit, Fault> {
    order(context, Order::Hold { reason: args.reason }).await
}

pub(super) async fn resolve(args: Resolve, context: &Context) -> Result<Exit, Fault> {
    let verdict = match args.verdict {
        Is::Present => Verdict::Present,
        Is::Absent => Verdict::Absent,
    };
    order(context, Order::Resolve { step: args.step, verdict, reason: args.reason }).await
}

pub(super) async fn accept(args: Accept, context: &Context) -> Result<Exit, Fault> {
    asked(context, Command::Accept { what: args.item, seen: None, reason: args.reason }).await
}

pub(super) async fn end_soak(args: EndSoak, context: &Context) -> Result<Exit, Fault> {
    order(context, Order::EndSoak { step: args.step, reason: args.reason }).await
}

pub(super) async fn tick(args: Tick, context: &Context) -> Result<Exit, Fault> {
    order(context, Order::Tick { step: args.step, item: args.item }).await
}
