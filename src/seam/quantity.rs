//! Numbers and lengths of time as they stand in code: `3`, `1_000`, `60 * 1000`, `250ms`, `2m30s`. Exact to a millionth.

mod reader;

use std::fmt;

use self::reader::Reader;

use crate::plan::seam::Unit;

/// What one is made of.
const SCALE: i128 = 1_000_000;

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

impl Quantity {
    /// Reads a number with its own unit, or in the one it is known to have; none if it isn't wholly one.
    pub(crate) fn read(text: &str, unit: Option<Unit>) -> Option<Self> {
        let text = text.trim().trim_matches(['"', '\'']).trim();
        let read = Reader::new(text).whole()?;
        match unit {
            Some(unit) if read.kind == Kind::Number => read.in_unit(unit),
            Some(_) | None => Some(read),
        }
    }

    /// A plain number as a length of time.
    fn in_unit(self, unit: Unit) -> Option<Self> {
        Some(Self { amount: self.amount.checked_mul(unit.millis())?, kind: Kind::Time })
    }

    pub(crate) fn is_negative(self) -> bool {
        self.amount < 0
    }

    /// Whether it is a length of time, and none.
    pub(crate) fn is_no_time(self) -> bool {
        self.amount == 0 && self.kind == Kind::Time
    }

    /// The sum; none of unlike things.
    pub(crate) fn plus(self, other: Self) -> Option<Self> {
        let amount = self.amount.checked_add(other.amount)?;
        (self.kind == other.kind).then_some(Self { amount, kind: self.kind })
    }

    /// The product; none of two times, or where it isn't exact.
    pub(crate) fn times(self, other: Self) -> Option<Self> {
        let kind = match (self.kind, other.kind) {
            (Kind::Number, kind) | (kind, Kind::Number) => kind,
            (Kind::Time, Kind::Time) => return None,
        };
        let amount = self.amount.checked_mul(other.amount)?;
        (amount % SCALE == 0).then_some(Self { amount: amount / SCALE, kind })
    }

    /// Which is larger; none of unlike things.
    pub(crate) fn compared(self, other: Self) -> Option<std::cmp::Ordering> {
        (self.kind == other.kind).then(|| self.amount.cmp(&other.amount))
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.amount / SCALE, self.amount % SCALE);
        let millis = (self.kind == Kind::Time && part == 0).then(|| u64::try_from(whole).ok()).flatten();
        if let Some(millis) = millis {
            return crate::plan::Period::from(millis).fmt(f);
        }
        write!(f, "{}{}", if self.is_negative() { "-" } else { "" }, whole.unsigned_abs())?;
        if part != 0 {
            let digits = format!("{:06}", part.unsigned_abs());
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
        for (written, meant) in [
            ("60 * 1000", "60000"),
            ("60*1000", "60000"),
            ("(2 * (3)) * 5s", "30s"),
            ("-1", "-1"),
            ("-2.5", "-2.5"),
            ("-0.5", "-0.5"),
            ("+3", "3"),
            ("1e6", "1000000"),
            ("1.5E-3", "0.0015"),
            ("0x10", "16"),
            ("0b101", "5"),
            ("0xFF_FF", "65535"),
            (".5", "0.5"),
            ("5.", "5"),
            ("3u32", "3"),
            ("3_u64", "3"),
            ("10UL", "10"),
            ("2m30s", "150s"),
            ("1h 30min", "90m"),
            ("30min", "30m"),
            ("30.seconds", "30s"),
            ("5 minutes", "5m"),
            ("30 * time.Second", "30s"),
            ("Duration::from_secs(2 * 5)", "10s"),
            ("timedelta(minutes=5)", "5m"),
        ] {
            let meant = Quantity::read(meant, None).unwrap();
            assert_eq!(Quantity::read(written, None), Some(meant), "{written}");
        }
        assert_eq!(read("-2.5").to_string(), "-2.5");
        assert_eq!(read("-0.5").to_string(), "-0.5");
        assert_eq!(read("-5s").to_string(), "-5000ms");
    }

    #[test]
    fn what_is_not_wholly_a_number_is_none() {
        let deep = format!("{}1{}", "(".repeat(20), ")".repeat(20));
        for odd in [
            "",
            "x",
            "1.2.3",
            "3 apples",
            "1,000",
            "10k",
            "1 << 10",
            "2**10",
            "2 ** 10",
            "60 *",
            "* 60",
            "60 / 2",
            "7 // 2",
            "1 000",
            "1__0",
            "_1",
            "010",
            "0x",
            "0xg",
            "--1",
            "- -1",
            "1e",
            "1e99",
            "1e-9",
            "30s2m",
            "2m30",
            "5us",
            "3s * 2s",
            "(3",
            "3)",
            "3 + 4",
            "3 if x else 4",
            "0x10m5",
            "٣",
            &"9".repeat(19),
            &deep,
        ] {
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
