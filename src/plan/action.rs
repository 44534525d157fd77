//! What steps compile to: single effects, each with its own identity, probe and way back. The engine knows only these.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::verb::Gaps;
use super::{Argv, Check, Digest, FlagState, PackageVersion, Period, PinTo, ReleaseId, RepoName, Sha, Starting, Suite};

/// One single effect of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Action {
    /// What makes this effect the same effect on another attempt, machine or day.
    pub identity: Identity,
    /// What happens, in words: "push main to origin".
    pub title: String,
    /// What is done.
    pub effect: Effect,
    /// How it is told from outside whether it is there.
    pub probe: Probe,
    /// How far it can be taken back.
    pub reach: Reach,
    /// The longest that it may take.
    pub limit: Period,
}

/// What identifies an effect. How it is run (argv, time limits) is no part of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Identity {
    /// The verb of the step.
    pub verb: String,
    /// What it acts on: a repository, a remote, the flag.
    pub target: String,
    /// What it brings there: a SHA, a version, a state.
    pub brings: String,
}

impl Identity {
    /// An identity from its three parts.
    pub fn new(verb: &str, target: impl Into<String>, brings: impl Into<String>) -> Self {
        Self { verb: verb.to_owned(), target: target.into(), brings: brings.into() }
    }

    /// The key under which the ledger knows this effect. The generation rises only by a recorded undo or flag change.
    pub fn key(&self, release: &ReleaseId, generation: u32) -> Key {
        let generation = generation.to_string();
        Key(Digest::of_parts(&[release.as_str(), &self.verb, &self.target, &self.brings, &generation]))
    }
}

/// The ledger's name for one effect: at most one intent of it is ever open, and at most one is accepted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key(Digest);

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.short())
    }
}

/// A command at a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Command {
    /// The arguments; only `{worktree}`, `{artifact}` and `{context}` may still stand in them.
    pub argv: Argv,
    /// Where it runs.
    pub place: Place,
    /// Names of the variables it sees beyond the base.
    pub secrets: Vec<String>,
}

/// Where a command runs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// The release's root folder.
    Root,
    /// A clean worktree of a repository at a commit.
    Worktree {
        /// The repository.
        repo: RepoName,
        /// The commit.
        sha: Sha,
    },
}

/// The closed set of effects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Effect {
    /// Moves a local branch forward; refused unless it is a fast-forward.
    Advance {
        /// The repository.
        repo: RepoName,
        /// The branch's short name.
        branch: String,
        /// Where it goes.
        to: Sha,
    },
    /// Pushes a commit to a branch of a remote; never forced.
    Push {
        /// The repository.
        repo: RepoName,
        /// The remote's name.
        remote: String,
        /// The branch's short name on the remote.
        branch: String,
        /// The commit.
        sha: Sha,
    },
    /// Runs a command.
    Run {
        /// The command.
        command: Command,
    },
    /// Builds a version's artefacts once and uploads one of them.
    Publish {
        /// The build, where there is one.
        build: Option<Command>,
        /// All the files that the build makes, relative to the worktree.
        artifacts: Vec<String>,
        /// The one that this action uploads.
        artifact: Option<String>,
        /// The upload.
        upload: Command,
    },
    /// Waits until a consumer's own client resolves a version.
    Resolve {
        /// The version.
        package: PackageVersion,
    },
    /// Turns a consumer's references into published versions: one commit on its release branch.
    Repin {
        /// The consumer.
        repo: RepoName,
        /// The remote's name.
        remote: String,
        /// Its release branch's short name.
        branch: String,
        /// The frozen commit, which is the new one's only parent.
        base: Sha,
        /// What is pinned.
        pins: Vec<PinTo>,
    },
    /// Starts a workflow elsewhere.
    Dispatch {
        /// How.
        start: Starting,
    },
    /// Waits for what somebody else brings.
    Await {
        /// Who.
        who: String,
        /// What they bring, in words.
        what: String,
    },
    /// Sets the one flag.
    SetFlag {
        /// The state it gets.
        state: FlagState,
    },
    /// Looks at the world and changes nothing.
    Smoke {
        /// The checks, all of which must pass.
        checks: Vec<Check>,
        /// Where its commands run, by check.
        commands: Vec<Option<Command>>,
    },
    /// Runs a suite of tests and reads its report.
    Suite {
        /// The suite.
        suite: Suite,
        /// Its command.
        command: Command,
    },
    /// Waits while checks stay good.
    Soak {
        /// How long.
        lasts: Period,
        /// The time between two rounds of checks.
        every: Period,
        /// The checks.
        checks: Vec<Check>,
        /// Where its commands run, by check.
        commands: Vec<Option<Command>>,
        /// What becomes of the time in which nobody watched.
        gaps: Gaps,
    },
    /// Asks a person; the ticks are the evidence.
    Confirm {
        /// What the person confirms.
        items: Vec<String>,
    },
    /// Creates an annotated tag and pushes it.
    Tag {
        /// The repository.
        repo: RepoName,
        /// The remote's name.
        remote: String,
        /// The tag's short name.
        tag: String,
        /// The tagged commit.
        sha: Sha,
        /// The tag's message.
        message: String,
    },
}

/// Whether an effect leaves something behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Nature {
    /// It changes the world: an interrupted one is in doubt.
    Effect,
    /// It only looks, waits or asks: an interrupted one is simply done again.
    Observation,
}

impl Effect {
    /// Whether it leaves something behind.
    pub fn nature(&self) -> Nature {
        match self {
            Self::Advance { .. }
            | Self::Push { .. }
            | Self::Run { .. }
            | Self::Publish { .. }
            | Self::Repin { .. }
            | Self::Dispatch { .. }
            | Self::SetFlag { .. }
            | Self::Tag { .. } => Nature::Effect,
            Self::Resolve { .. }
            | Self::Await { .. }
            | Self::Smoke { .. }
            | Self::Suite { .. }
            | Self::Soak { .. }
            | Self::Confirm { .. } => Nature::Observation,
        }
    }
}

/// A read-only question to the outside world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "ask", rename_all = "kebab-case")]
pub enum Probe {
    /// Is the local branch there?
    LocalBranch {
        /// The repository.
        repo: RepoName,
        /// The branch's short name.
        branch: String,
        /// Where it should be.
        sha: Sha,
    },
    /// Does `ls-remote` show exactly that commit?
    RemoteBranch {
        /// The repository.
        repo: RepoName,
        /// The remote's name.
        remote: String,
        /// The branch's short name.
        branch: String,
        /// The commit.
        sha: Sha,
    },
    /// Does `ls-remote` show an annotated tag of that commit?
    RemoteTag {
        /// The repository.
        repo: RepoName,
        /// The remote's name.
        remote: String,
        /// The tag's short name.
        tag: String,
        /// The commit it points to.
        sha: Sha,
    },
    /// Exit 0 present, 1 absent, anything else unknown.
    Command {
        /// The command.
        command: Command,
    },
    /// Does the registry show this version, with our artefact's digest?
    Package {
        /// The version.
        package: Box<PackageVersion>,
        /// The one file of it that is asked for; the version as a whole where it has but one.
        file: Option<String>,
    },
    /// Does the release branch on the remote have the commit that the intent names?
    Repinned {
        /// The consumer.
        repo: RepoName,
        /// The remote's name.
        remote: String,
        /// Its release branch's short name.
        branch: String,
        /// The frozen commit, where the branch is before.
        base: Sha,
    },
    /// Was a workflow started? Only what it brings tells.
    Started {
        /// The first thing that it brings.
        evidence: Box<Probe>,
    },
    /// Is the flag read as this state everywhere?
    Flag {
        /// The state.
        state: FlagState,
    },
    /// The action is its own evidence: doing it again is harmless.
    Itself,
    /// Nothing outside tells: an interrupted action needs the owner's word.
    Nothing,
}

impl Probe {
    /// Whether "absent" proves that nothing happened, once the writer is known to be dead.
    pub fn absence_is_proof(&self) -> bool {
        match self {
            Self::LocalBranch { .. }
            | Self::RemoteBranch { .. }
            | Self::RemoteTag { .. }
            | Self::Repinned { .. }
            | Self::Itself => true,
            Self::Package { package, .. } => package.refuses_duplicates(),
            Self::Command { .. } | Self::Flag { .. } | Self::Started { .. } | Self::Nothing => false,
        }
    }
}

/// How far an effect can be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// It can be undone, or changes nothing.
    Reversible,
    /// It stays, but something can be laid over it.
    ForwardOnly,
    /// It can never be taken back.
    Permanent,
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Reversible => "reversible",
            Self::ForwardOnly => "forward-only",
            Self::Permanent => "permanent",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_depends_on_what_is_brought_where_and_on_the_generation_alone() {
        let release: ReleaseId = "m3".parse().unwrap();
        let push = Identity::new("deploy", "api:origin/main", "abc");
        assert_eq!(push.key(&release, 0), push.clone().key(&release, 0));
        assert_ne!(push.key(&release, 0), push.key(&release, 1));
        assert_ne!(push.key(&release, 0), Identity::new("deploy", "api:origin/main", "abd").key(&release, 0));
    }
}
