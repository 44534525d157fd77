//! Edits of a text by byte ranges: whatever isn't named by one stays as it is.

use std::ops::Range;

use super::Reference;

/// One replacement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) range: Range<usize>,
    pub(super) with: String,
    /// The part of it that said where the package came from, to be told; nothing for what merely goes along.
    pub(super) said: Option<Range<usize>>,
}

impl Edit {
    /// Replaces a reference.
    pub(super) fn reference_at(range: Range<usize>, with: impl Into<String>) -> Self {
        Self { said: Some(range.clone()), range, with: with.into() }
    }

    /// Removes what went along with a reference.
    pub(super) fn removal(range: Range<usize>) -> Self {
        Self { range, with: String::new(), said: None }
    }

    /// The reference that it replaces.
    pub(super) fn reference(&self, text: &str) -> Option<Reference> {
        let said = self.said.clone()?;
        let written = text.get(said.clone())?;
        let written = written.split_whitespace().collect::<Vec<_>>().join(" ");
        Some(Reference { line: line_of(text, said.start), written })
    }
}

/// The text with all edits made.
pub(super) fn applied(text: &str, mut edits: Vec<Edit>) -> Result<String, String> {
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut made = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        let kept = text.get(at..edit.range.start).ok_or("two references in it overlap")?;
        made.push_str(kept);
        made.push_str(&edit.with);
        at = edit.range.end;
    }
    made.push_str(text.get(at..).ok_or("a reference in it has no end")?);
    Ok(made)
}

/// The line of a byte, from 1.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1
}

/// The whole lines that a range touches, with the last one's end.
pub(super) fn lines_around(text: &str, range: &Range<usize>) -> Range<usize> {
    let start = text.get(..range.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let end = text.get(range.end..).and_then(|after| after.find('\n')).map_or(text.len(), |at| range.end + at + 1);
    start..end
}
