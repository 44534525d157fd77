//! Why a command ended without doing what it was asked: what, because of what, and what to do about it.

use super::exit::Exit;
use crate::engine::{OpenFault, Reply};

/// An end that isn't a success, in words for a person and a status for a script.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Fault {
    /// The status.
    pub exit: Exit,
    /// What went wrong.
    pub what: String,
    /// Why.
    pub because: Option<String>,
    /// What to do.
    pub hint: Option<String>,
}

impl Fault {
    pub(super) fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self { exit, what: what.into(), because: None, hint: None }
    }

    pub(super) fn usage(what: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what)
    }

    pub(super) fn failed(what: impl Into<String>) -> Self {
        Self::new(Exit::Failed, what)
    }

    #[allow(clippy::needless_pass_by_value, reason = "errors are handed over, not lent")]
    pub(super) fn because(mut self, why: impl ToString) -> Self {
        self.because = Some(why.to_string());
        self
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl From<OpenFault> for Fault {
    fn from(fault: OpenFault) -> Self {
        match fault {
            OpenFault::NoPlan { path, error } => Self::usage(format!("there is no plan to read at {path}"))
                .because(error)
                .hint("name another one with `--release FILE`, or try `flightdeck demo`"),
            OpenFault::Plan(complaints) => Self::usage(complaints.to_string()),
            OpenFault::Place(fault) => Self::failed("there is no safe place for state").because(fault),
            OpenFault::Store(fault) => Self::new(Exit::Ledger, "the ledger can't be opened").because(fault),
            OpenFault::Disk(fault) => Self::failed("the state folder can't be used").because(fault),
        }
    }
}

/// Signals that can't be listened to: nobody could end the command but by killing it.
pub(super) fn unheard(error: std::io::Error) -> Fault {
    Fault::failed("signals can't be heard").because(error)
}

/// What a conductor said: words for a success, a fault for a refusal.
pub(super) fn said(reply: Reply) -> Result<String, Fault> {
    match reply {
        Reply::Done { said } => Ok(said),
        Reply::Refused { why, exit } => Err(Fault::new(Exit::of_code(exit), why)),
        Reply::Status { .. } => Err(Fault::failed("the conductor answered another question than was asked")),
    }
}
