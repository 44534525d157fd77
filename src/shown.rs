//! Text that is safe to put on a terminal, into a log, or into JSON for people.
//!
//! Owns the one way in: whatever could move a cursor, change a colour, reorder a line or hide itself becomes visible.
//! Knows nothing of screens, colours or where a text came from; files keep the raw bytes instead, and machine JSON means them.

mod escape;
mod output;
#[cfg(test)]
mod tests;

pub(crate) use escape::hides;

use std::borrow::Cow;
use std::fmt;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

/// One line of text with nothing in it but visible characters and plain spaces.
///
/// ```
/// use flightdeck::shown::Shown;
/// assert_eq!(Shown::line("main\u{202e}niam\x1b[2J").as_str(), "main\\u{202e}niam␛[2J");
/// ```
///
/// There is no way to make one from raw text without the check:
/// ```compile_fail
/// let raw = flightdeck::shown::Shown("\x1b[2J".into());
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize)]
#[serde(transparent)]
pub struct Shown(Cow<'static, str>);

impl Shown {
    /// Nothing at all.
    pub const EMPTY: Self = Self(Cow::Borrowed(""));

    /// Shows a text on one line; a newline in it is seen as `␊`.
    pub fn line(text: &str) -> Self {
        Self(Cow::Owned(escape::visible(text)))
    }

    /// Shows a text of ours. It passes the same check, and costs nothing when it is plain.
    pub fn fixed(text: &'static str) -> Self {
        if escape::is_plain(text) { Self(Cow::Borrowed(text)) } else { Self::line(text) }
    }

    /// Shows bytes that should be UTF-8; what isn't is seen as `\xff`.
    pub fn bytes(bytes: &[u8]) -> Self {
        Self::line(&escape::decode(bytes))
    }

    /// Shows each line of a text, such as a tool's complaint of several lines.
    pub fn lines(text: &str) -> Vec<Self> {
        text.lines().map(Self::line).collect()
    }

    /// Shows one line that a child wrote, as its reader would have seen it: colours and cursor movements are dropped,
    /// what a progress bar overwrote is gone, and a line over [`MAX_OUTPUT`] columns ends in an ellipsis.
    pub fn output_line(bytes: &[u8]) -> Self {
        Self(Cow::Owned(output::as_seen(bytes)))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing to see.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The columns it takes.
    pub fn width(&self) -> usize {
        width(&self.0)
    }

    /// At most so many columns; what is lost is told by a `…` in the last one. A grapheme is never split.
    #[must_use]
    pub fn cut(&self, columns: usize) -> Self {
        if self.width() <= columns {
            return self.clone();
        }
        let Some(room) = columns.checked_sub(1) else { return Self::EMPTY };
        let mut kept = self.0.get(..prefix(&self.0, room)).unwrap_or_default().to_owned();
        kept.push('…');
        Self(Cow::Owned(kept))
    }

    /// Exactly so many columns: cut, or filled up with spaces.
    #[must_use]
    pub fn pad(&self, columns: usize) -> Self {
        let cut = self.cut(columns);
        let missing = columns.saturating_sub(cut.width());
        if missing == 0 {
            return cut;
        }
        let mut text = cut.0.into_owned();
        text.extend(std::iter::repeat_n(' ', missing));
        Self(Cow::Owned(text))
    }

    /// What is left when so many columns have been scrolled away to the left.
    #[must_use]
    pub fn from_column(&self, columns: usize) -> Self {
        if columns == 0 {
            return self.clone();
        }
        let mut at = prefix(&self.0, columns);
        // a wide grapheme that straddles the edge is left out whole
        if width(self.0.get(..at).unwrap_or_default()) < columns {
            at += self.0.get(at..).and_then(|rest| rest.graphemes(true).next()).map_or(0, str::len);
        }
        Self::line(self.0.get(at..).unwrap_or_default())
    }

    /// Breaks it at spaces into lines of at most so many columns; a word that is longer is broken where it must.
    pub fn wrap(&self, columns: usize) -> Vec<Self> {
        let columns = columns.max(1);
        let mut lines = Vec::new();
        let mut rest: &str = &self.0;
        while width(rest) > columns {
            let most = prefix(rest, columns).max(rest.graphemes(true).next().map_or(1, str::len));
            let head = rest.get(..most).unwrap_or_default();
            let at = match head.rfind(' ') {
                Some(space) if space > 0 && !rest.get(most..).is_some_and(|r| r.starts_with(' ')) => space,
                Some(_) | None => most,
            };
            lines.push(Self::line(rest.get(..at).unwrap_or_default().trim_end()));
            rest = rest.get(at..).unwrap_or_default().trim_start();
        }
        if !rest.is_empty() || lines.is_empty() {
            lines.push(Self::line(rest));
        }
        lines
    }

    /// Several texts, one after the other.
    pub fn join<'a>(parts: impl IntoIterator<Item = &'a Self>, between: &Self) -> Self {
        let mut text = String::new();
        for part in parts {
            if !text.is_empty() {
                text.push_str(&between.0);
            }
            text.push_str(&part.0);
        }
        Self::line(&text)
    }
}

/// The most columns of a child's line that are kept in memory and on the screen; the file on disk has all of it.
pub const MAX_OUTPUT: usize = 2_000;

fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.graphemes(true).map(unicode_width::UnicodeWidthStr::width).sum() }
}

/// The length in bytes of the longest prefix that takes at most so many columns.
fn prefix(text: &str, columns: usize) -> usize {
    let mut taken = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        taken += grapheme.width();
        if taken > columns {
            return at;
        }
    }
    text.len()
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shown({:?})", self.0)
    }
}

impl From<&str> for Shown {
    fn from(text: &str) -> Self {
        Self::line(text)
    }
}

impl From<String> for Shown {
    fn from(text: String) -> Self {
        if escape::is_plain(&text) { Self(Cow::Owned(text)) } else { Self::line(&text) }
    }
}
