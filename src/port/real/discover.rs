//! Reads every repository of a plan for a look at what nobody declared. Runs nothing, connects nowhere.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::seams::Reads;
use super::{RealWorld, off_loop};
use crate::plan::{Plan, Repo as Planned, RepoName, Sha};
use crate::port::repo::{Repo, Texts};
use crate::seam::discover::Inventory;

/// How long all of them may take to be read.
const READING: Duration = Duration::from_secs(300);

/// What was read, and what wasn't.
#[derive(Debug, Default)]
pub struct Inventories {
    /// The repositories that could be read.
    pub inventories: Vec<Inventory>,
    /// What is missing, a sentence each.
    pub notes: Vec<String>,
}

/// Tells the thread that reads when nobody waits any more.
struct Waiting(Arc<AtomicBool>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl RealWorld {
    /// What every repository holds: at the commits that ship where they are wanted and known, else at the head of its release
    /// branch, else of its main branch.
    pub async fn inventories(
        &self,
        plan: &Arc<Plan>,
        ships: &BTreeMap<RepoName, Sha>,
        reads: Reads,
    ) -> Result<Inventories, String> {
        let (plan, ships, root) = (Arc::clone(plan), ships.clone(), self.config.root.clone());
        let waiting = Waiting(Arc::default());
        let unwanted = Arc::clone(&waiting.0);
        let read = off_loop(move || {
            let mut all = Inventories::default();
            all.notes.extend(stand_ins(&plan, &ships, reads));
            for planned in &plan.document().repo {
                match inventory(&plan, planned, &root, &ships, reads, &unwanted) {
                    Ok((inventory, left_out)) => {
                        if left_out > 0 {
                            let name = &planned.name;
                            all.notes
                                .push(format!("{name}: {left_out} files weren't read: they are too long, or too many"));
                        }
                        all.inventories.push(inventory);
                    }
                    Err(why) => all.notes.push(format!("{}: it wasn't read: {why}", planned.name)),
                }
            }
            all
        });
        let read = tokio::time::timeout(READING, read).await;
        read.map_err(|_| format!("reading the repositories took longer than {} s", READING.as_secs()))?
    }
}

/// Says whose head is read because no commit of theirs is frozen.
fn stand_ins(plan: &Plan, ships: &BTreeMap<RepoName, Sha>, reads: Reads) -> Option<String> {
    let names = plan.document().repo.iter().map(|planned| &planned.name);
    let loose: Vec<&str> = names.filter(|name| !ships.contains_key(*name)).map(RepoName::as_str).collect();
    let told = (reads == Reads::Frozen && !loose.is_empty()).then(|| loose.join(", "))?;
    Some(format!("not frozen, so the heads of the release branches were read: {told}"))
}

fn inventory(
    plan: &Plan,
    planned: &Planned,
    root: &Path,
    ships: &BTreeMap<RepoName, Sha>,
    reads: Reads,
    unwanted: &AtomicBool,
) -> Result<(Inventory, usize), String> {
    let clone = Repo::open(&root.join(&planned.path)).map_err(|why| why.to_string())?;
    let told = |why: crate::port::repo::Unreadable| why.to_string();
    let branch = plan.branch(planned);
    let frozen = ships.get(&planned.name).filter(|_| reads == Reads::Frozen).cloned();
    let sha = match frozen {
        Some(sha) => sha,
        None => match clone.head_of(&branch).map_err(told)? {
            Some(sha) => sha,
            None => clone
                .head_of(&planned.main)
                .map_err(told)?
                .ok_or_else(|| format!("it has neither {branch} nor {}", planned.main))?,
        },
    };
    let Texts { files, left_out } = match reads {
        Reads::Worktree => clone.texts_here(unwanted),
        Reads::Frozen | Reads::Head => clone.texts_at(&sha, unwanted),
    }
    .map_err(told)?;
    // a repository whose package can't be told publishes none that another one could ask for
    let package = planned.publish.as_ref().and_then(|p| clone.package_at(&sha, p, None, &planned.name).ok());
    let commits = clone.commits_to(&sha).map_err(told)?;
    let package = package.map(|package| package.name);
    Ok((Inventory { repo: planned.name.clone(), files, package, commits }, left_out))
}
