//! `flightdeck ship` and `resume`: runs what is approved until it needs the owner, fails or ends.

mod answers;
mod dry;
pub(super) mod follow;
mod interrupts;
mod stop;

use std::time::Duration;

use super::Context;
use super::confirm::{Consent, Question, Weight};
use super::exit::{Exit, Standing};
use super::fault::{Fault, said, unheard};
use super::out::Ink;
use super::session::{Conductor, Running, held};
use crate::engine::{Command, Drive, Leave, Purpose, Reply, Role, Settings, State};
use crate::ledger::controls;
use crate::plan::{Confirm, Mode, Reach, StepId};
use crate::rollout::status::StepStatus;
use crate::rollout::{Next, Order};
use crate::shown::Shown;

use follow::{Ending, Follow};
use interrupts::Interrupts;

/// How long an order may take to show in the state.
const SHOWS: Duration = Duration::from_secs(5);

/// Runs what is approved, until it needs the owner, fails or ends
///
/// In mode careful it runs the steps that you approved and stops at the next one. In mode quick it shows the whole train,
/// asks once and runs it. A veto, an unmet gate, an unticked checklist or anything in doubt stops it, whatever was approved;
/// a soak is waited for. Every stop says what is live, what failed, why, and the one command that goes on.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "ctrl-c asks what becomes of what runs, and nothing more starts behind the question; without a terminal it ends like a \
hang-up or a termination: what runs may end, nothing more starts.\n\n\
Exit status: 0 shipped · 1 a step failed · 3 waiting for you · 4 vetoed or held · 5 in doubt, in conflict or drifted · 6 someone \
else has the controls · 7 not trusted · 8 the ledger can't be believed · 9 a gate isn't met · 10 waiting for time · 128+n ended by signal n\n\n\
Example: flightdeck approve consent && flightdeck ship --yes"
)]
pub(super) struct Args {
    /// Stop after this step
    #[arg(long, value_name = "STEP")]
    until: Option<StepId>,
    /// Only show what would happen, with every command; nothing runs, nothing is asked, nothing is written
    #[arg(long)]
    dry_run: bool,
    /// Don't wait for time: stop with exit status 10 at a soak, a propagation, a rate limit or what others bring
    #[arg(long)]
    no_wait: bool,
    #[command(flatten)]
    consent: Consent,
}

/// Lets a held release go on, and ships
///
/// What failed must be approved afresh; what is in doubt must be resolved first. Then it goes on as `ship` does.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status: as ship\n\nExample: flightdeck resume --yes")]
pub(super) struct ResumeArgs {
    /// Stop after this step
    #[arg(long, value_name = "STEP")]
    until: Option<StepId>,
    /// Don't wait for time: stop with exit status 10 at a soak, a propagation, a rate limit or what others bring
    #[arg(long)]
    no_wait: bool,
    #[command(flatten)]
    consent: Consent,
}

pub(super) async fn run(args: &Args, context: &Context) -> Result<Exit, Fault> {
    let settings = context.settings()?;
    if args.dry_run {
        return dry::run(args, context, &settings);
    }
    let mut running = take(&settings).await?;
    let state = judged_again(&mut running).await;
    go(args, context, running, &state).await
}

/// A gate that wasn't met when it was last judged may hold by now: whoever ships again asks for that.
async fn judged_again(running: &mut Running) -> std::sync::Arc<State> {
    let state = running.settle().await;
    if !matches!(state.next, Next::Unmet(_)) || !state.status.trusted {
        return state;
    }
    let seq = state.status.seq;
    if let Reply::Done { .. } = running.handle.ask(Command::Judge).await {
        running.until(SHOWS, |state| state.work.is_none() && state.status.seq > seq).await;
    }
    running.settle().await
}

pub(super) async fn resume(args: ResumeArgs, context: &Context) -> Result<Exit, Fault> {
    let settings = context.settings()?;
    let ship = Args { until: args.until, dry_run: false, no_wait: args.no_wait, consent: args.consent };
    let mut running = match take(&settings).await {
        Err(fault) if fault.exit == Exit::Elsewhere => return resume_elsewhere(&ship, context, &settings).await,
        taken => taken?,
    };
    let mut state = running.settle().await;
    if state.status.hold.is_some() && matches!(state.next, Next::Resume) {
        if let Err(fault) = may_resume(&ship, context, &state) {
            running.leave(Leave::Wait).await;
            return Err(fault);
        }
        let reply = running.handle.ask(Command::Decide { decision: Order::Resume }).await;
        match said(reply) {
            Ok(said) => context.out.tell(Ink::Plain, &Shown::from(said)),
            Err(fault) => {
                running.leave(Leave::Wait).await;
                return Err(fault);
            }
        }
        running.until(SHOWS, |state| state.status.hold.is_none()).await;
        state = judged_again(&mut running).await;
    }
    go(&ship, context, running, &state).await
}

fn going(args: &Args) -> Command {
    match &args.until {
        Some(step) => Command::GoUntil { step: step.clone() },
        None => Command::Go,
    }
}

fn may_resume(args: &Args, context: &Context, state: &State) -> Result<(), Fault> {
    if let Some(hold) = &state.status.hold {
        context.out.line(Ink::Warning, &Shown::from(format!("on hold: {hold}")));
    }
    // what starts then is confirmed by itself
    let question = Question { ask: "Let the release go on", weight: Weight::Light, plan: state.plan.digest() };
    args.consent.confirm(context.surroundings.person(), &question)
}

/// A conductor runs already: it is told to go on.
async fn resume_elsewhere(args: &Args, context: &Context, settings: &Settings) -> Result<Exit, Fault> {
    let conductor = Conductor::find(settings, controls::Conductor::Command).await?;
    let brief = conductor.brief().await?;
    let plan = conductor.plan();
    if let Some(step) = args.until.as_ref().filter(|step| plan.step(step).is_none()) {
        return Err(Fault::usage(format!("the plan has no step {step}")).hint("`flightdeck plan` lists them"));
    }
    let word = plan.id().to_string();
    let weight = if brief.starts_what_is_permanent() { Weight::Permanent { word } } else { Weight::Light };
    let question = Question { ask: "Let the running conductor go on", weight, plan: plan.digest() };
    args.consent.confirm(context.surroundings.person(), &question)?;
    if brief.hold().is_some() {
        said(conductor.ask(Command::Decide { decision: Order::Resume }).await?)?;
    }
    let said = said(conductor.ask(going(args)).await?);
    conductor.leave().await;
    context.out.line(Ink::Good, &Shown::from(said?));
    Ok(Exit::Done)
}

/// Takes the controls for as long as it ships. A command that has them for a moment is waited for; a conductor isn't.
async fn take(settings: &Settings) -> Result<Running, Fault> {
    for _ in 0..20 {
        let mut running = Running::start(settings, Purpose::Conduct(controls::Conductor::Ship))?;
        if matches!(running.role, Role::Conductor) {
            running.listen()?;
            return Ok(running);
        }
        let place = running.place.clone();
        let briefly = matches!(
            controls::Controls::look(&place),
            Ok(controls::Seen::HeldBy(Some(controls::Holder { what: controls::Conductor::Command, .. }))
                | controls::Seen::Free)
        );
        running.leave(Leave::Wait).await;
        if !briefly {
            return Err(held(&place));
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    Err(Fault::new(Exit::Elsewhere, "another command has the controls and doesn't end"))
}

/// Confirms what would start, starts it, follows it, and says where it stopped.
async fn go(args: &Args, context: &Context, mut running: Running, state: &State) -> Result<Exit, Fault> {
    let mut follow = Follow::new(context, state);
    let ending = match start(args, context, &mut running, state).await {
        Ok(Started::Nothing) => Ending::stands(),
        Ok(Started::Going(mut signals)) => follow.until_it_stops(&mut running, &mut signals, args.no_wait.into()).await,
        Err(fault) => {
            running.leave(Leave::Wait).await;
            return Err(fault);
        }
    };
    let last = running.leave(ending.leave).await;
    follow.tell(&last);
    let exit = match ending.exit {
        // it was asked to end, and had done all that it was to do
        Some(Exit::Signalled(_)) if last.status.release.shipped || until_is_done(args, &last) => Exit::Done,
        Some(exit) => exit,
        None if until_is_done(args, &last) => Exit::Done,
        None => Standing::of(&last).exit(),
    };
    stop::print(context, &last, exit);
    Ok(exit)
}

fn until_is_done(args: &Args, state: &State) -> bool {
    let done = |id: &StepId| state.status.steps.iter().any(|step| step.id == *id && step.state.is_done());
    args.until.as_ref().is_some_and(done)
}

enum Started {
    /// Whoever follows it hears the signals.
    Going(Interrupts),
    Nothing,
}

async fn start(args: &Args, context: &Context, running: &mut Running, state: &State) -> Result<Started, Fault> {
    if let Some(step) = &args.until
        && state.plan.step(step).is_none()
    {
        return Err(Fault::usage(format!("the plan has no step {step}")).hint("`flightdeck plan` lists them"));
    }
    let train = wants_train(state);
    let starting = starting(args, state);
    let may_start =
        state.status.trusted && (matches!(state.next, Next::Act { .. } | Next::Ship) || (train && can_ask(state)));
    if !may_start || (starting.is_empty() && !matches!(state.next, Next::Ship)) || until_is_done(args, state) {
        return Ok(Started::Nothing);
    }
    show(context, &starting);
    let permanent = starting.iter().any(|step| step.reversibility == Reach::Permanent);
    let word = state.status.release.id.clone();
    let weight = if permanent { Weight::Permanent { word } } else { Weight::Light };
    let ask = if train { "Approve and start this train" } else { "Start what is approved" };
    args.consent.confirm(context.surroundings.person(), &Question { ask, weight, plan: state.plan.digest() })?;
    // not before: ctrl-c at the question whether it starts ends the command
    let signals = Interrupts::listen(&running.handle).map_err(unheard)?;
    if train {
        let unready =
            || Fault::new(Exit::Gate, "the train can't be approved yet").because("a step of it can't be compiled");
        let digest = state.train_digest.clone().ok_or_else(unready)?;
        said(running.handle.ask(Command::Decide { decision: Order::ApproveTrain { digest } }).await)?;
    }
    match running.handle.ask(going(args)).await {
        Reply::Done { .. } => {}
        reply @ (Reply::Refused { .. } | Reply::Status { .. }) => drop(said(reply)?),
    }
    // a state from before the order would look like a stop
    let seq = state.status.seq;
    running.until(SHOWS, |state| state.drive == Drive::Going || state.status.seq > seq + 1).await;
    Ok(Started::Going(signals))
}

/// Whether the owner can be asked for the whole train: nothing else is waited for first.
fn can_ask(state: &State) -> bool {
    match state.next {
        Next::Approve(_) | Next::Act { .. } | Next::Judge(_) => true,
        Next::Freeze(_)
        | Next::Decide(_)
        | Next::OutOfOrder(_)
        | Next::Resume
        | Next::Lift(_)
        | Next::Tick(_)
        | Next::Unmet(_)
        | Next::Busy(..)
        | Next::Unready(..)
        | Next::Ship
        | Next::Nothing => false,
    }
}

/// Whether the train is what would be approved: mode quick, and the step that waits is one of it.
fn wants_train(state: &State) -> bool {
    let quick = match state.status.release.mode {
        Mode::Quick => true,
        Mode::Careful => false,
    };
    let waits = match &state.next {
        Next::Approve(step) => state.plan.step(step).is_some_and(|step| step.confirm == Confirm::Once),
        _ => false,
    };
    quick && waits
}

/// The steps that would start, in their order.
fn starting<'a>(args: &Args, state: &'a State) -> Vec<&'a StepStatus> {
    let train = wants_train(state);
    let mut found = Vec::new();
    for step in &state.status.steps {
        let in_train = train && state.plan.step(&step.id).is_some_and(|step| step.confirm == Confirm::Once);
        if !step.state.is_done() && (step.approval.is_some() || in_train) {
            found.push(step);
        }
        // an approval of the train covers what lies behind it as well
        if !train && args.until.as_ref() == Some(&step.id) {
            break;
        }
    }
    found
}

fn show(context: &Context, starting: &[&StepStatus]) {
    for step in starting {
        let ink = if step.reversibility == Reach::Permanent { Ink::Warning } else { Ink::Plain };
        let line = format!("{} {} · {} — {}", step.number, step.id, step.title, step.reversibility);
        context.out.tell(ink, &Shown::from(line));
        for action in &step.actions {
            let what = action.command.as_ref().map_or_else(|| action.title.clone(), |command| format!("$ {command}"));
            context.out.tell(Ink::Dim, &Shown::from(format!("    {what}")));
        }
    }
}
