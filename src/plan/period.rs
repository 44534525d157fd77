//! Lengths of time as people write them: `500ms`, `3s`, `10m`, `2h`, `9d`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A length of time in whole milliseconds, written as a number and a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("format" = "period", "pattern" = "^[0-9]+(ms|s|m|h|d)$"))]
pub struct Period(u64);

/// A text that is no length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a length of time: write a number and ms, s, m, h or d, as in \"10m\"")]
pub struct NotAPeriod(String);

const UNITS: [(&str, u64); 5] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

impl Period {
    /// A length of time of whole seconds.
    pub const fn seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1_000))
    }

    /// The length in milliseconds.
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// As much of it as a sentence needs: whole minutes from an hour on, whole seconds from a second on.
    #[must_use]
    pub const fn roughly(self) -> Self {
        match self.0 {
            3_600_000.. => Self(self.0 - self.0 % 60_000),
            1_000.. => Self(self.0 - self.0 % 1_000),
            _ => self,
        }
    }

    /// The length for timers.
    pub const fn duration(self) -> Duration {
        Duration::from_millis(self.0)
    }
}

impl From<u64> for Period {
    fn from(millis: u64) -> Self {
        Self(millis)
    }
}

impl FromStr for Period {
    type Err = NotAPeriod;

    fn from_str(text: &str) -> Result<Self, NotAPeriod> {
        let refuse = || NotAPeriod(text.chars().take(32).collect());
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let number: u64 = number.parse().map_err(|_| refuse())?;
        let (_, scale) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(refuse)?;
        number.checked_mul(*scale).map(Self).ok_or_else(refuse)
    }
}

impl TryFrom<String> for Period {
    type Error = NotAPeriod;

    fn try_from(text: String) -> Result<Self, NotAPeriod> {
        text.parse()
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.to_string()
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let largest = UNITS.iter().rev().find(|(_, scale)| self.0 >= *scale && self.0.is_multiple_of(*scale));
        let (unit, scale) = largest.copied().unwrap_or(("ms", 1));
        write!(f, "{}{unit}", self.0 / scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_reads_back() {
        for text in ["0ms", "500ms", "3s", "90s", "10m", "2h", "9d"] {
            assert_eq!(text.parse::<Period>().map(|p| p.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("3600s".parse::<Period>().map(|p| p.to_string()), Ok("1h".to_owned()));
    }

    #[test]
    fn a_sentence_needs_no_milliseconds() {
        for (millis, said) in [(999, "999ms"), (2_013, "2s"), (61_999, "61s"), (7_201_013, "2h"), (7_980_001, "133m")] {
            assert_eq!(Period::from(millis).roughly().to_string(), said);
        }
    }

    #[test]
    fn a_bare_number_or_an_overflow_is_refused() {
        for bad in ["", "10", "m", "1.5h", "-3s", "10 m", "99999999999999999999d", "18446744073709551615d"] {
            assert!(bad.parse::<Period>().is_err(), "{bad}");
        }
    }
}
