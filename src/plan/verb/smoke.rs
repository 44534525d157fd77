//! `smoke = { checks, suite }`: looks at what is live, all checks at once on the screen; then a suite of tests.

use serde::{Deserialize, Serialize};

use super::{Fault, Form, Scene, Unready, unknown_repo};
use crate::plan::check::Question;
use crate::plan::{Action, Check, Command, Document, Effect, Identity, Probe, Reach, RepoName, Suite};

/// Checks, a suite of tests, or both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Smoke {
    /// The checks, all of which must pass.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    checks: Vec<Check>,
    /// A suite of tests, run when the checks have passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    suite: Option<Suite>,
}

impl Smoke {
    /// The suite that it runs.
    pub fn suite(&self) -> Option<&Suite> {
        self.suite.as_ref()
    }
}

impl Smoke {
    /// Its checks.
    pub(super) fn checks(&self) -> &[Check] {
        &self.checks
    }
}

/// The repositories that checks run in.
pub(super) fn repos_of(checks: &[Check]) -> Vec<&RepoName> {
    checks
        .iter()
        .filter_map(|check| match &check.question {
            Question::Command { repo, .. } => repo.as_ref(),
            Question::Http { .. } => None,
        })
        .collect()
}

/// What is wrong with a list of checks.
pub(super) fn faults_of(checks: &[Check], document: &Document) -> Vec<Fault> {
    let mut faults = Vec::new();
    if checks.is_empty() {
        faults.push(Fault::at(&["checks"], "there is nothing to check: write `checks`, or a `suite`"));
    }
    for (index, check) in checks.iter().enumerate() {
        if let Question::Command { repo: Some(repo), .. } = &check.question {
            faults.extend(unknown_repo(document, repo, &["checks", &index.to_string(), "repo"]));
        }
    }
    faults
}

/// The commands of the checks, in the checks' order.
pub(super) fn commands_of(checks: &[Check], scene: &Scene<'_>) -> Result<Vec<Option<Command>>, Unready> {
    checks
        .iter()
        .map(|check| match &check.question {
            Question::Command { command, repo } => scene.command(repo.as_ref(), command).map(Some),
            Question::Http { .. } => Ok(None),
        })
        .collect()
}

impl Form for Smoke {
    fn repos(&self) -> Vec<&RepoName> {
        repos_of(&self.checks).into_iter().chain(self.suite.as_ref().and_then(|suite| suite.repo.as_ref())).collect()
    }

    fn faults(&self, document: &Document) -> Vec<Fault> {
        let Some(suite) = &self.suite else { return faults_of(&self.checks, document) };
        let mut faults = if self.checks.is_empty() { Vec::new() } else { faults_of(&self.checks, document) };
        faults.extend(suite.repo.as_ref().and_then(|repo| unknown_repo(document, repo, &["suite", "repo"])));
        faults.extend(suite.faults().into_iter().map(|(at, message)| {
            let at: Vec<&str> = std::iter::once("suite").chain(at.iter().map(String::as_str)).collect();
            Fault::at(&at, message)
        }));
        faults
    }

    fn compile(&self, scene: &Scene<'_>) -> Result<Vec<Action>, Unready> {
        let action = |brings: &str, title: String, effect: Effect| Action {
            identity: Identity::new("smoke", scene.step.id.as_str(), brings),
            title,
            effect,
            probe: Probe::Itself,
            reach: Reach::Reversible,
            limit: scene.limit(),
        };
        let mut actions = Vec::new();
        if !self.checks.is_empty() {
            let effect = Effect::Smoke { checks: self.checks.clone(), commands: commands_of(&self.checks, scene)? };
            actions.push(action("", scene.step.title.clone(), effect));
        }
        if let Some(suite) = &self.suite {
            let command = scene.command(suite.repo.as_ref(), &suite.argv())?;
            let effect = Effect::Suite { suite: suite.clone(), command };
            actions.push(action("suite", format!("run {}", suite.argv()), effect));
        }
        Ok(actions)
    }

    fn way_back(&self) -> &'static str {
        "nothing to take back: it only looks"
    }
}
