//! Names of files with wildcards: `*` and `?` within a folder, `**` across folders, `{a,b}` for either.

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::pattern::{BadPattern, compiled};

/// The longest one, in characters.
const LONGEST: usize = 300;

/// A path inside a repository with wildcards.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("format" = "glob"))]
pub struct Glob(String);

/// Why a text can't name files.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadGlob {
    /// It names nothing.
    #[error("a path can't be empty")]
    Empty,
    /// It is over [`LONGEST`].
    #[error("a path with wildcards has at most {LONGEST} characters")]
    TooLong,
    /// It leads out of the repository.
    #[error("a path stays inside the repository: leave out the leading '/' and every '..'")]
    Outside,
    /// A `{` without its `}`, or one in another.
    #[error("the braces don't match: write {{a,b}}, not one in another")]
    Braces,
    /// It compiles to too much.
    #[error(transparent)]
    Pattern(#[from] BadPattern),
}

impl Glob {
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folder that no wildcard stands in, with its `/`; empty for the root.
    pub fn folder(&self) -> &str {
        let plain = self.0.find(['*', '?', '{']).unwrap_or(self.0.len());
        let end = self.0.get(..plain).and_then(|text| text.rfind('/')).map_or(0, |at| at + 1);
        self.0.get(..end).unwrap_or_default()
    }

    /// What tells whether a path is meant.
    pub fn matcher(&self) -> Result<Regex, BadGlob> {
        Ok(compiled(&translated(&self.0)?)?)
    }

    /// What tells whether files below a folder, named without its `/`, may be meant.
    pub fn leads(&self) -> Result<Regex, BadGlob> {
        let (mut parts, mut inside) = (Vec::new(), false);
        for (at, c) in self.0.char_indices() {
            let before = self.0.get(..at).unwrap_or_default();
            match c {
                '{' => inside = true,
                '}' => inside = false,
                // what a brace chooses may hold folders of its own: all that begins like it leads on
                '/' if inside => {
                    let plain = before.rfind('{').and_then(|open| before.get(..open)).unwrap_or_default();
                    parts.push(format!("{}.*", opened(&translated(plain)?)));
                }
                '*' if before.ends_with('*') => parts.push(opened(&translated(&format!("{before}*"))?).to_owned()),
                '/' => parts.push(opened(&translated(before)?).to_owned()),
                _ => {}
            }
        }
        // without a folder of its own it leads nowhere
        let none = if parts.is_empty() { r"[^\s\S]" } else { "" };
        Ok(compiled(&format!(r"(?s)\A(?:{none}{})\z", parts.join("|")))?)
    }
}

const OPENS: &str = r"(?s)\A";
const CLOSES: &str = r"\z";

/// A translated glob without what ties it to both ends.
fn opened(pattern: &str) -> &str {
    let pattern = pattern.strip_prefix(OPENS).unwrap_or(pattern);
    pattern.strip_suffix(CLOSES).unwrap_or(pattern)
}

fn translated(glob: &str) -> Result<String, BadGlob> {
    // a name may hold a line break
    let mut pattern = String::from(OPENS);
    let mut rest = glob.chars().peekable();
    let mut inside = false;
    while let Some(c) = rest.next() {
        match c {
            '*' if rest.peek() == Some(&'*') => {
                rest.next();
                if rest.peek() == Some(&'/') {
                    rest.next();
                    pattern.push_str("(?:.*/)?");
                } else {
                    pattern.push_str(".*");
                }
            }
            '*' => pattern.push_str("[^/]*"),
            '?' => pattern.push_str("[^/]"),
            '{' if inside => return Err(BadGlob::Braces),
            '{' => {
                inside = true;
                pattern.push_str("(?:");
            }
            '}' if inside => {
                inside = false;
                pattern.push(')');
            }
            '}' => return Err(BadGlob::Braces),
            ',' if inside => pattern.push('|'),
            other => pattern.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
        }
    }
    if inside {
        return Err(BadGlob::Braces);
    }
    pattern.push_str(CLOSES);
    Ok(pattern)
}

impl TryFrom<String> for Glob {
    type Error = BadGlob;

    fn try_from(text: String) -> Result<Self, BadGlob> {
        if text.is_empty() {
            return Err(BadGlob::Empty);
        }
        if text.chars().count() > LONGEST {
            return Err(BadGlob::TooLong);
        }
        if text.starts_with('/') || text.contains('\0') || text.split('/').any(|part| part == "..") {
            return Err(BadGlob::Outside);
        }
        let glob = Self(text);
        glob.matcher()?;
        Ok(glob)
    }
}

impl From<Glob> for String {
    fn from(glob: Glob) -> Self {
        glob.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glob(text: &str) -> Result<Glob, BadGlob> {
        Glob::try_from(text.to_owned())
    }

    fn hits(text: &str, path: &str) -> bool {
        glob(text).unwrap().matcher().unwrap().is_match(path)
    }

    #[test]
    fn a_line_break_in_a_name_hides_nothing() {
        for text in ["**", "src/**", "**/*.py", "src/*.py", "src/?.py"] {
            assert!(hits(text, "src/\n.py"), "{text}");
        }
        assert!(hits("src/**/*.py", "src/a\nb/c.py"));
    }

    #[test]
    fn a_folder_leads_on_where_files_below_it_may_be_meant() {
        let leads = |text: &str, folder: &str| glob(text).unwrap().leads().unwrap().is_match(folder);
        for (text, folder) in [
            ("templates/**", "templates"),
            ("templates/**", "templates/mail/en"),
            ("templates/**/*.j2", "templates/mail"),
            ("**/*.py", "a"),
            ("*/x/*.py", "a"),
            ("*/x/*.py", "a/x"),
            ("src/{a/b,c}/*.py", "src/a"),
            ("src/{a,c}/*.py", "src/c"),
        ] {
            assert!(leads(text, folder), "{text} {folder}");
        }
        for (text, folder) in [
            ("templates/*.j2", "templates/mail"),
            ("templates/**/*.j2", "other"),
            ("*.py", "a"),
            ("*/x/*.py", "a/y"),
            ("src/{a,c}/*.py", "src/d"),
        ] {
            assert!(!leads(text, folder), "{text} {folder}");
        }
    }

    #[test]
    fn one_star_stays_in_its_folder_and_two_do_not() {
        assert!(hits("templates/*.j2", "templates/invite.j2"));
        assert!(!hits("templates/*.j2", "templates/mail/invite.j2"));
        assert!(hits("templates/**/*.j2", "templates/mail/invite.j2"));
        assert!(hits("templates/**/*.j2", "templates/invite.j2"));
        assert!(hits("**/*.py", "a.py") && hits("src/**", "src/a/b.c"));
        assert!(!hits("a.py", "axpy") && hits("?.py", "a.py"));
        assert!(hits("src/*.{ts,js}", "src/x.js") && !hits("src/*.{ts,js}", "src/x.go"));
    }

    #[test]
    fn a_path_never_leads_out() {
        assert_eq!(glob("/etc/passwd"), Err(BadGlob::Outside));
        assert_eq!(glob("a/../../b"), Err(BadGlob::Outside));
        assert_eq!(glob("a/{b,{c}}"), Err(BadGlob::Braces));
        assert_eq!(glob(""), Err(BadGlob::Empty));
    }

    #[test]
    fn the_folder_is_what_no_wildcard_stands_in() {
        assert_eq!(glob("proto/v1/*.proto").unwrap().folder(), "proto/v1/");
        assert_eq!(glob("*.proto").unwrap().folder(), "");
        assert_eq!(glob("a/b{c,d}/*").unwrap().folder(), "a/");
    }
}
