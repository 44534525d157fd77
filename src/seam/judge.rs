//! Holds the two sides of a seam together: one file here for each kind of rule. What can't be told never holds.

mod compatible;
mod data;
mod likely;
mod names;
mod numbers;
mod owned;
mod present;
mod tested;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use tested::{Named, Tested};

use super::Item;
use crate::plan::seam::{Rule, Side};
use crate::plan::{RepoName, Seam};
use crate::rollout::seam::{MISFITS, Misfit, Quote, SeamSeen, SeamState, Standing};

/// What one source gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The repository.
    pub repo: RepoName,
    /// Which files or which command, as they are written.
    pub whence: String,
    /// What was found.
    pub material: Material,
}

/// What was found in a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Material {
    /// Names or values.
    Items(Vec<Item>),
    /// One document, to be compared as a whole.
    Text {
        /// The file.
        path: String,
        /// Its bytes.
        bytes: Vec<u8>,
        /// The pointer below which it counts.
        below: String,
    },
}

/// Both sides of a seam, as they were read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sides {
    /// The sources of the side that promises.
    pub producer: Vec<Part>,
    /// The sources of the side that relies on it.
    pub consumer: Vec<Part>,
    /// What was seen of the tests that must name the seam.
    pub tests: Vec<Tested>,
    /// What was read of each repository.
    pub at: BTreeMap<RepoName, Standing>,
}

/// What a rule found out: what holds, in words, or where the sides don't fit; else why that can't be told.
type Verdict = Result<Outcome, String>;

/// What a rule found out.
#[derive(Debug, Default)]
struct Outcome {
    /// What holds, where nothing is amiss.
    holds: String,
    misfits: Vec<Misfit>,
    /// How many misfits there are in all.
    count: usize,
}

/// Holds both sides together.
pub fn judge(seam: &Seam, sides: &Sides) -> SeamSeen {
    let verdict = match seam.rule {
        Rule::Subset | Rule::Equal => names::judge(seam, sides),
        Rule::AtMost | Rule::AtLeast => numbers::judge(seam, sides),
        Rule::Present => Ok(present::judge(sides)),
        Rule::Owned => Ok(owned::judge(seam, sides)),
        Rule::Generated => data::judge(seam, sides),
        Rule::Compatible => compatible::judge(sides),
    };
    let verdict = verdict.map(|mut outcome| {
        tested::judge(seam, sides, &mut outcome);
        outcome
    });
    match verdict {
        Err(why) => SeamSeen { at: sides.at.clone(), ..SeamSeen::unknown(why) },
        Ok(outcome) => outcome.seen(sides),
    }
}

impl Outcome {
    fn holds(what: impl Into<String>) -> Self {
        Self { holds: what.into(), ..Self::default() }
    }

    fn add(&mut self, misfit: impl FnOnce() -> Misfit) {
        self.count += 1;
        if self.misfits.len() < MISFITS {
            self.misfits.push(misfit());
        }
    }

    fn seen(self, sides: &Sides) -> SeamSeen {
        let more = self.count - self.misfits.len();
        let (state, detail) = match self.misfits.first() {
            None => (SeamState::Holds, self.holds),
            Some(first) if self.count == 1 => (SeamState::Broken, first.what.clone()),
            Some(first) => (SeamState::Broken, format!("{}; and {} more", first.what, self.count - 1)),
        };
        SeamSeen { state, detail, misfits: self.misfits, more, at: sides.at.clone() }
    }
}

impl Sides {
    fn side(&self, side: Side) -> &[Part] {
        match side {
            Side::Producer => &self.producer,
            Side::Consumer => &self.consumer,
        }
    }

    /// Everything that a side gave; a source that gave nothing tells nothing.
    fn items(&self, side: Side) -> Result<Vec<&Item>, String> {
        let mut all = Vec::new();
        for part in self.side(side) {
            match &part.material {
                Material::Items(items) if items.is_empty() => {
                    return Err(format!(
                        "{}: {}: nothing was found there: a {side} that says nothing proves nothing",
                        part.repo, part.whence
                    ));
                }
                Material::Items(items) => all.extend(items),
                Material::Text { .. } => return Err("a whole document gives no names".to_owned()),
            }
        }
        Ok(all)
    }

    /// A line of a side, quoted.
    fn quote(&self, side: Side, item: &Item) -> Quote {
        Quote {
            side,
            repo: item.repo.clone(),
            sha: self.at.get(&item.repo).and_then(Standing::sha).cloned(),
            file: item.file.clone(),
            line: item.line,
            text: item.quoted.clone(),
        }
    }

    /// The repositories of a side, in words.
    fn names(&self, side: Side) -> String {
        let mut names: Vec<&str> = self.side(side).iter().map(|part| part.repo.as_str()).collect();
        names.dedup();
        names.join(", ")
    }
}

/// Where something stands, in words.
fn place(item: &Item) -> String {
    match item.line {
        0 => format!("{}: {}", item.repo, item.file),
        line => format!("{}: {}:{line}", item.repo, item.file),
    }
}

/// A count with its noun.
fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
