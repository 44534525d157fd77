//! Branches and tags on remotes.

use super::stand::{Stand, Stands, ref_of};
use super::{InSight, Item, ItemId, Kind, Way, named};
use crate::plan::{BroughtRef, Sha, Step};
use crate::rollout::observed::Observed;

pub(super) fn look(stands: &Stands<'_>, observed: &Observed, step: &Step, sight: &mut InSight) {
    for standing in stands.of(&step.id) {
        let Some((brought, sha)) = ref_of(&standing.action.probe) else { continue };
        let seen = observed.repos.get(&brought.repo).and_then(|seen| seen.ref_at(&brought.remote, &brought.name));
        let Some(seen) = seen else { continue };
        let (Some(found), Some(at)) = (seen.value, seen.at) else { continue };
        let way = match standing.stand {
            Stand::Ahead if found == Some(&sha) && !stands.has_put(&(brought.clone(), sha.clone())) => Some(Way::Early),
            Stand::Brought(since) if found != Some(&sha) && since.was_known_to(&seen) => Some(Way::Moved),
            Stand::Ahead if has_more(observed, &brought, found) => Some(Way::Moved),
            // a tag is never moved: one that is elsewhere bars the step that would set it
            Stand::Ahead if is_tag(&brought) && found.is_some_and(|found| *found != sha) => Some(Way::Moved),
            Stand::Ahead | Stand::Brought(_) | Stand::Ours => None,
        };
        let id = ItemId::of_ref(&brought);
        let item = way.map(|way| Item {
            says: says(stands, step, &brought, (found, &sha), (way, standing.stand)),
            id: id.clone(),
            kind: Kind::Ref,
            way,
            repo: Some(brought.repo.clone()),
            step: Some(step.id.clone()),
            place: brought.short(),
            seen: found.map_or_else(|| "gone".to_owned(), ToString::to_string),
            at,
        });
        sight.add(&id, seen.after, item);
    }
}

fn is_tag(brought: &BroughtRef) -> bool {
    brought.name.starts_with("refs/tags/")
}

/// Whether others brought something to main since it was frozen: by a merge made by hand, say.
fn has_more(observed: &Observed, brought: &BroughtRef, found: Option<&Sha>) -> bool {
    let remote = observed.repos.get(&brought.repo).and_then(|seen| seen.remote.value.as_ref());
    let main = remote.filter(|remote| remote.main_has_more).and_then(|remote| remote.main.as_ref());
    brought.remote == "origin" && main.is_some() && main == found
}

fn says(
    stands: &Stands<'_>,
    step: &Step,
    brought: &BroughtRef,
    (found, ours): (Option<&Sha>, &Sha),
    (way, stand): (Way, Stand),
) -> String {
    let (repo, place, step) = (&brought.repo, brought.short(), named(stands.plan, step));
    match (way, found) {
        (Way::Early, _) => {
            format!("{place} of {repo} is at {} already, the plan brings it in {step}, not by us", ours.short())
        }
        (Way::Moved, Some(found)) if stand == Stand::Ahead && is_tag(brought) => {
            let (found, ours) = (found.short(), ours.short());
            format!("{place} of {repo} is at {found} already: {step} can't put it at {ours}")
        }
        (Way::Moved, Some(found)) if stand == Stand::Ahead => {
            let (found, ours) = (found.short(), ours.short());
            format!(
                "{place} of {repo} is at {found}, with commits that the frozen one hasn't: {step} can't bring it to {ours}"
            )
        }
        (Way::Moved, Some(found)) => {
            format!("{place} of {repo} is at {}, {step} put it at {}, moved not by us", found.short(), ours.short())
        }
        (Way::Moved, None) => {
            format!("{place} of {repo} is gone, {step} put it at {}, removed not by us", ours.short())
        }
    }
}
