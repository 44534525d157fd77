//! Seams: what one repository promises another, as release.toml says it. Reading the sides and holding them together is done
//! elsewhere.

mod glob;
pub mod jsonpath;
mod pattern;
mod source;

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

pub use glob::Glob;
pub use jsonpath::JsonPath;
pub use pattern::{BadPattern, Pattern};
pub use source::{Extract, OpenApiPart, Source, Sources, Unclear, Unit, Whence};

use super::{Argv, Digest, RepoName, SeamId};

/// A contract between repositories, held together at the commits that ship.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Seam {
    /// A short name, used in gates and on the command line.
    #[schemars(example = &"notifier-fields")]
    pub id: SeamId,
    /// What must fit, in words.
    #[schemars(example = &"Notifier templates use only fields that the API returns")]
    pub title: String,
    /// How the two sides must stand to each other.
    #[schemars(example = &"subset")]
    pub rule: Rule,
    /// The side that promises: one source, or a list of them. Only `present` does without.
    #[serde(default, skip_serializing_if = "Sources::is_empty")]
    pub producer: Sources,
    /// The side that relies on it: one source, or a list of them.
    pub consumer: Sources,
    /// Who owns each duty of the handover, with `rule = "owned"`.
    #[serde(default, skip_serializing_if = "Owners::is_empty")]
    pub owner: Owners,
    /// Tests on both sides that must name this seam.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tests: Option<SeamTests>,
    /// What becomes of several numbers on one side, for `at_most` and `at_least`: each counts by itself when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"product")]
    pub total: Option<Total>,
    /// Whether `seatCount` and `seat_count` are the same name.
    #[serde(default, skip_serializing_if = "is_exact")]
    pub spelling: Spelling,
}

/// How the consumer's side must stand to the producer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Every name that the consumer uses is one that the producer has.
    Subset,
    /// Both sides have the same names or values.
    Equal,
    /// No number of the consumer is larger than the producer's.
    AtMost,
    /// No number of the consumer is smaller than the producer's.
    AtLeast,
    /// On each side that is written, something is found.
    Present,
    /// What the producer's generator makes is what the consumer has checked in: JSON, YAML and TOML as data, anything else
    /// letter by letter.
    Generated,
    /// What the consumer relied on in its OpenAPI document still stands in the producer's.
    Compatible,
    /// Each duty is claimed by exactly one repository, the owner where one is named.
    Owned,
}

/// A duty of a handover between repositories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Duty {
    /// Trying again.
    Retry,
    /// Giving up in time.
    Deadline,
    /// Telling how it ended.
    Status,
}

/// Who owns the duties of a handover.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Owners {
    /// Who tries again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"rlabs-notifier")]
    pub retry: Option<RepoName>,
    /// Who gives up in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"platform-api")]
    pub deadline: Option<RepoName>,
    /// Who tells how it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"platform-api")]
    pub status: Option<RepoName>,
}

/// Tests that must name the seam.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SeamTests {
    /// Test files of the producer's repositories.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"tests/**/*.py")]
    pub producer: Option<Glob>,
    /// Test files of the consumer's repositories.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"test/**/*.ts")]
    pub consumer: Option<Glob>,
    /// What names the seam in them; the seam's id, as a word of its own, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"contract:notifier-fields")]
    pub naming: Option<Pattern>,
}

/// What becomes of several numbers on one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Total {
    /// They are added.
    Sum,
    /// They are multiplied: how often by how long.
    Product,
}

/// When two names are the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Spelling {
    /// When they are written alike.
    #[default]
    Exact,
    /// Also when they differ only in capitals and in `_`, `-` and `.`.
    Loose,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_exact(spelling: &Spelling) -> bool {
    *spelling == Spelling::Exact
}

/// One of the two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The one that promises.
    Producer,
    /// The one that relies on it.
    Consumer,
}

impl Seam {
    /// The sources of a side.
    pub fn side(&self, side: Side) -> &[Source] {
        match side {
            Side::Producer => self.producer.list(),
            Side::Consumer => self.consumer.list(),
        }
    }

    /// The repositories of a side, each once.
    pub fn repos_of(&self, side: Side) -> BTreeSet<&RepoName> {
        self.side(side).iter().map(|source| &source.repo).collect()
    }

    /// Every repository it is about, each once, also those whose package is asked for.
    pub fn repos(&self) -> BTreeSet<&RepoName> {
        let sources = Side::BOTH.into_iter().flat_map(|side| self.side(side));
        sources.flat_map(|source| std::iter::once(&source.repo).chain(&source.pins)).collect()
    }

    /// The commands that holding it together runs, each with the repository in whose worktree.
    pub fn commands(&self) -> impl Iterator<Item = (&RepoName, &Argv)> {
        let sources = Side::BOTH.into_iter().flat_map(|side| self.side(side));
        sources.filter_map(|source| Some((&source.repo, source.command.as_ref()?)))
    }

    /// Whether holding it together runs a command.
    pub fn runs(&self) -> bool {
        self.commands().next().is_some()
    }

    /// Changes whenever what it says does, but for its title.
    pub fn digest(&self) -> Digest {
        let told = Self { title: String::new(), ..self.clone() };
        Digest::of(&serde_json::to_vec(&told).unwrap_or_default())
    }
}

impl Owners {
    /// The owner of a duty.
    pub fn of(&self, duty: Duty) -> Option<&RepoName> {
        match duty {
            Duty::Retry => self.retry.as_ref(),
            Duty::Deadline => self.deadline.as_ref(),
            Duty::Status => self.status.as_ref(),
        }
    }

    /// Each duty that has one.
    pub fn named(&self) -> impl Iterator<Item = (Duty, &RepoName)> {
        Duty::ALL.into_iter().filter_map(|duty| Some((duty, self.of(duty)?)))
    }

    /// Whether none is named.
    pub fn is_empty(&self) -> bool {
        self.named().next().is_none()
    }
}

impl Rule {
    /// The word that release.toml has for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Subset => "subset",
            Self::Equal => "equal",
            Self::AtMost => "at_most",
            Self::AtLeast => "at_least",
            Self::Present => "present",
            Self::Generated => "generated",
            Self::Compatible => "compatible",
            Self::Owned => "owned",
        }
    }
}

impl Duty {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Retry, Self::Deadline, Self::Status];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Deadline => "deadline",
            Self::Status => "status",
        }
    }
}

impl Side {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Producer, Self::Consumer];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Producer => "producer",
            Self::Consumer => "consumer",
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl fmt::Display for Duty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}
