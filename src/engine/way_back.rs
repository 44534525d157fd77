//! The way back of the flag: open in every state, past whatever stands in it, and never overtaken by what it takes back.

use std::pin::pin;
use std::sync::Arc;

use tokio::sync::{oneshot, watch};
use tokio::time::{Duration, Instant, sleep, timeout};

use super::command::Reply;
use super::jobs::{Done, Running, Task};
use super::run::Engine;
use super::state::{LedgerState, Role, Weight};
use super::untold::{Reached, WayBack};
use crate::ledger::controls::{Controls, Seen};
use crate::ledger::trust::TrustFault;
use crate::plan::{Effect, FlagState, Nature, Period, Plan, StepId};
use crate::port::process::Order;
use crate::port::world::{Job, Line, Performed, Prepared, Tried, World};
use crate::rollout::Draft;
use crate::rollout::decide::reopened_by_flag;
use crate::rollout::event::{Direction, Fact, Millis, Trace, Writer};

/// The time that a flag's way back may take at least, besides the plan's budget for reading it back.
const FLAG_LIMIT: Period = Period::seconds(60);
/// How long a step that sets the flag may take to end once it is told to.
const GIVES_WAY: Duration = Duration::from_secs(15);
/// How long a process that was left behind while it set the flag is waited for.
const OUTLIVES: Duration = Duration::from_secs(60);
/// How often it is looked for.
const LOOKS: Duration = Duration::from_millis(500);

impl<W: World> Engine<W> {
    /// The way back is always open: no hold, doubt, changed plan or missing controls stands in it.
    ///
    /// What sets the flag forward at this moment is ended first. A process that an interrupted try has left behind doesn't keep
    /// the flag from going back at once, but is waited for, and the flag put back once more after it: a reply that all read it
    /// says so for good.
    pub(super) fn flag_back(&mut self, to: FlagState, answer: oneshot::Sender<Reply>) {
        let plan = self.flag_plan();
        let from = self.observed.flag.value.as_ref().and_then(|seen| seen.state.clone());
        let trusted = self.trust.is_trusted(plan.digest());
        if let Err(reply) = check_flag_back(&plan, from.as_ref(), &to, trusted) {
            // whoever asked may be gone
            let _ = answer.send(reply);
            return;
        }
        let since = self.now();
        let Some(job) = self.flag_job(plan, &to) else { return };
        let (forward, setters) = (self.forward(), self.setters());
        let world = Arc::clone(&self.world);
        self.jobs.spawn(async move {
            if let Some(forward) = forward {
                // a child that doesn't end in time is found below
                let _ = timeout(GIVES_WAY, forward.closed()).await;
            }
            let performed = set_for_good(&*world, job, setters).await;
            Done::FlagBack { to, from, since, performed, answer }
        });
    }

    /// One try to put the flag into a state beside the plan's steps; none where the plan has no step to show it under.
    pub(super) fn flag_job(&self, plan: Arc<Plan>, to: &FlagState) -> Option<Job> {
        let limit = plan.document().flag.as_ref().map_or(FLAG_LIMIT, |flag| flag.budget().max(FLAG_LIMIT));
        let action = crate::plan::verb::set_flag(plan.document(), to, limit);
        Some(Job {
            key: action.identity.key(plan.id(), 0),
            step: flag_step(&plan)?,
            plan,
            action,
            attempt: 1,
            artifact: None,
            made: None,
            soak: None,
            tried: Tried::Never,
            line: Line(self.line.0.clone()),
            orders: watch::channel(Order::Run).1,
        })
    }

    /// Whether the flag is on its way back, or that is being rehearsed: nothing else starts meanwhile.
    pub(super) fn flag_is_on_its_way(&self) -> bool {
        self.jobs.len() > usize::from(self.work.is_some())
    }

    /// Ends the work that sets the flag, where that is at work; it is over once nobody listens to its orders.
    fn forward(&self) -> Option<watch::Sender<Order>> {
        let sets = |work: &&Running| {
            self.plan.step(&work.step).is_some_and(|step| matches!(step.verb, crate::plan::Verb::Flag(_)))
        };
        let work = self.work.as_ref().filter(sets)?;
        work.orders.send_replace(Order::Cancel);
        Some(work.orders.clone())
    }

    /// The tries to set the flag that never came to an end here: a process of theirs may still be about to.
    fn setters(&self) -> Vec<Job> {
        let mut jobs = Vec::new();
        for step in self.plan.steps() {
            let log = self.rollout.step(&step.id);
            for (nth, action) in (1_u32..).zip(self.compiled(&step.id)) {
                let Some(logged) = log.actions.get(&nth).filter(|logged| logged.state.is_unsettled()) else { continue };
                if !matches!(action.effect, Effect::SetFlag { .. }) {
                    continue;
                }
                let task = Task {
                    step: step.id.clone(),
                    nth,
                    of: log.of,
                    action,
                    generation: self.rollout.generation(&logged.identity),
                    attempt: logged.intent.as_ref().map_or(1, |intent| intent.attempt),
                    key: logged.key.clone(),
                    direction: Direction::Forward,
                    approval: None,
                };
                let (_, orders) = watch::channel(Order::Run);
                jobs.push(self.job(&task, orders));
            }
        }
        jobs
    }

    pub(super) async fn flag_went_back(
        &mut self,
        to: FlagState,
        from: Option<FlagState>,
        since: Millis,
        performed: Performed,
        answer: oneshot::Sender<Reply>,
    ) {
        let took = self.now().saturating_sub(since);
        self.looks.flag(&self.plan);
        let reached = match performed {
            Performed::Ok { evidence } => Reached::Everyone { evidence: evidence.join("; ") },
            Performed::Failed { why, .. } => Reached::NotEveryone { why },
            Performed::LetGo => return,
        };
        let back = WayBack { from, to, at: self.now(), after: None, took, bypassed: self.bypassed(), reached };
        let reply = self.tell(back).await;
        // whoever asked may be gone; the ledger has it
        let _ = answer.send(reply);
    }

    /// Records a way back, or notes it for whoever can. One that didn't reach everyone is kept like one that did, and lets
    /// nothing more start.
    async fn tell(&mut self, back: WayBack) -> Reply {
        let overtaken = reopened_by_flag(&self.plan, &self.rollout, &back.to);
        let recorded = match self.record_or_say(back.clone().fact(overtaken.clone())).await {
            Ok(()) => {
                // one that missed somebody opens nothing again
                if matches!(back.reached, Reached::Everyone { .. }) {
                    self.cut_short(&overtaken);
                }
                Ok(())
            }
            Err(why) => {
                let noted = if self.leave_note(back.clone()).await { ", but noted for it" } else { "" };
                Err(format!("not in the ledger yet{noted}: {why}"))
            }
        };
        let WayBack { to, took, bypassed, reached, .. } = back;
        match reached {
            Reached::Everyone { evidence } => {
                let past = if bypassed.is_empty() { String::new() } else { format!(", past {}", bypassed.join(", ")) };
                Reply::done(match recorded {
                    Ok(()) => format!("the flag is {to} after {}: {evidence}{past}", seconds(took)),
                    Err(untold) => {
                        self.say(Weight::Alarm, format!("the flag is {to}, {untold}"));
                        format!("the flag is {to}: {evidence}{past}; {untold}")
                    }
                })
            }
            Reached::NotEveryone { why } => {
                let said = format!("the flag may not be {to}: {why}; read it with `flightdeck flag`");
                self.say(Weight::Alarm, said.clone());
                Reply::refused(1, recorded.map_or_else(|untold| format!("{said}; {untold}"), |()| said.clone()))
            }
        }
    }

    /// What only watched steps that the way back has opened again is ended: what it sees no longer counts for anything.
    fn cut_short(&self, overtaken: &[StepId]) {
        let watches = |work: &&Running| work.nature == Nature::Observation && overtaken.contains(&work.step);
        if let Some(work) = self.work.as_ref().filter(watches) {
            work.orders.send_replace(Order::Cancel);
        }
    }

    /// Records what was done to the flag where we may write; else why we may not.
    async fn record_or_say(&mut self, fact: Fact) -> Result<(), String> {
        match &self.role {
            Role::Conductor => match self.record(Draft::release(fact)).await {
                Ok(()) => Ok(()),
                // it was read again after the fault: what that found says more than that it could not be written
                Err(fault) => Err(match &self.ledger {
                    LedgerState::Bad { why } => why.clone(),
                    LedgerState::Good { .. } => fault.to_string(),
                }),
            },
            Role::Spectator { .. } => Err(match self.place.as_ref().map(Controls::look) {
                Some(Ok(Seen::HeldBy(holder))) => super::open::held_by(holder.as_ref()),
                Some(Ok(Seen::Free) | Err(_)) | None => "the controls couldn't be taken for it".to_owned(),
            }),
        }
    }

    /// What stood in the way of the way back, and was passed over.
    fn bypassed(&self) -> Vec<String> {
        let mut bypassed = Vec::new();
        bypassed.extend(self.rollout.hold.as_ref().map(|hold| format!("the hold ({})", hold.reason)));
        bypassed.extend(self.rollout.undecided().first().map(|step| format!("step {step} in doubt")));
        if self.plan_has_changed() {
            bypassed.push("the plan's change on disk".to_owned());
        }
        bypassed
    }

    /// The plan whose flag goes back: the last one that was trusted.
    fn flag_plan(&self) -> Arc<Plan> {
        match (&self.plan_in_force, self.is_trusted()) {
            (Some(plan), false) => Arc::clone(plan),
            (Some(_) | None, _) => Arc::clone(&self.plan),
        }
    }
}

/// Sets the flag at once, and again after whatever else could still set it: it may do so before everyone has read it as well as
/// after.
async fn set_for_good<W: World>(world: &W, job: Job, setters: Vec<Job>) -> Performed {
    let (told, orders) = watch::channel(Order::Run);
    let mut first = pin!(world.perform(Job { orders, ..job.clone() }, Prepared::default()));
    let mut others = pin!(outlived(world, setters));
    let (performed, lived) = tokio::select! {
        performed = &mut first => (performed, others.await),
        lived = &mut others => {
            if lived == Ok(Lived::Yes) {
                // what it waits to be read may be overwritten by now
                told.send_replace(Order::Cancel);
            }
            (first.await, lived)
        }
    };
    match lived {
        Ok(Lived::No) => performed,
        Ok(Lived::Yes) => world.perform(job, Prepared::default()).await,
        Err(why) => Performed::Failed { effect: Trace::Unknown, why, tail: Vec::new(), found: None },
    }
}

/// Whether a process that could set the flag was there while it went back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lived {
    Yes,
    No,
}

/// Waits for the processes of interrupted tries; one that doesn't end in time is named.
async fn outlived<W: World>(world: &W, setters: Vec<Job>) -> Result<Lived, String> {
    let until = Instant::now() + OUTLIVES;
    let mut lived = Lived::No;
    for job in setters {
        loop {
            let answer = world.probe(job.clone()).await;
            if answer.writer != Writer::Alive {
                break;
            }
            lived = Lived::Yes;
            if Instant::now() > until {
                let orphans = answer.orphans.unwrap_or_else(|| "a process".to_owned());
                return Err(format!(
                    "an interrupted try of step {} is still at work and may set it again ({orphans}): end it, then `flightdeck flag off` once more",
                    job.step
                ));
            }
            sleep(LOOKS).await;
        }
    }
    Ok(lived)
}

/// The step whose outputs the flag's way back is shown under: the first flag step, else the last step.
fn flag_step(plan: &Plan) -> Option<StepId> {
    let is_flag = |step: &&crate::plan::Step| matches!(step.verb, crate::plan::Verb::Flag(_));
    plan.steps().iter().find(is_flag).or_else(|| plan.steps().last()).map(|step| step.id.clone())
}

fn check_flag_back(
    plan: &Plan,
    from: Option<&FlagState>,
    to: &FlagState,
    trusted: Result<bool, TrustFault>,
) -> Result<(), Reply> {
    let flag = plan.document().flag.as_ref().ok_or_else(|| Reply::refused(2, "the plan has no flag"))?;
    let rank = |state: &FlagState| flag.states.iter().position(|s| s == state);
    let states: Vec<_> = flag.states.iter().map(FlagState::as_str).collect();
    let Some(target) = rank(to) else {
        return Err(Reply::refused(2, format!("{to} is not a state of the flag: {}", states.join(", "))));
    };
    if !trusted.map_err(|fault| Reply::refused(7, fault.to_string()))? {
        return Err(Reply::refused(
            7,
            "this plan was never trusted on this machine: `flightdeck trust` shows what it would run",
        ));
    }
    // a flag that can't be read may be anywhere: going to the first state is never forward
    let forward = target > 0 && from.and_then(rank).is_none_or(|now| target > now);
    if forward {
        return Err(Reply::refused(
            4,
            format!("the flag only goes back by hand; forward to {to} is a step of the plan"),
        ));
    }
    Ok(())
}

/// A short time to a tenth of a second.
fn seconds(millis: Millis) -> String {
    format!("{}.{} s", millis / 1000, millis % 1000 / 100)
}
