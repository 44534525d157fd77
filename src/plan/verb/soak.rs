//! `soak = { for, every, checks }`: time passes while users of the beta meet the feature, and checks watch it.

use serde::{Deserialize, Serialize};

use super::smoke::{commands_of, faults_of, repos_of};
use super::{Fault, Form, Scene, Unready};
use crate::plan::{Action, Check, Document, Effect, Identity, Period, Probe, Reach, RepoName};

/// A watched wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Soak {
    /// How long the checks must have stayed good.
    #[serde(rename = "for")]
    #[schemars(example = &"9d")]
    lasts: Period,
    /// The time between two rounds of checks.
    #[serde(default = "a_minute")]
    every: Period,
    /// What is checked; nothing but time when absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    checks: Vec<Check>,
}

fn a_minute() -> Period {
    Period::seconds(60)
}

impl Form for Soak {
    fn repos(&self) -> Vec<&RepoName> {
        repos_of(&self.checks)
    }

    fn faults(&self, document: &Document) -> Vec<Fault> {
        if self.checks.is_empty() {
            return Vec::new();
        }
        let mut faults = faults_of(&self.checks, document);
        if self.every.millis() < 100 {
            faults.push(Fault::at(&["every"], "a round of checks takes longer than that: write at least \"100ms\""));
        }
        faults
    }

    fn compile(&self, scene: &Scene<'_>) -> Result<Vec<Action>, Unready> {
        Ok(vec![Action {
            identity: Identity::new("soak", scene.step.id.as_str(), self.lasts.to_string()),
            title: format!("soak for {}", self.lasts),
            effect: Effect::Soak {
                lasts: self.lasts,
                every: self.every,
                checks: self.checks.clone(),
                commands: commands_of(&self.checks, scene)?,
            },
            probe: Probe::Itself,
            reach: Reach::Reversible,
            limit: scene.limit(),
        }])
    }

    fn way_back(&self) -> &'static str {
        "nothing to take back: it only waits and looks"
    }
}
