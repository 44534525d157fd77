//! Work that runs beside the loop: readying, performing, probing, judging. A worker only reports; the loop records.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{oneshot, watch};

use super::command::Reply;
use super::run::Engine;
use super::state::Weight;
use crate::plan::need::Need;
use crate::plan::{Action, Digest, FlagState, Gate, Key, Nature, Reach, RepoName, Sha, StepId};
use crate::port::process::Order;
use crate::port::world::{Answer, Frozen, GateJob, Job, Judged, Performed, Prepared, Tried, Unfit, World};
use crate::rollout::Millis;
use crate::rollout::event::Direction;
use crate::rollout::out_of_order::Item;

/// What is at work. At most one thing is, but for the flag's way back.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) step: StepId,
    pub(super) title: String,
    pub(super) since: Millis,
    pub(super) nature: Nature,
    pub(super) orders: watch::Sender<Order>,
}

/// What a worker reports.
#[derive(Debug)]
pub(super) enum Done {
    /// The gates of a step were judged.
    Judged { step: StepId, judged: Vec<(u32, Judged, Option<Digest>)> },
    /// An action was readied, after the gates that are judged at the start.
    Readied { task: Task, gates: Vec<(u32, Judged, Option<Digest>)>, prepared: Result<Prepared, Unfit> },
    /// An action ended.
    Performed { task: Task, performed: Performed },
    /// An effect in doubt was asked for.
    Probed { task: Task, answer: Answer },
    /// The probes of a step whose effects were out of order have answered.
    Proved {
        item: Box<Item>,
        reason: String,
        proved: Result<Vec<(Task, Answer)>, String>,
        answer: oneshot::Sender<Reply>,
    },
    /// The way back of the flag was rehearsed, or couldn't be.
    Rehearsed { flag: Digest, since: Millis, performed: Performed, answer: oneshot::Sender<Reply> },
    /// The flag went back, or didn't.
    FlagBack {
        to: FlagState,
        from: Option<FlagState>,
        since: Millis,
        performed: Performed,
        answer: oneshot::Sender<Reply>,
    },
}

/// One action on its way.
#[derive(Debug, Clone)]
pub(super) struct Task {
    pub(super) step: StepId,
    pub(super) nth: u32,
    pub(super) of: u32,
    pub(super) action: Action,
    pub(super) key: Key,
    pub(super) generation: u32,
    pub(super) attempt: u32,
    pub(super) direction: Direction,
    pub(super) approval: Option<Digest>,
}

impl<W: World> Engine<W> {
    pub(super) fn begin(&mut self, step: &StepId, title: String, nature: Nature) -> watch::Receiver<Order> {
        let (orders, receiver) = watch::channel(Order::Run);
        self.work = Some(Running { step: step.clone(), title, since: self.now(), nature, orders });
        receiver
    }

    pub(super) fn job(&self, task: &Task, orders: watch::Receiver<Order>) -> Job {
        let log = self.rollout.step(&task.step);
        let intent = log.action(&task.key).and_then(|action| action.intent.as_ref());
        Job {
            plan: Arc::clone(&self.plan),
            step: task.step.clone(),
            action: task.action.clone(),
            key: task.key.clone(),
            attempt: task.attempt,
            artifact: intent.and_then(|intent| intent.artifact.clone()),
            made: intent.and_then(|intent| intent.made.clone()),
            soak: log.soak.clone(),
            tried: if intent.is_some() { Tried::Before } else { Tried::Never },
            line: self.line.clone(),
            orders,
        }
    }

    fn gate_jobs(&self, step: &StepId, indices: &[u32], orders: &watch::Receiver<Order>) -> Vec<GateJob> {
        let repo = self.plan.step(step).and_then(|step| step.verb.repo());
        let subject = repo.and_then(|repo| Some((repo.clone(), self.rollout.candidates.get(repo)?.ship_sha().clone())));
        let needs = |index: u32| {
            let gates = self.plan.step(step).map(|step| step.gates.as_slice()).unwrap_or_default();
            let gate = usize::try_from(index).ok().and_then(|index| gates.get(index));
            if let Some(Gate::Preflight(_)) = gate { self.needs_from(step) } else { Vec::new() }
        };
        let job = |index: &u32| GateJob {
            plan: Arc::clone(&self.plan),
            step: step.clone(),
            index: *index,
            needs: needs(*index),
            subject: subject.clone(),
            ships: self.ships(),
            candidates: self.rollout.candidates.clone(),
            before: self.rollout.step(step).gates.get(index).cloned(),
            line: self.line.clone(),
            orders: orders.clone(),
        };
        indices.iter().map(job).collect()
    }

    /// The commits that ship, as far as they are known.
    pub(super) fn ships(&self) -> BTreeMap<RepoName, Sha> {
        let candidates = self.rollout.candidates.iter();
        candidates.map(|(repo, candidate)| (repo.clone(), candidate.ship_sha().clone())).collect()
    }

    /// What a step and every later one that isn't done will need, with what is known of the repository it is about.
    fn needs_from(&self, step: &StepId) -> Vec<(Need, Frozen)> {
        let frozen = |need: &Need| match need.what.repo() {
            Some(repo) => Frozen {
                candidate: self.rollout.candidates.get(repo).cloned(),
                artifacts: self.rollout.artifacts_of(&self.plan, repo),
                ..Frozen::default()
            },
            None => Frozen::default(),
        };
        let needs = crate::rollout::needs::needs_from(&self.plan, &self.rollout, step);
        needs
            .into_iter()
            .map(|need| {
                let frozen = frozen(&need);
                (need, frozen)
            })
            .collect()
    }

    /// Judges all gates of a step, for the owner to see before deciding.
    pub(super) fn start_judging(&mut self, step: &StepId) {
        let Some(gates) = self.plan.step(step).map(|step| step.gates.len()) else { return };
        let all: Vec<u32> = (0..u32::try_from(gates).unwrap_or(u32::MAX)).collect();
        let orders = self.begin(step, "judging the gates".to_owned(), Nature::Observation);
        let judging = self.judging(step, &all, &orders);
        let step = step.clone();
        self.jobs.spawn(async move { Done::Judged { step, judged: judging.await } });
    }

    fn judging(
        &self,
        step: &StepId,
        indices: &[u32],
        orders: &watch::Receiver<Order>,
    ) -> impl Future<Output = Vec<(u32, Judged, Option<Digest>)>> + Send + use<W> {
        let known: Vec<_> = indices.iter().map(|index| self.known_gate(step, *index)).collect();
        let jobs = self.gate_jobs(step, indices, orders);
        let world = Arc::clone(&self.world);
        async move {
            let mut judged = Vec::new();
            for (job, (known, subject)) in jobs.into_iter().zip(known) {
                let index = job.index;
                let verdict = match known {
                    Some(verdict) => verdict,
                    None => world.judge(job).await,
                };
                judged.push((index, verdict, subject));
            }
            judged
        }
    }

    /// Readies an action: gates that are judged at the start first, then whatever its world needs, which may be a long
    /// build; then, in the instant before it becomes public for good, the flag once more.
    pub(super) fn start_readying(&mut self, task: Task, gates: &[u32]) {
        let orders = self.begin(&task.step, format!("readying: {}", task.action.title), Nature::Observation);
        let judging = self.judging(&task.step, gates, &orders);
        let at_last = self.judging(&task.step, &self.asked_at_last(&task), &orders);
        let job = self.job(&task, orders);
        let world = Arc::clone(&self.world);
        self.jobs.spawn(async move {
            let mut gates = judging.await;
            let unmet = |gates: &[(u32, Judged, Option<Digest>)]| gates.iter().any(|(_, judged, _)| !judged.holds);
            if unmet(&gates) {
                let unfit = Unfit::from("a gate isn't met".to_owned());
                return Done::Readied { task, gates, prepared: Err(unfit) };
            }
            let prepared = world.prepare(job).await;
            if prepared.is_ok() {
                let again = at_last.await;
                gates.retain(|(index, _, _)| !again.iter().any(|(other, _, _)| other == index));
                gates.extend(again);
            }
            Done::Readied { task, gates, prepared }
        });
    }

    /// The flag's gates of an action that can't be taken back.
    fn asked_at_last(&self, task: &Task) -> Vec<u32> {
        let gates = self.plan.step(&task.step).map(|step| step.gates.as_slice()).unwrap_or_default();
        let flag = (0..).zip(gates).filter(|(_, gate)| matches!(gate, Gate::Flag(_))).map(|(index, _)| index);
        if task.action.reach == Reach::Permanent { flag.collect() } else { Vec::new() }
    }

    /// Performs an action whose intent is durable.
    pub(super) fn start_performing(&mut self, task: Task, prepared: Prepared) {
        let orders = self.begin(&task.step, task.action.title.clone(), task.action.effect.nature());
        self.untold_run = None;
        let job = self.job(&task, orders);
        let world = Arc::clone(&self.world);
        self.jobs.spawn(async move { Done::Performed { performed: world.perform(job, prepared).await, task } });
    }

    /// Asks whether an effect in doubt is there.
    pub(super) fn start_probing(&mut self, task: Task) {
        let orders = self.begin(&task.step, format!("asking: {}", task.action.title), Nature::Observation);
        let job = self.job(&task, orders);
        let world = Arc::clone(&self.world);
        self.jobs.spawn(async move { Done::Probed { answer: world.probe(job).await, task } });
    }

    /// Takes in what a worker reports. A worker that panicked is told like one that can't say how it ended.
    pub(super) async fn finish(&mut self, done: Result<Done, tokio::task::JoinError>) {
        // what a worker told before it ended comes before its end
        while let Ok(signal) = self.signals.try_recv() {
            self.hear(signal).await;
        }
        match done {
            Ok(Done::FlagBack { to, from, since, performed, answer }) => {
                self.flag_went_back(to, from, since, performed, answer).await;
            }
            Ok(Done::Rehearsed { flag, since, performed, answer }) => {
                self.rehearsed(flag, since, performed, answer).await;
            }
            Ok(done) => {
                self.work = None;
                self.observed.waits.clear();
                self.take_in(done).await;
            }
            Err(panic) => {
                self.work = None;
                self.drive = super::state::Drive::Parked;
                self.say(Weight::Alarm, format!("flightdeck has a bug: a worker ended without an answer ({panic})"));
                self.lost_worker().await;
            }
        }
    }

    async fn take_in(&mut self, done: Done) {
        if self.leaving.is_some() && !matches!(done, Done::Performed { .. }) {
            // it may have been cut short by our leaving: it says nothing, and is done again
            return;
        }
        match done {
            Done::Judged { step, judged } => self.judged(&step, judged).await,
            Done::Readied { task, gates, prepared } => self.readied(task, gates, prepared).await,
            Done::Performed { task, performed } => self.performed(task, performed).await,
            Done::Probed { task, answer } => self.answered(task, answer).await,
            Done::Proved { item, reason, proved, answer } => {
                let reply = self.accepted(&item, &reason, proved).await;
                // whoever asked may be gone; the ledger has it
                let _ = answer.send(reply);
            }
            // handled by the caller, because it runs beside other work
            Done::FlagBack { .. } | Done::Rehearsed { .. } => {}
        }
    }
}
