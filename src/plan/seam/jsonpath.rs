//! JSONPath (RFC 9535) without filters: names, indices, slices, wildcards, lists of them, and descendants.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The longest path, in characters.
const LONGEST: usize = 500;

/// A path into a document that may lead to several places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("format" = "jsonpath"))]
pub struct JsonPath {
    written: String,
    segments: Vec<Segment>,
}

/// One step on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Whether it also starts at everything below, at any depth.
    pub reach: Reach,
    /// What is taken there; each of them.
    pub selectors: Vec<Selector>,
}

/// Where a segment starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Right here.
    Child,
    /// Here and at everything below.
    Descendants,
}

/// What is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// The value of a key.
    Name(String),
    /// All of them.
    All,
    /// An item of a list, counted from its end if negative.
    Index(i64),
    /// Some items of a list: from, before, and how far apart.
    Slice {
        /// The first.
        from: Option<i64>,
        /// The one that isn't taken any more.
        to: Option<i64>,
        /// How far apart; at least 1.
        step: usize,
    },
}

/// Why a text is no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadJsonPath {
    /// It doesn't start at the root.
    #[error("a JSONPath starts with $: write \"$.services[*].image\"")]
    NoRoot,
    /// It is over `LONGEST`.
    #[error("a JSONPath has at most {LONGEST} characters")]
    TooLong,
    /// A filter.
    #[error("filters such as [?…] aren't read in a JSONPath: take all of it with [*], or use a pointer")]
    Filter,
    /// Anything else.
    #[error("the JSONPath can't be read at {0:?}")]
    Odd(String),
}

impl JsonPath {
    /// The steps on the way.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }
}

struct Reader<'a>(&'a str);

impl Reader<'_> {
    fn eat(&mut self, text: &str) -> bool {
        match self.0.strip_prefix(text) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn odd<T>(&self) -> Result<T, BadJsonPath> {
        Err(BadJsonPath::Odd(self.0.chars().take(20).collect()))
    }

    fn spaces(&mut self) {
        self.0 = self.0.trim_start();
    }

    fn segment(&mut self) -> Result<Segment, BadJsonPath> {
        let reach = if self.eat("..") { Reach::Descendants } else { Reach::Child };
        if self.eat("[") {
            return Ok(Segment { reach, selectors: self.bracket()? });
        }
        if reach == Reach::Child && !self.eat(".") {
            return self.odd();
        }
        let selector = if self.eat("*") { Selector::All } else { Selector::Name(self.bare()?) };
        Ok(Segment { reach, selectors: vec![selector] })
    }

    fn bare(&mut self) -> Result<String, BadJsonPath> {
        let end = self.0.find(|c: char| !c.is_alphanumeric() && !"_-".contains(c)).unwrap_or(self.0.len());
        let (name, rest) = self.0.split_at(end);
        if name.is_empty() {
            return self.odd();
        }
        let name = name.to_owned();
        self.0 = rest;
        Ok(name)
    }

    fn bracket(&mut self) -> Result<Vec<Selector>, BadJsonPath> {
        let mut selectors = Vec::new();
        loop {
            self.spaces();
            selectors.push(self.selector()?);
            self.spaces();
            if self.eat("]") {
                return Ok(selectors);
            }
            if !self.eat(",") {
                return self.odd();
            }
        }
    }

    fn selector(&mut self) -> Result<Selector, BadJsonPath> {
        match self.0.chars().next() {
            Some('?') => Err(BadJsonPath::Filter),
            Some('*') => {
                self.eat("*");
                Ok(Selector::All)
            }
            Some(quote @ ('\'' | '"')) => self.quoted(quote).map(Selector::Name),
            Some(_) | None => self.numbers(),
        }
    }

    fn quoted(&mut self, quote: char) -> Result<String, BadJsonPath> {
        let mut name = String::new();
        let mut chars = self.0.char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some((_, escaped @ ('\\' | '\'' | '"' | '/'))) => name.push(escaped),
                    Some(_) | None => return self.odd(),
                },
                c if c == quote => {
                    self.0 = self.0.get(at + c.len_utf8()..).unwrap_or_default();
                    return Ok(name);
                }
                c => name.push(c),
            }
        }
        self.odd()
    }

    fn number(&mut self) -> Result<Option<i64>, BadJsonPath> {
        let end = self.0.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(self.0.len());
        let (digits, rest) = self.0.split_at(end);
        if digits.is_empty() {
            return Ok(None);
        }
        let Ok(number) = digits.parse() else { return self.odd() };
        self.0 = rest;
        Ok(Some(number))
    }

    fn numbers(&mut self) -> Result<Selector, BadJsonPath> {
        let from = self.number()?;
        self.spaces();
        if !self.eat(":") {
            return from.map_or_else(|| self.odd(), |index| Ok(Selector::Index(index)));
        }
        self.spaces();
        let to = self.number()?;
        self.spaces();
        let step = if self.eat(":") { self.number()?.unwrap_or(1) } else { 1 };
        match usize::try_from(step) {
            Ok(step) if step > 0 => Ok(Selector::Slice { from, to, step }),
            Ok(_) | Err(_) => self.odd(),
        }
    }
}

impl TryFrom<String> for JsonPath {
    type Error = BadJsonPath;

    fn try_from(written: String) -> Result<Self, BadJsonPath> {
        if written.chars().count() > LONGEST {
            return Err(BadJsonPath::TooLong);
        }
        let mut reader = Reader(written.strip_prefix('$').ok_or(BadJsonPath::NoRoot)?);
        let mut segments = Vec::new();
        while !reader.0.is_empty() {
            segments.push(reader.segment()?);
        }
        Ok(Self { written, segments })
    }
}

impl From<JsonPath> for String {
    fn from(path: JsonPath) -> Self {
        path.written
    }
}

impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Result<JsonPath, BadJsonPath> {
        JsonPath::try_from(text.to_owned())
    }

    #[test]
    fn every_kind_of_step_is_read() {
        let read = path(r#"$.services["web app", 'b'][*]..image[-1, 1:, ::2]"#).unwrap();
        let kinds: Vec<_> = read.segments().iter().map(|segment| (segment.reach, segment.selectors.len())).collect();
        assert_eq!(
            kinds,
            [(Reach::Child, 1), (Reach::Child, 2), (Reach::Child, 1), (Reach::Descendants, 1), (Reach::Child, 3)]
        );
        assert!(path("$").unwrap().segments().is_empty());
        assert_eq!(path("$..*").unwrap().segments().first().map(|s| s.reach), Some(Reach::Descendants));
    }

    #[test]
    fn what_is_no_path_says_where() {
        assert_eq!(path("services"), Err(BadJsonPath::NoRoot));
        assert_eq!(path("$.a[?(@.b)]"), Err(BadJsonPath::Filter));
        assert_eq!(path("$.a[").unwrap_err().to_string(), "the JSONPath can't be read at \"\"");
        for odd in ["$a", "$.", "$[]", "$['a]", "$[1:2:0]", "$[--1]", "$ .a"] {
            assert!(matches!(path(odd), Err(BadJsonPath::Odd(_))), "{odd}");
        }
    }
}
