//! What is out of order: looked at a second time before it is told, told once, and the owner's word about it.

use std::collections::BTreeMap;

use tokio::sync::oneshot;

use super::asks::fault_reply;
use super::command::Reply;
use super::jobs::{Done, Task};
use super::run::Engine;
use super::state::{LedgerState, Role, Weight};
use crate::plan::{Effect, Nature, StepId};
use crate::port::world::{Answer, Job, Look, Unfit, World};
use crate::rollout::event::{Direction, Finding, Millis, Proof, Writer};
use crate::rollout::fold::StepLog;
use crate::rollout::out_of_order::{self, InSight, Item, ItemId, Kind, Way};
use crate::rollout::{Draft, Order, Refusal};

/// What was seen out of order once, each with when: one look may have been under way while we ourselves moved the thing.
pub(super) type Suspects = BTreeMap<(ItemId, String), Millis>;

impl<W: World> Engine<W> {
    /// Compares what was last seen with plan and ledger, and tells the ledger what a second look confirms.
    pub(super) async fn keep_order(&mut self) {
        let compared = (self.sights, self.rollout.seq);
        if self.compared.replace(compared) == Some(compared) {
            return;
        }
        if !self.may_tell() {
            self.suspects.clear();
            return;
        }
        self.take_in_note().await;
        let sight = self.in_sight();
        let items: Vec<Item> = out_of_order::told(&self.rollout, &sight.items)
            .into_iter()
            .filter(|i| !self.is_moving(i))
            .cloned()
            .collect();
        self.suspects.retain(|(id, seen), _| items.iter().any(|item| item.id == *id && item.seen == *seen));
        let mut drafts = out_of_order::gone(&self.rollout, &sight);
        for item in items {
            let suspect = (item.id.clone(), item.seen.clone());
            match self.suspects.get(&suspect) {
                Some(first) if *first != item.at => {
                    self.say(Weight::Alarm, format!("out of order: {}", item.says));
                    self.suspects.remove(&suspect);
                    drafts.push(out_of_order::found(&item));
                }
                Some(_) => {}
                None => {
                    self.suspects.insert(suspect, item.at);
                    self.look_again(&item);
                }
            }
        }
        if let Err(fault) = self.record_all(drafts).await {
            self.say(Weight::Alarm, fault.to_string());
        }
        self.compared = Some((self.sights, self.rollout.seq));
    }

    /// Whether an action may start: everything was looked at once, and nothing waits for a second look.
    pub(super) fn has_seen_enough(&self) -> bool {
        self.suspects.is_empty() && self.looks.have_been_round(&self.plan)
    }

    pub(super) fn in_sight(&self) -> InSight {
        out_of_order::out_of_order(&self.plan, &self.rollout, &self.observed)
    }

    /// Only the conductor of a trusted plan tells; whoever looks appends nothing.
    fn may_tell(&self) -> bool {
        self.leaving.is_none()
            && self.took_controls
            && matches!(self.role, Role::Conductor)
            && matches!(self.ledger, LedgerState::Good { .. })
            && self.is_trusted()
            && !self.plan_has_changed()
    }

    /// Whether it is on its way back by our own hand: the ledger has that only once it is read back.
    fn is_moving(&self, item: &Item) -> bool {
        item.kind == Kind::Flag && self.flag_is_on_its_way()
    }

    fn look_again(&mut self, item: &Item) {
        let Some(repo) = item.repo.clone() else { return self.looks.soon(Look::Flag) };
        match item.kind {
            Kind::Flag => self.looks.soon(Look::Flag),
            Kind::Package => self.looks.soon(Look::Package(repo)),
            Kind::Deployed => self.looks.soon(Look::Deployed(repo)),
            Kind::Ref => {
                for remote in self.plan.other_remotes(&repo) {
                    self.looks.soon(Look::Target(repo.clone(), remote));
                }
                self.looks.soon(Look::Remote(repo));
            }
        }
    }

    /// The owner's word about something out of order, by its own name or its step's.
    pub(super) async fn accept(
        &mut self,
        what: &str,
        seen: Option<&str>,
        reason: String,
        answer: oneshot::Sender<Reply>,
    ) {
        let reply = match self.acceptable(what, seen, &reason) {
            Err(reply) => reply,
            Ok(Acceptable::Found(step)) => self.decide(&Order::Accept { step, reason }).await,
            Ok(Acceptable::Item(item)) => {
                let tasks = self.provable(&item);
                if !tasks.is_empty() {
                    return self.start_proving(item, reason, tasks, answer);
                }
                self.accepted(&item, &reason, Ok(Vec::new())).await
            }
        };
        let _ = answer.send(reply);
    }

    fn acceptable(&self, what: &str, seen: Option<&str>, reason: &str) -> Result<Acceptable, Reply> {
        if let Some(refused) = self.forbidden() {
            return Err(refused);
        }
        let refused = |exit: u8, why: String| Reply::Refused { why, exit };
        if reason.trim().is_empty() {
            return Err(refused(2, Refusal::NoReason.to_string()));
        }
        let step = what.parse::<StepId>().ok().filter(|id| self.plan.step(id).is_some());
        if let Some(step) = step.as_ref().filter(|id| self.rollout.steps.get(id).is_some_and(StepLog::has_found)) {
            return Ok(Acceptable::Found(step.clone()));
        }
        let items = self.waiting_items();
        let meant: Vec<&Item> =
            items.iter().filter(|item| item.id.as_str() == what || (step.is_some() && item.step == step)).collect();
        let item = match meant.as_slice() {
            [] => {
                return Err(refused(
                    4,
                    format!("nothing called {what:?} is out of order; `flightdeck status` shows what is"),
                ));
            }
            [item] => *item,
            several if let Some(item) = told_twice(several) => item,
            several => {
                let ids: Vec<_> = several.iter().map(|item| item.id.as_str()).collect();
                return Err(refused(2, format!("several things are out of order there, name one: {}", ids.join(", "))));
            }
        };
        if seen.is_some_and(|seen| seen != item.seen) {
            return Err(refused(5, format!("{} isn't as it was shown any more: look at it again", item.id)));
        }
        if self.work.is_some() {
            return Err(refused(4, "something is at work: wait for it to end".to_owned()));
        }
        Ok(Acceptable::Item(item.clone()))
    }

    /// What the owner can accept: as it is seen now, and as the ledger knows it where it can't be seen.
    fn waiting_items(&self) -> Vec<Item> {
        let accepted = |item: &Item| {
            let logged = self.rollout.out_of_order.get(&item.id);
            logged.is_some_and(|log| log.accepted.is_some() && log.seen == item.seen)
        };
        let mut items = self.in_sight().items;
        let unseen = self.rollout.out_of_order.iter().filter(|(_, log)| log.accepted.is_none());
        let unseen = unseen.filter(|(id, _)| !items.iter().any(|item| item.id == **id));
        let unseen: Vec<_> = unseen.map(|(id, log)| out_of_order::as_logged(id, log)).collect();
        items.retain(|item| !accepted(item));
        items.extend(unseen);
        items
    }

    /// The actions of an item's step that its probes could prove to be there.
    fn provable(&self, item: &Item) -> Vec<Task> {
        let Some(id) = item.step.as_ref().filter(|_| item.way == Way::Early) else { return Vec::new() };
        let log = self.rollout.step(id);
        let actions = self.compiled(id);
        let of = u32::try_from(actions.len()).unwrap_or(u32::MAX);
        let open = (1_u32..).zip(actions).filter(|(nth, action)| {
            let marks = action.effect.nature() == Nature::Effect || action.identity.verb == "await";
            marks && !log.actions.contains_key(nth)
        });
        let task = |(nth, action): (u32, crate::plan::Action)| {
            let generation = self.rollout.generation(&action.identity);
            let key = action.identity.key(self.plan.id(), generation);
            let attempt = self.rollout.tries(&key).max(1);
            let (step, direction) = (id.clone(), Direction::Forward);
            Task { step, nth, of, action, key, generation, attempt, direction, approval: None }
        };
        open.map(task).collect()
    }

    /// What the probes of its step prove counts as there; the item is accepted as it was seen. Bytes that aren't ours are no
    /// such proof: they are a conflict, whatever the reason.
    pub(super) async fn accepted(
        &mut self,
        item: &Item,
        reason: &str,
        proved: Result<Vec<(Task, Answer)>, String>,
    ) -> Reply {
        let step = item.step.clone();
        let proved = match proved {
            Ok(proved) => proved,
            Err(why) => {
                let why = format!("{} isn't accepted: what is there can't be compared with ours: {why}", item.id);
                return Reply::Refused { why, exit: 5 };
            }
        };
        if let Some((task, detail)) = proved.iter().find_map(|(task, answer)| match &answer.finding {
            Finding::Conflict { detail } => Some((task, detail.clone())),
            Finding::Present { .. } | Finding::Absent { .. } | Finding::Unknown { .. } => None,
        }) {
            let found = Finding::Conflict { detail: detail.clone() };
            let draft = super::ended::probed_draft(task, found, Writer::Gone, Proof::Inconclusive);
            if let Err(fault) = self.record_all(vec![draft]).await {
                return fault_reply(&fault);
            }
            let why = format!(
                "{} isn't accepted, step {step} is in conflict: {detail}. Nothing of ours was uploaded. Raise the version and freeze again, or, if what is there shall ship: flightdeck resolve {step} --as present --reason TEXT",
                item.id,
                step = task.step,
            );
            return Reply::Refused { why, exit: 5 };
        }
        let mut drafts: Vec<Draft> = Vec::new();
        for (task, answer) in proved {
            if matches!(answer.finding, Finding::Present { .. }) {
                drafts.push(super::ended::probed_draft(&task, answer.finding, answer.writer, answer.proof));
            }
        }
        let proofs = drafts.len();
        drafts.extend(out_of_order::accept(&self.rollout, item, reason.trim()));
        if let Err(fault) = self.record_all(drafts).await {
            return fault_reply(&fault);
        }
        let so = match (proofs, step) {
            (0, _) => "as it is; what the plan has still to do stays to be done".to_owned(),
            (_, Some(step)) if crate::rollout::state::is_done(&self.rollout, &step) => {
                format!("and step {step} counts as done, by its own probe")
            }
            (proofs, Some(step)) => {
                let of = self.rollout.step(&step).of;
                format!("and {proofs} of {of} actions of step {step} count as done, by their own probes")
            }
            (_, None) => "as it is".to_owned(),
        };
        let more = self.rollout.unanswered().map(|id| format!("; {id} waits too")).unwrap_or_default();
        Reply::done(format!("{} is accepted, {so}{more}; `flightdeck resume` goes on", item.id))
    }

    fn start_proving(&mut self, item: Item, reason: String, tasks: Vec<Task>, answer: oneshot::Sender<Reply>) {
        let Some(step) = item.step.clone() else { return };
        let orders = self.begin(&step, format!("asking: {}", item.says), Nature::Observation);
        let jobs: Vec<_> = tasks.into_iter().map(|task| (self.job(&task, orders.clone()), task)).collect();
        let world = std::sync::Arc::clone(&self.world);
        self.jobs.spawn(async move {
            let mut proved = Vec::new();
            for (job, task) in jobs {
                match prove(&*world, job).await {
                    Ok(found) => proved.push((task, found)),
                    Err(why) => return Done::Proved { item: Box::new(item), reason, proved: Err(why), answer },
                }
            }
            Done::Proved { item: Box::new(item), reason, proved: Ok(proved), answer }
        });
    }
}

/// Asks whether an effect is there. What we would upload is built first and compared: a version has one set of bytes.
async fn prove<W: World>(world: &W, job: Job) -> Result<Answer, String> {
    if !matches!(job.action.effect, Effect::Publish { .. }) {
        return Ok(world.probe(job).await);
    }
    match world.prepare(job).await {
        Ok(prepared) => Ok(Answer::of_nobody(prepared.before.unwrap_or_else(not_asked))),
        Err(Unfit { found: Some(found), .. }) => Ok(Answer::of_nobody(found)),
        Err(unfit) => Err(unfit.why),
    }
}

fn not_asked() -> Finding {
    Finding::Unknown { why: "nothing outside tells whether it is there".to_owned() }
}

/// What the owner's word is about.
enum Acceptable {
    /// Effects that were found as their step was about to start.
    Found(StepId),
    /// Something that was seen.
    Item(Item),
}

/// What a service reports and the ref that deploys it are one thing where both name the same commit: the ref is what is accepted.
fn told_twice<'a>(items: &[&'a Item]) -> Option<&'a Item> {
    let refs: Vec<&Item> = items.iter().filter(|item| item.kind == Kind::Ref).copied().collect();
    let [moved] = refs.as_slice() else { return None };
    let same = |item: &&&Item| item.kind == Kind::Ref || (item.kind == Kind::Deployed && item.seen == moved.seen);
    items.iter().all(|item| same(&item)).then_some(*moved)
}
