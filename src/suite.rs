//! What suites of tests report, and what that proves: each required flow there, run and passed; no tests is a failure.
//! Pure: it is given bytes and says what they mean. It starts nothing, reads no file, and never looks at an exit status.

pub mod coverage;
pub mod junit;
pub mod playwright;
pub mod record;
pub mod verdict;

pub use coverage::Matrix;
pub use record::{Counts, Item, Record};
pub use verdict::{Verdict, judge};

/// What reports say, before anything is made of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// When the run began by its own clock, in milliseconds since 1970; none where the report doesn't say.
    pub began: Option<i64>,
    /// The tests, each once for each project that it belongs to.
    pub tests: Vec<Test>,
    /// What went wrong outside of tests.
    pub errors: Vec<String>,
}

/// One test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    /// The project or browser it ran in; empty where there is but one.
    pub project: String,
    /// The titles of the suites round it, the file first.
    pub around: Vec<String>,
    /// Its own title.
    pub title: String,
    /// Its tags, without the `@`.
    pub tags: Vec<String>,
    /// Names that it was given for checklists.
    pub names: Vec<String>,
    /// How it went.
    pub verdict: Verdict,
    /// Why it isn't a pass, in its own words.
    pub why: String,
}

/// Bytes that are no report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAReport {
    /// There is nothing in it.
    #[error("the report is empty: the run was ended before it could write one")]
    Empty,
    /// It ends in the middle.
    #[error("the report is cut off in the middle ({0}): the run was ended while it wrote it")]
    CutOff(String),
    /// It is something else.
    #[error("it is no {format} report: {why}")]
    Other {
        /// What was expected.
        format: &'static str,
        /// What is there instead.
        why: String,
    },
    /// It is larger than anything that is a report.
    #[error("it has more than {most} {what}: that is more than is read")]
    TooLarge {
        /// The limit.
        most: usize,
        /// Of what.
        what: &'static str,
    },
}

/// The most tests of a run.
pub const MAX_TESTS: usize = 50_000;
/// The most bytes of a title or an error that are kept.
const MAX_TEXT: usize = 200;

/// A text as it is kept: its first line with something on it, without what moves a cursor, not too long.
fn plain(text: &str) -> String {
    let text = strip_ansi_escapes::strip_str(text);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    cut(line, MAX_TEXT)
}

/// At most so many bytes and an ellipsis, which says that there were more.
fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = text.char_indices().map(|(at, _)| at).take_while(|at| *at <= most).last().unwrap_or_default();
    format!("{}…", text.get(..end).unwrap_or_default())
}

/// The `@words` of a text, without their `@`.
fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace().filter_map(|word| word.strip_prefix('@')).filter(|word| !word.is_empty())
}
