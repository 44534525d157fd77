//! What a step can do. A verb compiles to actions; nothing above this module knows verbs apart.
//! A verb more is one file here and one line in the table.

mod checklist;
mod deploy;
mod flag;
mod migrate;
mod promote;
mod publish;
mod record;
mod repin;
mod run;
mod smoke;
mod soak;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use checklist::Checklist;
pub use deploy::Deploy;
pub use flag::{SetFlag, set_flag};
pub use migrate::Migrate;
pub use promote::Promote;
pub use publish::Publish;
pub use record::Record;
pub use repin::Repin;
pub use run::Run;
pub use smoke::Smoke;
pub use soak::{Gaps, Soak};

use super::{
    Action, Argv, Asking, BroughtRef, Candidate, Command, Document, PackageVersion, Period, Place, RepoName, Seam,
    SeamId, Step, StepId, Words,
};

macro_rules! verbs {
    ($($word:literal $variant:ident($form:ty), $doc:literal;)*) => {
        /// What a step does: exactly one of these.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
        pub enum Verb {
            $(#[doc = $doc] #[serde(rename = $word)] $variant($form),)*
        }

        impl Verb {
            /// Every verb's word, as release.toml spells it.
            pub const ALL: &'static [&'static str] = &[$($word),*];

            /// The verb's word, as release.toml spells it.
            pub fn word(&self) -> &'static str {
                match self { $(Self::$variant(_) => $word,)* }
            }

            fn form(&self) -> &dyn Form {
                match self { $(Self::$variant(form) => form,)* }
            }
        }
    };
}

verbs! {
    "publish" Publish(Publish), "Publishes a repository's package at its frozen SHA.";
    "repin" Repin(Repin), "Turns a repository's references into the published versions.";
    "promote" Promote(Promote), "Fast-forwards a branch on a remote to the ship SHA.";
    "deploy" Deploy(Deploy), "Fast-forwards main and deploys the ship SHA.";
    "migrate" Migrate(Migrate), "Runs a database migration or a backfill.";
    "smoke" Smoke(Smoke), "Checks what is live.";
    "flag" Flag(SetFlag), "Sets the one flag and reads it back everywhere.";
    "soak" Soak(Soak), "Waits while health checks stay good.";
    "checklist" Checklist(Checklist), "Asks a person to confirm what no machine can.";
    "run" Run(Run), "Runs any other command.";
    "record" Record(Record), "Tags what shipped: always the last step.";
}

/// What a verb's own table must be able to do.
trait Form {
    /// The one repository it concerns.
    fn repo(&self) -> Option<&RepoName> {
        None
    }

    /// Every repository whose frozen SHA it needs.
    fn repos(&self) -> Vec<&RepoName> {
        self.repo().into_iter().collect()
    }

    /// What is wrong with it beyond its types.
    fn faults(&self, _document: &Document) -> Vec<Fault> {
        Vec::new()
    }

    /// The effects, in order.
    fn compile(&self, scene: &Scene<'_>) -> Result<Vec<Action>, Unready>;

    /// The refs on remotes that it moves.
    fn brought_refs(&self, _document: &Document) -> Vec<BroughtRef> {
        Vec::new()
    }

    /// What of its repository goes out by it.
    fn outgoing(&self, _document: &Document) -> Option<Outgoing> {
        None
    }

    /// Whether somebody else may bring its effects.
    fn by_others(&self) -> ByOthers {
        ByOthers::Never
    }

    /// What takes the step's effects back or makes them harmless, in words.
    fn way_back(&self) -> &'static str;
}

/// What of a repository goes out by a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outgoing {
    /// Its package, for other repositories.
    Package,
    /// Its code, for users.
    Code,
    /// Its code, to a branch that no user's code comes from.
    Branch,
}

/// Whether somebody else may bring a step's effects, with `via`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByOthers {
    /// What tells that they are there can be asked.
    May,
    /// Not while nothing tells that they are there.
    Untold,
    /// It is done here, by nobody else.
    Never,
}

/// Something wrong in a verb's table: where under the verb's key, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Keys and indices below the verb's own key, such as `["checks", "0", "repo"]`.
    pub at: Vec<String>,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl Fault {
    pub(super) fn at(path: &[&str], message: impl Into<String>) -> Self {
        Self { at: path.iter().map(|p| (*p).to_owned()).collect(), message: message.into() }
    }
}

/// What must be known before a step can be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unready {
    /// A repository of the step isn't frozen.
    #[error("{0} isn't frozen: run `flightdeck freeze` when QA has passed it")]
    NotFrozen(RepoName),
    /// No version is known for a package.
    #[error("no version is known for {0}: its manifest at the frozen SHA names none")]
    NoVersion(RepoName),
    /// A step that a workflow carries out doesn't say how it is started.
    #[error("step {0} doesn't say how its workflow is started: give it `dispatch = {{ command = […] }}`")]
    NoDispatch(StepId),
    /// The plan lost what the step needs.
    #[error("the plan doesn't say {what} for {repo}")]
    NotInPlan {
        /// What is missing.
        what: &'static str,
        /// For which repository.
        repo: RepoName,
    },
}

/// The facts that a step is compiled from.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// The plan's document.
    pub document: &'a Document,
    /// What is frozen.
    pub candidates: &'a BTreeMap<RepoName, Candidate>,
    /// The step being compiled.
    pub step: &'a Step,
}

impl<'a> Scene<'a> {
    fn candidate(&self, repo: &RepoName) -> Result<&'a Candidate, Unready> {
        self.candidates.get(repo).ok_or_else(|| Unready::NotFrozen(repo.clone()))
    }

    fn repo(&self, name: &RepoName) -> Result<&'a super::Repo, Unready> {
        self.document
            .repo
            .iter()
            .find(|r| r.name == *name)
            .ok_or(Unready::NotInPlan { what: "a repository", repo: name.clone() })
    }

    fn words(&self) -> Words {
        Words::default().with("release", self.document.release.id.as_str())
    }

    fn words_of(&self, repo: &RepoName) -> Result<Words, Unready> {
        let candidate = self.candidate(repo)?;
        let words = self.words().with("repo", repo.as_str()).with("sha", candidate.ship_sha().as_str());
        Ok(match &candidate.package {
            Some(package) => words.with("package", &*package.name).with("version", &*package.version),
            None => words,
        })
    }

    /// A command in a repository's clean worktree, with what is known filled in.
    fn command_in(&self, repo: &RepoName, argv: &Argv) -> Result<Command, Unready> {
        let sha = self.candidate(repo)?.ship_sha().clone();
        Ok(Command {
            argv: argv.fill_known(&self.words_of(repo)?),
            place: Place::Worktree { repo: repo.clone(), sha },
            secrets: self.repo(repo)?.secrets.clone(),
        })
    }

    /// A command that runs at the frozen commit, whatever was put on top of it since.
    fn command_at_base(&self, repo: &RepoName, argv: &Argv) -> Result<Command, Unready> {
        let candidate = self.candidate(repo)?;
        let words = self.words_of(repo)?.with("sha", candidate.sha.as_str());
        Ok(Command {
            argv: argv.fill_known(&words),
            place: Place::Worktree { repo: repo.clone(), sha: candidate.sha.clone() },
            secrets: self.repo(repo)?.secrets.clone(),
        })
    }

    /// A text with what is known filled in, each value written as the text needs it.
    pub(crate) fn filled(
        &self,
        repo: Option<&RepoName>,
        text: &str,
        how: impl Fn(&str) -> String,
    ) -> Result<String, Unready> {
        let words = repo.map_or_else(|| Ok(self.words()), |repo| self.words_of(repo))?;
        Ok(words.written(how).fill_text(text))
    }

    /// The version that a repository publishes, and how it is asked for.
    pub(crate) fn package(&self, name: &RepoName) -> Result<PackageVersion, Unready> {
        let repo = self.repo(name)?;
        let how = repo.publish.as_ref().ok_or(Unready::NotInPlan { what: "how to publish", repo: name.clone() })?;
        let registry = self.document.registry(&how.registry);
        let registry = registry.ok_or(Unready::NotInPlan { what: "a registry", repo: name.clone() })?;
        let candidate = self.candidate(name)?;
        let package = candidate.package.as_ref().ok_or_else(|| Unready::NoVersion(name.clone()))?;
        let asking = match &registry.probe {
            Some(probe) => Asking::Command {
                probe: self.command_in(name, probe)?,
                resolve: registry.resolve.as_ref().map(|argv| self.command_in(name, argv)).transpose()?,
                duplicates: registry.duplicates,
            },
            None => Asking::Index {
                kind: registry.kind,
                index: registry.index.clone(),
                place: Place::Worktree { repo: name.clone(), sha: candidate.ship_sha().clone() },
                secrets: repo.secrets.clone(),
            },
        };
        Ok(PackageVersion {
            registry: how.registry.clone(),
            name: package.name.clone(),
            version: package.version.clone(),
            asking,
            propagates: registry.propagates,
        })
    }

    /// A command in a repository's clean worktree, or at the root when no repository is named.
    pub(crate) fn command(&self, repo: Option<&RepoName>, argv: &Argv) -> Result<Command, Unready> {
        match repo {
            Some(repo) => self.command_in(repo, argv),
            None => Ok(Command { argv: argv.fill_known(&self.words()), place: Place::Root, secrets: Vec::new() }),
        }
    }

    /// The tests of the repository that the step concerns.
    pub(crate) fn tests(&self) -> Result<Vec<Command>, Unready> {
        let Some(name) = self.step.verb.repo() else { return Ok(Vec::new()) };
        self.repo(name)?.test.iter().map(|argv| self.command_in(name, argv)).collect()
    }

    /// What holding a seam together runs.
    pub(crate) fn seam(&self, id: &SeamId) -> Result<Vec<Command>, Unready> {
        let seams = self.document.seam.iter().filter(|seam| seam.id == *id);
        seams.flat_map(Seam::commands).map(|(repo, argv)| self.command_in(repo, argv)).collect()
    }

    /// What tells whether a canary's own script has deployed it, where it has one.
    pub(crate) fn canary(&self, canary: &super::gate::Canary) -> Result<Option<Command>, Unready> {
        match canary.repo(self.document) {
            Some(super::Repo { name, deploy: Some(super::Deployment::Script { probe, .. }), .. }) => {
                self.command_in(name, probe).map(Some)
            }
            Some(_) | None => Ok(None),
        }
    }

    /// The command that runs main's tests of the repository that the step concerns.
    pub(crate) fn dormant_tests(&self) -> Result<Option<Command>, Unready> {
        let Some(name) = self.step.verb.repo() else { return Ok(None) };
        let repo = self.repo(name)?;
        let dormant = repo.dormant.as_ref().filter(|dormant| !dormant.tests.is_empty());
        let argv = dormant.and_then(|dormant| dormant.command.as_ref().or(repo.test.as_ref()));
        argv.map(|argv| self.command_in(name, argv)).transpose()
    }

    pub(crate) fn limit(&self) -> Period {
        self.step.timeout
    }
}

impl Verb {
    /// The one repository that the verb concerns.
    pub fn repo(&self) -> Option<&RepoName> {
        self.form().repo()
    }

    /// Every repository whose frozen SHA the verb needs.
    pub fn repos(&self) -> Vec<&RepoName> {
        self.form().repos()
    }

    /// What is wrong with the verb's table beyond its types.
    pub fn faults(&self, document: &Document) -> Vec<Fault> {
        self.form().faults(document)
    }

    /// What takes the step's effects back or makes them harmless, in words.
    pub fn way_back(&self) -> &'static str {
        self.form().way_back()
    }

    /// The refs on remotes that the verb moves.
    pub fn brought_refs(&self, document: &Document) -> Vec<BroughtRef> {
        self.form().brought_refs(document)
    }

    /// What of its repository goes out by the verb, if anything does.
    pub fn outgoing(&self, document: &Document) -> Option<Outgoing> {
        self.form().outgoing(document)
    }

    /// Whether somebody else may bring the verb's effects.
    pub fn by_others(&self) -> ByOthers {
        self.form().by_others()
    }

    /// The effects of a step, in order.
    pub fn compile(&self, scene: &Scene<'_>) -> Result<Vec<Action>, Unready> {
        self.form().compile(scene)
    }
}

/// The complaint about a repository that isn't in the plan, with the nearest name that is.
fn unknown_repo(document: &Document, repo: &RepoName, path: &[&str]) -> Option<Fault> {
    if document.repo.iter().any(|r| r.name == *repo) {
        return None;
    }
    let known: Vec<_> = document.repo.iter().map(|r| r.name.as_str()).collect();
    Some(Fault::at(path, format!("no [[repo]] is named {:?}; there are: {}", repo.as_str(), known.join(", "))))
}
