//! Ages and durations as words, and when the words must change: an idle screen is painted again only then.

use crate::rollout::Millis;
use crate::shown::Shown;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const TWO_DAYS: u64 = 2 * DAY;

/// An observation older than this is said to be old.
pub const OLD: u64 = 5 * MINUTE;

/// What is said of something seen within the last seconds.
pub const NOW: &str = "now";

/// A text that holds until an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The text.
    pub text: Shown,
    /// When it must be made again; none: never.
    pub until: Option<Millis>,
}

/// How long ago, in steps that are coarse enough to leave the screen alone: ten seconds, a minute, an hour, a day.
pub fn ago(now: Millis, at: Millis) -> Label {
    let age = now.saturating_sub(at);
    let (text, step) = if age < 10 * SECOND {
        (NOW.to_owned(), 10 * SECOND)
    } else if age < MINUTE {
        (format!("{}s", age / (10 * SECOND) * 10), 10 * SECOND)
    } else if age < HOUR {
        (format!("{}m", age / MINUTE), MINUTE)
    } else if age < TWO_DAYS {
        (format!("{}h", age / HOUR), HOUR)
    } else {
        (format!("{}d", age / DAY), DAY)
    };
    Label { text: Shown::from(text), until: Some(at + (age / step + 1) * step) }
}

/// How long something has been going on, to the second while that matters.
pub fn running(now: Millis, since: Millis) -> Label {
    let age = now.saturating_sub(since);
    let step = step_of(age);
    let text = if age < SECOND { Shown::fixed("0s") } else { lasted(age) };
    Label { text, until: Some(since + (age / step + 1) * step) }
}

/// How long something will still take.
pub fn left(now: Millis, end: Millis) -> Label {
    let rest = end.saturating_sub(now);
    let text = if rest < SECOND { Shown::fixed("0s") } else { lasted(rest) };
    Label { text, until: (rest > 0).then(|| now + rest % step_of(rest) + 1) }
}

/// The smallest unit that [`lasted`] shows of a duration.
fn step_of(millis: u64) -> u64 {
    match millis {
        0..HOUR => SECOND,
        HOUR..TWO_DAYS => MINUTE,
        _ => HOUR,
    }
}

/// A duration.
pub fn lasted(millis: u64) -> Shown {
    Shown::from(if millis < SECOND {
        format!("{millis}ms")
    } else if millis < MINUTE {
        format!("{}s", millis / SECOND)
    } else if millis < HOUR {
        format!("{}m{:02}s", millis / MINUTE, millis % MINUTE / SECOND)
    } else if millis < TWO_DAYS {
        format!("{}h{:02}m", millis / HOUR, millis % HOUR / MINUTE)
    } else {
        format!("{}d{:02}h", millis / DAY, millis % DAY / HOUR)
    })
}

/// The time of day, or the date too where it isn't today's.
pub fn clock(zone: &jiff::tz::TimeZone, now: Millis, at: Millis) -> Shown {
    let zoned = |millis: Millis| {
        let stamp = jiff::Timestamp::from_millisecond(i64::try_from(millis).unwrap_or(i64::MAX)).unwrap_or_default();
        stamp.to_zoned(zone.clone())
    };
    let (now, at) = (zoned(now), zoned(at));
    Shown::from(if now.date() == at.date() {
        at.strftime("%H:%M").to_string()
    } else {
        at.strftime("%d %b %H:%M").to_string()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ages_are_coarse_and_durations_exact() {
        let at = 1_000_000;
        for (age, text) in
            [(0, "now"), (9_999, "now"), (10_000, "10s"), (59_000, "50s"), (61_000, "1m"), (7_200_000, "2h")]
        {
            assert_eq!(ago(at + age, at).text.as_str(), text);
        }
        for (millis, text) in [(12, "12ms"), (12_000, "12s"), (62_000, "1m02s"), (3_720_000, "1h02m")] {
            assert_eq!(lasted(millis).as_str(), text);
        }
    }

    proptest! {
        #[test]
        fn a_label_holds_exactly_until_it_says(at in 0_u64..1_000_000_000, age in 0_u64..10_000_000_000) {
            let now = at + age;
            for label in [ago, running] {
                let said = label(now, at);
                let until = said.until.unwrap();
                prop_assert!(until > now);
                prop_assert_eq!(&label(until - 1, at).text, &said.text);
                prop_assert_ne!(&label(until, at).text, &said.text);
            }
        }

        #[test]
        fn what_is_left_holds_until_it_says(now in 0_u64..1_000_000, rest in 1_u64..100_000_000) {
            let said = left(now, now + rest);
            let until = said.until.unwrap();
            prop_assert!(until > now);
            prop_assert_eq!(&left(until - 1, now + rest).text, &said.text);
        }
    }
}
