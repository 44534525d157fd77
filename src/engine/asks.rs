//! What screens and commands ask for: decided by the pure core, recorded here, answered in words.

use tokio::sync::oneshot;

use super::command::{Asked, Command, Leave, Reply};
use super::jobs::{Running, Task};
use super::journal::JournalFault;
use super::pause::PAUSED;
use super::run::{Engine, Unwritten};
use super::state::{Drive, LedgerState, Role};
use crate::plan::{Digest, Nature, StepId};
use crate::port::process::Order as ProcessOrder;
use crate::port::world::{Prepared, World};
use crate::rollout::event::{Direction, Fact, Frozen};
use crate::rollout::undo::{approve_undo, undo};
use crate::rollout::{Draft, Order, Refusal, decide, step_digest};

impl Reply {
    pub(super) fn done(said: impl Into<String>) -> Self {
        Self::Done { said: said.into() }
    }

    pub(super) fn refused(exit: u8, why: impl Into<String>) -> Self {
        Self::Refused { why: why.into(), exit }
    }
}

/// The exit status that a refusal gives a command line.
fn exit_of(refusal: &Refusal) -> u8 {
    match refusal {
        Refusal::NoStep(_) | Refusal::NoItem { .. } | Refusal::NoReason => 2,
        Refusal::TooEarly { .. }
        | Refusal::Vetoed(_)
        | Refusal::OnHold { .. }
        | Refusal::Shipped
        | Refusal::Started(_)
        | Refusal::AlreadyDone(_)
        | Refusal::NotOnHold
        | Refusal::NothingUndecided(_)
        | Refusal::NoSoak(_)
        | Refusal::NotVetoed(_)
        | Refusal::Running(_)
        | Refusal::Fixed(_)
        | Refusal::NothingToUndo(_)
        | Refusal::LaterFirst { .. }
        | Refusal::NoUndo { .. } => 4,
        Refusal::Undecided(_) | Refusal::OutOfOrder { .. } | Refusal::Changed(_) | Refusal::TrainChanged => 5,
        Refusal::Unmet { .. } | Refusal::Unready(_) | Refusal::NotFrozen => 9,
    }
}

impl<W: World> Engine<W> {
    pub(super) async fn answer(&mut self, (command, answer): Asked) {
        let only_looks = matches!(command, Command::Status | Command::MayFreeze);
        let decides_nothing = matches!(command, Command::Leave { .. } | Command::FlagBack { .. } | Command::Pause);
        if !only_looks && !decides_nothing {
            self.try_to_write_again().await;
        }
        let reply = match command {
            Command::Status => {
                let state = self.picture();
                Some(match serde_json::to_value(&*state.status) {
                    Ok(status) => Reply::Status { status, train: state.train_digest },
                    Err(fault) => Reply::refused(1, fault.to_string()),
                })
            }
            Command::Refresh => {
                self.probed.clear();
                self.looks.all(&self.plan);
                Some(Reply::done("looking at everything again"))
            }
            Command::Leave { how } => Some(self.leave(how)),
            Command::Pause => Some(self.pause()),
            Command::Unpause => Some(self.unpause()),
            Command::FlagBack { to } => return self.flag_back(to, answer),
            Command::Accept { what, seen, reason } => {
                self.accept(&what, seen.as_deref(), reason, answer).await;
                self.advance().await;
                return self.publish();
            }
            Command::Rehearse => return self.rehearse(answer),
            Command::Undo { step, digest } => return self.undo(step, digest.as_ref(), answer).await,
            Command::Trust { digest } => Some(self.trust_plan(&digest).await),
            Command::Decide { .. }
            | Command::MayFreeze
            | Command::Freeze { .. }
            | Command::Go
            | Command::GoUntil { .. }
            | Command::Judge => match self.forbidden() {
                Some(refused) => Some(refused),
                None => Some(self.carry_out(command).await),
            },
        };
        if let Some(reply) = reply {
            if !only_looks {
                // whoever has an answer must not find a state from before it, in which nothing is at work yet
                self.advance().await;
                self.publish();
            }
            // whoever asked may be gone; what was recorded stays recorded
            let _ = answer.send(reply);
        }
    }

    /// Why nothing may be decided here, if it may not.
    pub(super) fn forbidden(&self) -> Option<Reply> {
        match self.role_at_present() {
            Role::Spectator { because } => Some(Reply::refused(6, because)),
            Role::Conductor
                if let LedgerState::Bad { why } = &self.ledger
                    && !(self.unwritten == Unwritten::Yes && self.work.is_some()) =>
            {
                Some(Reply::refused(8, why.clone()))
            }
            Role::Conductor if self.plan_has_changed() => {
                let why = "the plan on disk isn't the one the ledger knows: `flightdeck trust` shows what changed and takes it over";
                Some(Reply::refused(7, why))
            }
            Role::Conductor if !self.is_trusted() => Some(Reply::refused(7, self.untrusted())),
            Role::Conductor => None,
        }
    }

    /// Why the plan on disk isn't trusted, and what to do about it.
    fn untrusted(&self) -> String {
        match self.trust.is_trusted(self.plan.digest()) {
            Err(fault) => fault.to_string(),
            Ok(_) => "this plan isn't trusted on this machine: `flightdeck trust` shows what it would run".to_owned(),
        }
    }

    async fn carry_out(&mut self, command: Command) -> Reply {
        match command {
            Command::Decide { decision } => self.decide(&decision).await,
            Command::MayFreeze => self.frozen_for_good().unwrap_or_else(|| Reply::done("it may be frozen")),
            Command::Freeze { candidates, by, verdict, notes } => self.freeze(candidates, by, verdict, notes).await,
            Command::Go => self.go(None),
            Command::GoUntil { step } => match self.plan.step(&step) {
                Some(_) => self.go(Some(step)),
                None => Reply::refused(2, Refusal::NoStep(step).to_string()),
            },
            Command::Judge => self.judge_again(),
            Command::Status
            | Command::Refresh
            | Command::Pause
            | Command::Unpause
            | Command::Leave { .. }
            | Command::FlagBack { .. }
            | Command::Rehearse
            | Command::Undo { .. }
            | Command::Accept { .. }
            | Command::Trust { .. } => Reply::refused(2, "not a decision"),
        }
    }

    fn go(&mut self, until: Option<StepId>) -> Reply {
        self.drive = Drive::Going;
        self.note_pause(false);
        self.until = until;
        self.probed.clear();
        Reply::done("going on")
    }

    fn judge_again(&mut self) -> Reply {
        use crate::rollout::Next;
        let (Next::Unmet(step) | Next::Approve(step) | Next::Judge(step)) =
            crate::rollout::next(&self.plan, &self.rollout)
        else {
            return Reply::refused(4, "no step waits for its gates");
        };
        if self.work.is_some() {
            return Reply::refused(4, "something is at work: wait for it to end");
        }
        self.start_judging(&step);
        Reply::done(format!("judging the gates of step {step} again"))
    }

    pub(super) async fn decide(&mut self, order: &Order) -> Reply {
        if let Order::Resolve { step, .. } = order
            && let Some(why) = self.is_being_asked_for(step)
        {
            return Reply::refused(5, why);
        }
        let flag = self.observed.flag.value.as_ref().and_then(|seen| seen.state.clone());
        let drafts = match decide(&self.plan, &self.rollout, flag.as_ref(), order) {
            Ok(drafts) => drafts,
            Err(refusal) => return refusal_reply(&refusal),
        };
        if let Err(fault) = self.record_all(drafts).await {
            return fault_reply(&fault);
        }
        self.after_order(order)
    }

    /// The owner's word counts where no probe can tell: not before the world was asked, and not while a writer is at work.
    fn is_being_asked_for(&self, step: &StepId) -> Option<String> {
        let log = self.rollout.steps.get(step)?;
        let mut undecided = log.actions.values().chain(&log.undo).filter(|action| action.state.is_undecided());
        undecided.find_map(|action| {
            if self.writers.contains(&action.key) {
                Some(format!("what step {step} started is still at work: decide when it has ended"))
            } else if !self.probed.contains(&action.key) || self.work.is_some() {
                Some(format!("what became of step {step} is being looked up: decide when the answer is there"))
            } else {
                None
            }
        })
    }

    /// What an order came to; beside a question nobody is told that something goes on that doesn't yet.
    fn after_order(&mut self, order: &Order) -> Reply {
        let reply = self.carried_out(order);
        match reply {
            Reply::Done { said } if self.drive == Drive::Paused => Reply::done(format!("{said}, but {PAUSED}")),
            reply => reply,
        }
    }

    fn carried_out(&mut self, order: &Order) -> Reply {
        match order {
            Order::Approve { step, .. } => Reply::done(format!("step {step} is approved")),
            Order::ApproveTrain { .. } => Reply::done("the train is approved"),
            Order::Veto { step, .. } => Reply::done(format!("step {step} is vetoed")),
            Order::Lift { step } => Reply::done(format!("the veto on step {step} is lifted")),
            Order::Hold { .. } => Reply::done("the release is on hold: nothing more starts"),
            Order::Resume => {
                self.probed.clear();
                Reply::done("the release goes on")
            }
            Order::Resolve { step, .. } => Reply::done(format!("step {step} is resolved; `flightdeck resume` goes on")),
            Order::Accept { step, .. } => Reply::done(format!("step {step} is accepted; `flightdeck resume` goes on")),
            Order::EndSoak { step, .. } => {
                self.cut_soak(step);
                Reply::done(format!("the soak of step {step} is ended; `flightdeck ship` goes on"))
            }
            Order::Tick { step, .. } => Reply::done(format!("a line of step {step} is ticked")),
            Order::Thaw { .. } => {
                self.stop_looking();
                // seams are looked at elsewhere from now on
                self.looks.all(&self.plan);
                Reply::done("the freeze is lifted")
            }
        }
    }

    /// Ends a look that is at work where its step was opened again: what it sees counts for nothing.
    fn stop_looking(&self) {
        let overtaken = |work: &&Running| self.rollout.step(&work.step).actions.is_empty();
        if let Some(work) = self.work.as_ref().filter(|work| work.nature == Nature::Observation).filter(overtaken) {
            work.orders.send_replace(ProcessOrder::Cancel);
        }
    }

    fn frozen_for_good(&self) -> Option<Reply> {
        // what a re-plan has added on the way is still to be frozen
        let all = self.plan.repos().iter().all(|repo| self.rollout.candidates.contains_key(&repo.name));
        (all && self.rollout.has_started()).then(|| Reply::refused(4, Refusal::Shipped.to_string()))
    }

    async fn freeze(&mut self, candidates: Vec<Frozen>, by: String, verdict: String, notes: String) -> Reply {
        if let Some(refused) = self.frozen_for_good() {
            return refused;
        }
        let count = candidates.len();
        match self.record(Draft::release(Fact::Frozen { candidates, by, verdict, notes })).await {
            Ok(()) => {
                self.stop_looking();
                self.looks.all(&self.plan);
                Reply::done(format!("{count} repositories are frozen"))
            }
            Err(fault) => fault_reply(&fault),
        }
    }

    /// Trusts the plan on disk if it is still what was shown; where the ledger knows another one, takes it over with what
    /// changed.
    async fn trust_plan(&mut self, shown: &Digest) -> Reply {
        if shown != self.plan.digest() {
            let why = "the plan isn't the one that was shown any more: look at it again with `flightdeck trust`";
            return Reply::refused(5, why);
        }
        if matches!(self.role, Role::Conductor)
            && self.plan_has_changed()
            && let Err(reply) = self.take_over_plan().await
        {
            return reply;
        }
        let at = jiff::Timestamp::from_millisecond(i64::try_from(self.now()).unwrap_or_default()).unwrap_or_default();
        if let Err(fault) = self.trust.trust(self.plan.digest(), at) {
            return Reply::refused(1, fault.to_string());
        }
        self.trusted = true;
        self.looks.all(&self.plan);
        Reply::done("this plan is trusted on this machine")
    }

    fn leave(&mut self, how: Leave) -> Reply {
        self.leaving = Some(how);
        self.drive = Drive::Stopping;
        // what runs may take its time, and other terminals are told that nothing comes after it
        self.note_pause(self.work.is_some());
        if let Some(work) = &self.work {
            let soaking = work.nature == crate::plan::Nature::Observation;
            let order = match how {
                // what only looks or waits is simply done again
                Leave::Wait if soaking => Some(ProcessOrder::Cancel),
                Leave::Wait => None,
                Leave::Detach => Some(ProcessOrder::LetGo),
                Leave::Cancel => Some(ProcessOrder::Cancel),
            };
            if let Some(order) = order {
                work.orders.send_replace(order);
            }
        }
        Reply::done("leaving")
    }

    /// Takes a step back by its own command: its own approval, intent and outcome.
    async fn undo(&mut self, step: StepId, shown: Option<&Digest>, answer: oneshot::Sender<Reply>) {
        let started = match self.undo_task(&step, shown) {
            Ok(task) => self.start_undo(task).await,
            Err(reply) => Err(reply),
        };
        match started {
            Ok(()) => self.undoing = Some((step, answer)),
            Err(reply) => {
                let _ = answer.send(reply);
            }
        }
    }

    async fn start_undo(&mut self, task: Task) -> Result<(), Reply> {
        let Some(digest) = task.approval.clone() else { return Ok(()) };
        self.record(approve_undo(&task.step, &digest)).await.map_err(|fault| fault_reply(&fault))?;
        let seq = self.rollout.seq;
        self.intend(task, Prepared::default()).await;
        if self.rollout.seq == seq { Err(Reply::refused(1, "the undo didn't start; see the notices")) } else { Ok(()) }
    }

    fn undo_task(&self, id: &StepId, shown: Option<&Digest>) -> Result<Task, Reply> {
        if let Some(refused) = self.forbidden() {
            return Err(refused);
        }
        if self.work.is_some() {
            return Err(Reply::refused(4, "something is at work: wait for it to end"));
        }
        let action = undo(&self.plan, &self.rollout, id).map_err(|refusal| refusal_reply(&refusal))?;
        let step = self.plan.step(id).ok_or_else(|| refusal_reply(&Refusal::NoStep(id.clone())))?;
        let log = self.rollout.step(id);
        let digest = step_digest(&self.plan, step, std::slice::from_ref(&action), None);
        if shown.is_some_and(|shown| *shown != digest) {
            return Err(Reply::refused(5, Refusal::Changed(id.clone()).to_string()));
        }
        let generation = self.rollout.generation(&action.identity);
        let key = action.identity.key(self.plan.id(), generation);
        Ok(Task {
            step: id.clone(),
            nth: 0,
            of: log.of,
            attempt: self.rollout.tries(&key) + 1,
            key,
            generation,
            action,
            direction: Direction::Back,
            approval: Some(digest),
        })
    }
}

pub(super) fn refusal_reply(refusal: &Refusal) -> Reply {
    Reply::refused(exit_of(refusal), refusal.to_string())
}

pub(super) fn fault_reply(fault: &JournalFault) -> Reply {
    let exit = match fault {
        JournalFault::Moved => 6,
        JournalFault::Breach(_) | JournalFault::Spelling(_) => 1,
        JournalFault::NotWritten(_) | JournalFault::InDoubt(_) => 8,
    };
    Reply::refused(exit, fault.to_string())
}
