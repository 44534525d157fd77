//! What steps will need of the world, told before the first of them starts: a pure list from what they compile to, each need
//! once, in the order of the plan. Whether it is there is asked elsewhere.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::check::Question;
use super::verb::Scene;
use super::{
    Action, Asking, Candidate, Check, Command, Effect, Gate, PackageVersion, Place, Plan, Probe, RegistryKind,
    RegistryName, RepoName, Sha, Starting, Step, StepId, Via,
};

/// One thing that is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Need {
    /// The first step that needs it; none where all do.
    pub step: Option<StepId>,
    /// What.
    pub what: Wanted,
}

/// The closed set of things that steps need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "need", rename_all = "kebab-case")]
pub enum Wanted {
    /// A program that can be started.
    Tool {
        /// The program.
        program: String,
        /// Where it is started.
        place: Place,
    },
    /// A variable of the user's environment.
    Secret {
        /// The repository that names it.
        repo: RepoName,
        /// The variable.
        name: String,
    },
    /// A variable of the user's environment that no repository names.
    Variable {
        /// The variable.
        name: String,
    },
    /// A flag that can be read at its provider.
    Provider,
    /// A registry that answers, and a version that nobody has taken.
    Version {
        /// The repository that it is made from.
        repo: RepoName,
        /// The version.
        package: Box<PackageVersion>,
        /// Who publishes it.
        by: Publisher,
    },
    /// Credentials that a registry accepts.
    Credentials {
        /// The repository that publishes there.
        repo: RepoName,
        /// What it publishes.
        package: Box<PackageVersion>,
    },
    /// A release branch where it was frozen, here and at `origin`, and a work tree without changes.
    Standing {
        /// The repository.
        repo: RepoName,
        /// The commit.
        sha: Sha,
    },
    /// A branch that only moves forward.
    FastForward {
        /// The repository.
        repo: RepoName,
        /// The remote's name; the clone's own branch when absent.
        remote: Option<String>,
        /// The branch's short name.
        branch: String,
        /// Where it goes.
        sha: Sha,
    },
    /// A remote that takes a push.
    Push {
        /// The repository.
        repo: RepoName,
        /// The remote's name.
        remote: String,
        /// The branch's short name.
        branch: String,
        /// The commit.
        sha: Sha,
    },
    /// A remote that takes a push of the flag's file, and nothing in the way of a commit of it.
    FlagPush {
        /// The remote's name.
        remote: String,
        /// The branch's short name.
        branch: String,
    },
    /// Room for worktrees, artefacts and outputs.
    Disk {
        /// The repository whose clone lies there; the state folder when absent.
        repo: Option<RepoName>,
    },
    /// A clock that agrees with another one.
    Clock {
        /// An address that is asked anyway; none where none is.
        address: Option<String>,
    },
    /// Versions that one registry must take in a row.
    Rate {
        /// The registry.
        registry: RegistryName,
        /// What speaks there.
        kind: RegistryKind,
        /// How many versions.
        versions: usize,
    },
    /// Nobody can say what a step would need.
    Untold {
        /// Why.
        why: String,
    },
}

/// Who publishes a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Publisher {
    /// We: a version that is there already was published by someone else.
    We,
    /// Others: it may be there already.
    Others,
}

impl Plan {
    /// What these steps will need.
    pub fn needs_of<'a>(
        &self,
        steps: impl IntoIterator<Item = &'a Step>,
        candidates: &BTreeMap<RepoName, Candidate>,
    ) -> Vec<Need> {
        let mut all = Collected::default();
        for step in steps {
            of_step(self, step, candidates, &mut all);
        }
        all.rates();
        all.everywhere(self);
        all.needs
    }
}

/// The needs so far; what is there already isn't told twice.
#[derive(Debug, Default)]
struct Collected {
    needs: Vec<Need>,
    /// An address of each kind that is asked anyway, the best clock first.
    addresses: Vec<String>,
}

impl Collected {
    fn add(&mut self, step: Option<&StepId>, what: Wanted) {
        if !self.needs.iter().any(|need| need.what == what) {
            self.needs.push(Need { step: step.cloned(), what });
        }
    }

    /// Several versions in a row may meet a registry's limit.
    fn rates(&mut self) {
        let mut counted: BTreeMap<RegistryName, (RegistryKind, usize)> = BTreeMap::new();
        for need in &self.needs {
            let Wanted::Version { package, by: Publisher::We, .. } = &need.what else { continue };
            if let Asking::Index { kind, .. } = &package.asking {
                counted.entry(package.registry.clone()).or_insert((*kind, 0)).1 += 1;
            }
        }
        for (registry, (kind, versions)) in counted.into_iter().filter(|(_, (_, versions))| *versions > 1) {
            self.add(None, Wanted::Rate { registry, kind, versions });
        }
    }

    fn everywhere(&mut self, plan: &Plan) {
        self.add(None, Wanted::Disk { repo: None });
        let used: Vec<RepoName> = plan.repos().iter().map(|repo| repo.name.clone()).collect();
        for repo in used {
            if self.needs.iter().any(|need| need.what.repo() == Some(&repo)) {
                self.add(None, Wanted::Disk { repo: Some(repo) });
            }
        }
        let address = self.addresses.first().cloned();
        self.add(None, Wanted::Clock { address });
    }
}

fn of_step(plan: &Plan, step: &Step, candidates: &BTreeMap<RepoName, Candidate>, all: &mut Collected) {
    let id = Some(&step.id);
    let scene = Scene { document: plan.document(), candidates, step };
    let actions = match plan.compile(step, candidates) {
        Ok(actions) => actions,
        Err(why) => return all.add(id, Wanted::Untold { why: why.to_string() }),
    };
    for gate in &step.gates {
        all.extend(id, &gate.commands(&scene).unwrap_or_default());
        match gate {
            Gate::Flag(_) | Gate::Dormant(_) => of_flag(plan, step, all),
            Gate::Ci(_) => of_ci(plan, step, all),
            Gate::Tests(_)
            | Gate::Step(_)
            | Gate::Command(_)
            | Gate::Preflight(_)
            | Gate::Seam(_)
            | Gate::Coverage(_)
            | Gate::Rehearsed(_)
            | Gate::Canary(_) => {}
        }
    }
    for action in &actions {
        of_action(plan, step, action, all);
    }
    if let Some(undo) = &step.undo {
        all.extend(id, scene.command(step.verb.repo(), undo).ok().as_ref());
    }
}

impl Collected {
    /// What commands need: their programs, and the secrets of their repositories.
    fn extend<'a>(&mut self, step: Option<&StepId>, commands: impl IntoIterator<Item = &'a Command>) {
        for command in commands {
            let program = command.argv.as_written().first().cloned().unwrap_or_default();
            self.add(step, Wanted::Tool { program, place: command.place.clone() });
            self.secrets(step, command);
        }
    }

    fn secrets(&mut self, step: Option<&StepId>, command: &Command) {
        if let Place::Worktree { repo, .. } = &command.place {
            for name in &command.secrets {
                self.add(step, Wanted::Secret { repo: repo.clone(), name: name.clone() });
            }
        }
    }
}

fn of_flag(plan: &Plan, step: &Step, all: &mut Collected) {
    let Some(flag) = &plan.document().flag else { return };
    flag.needs().into_iter().for_each(|what| all.add(Some(&step.id), what));
}

fn of_ci(plan: &Plan, step: &Step, all: &mut Collected) {
    let repo = step.verb.repo().and_then(|name| plan.repo(name));
    if let Some((repo, name)) = repo.and_then(|repo| Some((repo, repo.ci.as_ref()?.token.as_ref()?))) {
        all.add(Some(&step.id), Wanted::Secret { repo: repo.name.clone(), name: name.clone() });
    }
}

fn of_action(plan: &Plan, step: &Step, action: &Action, all: &mut Collected) {
    let id = Some(&step.id);
    match &action.effect {
        Effect::Advance { repo, branch, to } => {
            all.add(id, Wanted::Standing { repo: repo.clone(), sha: to.clone() });
            let (repo, branch, sha) = (repo.clone(), branch.clone(), to.clone());
            all.add(id, Wanted::FastForward { repo, remote: None, branch, sha });
        }
        Effect::Push { repo, remote, branch, sha } => {
            all.add(id, Wanted::Standing { repo: repo.clone(), sha: sha.clone() });
            let (repo, branch, sha) = (repo.clone(), branch.clone(), sha.clone());
            let forward = Wanted::FastForward {
                repo: repo.clone(),
                remote: Some(remote.clone()),
                branch: branch.clone(),
                sha: sha.clone(),
            };
            all.add(id, forward);
            all.add(id, Wanted::Push { repo, remote: remote.clone(), branch, sha });
        }
        Effect::Repin { repo, remote, branch, base, pins } => {
            let (repo, sha) = (repo.clone(), base.clone());
            all.add(id, Wanted::Standing { repo: repo.clone(), sha: sha.clone() });
            all.add(id, Wanted::Push { repo, remote: remote.clone(), branch: branch.clone(), sha });
            all.extend(id, pins.iter().filter_map(|pin| pin.lock.as_ref()));
        }
        Effect::Run { command } | Effect::Dispatch { start: Starting::Command { command } } => {
            all.extend(id, [command]);
        }
        Effect::Dispatch { start: Starting::Call { token, .. } } => {
            if let (Some(repo), Some(name)) = (step.verb.repo(), token) {
                all.add(id, Wanted::Secret { repo: repo.clone(), name: name.clone() });
            }
        }
        Effect::Publish { build, upload, .. } => {
            all.extend(id, build);
            let built =
                build.is_some() && upload.argv.as_written().first().is_some_and(|program| program.contains('/'));
            // a build may make the program that uploads
            if built {
                all.secrets(id, upload);
            } else {
                all.extend(id, [upload]);
            }
        }
        Effect::Smoke { checks, commands } | Effect::Soak { checks, commands, .. } => {
            all.addresses.extend(checks.iter().filter_map(address_of));
            all.extend(id, commands.iter().flatten());
        }
        Effect::Suite { command, .. } => all.extend(id, [command]),
        Effect::SetFlag { .. } => of_flag(plan, step, all),
        Effect::Resolve { package } => of_asking(step, &package.asking, all),
        // a tag is pushed to the remote that the commit went to; it is asked there
        Effect::Tag { .. } | Effect::Await { .. } | Effect::Confirm { .. } => {}
    }
    of_probe(step, &action.probe, all);
}

fn of_probe(step: &Step, probe: &Probe, all: &mut Collected) {
    match probe {
        Probe::Command { command } => all.extend(Some(&step.id), [command]),
        Probe::Started { evidence } => of_probe(step, evidence, all),
        Probe::Package { package, .. } => {
            of_asking(step, &package.asking, all);
            let Some(repo) = step.verb.repo() else { return };
            let by = match step.via {
                Via::Local => Publisher::We,
                Via::Dispatch | Via::External => Publisher::Others,
            };
            let (id, package) = (Some(&step.id), package.clone());
            all.add(id, Wanted::Version { repo: repo.clone(), package: package.clone(), by });
            if by == Publisher::We {
                all.add(id, Wanted::Credentials { repo: repo.clone(), package });
            }
        }
        Probe::LocalBranch { .. }
        | Probe::RemoteBranch { .. }
        | Probe::RemoteTag { .. }
        | Probe::Repinned { .. }
        | Probe::Flag { .. }
        | Probe::Itself
        | Probe::Nothing => {}
    }
}

fn of_asking(step: &Step, asking: &Asking, all: &mut Collected) {
    match asking {
        Asking::Command { probe, resolve, .. } => all.extend(Some(&step.id), [probe].into_iter().chain(resolve)),
        // a registry's clock is better than that of an app of ours
        Asking::Index { index: Some(index), .. } => all.addresses.insert(0, index.clone()),
        Asking::Index { index: None, .. } => {}
    }
}

fn address_of(check: &Check) -> Option<String> {
    match &check.question {
        Question::Http { http, .. } => Some(http.clone()),
        Question::Command { .. } => None,
    }
}

impl Wanted {
    /// The repository it is about.
    pub fn repo(&self) -> Option<&RepoName> {
        match self {
            Self::Tool { place: Place::Worktree { repo, .. }, .. }
            | Self::Secret { repo, .. }
            | Self::Version { repo, .. }
            | Self::Credentials { repo, .. }
            | Self::Standing { repo, .. }
            | Self::FastForward { repo, .. }
            | Self::Push { repo, .. } => Some(repo),
            Self::Disk { repo } => repo.as_ref(),
            Self::Tool { place: Place::Root, .. }
            | Self::Variable { .. }
            | Self::Provider
            | Self::FlagPush { .. }
            | Self::Clock { .. }
            | Self::Rate { .. }
            | Self::Untold { .. } => None,
        }
    }
}

impl fmt::Display for Wanted {
    /// What is needed, as a label.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tool { program, .. } => f.write_str(program),
            Self::Secret { name, .. } | Self::Variable { name } => write!(f, "${name}"),
            Self::Provider => f.write_str("the flag's provider"),
            Self::Version { package, by: Publisher::We, .. } => write!(f, "{package} free at {}", package.registry),
            Self::Version { package, by: Publisher::Others, .. } => write!(f, "{} for {package}", package.registry),
            Self::Credentials { package, .. } => write!(f, "credentials for {}", package.registry),
            Self::Standing { .. } => f.write_str("release branch as it was frozen"),
            Self::FastForward { remote: Some(remote), branch, .. } => write!(f, "fast-forward {remote}/{branch}"),
            Self::FastForward { remote: None, branch, .. } => write!(f, "fast-forward {branch} here"),
            Self::Push { remote, branch, .. } => write!(f, "push to {remote}/{branch}"),
            Self::FlagPush { remote, branch } => write!(f, "push the flag's file to {remote}/{branch}"),
            Self::Disk { repo: Some(_) } => f.write_str("room beside the clone"),
            Self::Disk { repo: None } => f.write_str("room in the state folder"),
            Self::Clock { .. } => f.write_str("the clock"),
            Self::Rate { registry, versions, .. } => write!(f, "{versions} versions in a row at {registry}"),
            Self::Untold { .. } => f.write_str("what it needs"),
        }
    }
}
