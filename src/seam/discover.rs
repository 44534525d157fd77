//! Finds seams that nobody declared: names that one repository defines and another uses, ranked, each as a `[[seam]]` that can
//! be pasted into release.toml. It reads texts that somebody else fetched; it says what it saw, and declares nothing itself.
//!
//! A proposal is ranked by what kind of name it is about, how few repositories know the names, and in how many places they
//! stand. Names that every repository knows and English words weigh little. Names that the consumer uses and the producer
//! doesn't define are told: the proposed seam is broken as it stands.

mod contract;
mod draft;
mod names;
mod package;
mod propose;
mod rank;
mod route;
mod slot;
#[cfg(test)]
mod tests;
mod together;
mod uses;

use serde::Serialize;

pub use slot::Kind;
pub use together::{Commit, Together};

use crate::plan::seam::Rule;
use crate::plan::{RepoName, Seam};

/// The longest file that is looked at, in bytes: what people write is shorter.
pub const LARGEST_FILE: usize = 512 << 10;
/// The most bytes of one repository that are looked at.
pub const MOST_BYTES: usize = 32 << 20;
/// The most proposals that are made.
pub const MOST_PROPOSALS: usize = 40;
/// The most names of a kind that one group of files is asked for.
const MOST_NAMES: usize = 2_000;

/// A text file of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextFile {
    /// Its path there.
    pub path: String,
    /// What stands in it.
    pub text: String,
}

/// What is known of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inventory {
    /// The repository.
    pub repo: RepoName,
    /// Its files, sorted by path.
    pub files: Vec<TextFile>,
    /// The name of the package that it publishes.
    pub package: Option<String>,
    /// Its commits, newest first.
    pub commits: Vec<Commit>,
}

/// A place that speaks for a proposal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Site {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

/// A name that both sides have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shared {
    /// The name.
    pub name: String,
    /// The first place where it is defined.
    pub defined: Site,
    /// The first place where it is used.
    pub used: Site,
}

/// A name that is used and isn't defined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// The name.
    pub name: String,
    /// The first place where it is used.
    pub used: Site,
}

/// A seam that nobody declared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Proposal {
    /// A name for it.
    pub id: String,
    /// What must fit, in words.
    pub title: String,
    /// What kind of names it is about.
    pub kind: Kind,
    /// Its rule.
    pub rule: Rule,
    /// Who defines.
    pub producer: RepoName,
    /// Who uses.
    pub consumer: RepoName,
    /// How much speaks for it; only to be compared with others of the same run.
    pub score: f64,
    /// Names that both sides have.
    pub shared: Vec<Shared>,
    /// Names that the consumer uses and the producer doesn't define.
    pub missing: Vec<Missing>,
    /// The table for release.toml.
    pub toml: String,
}

/// Everything that was found.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Discovery {
    /// The proposals, best first.
    pub proposals: Vec<Proposal>,
    /// How many more there were.
    pub left_off: usize,
    /// Repositories that change together, most often first.
    pub together: Vec<Together>,
}

/// Looks for seams between repositories, but for those that are declared.
pub fn discover(inventories: &[Inventory], flag: Option<&str>, declared: &[Seam]) -> Discovery {
    let mut slots = slot::Slots::default();
    let contracts = contract::contracts(inventories);
    let copies = contract::pair(inventories, &contracts, &mut slots);
    let words = contract::offer(&contracts, &copies, &mut slots);
    for (at, inventory) in inventories.iter().enumerate() {
        for file in &inventory.files {
            uses::look(at, file, &words, &mut slots);
            route::look(at, file, &mut slots);
            names::look(at, file, &mut slots);
        }
        package::look(at, inventories, &mut slots);
    }
    let spread = rank::Spread::of(inventories, &slots);
    let mut proposals = propose::all(inventories, &slots, &spread);
    proposals.extend(propose::flag(inventories, flag, &spread));
    proposals.retain(|proposal| !propose::is_declared(proposal, declared));
    // of equals the first by name, on every machine
    proposals.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id)));
    propose::name_apart(&mut proposals);
    let left_off = proposals.len().saturating_sub(MOST_PROPOSALS);
    proposals.truncate(MOST_PROPOSALS);
    Discovery { proposals, left_off, together: together::together(inventories) }
}
