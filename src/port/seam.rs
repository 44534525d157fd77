//! Reads the sides of seams out of clones and hands them to the rules. What it knows by its blobs isn't read again. Everything
//! here blocks: callers use a blocking thread. It runs no command: what one printed is handed in.

mod gather;
mod store;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;

pub(crate) use gather::bounded;
pub use store::Store;

use self::gather::{Gathered, Reader};
use crate::plan::seam::Side;
use crate::plan::{Digest, Plan, RepoName, Seam};
use crate::rollout::seam::{SeamSeen, Standing};
use crate::seam::judge::{Sides, judge};

/// What is read of each repository.
pub type Standings = BTreeMap<RepoName, Standing>;

/// What commands printed, by side and the source's place in it; else why they didn't.
pub type Printed = BTreeMap<(Side, usize), Result<Vec<u8>, String>>;

/// How a seam is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Sight<'a> {
    /// The plan in force.
    pub plan: &'a Plan,
    /// The folder that repository paths are relative to.
    pub root: &'a Path,
    /// What is read of each repository.
    pub standings: &'a Standings,
    /// What the seam's commands printed.
    pub printed: &'a Printed,
    /// Turns true when nobody waits any more.
    pub unwanted: &'a AtomicBool,
}

/// Holds a seam together.
pub fn look(seam: &Seam, sight: Sight<'_>, store: &Store) -> SeamSeen {
    let at: Standings =
        seam.repos().into_iter().filter_map(|repo| Some((repo.clone(), sight.standings.get(repo)?.clone()))).collect();
    match seen(seam, sight, store) {
        Ok(seen) => placed(seen, at),
        Err(why) => SeamSeen { at, ..SeamSeen::unknown(why) },
    }
}

/// What a seam that runs a command was last seen as with these commits; none where it wasn't run with them.
pub fn recall(seam: &Seam, standings: &Standings, store: &Store) -> Option<SeamSeen> {
    let seen = store.get(&key_of_commits(seam, standings)?)?;
    Some(placed(seen, standings.clone()))
}

/// Keeps what a seam that runs a command was seen as.
pub fn keep(seam: &Seam, seen: &SeamSeen, store: &Store) {
    if let Some(key) = key_of_commits(seam, &seen.at) {
        store.put(&key, seen);
    }
}

fn key_of_commits(seam: &Seam, standings: &Standings) -> Option<Digest> {
    let mut parts = vec!["run".to_owned(), seam.digest().to_string()];
    for repo in seam.repos() {
        parts.extend([repo.to_string(), standings.get(repo)?.sha()?.to_string()]);
    }
    Some(Digest::of_parts(&parts))
}

fn seen(seam: &Seam, sight: Sight<'_>, store: &Store) -> Result<SeamSeen, String> {
    let reader = Reader::open(seam, sight)?;
    let gathered = reader.gather()?;
    let key = gathered.key(seam);
    if let Some(seen) = store.get(&key) {
        return Ok(seen);
    }
    let Gathered { producer, consumer, tests, .. } = gathered;
    let mut sides = Sides { tests: Vec::new(), at: sight.standings.clone(), ..Sides::default() };
    for part in producer {
        sides.producer.push(reader.read(part, store)?);
    }
    for part in consumer {
        sides.consumer.push(reader.read(part, store)?);
    }
    for listed in &tests {
        sides.tests.push(reader.tested(listed, store)?);
    }
    let seen = judge(seam, &sides);
    store.put(&key, &seen);
    Ok(seen)
}

/// The same blobs may lie in other commits: a quote names the one that was read.
fn placed(mut seen: SeamSeen, at: Standings) -> SeamSeen {
    for quote in seen.misfits.iter_mut().flat_map(|misfit| &mut misfit.quotes) {
        quote.sha = at.get(&quote.repo).and_then(Standing::sha).cloned();
    }
    seen.at = at;
    seen
}
