//! The signs on the screen, in Unicode and in ASCII. A sign never stands without its word.

use crate::shown::Shown;

/// Which table of signs a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Glyphs {
    /// Signs and rounded borders.
    Unicode,
    /// Only what every font has: `--ascii`.
    Ascii,
}

/// A sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Glyph {
    /// Proven good.
    Good,
    /// The current one; the owner is waited for.
    Current,
    /// In progress.
    Running,
    /// Not yet.
    Pending,
    /// Approved, not started.
    Approved,
    /// Failed.
    Bad,
    /// In doubt or unknown.
    Doubt,
    /// Needs a look.
    Attention,
    /// Vetoed.
    Vetoed,
    /// Taken back.
    Undone,
    /// Left out, because it was there already.
    Skipped,
    /// A flag that is off.
    Off,
    /// A flag that is on, wholly or in part.
    On,
    /// This cockpit has the controls.
    Controls,
    /// Another has them.
    Spectator,
    /// Nothing to tell.
    Nothing,
    /// As frozen.
    Same,
    /// Joins the phases.
    Link,
    /// The Enter key.
    Enter,
    /// A line that was ticked.
    Ticked,
    /// A line that wasn't.
    Unticked,
    /// Passed, but not at once.
    Flaky,
    /// Isn't there, and should be.
    Absent,
    /// Ended before it was over.
    Broken,
    /// Fails, and is meant to.
    Expected,
    /// There is more above.
    Up,
    /// There is more below.
    Down,
    /// There is more to the right.
    Right,
    /// Separates facts on a line.
    Dot,
}

impl Glyphs {
    /// The sign, as text.
    pub fn get(self, glyph: Glyph) -> Shown {
        let (unicode, ascii) = signs(glyph);
        Shown::from(match self {
            Self::Unicode => unicode,
            Self::Ascii => ascii,
        })
    }

    /// The corners and edges of a frame: top left, top right, bottom left, bottom right, horizontal, vertical.
    pub fn frame(self) -> [&'static str; 6] {
        match self {
            Self::Unicode => ["╭", "╮", "╰", "╯", "─", "│"],
            Self::Ascii => ["+", "+", "+", "+", "-", "|"],
        }
    }
}

fn signs(glyph: Glyph) -> (&'static str, &'static str) {
    match glyph {
        Glyph::Good => ("✔", "v"),
        Glyph::Current => ("▶", ">"),
        Glyph::Running => ("●", "*"),
        Glyph::Pending => ("○", "."),
        Glyph::Approved => ("◆", "a"),
        Glyph::Bad => ("✖", "x"),
        Glyph::Doubt => ("?", "?"),
        Glyph::Attention => ("!", "!"),
        Glyph::Vetoed => ("⊘", "/"),
        Glyph::Undone => ("↶", "u"),
        Glyph::Skipped => ("»", "s"),
        Glyph::Off => ("○", "o"),
        Glyph::On => ("●", "O"),
        Glyph::Controls => ("◆", "#"),
        Glyph::Spectator => ("◇", "="),
        Glyph::Nothing => ("–", "-"),
        Glyph::Same => ("=", "="),
        Glyph::Link => ("─", "-"),
        Glyph::Enter => ("⏎", "enter"),
        Glyph::Ticked => ("☑", "[x]"),
        Glyph::Unticked => ("☐", "[ ]"),
        Glyph::Flaky => ("≈", "~"),
        Glyph::Absent => ("∅", "0"),
        Glyph::Broken => ("⊗", "%"),
        Glyph::Expected => ("≠", "e"),
        Glyph::Up => ("▲", "^"),
        Glyph::Down => ("▼", "v"),
        Glyph::Right => ("›", ">"),
        Glyph::Dot => ("·", "-"),
    }
}
