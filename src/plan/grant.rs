//! What trusting a plan allows: all that it can run, ask, push and rewrite, each once, in the order of the plan.
//!
//! What steps do is read from what they compile to, so that no verb is known apart here and none can hide a command; what
//! is looked at between steps is read from the tables of the flag and the repositories.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use super::check::Question;
use super::verb::Scene;
use super::{
    Action, Argv, Asking, Candidate, Check, Command, Deployment, Document, Effect, Package, Place, Plan, Probe,
    Publishing, RegistryKind, Repo, RepoName, Seam, SeamId, Sha, Starting, Step, StepId,
};

/// One thing that a trusted plan may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Whose it is: the first of those who need it.
    pub whose: Whose,
    /// What may be done.
    pub what: Granted,
}

/// Who needs a thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// The one flag.
    Flag,
    /// A repository, looked at or tested for any step.
    Repo(RepoName),
    /// A step.
    Step(StepId),
    /// A seam, held together as a gate or when somebody asks.
    Seam(SeamId),
}

/// A thing that may be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Granted {
    /// A command runs; words that are known only later still stand in it.
    Runs {
        /// The command.
        argv: Argv,
        /// The repository in whose clean worktree it runs; the root when absent.
        repo: Option<RepoName>,
        /// Names of the variables it sees beyond the base.
        secrets: Vec<String>,
    },
    /// An address is asked.
    Asks {
        /// The address.
        address: String,
    },
    /// A service is asked or told something by a call; words that are known only later still stand in it.
    Requests {
        /// The method.
        method: String,
        /// The address.
        address: String,
        /// The body.
        body: Option<String>,
        /// The variables that its headers are filled from.
        secrets: Vec<String>,
    },
    /// A workflow elsewhere is started by a call; words that are known only later still stand in it.
    Calls {
        /// The address.
        address: String,
        /// The method.
        method: String,
        /// The body.
        body: Option<String>,
        /// The variable that holds the token it is sent with.
        token: Option<String>,
    },
    /// A registry is asked for versions, by its protocol and through its ecosystem's client.
    Consults {
        /// What speaks there.
        kind: RegistryKind,
        /// The address; where the client resolves when absent.
        index: Option<String>,
    },
    /// A remote is asked for its refs.
    Reads {
        /// The repository.
        repo: RepoName,
        /// The remote's name.
        remote: String,
        /// The address that the plan wants it to have.
        url: Option<String>,
    },
    /// A commit or a tag is pushed, never forced.
    Pushes {
        /// The repository.
        repo: RepoName,
        /// The remote's name.
        remote: String,
        /// The short name of the branch or tag.
        name: String,
    },
    /// A local branch is fast-forwarded.
    Advances {
        /// The repository.
        repo: RepoName,
        /// The branch's short name.
        branch: String,
    },
    /// A file is rewritten.
    Rewrites {
        /// The file, relative to the root.
        file: PathBuf,
    },
    /// A remote is asked for a file that is served from it.
    Fetches {
        /// The file, relative to the root; it lies in the clone that asks.
        file: PathBuf,
        /// The remote's name.
        remote: String,
    },
    /// A commit that rewrites one file is pushed, never forced.
    Commits {
        /// The file, relative to the root; it lies in the clone that pushes.
        file: PathBuf,
        /// The remote's name.
        remote: String,
        /// The branch's short name.
        branch: String,
    },
    /// Nobody can say what a step would do.
    Untold {
        /// Why.
        why: String,
    },
}

impl Plan {
    /// What trusting this plan allows.
    pub fn grants(&self) -> Vec<Grant> {
        let mut all = Collected::default();
        flag(self.document(), &mut all);
        for planned in self.repos() {
            repo(self, planned, &mut all);
        }
        for planned in &self.document().seam {
            seam(self, planned, &mut all);
        }
        let stand_in = StandIn::new(self);
        for planned in self.steps() {
            step(self, planned, &stand_in, &mut all);
        }
        all.0
    }
}

/// The grants so far; what is there already isn't told twice.
#[derive(Debug, Default)]
struct Collected(Vec<Grant>);

impl Collected {
    fn add(&mut self, whose: &Whose, what: Granted) {
        if !self.0.iter().any(|grant| grant.what == what) {
            self.0.push(Grant { whose: whose.clone(), what });
        }
    }
}

/// Candidates in place of those that QA will freeze: their facts stay template words.
struct StandIn {
    candidates: BTreeMap<RepoName, Candidate>,
    /// Taken from the plan's own digest, so that no text of the plan can hold it.
    sha: Option<Sha>,
}

impl StandIn {
    fn new(plan: &Plan) -> Self {
        let sha = plan.digest().as_str().get(..40).and_then(|digits| digits.parse::<Sha>().ok());
        let package = Package { name: "{package}".to_owned(), version: "{version}".to_owned() };
        let candidate = sha.clone().map(|sha| Candidate::frozen(sha, Some(package)));
        let candidates = plan.repos().iter().filter_map(|repo| Some((repo.name.clone(), candidate.clone()?))).collect();
        Self { candidates, sha }
    }

    /// A text as it was written, but for what is known already.
    fn written(&self, text: String) -> String {
        match &self.sha {
            Some(sha) => text.replace(sha.as_str(), "{sha}"),
            None => text,
        }
    }

    /// The command as it was written, but for what is known already.
    fn command(&self, command: Command) -> Granted {
        let arguments = Vec::from(command.argv.clone());
        let arguments: Vec<String> = arguments.into_iter().map(|argument| self.written(argument)).collect();
        let repo = match command.place {
            Place::Root => None,
            Place::Worktree { repo, .. } => Some(repo),
        };
        Granted::Runs { argv: Argv::try_from(arguments).unwrap_or(command.argv), repo, secrets: command.secrets }
    }
}

fn flag(document: &Document, all: &mut Collected) {
    let Some(flag) = &document.flag else { return };
    flag.grants().into_iter().for_each(|what| all.add(&Whose::Flag, what));
}

fn repo(plan: &Plan, planned: &Repo, all: &mut Collected) {
    // every key is named, so that a new one has to be thought of here
    let Repo {
        name,
        path: _,
        url: _,
        role: _,
        visibility: _,
        main: _,
        branch: _,
        depends_on: _,
        repin: _,
        test,
        publish,
        deploy,
        reports,
        dormant: _,
        reads_flag: _,
        ci,
        secrets,
    } = planned;
    let whose = Whose::Repo(name.clone());
    let known = super::Words::default().with("release", plan.id().as_str()).with("repo", name.as_str());
    let inside = |argv: &Argv| Granted::Runs {
        argv: argv.fill_known(&known),
        repo: Some(name.clone()),
        secrets: secrets.clone(),
    };
    let mut add = |what| all.add(&whose, what);
    add(reads(plan, name, "origin"));
    add(Granted::Pushes { repo: name.clone(), remote: "origin".to_owned(), name: plan.branch(planned) });
    if let Some(argv) = test {
        add(inside(argv));
    }
    if let Some(Publishing { registry, build, artifacts: _, command, stage, manifest: _ }) = publish {
        let registry = plan.document().registry(registry);
        let asks = registry.iter().flat_map(|registry| [&registry.probe, &registry.resolve]).flatten();
        let stages = stage.iter().flat_map(|stage| [&stage.command, &stage.probe]);
        for argv in asks.chain(build).chain(stages).chain([command]) {
            add(inside(argv));
        }
        if let Some(registry) = registry.filter(|registry| registry.probe.is_none()) {
            add(Granted::Consults { kind: registry.kind, index: registry.index });
        }
    }
    match deploy {
        Some(Deployment::Push { push, branch, smoke }) => {
            add(Granted::Pushes { repo: name.clone(), remote: push.clone(), name: branch.clone() });
            if let Some(address) = smoke {
                add(Granted::Asks { address: address.clone() });
            }
        }
        Some(Deployment::Script { script, probe }) => {
            add(inside(script));
            add(inside(probe));
        }
        None => {}
    }
    let key = plan.document().flag.as_ref().map_or("", |flag| flag.key.as_str());
    let reports = reports.iter().flat_map(|reports| {
        let version = reports.version.iter().map(|address| Granted::Asks { address: address.clone() });
        reports.flag.iter().map(|report| report.grants(key)).chain(version)
    });
    reports.for_each(&mut add);
    for (ci, list) in ci.iter().flat_map(|ci| ci.forge.lists().iter().map(move |list| (ci, *list))) {
        add(Granted::Requests {
            address: ci.forge.address(list, "{sha}"),
            method: "GET".to_owned(),
            body: None,
            secrets: ci.token.iter().cloned().collect(),
        });
    }
}

fn seam(plan: &Plan, planned: &Seam, all: &mut Collected) {
    for (name, argv) in planned.commands() {
        let known = super::Words::default().with("release", plan.id().as_str()).with("repo", name.as_str());
        let secrets = plan.repo(name).map(|repo| repo.secrets.clone()).unwrap_or_default();
        let what = Granted::Runs { argv: argv.fill_known(&known), repo: Some(name.clone()), secrets };
        all.add(&Whose::Seam(planned.id.clone()), what);
    }
}

fn step(plan: &Plan, planned: &Step, stand_in: &StandIn, all: &mut Collected) {
    let whose = Whose::Step(planned.id.clone());
    let scene = Scene { document: plan.document(), candidates: &stand_in.candidates, step: planned };
    for gate in &planned.gates {
        match gate.commands(&scene) {
            Ok(commands) => commands.into_iter().for_each(|command| all.add(&whose, stand_in.command(command))),
            Err(why) => all.add(&whose, Granted::Untold { why: why.to_string() }),
        }
    }
    match plan.compile(planned, &stand_in.candidates) {
        Ok(actions) => {
            for action in actions {
                for what in of_action(plan, action, stand_in) {
                    all.add(&whose, what);
                }
            }
        }
        Err(why) => all.add(&whose, Granted::Untold { why: why.to_string() }),
    }
    match planned.undo.as_ref().map(|argv| scene.command(planned.verb.repo(), argv)) {
        Some(Ok(command)) => all.add(&whose, stand_in.command(command)),
        Some(Err(why)) => all.add(&whose, Granted::Untold { why: why.to_string() }),
        None => {}
    }
}

/// What one action runs, asks and pushes.
fn of_action(plan: &Plan, action: Action, stand_in: &StandIn) -> Vec<Granted> {
    let mut found: Vec<Granted> = match action.effect {
        Effect::Advance { repo, branch, .. } => vec![Granted::Advances { repo, branch }],
        Effect::Push { repo, remote, branch: name, .. } | Effect::Tag { repo, remote, tag: name, .. } => {
            vec![Granted::Pushes { repo, remote, name }]
        }
        Effect::Run { command } | Effect::Dispatch { start: Starting::Command { command } } => {
            vec![stand_in.command(command)]
        }
        Effect::Publish { build, upload, .. } => {
            build.into_iter().chain([upload]).map(|command| stand_in.command(command)).collect()
        }
        Effect::Smoke { checks, commands } | Effect::Soak { checks, commands, .. } => {
            let addresses = checks.iter().filter_map(address_of).map(|address| Granted::Asks { address });
            addresses.chain(commands.into_iter().flatten().map(|command| stand_in.command(command))).collect()
        }
        Effect::Suite { command, .. } => vec![stand_in.command(command)],
        Effect::Resolve { package } => of_asking(package.asking, stand_in),
        Effect::Repin { repo, remote, branch, pins, .. } => {
            let mut found = Vec::new();
            for pin in pins {
                found.extend(pin.lock.map(|command| stand_in.command(command)));
                found.extend(of_asking(pin.package.asking, stand_in));
            }
            found.push(Granted::Advances { repo: repo.clone(), branch: branch.clone() });
            found.push(Granted::Pushes { repo, remote, name: branch });
            found
        }
        Effect::Dispatch { start: Starting::Call { address, method, body, token } } => vec![Granted::Calls {
            address: stand_in.written(address),
            method,
            body: body.map(|body| stand_in.written(body)),
            token,
        }],
        // the flag's own table tells how it is set
        Effect::SetFlag { .. } | Effect::Confirm { .. } | Effect::Await { .. } => Vec::new(),
    };
    found.extend(of_probe(plan, action.probe, stand_in));
    found
}

/// What a question runs and asks.
fn of_probe(plan: &Plan, probe: Probe, stand_in: &StandIn) -> Vec<Granted> {
    match probe {
        Probe::RemoteBranch { repo, remote, .. }
        | Probe::RemoteTag { repo, remote, .. }
        | Probe::Repinned { repo, remote, .. } => vec![reads(plan, &repo, &remote)],
        Probe::Command { command } => vec![stand_in.command(command)],
        Probe::Package { package, .. } => of_asking(package.asking, stand_in),
        Probe::Started { evidence } => of_probe(plan, *evidence, stand_in),
        Probe::LocalBranch { .. } | Probe::Flag { .. } | Probe::Itself | Probe::Nothing => Vec::new(),
    }
}

fn of_asking(asking: Asking, stand_in: &StandIn) -> Vec<Granted> {
    match asking {
        Asking::Command { probe, resolve, .. } => {
            [Some(probe), resolve].into_iter().flatten().map(|command| stand_in.command(command)).collect()
        }
        Asking::Index { kind, index, .. } => vec![Granted::Consults { kind, index }],
    }
}

fn address_of(check: &Check) -> Option<String> {
    match &check.question {
        Question::Http { http, .. } => Some(http.clone()),
        Question::Command { .. } => None,
    }
}

fn reads(plan: &Plan, repo: &RepoName, remote: &str) -> Granted {
    // the plan's address is that of origin
    let url = plan.repo(repo).filter(|_| remote == "origin").and_then(|repo| repo.url.clone());
    Granted::Reads { repo: repo.clone(), remote: remote.to_owned(), url }
}

impl Whose {
    /// The name alone, as a label.
    pub fn name(&self) -> &str {
        match self {
            Self::Flag => "flag",
            Self::Repo(repo) => repo.as_str(),
            Self::Step(step) => step.as_str(),
            Self::Seam(seam) => seam.as_str(),
        }
    }
}

impl fmt::Display for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Repo(repo) => write!(f, "repo {repo}"),
            Self::Step(step) => write!(f, "step {step}"),
            Self::Seam(seam) => write!(f, "seam {seam}"),
        }
    }
}

impl Granted {
    /// The repository it happens in, where it happens in one.
    pub fn repo(&self) -> Option<&RepoName> {
        match self {
            Self::Runs { repo, .. } => repo.as_ref(),
            Self::Reads { repo, .. } | Self::Pushes { repo, .. } | Self::Advances { repo, .. } => Some(repo),
            Self::Asks { .. }
            | Self::Requests { .. }
            | Self::Calls { .. }
            | Self::Consults { .. }
            | Self::Rewrites { .. }
            | Self::Fetches { .. }
            | Self::Commits { .. }
            | Self::Untold { .. } => None,
        }
    }

    /// The secrets that it sees.
    pub fn secrets(&self) -> &[String] {
        match self {
            Self::Runs { secrets, .. } | Self::Requests { secrets, .. } => secrets,
            Self::Calls { token, .. } => token.as_slice(),
            Self::Asks { .. }
            | Self::Consults { .. }
            | Self::Reads { .. }
            | Self::Pushes { .. }
            | Self::Advances { .. }
            | Self::Rewrites { .. }
            | Self::Fetches { .. }
            | Self::Commits { .. }
            | Self::Untold { .. } => &[],
        }
    }
}

impl fmt::Display for Granted {
    /// What happens, without where: a command as it would be typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Runs { argv, .. } => argv.fmt(f),
            Self::Asks { address } => f.write_str(address),
            Self::Calls { address, method, body: None, .. } | Self::Requests { address, method, body: None, .. } => {
                write!(f, "{method} {address}")
            }
            Self::Calls { address, method, body: Some(body), .. }
            | Self::Requests { address, method, body: Some(body), .. } => write!(f, "{method} {address}: {body}"),
            Self::Consults { kind, index: Some(index) } => write!(f, "ask the {} registry {index}", kind.word()),
            Self::Consults { kind, index: None } => {
                write!(f, "ask the {} registry that this machine's client is configured for", kind.word())
            }
            Self::Reads { remote, url: None, .. } => write!(f, "git fetch, ls-remote {remote}"),
            Self::Reads { remote, url: Some(url), .. } => write!(f, "git fetch, ls-remote {remote} ({url})"),
            Self::Pushes { remote, name, .. } => write!(f, "git push {remote} … {name}"),
            Self::Advances { branch, .. } => write!(f, "fast-forward {branch} here"),
            Self::Rewrites { file } => write!(f, "rewrite {}", file.display()),
            Self::Fetches { file, remote } => write!(f, "git fetch, ls-remote {remote} for {}", file.display()),
            Self::Commits { file, remote, branch } => {
                write!(f, "git push {remote} … {branch}: a commit that rewrites {}", file.display())
            }
            Self::Untold { why } => write!(f, "what it would do can't be told: {why}"),
        }
    }
}
