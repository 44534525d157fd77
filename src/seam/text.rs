//! A text and its lines, for quoting; and what is no text, told before anybody finds nothing in it.

use std::borrow::Cow;

/// The most characters of a line that are quoted.
const WIDEST: usize = 160;
/// What the file begins with that git-lfs leaves in place of a large one.
const LFS_POINTER: &[u8] = b"version https://git-lfs.github.com/spec/";
/// What texts in other encodings begin with.
const OTHERS: [(&[u8], &str); 4] = [
    (&[0xff, 0xfe, 0, 0], "UTF-32"),
    (&[0, 0, 0xfe, 0xff], "UTF-32"),
    (&[0xff, 0xfe], "UTF-16"),
    (&[0xfe, 0xff], "UTF-16"),
];
/// What some editors put before UTF-8.
const MARK: &[u8] = &[0xef, 0xbb, 0xbf];

/// Why names can't be taken out of these bytes, if they can't: nothing is found in what isn't understood, and that proves
/// nothing.
pub(crate) fn unreadable(bytes: &[u8]) -> Option<String> {
    if bytes.starts_with(LFS_POINTER) {
        return Some("it is a pointer of git-lfs: what it stands for isn't in git".to_owned());
    }
    if let Some((_, name)) = OTHERS.iter().find(|(start, _)| bytes.starts_with(start)) {
        return Some(format!("it is {name}; UTF-8 is read"));
    }
    let line = |at: usize| 1 + bytes.iter().take(at).filter(|byte| **byte == b'\n').count();
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return Some(format!("a NUL stands on line {}, as in files that are no texts: leave it out", line(at)));
    }
    let wrong = std::str::from_utf8(bytes).err()?;
    Some(format!("line {} isn't UTF-8", line(wrong.valid_up_to())))
}

/// A text that knows where its lines begin.
#[derive(Debug)]
pub(crate) struct Text<'a> {
    text: Cow<'a, str>,
    /// Where each line begins.
    starts: Vec<usize>,
}

impl<'a> Text<'a> {
    /// What isn't UTF-8 is replaced: it is only quoted.
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        let bytes = bytes.strip_prefix(MARK).unwrap_or(bytes);
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
    fn what_is_no_text_is_told_and_what_is_one_is_not() {
        for (bytes, said) in [
            (b"\xff\xfet\0e\0".as_slice(), "UTF-16"),
            (b"\0t\0e", "a NUL stands on line 1"),
            (b"a\nb\nt\xe4m", "line 3 isn't UTF-8"),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 1\n", "git-lfs"),
        ] {
            let why = unreadable(bytes).unwrap();
            assert!(why.contains(said), "{why}");
        }
        for bytes in
            [b"".as_slice(), b"\xef\xbb\xbfteam", "täm\u{1F600}".as_bytes(), b"# version https://git-lfs.github.com"]
        {
            assert_eq!(unreadable(bytes), None);
        }
        assert_eq!(Text::of(b"\xef\xbb\xbfname: x").as_str(), "name: x");
    }

    #[test]
    fn a_long_line_is_cut_at_a_character() {
        let long = "ä".repeat(200);
        assert_eq!(Text::of(long.as_bytes()).quoted(1).chars().count(), WIDEST + 1);
    }
}
