//! The fold: one event after another into where the release stands. It refuses whatever breaks an invariant of the ledger,
//! so reading a ledger and verifying it are the same thing.

mod admit;
mod breach;
mod effects;
mod log;
mod order;
mod reopen;
mod soak;

use std::collections::{BTreeMap, HashSet};

pub use breach::Breach;
pub use log::{
    ActionLog, ActionState, Approval, FreezeLog, GateLog, Hold, How, IntentLog, ItemAccepted, ItemLog, Missed,
    Rehearsed, StepLog, SuiteLog, Tick, Train, Veto,
};
pub use soak::{Cut, Gap, SoakLog, soak_beat, soak_good, soak_remaining};

use super::event::{Covers, Event, Fact, Frozen, Holder, Millis};
use super::out_of_order::ItemId;
use crate::plan::{Candidate, Digest, FlagState, Identity, Key, Nature, ReleaseId, RepoName, StepId};

/// Where the release stands, by its ledger alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rollout {
    /// The release; none before it was opened.
    pub release: Option<ReleaseId>,
    /// The last event's place in the chain; 0 before the first.
    pub seq: u64,
    /// How often the controls were taken.
    pub epoch: u64,
    /// Who holds them.
    pub holder: Option<Holder>,
    /// Since when.
    pub held_since: Option<Millis>,
    /// The plan in force.
    pub plan_digest: Option<Digest>,
    /// What is frozen.
    pub candidates: BTreeMap<RepoName, Candidate>,
    /// Who passed it.
    pub freeze: Option<FreezeLog>,
    /// What happened to each step.
    pub steps: BTreeMap<StepId, StepLog>,
    /// The train's approval.
    pub train: Option<Train>,
    /// Why nothing may start.
    pub hold: Option<Hold>,
    /// The state the flag was last put into by us.
    pub flag: Option<FlagState>,
    /// The event by which it came there; 0 where it never did.
    pub flag_by: u64,
    /// The last way back that didn't reach everyone, until one does or a step of ours sets the flag.
    pub flag_missed: Option<Missed>,
    /// Test results by tree and command.
    pub tested: BTreeMap<Digest, GateLog>,
    /// The last rehearsal of the way back, by the flag as the plan had it.
    pub rehearsals: BTreeMap<Digest, Rehearsed>,
    /// When every step had evidence.
    pub shipped_at: Option<Millis>,
    /// When the release was opened.
    pub opened_at: Option<Millis>,
    /// What was seen out of order since: what waits for the owner, and what the owner accepted as it is.
    pub out_of_order: BTreeMap<ItemId, ItemLog>,
    /// When each state of the flag was first tried by us, or seen though nobody of us had set it.
    pub lit: BTreeMap<String, Millis>,
    /// Whether anything was ever brought.
    brought: bool,
    generations: BTreeMap<Identity, u32>,
    /// How often each effect was tried: never reset, so that what was noted of one try is never taken for another's.
    tries: BTreeMap<Key, u32>,
    /// Keys whose effect is accepted, and the step that brought it.
    accepted: BTreeMap<Key, StepId>,
    open: BTreeMap<Key, StepId>,
    /// Whether anything was ever frozen.
    has_repos: bool,
    /// What the record needed when it was made.
    recorded: Vec<StepId>,
    ids: HashSet<String>,
}

impl Rollout {
    /// Folds a whole ledger; on a breach, what came before it can still be looked at.
    #[allow(clippy::result_large_err, reason = "made once a ledger, and wanted whole")]
    pub fn replay<'a>(events: impl IntoIterator<Item = &'a Event>) -> Result<Self, (Self, Breach)> {
        let mut rollout = Self::default();
        for event in events {
            if let Err(breach) = rollout.apply(event) {
                return Err((rollout, breach));
            }
        }
        Ok(rollout)
    }

    /// Adds one event. On a breach nothing is changed.
    pub fn apply(&mut self, event: &Event) -> Result<(), Breach> {
        self.admits(event)?;
        self.seq = event.seq;
        self.epoch = event.epoch;
        self.plan_digest = Some(event.plan_digest.clone());
        self.release.get_or_insert_with(|| event.release.clone());
        self.ids.insert(event.id.0.clone());
        self.fold(event);
        Ok(())
    }

    /// The generation that an effect is in: it rises by a recorded undo or flag change, and by nothing else.
    pub fn generation(&self, identity: &Identity) -> u32 {
        self.generations.get(identity).copied().unwrap_or(0)
    }

    /// How often an effect was tried.
    pub fn tries(&self, key: &Key) -> u32 {
        self.tries.get(key).copied().unwrap_or(0)
    }

    /// The key of an effect in its present generation.
    pub fn key(&self, release: &ReleaseId, identity: &Identity) -> Key {
        identity.key(release, self.generation(identity))
    }

    /// Whether an effect is accepted as there.
    pub fn is_accepted(&self, key: &Key) -> bool {
        self.accepted.contains_key(key)
    }

    /// What happened to a step; empty where nothing did.
    pub fn step(&self, id: &StepId) -> StepLog {
        self.steps.get(id).cloned().unwrap_or_default()
    }

    /// Intents without an outcome, with their steps.
    pub fn open(&self) -> impl Iterator<Item = (&Key, &StepId)> {
        self.open.iter()
    }

    /// Steps with an action that is in doubt or in conflict.
    pub fn undecided(&self) -> Vec<&StepId> {
        self.steps
            .iter()
            .filter(|(_, log)| log.actions.values().chain(log.undo.as_ref()).any(|a| a.state.is_undecided()))
            .map(|(id, _)| id)
            .collect()
    }

    /// Whether anything was brought, or may be there for all that anybody can say: from then on the freeze stands.
    pub fn has_started(&self) -> bool {
        let may_be_there = |action: &ActionLog| {
            action.nature == Nature::Effect && action.intent.is_some() && action.state.is_unsettled()
        };
        let mut actions = self.steps.values().flat_map(|log| log.actions.values().chain(&log.undo));
        self.brought || actions.any(may_be_there)
    }

    /// Whether the owner has let anything go that isn't done.
    fn is_let_go(&self) -> bool {
        let approved = |log: &StepLog| log.approval.is_some() && !log.is_done();
        self.train.is_some() || !self.open.is_empty() || self.steps.values().any(approved)
    }

    fn fold(&mut self, event: &Event) {
        let draft = &event.draft;
        match &draft.fact {
            Fact::Opened { .. } => self.opened_at = Some(event.at),
            Fact::Replanned { reopens, .. } => {
                self.reopen(reopens);
                // what the new plan adds hasn't shipped
                self.shipped_at = None;
                self.void_approvals();
            }
            Fact::Frozen { candidates, by, verdict, notes } => {
                if self.freezes_anew(candidates) {
                    self.start_afresh();
                }
                self.freeze(candidates);
                self.out_of_order.clear();
                self.freeze =
                    Some(FreezeLog { by: by.clone(), verdict: verdict.clone(), notes: notes.clone(), at: event.at });
            }
            Fact::Thawed { .. } => {
                self.start_afresh();
                self.candidates.clear();
                self.out_of_order.clear();
                self.freeze = None;
                self.void_approvals();
            }
            Fact::Trusted => {}
            Fact::ControlsTaken(holder) => self.take_controls(holder, event.at),
            Fact::ControlsReleased => {
                self.holder = None;
                self.held_since = None;
                self.lose_writers(event.at);
            }
            Fact::Held { reason } => {
                self.hold_for(Hold { reason: reason.clone(), step: draft.step.clone(), at: event.at });
            }
            Fact::Resumed => self.resume(),
            Fact::OutOfOrder { item, seen, says } => self.fold_out_of_order(event, item, seen.as_ref(), says),
            Fact::Accepted { reason, item: Some(sighted) } => self.accept_item(event, sighted, reason),
            Fact::FlagSet { to, reopens, .. } => {
                let would_go_on = self.is_let_go();
                self.change_flag(to.clone(), event.seq);
                self.reopen(reopens);
                // whoever turns a flag off wants nothing to turn it on again
                if would_go_on || !reopens.is_empty() {
                    let reason = format!("the flag went back to {to}");
                    self.hold_for(Hold { reason, step: None, at: event.at });
                    self.train = None;
                }
            }
            Fact::FlagMissed { to, why, took, .. } => {
                // whoever turns a flag off wants nothing more to start
                let reason = format!("flag {to} didn't reach everyone: {why}");
                self.hold_for(Hold { reason, step: None, at: event.at });
                self.train = None;
                let (to, why, by) = (to.clone(), why.clone(), event.actor.clone());
                self.flag_missed = Some(Missed { to, why, by, took: *took, at: event.at });
            }
            Fact::FlagRehearsed { flag, took, evidence } => {
                let rehearsed =
                    Rehearsed { took: *took, evidence: evidence.clone(), by: event.actor.clone(), at: event.at };
                self.rehearsals.insert(flag.clone(), rehearsed);
            }
            Fact::Undone { reopens } => self.reopen(reopens),
            Fact::Shipped => self.shipped_at = Some(event.at),
            Fact::Approved { digest, covers } => self.approve(event, digest, covers),
            Fact::ApprovalVoided { .. } => match &draft.step {
                Some(step) => self.log(step).approval = None,
                None => self.train = None,
            },
            Fact::Vetoed { .. }
            | Fact::Lifted
            | Fact::Accepted { .. }
            | Fact::Resolved { .. }
            | Fact::GateJudged { .. }
            | Fact::SoakStarted { .. }
            | Fact::SoakChanged { .. }
            | Fact::SoakWatched { .. }
            | Fact::SoakGap { .. }
            | Fact::SoakCut { .. }
            | Fact::SoakEnded { .. }
            | Fact::SuiteRan(_)
            | Fact::Ticked { .. } => self.fold_step(event),
            Fact::Intent(intent) => self.intend(event, intent),
            Fact::Outcome(outcome) => self.end(event, outcome),
            Fact::Probed(probed) => self.probe(event, probed),
        }
    }

    fn fold_step(&mut self, event: &Event) {
        let Some(step) = event.draft.step.clone() else { return };
        match &event.draft.fact {
            Fact::Vetoed { reason } => {
                let log = self.log(&step);
                log.veto = Some(Veto { reason: reason.clone(), by: event.actor.clone(), at: event.at });
                log.approval = None;
                self.uncouple(&step);
            }
            Fact::Lifted => self.log(&step).veto = None,
            Fact::GateJudged { gate, holds, detail, subject } => {
                let judged = GateLog { holds: *holds, detail: detail.clone(), at: event.at };
                if let Some(subject) = subject {
                    self.tested.insert(subject.clone(), judged.clone());
                }
                self.log(&step).gates.insert(*gate, judged);
            }
            Fact::Ticked { item } => {
                let tick = Tick { by: event.actor.clone(), at: event.at };
                self.log(&step).ticks.insert(item.clone(), tick);
            }
            Fact::SoakStarted { lasts } => {
                self.log(&step).soak = Some(SoakLog::begun(event.at, *lasts));
            }
            Fact::SoakChanged { health, detail, good_for } => {
                self.soak(&step, |soak| soak.turn(*health, detail, *good_for, event.at));
            }
            Fact::SoakWatched { good_for, until } => self.soak(&step, |soak| soak.watch(*good_for, *until)),
            Fact::SoakGap { from, until, counted, good_for } => {
                let gap = Gap { from: *from, until: *until, counted: *counted };
                self.soak(&step, |soak| soak.miss(gap, *good_for));
            }
            Fact::SoakCut { reason } => {
                let cut = Cut { reason: reason.clone(), by: event.actor.clone(), at: event.at };
                self.soak(&step, |soak| soak.cut = Some(cut));
            }
            Fact::SoakEnded { .. } => self.soak(&step, |soak| soak.ended = Some(event.at)),
            Fact::SuiteRan(record) => {
                let record = (**record).clone();
                self.log(&step).suite = Some(SuiteLog { record, at: event.at });
            }
            Fact::Resolved { verdict, reason } => self.resolve(event, &step, *verdict, reason),
            Fact::Accepted { reason, item: None } => self.accept(event, &step, reason),
            // every other fact is folded by its own arm above
            Fact::Opened { .. }
            | Fact::Replanned { .. }
            | Fact::Frozen { .. }
            | Fact::Thawed { .. }
            | Fact::Trusted
            | Fact::ControlsTaken(_)
            | Fact::ControlsReleased
            | Fact::Approved { .. }
            | Fact::ApprovalVoided { .. }
            | Fact::Held { .. }
            | Fact::Resumed
            | Fact::OutOfOrder { .. }
            | Fact::Accepted { item: Some(_), .. }
            | Fact::Intent(_)
            | Fact::Outcome(_)
            | Fact::Probed(_)
            | Fact::FlagSet { .. }
            | Fact::FlagMissed { .. }
            | Fact::FlagRehearsed { .. }
            | Fact::Undone { .. }
            | Fact::Shipped => {}
        }
    }

    fn soak(&mut self, step: &StepId, hear: impl FnOnce(&mut SoakLog)) {
        if let Some(soak) = &mut self.log(step).soak {
            hear(soak);
        }
    }

    fn has_found(&self, step: &StepId) -> bool {
        self.steps.get(step).is_some_and(StepLog::has_found)
    }

    fn log(&mut self, step: &StepId) -> &mut StepLog {
        self.steps.entry(step.clone()).or_default()
    }

    fn freeze(&mut self, candidates: &[Frozen]) {
        self.has_repos |= !candidates.is_empty();
        self.candidates.extend(candidates.iter().map(|frozen| (frozen.repo.clone(), frozen.candidate.clone())));
        self.void_approvals();
    }

    /// Whether a repository that is frozen would be frozen at something else.
    fn freezes_anew(&self, candidates: &[Frozen]) -> bool {
        candidates.iter().any(|frozen| {
            let before = self.candidates.get(&frozen.repo);
            before.is_some_and(|before| before.as_frozen() != frozen.candidate.as_frozen())
        })
    }

    fn void_approvals(&mut self) {
        self.train = None;
        for log in self.steps.values_mut() {
            log.approval = None;
            log.gates.clear();
        }
    }

    fn approve(&mut self, event: &Event, digest: &Digest, covers: &Covers) {
        match (covers, &event.draft.step) {
            (Covers::Step, Some(step)) => {
                let log = self.log(step);
                log.approval = Some(Approval { digest: digest.clone(), by: event.actor.clone(), at: event.at });
                log.undone = false;
            }
            (Covers::Train { steps }, _) => {
                self.train =
                    Some(Train { digest: digest.clone(), steps: steps.clone(), by: event.actor.clone(), at: event.at });
                for step in steps {
                    if let Some(log) = self.steps.get_mut(step) {
                        log.undone = false;
                    }
                }
            }
            (Covers::Step, None) => {}
        }
    }

    fn hold_for(&mut self, hold: Hold) {
        self.hold.get_or_insert(hold);
    }

    /// The train no longer covers a step: it must be approved by itself.
    fn uncouple(&mut self, step: &StepId) {
        if let Some(train) = &mut self.train {
            train.steps.retain(|id| id != step);
        }
    }

    /// A hold ends; what failed must be approved afresh, and starts from its gates.
    fn resume(&mut self) {
        self.hold = None;
        let failed = |action: &ActionLog| matches!(action.state, ActionState::Failed { .. });
        for log in self.steps.values_mut() {
            if log.actions.values().any(failed) {
                log.approval = None;
                log.actions.retain(|_, action| !failed(action));
                log.gates.clear();
                log.soak = None;
            }
            if log.actions.is_empty() {
                log.of = 0;
            }
            if log.undo.as_ref().is_some_and(failed) {
                log.undo = None;
            }
        }
    }

    fn take_controls(&mut self, holder: &Holder, at: Millis) {
        self.holder = Some(holder.clone());
        self.held_since = Some(at);
        self.lose_writers(at);
    }

    /// Where the release stands if whoever had the controls is gone: what the next holder will find.
    #[must_use]
    pub fn abandoned(&self) -> Self {
        let mut rollout = self.clone();
        rollout.lose_writers(self.held_since.unwrap_or_default());
        rollout
    }

    /// Whatever the last holder was doing is in doubt, but for what only looks.
    fn lose_writers(&mut self, at: Millis) {
        for (key, step) in std::mem::take(&mut self.open) {
            if let Some(reason) = self.log(&step).lose_writer(&key) {
                self.train = None;
                self.hold_for(Hold { reason, step: Some(step), at });
            }
        }
    }
}
