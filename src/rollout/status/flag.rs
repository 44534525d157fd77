//! The flag's readings, and how many mixtures of old and new users can meet.

use super::{FlagStatus, Reachable, Reading, reading_of_context};
use crate::plan::Plan;
use crate::rollout::observed::{ContextSeen, Observed};

/// The flag, as its provider, every kind of user and every artefact that reports it tell it. What wasn't read doesn't agree.
pub(super) fn flag(plan: &Plan, observed: &Observed) -> Option<FlagStatus> {
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
        if repo.reports.as_ref().is_none_or(|reports| reports.flag.is_none()) {
            continue;
        }
        let seen = observed.repos.get(&repo.name).map(|seen| seen.flag.clone()).unwrap_or_default();
        let agrees = state.as_ref().is_some_and(|state| seen.value.as_ref().is_some_and(|v| v.states.contains(state)));
        let (value, why) = seen.value.map_or((None, seen.why), |told| (Some(told.value), told.why));
        readings.push(Reading { who: repo.name.to_string(), value, agrees, why, at: seen.at });
    }
    Some(FlagStatus {
        key: flag.key.clone(),
        state,
        agree: readings.iter().filter(|reading| reading.agrees).count(),
        of: readings.len(),
        readings,
        observed_at: observed.flag.at,
    })
}

fn unread(who: &str, observed: &Observed) -> Reading {
    let (why, at) = (observed.flag.why.clone(), observed.flag.at);
    Reading { who: who.to_owned(), value: None, agrees: false, why, at }
}

/// Where all readings agree, users meet one state; each that doesn't doubles what they can meet. Unread, nobody can say.
pub(super) fn reachable(plan: &Plan, flag: Option<&FlagStatus>) -> Reachable {
    let artefacts = u32::try_from(plan.repos().len()).unwrap_or(u32::MAX).min(63);
    let of = 1_u64 << artefacts;
    let now = match flag {
        None => Some(of),
        Some(flag) if flag.state.is_some() && flag.agree == flag.of => Some(1),
        Some(flag) => {
            let disagreeing = u32::try_from(flag.of - flag.agree).unwrap_or(u32::MAX).min(62);
            flag.state.as_ref().map(|_| (1_u64 << disagreeing).min(of))
        }
    };
    Reachable { now, of }
}
