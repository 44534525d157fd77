//! `deploy = "repo"`: main moves to the ship SHA, then the deploy target gets it, by push or by the repository's own script.

use serde::{Deserialize, Serialize};

use super::promote::push;
use super::{ByOthers, Fault, Form, Outgoing, Scene, Unready, unknown_repo};
use crate::plan::check::Question;
use crate::plan::{Action, BroughtRef, Check, Deployment, Document, Effect, Identity, Probe, Reach, RepoName, Sha};

/// Deploys the named repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Deploy(RepoName);

impl Form for Deploy {
    fn repo(&self) -> Option<&RepoName> {
        Some(&self.0)
    }

    fn faults(&self, document: &Document) -> Vec<Fault> {
        if let Some(fault) = unknown_repo(document, &self.0, &[]) {
            return vec![fault];
        }
        if document.repo.iter().any(|r| r.name == self.0 && r.deploy.is_some()) {
            return Vec::new();
        }
        let message = format!("{} doesn't say how it is deployed: give its [[repo]] a `deploy = {{ … }}`", self.0);
        vec![Fault::at(&[], message)]
    }

    fn brought_refs(&self, document: &Document) -> Vec<BroughtRef> {
        let Some(repo) = document.repo.iter().find(|repo| repo.name == self.0) else { return Vec::new() };
        let mut refs = vec![BroughtRef::branch(&self.0, "origin", &repo.main)];
        if let Some(Deployment::Push { push, branch, .. }) = &repo.deploy {
            refs.push(BroughtRef::branch(&self.0, push, branch));
        }
        refs
    }

    fn compile(&self, scene: &Scene<'_>) -> Result<Vec<Action>, Unready> {
        let repo = scene.repo(&self.0)?;
        let how = repo.deploy.as_ref().ok_or(Unready::NotInPlan { what: "how to deploy", repo: self.0.clone() })?;
        let sha = scene.candidate(&self.0)?.ship_sha();
        let limit = scene.limit();
        let mut actions = vec![
            Action {
                identity: Identity::new("deploy", format!("{}:{}", self.0, repo.main), sha.as_str()),
                title: format!("fast-forward {} to {}", repo.main, sha.short()),
                effect: Effect::Advance { repo: self.0.clone(), branch: repo.main.clone(), to: sha.clone() },
                probe: Probe::LocalBranch { repo: self.0.clone(), branch: repo.main.clone(), sha: sha.clone() },
                reach: Reach::ForwardOnly,
                limit,
            },
            push("deploy", &self.0, "origin", &repo.main, sha, limit),
        ];
        match how {
            Deployment::Push { push: remote, branch, smoke } => {
                // where the deploy target is origin's main, the push above has brought it: the same effect isn't tried twice
                if (remote.as_str(), branch) != ("origin", &repo.main) {
                    actions.push(push("deploy", &self.0, remote, branch, sha, limit));
                }
                let version = repo.reports.as_ref().and_then(|reports| reports.version.as_deref());
                actions.extend(self.smoke(scene, smoke.as_deref(), version, sha));
            }
            Deployment::Script { script, probe } => actions.push(Action {
                identity: Identity::new("deploy", self.0.as_str(), sha.as_str()),
                title: format!("deploy {} by its own script", sha.short()),
                effect: Effect::Run { command: scene.command_in(&self.0, script)? },
                probe: Probe::Command { command: scene.command_in(&self.0, probe)? },
                reach: Reach::ForwardOnly,
                limit,
            }),
        }
        Ok(actions)
    }

    fn outgoing(&self, _document: &Document) -> Option<Outgoing> {
        Some(Outgoing::Code)
    }

    fn by_others(&self) -> ByOthers {
        ByOthers::May
    }

    fn way_back(&self) -> &'static str {
        "flag off; then deploy a fix on top"
    }
}

impl Deploy {
    /// Whether it is up, and is what was pushed: a push that succeeded proves no deploy.
    fn smoke(&self, scene: &Scene<'_>, up: Option<&str>, version: Option<&str>, sha: &Sha) -> Option<Action> {
        let check = |name: String, address: &str, contains: Option<String>| Check {
            name,
            question: Question::Http { http: address.to_owned(), status: 200, contains },
        };
        let is_up = up.map(|address| check(format!("{} is up", self.0), address, None));
        let reports = version.map(|version| {
            let address = version.split_once('#').map_or(version, |(address, _)| address);
            check(format!("{} reports {}", self.0, sha.short()), address, Some(sha.to_string()))
        });
        let title = match (up, version) {
            (Some(address), _) => format!("smoke {address}"),
            (None, Some(_)) => format!("wait until it reports {}", sha.short()),
            (None, None) => return None,
        };
        let checks: Vec<Check> = is_up.into_iter().chain(reports).collect();
        Some(Action {
            identity: Identity::new("deploy", format!("{} smoke", self.0), sha.as_str()),
            title,
            effect: Effect::Smoke { commands: vec![None; checks.len()], checks },
            probe: Probe::Itself,
            reach: Reach::Reversible,
            limit: scene.limit(),
        })
    }
}
