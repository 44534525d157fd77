//! What happens next by itself: each rule in the order in which it is asked.

use super::jobs::Task;
use super::run::{Engine, Unwritten};
use super::state::{Drive, LedgerState, Role, Stay, Weight};
use crate::plan::gate::{Canary, Rehearsal, Stands};
use crate::plan::{Action, Digest, Effect, Gate, Nature, Step, StepId};
use crate::port::world::{Answer, Judged, Prepared, Signal, Unfit, World};
use crate::rollout::event::{Direction, Fact, Finding, Intent};
use crate::rollout::fold::{ActionLog, ActionState, How};
use crate::rollout::state::is_done;
use crate::rollout::{Draft, Next, next, step_digest, train_digest};

impl<W: World> Engine<W> {
    /// Appends and starts whatever may be, until something is at work or somebody is waited for.
    pub(super) async fn advance(&mut self) {
        while self.may_work() {
            let before = self.rollout.seq;
            let next = next(&self.plan, &self.rollout);
            if self.has_come_far_enough(&next) {
                self.until = None;
                self.drive = Drive::Parked;
            }
            let goes = self.drive == Drive::Going || self.is_on_watch(&next);
            match next {
                // an effect that nobody can say of is asked for before anything else
                Next::Decide(step) => self.probe_undecided(&step),
                // gates are judged as soon as a step's turn comes, so that the owner sees them before deciding
                Next::Judge(step) => self.start_judging(&step),
                // an approved action starts only once somebody has said go, and the world was looked at
                Next::Act { step, nth, of, action } if goes && self.has_seen_enough() => {
                    self.start_action(&step, nth, of, *action).await;
                }
                Next::Ship if self.drive == Drive::Going && self.has_seen_enough() => self.ship().await,
                Next::Act { .. }
                | Next::Ship
                | Next::Freeze(_)
                | Next::OutOfOrder(_)
                | Next::Resume
                | Next::Lift(_)
                | Next::Tick(_)
                | Next::Unmet(_)
                | Next::Approve(_)
                | Next::Busy(..)
                | Next::Unready(..)
                | Next::Nothing => return,
            }
            if self.rollout.seq == before {
                return;
            }
        }
    }

    /// Whether the last step that was let go is done, or only what lies behind it could start. That it has shipped is said
    /// all the same.
    fn has_come_far_enough(&self, next: &Next) -> bool {
        let Some(last) = &self.until else { return false };
        let place = |id: &StepId| self.plan.steps().iter().position(|step| step.id == *id);
        match next {
            Next::Ship => false,
            Next::Act { step, .. } if place(step) > place(last) => true,
            _ => is_done(&self.rollout, last),
        }
    }

    /// Whether a soak is watched again without a word of the owner's: it has begun, and changes nothing.
    fn is_on_watch(&self, next: &Next) -> bool {
        self.drive == Drive::Parked && self.stay == Stay::OnWatch && next.only_watches(&self.rollout)
    }

    /// Work needs the controls, trust, a good ledger, the plan that the ledger knows, and a flag that was read once.
    fn may_work(&self) -> bool {
        self.work.is_none()
            && self.drive != Drive::Paused
            && !self.flag_is_on_its_way()
            && self.leaving.is_none()
            && matches!(self.role, Role::Conductor)
            && matches!(self.ledger, LedgerState::Good { .. })
            && self.is_trusted()
            && !self.plan_has_changed()
            && self.flag_was_read()
    }

    /// Whether the plan on disk isn't the one that the ledger knows.
    pub(super) fn plan_has_changed(&self) -> bool {
        self.rollout.plan_digest.as_ref().is_some_and(|digest| digest != self.plan.digest())
    }

    pub(super) fn flag_was_read(&self) -> bool {
        self.plan.document().flag.is_none() || self.observed.flag.at.is_some()
    }

    async fn ship(&mut self) {
        if let Err(fault) = self.record(Draft::release(Fact::Shipped)).await {
            self.say(Weight::Alarm, fault.to_string());
        }
    }

    /// Each undecided effect is asked for once; again when the owner looks, or when a writer that was alive may have ended.
    fn probe_undecided(&mut self, step: &StepId) {
        let log = self.rollout.step(step);
        let undecided =
            |state: &ActionState| matches!(state, ActionState::InDoubt { .. } | ActionState::Conflict { .. });
        let forward = (1_u32..).zip(self.compiled(step)).find_map(|(nth, action)| {
            let logged = log.actions.get(&nth)?;
            let wanted = undecided(&logged.state) && !self.probed.contains(&logged.key);
            wanted.then(|| (nth, action, logged.clone(), Direction::Forward))
        });
        let back = log.undo.clone().filter(|undo| undecided(&undo.state) && !self.probed.contains(&undo.key));
        let back = back.and_then(|logged| {
            let action = crate::rollout::undo::action(&self.plan, &self.rollout, self.plan.step(step)?).ok()?;
            Some((0, action, logged, Direction::Back))
        });
        let Some((nth, action, logged, direction)) = forward.or(back) else { return };
        let task = Task {
            step: step.clone(),
            nth,
            of: log.of,
            action,
            generation: self.rollout.generation(&logged.identity),
            attempt: logged.intent.as_ref().map_or(1, |intent| intent.attempt),
            key: logged.key,
            direction,
            approval: None,
        };
        self.probed.insert(task.key.clone());
        self.start_probing(task);
    }

    pub(super) fn compiled(&self, step: &StepId) -> Vec<Action> {
        let step = self.plan.step(step);
        step.and_then(|step| self.plan.compile(step, &self.rollout.candidates).ok()).unwrap_or_default()
    }

    /// Starts readying an approved action, unless what was approved is no longer what would happen.
    async fn start_action(&mut self, id: &StepId, nth: u32, of: u32, action: Action) {
        let Some(step) = self.plan.step(id).cloned() else { return };
        let log = self.rollout.step(id);
        let first = log.done() == 0;
        let approval = match self.standing_approval(&step, first) {
            Ok(approval) => approval,
            // nobody has said go: then nobody is told that it can't
            Err(_) if self.drive != Drive::Going => return,
            Err(why) => {
                let own = log.approval.is_some();
                let fact = Fact::ApprovalVoided { why: why.clone() };
                let draft = if own { Draft::step(id, fact) } else { Draft::release(fact) };
                if let Err(fault) = self.record(draft).await {
                    self.say(Weight::Alarm, fault.to_string());
                }
                self.say(Weight::Warning, format!("the approval of step {id} is void: {why}"));
                return;
            }
        };
        // a soak that has begun goes on: its gates held when it began
        let begins = first && log.soak.is_none();
        let at_start: Vec<u32> = (0..)
            .zip(&step.gates)
            .filter(|(_, gate)| begins && gate.stands() == Stands::Once)
            .map(|(index, _)| index)
            .collect();
        let generation = self.rollout.generation(&action.identity);
        let key = action.identity.key(self.plan.id(), generation);
        let task = Task {
            step: id.clone(),
            nth,
            of,
            attempt: self.rollout.tries(&key) + 1,
            action,
            key,
            generation,
            direction: Direction::Forward,
            approval: Some(approval),
        };
        if self.drive != Drive::Going {
            self.say(Weight::Info, format!("the soak of step {id} is watched again; all else waits for you"));
        }
        self.start_readying(task, &at_start);
    }

    /// The approval that an intent may name. Once a step has begun, its approval stands to the end of the step.
    fn standing_approval(&self, step: &Step, first: bool) -> Result<Digest, String> {
        let log = self.rollout.step(&step.id);
        if let Some(approval) = &log.approval {
            let flag = self.observed.flag.value.as_ref().and_then(|seen| seen.state.as_ref());
            let now = step_digest(&self.plan, step, &self.compiled(&step.id), flag);
            return if !first || now == approval.digest {
                Ok(approval.digest.clone())
            } else {
                Err("what it would do, or the flag, has changed since".to_owned())
            };
        }
        let train = self.rollout.train.as_ref().ok_or("there is none")?;
        let now = train_digest(&self.plan, &self.rollout.candidates).map_err(|unready| unready.to_string())?;
        if now == train.digest { Ok(now) } else { Err("what the plan would do has changed since".to_owned()) }
    }

    /// A gate that needs nobody to be asked, and the subject that a test result is kept under.
    pub(super) fn known_gate(&self, id: &StepId, index: u32) -> (Option<Judged>, Option<Digest>) {
        let Some(step) = self.plan.step(id) else { return (None, None) };
        let gate = usize::try_from(index).ok().and_then(|index| step.gates.get(index));
        match gate {
            Some(Gate::Step(other)) => {
                let holds = is_done(&self.rollout, other);
                let detail = if holds { format!("{other} is done") } else { format!("{other} isn't done") };
                (Some(Judged { holds, detail }), None)
            }
            Some(Gate::Tests(_)) => {
                let subject = self.test_subject(step);
                let known =
                    subject.as_ref().and_then(|subject| self.rollout.tested.get(subject)).filter(|log| log.holds);
                (known.map(|log| Judged { holds: true, detail: log.detail.clone() }), subject)
            }
            Some(Gate::Coverage(_)) => (Some(self.covered(id)), None),
            Some(Gate::Canary(canary)) => (self.undeployed(canary), None),
            Some(Gate::Rehearsed(Rehearsal::FlagOff)) => (Some(self.rehearsed_gate()), None),
            Some(
                Gate::Flag(_) | Gate::Command(_) | Gate::Preflight(_) | Gate::Seam(_) | Gate::Ci(_) | Gate::Dormant(_),
            )
            | None => (None, None),
        }
    }

    /// Whether the tests that ran before a step cover what the plan asks for: the ledger tells.
    fn covered(&self, id: &StepId) -> Judged {
        let judged = crate::rollout::coverage::before(&self.plan, &self.rollout, id);
        let (holds, detail) = match judged {
            Ok(matrix) => (matrix.covered() == matrix.cells.len(), matrix.words()),
            Err(why) => (false, why),
        };
        Judged { holds, detail }
    }

    /// A canary can't be good before the plan has deployed it, whatever answers at its address.
    fn undeployed(&self, canary: &Canary) -> Option<Judged> {
        let step = canary.step(self.plan.document())?;
        let detail = format!("step {} isn't done, so there is no canary", step.id);
        (!is_done(&self.rollout, &step.id)).then_some(Judged { holds: false, detail })
    }

    /// The ledger tells whether the way back was rehearsed, for the flag as the plan has it now.
    fn rehearsed_gate(&self) -> Judged {
        let rehearsed = self.plan.flag_digest().and_then(|flag| self.rollout.rehearsals.get(&flag));
        let Some(rehearsed) = rehearsed else {
            let why = "nobody rehearsed it for the flag as this plan has it: flightdeck flag off --rehearse";
            return Judged { holds: false, detail: why.to_owned() };
        };
        let took = crate::plan::Period::from(rehearsed.took);
        Judged { holds: true, detail: format!("flag off took {took}: {} ({})", rehearsed.evidence, rehearsed.by) }
    }

    /// A test result is kept by commit and command.
    fn test_subject(&self, step: &Step) -> Option<Digest> {
        let repo = self.plan.repo(step.verb.repo()?)?;
        let sha = self.rollout.candidates.get(&repo.name)?.ship_sha();
        Some(Digest::of_parts(&[sha.as_str(), &repo.test.as_ref()?.to_string()]))
    }

    pub(super) async fn judged(&mut self, step: &StepId, judged: Vec<(u32, Judged, Option<Digest>)>) {
        let drafts = judged.into_iter().map(|(gate, judged, subject)| {
            let fact = Fact::GateJudged { gate, holds: judged.holds, detail: judged.detail, subject };
            Draft::step(step, fact)
        });
        if let Err(fault) = self.record_all(drafts.collect()).await {
            self.say(Weight::Alarm, fault.to_string());
        }
    }

    /// An action is ready: its intent is written, then it starts. Not ready: nothing happened, and the release holds.
    pub(super) async fn readied(
        &mut self,
        task: Task,
        gates: Vec<(u32, Judged, Option<Digest>)>,
        prepared: Result<Prepared, Unfit>,
    ) {
        let step = task.step.clone();
        let unmet = gates.iter().any(|(_, judged, _)| !judged.holds);
        self.judged(&step, gates).await;
        if unmet {
            self.say(Weight::Warning, format!("step {step} doesn't start: a gate isn't met"));
            return;
        }
        match prepared {
            Err(Unfit { found: Some(found @ Finding::Conflict { .. }), .. })
                if self.rollout.step(&step).action(&task.key).is_none() =>
            {
                self.answered(task, Answer::of_nobody(found)).await;
            }
            Err(unfit) => {
                let reason = format!("step {step} didn't start: {}", unfit.why);
                if let Err(fault) = self.record(Draft::step(&step, Fact::Held { reason })).await {
                    self.say(Weight::Alarm, fault.to_string());
                }
            }
            Ok(prepared) => match prepared.before.clone().filter(|before| self.is_out_of_order(&task, before)) {
                Some(before) => self.answered(task, Answer::of_nobody(before)).await,
                None => self.intend(task, prepared).await,
            },
        }
    }

    /// Whether an effect that is there before we did anything is for the owner to accept. What an earlier try of ours may have
    /// brought is ours, and so is a file that came along with the one before it.
    fn is_out_of_order(&self, task: &Task, before: &Finding) -> bool {
        let surprise = match before {
            Finding::Present { .. } | Finding::Conflict { .. } => true,
            Finding::Absent { .. } | Finding::Unknown { .. } => false,
        };
        let log = self.rollout.step(&task.step);
        // what an undo took back was ours too, and may still lie there
        let release = self.plan.id();
        let tried = (0..=task.generation).any(|of| self.rollout.tries(&task.action.identity.key(release, of)) > 0);
        let acted =
            |action: &ActionLog| matches!(action.state, ActionState::Done { how: How::Acted | How::Probed, .. });
        let came_along = matches!(task.action.effect, Effect::Publish { .. })
            && task.nth > 1
            && log.actions.get(&(task.nth - 1)).is_some_and(|before| before.intent.is_some() && acted(before));
        let ours = matches!(before, Finding::Present { .. }) && (tried || came_along);
        surprise && !ours && !is_expected(task, before) && task.action.effect.nature() == Nature::Effect
    }

    /// Writes the intent and, once it is durable, starts the action.
    pub(super) async fn intend(&mut self, task: Task, prepared: Prepared) {
        let Some(approval) = task.approval.clone() else { return };
        let overtaken = self.flag_is_on_its_way() && matches!(task.action.effect, Effect::SetFlag { .. });
        // it was held, or somebody was asked whether it stops, while it was readied
        let stopped = self.rollout.hold.is_some() || self.drive == Drive::Paused;
        let stopped = stopped && task.direction == Direction::Forward;
        if self.leaving.is_some() || overtaken || stopped {
            return;
        }
        let needs = self.plan.step(&task.step).map(|step| self.plan.needs(step).into_iter().cloned().collect());
        let intent = Intent {
            identity: task.action.identity.clone(),
            generation: task.generation,
            nature: task.action.effect.nature(),
            nth: task.nth,
            of: task.of,
            effect_digest: Digest::of(&serde_json::to_vec(&task.action.effect).unwrap_or_default()),
            approval,
            needs: needs.unwrap_or_default(),
            preconditions: prepared.preconditions.clone(),
            artifact: prepared.artifact.as_ref().map(|artifact| artifact.digest.clone()),
            made: prepared.made.clone(),
            direction: task.direction,
        };
        let mut drafts = vec![Draft::action(&task.step, &task.key, task.attempt, Fact::Intent(intent))];
        if let Effect::Soak { lasts, .. } = &task.action.effect
            && self.rollout.step(&task.step).soak.is_none()
        {
            drafts.insert(0, Draft::step(&task.step, Fact::SoakStarted { lasts: lasts.millis() }));
        }
        match self.record_all(drafts).await {
            Ok(()) => self.start_performing(task, prepared),
            Err(fault) => self.say(Weight::Alarm, format!("step {} didn't start: {fault}", task.step)),
        }
    }

    /// Takes in what running work tells of itself.
    pub(super) async fn hear(&mut self, signal: Signal) {
        match signal {
            Signal::Output(step, tail) => {
                self.outputs.insert(step, super::output::Output::new(tail));
            }
            Signal::Waiting(step, Some(wait)) => {
                self.observed.waits.insert(step, wait);
            }
            Signal::Waiting(step, None) => {
                self.observed.waits.remove(&step);
            }
            Signal::Suite(step, record) => {
                let told = Draft::step(&step, Fact::SuiteRan(record));
                if let Err(fault) = self.record(told.clone()).await {
                    self.say(Weight::Alarm, fault.to_string());
                    self.untold_run = Some(told).filter(|_| self.unwritten == Unwritten::Yes);
                }
            }
            Signal::Soak(step, news) => self.hear_soak(&step, news).await,
        }
    }
}

/// Whether an effect that is there before an intent of ours is no surprise. Main being at the ship SHA already isn't: a merge
/// on the git host does that.
fn is_expected(task: &Task, before: &Finding) -> bool {
    match (&task.action.effect, before) {
        (Effect::Advance { .. }, Finding::Present { .. }) => true,
        (Effect::Push { remote, .. }, Finding::Present { .. }) => {
            task.action.identity.verb == "deploy" && remote == "origin"
        }
        _ => false,
    }
}
