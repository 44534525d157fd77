//! What a cockpit, a socket or a command line asks of the engine, and what it answers.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot, watch};

use super::state::State;
use crate::plan::{Digest, FlagState, StepId};
use crate::rollout::Order;
use crate::rollout::event::Frozen;

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case")]
pub enum Command {
    /// An owner's decision, recorded if it may be.
    Decide {
        /// The decision.
        decision: Order,
    },
    /// Accept something out of order, by its name or its step's.
    Accept {
        /// The name.
        what: String,
        /// What was shown of it, where it was.
        #[serde(default)]
        seen: Option<String>,
        /// Why.
        reason: String,
    },
    /// Take a step back by its own `undo` command.
    Undo {
        /// The step.
        step: StepId,
        /// What was shown, where it was.
        #[serde(default)]
        digest: Option<Digest>,
    },
    /// Put the flag back to a state, from whatever state the release is in.
    FlagBack {
        /// The state: an earlier one than now.
        to: FlagState,
    },
    /// Rehearse the flag's way back while it is off.
    Rehearse,
    /// Say whether a freeze would be recorded: asked before anything is pushed for one.
    MayFreeze,
    /// Record what QA passed.
    Freeze {
        /// Each repository's commit and package.
        candidates: Vec<Frozen>,
        /// Who passed it.
        by: String,
        /// The verdict.
        verdict: String,
        /// Anything else worth keeping.
        notes: String,
    },
    /// Start what is approved: a cockpit opens parked.
    Go,
    /// Start what is approved, and nothing after this step.
    GoUntil {
        /// The last step that may start.
        step: StepId,
    },
    /// Start nothing more until somebody says how it goes on: sent before a question whose answer may be to stop. What runs goes
    /// on. Changes nothing where nothing starts by itself.
    Pause,
    /// Go on as before [`Command::Pause`].
    Unpause,
    /// Judge the gates of the next step again.
    Judge,
    /// Look at everything again.
    Refresh,
    /// Tell how things stand.
    Status,
    /// Trust this plan, for this user on this machine.
    Trust {
        /// The plan whose contents were shown.
        digest: Digest,
    },
    /// Stop.
    Leave {
        /// What becomes of the running action.
        how: Leave,
    },
}

impl Command {
    /// Whether it asks that something stops or is taken back.
    pub(super) fn stops(&self) -> bool {
        match self {
            Self::Decide { decision } => matches!(decision, Order::Hold { .. } | Order::Veto { .. }),
            Self::Pause | Self::Leave { .. } | Self::FlagBack { .. } => true,
            Self::Accept { .. }
            | Self::Undo { .. }
            | Self::Rehearse
            | Self::MayFreeze
            | Self::Freeze { .. }
            | Self::Go
            | Self::GoUntil { .. }
            | Self::Unpause
            | Self::Judge
            | Self::Refresh
            | Self::Status
            | Self::Trust { .. } => false,
        }
    }
}

/// What becomes of the running action when the engine stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Leave {
    /// It ends first; nothing more is started.
    Wait,
    /// It goes on without us, and will be in doubt.
    Detach,
    /// It is cancelled, and will be in doubt unless it proves otherwise.
    Cancel,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "kebab-case")]
pub enum Reply {
    /// It is recorded, or done.
    Done {
        /// What, in words.
        said: String,
    },
    /// How things stand.
    Status {
        /// As `status --json` prints it.
        status: serde_json::Value,
        /// What an approval of the train must name.
        train: Option<Digest>,
    },
    /// It isn't.
    Refused {
        /// Why, and what to do.
        why: String,
        /// The exit status that a command line gives it.
        exit: u8,
    },
}

/// A request with the place for its answer.
pub type Asked = (Command, oneshot::Sender<Reply>);

/// What a screen holds of the engine.
#[derive(Debug, Clone)]
pub struct Handle {
    /// The last state that the engine published.
    pub state: watch::Receiver<Arc<State>>,
    /// The engine's ear; bounded.
    pub asks: mpsc::Sender<Asked>,
}

impl Handle {
    /// Asks and waits for the answer. Cancel-safe: a request that was sent is carried out even if nobody waits.
    pub async fn ask(&self, command: Command) -> Reply {
        let (answer, wait) = oneshot::channel();
        if self.asks.send((command, answer)).await.is_err() {
            return Self::gone();
        }
        wait.await.unwrap_or_else(|_| Self::gone())
    }

    /// What an engine that has ended answers.
    pub fn gone() -> Reply {
        Reply::Refused { why: "flightdeck is stopping".to_owned(), exit: 4 }
    }
}
