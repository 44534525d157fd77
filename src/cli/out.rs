//! Writes for a terminal or a script: text is `Shown`, JSON hides nothing, and a reader that has gone away is no error.
//! The one place of the command line that knows stdout and stderr.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};

use serde::Serialize;

use super::fault::Fault;
use crate::shown::{Shown, hides};

/// How a mark stands out where there are colours. The word or glyph beside it says the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    Strong,
    Dim,
    Good,
    Warning,
    Bad,
}

impl Ink {
    fn start(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Strong => "\x1b[1m",
            Self::Dim => "\x1b[2m",
            Self::Good => "\x1b[32m",
            Self::Warning => "\x1b[33m",
            Self::Bad => "\x1b[31m",
        }
    }
}

/// Whether colours may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Colours {
    Shown,
    Left,
}

/// JSON that means the same, in which nothing hides from whoever looks at it in a terminal: what is neither seen nor ASCII
/// stands only within strings, where it may be escaped.
fn escaped(json: &str) -> Cow<'_, str> {
    let hidden = |c: char| c > '~' && hides(c);
    if !json.contains(hidden) {
        return Cow::Borrowed(json);
    }
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // writing to a string can't fail
                let _ = write!(text, "\\u{unit:04x}");
            }
        } else {
            text.push(c);
        }
    }
    Cow::Owned(text)
}

/// The two ways out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Out {
    stdout: Colours,
    stderr: Colours,
}

impl Out {
    /// Colours are used on terminals, unless the user's environment says no.
    pub(super) fn new(plain: Plain) -> Self {
        let of = |terminal: bool| if terminal && plain == Plain::No { Colours::Shown } else { Colours::Left };
        Self { stdout: of(io::stdout().is_terminal()), stderr: of(io::stderr().is_terminal()) }
    }

    /// Whether stderr has colours.
    pub(super) fn paints_stderr(self) -> bool {
        self.stderr == Colours::Shown
    }

    /// A text, each of its lines shown.
    pub(super) fn text(self, text: &str) {
        for line in Shown::lines(text) {
            self.line(Ink::Plain, &line);
        }
    }

    /// One line of stdout.
    pub(super) fn line(self, ink: Ink, line: &Shown) {
        let line = inked(self.stdout, ink, line);
        end_if_gone(writeln!(io::stdout().lock(), "{line}"));
    }

    /// One line of stdout that isn't worth dying for: a release goes on when nobody reads along.
    pub(super) fn tell(self, ink: Ink, line: &Shown) {
        let line = inked(self.stdout, ink, line);
        // a reader that has gone away must not stop a ship
        let _ = writeln!(io::stdout().lock(), "{line}");
    }

    /// One line of stderr.
    pub(super) fn note(self, ink: Ink, line: &Shown) {
        let line = inked(self.stderr, ink, line);
        let _ = writeln!(io::stderr().lock(), "{line}");
    }

    /// A document for scripts: every text as it is, so that it reads back the same.
    pub(super) fn json<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Fault> {
        self.json_text(serde_json::to_string_pretty(value))
    }

    /// The same on a line of its own.
    pub(super) fn json_line<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Fault> {
        self.json_text(serde_json::to_string(value))
    }

    fn json_text(self, text: serde_json::Result<String>) -> Result<(), Fault> {
        let text = text.map_err(|error| Fault::failed("no JSON").because(error))?;
        self.raw(&format!("{}\n", escaped(&text)));
        Ok(())
    }

    /// Bytes for scripts, as they are.
    #[allow(clippy::unused_self, reason = "all that is written goes through here")]
    pub(super) fn raw(self, text: &str) {
        let mut stdout = io::stdout().lock();
        end_if_gone(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()));
    }

    /// What went wrong, because of what, and what to do; the hint last.
    pub(super) fn fault(self, fault: &Fault) {
        let mut lines = Shown::lines(&fault.what).into_iter();
        if let Some(first) = lines.next() {
            let word = if first.as_str().starts_with("error") || first.as_str().starts_with("warning") {
                ""
            } else {
                "error: "
            };
            self.note(Ink::Bad, &Shown::from(format!("{word}{first}")));
        }
        for line in lines {
            self.note(Ink::Plain, &line);
        }
        for line in fault.because.iter().flat_map(|because| because.lines()) {
            self.note(Ink::Plain, &Shown::from(format!("  because {line}")));
        }
        for line in fault.hint.iter().flat_map(|hint| hint.lines()) {
            self.note(Ink::Plain, &Shown::from(format!("  try: {line}")));
        }
    }
}

/// Whether the user wants no colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plain {
    Yes,
    No,
}

fn inked(colours: Colours, ink: Ink, line: &Shown) -> String {
    match (colours, ink) {
        (Colours::Left, _) | (_, Ink::Plain) => line.to_string(),
        (Colours::Shown, _) => format!("{}{line}\x1b[0m", ink.start()),
    }
}

/// A reader that went away (`| head`) has what it wanted.
fn end_if_gone(written: io::Result<()>) {
    if let Err(error) = written {
        let status = i32::from(error.kind() != io::ErrorKind::BrokenPipe);
        std::process::exit(status);
    }
}

/// Rows whose columns line up; the last column is as long as it is.
pub(super) fn columns(rows: &[Vec<Shown>]) -> Vec<Shown> {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(Shown::width).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count).map(width).collect();
    let line = |row: &Vec<Shown>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| cell.pad(*width).to_string());
        Shown::from(cells.collect::<Vec<_>>().join("  ").trim_end().to_owned())
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn columns_line_up_and_nothing_trails() {
        let rows = [vec!["a".into(), "long".into(), "x".into()], vec!["bb".into(), "s".into(), "".into()]];
        let lines: Vec<_> = columns(&rows).iter().map(ToString::to_string).collect();
        assert_eq!(lines, ["a   long  x", "bb  s"]);
    }

    #[test]
    fn without_colours_no_escape_code_is_written() {
        let line = Shown::fixed("done");
        assert_eq!(inked(Colours::Left, Ink::Good, &line), "done");
        assert!(inked(Colours::Shown, Ink::Good, &line).starts_with('\x1b'));
    }

    proptest! {
        #[test]
        fn escaped_json_hides_nothing_and_means_the_same(
            text in any::<String>(),
            other in "[\u{7f}-\u{a0}\u{200b}-\u{2069}\u{feff}\u{e0001}-\u{e007f}é漢\"]*",
        ) {
            let value = serde_json::json!({ "text": text, other.as_str(): [other] });
            for json in [serde_json::to_string(&value), serde_json::to_string_pretty(&value)] {
                let json = json.unwrap();
                let escaped = escaped(&json);
                prop_assert!(!escaped.chars().any(|c| c != '\n' && hides(c)), "{escaped}");
                prop_assert_eq!(&serde_json::from_str::<serde_json::Value>(&escaped).unwrap(), &value);
            }
        }
    }
}
