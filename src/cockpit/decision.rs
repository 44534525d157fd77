//! What the owner can decide here: whether a decision is open now, what its dialog says, and what it asks of the engine.
//!
//! It judges nothing for good: the engine decides again from the ledger. It only keeps the screen from offering what would
//! be refused, and says why.

mod describe;
mod open;

pub use describe::describe;
pub use open::{closed, offered, open};

use super::widget::text::Row;
use crate::engine::{Command, Leave};
use crate::plan::{Digest, FlagState, StepId};
use crate::rollout::Order;
use crate::rollout::event::Verdict;
use crate::shown::Shown;

/// A decision that a dialog asks for. It names exactly what was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Approve a step, and let it start.
    Approve {
        /// The step.
        step: StepId,
        /// What was shown.
        digest: Digest,
    },
    /// Approve the train, and let it start.
    Train {
        /// What was shown.
        digest: Digest,
    },
    /// Forbid a step.
    Veto(StepId),
    /// Take a veto back.
    Lift(StepId),
    /// Start nothing more.
    Hold,
    /// Go on after a hold.
    Resume,
    /// Let what is approved start.
    Go,
    /// Judge the gates of the next step again.
    Judge,
    /// Say what became of a step.
    Resolve(StepId),
    /// Accept that a step's effects were there before us.
    Accept(StepId),
    /// Accept something out of order as it was shown.
    AcceptItem {
        /// Its name.
        id: String,
        /// What was shown of it.
        seen: String,
    },
    /// Take a step back.
    Undo {
        /// The step.
        step: StepId,
        /// What was shown.
        digest: Digest,
    },
    /// End a soak before its time.
    EndSoak(StepId),
    /// Put the flag back.
    FlagBack(FlagState),
    /// Trust the plan on this machine.
    Trust {
        /// The plan that was shown.
        digest: Digest,
    },
    /// Leave while something runs.
    Leave,
}

/// What a dialog says and offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// Its title.
    pub title: Shown,
    /// What it says.
    pub rows: Vec<Row>,
    /// What can be chosen besides Cancel.
    pub choices: Vec<Choice>,
    /// What must be typed before.
    pub demand: Demand,
}

/// Something that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Its key, where nothing has to be typed.
    pub key: char,
    /// Its words.
    pub label: &'static str,
    /// What it means.
    pub answer: Answer,
    /// How it looks.
    pub weight: Weight,
}

/// How grave a choice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Something can be done about it later.
    Plain,
    /// It can't be taken back.
    Grave,
}

/// What the owner chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Yes.
    Yes,
    /// The effect is there.
    Present,
    /// The effect isn't there.
    Absent,
    /// Leave in this way.
    Leave(Leave),
}

/// What must be typed before a choice counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Demand {
    /// Nothing.
    Nothing,
    /// Exactly this word.
    Word(String),
    /// A reason that is kept.
    Reason,
}

impl Decision {
    /// Whether its answer may be to stop: while it is asked nothing more starts.
    pub fn may_stop(&self) -> bool {
        match self {
            Self::Hold | Self::Veto(_) | Self::Leave => true,
            Self::Approve { .. }
            | Self::Train { .. }
            | Self::Lift(_)
            | Self::Resume
            | Self::Go
            | Self::Judge
            | Self::Resolve(_)
            | Self::Accept(_)
            | Self::AcceptItem { .. }
            | Self::Undo { .. }
            | Self::EndSoak(_)
            | Self::FlagBack(_)
            | Self::Trust { .. } => false,
        }
    }

    /// What the engine is asked, in order, once the owner has answered.
    pub fn commands(&self, answer: Answer, reason: &str) -> Vec<Command> {
        let reason = || reason.to_owned();
        let order = match self {
            Self::Approve { step, digest } => Order::Approve { step: step.clone(), digest: digest.clone() },
            Self::Train { digest } => Order::ApproveTrain { digest: digest.clone() },
            Self::Veto(step) => Order::Veto { step: step.clone(), reason: reason() },
            Self::Lift(step) => Order::Lift { step: step.clone() },
            Self::Hold => Order::Hold { reason: reason() },
            Self::Resume => Order::Resume,
            Self::Resolve(step) => {
                let verdict = if answer == Answer::Present { Verdict::Present } else { Verdict::Absent };
                Order::Resolve { step: step.clone(), verdict, reason: reason() }
            }
            Self::EndSoak(step) => Order::EndSoak { step: step.clone(), reason: reason() },
            Self::Accept(step) => Order::Accept { step: step.clone(), reason: reason() },
            Self::AcceptItem { id, seen } => {
                return vec![Command::Accept { what: id.clone(), seen: Some(seen.clone()), reason: reason() }];
            }
            Self::Go => return vec![Command::Go],
            Self::Judge => return vec![Command::Judge],
            Self::Undo { step, digest } => {
                return vec![Command::Undo { step: step.clone(), digest: Some(digest.clone()) }];
            }
            Self::FlagBack(to) => return vec![Command::FlagBack { to: to.clone() }],
            Self::Trust { digest } => return vec![Command::Trust { digest: digest.clone() }],
            Self::Leave => {
                let how = if let Answer::Leave(how) = answer { how } else { Leave::Wait };
                return vec![Command::Leave { how }];
            }
        };
        let mut commands = vec![Command::Decide { decision: order }];
        // an owner who approves or resumes wants it to happen: the cockpit opens parked
        if matches!(self, Self::Approve { .. } | Self::Train { .. } | Self::Resume) {
            commands.push(Command::Go);
        }
        // a veto stops its own step alone
        if self.may_stop() {
            commands.push(Command::Unpause);
        }
        commands
    }
}
