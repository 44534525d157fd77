//! What was last seen of the world, each thing with its age. What was never seen is unknown, never good.

use std::collections::BTreeMap;

use serde::Serialize;

use super::event::Millis;
use super::seam::SeamSeen;
use crate::plan::{FlagState, RepoName, SeamId, Sha, StepId};

/// One thing that can be looked at: its last answer, why there is none, and when it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seen<T> {
    /// The answer; none where it could not be had.
    pub value: Option<T>,
    /// Why it could not be had.
    pub why: Option<String>,
    /// When it was asked, by this machine's clock; none: never yet.
    pub at: Option<Millis>,
    /// The last event of the ledger that was known when it began to be asked: what was recorded later, it may not show yet.
    #[serde(skip)]
    pub after: u64,
}

impl<T> Default for Seen<T> {
    fn default() -> Self {
        Self { value: None, why: None, at: None, after: 0 }
    }
}

impl<T> Seen<T> {
    /// An answer.
    pub fn answer(value: T, at: Millis) -> Self {
        Self { value: Some(value), at: Some(at), ..Self::default() }
    }

    /// No answer, and why.
    pub fn unknown(why: impl Into<String>, at: Millis) -> Self {
        Self { why: Some(why.into()), at: Some(at), ..Self::default() }
    }

    /// The same, with the last event of the ledger that was known when it began to be asked.
    #[must_use]
    pub fn after(self, seq: u64) -> Self {
        Self { after: seq, ..self }
    }

    /// When something was asked, for what is said of a part of its answer.
    fn part<P>(&self, value: P) -> Seen<P> {
        Seen { value: Some(value), why: None, at: self.at, after: self.after }
    }
}

/// What was last seen of everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Observed {
    /// The repositories.
    pub repos: BTreeMap<RepoName, RepoSeen>,
    /// The flag, as its provider tells it.
    pub flag: Seen<FlagSeen>,
    /// When its provider first told the state that it tells; none before a second one was told.
    pub flag_since: Option<Millis>,
    /// The seams.
    pub seams: BTreeMap<SeamId, Seen<SeamSeen>>,
    /// What running steps wait for outside.
    pub waits: BTreeMap<StepId, Wait>,
}

impl Observed {
    /// Takes in what the flag's provider tells.
    pub fn see_flag(&mut self, seen: Seen<FlagSeen>) {
        let state = |seen: &Seen<FlagSeen>| seen.value.as_ref().and_then(|seen| seen.state.clone());
        if self.flag.value.is_some() && state(&self.flag) != state(&seen) {
            self.flag_since = seen.at;
        }
        self.flag = seen;
    }
}

/// Something outside that takes its own time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wait {
    /// What kind of wait it is.
    pub kind: WaitKind,
    /// What is waited for, in words: "the registry to show lib 1.4.0".
    pub what: String,
    /// Since when.
    pub since: Millis,
    /// When it ends at the latest: by its budget, or by what the other side said.
    pub until: Millis,
    /// The last answer, in words.
    pub last: String,
}

/// Kinds of waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WaitKind {
    /// A registry took a version and doesn't show it to everyone yet.
    Propagation,
    /// The other side wants to be asked later.
    RateLimit,
    /// Somebody else brings the effect.
    Others,
    /// Not everyone reads yet what was set.
    Convergence,
    /// What was deployed must stay good for a while.
    Canary,
}

/// What was last seen of one repository.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RepoSeen {
    /// The clone on this machine.
    pub local: Seen<LocalSeen>,
    /// Its work tree.
    pub dirty: Seen<DirtySeen>,
    /// Its `origin`.
    pub remote: Seen<RemoteSeen>,
    /// Its other remotes on which steps move refs, by name.
    pub targets: BTreeMap<String, Seen<Refs>>,
    /// Its package on its registry.
    pub package: Seen<PackageState>,
    /// What is deployed.
    pub deployed: Seen<Sha>,
    /// What we deployed, once it has reported itself: from then on it isn't merely late.
    pub arrived: Option<Sha>,
    /// The flag, as what is deployed reads it.
    pub flag: Seen<ReportSeen>,
}

/// The flag, as one deployed artefact reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReportSeen {
    /// The value, as text.
    pub value: String,
    /// The states in which it would read that.
    pub states: Vec<FlagState>,
    /// What is to be said of the value: why the code's own default counts.
    pub why: Option<String>,
}

/// A clone on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LocalSeen {
    /// The branch that is checked out; none when detached.
    pub branch: Option<String>,
    /// What is checked out; none in an empty repository.
    pub head: Option<Sha>,
    /// Where the release branch is.
    pub release: Option<Sha>,
    /// Where main is.
    pub main: Option<Sha>,
    /// What keeps it from being used: a rebase in progress, an unsupported format.
    pub trouble: Option<String>,
    /// Commits on the release branch since the frozen SHA, and commits missing from it.
    pub since_frozen: Option<Divergence>,
}

/// How two commits stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Divergence {
    /// Commits that only the branch has.
    pub ahead: u32,
    /// Commits that only the frozen SHA has.
    pub behind: u32,
}

/// A work tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct DirtySeen {
    /// Tracked files that differ.
    pub modified: u32,
    /// Files git doesn't know.
    pub untracked: u32,
    /// Files in conflict.
    pub conflicted: u32,
}

impl DirtySeen {
    /// Whether nothing differs; untracked files count as a difference.
    pub fn is_clean(self) -> bool {
        self.modified == 0 && self.untracked == 0 && self.conflicted == 0
    }
}

/// A repository's `origin`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RemoteSeen {
    /// Where the release branch is.
    pub release: Option<Sha>,
    /// Where main is.
    pub main: Option<Sha>,
    /// Whether main has commits that what ships doesn't: then it can't go forward to it.
    pub main_has_more: bool,
    /// Where the refs are that steps move there.
    pub refs: Refs,
}

/// Refs of a remote by their full names, a tag as the commit behind it; none: the remote's own word that it isn't there.
pub type Refs = BTreeMap<String, Option<Sha>>;

impl RepoSeen {
    /// What a remote last said of a ref; nothing where it wasn't asked or didn't answer.
    pub fn ref_at(&self, remote: &str, name: &str) -> Option<Seen<Option<&Sha>>> {
        if remote == "origin" {
            let origin = self.remote.value.as_ref()?;
            return Some(self.remote.part(origin.refs.get(name)?.as_ref()));
        }
        let target = self.targets.get(remote)?;
        Some(target.part(target.value.as_ref()?.get(name)?.as_ref()))
    }
}

/// A version on its registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PackageState {
    /// It isn't there.
    Absent,
    /// It is there, with the digest of what we built or with one nobody compared.
    Live {
        /// The digest the registry shows.
        digest: Option<String>,
    },
    /// The registry took it, and doesn't show it to everyone yet.
    Propagating {
        /// Since when.
        since: Millis,
    },
    /// Some of its files are there.
    Partial {
        /// How many.
        have: u32,
        /// Of how many.
        of: u32,
    },
    /// It was there and is withdrawn: yanked or deprecated.
    Withdrawn {
        /// In the registry's words.
        why: String,
    },
    /// The registry doesn't answer.
    Unavailable {
        /// Why.
        why: String,
    },
    /// It is there with another digest.
    Conflict {
        /// What the registry shows.
        found: String,
    },
}

/// The flag, as its provider tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FlagSeen {
    /// The state that all contexts agree on; none where they don't.
    pub state: Option<FlagState>,
    /// Each context's own answer, in words.
    pub contexts: Vec<ContextSeen>,
}

/// What one kind of user reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContextSeen {
    /// Who.
    pub name: String,
    /// The value, as text; none where it could not be read.
    pub value: Option<String>,
    /// Why it could not be read.
    pub why: Option<String>,
}
