//! A text and its lines, for quoting.

use std::borrow::Cow;

/// The most characters of a line that are quoted.
const WIDEST: usize = 160;

/// A text that knows where its lines begin.
#[derive(Debug)]
pub(crate) struct Text<'a> {
    text: Cow<'a, str>,
    /// Where each line begins.
    starts: Vec<usize>,
}

impl<'a> Text<'a> {
    /// What isn't UTF-8 is replaced: it is only searched and quoted.
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let starts = std::iter::once(0).chain(breaks).collect();
        Self { text, starts }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The line of a byte, from 1.
    pub(crate) fn line_of(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at)
    }

    /// What stands on a line, without the room around it, cut where it is long.
    pub(crate) fn quoted(&self, line: usize) -> String {
        let at = |line: usize| self.starts.get(line).copied();
        let Some(start) = line.checked_sub(1).and_then(at) else { return String::new() };
        let end = at(line).unwrap_or(self.text.len());
        let whole = self.text.get(start..end).unwrap_or_default().trim();
        match whole.char_indices().nth(WIDEST) {
            None => whole.to_owned(),
            Some((cut, _)) => format!("{}…", whole.get(..cut).unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_from_one_and_quoted_without_their_room() {
        let text = Text::of(b"one\n  two\t\n\nfour");
        assert_eq!([0, 3, 4, 11, 12].map(|at| text.line_of(at)), [1, 1, 2, 3, 4]);
        assert_eq!([0, 1, 2, 3, 4, 5].map(|line| text.quoted(line)), ["", "one", "two", "", "four", ""]);
    }

    #[test]
    fn a_long_line_is_cut_at_a_character() {
        let long = "ä".repeat(200);
        assert_eq!(Text::of(long.as_bytes()).quoted(1).chars().count(), WIDEST + 1);
    }
}
