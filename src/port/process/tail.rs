//! The last lines a child printed, for a screen that follows them: bounded in lines, in bytes and in the length of a line,
//! whatever is printed. Holds raw (redacted) text; making it safe for a terminal is done where it is shown.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// The most lines that are kept.
pub const MAX_LINES: usize = 5_000;
/// The most bytes that are kept, over all lines.
pub const MAX_BYTES: usize = 1 << 20;
/// The most bytes of one line that are kept.
pub const MAX_LINE: usize = 4_096;

/// A handle to the tail of one child; clones share it.
#[derive(Debug, Clone)]
pub struct Tail {
    ring: Arc<Mutex<Ring>>,
    version: Arc<watch::Sender<u64>>,
}

impl Default for Tail {
    fn default() -> Self {
        Self { ring: Arc::default(), version: Arc::new(watch::Sender::new(0)) }
    }
}

/// A piece of the tail. Lines are numbered from 0 over everything the child ever printed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TailView {
    /// The number of the first line in `lines`; lines between what was asked for and this were dropped.
    pub first: u64,
    /// Finished lines, without their ends.
    pub lines: Vec<Arc<str>>,
    /// The line that has no end yet.
    pub open: Option<String>,
}

impl TailView {
    /// Where to go on reading.
    pub fn next(&self) -> u64 {
        self.first.saturating_add(u64::try_from(self.lines.len()).unwrap_or(u64::MAX))
    }
}

impl Tail {
    /// The version, which rises with what is printed. Waiting for it to change is how a screen follows without polling;
    /// changes that come together are told once.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    /// At most `most` lines from number `from` on, as far as they are still there.
    pub fn since(&self, from: u64, most: usize) -> TailView {
        let ring = self.ring();
        let skip = usize::try_from(from.saturating_sub(ring.first)).unwrap_or(usize::MAX);
        let lines = ring.lines.iter().skip(skip).take(most).cloned().collect();
        let first = from.clamp(ring.first, ring.next());
        TailView { first, lines, open: ring.open_text() }
    }

    /// At most the last `most` lines.
    pub fn last(&self, most: usize) -> TailView {
        let from = { self.ring().next().saturating_sub(u64::try_from(most).unwrap_or(u64::MAX)) };
        self.since(from, most)
    }

    /// The last `most` lines as one text, the open one included.
    pub fn text(&self, most: usize) -> String {
        let view = self.last(most);
        let mut text = String::new();
        for line in &view.lines {
            text.push_str(line);
            text.push('\n');
        }
        text.push_str(view.open.as_deref().unwrap_or_default());
        text
    }

    /// Adds a line of our own, for work that has no child.
    pub fn say(&self, line: &str) {
        self.push(0, line.as_bytes());
        self.push(0, b"\n");
        self.announce();
    }

    pub(super) fn push(&self, stream: usize, bytes: &[u8]) {
        self.ring().push(stream, bytes);
    }

    pub(super) fn close(&self) {
        self.ring().close();
    }

    /// Tells those who wait. Apart from `push`, so that a flood is told at the rhythm of eyes.
    pub(super) fn announce(&self) {
        self.version.send_modify(|version| *version = version.wrapping_add(1));
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Default)]
struct Ring {
    first: u64,
    lines: VecDeque<Arc<str>>,
    bytes: usize,
    open: [OpenLine; 2],
}

#[derive(Debug, Default)]
struct OpenLine {
    bytes: Vec<u8>,
    dropped: u64,
    // a carriage return starts the line over, unless a newline follows
    returned: bool,
}

impl OpenLine {
    fn add(&mut self, piece: &[u8]) {
        for (i, part) in piece.split(|b| *b == b'\r').enumerate() {
            if i > 0 {
                self.returned = true;
            }
            if part.is_empty() {
                continue;
            }
            if self.returned {
                *self = Self::default();
            }
            let room = MAX_LINE.saturating_sub(self.bytes.len()).min(part.len());
            let (kept, cut) = part.split_at(room);
            self.bytes.extend_from_slice(kept);
            self.dropped = self.dropped.saturating_add(u64::try_from(cut.len()).unwrap_or(u64::MAX));
        }
    }

    fn text(&self) -> String {
        let mut text = String::from_utf8_lossy(&self.bytes).into_owned();
        if self.dropped > 0 {
            // writing to a String can't fail
            let _ = write!(text, " … {} more bytes", self.dropped);
        }
        text
    }

    fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.dropped == 0
    }
}

impl Ring {
    fn next(&self) -> u64 {
        self.first.saturating_add(u64::try_from(self.lines.len()).unwrap_or(u64::MAX))
    }

    fn push(&mut self, stream: usize, bytes: &[u8]) {
        let mut pieces = bytes.split(|b| *b == b'\n').peekable();
        while let Some(piece) = pieces.next() {
            let Some(open) = self.open.get_mut(stream) else { return };
            open.add(piece);
            if pieces.peek().is_some() {
                let line = std::mem::take(open).text();
                self.line(line);
            }
        }
    }

    fn line(&mut self, line: String) {
        self.bytes = self.bytes.saturating_add(line.len());
        self.lines.push_back(line.into());
        while self.lines.len() > MAX_LINES || self.bytes > MAX_BYTES {
            let Some(gone) = self.lines.pop_front() else { return };
            self.bytes = self.bytes.saturating_sub(gone.len());
            self.first = self.first.saturating_add(1);
        }
    }

    fn close(&mut self) {
        for open in std::mem::take(&mut self.open) {
            if !open.is_empty() {
                self.line(open.text());
            }
        }
    }

    fn open_text(&self) -> Option<String> {
        let open: Vec<String> = self.open.iter().filter(|open| !open.is_empty()).map(OpenLine::text).collect();
        if open.is_empty() { None } else { Some(open.join(" ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(tail: &Tail) -> Vec<String> {
        tail.last(usize::MAX).lines.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn lines_are_cut_at_newlines_wherever_the_chunks_end() {
        let tail = Tail::default();
        for chunk in ["a", "b\nc\n", "", "d"] {
            tail.push(0, chunk.as_bytes());
        }
        assert_eq!(lines(&tail), ["ab", "c"]);
        assert_eq!(tail.last(1).open.as_deref(), Some("d"));
        tail.close();
        assert_eq!(lines(&tail), ["ab", "c", "d"]);
    }

    #[test]
    fn a_progress_bar_keeps_one_line() {
        let tail = Tail::default();
        for percent in 0..100 {
            tail.push(0, format!("{percent} %\r").as_bytes());
        }
        tail.push(0, b"\ndos\r\nlast");
        assert_eq!(lines(&tail), ["99 %", "dos"]);
    }

    #[test]
    fn memory_is_bounded_by_lines_by_bytes_and_by_line() {
        let tail = Tail::default();
        for n in 0..20_000 {
            tail.push(0, format!("{n}\n").as_bytes());
        }
        assert_eq!(tail.last(usize::MAX).lines.len(), MAX_LINES);
        assert_eq!(tail.last(1).first, 19_999);
        for _ in 0..10_000 {
            tail.push(1, &[b'x'; 1_000]);
        }
        tail.push(1, b"\n");
        let long = tail.last(1).lines[0].to_string();
        assert!(long.ends_with(" … 9995904 more bytes") && long.len() < MAX_LINE + 64, "{}", long.len());
        for _ in 0..1_000 {
            tail.push(0, &[b'y'; 4_000]);
            tail.push(0, b"\n");
        }
        assert!(tail.ring().bytes <= MAX_BYTES && tail.ring().lines.len() < 300);
    }

    #[test]
    fn a_reader_goes_on_where_it_stopped_and_learns_what_it_missed() {
        let tail = Tail::default();
        tail.push(0, b"0\n1\n2\n");
        let view = tail.since(1, 1);
        assert_eq!((view.first, view.next(), view.lines.len()), (1, 2, 1));
        assert_eq!(tail.since(99, 5).lines.len(), 0);
        for n in 0..MAX_LINES {
            tail.push(0, format!("{n}\n").as_bytes());
        }
        assert_eq!(tail.since(view.next(), 1).first, 3);
    }
}
