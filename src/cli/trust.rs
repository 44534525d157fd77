//! `flightdeck trust`: shows every command, address and secret of a plan, and allows them for this user on this machine.

mod contents;

use super::Context;
use super::confirm::{Consent, Question, Weight};
use super::exit::Exit;
use super::fault::{Fault, said};
use super::out::{Ink, Out};
use super::reading::Reading;
use super::session::{Conductor, Running};
use crate::config::{self, diff};
use crate::engine::{Command, Purpose};
use crate::ledger::controls;
use crate::plan::Digest;
use crate::shown::Shown;

/// Shows what this plan would run and ask, and allows it on this machine
///
/// Before it, nothing of the plan runs and no address is asked. Trust is yours, on this machine, for exactly this plan: it is
/// void as soon as the plan changes. Where the ledger knows another plan, what changed is shown and taken over with it.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 · 3 not confirmed · 4 a step that has started was changed · 5 the plan changed meanwhile\n\nExample: flightdeck trust --yes"
)]
pub(super) struct Args {
    #[command(flatten)]
    consent: Consent,
}

pub(super) async fn run(args: &Args, context: &Context) -> Result<Exit, Fault> {
    let settings = context.settings()?;
    let reading = Reading::of(&settings)?;
    contents::print(context.out, &reading.plan);
    changes(context.out, &reading);
    let digest = reading.plan.digest();
    context.out.line(Ink::Strong, &Shown::from(format!("plan {digest}")));
    if reading.trusted && !is_replanned(&reading) {
        context.out.line(Ink::Good, &Shown::fixed("this plan is trusted on this machine already"));
        return Ok(Exit::Done);
    }
    let question = Question {
        ask: "Allow this plan to run these commands and ask these addresses, on this machine, as you",
        weight: Weight::Light,
        plan: digest,
    };
    args.consent.confirm(context.surroundings.person(), &question)?;
    let conductor = match Conductor::find(&settings, controls::Conductor::Command).await {
        // trust is local: it needs no controls
        Err(fault) if fault.exit == Exit::Elsewhere => {
            Conductor::Here(Box::new(Running::start(&settings, Purpose::Look)?))
        }
        found => found?,
    };
    let asked = trust(&conductor, digest).await;
    conductor.leave().await;
    context.out.line(Ink::Good, &Shown::from(asked?));
    Ok(Exit::Done)
}

async fn trust(conductor: &Conductor, shown: &Digest) -> Result<String, Fault> {
    said(conductor.ask(Command::Trust { digest: shown.clone() }).await?)
}

fn is_replanned(reading: &Reading) -> bool {
    reading.account.rollout.plan_digest.as_ref().is_some_and(|digest| digest != reading.plan.digest())
}

/// What changed since the plan that the ledger knows.
fn changes(out: Out, reading: &Reading) {
    if !is_replanned(reading) {
        return;
    }
    out.line(Ink::Strong, &Shown::fixed("changed since the plan that the ledger knows:"));
    let before = reading.reader.plan_bytes().and_then(|bytes| config::load(&bytes, "the ledger's release.toml").ok());
    let Some(before) = before else {
        out.line(
            Ink::Warning,
            &Shown::fixed("  the plan in the ledger can't be read by this build: look at all of it"),
        );
        return;
    };
    for line in diff::difference(before.plan.document(), reading.plan.document()).lines {
        out.line(Ink::Warning, &Shown::from(format!("  {line}")));
    }
}
