//! Conditions that must hold at the instant a step starts.

use serde::{Deserialize, Serialize};

use super::verb::{Scene, Unready};
use super::{Argv, Command, Document, FlagState, Period, Repo, SeamId, Step, StepId, Verb};

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
    /// The intersections of `[coverage]` are covered by tests that passed in earlier smoke steps.
    Coverage(Required),
    /// These statuses or checks of the step's repository passed, at the commit that ships.
    Ci(Vec<String>),
    /// The way back was rehearsed, for the flag as this plan has it.
    Rehearsed(Rehearsal),
    /// With the flag off, main's own tests, contract and recorded answers hold against what ships.
    Dormant(Required),
    /// What an earlier step deployed has been good for so many checks in a row.
    #[serde(untagged)]
    Canary(Canary),
}

/// What can be rehearsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Rehearsal {
    /// Setting the flag to off, and reading it back everywhere: `flightdeck flag off --rehearse`.
    FlagOff,
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

/// Checks of what was deployed, spread over a time; a bad one starts them over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(inline)]
pub struct Canary {
    /// The step that deployed it, or the repository.
    #[schemars(example = &"api")]
    pub canary: String,
    /// How many checks must be good, one after the other.
    #[schemars(range(min = 2, max = 10_000), example = 20)]
    pub checks: u32,
    /// The time over which they are spread.
    #[schemars(example = &"10m")]
    pub over: Period,
}

impl Canary {
    /// The step that deploys it: the one of this name, else the first that deploys the repository of this name.
    pub fn step<'a>(&self, document: &'a Document) -> Option<&'a Step> {
        let deploys = |step: &&Step| matches!(step.verb, Verb::Deploy(_));
        let mut steps = document.step.iter().filter(deploys);
        let named = steps.clone().find(|step| step.id.as_str() == self.canary);
        named.or_else(|| steps.find(|step| step.verb.repo().is_some_and(|repo| repo.as_str() == self.canary)))
    }

    /// The repository that is deployed.
    pub fn repo<'a>(&self, document: &'a Document) -> Option<&'a Repo> {
        let name = self.step(document)?.verb.repo()?;
        document.repo.iter().find(|repo| repo.name == *name)
    }

    /// The time between two checks.
    pub fn every(&self) -> Period {
        Period::from((self.over.millis() / u64::from(self.checks.max(2) - 1)).max(1))
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
            Self::Coverage(_) => "coverage",
            Self::Ci(_) => "ci",
            Self::Canary(_) => "canary",
            Self::Rehearsed(_) => "rehearsed",
            Self::Dormant(_) => "dormant",
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
            Self::Coverage(_) => "tests cover every intersection".to_owned(),
            Self::Ci(contexts) => format!("CI passed: {}", contexts.join(", ")),
            Self::Canary(canary) => {
                format!("canary {} is good for {} checks over {}", canary.canary, canary.checks, canary.over)
            }
            Self::Rehearsed(Rehearsal::FlagOff) => "flag off was rehearsed".to_owned(),
            Self::Dormant(_) => "what ships behaves as main does, with the flag off".to_owned(),
        }
    }

    /// How long a judgement stands.
    pub fn stands(&self) -> Stands {
        match self {
            Self::Flag(_)
            | Self::Step(_)
            | Self::Command(_)
            | Self::Preflight(_)
            | Self::Seam(_)
            | Self::Coverage(_)
            | Self::Ci(_)
            | Self::Canary(_)
            | Self::Rehearsed(_)
            | Self::Dormant(_) => Stands::Once,
            Self::Tests(_) => Stands::WithItsTree,
        }
    }

    /// The step that it wants done.
    pub fn step(&self) -> Option<&StepId> {
        match self {
            Self::Step(step) => Some(step),
            Self::Flag(_)
            | Self::Tests(_)
            | Self::Command(_)
            | Self::Preflight(_)
            | Self::Seam(_)
            | Self::Coverage(_)
            | Self::Ci(_)
            | Self::Canary(_)
            | Self::Rehearsed(_)
            | Self::Dormant(_) => None,
        }
    }

    /// The commands that it runs, in their order. What the flag's own table and preflight ask isn't among them.
    pub fn commands(&self, scene: &Scene<'_>) -> Result<Vec<Command>, Unready> {
        match self {
            Self::Tests(_) => scene.tests(),
            Self::Command(argv) => Ok(vec![scene.command(None, argv)?]),
            Self::Seam(seam) => scene.seam(seam),
            Self::Canary(canary) => Ok(scene.canary(canary)?.into_iter().collect()),
            Self::Dormant(_) => Ok(scene.dormant_tests()?.into_iter().collect()),
            Self::Flag(_)
            | Self::Step(_)
            | Self::Preflight(_)
            | Self::Coverage(_)
            | Self::Ci(_)
            | Self::Rehearsed(_) => Ok(Vec::new()),
        }
    }
}
