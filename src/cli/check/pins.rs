//! Whether a repository's references could be pinned as they stand on its release branch. Reads clones; asks nobody.

use std::collections::BTreeMap;
use std::path::Path;

use super::repos::Trouble;
use crate::plan::{Candidate, Plan, Repo as PlanRepo, RepoName};
use crate::port::real::pins_at;

pub(super) fn troubles(
    plan: &Plan,
    repo: &PlanRepo,
    folder: &Path,
    candidates: &BTreeMap<RepoName, Candidate>,
) -> Vec<Trouble> {
    let name = repo.name.as_str();
    // what isn't on this machine is told of the producer itself
    let Some(here) = candidates.get(&repo.name).filter(|_| !repo.repin.is_empty()) else { return Vec::new() };
    let Ok(pins) = plan.pins(&repo.name, candidates) else { return Vec::new() };
    let sights = match pins_at(folder, &here.sha, &pins) {
        Ok(sights) => sights,
        Err(why) => return vec![Trouble::error(name, why)],
    };
    let mut troubles = Vec::new();
    for (sight, pin) in sights.into_iter().zip(&pins) {
        troubles.extend(sight.references.err().map(|why| Trouble::error(name, why)));
        match sight.lock {
            Err(why) => troubles.push(Trouble::error(name, why)),
            Ok(Some(file)) if pin.lock.is_none() => {
                let what = format!(
                    "{file} belongs to {}, but its pin says no `lock` command that refreshes it: add lock = [\"…\"]",
                    sight.manifest
                );
                troubles.push(Trouble::error(name, what));
            }
            Ok(None) => {
                let what = format!(
                    "no lock file lies beside {}: name it as `lock_file`, or nothing proves what {} installs",
                    sight.manifest, name
                );
                troubles.push(Trouble::warning(name, what));
            }
            Ok(Some(_)) => {}
        }
    }
    troubles
}
