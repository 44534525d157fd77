//! What holding a seam together showed: whether it holds, and where it doesn't with both sides quoted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::plan::seam::Side;
use crate::plan::{RepoName, Sha};

/// The most misfits that one seam tells; past that, the rest mostly follows from the first ones.
pub const MISFITS: usize = 50;

/// What was seen of a seam.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeamSeen {
    /// Whether it holds.
    pub state: SeamState,
    /// What was seen, in one line.
    pub detail: String,
    /// Where the sides don't fit, the first [`MISFITS`] of them.
    pub misfits: Vec<Misfit>,
    /// How many more there are.
    pub more: usize,
    /// What was read of each repository.
    pub at: BTreeMap<RepoName, Standing>,
}

/// Whether a seam holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SeamState {
    /// It does.
    Holds,
    /// It doesn't.
    Broken,
    /// It can't be told.
    Unknown,
}

/// Which state of a repository was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The commit that ships.
    Frozen(Sha),
    /// The head of its release branch.
    Head(Sha),
    /// Its work tree.
    Worktree,
}

/// One place where the sides don't fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Misfit {
    /// What doesn't fit.
    pub what: String,
    /// What would mend it.
    pub mend: String,
    /// The lines of both sides, as far as there are such.
    pub quotes: Vec<Quote>,
}

/// A line as it stands in a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The side that it belongs to.
    pub side: Side,
    /// The repository.
    pub repo: RepoName,
    /// The commit; none for a work tree.
    pub sha: Option<Sha>,
    /// The file.
    pub file: String,
    /// The line, from 1; 0 where the file as a whole is meant.
    pub line: usize,
    /// What stands there, cut where it is long.
    pub text: String,
}

impl SeamSeen {
    /// It can't be told, and why.
    pub fn unknown(why: impl Into<String>) -> Self {
        Self { state: SeamState::Unknown, detail: why.into(), misfits: Vec::new(), more: 0, at: BTreeMap::new() }
    }
}

impl SeamState {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Broken => "broken",
            Self::Unknown => "can't be told",
        }
    }
}

impl Standing {
    /// The commit; none for a work tree.
    pub fn sha(&self) -> Option<&Sha> {
        match self {
            Self::Frozen(sha) | Self::Head(sha) => Some(sha),
            Self::Worktree => None,
        }
    }
}
