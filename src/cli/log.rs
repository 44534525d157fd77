//! `flightdeck log`: the ledger, event by event, and whether it can be believed.

use super::exit::Exit;
use super::fault::Fault;
use super::out::Ink;
use super::reading::Reading;
use super::{Context, words};
use crate::engine::reader::Account;
use crate::port::watch::{Target, Watch};
use crate::rollout::{Event, Fact};
use crate::shown::Shown;

/// Shows the ledger: everything that was decided, tried and found
///
/// The order is the chain's; the times are what the writers' clocks said. With --json one event is one line.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 · 8 the ledger is rewritten, forked or unreadable\n\nExample: flightdeck log --json | jq -r .kind"
)]
pub(super) struct Args {
    /// Print each event as one line of JSON
    #[arg(long)]
    json: bool,
    /// Go on as events are added
    #[arg(long, short)]
    follow: bool,
    /// Check the chain and every invariant, and say only whether they hold
    #[arg(long, conflicts_with = "follow")]
    verify: bool,
}

pub(super) async fn run(args: &Args, context: &Context) -> Result<Exit, Fault> {
    let reading = Reading::of(&context.settings()?)?;
    if args.verify {
        return verify(args, context, &reading);
    }
    let mut account = Account::default();
    let print = |event: &Event| print(args, context, event);
    if args.follow {
        return follow(&reading, account, print).await;
    }
    reading.reader.read_on(&mut account, &mut |event| print(event));
    sound(&reading.account)?;
    Ok(Exit::Done)
}

fn sound(account: &Account) -> Result<(), Fault> {
    let Some(unsound) = &account.unsound else { return Ok(()) };
    Err(Fault::new(Exit::Ledger, "the ledger can be looked at, but not acted on").because(unsound))
}

fn verify(args: &Args, context: &Context, reading: &Reading) -> Result<Exit, Fault> {
    let account = &reading.account;
    let count = account.rollout.seq;
    let head = account.head.as_ref().map_or("nothing", |head| head.short());
    if args.json {
        let said = serde_json::json!({
            "schema": 1, "ok": account.unsound.is_none(), "events": count, "head": account.head.as_ref().map(ToString::to_string),
            "why": account.unsound.as_ref().map(ToString::to_string),
        });
        context.out.json(&said)?;
        return Ok(if account.unsound.is_some() { Exit::Ledger } else { Exit::Done });
    }
    sound(account)?;
    let said = format!("{count} events, one chain up to {head}; every invariant holds");
    context.out.line(Ink::Good, &Shown::from(said));
    Ok(Exit::Done)
}

/// Prints what is there, then what is added, until it is interrupted. What can't be told by file events isn't told.
async fn follow(reading: &Reading, mut account: Account, print: impl Fn(&Event)) -> Result<Exit, Fault> {
    let file = reading.place.ledger_ref(reading.plan.id());
    let blind = |why: String| Fault::failed("the ledger can't be followed").because(why);
    let mut watch = Watch::new(vec![Target::File(file)]).map_err(|fault| blind(fault.to_string()))?;
    loop {
        reading.reader.read_on(&mut account, &mut |event| print(event));
        sound(&account)?;
        watch.next().await;
    }
}

fn print(args: &Args, context: &Context, event: &Event) {
    if args.json {
        // an event came from JSON, so it can be JSON again
        let _ = context.out.json_line(event);
        return;
    }
    let weighty = matches!(event.draft.fact, Fact::Held { .. } | Fact::Vetoed { .. } | Fact::ApprovalVoided { .. });
    let ink = if weighty { Ink::Warning } else { Ink::Plain };
    let line = format!("{:>4}  {}  {}  {}", event.seq, words::when(event.at), event.actor, words::event(event));
    context.out.line(ink, &Shown::from(line));
}
