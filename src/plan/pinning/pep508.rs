//! Requirements as PEP 508 writes them, and the names of Python packages (PEP 503).

use super::To;

/// Whether two names mean one package.
pub(super) fn is_same(a: &str, b: &str) -> bool {
    plain(a) == plain(b)
}

/// A name as PEP 503 normalises it.
pub(in crate::plan) fn plain(name: &str) -> String {
    let mut made = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '-' | '_' | '.' if made.ends_with('-') => {}
            '-' | '_' | '.' => made.push('-'),
            c => made.push(c.to_ascii_lowercase()),
        }
    }
    made
}

/// A requirement in its parts, as written.
#[derive(Debug)]
pub(super) struct Requirement<'a> {
    pub(super) name: &'a str,
    /// With its brackets.
    extras: &'a str,
    /// `==1.0`, `(>=1)`, `@ git+…`.
    asks: &'a str,
    /// From the space before its semicolon.
    marker: &'a str,
}

impl<'a> Requirement<'a> {
    /// Takes a requirement apart; none if it begins with no name.
    pub(super) fn of(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(text.len());
        let (name, rest) = text.split_at_checked(end)?;
        if name.is_empty() || rest.starts_with("://") || rest.starts_with(['/', '+', ':', '\\']) {
            return None;
        }
        let (extras, rest) = match rest.trim_start().strip_prefix('[').and_then(|inner| inner.find(']')) {
            Some(at) => rest.trim_start().split_at_checked(at + 2)?,
            None => ("", rest),
        };
        // a semicolon may stand in an address: there the marker's has a space before it
        let marker = if rest.trim_start().starts_with('@') {
            rest.find(" ;").or_else(|| rest.find("\t;")).unwrap_or(rest.len())
        } else {
            let at = rest.find(';').unwrap_or(rest.len());
            rest.get(..at)?.trim_end().len()
        };
        let (asks, marker) = rest.split_at_checked(marker)?;
        Some(Self { name, extras, asks: asks.trim(), marker })
    }

    /// The same, asking for exactly one version; none if it does already.
    pub(super) fn pinned(&self, to: To<'_>) -> Option<String> {
        let asks: String = self.asks.chars().filter(|c| !c.is_whitespace() && !"()".contains(*c)).collect();
        if asks == format!("=={}", to.version) {
            return None;
        }
        Some(format!("{}{}=={}{}", self.name, self.extras, to.version, self.marker))
    }
}
