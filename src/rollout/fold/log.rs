//! What the fold keeps of a step and of an action.

use std::collections::BTreeMap;

use super::soak::SoakLog;
use crate::plan::{Digest, FlagState, Identity, Key, Nature, Sha, StepId};
use crate::rollout::event::{Direction, Finding, Intent, Millis, Writer};
use crate::suite::Record;

/// What happened to one step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepLog {
    /// The approval in force for this step alone.
    pub approval: Option<Approval>,
    /// The veto in force.
    pub veto: Option<Veto>,
    /// What happened to its actions, by place.
    pub actions: BTreeMap<u32, ActionLog>,
    /// What happened to its undo.
    pub undo: Option<ActionLog>,
    /// How many actions it has; 0 before the first was tried.
    pub of: u32,
    /// How often the most tried of its actions was tried.
    pub attempts: u32,
    /// When its first action was tried.
    pub started_at: Option<Millis>,
    /// When its last action was done.
    pub ended_at: Option<Millis>,
    /// The event that says so.
    pub ended_by: Option<u64>,
    /// Whether it was taken back since.
    pub undone: bool,
    /// Whether the owner accepted that it was done by someone else.
    pub accepted: Option<String>,
    /// When its effects were first seen, where somebody else brought them.
    pub first_seen: Option<Millis>,
    /// Ticked lines.
    pub ticks: BTreeMap<String, Tick>,
    /// The last judgement of each gate.
    pub gates: BTreeMap<u32, GateLog>,
    /// Its soak's clock.
    pub soak: Option<SoakLog>,
    /// The last run of its suite.
    pub suite: Option<SuiteLog>,
    /// Where it only looks: the steps that had to be done before, so that what it saw falls with them.
    pub needs: Vec<StepId>,
}

/// What happened to one action, in its present generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionLog {
    /// Its key.
    pub key: Key,
    /// What it is.
    pub identity: Identity,
    /// Whether it leaves something behind.
    pub nature: Nature,
    /// The last intent.
    pub intent: Option<IntentLog>,
    /// Where it stands.
    pub state: ActionState,
}

/// The last intent of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntentLog {
    /// Which holder wrote it.
    pub epoch: u64,
    /// The attempt, from 1.
    pub attempt: u32,
    /// When.
    pub at: Millis,
    /// The artefact that was to be uploaded.
    pub artifact: Option<Digest>,
    /// The commit that was to be brought.
    pub made: Option<Sha>,
    /// What ran.
    pub effect_digest: Digest,
    /// Whether it brings the effect or takes it back.
    pub direction: Direction,
}

/// Where an action stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActionState {
    /// Tried, and not ended as far as the ledger knows.
    Running,
    /// There, proved by evidence. Absorbing.
    Done {
        /// What proves it.
        evidence: Vec<String>,
        /// How it came to be known.
        how: How,
    },
    /// Not there, provably.
    Failed {
        /// What went wrong.
        why: String,
        /// The last lines of its output.
        tail: Vec<String>,
    },
    /// Tried, and nobody can say.
    InDoubt {
        /// Why nobody can say.
        why: String,
        /// The last answer of the world.
        last: Option<Finding>,
        /// What was known then of the process that was trying; none before the first answer.
        writer: Option<Writer>,
    },
    /// Something else is there.
    Conflict {
        /// What.
        detail: String,
    },
    /// There before any intent of ours, and not accepted yet.
    Found {
        /// What was observed.
        evidence: String,
    },
    /// An observation that was interrupted: it is simply made again.
    Dropped,
}

/// How an effect came to be known as there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Our action ended with evidence.
    Acted,
    /// A probe found it.
    Probed,
    /// The owner said so.
    Word,
}

/// A veto in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Veto {
    /// Why.
    pub reason: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: Millis,
}

/// An approval of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// What was approved.
    pub digest: Digest,
    /// Who.
    pub by: String,
    /// When.
    pub at: Millis,
}

/// An approval of the train.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Train {
    /// What was approved.
    pub digest: Digest,
    /// Which steps it covers.
    pub steps: Vec<StepId>,
    /// Who.
    pub by: String,
    /// When.
    pub at: Millis,
}

/// Why nothing may start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Why.
    pub reason: String,
    /// The step that caused it; none where a person did.
    pub step: Option<StepId>,
    /// Since when.
    pub at: Millis,
}

/// Something outside that isn't, or wasn't, as plan and ledger have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemLog {
    /// The step that would bring it, or that left it otherwise.
    pub step: Option<StepId>,
    /// What was seen.
    pub seen: String,
    /// All of it in words.
    pub says: String,
    /// Since when it is known.
    pub at: Millis,
    /// The event by which it is known.
    pub by: u64,
    /// The owner's word that it may be so; none: it waits for one.
    pub accepted: Option<ItemAccepted>,
}

/// The owner's word that something may be as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemAccepted {
    /// Why.
    pub reason: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: Millis,
}

/// A gate's last judgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateLog {
    /// Whether it held.
    pub holds: bool,
    /// What was seen.
    pub detail: String,
    /// When.
    pub at: Millis,
}

/// A ticked line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    /// Who.
    pub by: String,
    /// When.
    pub at: Millis,
}

/// A run of a suite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuiteLog {
    /// What it proved.
    pub record: Record,
    /// When it was recorded.
    pub at: Millis,
}

/// A way back of the flag that didn't reach everyone.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Missed {
    /// The state it should have.
    pub to: FlagState,
    /// Who lagged, or what refused.
    pub why: String,
    /// Who ordered it.
    pub by: String,
    /// How long it took until it was given up, in milliseconds.
    pub took: u64,
    /// When it was given up.
    pub at: Millis,
}

/// A rehearsal of the flag's way back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rehearsed {
    /// How long it took, in milliseconds.
    pub took: u64,
    /// How many agreed, in words.
    pub evidence: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: Millis,
}

/// What QA said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreezeLog {
    /// Who passed it.
    pub by: String,
    /// The verdict.
    pub verdict: String,
    /// Anything else worth keeping.
    pub notes: String,
    /// When.
    pub at: Millis,
}

impl StepLog {
    /// The action with a key, wherever it stands: among the step's actions, or its undo.
    pub fn action_mut(&mut self, key: &Key) -> Option<&mut ActionLog> {
        self.actions.values_mut().chain(self.undo.as_mut()).find(|action| action.key == *key)
    }

    /// The action with a key.
    pub fn action(&self, key: &Key) -> Option<&ActionLog> {
        self.actions.values().chain(self.undo.as_ref()).find(|action| action.key == *key)
    }

    /// How many of its actions are done.
    pub fn done(&self) -> u32 {
        let done = self.actions.values().filter(|action| matches!(action.state, ActionState::Done { .. })).count();
        u32::try_from(done).unwrap_or(u32::MAX)
    }

    /// Whether every action is done.
    pub fn is_done(&self) -> bool {
        self.of > 0 && self.done() == self.of
    }

    /// Whether anything of it was brought, is being tried or stands in question. What provably failed doesn't count.
    pub fn is_touched(&self) -> bool {
        self.actions.values().any(|action| match action.state {
            ActionState::Running
            | ActionState::Done { .. }
            | ActionState::InDoubt { .. }
            | ActionState::Conflict { .. }
            | ActionState::Found { .. } => true,
            ActionState::Failed { .. } | ActionState::Dropped => false,
        })
    }

    /// Whether an effect of it is there, so that there is something to take back.
    pub fn brought_something(&self) -> bool {
        let there = |a: &ActionLog| a.leaves_something() && matches!(a.state, ActionState::Done { .. });
        self.actions.values().any(there)
    }

    /// Whether it was tried and only looks, waits or asks.
    pub fn only_looks(&self) -> bool {
        !self.actions.is_empty() && !self.actions.values().any(ActionLog::leaves_something)
    }

    /// Whether something was found there before any intent of ours, and waits for the owner.
    pub fn has_found(&self) -> bool {
        self.actions.values().any(|action| matches!(action.state, ActionState::Found { .. }))
    }

    pub(super) fn sets_flag(&self) -> bool {
        self.actions.values().any(|action| action.identity.verb == "flag")
    }

    /// Whether an intent fits what happened before: earlier actions are done, and none is written over.
    pub(super) fn fits(&self, intent: &Intent) -> bool {
        let done = |action: &ActionLog| matches!(action.state, ActionState::Done { .. });
        let vacant = self.actions.get(&intent.nth).is_none_or(|action| !action.state.is_unsettled() && !done(action));
        let earlier = self.actions.range(..intent.nth).filter(|(_, action)| done(action)).count();
        let in_order = u32::try_from(earlier).is_ok_and(|earlier| earlier + 1 == intent.nth);
        let same_length = self.of == intent.of || self.done() == 0;
        vacant && in_order && same_length && intent.nth <= intent.of
    }

    /// What was found there isn't there any more.
    pub(super) fn forget(&mut self, key: &Key) {
        self.actions.retain(|_, action| action.key != *key);
        if self.actions.is_empty() {
            self.of = 0;
        }
    }

    /// The process that was trying an action is gone: says why the release must hold, if it must.
    pub(super) fn lose_writer(&mut self, key: &Key) -> Option<String> {
        let action = self.action_mut(key)?;
        match action.nature {
            Nature::Observation => {
                action.state = ActionState::Dropped;
                if let Some(soak) = &mut self.soak {
                    soak.watched = false;
                }
                None
            }
            Nature::Effect => {
                let why = "it was interrupted: the flightdeck that ran it is gone".to_owned();
                action.state = ActionState::InDoubt { why: why.clone(), last: None, writer: None };
                Some(format!("in doubt: {} {} was interrupted", action.identity.verb, action.identity.target))
            }
        }
    }
}

impl ActionLog {
    /// Whether, once it is done, something is there in the world: brought by us, or by whoever was waited for.
    pub fn leaves_something(&self) -> bool {
        self.nature == Nature::Effect || self.identity.verb == "await"
    }
}

impl ActionState {
    /// Whether it is there, by evidence.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done { .. })
    }

    /// Whether nobody can say that it is over: at work, in doubt, in conflict, or found and not accepted.
    pub fn is_unsettled(&self) -> bool {
        matches!(self, Self::Running) || self.is_undecided()
    }

    /// Whether the owner must look.
    pub fn is_undecided(&self) -> bool {
        matches!(self, Self::Found { .. }) || self.is_for_the_owner_to_resolve()
    }

    /// Whether `resolve` decides it.
    pub fn is_for_the_owner_to_resolve(&self) -> bool {
        matches!(self, Self::InDoubt { .. } | Self::Conflict { .. })
    }
}
