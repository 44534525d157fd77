//! Conditions that must hold at the instant a step starts.

use serde::{Deserialize, Serialize};

use super::verb::{Scene, Unready};
use super::{Argv, Command, FlagState, SeamId, StepId};

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
    /// A seam holds at the commits that ship.
    Seam(SeamId),
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

/// How long the judgement of a gate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    /// Only at the instant it is made: it is made afresh when the step starts.
    Once,
    /// As long as the tree that was tested ships.
    WithItsTree,
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
            Self::Seam(_) => "seam",
        }
    }

    /// What it wants, in words.
    pub fn wants(&self) -> String {
        match self {
            Self::Flag(state) => format!("flag is {state}"),
            Self::Tests(_) => "tests pass on what ships".to_owned(),
            Self::Step(step) => format!("step {step} is done"),
            Self::Command(argv) => format!("{argv} exits 0"),
            Self::Preflight(_) => "what later steps need is there".to_owned(),
            Self::Seam(seam) => format!("seam {seam} holds"),
        }
    }

    /// How long a judgement stands.
    pub fn stands(&self) -> Stands {
        match self {
            Self::Flag(_) | Self::Step(_) | Self::Command(_) | Self::Preflight(_) | Self::Seam(_) => Stands::Once,
            Self::Tests(_) => Stands::WithItsTree,
        }
    }

    /// The step that it wants done.
    pub fn step(&self) -> Option<&StepId> {
        match self {
            Self::Step(step) => Some(step),
            Self::Flag(_) | Self::Tests(_) | Self::Command(_) | Self::Preflight(_) | Self::Seam(_) => None,
        }
    }

    /// The commands that it runs, in their order. What the flag's own table and preflight ask isn't among them.
    pub fn commands(&self, scene: &Scene<'_>) -> Result<Vec<Command>, Unready> {
        match self {
            Self::Tests(_) => scene.tests(),
            Self::Command(argv) => Ok(vec![scene.command(None, argv)?]),
            Self::Seam(seam) => scene.seam(seam),
            Self::Flag(_) | Self::Step(_) | Self::Preflight(_) => Ok(Vec::new()),
        }
    }
}
