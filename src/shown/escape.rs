//! Which characters may stand in a shown text, and what stands for those that may not.

use std::fmt::Write as _;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthChar as _;

/// More marks than this on one base are an attack on the lines above and below, not a language.
const MAX_MARKS: usize = 4;

/// Columns between tab stops.
const TAB: usize = 8;

/// Characters that take no room, reorder what follows, look like a space without being one, or are reserved for that.
/// From Unicode's `Default_Ignorable_Code_Point`, `Bidi_Control`, general categories Cf, Zl, Zp and Zs, and the blank braille cell.
const INVISIBLE: &[(u32, u32)] = &[
    (0x00a0, 0x00a0),
    (0x00ad, 0x00ad),
    (0x034f, 0x034f),
    (0x0600, 0x0605),
    (0x061c, 0x061c),
    (0x06dd, 0x06dd),
    (0x070f, 0x070f),
    (0x0890, 0x0891),
    (0x08e2, 0x08e2),
    (0x115f, 0x1160),
    (0x1680, 0x1680),
    (0x17b4, 0x17b5),
    (0x180b, 0x180f),
    (0x2000, 0x200f),
    (0x2028, 0x202f),
    (0x205f, 0x206f),
    (0x2800, 0x2800),
    (0x3000, 0x3000),
    (0x3164, 0x3164),
    (0xfe00, 0xfe0f),
    (0xfeff, 0xfeff),
    (0xffa0, 0xffa0),
    (0xfff0, 0xfffb),
    (0x110bd, 0x110bd),
    (0x110cd, 0x110cd),
    (0x13430, 0x1345f),
    (0x1bca0, 0x1bca3),
    (0x1d173, 0x1d17a),
    (0xe0000, 0xe0fff),
];

/// Whether the text is printable ASCII, which is its own shown form.
pub(super) fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Whether a character hides: it is a control, or it is seen as nothing or as a space.
pub(crate) fn hides(c: char) -> bool {
    let code = u32::from(c);
    let invisible = INVISIBLE.partition_point(|(_, last)| *last < code);
    c.is_control() || INVISIBLE.get(invisible).is_some_and(|(first, _)| *first <= code)
}

/// The text with everything that hides made visible. What it returns is returned unchanged when shown again.
pub(super) fn visible(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let mut shown = Writer { text: String::with_capacity(text.len()), column: 0, base: None, marks: 0 };
    for c in text.chars() {
        shown.push(c);
    }
    shown.text
}

/// UTF-8 as text; each byte that isn't UTF-8 as `\xff`.
pub(super) fn decode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // writing to a String can't fail
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

struct Writer {
    text: String,
    column: usize,
    /// Where the character that marks would sit on starts, unless it is a space or the line is empty.
    base: Option<usize>,
    marks: usize,
}

impl Writer {
    fn push(&mut self, c: char) {
        match c {
            '\t' => {
                let spaces = TAB - self.column % TAB;
                (0..spaces).for_each(|_| self.keep(' ', 1));
            }
            c if hides(c) => self.name(c),
            c => match c.width() {
                Some(0) if self.can_sit(c) => {
                    self.marks += 1;
                    self.text.push(c);
                }
                Some(0) | None => self.name(c),
                Some(columns) => self.keep(c, columns),
            },
        }
    }

    fn keep(&mut self, c: char, columns: usize) {
        self.base = (c != ' ').then_some(self.text.len());
        self.marks = 0;
        self.column += columns;
        self.text.push(c);
    }

    /// A combining mark is fine where it joins what it sits on: on its own a terminal would put it on a neighbour.
    fn can_sit(&self, c: char) -> bool {
        let Some(base) = self.base else { return false };
        let mut cluster = self.text.get(base..).unwrap_or_default().to_owned();
        cluster.push(c);
        self.marks < MAX_MARKS && cluster.graphemes(true).count() == 1
    }

    fn name(&mut self, c: char) {
        let code = u32::from(c);
        match c {
            '\0'..='\x1f' => self.keep(char::from_u32(0x2400 + code).unwrap_or('␀'), 1),
            '\x7f' => self.keep('␡', 1),
            _ => format!("\\u{{{code:x}}}").chars().for_each(|c| self.keep(c, 1)),
        }
        // a mark on a name would be one more thing to hide behind
        self.base = None;
    }
}
