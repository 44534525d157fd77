//! What deployments report as their commit.

use super::stand::{Since, Stands};
use super::{Also, InSight, Item, ItemId, Kind, Way, named};
use crate::plan::{Candidate, Step, Verb};
use crate::rollout::event::Millis;
use crate::rollout::observed::Observed;

/// How long a deployment may go on reporting what was there before, where it hasn't reported ours yet.
const SETTLES: Millis = 60_000;

pub(super) fn look(stands: &Stands<'_>, observed: &Observed, step: &Step, also: Also, sight: &mut InSight) {
    let (Verb::Deploy(_), Some(repo)) = (&step.verb, step.verb.repo()) else { return };
    let Some(ship) = stands.rollout.candidates.get(repo).map(Candidate::ship_sha) else { return };
    let Some(seen) = observed.repos.get(repo) else { return };
    let (Some(reported), Some(at)) = (&seen.deployed.value, seen.deployed.at) else { return };
    let arrived = seen.arrived.as_ref() == Some(ship);
    let late = |since: Since| {
        if arrived { since.was_known_to(&seen.deployed) } else { since.was_over_for(SETTLES, &seen.deployed) }
    };
    let untouched = !stands.of(&step.id).is_empty() && stands.is_untouched(step);
    let way = match also {
        Also::Told => None,
        Also::Untold if reported == ship => untouched.then_some(Way::Early),
        Also::Untold => stands.done_since(step).is_some_and(late).then_some(Way::Moved),
    };
    let id = ItemId::deployed(repo);
    let (named, short) = (named(stands.plan, step), reported.short());
    let says = |way| match way {
        Way::Early => format!("{repo} reports {short} as deployed, the plan deploys it in {named}, not by us"),
        Way::Moved => {
            format!("{repo} reports {short} as deployed, {named} deployed {}, changed not by us", ship.short())
        }
    };
    let item = way.map(|way| Item {
        id: id.clone(),
        kind: Kind::Deployed,
        way,
        repo: Some(repo.clone()),
        step: Some(step.id.clone()),
        place: "deployed".to_owned(),
        seen: reported.to_string(),
        says: says(way),
        at,
    });
    sight.add(&id, seen.deployed.after, item);
}
