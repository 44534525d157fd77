//! Conditions that must hold at the instant a step starts.

use serde::{Deserialize, Serialize};

use super::{Argv, FlagState, StepId};

/// A condition; one that can't be evaluated doesn't hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Gate {
    /// The flag is read as this state in every context and by every artefact that reports it.
    Flag(FlagState),
    /// The repository's tests pass on exactly the tree that ships.
    Tests(Required),
    /// Another step is done.
    Step(StepId),
    /// A command exits 0.
    Command(Argv),
    /// Everything that this and every later step will need is there.
    Preflight(Required),
}

/// Written as `true`: a gate that isn't wanted is left out, so `false` is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(try_from = "bool", into = "bool")]
#[schemars(with = "bool", extend("const" = true))]
pub struct Required;

impl TryFrom<bool> for Required {
    type Error = &'static str;

    fn try_from(wanted: bool) -> Result<Self, Self::Error> {
        if wanted { Ok(Self) } else { Err("leave the gate out instead of writing false") }
    }
}

impl From<Required> for bool {
    fn from(_: Required) -> Self {
        true
    }
}

impl Gate {
    /// The word that names the kind of gate in release.toml and in `status --json`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Flag(_) => "flag",
            Self::Tests(_) => "tests",
            Self::Step(_) => "step",
            Self::Command(_) => "command",
            Self::Preflight(_) => "preflight",
        }
    }
}
