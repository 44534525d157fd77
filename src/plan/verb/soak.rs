//! `soak = { for, every, checks }`: time passes while users of the beta meet the feature, and checks watch it.

use serde::{Deserialize, Serialize};

use super::smoke::{Smoke, commands_of, faults_of, repos_of};
use super::{Fault, Form, Scene, Unready, Verb};
use crate::plan::{Action, Check, Document, Effect, Identity, Period, Probe, Reach, RepoName, StepId};

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
    /// Smoke steps whose checks are made too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    smoke: Vec<StepId>,
    /// What becomes of the time in which nobody watched.
    #[serde(default, skip_serializing_if = "Gaps::is_default")]
    gaps: Gaps,
}

/// What becomes of the time in which no flightdeck ran that could watch a soak.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Gaps {
    /// It isn't counted: a soak lasts as long as it was watched.
    #[default]
    Stop,
    /// It counts as good where the checks were good before and are good after.
    Count,
}

impl Gaps {
    // serde's skip_serializing_if passes a reference
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
    fn is_default(&self) -> bool {
        matches!(self, Self::Stop)
    }
}

impl Soak {
    /// Its own checks, and those of the smoke steps that it names.
    fn all_checks(&self, document: &Document) -> Vec<Check> {
        let theirs = self.smoke.iter().filter_map(|id| smoke_of(document, id)).flat_map(Smoke::checks);
        self.checks.iter().chain(theirs).cloned().collect()
    }
}

fn smoke_of<'a>(document: &'a Document, id: &StepId) -> Option<&'a Smoke> {
    let step = document.step.iter().find(|step| step.id == *id)?;
    if let Verb::Smoke(smoke) = &step.verb { Some(smoke) } else { None }
}

fn a_minute() -> Period {
    Period::seconds(60)
}

impl Form for Soak {
    fn repos(&self) -> Vec<&RepoName> {
        repos_of(&self.checks)
    }

    fn faults(&self, document: &Document) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (index, id) in self.smoke.iter().enumerate() {
            let smoke = smoke_of(document, id);
            if smoke.is_some_and(|smoke| smoke.checks().is_empty()) {
                let message =
                    format!("`{id}` has no checks, and its suite isn't run again and again: name one with `checks`");
                faults.push(Fault::at(&["smoke", &index.to_string()], message));
            }
            if smoke.is_none() {
                let smokes = document.step.iter().filter(|step| matches!(step.verb, Verb::Smoke(_)));
                let smokes: Vec<_> = smokes.map(|step| step.id.as_str()).collect();
                let known = if smokes.is_empty() { "there is none".to_owned() } else { smokes.join(", ") };
                let message = format!("no smoke step is named `{id}`; the smoke steps: {known}");
                faults.push(Fault::at(&["smoke", &index.to_string()], message));
            }
        }
        if self.all_checks(document).is_empty() {
            return faults;
        }
        if !self.checks.is_empty() {
            faults.extend(faults_of(&self.checks, document));
        }
        if self.every.millis() < 100 {
            faults.push(Fault::at(&["every"], "a round of checks takes longer than that: write at least \"100ms\""));
        }
        faults
    }

    fn compile(&self, scene: &Scene<'_>) -> Result<Vec<Action>, Unready> {
        let checks = self.all_checks(scene.document);
        Ok(vec![Action {
            identity: Identity::new("soak", scene.step.id.as_str(), self.lasts.to_string()),
            title: format!("soak for {}", self.lasts),
            effect: Effect::Soak {
                lasts: self.lasts,
                every: self.every,
                commands: commands_of(&checks, scene)?,
                checks,
                gaps: self.gaps,
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
