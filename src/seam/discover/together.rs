//! How often repositories change together.
//!
//! The measure: of the commits of the one that has fewer, how many have a companion in the other, that is a commit whose subject
//! names the same ticket, or one by the same author within a day. Two repositories of which more than half of the commits have one are as good
//! as one that was cut in two.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use super::Inventory;
use crate::plan::RepoName;

/// How far apart two commits of one author may be, in seconds.
const NEAR: i64 = 24 * 60 * 60;
/// The fewest commits that tell anything.
const FEWEST: usize = 8;
/// The share, in percent, from which two repositories might better be one.
const AS_ONE: usize = 50;

/// A commit, in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// When it was written, in seconds since 1970.
    pub at: i64,
    /// Who wrote it.
    pub author: String,
    /// The first line of its message.
    pub subject: String,
}

/// How often two repositories change together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Together {
    /// The two, by name.
    pub repos: [RepoName; 2],
    /// The commits of the one that has fewer.
    pub commits: usize,
    /// Those of them that have a companion in the other.
    pub companions: usize,
    /// Whether they might better be one repository.
    pub might_be_one: bool,
}

/// A ticket with its project, as `ABC-123`: a bare number is each repository's own.
static TICKET: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\b[A-Z][A-Z0-9]{1,9}-\d{1,6}\b").ok());

pub(super) fn together(inventories: &[Inventory]) -> Vec<Together> {
    let mut found = Vec::new();
    for (at, one) in inventories.iter().enumerate() {
        for other in inventories.iter().skip(at + 1) {
            let (fewer, more) = if one.commits.len() <= other.commits.len() { (one, other) } else { (other, one) };
            let companions = companions(&fewer.commits, &more.commits);
            if companions > 0 {
                let commits = fewer.commits.len();
                let might_be_one = commits >= FEWEST && 100 * companions > AS_ONE * commits;
                found.push(Together {
                    repos: [one.repo.clone(), other.repo.clone()],
                    commits,
                    companions,
                    might_be_one,
                });
            }
        }
    }
    let share = |pair: &Together| 1000 * pair.companions / pair.commits.max(1);
    found.sort_by(|a, b| share(b).cmp(&share(a)).then_with(|| a.repos.cmp(&b.repos)));
    found
}

fn companions(commits: &[Commit], others: &[Commit]) -> usize {
    let tickets: BTreeSet<&str> = others.iter().flat_map(|commit| tickets(&commit.subject)).collect();
    let mut times: BTreeMap<&str, BTreeSet<i64>> = BTreeMap::new();
    for other in others {
        times.entry(&other.author).or_default().insert(other.at);
    }
    let is_near = |commit: &Commit| {
        let near = commit.at.saturating_sub(NEAR)..=commit.at.saturating_add(NEAR);
        times.get(commit.author.as_str()).is_some_and(|times| times.range(near).next().is_some())
    };
    commits
        .iter()
        .filter(|commit| self::tickets(&commit.subject).any(|ticket| tickets.contains(ticket)) || is_near(commit))
        .count()
}

/// The tickets that a subject names.
fn tickets(subject: &str) -> impl Iterator<Item = &str> {
    TICKET.as_ref().map(|pattern| pattern.find_iter(subject)).into_iter().flatten().map(|hit| hit.as_str())
}
