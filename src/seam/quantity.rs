//! Numbers and lengths of time as they stand in code: `3`, `1_000`, `2.5`, `250ms`, `10m`. Exact to a millionth.

use std::fmt;

use crate::plan::seam::Unit;

/// What one is made of.
const SCALE: i128 = 1_000_000;
/// The most digits that are read.
const DIGITS: usize = 18;

/// A number, or a length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quantity {
    /// In millionths; of a millisecond where it is a time.
    amount: i128,
    pub(crate) kind: Kind,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Anything.
    Number,
    /// Milliseconds.
    Time,
}

impl Kind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Number => "a plain number",
            Self::Time => "a length of time",
        }
    }
}

/// The units that may stand right after a number.
const UNITS: [Unit; 5] = [Unit::Ms, Unit::S, Unit::M, Unit::H, Unit::D];

impl Quantity {
    /// Reads a number with its own unit, or in the one it is known to have; none if it is neither.
    pub(crate) fn read(text: &str, unit: Option<Unit>) -> Option<Self> {
        let text = text.trim().trim_matches(['"', '\'']).trim();
        let end = text.find(|c: char| !c.is_ascii_digit() && !"_.".contains(c)).unwrap_or(text.len());
        let (digits, rest) = text.split_at(end);
        let own = rest.trim();
        let unit = match UNITS.iter().find(|unit| unit.word() == own) {
            Some(own) => Some(*own),
            None if own.is_empty() => unit,
            None => return None,
        };
        let amount = fixed(digits)?;
        match unit {
            None => Some(Self { amount, kind: Kind::Number }),
            Some(unit) => Some(Self { amount: amount.checked_mul(unit.millis())?, kind: Kind::Time }),
        }
    }

    /// The sum; none of unlike things.
    pub(crate) fn plus(self, other: Self) -> Option<Self> {
        let amount = self.amount.checked_add(other.amount)?;
        (self.kind == other.kind).then_some(Self { amount, kind: self.kind })
    }

    /// The product; none of two times.
    pub(crate) fn times(self, other: Self) -> Option<Self> {
        let kind = match (self.kind, other.kind) {
            (Kind::Number, kind) | (kind, Kind::Number) => kind,
            (Kind::Time, Kind::Time) => return None,
        };
        Some(Self { amount: self.amount.checked_mul(other.amount)? / SCALE, kind })
    }

    /// Which is larger; none of unlike things.
    pub(crate) fn compared(self, other: Self) -> Option<std::cmp::Ordering> {
        (self.kind == other.kind).then(|| self.amount.cmp(&other.amount))
    }
}

/// Digits with at most one dot, in millionths.
fn fixed(text: &str) -> Option<i128> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| -> String { text.chars().filter(|c| *c != '_').collect() };
    let (whole, mut part) = (digits(whole), digits(part));
    let only_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > DIGITS || part.len() > 6 || !only_digits(&whole) || !only_digits(&part) {
        return None;
    }
    while part.len() < 6 {
        part.push('0');
    }
    let (whole, part): (i128, i128) = (whole.parse().ok()?, part.parse().ok()?);
    Some(whole * SCALE + part)
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.amount / SCALE, self.amount % SCALE);
        let millis = (self.kind == Kind::Time && part == 0).then(|| u64::try_from(whole).ok()).flatten();
        if let Some(millis) = millis {
            return crate::plan::Period::from(millis).fmt(f);
        }
        write!(f, "{whole}")?;
        if part != 0 {
            let digits = format!("{part:06}");
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        f.write_str(if self.kind == Kind::Time { "ms" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::*;

    fn read(text: &str) -> Quantity {
        Quantity::read(text, None).unwrap()
    }

    #[test]
    fn numbers_are_read_as_code_has_them() {
        assert_eq!(read("1_000").to_string(), "1000");
        assert_eq!(read("2.50").to_string(), "2.5");
        assert_eq!(read("\"250ms\"").to_string(), "250ms");
        assert_eq!(read("90 s").to_string(), "90s");
        assert_eq!(Quantity::read("3000", Some(Unit::Ms)).unwrap().to_string(), "3s");
        assert_eq!(Quantity::read("3s", Some(Unit::Ms)).unwrap().to_string(), "3s");
        for odd in ["", "x", "1e3", "1.2.3", "3 apples", ".5", "-1", &"9".repeat(19)] {
            assert_eq!(Quantity::read(odd, None), None, "{odd}");
        }
    }

    #[test]
    fn what_is_unlike_is_not_compared() {
        assert_eq!(read("3").compared(read("3s")), None);
        assert_eq!(read("1m").compared(read("60s")), Some(Ordering::Equal));
        assert_eq!(read("3").times(read("2.5s")).unwrap().to_string(), "7500ms");
        assert_eq!(read("3s").times(read("2s")), None);
        assert_eq!(read("3").plus(read("2s")), None);
        assert_eq!(read("500ms").plus(read("2s")).unwrap().to_string(), "2500ms");
    }

    #[test]
    fn too_large_a_product_is_none_and_no_wrong_one() {
        let large = read(&format!("{}d", "9".repeat(18)));
        assert_eq!(large.times(read(&"9".repeat(18))), None);
    }
}
