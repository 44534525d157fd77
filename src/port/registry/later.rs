//! When a client's own words say that it may be tried again.

use std::time::Duration;

/// Reads "retry-after: 7", "try again in 5 minutes" and "after Fri, 02 Jan 2026 00:00:09 GMT" out of what a client printed.
/// The first that tells wins.
pub(super) fn told(output: &str, now: i64) -> Option<Duration> {
    let lowered = output.to_ascii_lowercase();
    let marks = ["retry-after", "retry after", "try again in", "try again after", "retry in", "wait"];
    marks.into_iter().find_map(|mark| {
        lowered.match_indices(mark).find_map(|(at, _)| {
            let start = at.checked_add(mark.len())?;
            let end = output.get(start..)?.find('\n').map_or(output.len(), |length| start + length);
            after_mark(output.get(start..end)?, now)
        })
    })
}

fn after_mark(rest: &str, now: i64) -> Option<Duration> {
    let rest = rest.trim_start_matches([':', '=', '\'', '"', '[', ' ', '\t']);
    if let Some(date) = rest.get(..29)
        && let Ok(until) = jiff::fmt::rfc2822::parse(date)
    {
        let millis = until.timestamp().as_millisecond().saturating_sub(now);
        return Some(Duration::from_millis(u64::try_from(millis).unwrap_or_default()));
    }
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let number: u64 = digits.parse().ok()?;
    let unit = rest.get(digits.len()..)?.trim_start();
    let unit: String = unit.chars().take_while(char::is_ascii_alphabetic).collect();
    let seconds = match unit.to_ascii_lowercase().as_str() {
        "" | "s" | "sec" | "secs" | "second" | "seconds" => 1,
        "m" | "min" | "mins" | "minute" | "minutes" => 60,
        "h" | "hour" | "hours" => 60 * 60,
        _ => return None,
    };
    Some(Duration::from_secs(number.saturating_mul(seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_where_one_is_told() {
        let cases: [(&str, Option<u64>); 8] = [
            ("npm error 429 Too Many Requests", None),
            ("Retry-After: 1934\n", Some(1934)),
            ("    'retry-after': [ '1934' ],", Some(1934)),
            ("Please try again in 5 minutes.", Some(300)),
            ("try again after Fri, 02 Jan 1970 00:00:09 GMT or email", Some(9)),
            ("wait 2 hours", Some(7200)),
            ("wait 3 blue moons", None),
            ("retry-after: soon", None),
        ];
        for (words, seconds) in cases {
            assert_eq!(told(words, 24 * 60 * 60 * 1000), seconds.map(Duration::from_secs), "{words}");
        }
    }
}
