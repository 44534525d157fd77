//! `flightdeck ship --dry-run`: every command that a ship would run, read from plan and ledger alone. Nothing runs, nothing is
//! asked, nothing is written.

use super::super::Context;
use super::super::candidate;
use super::super::exit::Exit;
use super::super::fault::Fault;
use super::super::out::{Ink, Out};
use super::super::reading::Reading;
use crate::engine::{Settings, open};
use crate::plan::check::Question;
use crate::plan::{Action, Check, Command, Confirm, Effect, Gate, Mode, Plan, Reach, Step};
use crate::rollout::approval::reach;
use crate::rollout::needs::{Span, open_steps};
use crate::rollout::observed::Observed;
use crate::rollout::state::{is_approved, repin_to_come};
use crate::rollout::status::{Session, command_of, status};
use crate::shown::Shown;

pub(super) fn run(args: &super::Args, context: &Context, settings: &Settings) -> Result<Exit, Fault> {
    let reading = Reading::of(settings)?;
    let (plan, rollout, out) = (&*reading.plan, &reading.account.rollout, context.out);
    if let Some(unsound) = &reading.account.unsound {
        return Err(Fault::new(Exit::Ledger, "nothing starts from a ledger that can't be believed").because(unsound));
    }
    if let Some(step) = args.until.as_ref().filter(|id| plan.step(id).is_none()) {
        return Err(Fault::usage(format!("the plan has no step {step}")).hint("`flightdeck plan` lists them"));
    }
    let mut candidates = candidate::all_at_head(plan, &open::root(settings, plan));
    candidates.extend(rollout.candidates.clone());
    let steps = open_steps(plan, rollout, Span { from: None, until: args.until.as_ref() });
    if steps.is_empty() {
        out.line(Ink::Plain, &Shown::fixed("nothing would start"));
    } else {
        out.line(Ink::Strong, &Shown::fixed("would start, in this order, as far as the gates hold:"));
    }
    if plan.repos().iter().any(|repo| !rollout.candidates.contains_key(&repo.name)) {
        let said = "not everything is frozen: what isn't is shown at the head of its release branch";
        out.line(Ink::Warning, &Shown::fixed(said));
    }
    for step in steps {
        let asks = if is_approved(rollout, &step.id) {
            ""
        } else if plan.document().release.mode == Mode::Quick && step.confirm == Confirm::Once {
            ", after you approve the train"
        } else {
            ", after you approve it"
        };
        let compiled = plan.compile(step, &candidates);
        let reach = reach(compiled.as_deref().unwrap_or_default());
        let ink = if reach == Reach::Permanent { Ink::Warning } else { Ink::Plain };
        let number = plan.number(&step.id).unwrap_or(0);
        out.line(ink, &Shown::from(format!("{number} {} · {} — {reach}{asks}", step.id, step.title)));
        gates(out, plan, step);
        if let Some(repin) = repin_to_come(plan, rollout, step) {
            out.line(Ink::Dim, &Shown::from(format!("    at the commit that step {repin} makes on top")));
        }
        match &compiled {
            Ok(actions) => actions.iter().for_each(|act| action(out, plan, act)),
            Err(why) => out.line(Ink::Warning, &Shown::from(format!("    not yet known: {why}"))),
        }
    }
    let session = Session { trusted: reading.trusted, ..Session::default() };
    let standing = status(plan, rollout, &Observed::default(), &session);
    out.line(Ink::Plain, &Shown::from(format!("waiting for {}", standing.waiting_for)));
    Ok(Exit::Done)
}

fn gates(out: Out, plan: &Plan, step: &Step) {
    for gate in &step.gates {
        let test = if let Gate::Tests(_) = gate {
            step.verb.repo().and_then(|repo| plan.repo(repo)?.test.as_ref())
        } else {
            None
        };
        let test = test.map(|argv| format!(": $ {argv}")).unwrap_or_default();
        out.line(Ink::Dim, &Shown::from(format!("    if {}{test}", gate.wants())));
    }
}

fn action(out: Out, plan: &Plan, action: &Action) {
    out.line(Ink::Plain, &Shown::from(format!("    {}", action.title)));
    for line in commands(plan, &action.effect) {
        out.line(Ink::Dim, &Shown::from(format!("      {line}")));
    }
}

/// Each thing that an effect runs or asks, in its order.
fn commands(plan: &Plan, effect: &Effect) -> Vec<String> {
    let run = |command: &Command| format!("$ {}", command.argv);
    match effect {
        Effect::Publish { build, upload, .. } => build.iter().chain([upload]).map(run).collect(),
        Effect::Repin { pins, .. } => pins.iter().filter_map(|pin| pin.lock.as_ref()).map(run).collect(),
        Effect::Smoke { checks, commands } | Effect::Soak { checks, commands, .. } => {
            let asked = checks.iter().filter_map(address_of).map(|address| format!("GET {address}"));
            asked.chain(commands.iter().flatten().map(run)).collect()
        }
        Effect::SetFlag { state } => {
            let set = plan.document().flag.as_ref().and_then(|flag| flag.set.as_ref());
            let words = crate::plan::Words::default().with("flag.state", state.as_str());
            set.map(|argv| format!("$ {}", argv.fill_known(&words))).into_iter().collect()
        }
        Effect::Advance { .. }
        | Effect::Push { .. }
        | Effect::Run { .. }
        | Effect::Suite { .. }
        | Effect::Dispatch { .. }
        | Effect::Resolve { .. }
        | Effect::Await { .. }
        | Effect::Confirm { .. }
        | Effect::Tag { .. } => command_of(effect).map(|line| format!("$ {line}")).into_iter().collect(),
    }
}

fn address_of(check: &Check) -> Option<&str> {
    match &check.question {
        Question::Http { http, .. } => Some(http),
        Question::Command { .. } => None,
    }
}
