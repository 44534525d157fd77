//! The flag's readings, and how many mixtures of old and new users can meet.

use super::alarm::alarm;
use super::repo::is_main_with_more;
use super::{FlagStatus, Reachable, Reading, RehearsalStatus, reading_of_context};
use crate::plan::{Candidate, FlagState, Period, Plan, Repo};
use crate::rollout::fold::{Missed, Rollout};
use crate::rollout::mixture::{self, Artefact, Reads, Runs};
use crate::rollout::observed::{ContextSeen, Observed, PackageState, RepoSeen, WaitKind};

/// The flag, as its provider, every kind of user and every artefact that reports it tell it. What wasn't read doesn't agree.
pub(super) fn flag(plan: &Plan, rollout: &Rollout, observed: &Observed) -> Option<FlagStatus> {
    let flag = plan.document().flag.as_ref()?;
    let seen = observed.flag.value.as_ref();
    let state = seen.and_then(|seen| seen.state.clone());
    let mut readings = Vec::new();
    match seen {
        Some(seen) => {
            let agrees = |context: &ContextSeen| state.is_some() && context.value.is_some();
            readings.extend(seen.contexts.iter().map(|c| reading_of_context(c, agrees(c), observed.flag.at)));
        }
        None => readings.extend(flag.contexts.iter().map(|context| unread(&context.name, observed))),
    }
    if flag.contexts.is_empty() && readings.is_empty() {
        let value = state.as_ref().map(ToString::to_string);
        readings.push(Reading { agrees: state.is_some(), value, ..unread("provider", observed) });
    }
    for repo in plan.repos() {
        if !repo.reports_flag() {
            continue;
        }
        let seen = observed.repos.get(&repo.name).map(|seen| seen.flag.clone()).unwrap_or_default();
        let agrees = state.as_ref().is_some_and(|state| seen.value.as_ref().is_some_and(|v| v.states.contains(state)));
        let (value, why) = seen.value.map_or((None, seen.why), |told| (Some(told.value), told.why));
        readings.push(Reading { who: repo.name.to_string(), value, agrees, why, at: seen.at });
    }
    let converging = observed.waits.values().find(|wait| wait.kind == WaitKind::Convergence).cloned();
    // who was asked before the state changed says nothing of it yet
    let since = observed.flag_since;
    let fresh = readings.iter().filter(|reading| since.is_none_or(|since| reading.at.is_some_and(|at| at > since)));
    let apart = if converging.is_some() { None } else { alarm(state.as_ref(), fresh) };
    let agree = readings.iter().filter(|reading| reading.agrees).count();
    let reached = |missed: &&Missed| state.as_ref() == Some(&missed.to) && agree == readings.len();
    let missed = rollout.flag_missed.as_ref().filter(|missed| !reached(missed));
    let alarm = missed.map(not_reached).into_iter().chain(apart).reduce(|missed, apart| format!("{missed}; {apart}"));
    Some(FlagStatus {
        key: flag.key.clone(),
        state,
        agree,
        of: readings.len(),
        readings,
        alarm,
        converging,
        observed_at: observed.flag.at,
        missed: rollout.flag_missed.clone(),
        rehearsed: rehearsed(plan, rollout),
    })
}

/// The way back that was tried and didn't reach everyone.
fn not_reached(missed: &Missed) -> String {
    let Missed { to, why, by, took, at: _ } = missed;
    format!("flag {to}, ordered by {by}, wasn't reached in {}: {why}", Period::from(*took))
}

fn rehearsed(plan: &Plan, rollout: &Rollout) -> Option<RehearsalStatus> {
    let rehearsed = rollout.rehearsals.get(&plan.flag_digest()?)?;
    let (by, evidence) = (rehearsed.by.clone(), rehearsed.evidence.clone());
    Some(RehearsalStatus { at: rehearsed.at, by, took: rehearsed.took, evidence })
}

fn unread(who: &str, observed: &Observed) -> Reading {
    let (why, at) = (observed.flag.why.clone(), observed.flag.at);
    Reading { who: who.to_owned(), value: None, agrees: false, why, at }
}

/// How many mixtures users can meet, from what runs, who reads the flag, and what they read. What nobody knows at all is `?`.
pub(super) fn reachable(plan: &Plan, rollout: &Rollout, observed: &Observed, flag: Option<&FlagStatus>) -> Reachable {
    let states = plan.document().flag.as_ref().map(|flag| flag.states.as_slice()).unwrap_or_default();
    let known: Vec<(&Repo, Artefact)> =
        plan.repos().iter().map(|repo| (repo, artefact(repo, rollout, observed, flag, states))).collect();
    let artefacts: Vec<Artefact> = known.iter().map(|(_, artefact)| *artefact).collect();
    let (met, of) = (mixture::reachable(&artefacts, states.len()), mixture::conceivable(artefacts.len()));
    let open: Vec<String> =
        known.iter().filter(|(_, artefact)| artefact.is_open()).map(|(repo, _)| repo.name.to_string()).collect();
    let told = open.is_empty() || met < of;
    Reachable { now: told.then_some(met), of, open }
}

/// A repository's artefact. Whoever reports the flag is taken at that word, as long as the provider can be read: else the
/// word may be a memory; a value that it would read in several states is that of the provider's where it can be. Who only claims to read it is held to read what all readings agree on, and where they don't, anything.
fn artefact(
    repo: &Repo,
    rollout: &Rollout,
    observed: &Observed,
    flag: Option<&FlagStatus>,
    states: &[FlagState],
) -> Artefact {
    let unseen = RepoSeen::default();
    let seen = observed.repos.get(&repo.name).unwrap_or(&unseen);
    let place = |read: &FlagState| states.iter().position(|state| state == read);
    let agreed = flag.filter(|flag| flag.agree == flag.of).and_then(|flag| flag.state.as_ref());
    let read = if repo.reports_flag() {
        let state = flag.and_then(|flag| flag.state.as_ref());
        // who was asked before the state changed may read it otherwise by now
        let fresh = observed.flag_since.is_none_or(|since| seen.flag.at.is_some_and(|at| at > since));
        let told = seen.flag.value.as_ref().filter(|_| fresh).zip(state);
        told.and_then(|(told, state)| match &*told.states {
            states if states.contains(state) => place(state),
            [only] => place(only),
            _ => None,
        })
    } else {
        agreed.filter(|_| repo.reads_flag).and_then(place)
    };
    Artefact {
        runs: runs(repo, rollout.candidates.get(&repo.name), seen),
        reads: read.map_or(Reads::Unknown, Reads::State),
    }
}

/// What runs: by the commit that is deployed, and by the version that is published, where there is either. A commit that is
/// neither what ships nor main as it was frozen says nothing.
fn runs(repo: &Repo, candidate: Option<&Candidate>, seen: &RepoSeen) -> Runs {
    let ships = candidate.map(Candidate::ship_sha);
    let before = seen.remote.value.as_ref().and_then(|remote| remote.main.as_ref());
    let before = before.or_else(|| seen.local.value.as_ref().and_then(|local| local.main.as_ref()));
    let deployed = (repo.deploy.is_some() || seen.deployed.value.is_some()).then(|| match &seen.deployed.value {
        Some(sha) if Some(sha) == ships => Runs::Ship,
        Some(sha) if Some(sha) == before && !is_main_with_more(seen, sha) => Runs::Before,
        Some(_) | None => Runs::Unknown,
    });
    let published = repo.publish.as_ref().map(|_| match &seen.package.value {
        Some(PackageState::Absent) => Runs::Before,
        Some(PackageState::Live { .. }) => Runs::Ship,
        Some(
            PackageState::Propagating { .. }
            | PackageState::Partial { .. }
            | PackageState::Withdrawn { .. }
            | PackageState::Unavailable { .. }
            | PackageState::Conflict { .. },
        )
        | None => Runs::Unknown,
    });
    match (deployed, published) {
        (Some(one), Some(other)) if one != other => Runs::Unknown,
        (Some(one), _) | (None, Some(one)) => one,
        (None, None) => Runs::Unknown,
    }
}
