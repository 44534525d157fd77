//! What is wrong in a file, where, and what to write instead: for a terminal with a caret, for scripts as fields.

use std::fmt;
use std::ops::Range;

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::source::Source;
use crate::shown::Shown;

/// The most complaints that one file gets: past that, the rest follows from the first ones.
pub const MOST: usize = 100;

/// The widest excerpt of a source line, in columns.
const WIDEST: usize = 120;

/// Whether a file can be used in spite of a complaint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It can't.
    Error,
    /// It can.
    Warning,
}

/// One thing that is wrong in a file. The texts are raw; printing the complaint makes them safe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Complaint {
    /// The file, as the caller named it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The bytes of the file that it is about.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Whether the file can be used.
    pub severity: Severity,
    #[serde(skip)]
    excerpt: Excerpt,
}

/// A source line made safe, and the caret's place under it in columns.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Excerpt {
    text: String,
    indent: usize,
    carets: usize,
}

/// Something wrong at a span, before the file's lines are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) span: Range<usize>,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    pub(crate) severity: Severity,
}

impl Finding {
    pub(crate) fn error(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), help: None, severity: Severity::Error }
    }

    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn at(self, source: &Source) -> Complaint {
        let (line, column) = source.place(self.span.start);
        Complaint {
            file: source.name.clone(),
            line,
            column,
            excerpt: Excerpt::of(source, &self.span),
            span: self.span,
            message: self.message,
            help: self.help,
            severity: self.severity,
        }
    }
}

impl Excerpt {
    fn of(source: &Source, span: &Range<usize>) -> Self {
        let (line, part) = source.line_at(span);
        // a line may be a megabyte long: what is cut off anyway isn't looked at
        let before = visible(&ends(line.get(..part.start).unwrap_or_default()));
        let marked = visible(&starts(line.get(part.clone()).unwrap_or_default()));
        let after = visible(&starts(line.get(part.end..).unwrap_or_default()));
        let carets = marked.width().max(1);
        if before.width() + marked.width() + after.width() <= WIDEST {
            return Self { indent: before.width(), text: before + &marked + &after, carets };
        }
        let before = last_columns(&before, WIDEST / 3);
        let text = first_columns(&format!("{before}{marked}{after}"), WIDEST);
        let indent = before.width();
        Self { carets: carets.min(text.width().saturating_sub(indent).max(1)), text, indent }
    }
}

/// The text made safe to print; what could move the cursor, change a colour or hide itself becomes visible.
fn visible(text: &str) -> String {
    Shown::line(text).to_string()
}

/// The first characters of a text, one more than are ever shown.
fn starts(text: &str) -> String {
    text.chars().take(WIDEST + 1).collect()
}

/// The last characters of a text, one more than are ever shown.
fn ends(text: &str) -> String {
    let from = text.char_indices().rev().take(WIDEST + 1).last().map_or(text.len(), |(at, _)| at);
    text.get(from..).unwrap_or_default().to_owned()
}

/// The end of a text in at most so many columns, with a mark where something was cut.
fn last_columns(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let fits = |at: &usize| text.get(*at..).is_some_and(|rest| rest.width() < columns);
    let from = text.char_indices().map(|(at, _)| at).find(fits).unwrap_or(text.len());
    format!("…{}", text.get(from..).unwrap_or_default())
}

/// The start of a text in at most so many columns, with a mark where something was cut.
fn first_columns(text: &str, columns: usize) -> String {
    let mut kept = String::new();
    let mut width = 0;
    for part in text.chars() {
        let mut buffer = [0; 4];
        width += part.encode_utf8(&mut buffer).width();
        if width >= columns {
            kept.push('…');
            break;
        }
        kept.push(part);
    }
    kept
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let number = self.line.to_string();
        let gutter = " ".repeat(number.len());
        writeln!(f, "{word}: {}", visible(&self.message))?;
        writeln!(f, "{gutter}--> {}:{}:{}", visible(&self.file), self.line, self.column)?;
        writeln!(f, "{gutter} |")?;
        writeln!(f, "{}", format!("{number} | {}", self.excerpt.text).trim_end())?;
        writeln!(f, "{gutter} | {}{}", " ".repeat(self.excerpt.indent), "^".repeat(self.excerpt.carets))?;
        if let Some(help) = &self.help {
            writeln!(f, "{gutter} = help: {}", visible(help))?;
        }
        Ok(())
    }
}

/// Everything that is wrong in one file, in the order of its lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(transparent)]
pub struct Complaints {
    list: Vec<Complaint>,
    #[serde(skip)]
    unsaid: usize,
}

impl Complaints {
    pub(crate) fn new(mut findings: Vec<Finding>, source: &Source) -> Self {
        findings.sort_by(|a, b| (a.span.start, &a.message).cmp(&(b.span.start, &b.message)));
        findings.dedup();
        let unsaid = findings.len().saturating_sub(MOST);
        Self { list: findings.into_iter().take(MOST).map(|finding| finding.at(source)).collect(), unsaid }
    }

    /// The complaints, errors and warnings together.
    pub fn list(&self) -> &[Complaint] {
        &self.list
    }
}

impl fmt::Display for Complaints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for complaint in &self.list {
            writeln!(f, "{complaint}")?;
        }
        let errors = self.list.iter().filter(|c| c.severity == Severity::Error).count();
        let warnings = self.list.len() - errors;
        write!(f, "{}", counted(errors, "error"))?;
        if warnings > 0 {
            write!(f, ", {}", counted(warnings, "warning"))?;
        }
        if self.unsaid > 0 {
            write!(f, ", and {} more", self.unsaid)?;
        }
        if let Some(first) = self.list.first() {
            write!(f, " in {}", visible(&first.file))?;
        }
        Ok(())
    }
}

fn counted(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}
