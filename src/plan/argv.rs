//! Commands as lists of arguments, never as shell lines, with template words that are filled from checked facts.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A program and its arguments, as written in release.toml: template words such as `{sha}` still stand in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
#[schemars(with = "Vec<String>", extend("format" = "argv", "minItems" = 1))]
pub struct Argv(Vec<String>);

/// Why a list of arguments can't be a command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArgvError {
    /// No program was named.
    #[error("a command needs at least a program")]
    Empty,
    /// An argument holds a NUL byte, which no system call takes.
    #[error("argument {0} holds a NUL byte")]
    Nul(usize),
    /// A word in braces that this build doesn't know.
    #[error("{{{0}}} is not a template word: use one of {list}", list = WORDS.map(|w| format!("{{{w}}}")).join(" "))]
    UnknownWord(String),
}

/// A template word stands in the command, but nothing is known to fill it with here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{{{0}}} has no value here")]
pub struct Unfilled(pub String);

/// Every template word.
pub const WORDS: [&str; 9] =
    ["sha", "version", "package", "repo", "worktree", "artifact", "flag.state", "release", "context"];

/// Values for template words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words(Vec<(&'static str, String)>);

impl Words {
    /// Adds a value; the last one given for a word counts.
    #[must_use]
    pub fn with(mut self, word: &'static str, value: impl Into<String>) -> Self {
        self.0.push((word, value.into()));
        self
    }

    /// The same words with each value written as it must be where it goes.
    #[must_use]
    pub fn written(self, how: impl Fn(&str) -> String) -> Self {
        Self(self.0.into_iter().map(|(word, value)| (word, how(&value))).collect())
    }

    /// A text with every known word filled in.
    pub fn fill_text(&self, text: &str) -> String {
        fill(text, self, |word| Ok(format!("{{{word}}}"))).unwrap_or_default()
    }

    fn value(&self, word: &str) -> Option<&str> {
        self.0.iter().rev().find(|(name, _)| *name == word).map(|(_, value)| value.as_str())
    }
}

/// A piece of an argument: text, or a template word.
enum Piece<'a> {
    Text(&'a str),
    Word(&'a str),
}

/// Splits at `{word}`; braces round anything but a plausible word stay text, so that JSON in an argument is left alone.
fn pieces(argument: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = argument;
    while let Some((before, after)) = rest.split_once('{') {
        let word = after
            .split_once('}')
            .filter(|(w, _)| !w.is_empty() && w.chars().all(|c| c.is_ascii_lowercase() || c == '.' || c == '_'));
        if let Some((word, after)) = word {
            found.push(Piece::Text(before));
            found.push(Piece::Word(word));
            rest = after;
        } else {
            let (kept, after) = rest.split_at(before.len() + 1);
            found.push(Piece::Text(kept));
            rest = after;
        }
    }
    found.push(Piece::Text(rest));
    found
}

impl Argv {
    /// The arguments as written.
    pub fn as_written(&self) -> &[String] {
        &self.0
    }

    /// Whether a template word stands in it.
    pub fn names(&self, word: &str) -> bool {
        self.0.iter().flat_map(|a| pieces(a)).any(|p| matches!(p, Piece::Word(w) if w == word))
    }

    /// Fills every template word; one that has no value is left for [`Argv::fill`] at the time of running.
    #[must_use]
    pub fn fill_known(&self, words: &Words) -> Self {
        Self(
            self.0
                .iter()
                .map(|argument| fill(argument, words, |word| Ok(format!("{{{word}}}"))).unwrap_or_default())
                .collect(),
        )
    }

    /// Fills every template word.
    pub fn fill(&self, words: &Words) -> Result<Vec<String>, Unfilled> {
        self.0.iter().map(|argument| fill(argument, words, |word| Err(Unfilled(word.to_owned())))).collect()
    }
}

fn fill(
    argument: &str,
    words: &Words,
    otherwise: impl Fn(&str) -> Result<String, Unfilled>,
) -> Result<String, Unfilled> {
    let mut filled = String::with_capacity(argument.len());
    for piece in pieces(argument) {
        match piece {
            Piece::Text(text) => filled.push_str(text),
            Piece::Word(word) => match words.value(word) {
                Some(value) => filled.push_str(value),
                None => filled.push_str(&otherwise(word)?),
            },
        }
    }
    Ok(filled)
}

impl TryFrom<Vec<String>> for Argv {
    type Error = ArgvError;

    fn try_from(arguments: Vec<String>) -> Result<Self, ArgvError> {
        if arguments.first().is_none_or(String::is_empty) {
            return Err(ArgvError::Empty);
        }
        if let Some(index) = arguments.iter().position(|a| a.contains('\0')) {
            return Err(ArgvError::Nul(index));
        }
        for argument in &arguments {
            for piece in pieces(argument) {
                if let Piece::Word(word) = piece
                    && !WORDS.contains(&word)
                {
                    return Err(ArgvError::UnknownWord(word.to_owned()));
                }
            }
        }
        Ok(Self(arguments))
    }
}

impl From<Argv> for Vec<String> {
    fn from(argv: Argv) -> Self {
        argv.0
    }
}

impl fmt::Display for Argv {
    /// One line in which arguments with spaces or quotes are quoted as a POSIX shell would need it; for eyes only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, argument) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            let plain = |c: char| c.is_alphanumeric() || "-_./:=@%+,{}".contains(c);
            if !argument.is_empty() && argument.chars().all(plain) {
                f.write_str(argument)?;
            } else {
                write!(f, "'{}'", argument.replace('\'', "'\\''"))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argv(arguments: &[&str]) -> Argv {
        Argv::try_from(arguments.iter().map(|a| (*a).to_owned()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn words_are_filled_and_other_braces_left_alone() {
        let words = Words::default().with("sha", "abc").with("flag.state", "on");
        let command = argv(&["x", "--at={sha}", "{\"a\":{}}", "{flag.state}{sha}"]);
        assert_eq!(command.fill(&words).unwrap(), ["x", "--at=abc", "{\"a\":{}}", "onabc"]);
    }

    #[test]
    fn a_value_is_never_read_as_a_template_again() {
        let words = Words::default().with("version", "{sha}").with("sha", "abc");
        assert_eq!(argv(&["x", "{version}"]).fill(&words).unwrap(), ["x", "{sha}"]);
    }

    #[test]
    fn an_unknown_word_and_an_unfilled_one_are_errors() {
        assert!(matches!(Argv::try_from(vec!["x".to_owned(), "{shaa}".to_owned()]), Err(ArgvError::UnknownWord(_))));
        assert_eq!(argv(&["x", "{sha}"]).fill(&Words::default()), Err(Unfilled("sha".to_owned())));
        assert_eq!(argv(&["x", "{sha}"]).fill_known(&Words::default()), argv(&["x", "{sha}"]));
    }

    #[test]
    fn it_prints_as_a_shell_would_need_it() {
        assert_eq!(argv(&["git", "commit", "-m", "it's done"]).to_string(), r"git commit -m 'it'\''s done'");
    }
}
