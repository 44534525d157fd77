//! Says what an event, a time or a state is in words for a person. Knows nothing of terminals.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::cockpit::Glyphs;
use crate::cockpit::words::step;
use crate::rollout::event::{Covers, Direction, Event, Fact, Finding, Health, Outcome, Trace, Verdict};
use crate::rollout::observed::{Wait, WaitKind};
use crate::rollout::status::{ItemState, OutOfOrder};
use crate::rollout::{Millis, StepState};
use crate::shown::Shown;

/// What is said of a world whose ledger can't be read to its end.
pub(super) const NOT_TOLD: &str = "not known, look at the registries, remotes and targets themselves";

/// A time of day with its date, in the user's own zone.
pub(super) fn when(at: Millis) -> String {
    let at = i64::try_from(at).ok().and_then(|at| Timestamp::from_millisecond(at).ok()).unwrap_or_default();
    at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// How long ago something was, in the largest unit that says enough.
pub(super) fn age(now: Millis, then: Option<Millis>) -> String {
    then.map_or_else(|| "never".to_owned(), |then| length(now.saturating_sub(then)))
}

/// A length of time.
pub(super) fn length(millis: u64) -> String {
    let seconds = millis / 1_000;
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..172_800 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// What is waited for, since when, and at most until when.
pub(super) fn wait(wait: &Wait, now: Millis) -> String {
    let until = match wait.kind {
        WaitKind::Propagation | WaitKind::Others | WaitKind::Convergence | WaitKind::Canary => "at most until",
        WaitKind::RateLimit => "until",
    };
    let so_far = if wait.last.is_empty() { String::new() } else { format!("; so far: {}", wait.last) };
    let since = length(now.saturating_sub(wait.since));
    format!("waits for {}, since {} ({since}), {until} {}{so_far}", wait.what, when(wait.since), when(wait.until))
}

/// A short time to a tenth of a second.
pub(super) fn seconds(millis: u64) -> String {
    format!("{}.{} s", millis / 1000, millis % 1000 / 100)
}

/// A glyph for a step's state, the same as in the cockpit; the word stands beside it.
pub(super) fn glyph(state: StepState) -> Shown {
    Glyphs::Unicode.get(step(state).glyph)
}

/// What an event says, on one line, without its step.
pub(super) fn fact(event: &Event) -> String {
    match &event.draft.fact {
        Fact::Opened { title } => title.clone(),
        Fact::Replanned { changes, .. } => changes.join("; "),
        Fact::Frozen { candidates, by, verdict, notes } => {
            let list: Vec<_> = candidates.iter().map(|f| format!("{} {}", f.repo, f.candidate.sha.short())).collect();
            let notes = if notes.is_empty() { String::new() } else { format!(" ({notes})") };
            format!("{verdict:?} by {by}{notes}: {}", list.join(", "))
        }
        Fact::Thawed { reason }
        | Fact::Vetoed { reason }
        | Fact::Held { reason }
        | Fact::SoakCut { reason }
        | Fact::Accepted { reason, item: None } => reason.clone(),
        Fact::Accepted { reason, item: Some(sighted) } => format!("{} as {}: {reason}", sighted.item, sighted.seen),
        Fact::OutOfOrder { item, says, .. } => format!("{item}: {says}"),
        Fact::Trusted | Fact::ControlsReleased | Fact::Lifted | Fact::Resumed | Fact::SoakEnded { .. } => String::new(),
        Fact::ControlsTaken(holder) => {
            format!("{}@{}, {} (process {})", holder.user, holder.host, holder.what, holder.pid)
        }
        Fact::Approved { digest, covers } => match covers {
            Covers::Step => digest.short().to_owned(),
            Covers::Train { steps } => format!("the train, {} steps: {}", steps.len(), digest.short()),
        },
        Fact::ApprovalVoided { why } => why.clone(),
        Fact::Intent(intent) => {
            let what = &intent.identity;
            let back = if intent.direction == Direction::Back { "back: " } else { "" };
            format!("{back}{} {} {} ({}/{})", what.verb, what.target, what.brings, intent.nth, intent.of)
        }
        Fact::Outcome(Outcome::Ok { evidence }) => format!("ok: {}", evidence.join("; ")),
        Fact::Outcome(Outcome::Failed { effect, why, .. }) => match effect {
            Trace::None => format!("failed, and nothing happened: {why}"),
            Trace::Unknown => format!("in doubt: {why}"),
        },
        Fact::Probed(probed) => finding(&probed.finding),
        Fact::Resolved { verdict, reason } => match verdict {
            Verdict::Present => format!("present: {reason}"),
            Verdict::Absent => format!("absent: {reason}"),
        },
        Fact::GateJudged { gate, holds, detail, .. } => {
            format!("gate {} {}: {detail}", gate + 1, if *holds { "holds" } else { "isn't met" })
        }
        Fact::FlagSet { from, to, bypassed, evidence, took, .. } => {
            let from = from.as_ref().map_or_else(|| "?".to_owned(), ToString::to_string);
            let took = took.map(|took| format!(" in {} everywhere", seconds(took))).unwrap_or_default();
            let past = if bypassed.is_empty() { String::new() } else { format!(", past {}", bypassed.join(", ")) };
            format!("{from} → {to}{took}{past}: {evidence}")
        }
        Fact::FlagMissed { from, to, why, bypassed, took } => {
            let from = from.as_ref().map_or_else(|| "?".to_owned(), ToString::to_string);
            let past = if bypassed.is_empty() { String::new() } else { format!(", past {}", bypassed.join(", ")) };
            format!("{from} → {to} not reached after {}{past}: {why}", seconds(*took))
        }
        Fact::FlagRehearsed { took, evidence, .. } => format!("{evidence}, in {}", length(*took)),
        Fact::SoakStarted { lasts } => format!("for {}", length(*lasts)),
        Fact::SoakChanged { health, detail, good_for } => {
            let health = match health {
                Health::Good => "good",
                Health::Bad => "bad",
            };
            format!("{health} after {}: {detail}", length(*good_for))
        }
        Fact::SoakWatched { good_for, .. } => format!("good for {}", length(*good_for)),
        Fact::SoakGap { from, until, counted, .. } => {
            let counted = if *counted { "counted" } else { "not counted" };
            format!("nobody watched for {}, {counted}", length(until.saturating_sub(*from)))
        }
        Fact::SuiteRan(record) if record.is_good() => record.counts.words(),
        Fact::SuiteRan(record) => format!("{}; {}", record.counts.words(), record.complaint()),
        Fact::Ticked { item } => item.clone(),
        Fact::Undone { reopens } => reopens.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        Fact::Shipped => "every step has evidence".to_owned(),
    }
}

fn finding(finding: &Finding) -> String {
    match finding {
        Finding::Present { evidence } => format!("present: {evidence}"),
        Finding::Absent { detail } => format!("absent: {detail}"),
        Finding::Conflict { detail } => format!("conflict: {detail}"),
        Finding::Unknown { why } => format!("can't be told: {why}"),
    }
}

/// An event as one line: what, which step, and what it says.
pub(super) fn event(event: &Event) -> String {
    let step = event.draft.step.as_ref().map(|step| format!(" {step}")).unwrap_or_default();
    let said = fact(event);
    let said = if said.is_empty() { said } else { format!("  {said}") };
    format!("{}{step}{said}", event.draft.fact.kind())
}

/// Something out of order on one line, with the name that `accept` takes.
pub(super) fn item(item: &OutOfOrder) -> String {
    let so = match (item.state, &item.reason) {
        (ItemState::Accepted, Some(reason)) => format!(", accepted: {reason}"),
        (ItemState::Accepted | ItemState::Seen | ItemState::Waiting, _) => String::new(),
    };
    format!("! out of order: {} [{}]{so}", item.says, item.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_use_the_largest_unit_that_says_enough() {
        let said: Vec<_> = [999, 59_000, 60_000, 7_200_000, 864_000_000].map(length).into();
        assert_eq!(said, ["0s", "59s", "1m", "2h", "10d"]);
    }
}
