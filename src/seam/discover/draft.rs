//! A source of a proposed seam, as release.toml will say it.

use std::fmt::Write as _;

/// The keys of a source but for its repository, in the order in which they are written.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Draft(Vec<(&'static str, Said)>);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Said {
    Text(String),
    True,
}

impl Draft {
    /// A source that reads one file.
    pub(super) fn file(path: &str) -> Self {
        Self::default().with("file", path)
    }

    /// A source that reads all files beside a file that have its ending; the file alone where it has none.
    pub(super) fn beside(path: &str) -> Self {
        let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
        let is_plain = |text: &str| !text.contains(['*', '?', '{', '}', ',']);
        match name.rsplit_once('.') {
            Some((stem, ending)) if !stem.is_empty() && is_plain(path) => {
                let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
                Self::default().with("files", &format!("{folder}*.{ending}"))
            }
            _ => Self::file(path),
        }
    }

    /// The same with one key more.
    pub(super) fn with(mut self, key: &'static str, text: &str) -> Self {
        self.0.push((key, Said::Text(text.to_owned())));
        self
    }

    /// The same with one key more that says yes.
    pub(super) fn yes(mut self, key: &'static str) -> Self {
        self.0.push((key, Said::True));
        self
    }

    /// The same with another pattern.
    pub(super) fn with_regex(&self, pattern: &str) -> Self {
        let kept = self.0.iter().filter(|(key, _)| *key != "regex").cloned().collect();
        Self(kept).with("regex", pattern)
    }

    /// The inline table.
    pub(super) fn toml(&self, repo: &str) -> String {
        let mut table = format!("{{ repo = {}", quoted(repo));
        for (key, said) in &self.0 {
            let value = match said {
                Said::Text(text) => quoted(text),
                Said::True => "true".to_owned(),
            };
            // writing to a String can't fail
            let _ = write!(table, ", {key} = {value}");
        }
        table + " }"
    }
}

/// A text as TOML writes it: literally where backslashes would have to be doubled.
pub(super) fn quoted(text: &str) -> String {
    let is_literal = text.contains(['\\', '"']) && !text.contains('\'') && !text.chars().any(char::is_control);
    if is_literal { format!("'{text}'") } else { toml_edit::Value::from(text).to_string() }
}

/// Names as alternatives of a pattern.
pub(super) fn alternatives<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(regex::escape).collect::<Vec<_>>().join("|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_written_as_a_person_would() {
        let draft = Draft::beside("templates/a.txt.j2").with("regex", r"\bteam\.(\w+)");
        assert_eq!(
            draft.toml("notifier"),
            r#"{ repo = "notifier", files = "templates/*.j2", regex = '\bteam\.(\w+)' }"#
        );
        assert_eq!(Draft::beside("Makefile").toml("a"), r#"{ repo = "a", file = "Makefile" }"#);
        assert_eq!(Draft::beside(".env").toml("a"), r#"{ repo = "a", file = ".env" }"#);
        for text in ["plain", "it's \"both\" \\ and\ttabs", "'", "a\\b", "ü\u{202e}"] {
            let parsed: toml::Table = toml::from_str(&format!("x = {}", quoted(text))).unwrap();
            assert_eq!(parsed["x"].as_str(), Some(text));
        }
    }
}
