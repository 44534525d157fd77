//! A file's text and the places in it. It knows lines and columns, not what stands there.

use std::ops::Range;

/// A text that complaints can point into.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) text: String,
    starts: Vec<usize>,
}

impl Source {
    pub(crate) fn new(name: &str, text: String) -> Self {
        let first = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let mut starts = vec![first];
        starts.extend(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(index, _)| index + 1));
        Self { name: name.to_owned(), text, starts }
    }

    /// Line and column from 1; the column counts characters. An offset past the end is the place after the last one.
    pub(crate) fn place(&self, offset: usize) -> (usize, usize) {
        let offset = self.boundary(offset);
        let line = self.line(offset);
        let start = self.starts.get(line - 1).copied().unwrap_or_default();
        let before = self.text.get(start..offset).unwrap_or_default();
        (line, before.chars().count() + 1)
    }

    /// The line of an offset, from 1.
    pub(crate) fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).max(1)
    }

    /// The line at an offset without its end, and the part of a span that lies in it.
    pub(crate) fn line_at(&self, span: &Range<usize>) -> (&str, Range<usize>) {
        let offset = self.boundary(span.start);
        let line = self.line(offset);
        let start = self.starts.get(line - 1).copied().unwrap_or_default();
        let end = self.starts.get(line).map_or(self.text.len(), |next| next - 1);
        let text = self.text.get(start..end).unwrap_or_default();
        let text = text.strip_suffix('\r').unwrap_or(text);
        let from = offset.saturating_sub(start).min(text.len());
        let to = self.boundary(span.end).saturating_sub(start).clamp(from, text.len());
        (text, from..to)
    }

    fn boundary(&self, offset: usize) -> usize {
        (0..=offset.min(self.text.len())).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_characters_and_survive_a_byte_order_mark() {
        let source = Source::new("f", "\u{feff}aé\r\nx".to_owned());
        assert_eq!(source.place(3), (1, 1));
        assert_eq!(source.place(6), (1, 3));
        assert_eq!(source.place(8), (2, 1));
        assert_eq!(source.place(999), (2, 2));
        assert_eq!(source.line_at(&(4..99)), ("aé", 1..3));
    }

    #[test]
    fn an_empty_text_has_one_place() {
        let source = Source::new("f", String::new());
        assert_eq!(source.place(0), (1, 1));
        assert_eq!(source.line_at(&(0..4)), ("", 0..0));
    }
}
