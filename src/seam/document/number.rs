//! Numbers as they were written, compared by what they mean: `1`, `1.0` and `10e-1` are one.

use std::cmp::Ordering;
use std::fmt;

/// The largest exponent that is worked out exactly; beyond it, numbers are compared as they were written.
const LARGEST_EXPONENT: i64 = 1 << 20;

/// A number.
#[derive(Debug, Clone)]
pub struct Number(String);

impl Number {
    /// A number that a reader has recognised as one.
    pub(super) fn new(written: &str) -> Self {
        Self(written.to_owned())
    }

    /// The nearest double; not a number for what isn't finite.
    pub fn double(&self) -> f64 {
        self.0.parse().unwrap_or(f64::NAN)
    }

    /// The whole number that it is, if 64 bits hold it.
    pub fn whole(&self) -> Option<i64> {
        let (is_negative, digits, exponent) = self.normal()?;
        let mut magnitude: i64 = digits.parse().ok()?;
        for _ in 0..u32::try_from(exponent).ok().filter(|exponent| *exponent < 20)? {
            magnitude = magnitude.checked_mul(10)?;
        }
        Some(if is_negative { -magnitude } else { magnitude })
    }

    /// Which of two is larger; `None` where one isn't finite.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        if self == other {
            return Some(Ordering::Equal);
        }
        if let (Some(a), Some(b)) = (self.whole(), other.whole()) {
            return Some(a.cmp(&b));
        }
        self.double().partial_cmp(&other.double())
    }

    /// Sign, digits without zeros at either end, and the power of ten behind them.
    fn normal(&self) -> Option<(bool, String, i64)> {
        let (is_negative, rest) = match self.0.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, self.0.strip_prefix('+').unwrap_or(&self.0)),
        };
        let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
        let exponent: i64 = exponent.parse().ok().filter(|power: &i64| power.abs() <= LARGEST_EXPONENT)?;
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let kept = digits.trim_end_matches('0');
        if kept.is_empty() {
            return Some((false, "0".to_owned(), 0));
        }
        let dropped = i64::try_from(digits.len() - kept.len()).ok()?;
        let exponent = exponent - i64::try_from(fraction.len()).ok()? + dropped;
        Some((is_negative, kept.trim_start_matches('0').to_owned(), exponent))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || self.normal().is_some_and(|normal| Some(normal) == other.normal())
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_has_many_spellings() {
        let same = |a: &str, b: &str| Number::new(a) == Number::new(b);
        assert!(same("1", "1.0") && same("10e-1", "1") && same("-0", "0.0") && same("1e2", "100") && same("+3", "3"));
        assert!(
            !same("1", "-1") && !same("1", "1.0000000000000000000001") && !same("9007199254740993", "9007199254740992")
        );
        assert!(same(".inf", ".inf") && !same(".inf", "-.inf") && !same("1e99999999999", "1e99999999998"));
    }

    #[test]
    fn the_larger_one_is_told() {
        let compare = |a: &str, b: &str| Number::new(a).compare(&Number::new(b));
        assert_eq!(compare("2", "10"), Some(Ordering::Less));
        assert_eq!(compare("1e3", "999.5"), Some(Ordering::Greater));
        assert_eq!(compare("9007199254740993", "9007199254740992"), Some(Ordering::Greater));
        assert_eq!(compare(".nan", "1"), None);
        assert_eq!(Number::new("1e3").whole(), Some(1000));
        assert_eq!(Number::new("1.5").whole(), None);
        assert_eq!(Number::new("1e300").whole(), None);
    }
}
