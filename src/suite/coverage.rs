//! Which intersections of the plan's dimensions some passing test met, and which none did.

use serde::Serialize;

use super::record::{Met, Record};
use crate::plan::coverage::Coverage;

/// The most intersections that a plan may ask for.
pub const MAX_INTERSECTIONS: usize = 20_000;

/// What tests covered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Matrix {
    /// How many dimensions must meet.
    pub strength: u8,
    /// The tags, in the plan's order.
    pub tags: Vec<String>,
    /// Every intersection that is asked for.
    pub cells: Vec<Cell>,
}

/// One intersection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// The tags that meet.
    pub tags: Vec<String>,
    /// How many tests in which they meet passed.
    pub passed: u32,
    /// How many didn't.
    pub other: u32,
}

impl Cell {
    /// Whether a passing test covers it.
    pub fn is_covered(&self) -> bool {
        self.passed > 0
    }

    /// The intersection in words: "team × seller".
    pub fn name(&self) -> String {
        self.tags.join(" × ")
    }
}

impl Matrix {
    /// What runs covered. A run that was recorded under other dimensions, or that met more than can be kept, tells nothing.
    pub fn of<'a>(coverage: &Coverage, runs: impl IntoIterator<Item = &'a Record>) -> Result<Self, String> {
        let tags = coverage.tags();
        let mut sets: Vec<(u64, u32, u32)> = Vec::new();
        for run in runs {
            let met = run.met.as_ref().ok_or("the suite ran before the plan asked for coverage: run it again")?;
            sets.extend(masks(met, &tags)?);
        }
        let asked = intersections(coverage);
        let cells = asked.into_iter().map(|of| {
            let mask = of.iter().fold(0, |mask, at| mask | bit(*at));
            let meets = sets.iter().filter(|(set, ..)| set & mask == mask);
            let (passed, other) = meets.fold((0_u32, 0_u32), |(passed, other), (_, more, rest)| {
                (passed.saturating_add(*more), other.saturating_add(*rest))
            });
            let named = of.iter().filter_map(|at| tags.get(*at).cloned()).collect();
            Cell { tags: named, passed, other }
        });
        let cells = cells.collect();
        Ok(Self { strength: coverage.strength, tags, cells })
    }

    /// The intersections that no passing test covers.
    pub fn uncovered(&self) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(|cell| !cell.is_covered())
    }

    /// How many are covered.
    pub fn covered(&self) -> usize {
        self.cells.iter().filter(|cell| cell.is_covered()).count()
    }

    /// One line: how many are covered, and the first that aren't.
    pub fn words(&self) -> String {
        let (covered, of) = (self.covered(), self.cells.len());
        if covered == of {
            return format!("all {of} intersections are covered");
        }
        let names: Vec<String> = self
            .uncovered()
            .take(5)
            .map(|cell| match cell.other {
                0 => cell.name(),
                _ => format!("{} (its test didn't pass)", cell.name()),
            })
            .collect();
        let more = of - covered - names.len();
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        format!("{covered} of {of} intersections are covered; no passing test covers {}{more}", names.join(", "))
    }
}

/// A plan has no more factors than a mask has bits; what is beyond them meets nothing.
pub(super) fn bit(at: usize) -> u64 {
    u32::try_from(at).ok().and_then(|at| 1_u64.checked_shl(at)).unwrap_or_default()
}

/// A run's sets as masks.
fn masks(met: &Met, tags: &[String]) -> Result<Vec<(u64, u32, u32)>, String> {
    if met.tags != tags {
        return Err("the suite ran before [coverage] was what it is: run it again".to_owned());
    }
    if met.too_many {
        return Err("its tests combine more tags than the ledger can keep: name fewer dimensions".to_owned());
    }
    Ok(met.sets.iter().map(|set| (set.tags, set.passed, set.other)).collect())
}

/// Every intersection that the plan asks for, as places among its tags: so many dimensions, one value of each.
fn intersections(coverage: &Coverage) -> Vec<Vec<usize>> {
    let factors = coverage.factors();
    let mut starts = Vec::new();
    let mut next = 0;
    for values in &factors {
        starts.push(next..next + values.len());
        next += values.len();
    }
    let tags = factors.concat();
    let mut found: Vec<Vec<usize>> = vec![Vec::new()];
    let mut all = Vec::new();
    for (place, values) in starts.iter().enumerate() {
        let mut grown = Vec::new();
        for partial in &found {
            // with or without this dimension
            let left = starts.len() - place - 1;
            if partial.len() + left >= usize::from(coverage.strength) {
                grown.push(partial.clone());
            }
            for value in values.clone() {
                let mut with = partial.clone();
                with.push(value);
                if with.len() == usize::from(coverage.strength) { all.push(with) } else { grown.push(with) }
            }
        }
        found = grown;
    }
    all.retain(|of| !is_excepted(coverage, of, &tags));
    all.sort();
    all
}

fn is_excepted(coverage: &Coverage, of: &[usize], tags: &[String]) -> bool {
    let has = |wanted: &String| of.iter().any(|at| tags.get(*at) == Some(wanted));
    coverage.except.iter().any(|except| !except.is_empty() && except.iter().all(has))
}

/// How many intersections a plan asks for, exceptions aside; none where they are more than can be counted.
pub fn count(coverage: &Coverage) -> Option<usize> {
    let strength = usize::from(coverage.strength);
    // ways[k]: how many ways there are to choose k dimensions so far, with a value each
    let mut ways = vec![0_usize; strength + 1];
    if let Some(none) = ways.first_mut() {
        *none = 1;
    }
    for values in coverage.factors() {
        for chosen in (1..=strength).rev() {
            let before = ways.get(chosen - 1)?.checked_mul(values.len())?;
            let cell = ways.get_mut(chosen)?;
            *cell = cell.checked_add(before)?;
        }
    }
    ways.last().copied()
}

#[cfg(test)]
mod tests;
