//! Patterns that find names in texts. The engine takes time in proportion to the text, whatever the pattern; what it compiles
//! to is bounded as well.

use std::hash::{Hash, Hasher};

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

/// The longest pattern, in characters.
const LONGEST: usize = 1_000;
/// The most memory that a compiled pattern takes, in bytes.
const LARGEST: usize = 256 * 1024;

/// A regular expression without look-around and back references. The first group is the name; without groups all of it is.
#[derive(Debug, Clone, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("format" = "regex"))]
pub struct Pattern {
    text: String,
    /// Compiled once: a pattern is tried on thousands of files.
    compiled: Regex,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl Hash for Pattern {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

/// Why a text can't be a pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPattern {
    /// It matches everywhere and finds nothing.
    #[error("a pattern can't be empty")]
    Empty,
    /// It is over `LONGEST`.
    #[error("a pattern has at most {LONGEST} characters")]
    TooLong,
    /// It compiles to more than `LARGEST`.
    #[error("the pattern takes more than {LARGEST} bytes once it is compiled: repeat less in it")]
    TooLarge,
    /// It isn't one.
    #[error("the pattern can't be read: {0}")]
    Syntax(String),
}

impl Pattern {
    /// A text that stands for itself.
    pub fn literal(text: &str) -> Result<Self, BadPattern> {
        Self::new(regex::escape(text))
    }

    /// A text that stands for itself, as a word of its own: `pay` stands in neither `payload` nor `pay-out`.
    pub fn word(text: &str) -> Result<Self, BadPattern> {
        Self::new(format!(r"(?:^|[^\w-]){}(?:[^\w-]|$)", regex::escape(text)))
    }

    fn new(text: String) -> Result<Self, BadPattern> {
        compiled(&text).map(|compiled| Self { text, compiled })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The compiled pattern.
    pub fn compiled(&self) -> &Regex {
        &self.compiled
    }
}

pub(super) fn compiled(text: &str) -> Result<Regex, BadPattern> {
    let built = RegexBuilder::new(text).size_limit(LARGEST).dfa_size_limit(2 * LARGEST).build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => BadPattern::TooLarge,
        other => BadPattern::Syntax(in_short(&other.to_string())),
    })
}

/// The crate draws several lines with a caret of its own; its last one says what is wrong.
fn in_short(error: &str) -> String {
    let last = error.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

impl TryFrom<String> for Pattern {
    type Error = BadPattern;

    fn try_from(text: String) -> Result<Self, BadPattern> {
        if text.is_empty() {
            return Err(BadPattern::Empty);
        }
        if text.chars().count() > LONGEST {
            return Err(BadPattern::TooLong);
        }
        Self::new(text)
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Result<Pattern, BadPattern> {
        Pattern::try_from(text.to_owned())
    }

    #[test]
    fn what_a_linear_engine_can_not_do_is_refused_in_one_line() {
        let error = pattern(r"(\w+)\s+\1").unwrap_err().to_string();
        assert!(error.contains("backreferences are not supported") && !error.contains('\n'), "{error}");
        assert!(pattern("(?=x)").is_err());
        assert!(pattern("(").is_err());
        assert_eq!(pattern(""), Err(BadPattern::Empty));
        assert_eq!(pattern(&"x".repeat(1_001)), Err(BadPattern::TooLong));
    }

    #[test]
    fn a_word_is_no_part_of_another() {
        let pay = Pattern::word("pay").unwrap();
        for text in ["pay", "pays\n# pay\n", "seam(\"pay\")", "contract:pay, é"] {
            assert!(pay.compiled().is_match(text), "{text}");
        }
        for text in ["payload", "prepay", "test_pay", "pay-out", "sdk-pay", "pay_", ""] {
            assert!(!pay.compiled().is_match(text), "{text}");
        }
    }

    #[test]
    fn what_compiles_to_too_much_is_refused() {
        assert_eq!(pattern(r"(\w{1,500}){1,500}"), Err(BadPattern::TooLarge));
    }

    #[test]
    fn a_pattern_that_makes_others_stand_still_takes_no_time() {
        let text = format!("{}!", "a".repeat(100_000));
        let found = pattern("^(a+)+$").unwrap().compiled().is_match(&text);
        assert!(!found);
    }
}
