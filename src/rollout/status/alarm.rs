//! Who disagrees about the flag: an alarm, never a footnote.

use super::Reading;
use crate::plan::FlagState;

/// How many readers an alarm names.
const MOST_NAMED: usize = 3;

/// Readers who read something else than the rest. Who can't be read at all is no disagreement, and no agreement.
pub(super) fn alarm<'a>(state: Option<&FlagState>, readings: impl Iterator<Item = &'a Reading>) -> Option<String> {
    let (told, untold): (Vec<&Reading>, Vec<&Reading>) = readings.partition(|reading| reading.value.is_some());
    let others: Vec<&Reading> = told.iter().copied().filter(|reading| !reading.agrees).collect();
    let first = others.first()?;
    let begins = match state {
        Some(state) => format!("the flag is {state}, but "),
        None if untold.is_empty() => "the flag is in no state of the plan: ".to_owned(),
        // what the flag should be can't be told: those who can be read must at least read the same
        None if others.iter().all(|reading| reading.value == first.value) => return None,
        None => "what the flag is can't be told, and readers differ: ".to_owned(),
    };
    let said = others
        .iter()
        .take(MOST_NAMED)
        .map(|reading| format!("{} reads {}", reading.who, reading.value.as_deref().unwrap_or_default()));
    let said = said.collect::<Vec<_>>().join(", ");
    let more = others.len().saturating_sub(MOST_NAMED);
    let more = if more == 0 { String::new() } else { format!(", and {more} more do") };
    Some(format!("{begins}{said}{more}"))
}

#[cfg(test)]
mod tests {
    use super::super::flag::flag;
    use crate::plan::Plan;
    use crate::rollout::observed::{ContextSeen, FlagSeen, Observed, ReportSeen, Seen, Wait, WaitKind};
    use crate::rollout::{Millis, Rollout};

    const PLAN: &str = include_str!("../../../release.toml");

    /// The flag is read as a state by its provider, and by one artefact as something else.
    fn observed(provider: &str, artefact: &str, at: Millis) -> (Plan, Observed) {
        let plan = crate::config::load(PLAN.as_bytes(), "release.toml").unwrap().plan;
        let mut observed = Observed::default();
        let contexts = vec![ContextSeen { name: "flags.json".into(), value: Some(provider.into()), why: None }];
        observed.see_flag(Seen::answer(FlagSeen { state: provider.parse().ok(), contexts }, at));
        for repo in plan.repos().iter().filter(|repo| repo.reports.as_ref().is_some_and(|r| r.flag.is_some())) {
            let states = vec![artefact.parse().unwrap()];
            let seen = Seen::answer(ReportSeen { value: artefact.into(), states, why: None }, at);
            observed.repos.entry(repo.name.clone()).or_default().flag = seen;
        }
        (plan, observed)
    }

    /// The provider can't be read; every artefact reads the same.
    fn observed_blind() -> (Plan, Observed) {
        let (plan, mut observed) = observed("on", "on", 1_000);
        observed.see_flag(Seen::unknown("gone", 1_000));
        observed.flag_since = None;
        (plan, observed)
    }

    #[test]
    fn whoever_reads_something_else_is_an_alarm_unless_it_is_still_on_its_way() {
        let (plan, mut observed) = observed("off", "on", 1_000);
        let told = flag(&plan, &Rollout::default(), &observed).unwrap();
        assert!(told.alarm.as_ref().is_some_and(|said| said.starts_with("the flag is off, but ")), "{told:?}");
        assert!(told.agree < told.of);
        let kind = WaitKind::Convergence;
        let wait = Wait { kind, what: "everyone".into(), since: 1, until: 2, last: String::new() };
        observed.waits.insert("on".parse().unwrap(), wait.clone());
        let told = flag(&plan, &Rollout::default(), &observed).unwrap();
        assert_eq!((told.alarm, told.converging), (None, Some(wait)));
    }

    #[test]
    fn what_was_read_before_the_state_changed_is_no_alarm_yet() {
        let (plan, mut observed) = observed("off", "off", 1_000);
        assert_eq!(flag(&plan, &Rollout::default(), &observed).unwrap().alarm, None);
        let contexts = vec![ContextSeen { name: "flags.json".into(), value: Some("on".into()), why: None }];
        observed.see_flag(Seen::answer(FlagSeen { state: "on".parse().ok(), contexts }, 2_000));
        let told = flag(&plan, &Rollout::default(), &observed).unwrap();
        assert!(told.alarm.is_none() && told.agree < told.of);
        for seen in observed.repos.values_mut() {
            seen.flag.at = Some(3_000);
        }
        assert!(
            flag(&plan, &Rollout::default(), &observed).unwrap().alarm.is_some_and(|said| said.contains("reads off"))
        );
    }

    #[test]
    fn who_cannot_be_read_is_neither_agreement_nor_alarm() {
        let (plan, mut observed) = observed("off", "off", 1_000);
        for seen in observed.repos.values_mut() {
            seen.flag = Seen::unknown("gone", 1_000);
        }
        let told = flag(&plan, &Rollout::default(), &observed).unwrap();
        assert!(told.alarm.is_none() && told.agree < told.of);
        let (_, blind) = observed_blind();
        assert_eq!(flag(&plan, &Rollout::default(), &blind).unwrap().alarm, None);
        let mut apart = blind;
        if let Some(seen) = apart.repos.values_mut().next() {
            seen.flag.value.as_mut().unwrap().value = "off".into();
        }
        let said = flag(&plan, &Rollout::default(), &apart).unwrap().alarm.unwrap();
        assert!(said.starts_with("what the flag is can't be told, and readers differ: "), "{said}");
        assert!(said.ends_with("more do"), "{said}");
        let contexts = vec![ContextSeen { name: "p".into(), value: Some("code default".into()), why: None }];
        observed.see_flag(Seen::answer(FlagSeen { state: None, contexts }, 1_000));
        let told = flag(&plan, &Rollout::default(), &observed).unwrap();
        assert_eq!(told.alarm.as_deref(), None, "asked before the state changed");
        observed.flag.at = Some(2_000);
        let told = flag(&plan, &Rollout::default(), &observed).unwrap();
        assert_eq!(told.alarm.as_deref(), Some("the flag is in no state of the plan: p reads code default"));
    }
}
