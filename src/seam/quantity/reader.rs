//! Reads a number as code and configuration write it: with its sign, `_`, an exponent, in hexadecimal, as a product of such,
//! as a length of time. Whole or not at all: of what stands beside it and isn't understood, nothing is passed over.

use super::{Kind, Quantity, SCALE};
use crate::plan::seam::Unit;

/// The most digits before the dot.
const DIGITS: usize = 18;
/// How deep parentheses may lie in each other.
const DEEPEST: usize = 8;
/// The largest exponent.
const LARGEST: i32 = 30;

/// Units by the words that stand for them.
const UNITS: [(&str, Unit); 21] = [
    ("ms", Unit::Ms),
    ("msec", Unit::Ms),
    ("millis", Unit::Ms),
    ("millisecond", Unit::Ms),
    ("milliseconds", Unit::Ms),
    ("s", Unit::S),
    ("sec", Unit::S),
    ("secs", Unit::S),
    ("second", Unit::S),
    ("seconds", Unit::S),
    ("m", Unit::M),
    ("min", Unit::M),
    ("mins", Unit::M),
    ("minute", Unit::M),
    ("minutes", Unit::M),
    ("h", Unit::H),
    ("hour", Unit::H),
    ("hours", Unit::H),
    ("d", Unit::D),
    ("day", Unit::D),
    ("days", Unit::D),
];

/// What a number may end with that says how it is kept.
const SUFFIXES: [&str; 24] = [
    "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32", "f64", "L", "l",
    "UL", "ul", "LL", "ULL", "u", "U", "f", "n",
];

/// Lengths of time as standard libraries write them: what opens one, its unit, what closes it.
const CALLS: [(&str, Unit); 8] = [
    ("Duration::from_millis(", Unit::Ms),
    ("Duration::from_secs(", Unit::S),
    ("timedelta(milliseconds=", Unit::Ms),
    ("timedelta(seconds=", Unit::S),
    ("timedelta(minutes=", Unit::M),
    ("timedelta(hours=", Unit::H),
    ("timedelta(days=", Unit::D),
    ("Duration.ofSeconds(", Unit::S),
];
const NAMED: [(&str, Unit); 4] =
    [("time.Millisecond", Unit::Ms), ("time.Second", Unit::S), ("time.Minute", Unit::M), ("time.Hour", Unit::H)];

/// What is still to be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { rest: text }
    }

    /// All of it, if all of it is understood.
    pub(super) fn whole(mut self) -> Option<Quantity> {
        let product = self.product(0)?;
        self.blank();
        self.rest.is_empty().then_some(product)
    }

    fn product(&mut self, depth: usize) -> Option<Quantity> {
        let mut product = self.factor(depth)?;
        loop {
            self.blank();
            if self.rest.starts_with("**") || !self.takes("*") {
                return Some(product);
            }
            product = product.times(self.factor(depth)?)?;
        }
    }

    fn factor(&mut self, depth: usize) -> Option<Quantity> {
        self.blank();
        let is_negative = self.takes("-");
        if !is_negative {
            self.takes("+");
        }
        let amount = self.amount(depth)?;
        Some(if is_negative { Quantity { amount: amount.amount.checked_neg()?, ..amount } } else { amount })
    }

    fn amount(&mut self, depth: usize) -> Option<Quantity> {
        if depth > DEEPEST {
            return None;
        }
        if let Some((_, unit)) = NAMED.iter().find(|(name, _)| self.takes(name)) {
            return Quantity { amount: SCALE, kind: Kind::Number }.in_unit(*unit);
        }
        if let Some((_, unit)) = CALLS.iter().find(|(opens, _)| self.takes(opens)) {
            let inside = self.product(depth + 1)?;
            self.blank();
            return if self.takes(")") && inside.kind == Kind::Number { inside.in_unit(*unit) } else { None };
        }
        if self.takes("(") {
            let inside = self.product(depth + 1)?;
            self.blank();
            return self.takes(")").then_some(inside);
        }
        let number = self.literal()?;
        match self.unit() {
            None => Some(number),
            Some(unit) => self.compound(number.in_unit(unit)?, unit),
        }
    }

    /// `1h 30m`: each unit smaller than the one before.
    fn compound(&mut self, mut sum: Quantity, mut unit: Unit) -> Option<Quantity> {
        loop {
            let before = *self;
            self.blank();
            if !self.rest.starts_with(|c: char| c.is_ascii_digit()) {
                *self = before;
                return Some(sum);
            }
            let number = self.literal()?;
            let smaller = self.unit().filter(|own| own.millis() < unit.millis())?;
            (sum, unit) = (sum.plus(number.in_unit(smaller)?)?, smaller);
        }
    }

    fn unit(&mut self) -> Option<Unit> {
        let rest = self.rest.trim_start();
        let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
        let (word, after) = rest.split_at_checked(end)?;
        let (_, unit) = UNITS.iter().find(|(known, _)| *known == word)?;
        self.rest = after;
        Some(*unit)
    }

    fn literal(&mut self) -> Option<Quantity> {
        let radix = [("0x", 16), ("0X", 16), ("0b", 2), ("0o", 8)].into_iter().find(|(start, _)| self.takes(start));
        let amount = match radix {
            Some((_, radix)) => {
                let digits = plain(self.run(|c| c.is_ascii_alphanumeric() || c == '_'))?;
                i128::from(i64::from_str_radix(&digits, radix).ok()?).checked_mul(SCALE)?
            }
            None => self.decimal()?,
        };
        Some(Quantity { amount, kind: Kind::Number })
    }

    fn decimal(&mut self) -> Option<i128> {
        let is_digit = |c: char| c.is_ascii_digit() || c == '_';
        let whole = self.run(is_digit);
        let part = if self.takes(".") { self.run(is_digit) } else { "" };
        if whole.is_empty() && part.is_empty() {
            return None;
        }
        let (whole, part) = (plain(whole)?, plain(part)?);
        // octal to some, decimal to others
        let is_octal = whole.len() > 1 && whole.starts_with('0');
        if is_octal || whole.len() > DIGITS || part.len() > DIGITS {
            return None;
        }
        let exponent = self.exponent()?;
        self.suffix();
        scaled(&format!("{whole}{part}"), exponent.checked_sub(i32::try_from(part.len()).ok()?)?)
    }

    /// The exponent, 0 without one; none if it isn't understood.
    fn exponent(&mut self) -> Option<i32> {
        let Some(after) = self.rest.strip_prefix(['e', 'E']) else { return Some(0) };
        let sign = if after.starts_with('-') { -1 } else { 1 };
        let digits = after.strip_prefix(['-', '+']).unwrap_or(after);
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        let (digits, rest) = digits.split_at_checked(end)?;
        self.rest = rest;
        digits.parse::<i32>().ok().filter(|exponent| *exponent <= LARGEST).map(|exponent| sign * exponent)
    }

    fn suffix(&mut self) {
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(self.rest.len());
        let (word, after) = self.rest.split_at_checked(end).unwrap_or(("", self.rest));
        if SUFFIXES.contains(&word.trim_start_matches('_')) {
            self.rest = after;
        }
    }

    fn run(&mut self, is_part: impl Fn(char) -> bool) -> &'t str {
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (run, rest) = self.rest.split_at_checked(end).unwrap_or(("", self.rest));
        // what a suffix is joined with isn't part of the digits
        let digits = run.trim_end_matches('_');
        self.rest = if digits.len() == run.len() { rest } else { self.rest.get(digits.len()..).unwrap_or(rest) };
        digits
    }

    fn takes(&mut self, word: &str) -> bool {
        let rest = self.rest.strip_prefix(word);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn blank(&mut self) {
        self.rest = self.rest.trim_start();
    }
}

/// Digits without the `_` between them; none where one stands elsewhere.
fn plain(digits: &str) -> Option<String> {
    let is_sound = !digits.starts_with('_') && !digits.contains("__");
    is_sound.then(|| digits.replace('_', ""))
}

/// Digits times a power of ten, in millionths; none where that isn't exact.
fn scaled(digits: &str, power: i32) -> Option<i128> {
    let amount: i128 = digits.parse().ok()?;
    let power = power.checked_add(6)?;
    let factor = 10_i128.checked_pow(power.unsigned_abs())?;
    if power >= 0 {
        return amount.checked_mul(factor);
    }
    (amount % factor == 0).then_some(amount / factor)
}
