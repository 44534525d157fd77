//! `smoke = { checks }`: looks at what is live, all checks at once on the screen.

use serde::{Deserialize, Serialize};

use super::{Fault, Form, Scene, Unready, unknown_repo};
use crate::plan::check::Question;
use crate::plan::{Action, Check, Command, Document, Effect, Identity, Probe, Reach, RepoName};

/// A list of checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Smoke {
    /// The checks, all of which must pass.
    #[schemars(length(min = 1))]
    checks: Vec<Check>,
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
        faults.push(Fault::at(&["checks"], "no checks can't pass: name at least one"));
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
        repos_of(&self.checks)
    }

    fn faults(&self, document: &Document) -> Vec<Fault> {
        faults_of(&self.checks, document)
    }

    fn compile(&self, scene: &Scene<'_>) -> Result<Vec<Action>, Unready> {
        Ok(vec![Action {
            identity: Identity::new("smoke", scene.step.id.as_str(), ""),
            title: scene.step.title.clone(),
            effect: Effect::Smoke { checks: self.checks.clone(), commands: commands_of(&self.checks, scene)? },
            probe: Probe::Itself,
            reach: Reach::Reversible,
            limit: scene.limit(),
        }])
    }

    fn way_back(&self) -> &'static str {
        "nothing to take back: it only looks"
    }
}
