//! The name of a thing that is out of order: `agentguard-sdk:package`, `platform-api:production/main`, `flag`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::plan::{BroughtRef, RepoName};

/// The longest name, in bytes: a repository's, a remote's and a ref's fit.
const LONGEST: usize = 700;

/// The name of one thing outside.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ItemId(String);

/// Why a text names nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an item's name has from 1 to {LONGEST} bytes; `flightdeck status` shows the names")]
pub struct NoItemId;

impl ItemId {
    pub(super) fn flag() -> Self {
        Self("flag".to_owned())
    }

    pub(super) fn package(repo: &RepoName) -> Self {
        Self(format!("{repo}:package"))
    }

    pub(super) fn deployed(repo: &RepoName) -> Self {
        Self(format!("{repo}:deployed"))
    }

    pub(super) fn of_ref(brought: &BroughtRef) -> Self {
        Self(format!("{}:{}", brought.repo, brought.short()))
    }

    /// The name as it is typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As a POSIX shell needs it: a branch may be called anything.
    pub fn quoted(&self) -> String {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@+".contains(c);
        if self.0.chars().all(plain) { self.0.clone() } else { format!("'{}'", self.0.replace('\'', r"'\''")) }
    }

    /// Whether it is the flag.
    pub fn is_flag(&self) -> bool {
        self.0 == "flag"
    }
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for ItemId {
    type Err = NoItemId;

    fn from_str(text: &str) -> Result<Self, NoItemId> {
        if (1..=LONGEST).contains(&text.len()) { Ok(Self(text.to_owned())) } else { Err(NoItemId) }
    }
}

impl TryFrom<String> for ItemId {
    type Error = NoItemId;

    fn try_from(text: String) -> Result<Self, NoItemId> {
        text.parse()
    }
}

impl From<ItemId> for String {
    fn from(id: ItemId) -> Self {
        id.0
    }
}
