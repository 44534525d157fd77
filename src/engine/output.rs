//! What a running action prints, for screens that follow it. Bounded where it is kept; raw (but redacted) text.

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;

/// A piece of an output. Lines are numbered from 0 over everything that was ever printed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutputView {
    /// The number of the first line in `lines`; what came before was dropped or not asked for.
    pub first: u64,
    /// Finished lines, without their ends.
    pub lines: Vec<Arc<str>>,
    /// The line that has no end yet.
    pub open: Option<String>,
}

/// Something whose last lines can be read at any time.
pub trait Follow: Send + Sync {
    /// At most the last `most` lines.
    fn last(&self, most: usize) -> OutputView;
    /// At most `most` lines from number `from` on, as far as they are still there.
    fn since(&self, from: u64, most: usize) -> OutputView;
    /// Changes whenever there is more to read; changes that come together are told once.
    fn changes(&self) -> watch::Receiver<u64>;
}

/// A handle to an output; clones share it.
#[derive(Clone)]
pub struct Output(Arc<dyn Follow>);

impl Output {
    /// Wraps whatever can be followed.
    pub fn new(follow: impl Follow + 'static) -> Self {
        Self(Arc::new(follow))
    }

    /// Whether both are the output of the same child.
    pub fn is_of_same_child(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// At most the last `most` lines.
    pub fn last(&self, most: usize) -> OutputView {
        self.0.last(most)
    }

    /// At most `most` lines from number `from` on.
    pub fn since(&self, from: u64, most: usize) -> OutputView {
        self.0.since(from, most)
    }

    /// Changes whenever there is more to read.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes()
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Output")
    }
}

impl Follow for crate::port::process::Tail {
    fn last(&self, most: usize) -> OutputView {
        view(Self::last(self, most))
    }

    fn since(&self, from: u64, most: usize) -> OutputView {
        view(Self::since(self, from, most))
    }

    fn changes(&self) -> watch::Receiver<u64> {
        Self::changes(self)
    }
}

fn view(tail: crate::port::process::TailView) -> OutputView {
    OutputView { first: tail.first, lines: tail.lines, open: tail.open }
}
