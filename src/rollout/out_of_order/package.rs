//! Versions on registries.

use super::stand::{Since, Stand, Stands};
use super::{InSight, Item, ItemId, Kind, Way, named};
use crate::plan::{PackageVersion, Probe, Step};
use crate::rollout::observed::{Observed, PackageState};

pub(super) fn look(stands: &Stands<'_>, observed: &Observed, step: &Step, sight: &mut InSight) {
    let Some(repo) = step.verb.repo() else { return };
    let uploads = stands.of(&step.id).iter().filter_map(|standing| {
        let Probe::Package { package, .. } = &standing.action.probe else { return None };
        Some((&**package, standing.stand))
    });
    let Some((package, _)) = uploads.clone().next() else { return };
    let Some(seen) = observed.repos.get(repo).map(|seen| &seen.package) else { return };
    let (Some(state), Some(at)) = (&seen.value, seen.at) else { return };
    let ahead = uploads.clone().all(|(_, stand)| stand == Stand::Ahead);
    // a version has arrived once all of its files have
    let brought: Option<Vec<_>> =
        uploads.map(|(_, stand)| if let Stand::Brought(since) = stand { Some(since) } else { None }).collect();
    let brought = brought.and_then(|since| since.into_iter().max());
    let shows_all = |since: Since| since.was_over_for(package.propagates.millis(), seen);
    let way = match (state, brought) {
        (PackageState::Unavailable { .. }, _) => return,
        (PackageState::Absent, Some(since)) if shows_all(since) => Some(Way::Moved),
        (PackageState::Withdrawn { .. } | PackageState::Conflict { .. }, Some(since)) if since.was_known_to(seen) => {
            Some(Way::Moved)
        }
        (PackageState::Absent, _) | (_, Some(_)) => None,
        (_, None) if ahead => Some(Way::Early),
        (_, None) => None,
    };
    let (id, word) = (ItemId::package(repo), word(state));
    let item = way.map(|way| Item {
        says: says(stands, step, package, &word, way),
        id: id.clone(),
        kind: Kind::Package,
        way,
        repo: Some(repo.clone()),
        step: Some(step.id.clone()),
        place: package.registry.to_string(),
        seen: seen_as(package, state, &word),
        at,
    });
    sight.add(&id, seen.after, item);
}

fn says(stands: &Stands<'_>, step: &Step, package: &PackageVersion, word: &str, way: Way) -> String {
    let (registry, step) = (&package.registry, named(stands.plan, step));
    match way {
        Way::Early => format!("{registry} {package} is {word}, the plan publishes it in {step}, not by us"),
        Way::Moved => format!("{registry} {package} is {word}, {step} published it, changed not by us"),
    }
}

/// The value that the owner's word is about: with the digest where one is shown.
fn seen_as(package: &PackageVersion, state: &PackageState, word: &str) -> String {
    let digest = match state {
        PackageState::Live { digest: Some(digest) } | PackageState::Conflict { found: digest } => {
            format!(" {}", cut(digest))
        }
        PackageState::Live { digest: None }
        | PackageState::Absent
        | PackageState::Propagating { .. }
        | PackageState::Partial { .. }
        | PackageState::Withdrawn { .. }
        | PackageState::Unavailable { .. } => String::new(),
    };
    format!("{} {word}{digest}", package.version)
}

fn word(state: &PackageState) -> String {
    match state {
        PackageState::Absent => "gone".to_owned(),
        PackageState::Live { .. } => "live".to_owned(),
        PackageState::Propagating { .. } => "propagating".to_owned(),
        PackageState::Partial { have, of } => format!("live with {have} of {of} files"),
        PackageState::Withdrawn { .. } => "withdrawn".to_owned(),
        PackageState::Unavailable { .. } => "unavailable".to_owned(),
        PackageState::Conflict { .. } => "live with another digest".to_owned(),
    }
}

/// A registry may answer anything: what goes into the ledger is bounded.
fn cut(text: &str) -> String {
    text.chars().take(200).collect()
}
