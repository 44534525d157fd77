//! Turns a consumer's reference into a published version, in the text of its manifest: the one reference is edited in place, and
//! everything else stays byte for byte. What is written too cleverly to be understood is refused, never guessed.
//!
//! A manifest more is one file here and one line in the table. Knows no lock file, no registry and no repository.

mod cargo;
mod edit;
mod gemfile;
mod json;
mod package_json;
pub(in crate::plan) mod pep508;
mod pyproject;
mod requirements;
#[cfg(test)]
mod tests;
mod toml;

use self::edit::{Edit, line_of};

/// What a reference becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct To<'a> {
    /// The package's name, as its registry knows it.
    pub name: &'a str,
    /// The version.
    pub version: &'a str,
    /// The registry's name where it isn't the ecosystem's own, for manifests that must say so.
    pub registry: Option<&'a str>,
}

/// A manifest that names the version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pinned {
    /// Its text.
    pub text: String,
    /// What was written before and isn't any more; empty if it was pinned already.
    pub replaced: Vec<Reference>,
}

/// A reference as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Its line, from 1.
    pub line: usize,
    /// What stood there, without breaks.
    pub written: String,
}

/// Why a manifest can't be made to name a version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unpinnable {
    /// Its name tells no format.
    #[error(
        "{0} is no manifest that can be pinned: name a package.json, Cargo.toml, pyproject.toml, requirements file or Gemfile"
    )]
    UnknownManifest(String),
    /// Its text isn't what its name promises.
    #[error("{file} can't be read: {because}")]
    Unreadable {
        /// The file.
        file: String,
        /// What the parser said.
        because: String,
    },
    /// Nothing in it refers to the package.
    #[error("{file} doesn't mention {name}: correct `manifest` in the plan, or drop the pin")]
    NotMentioned {
        /// The file.
        file: String,
        /// The package.
        name: String,
    },
    /// A reference that isn't understood.
    #[error("{file}:{line}: {because}: write {write}")]
    TooClever {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is in the way.
        because: String,
        /// What to write instead.
        write: String,
    },
    /// A name or a version that no manifest could hold as it is.
    #[error("{0:?} can't be written to a manifest: names and versions hold no quotes, spaces or control characters")]
    Implausible(String),
}

/// What a format finds in a text.
#[derive(Debug, Default)]
struct Found {
    edits: Vec<Edit>,
    /// How many places name the version once the edits are made.
    places: usize,
}

/// Why a format gives up.
#[derive(Debug)]
enum Odd {
    Unreadable(String),
    TooClever { at: usize, because: String, write: String },
}

impl Odd {
    fn at(at: usize, because: impl Into<String>, write: impl Into<String>) -> Self {
        Self::TooClever { at, because: because.into(), write: write.into() }
    }
}

/// One manifest's format.
trait Format: Sync {
    /// Whether a file of this name (without its folder) is one.
    fn is(&self, file: &str) -> bool;

    /// What is to be changed.
    fn find(&self, text: &str, to: To<'_>) -> Result<Found, Odd>;

    /// All that decides which version is installed, beyond what is to be changed.
    fn find_all(&self, text: &str, to: To<'_>) -> Result<Found, Odd> {
        self.find(text, to)
    }

    /// The names of the lock files that may lie beside such a manifest or above it.
    fn locks(&self, file: &str) -> Vec<String>;
}

const FORMATS: [&dyn Format; 5] = [
    &package_json::PackageJson,
    &cargo::CargoToml,
    &pyproject::Pyproject,
    &gemfile::Gemfile,
    &requirements::Requirements,
];

fn format_of(file: &str) -> Result<(&'static dyn Format, &str), Unpinnable> {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let format = FORMATS.into_iter().find(|format| format.is(name));
    format.map(|format| (format, name)).ok_or_else(|| Unpinnable::UnknownManifest(file.to_owned()))
}

/// The names of the lock files that may belong to a manifest.
pub fn locks_of(file: &str) -> Result<Vec<String>, Unpinnable> {
    let (format, name) = format_of(file)?;
    Ok(format.locks(name))
}

/// A version that nothing pins, so that every reference counts as another one.
const NEVER: &str = "0.0.0-0.never";

/// Every reference to a package as it is written, with what overrides it.
pub fn references(file: &str, text: &str, name: &str) -> Result<Vec<Reference>, Unpinnable> {
    let to = To { name, version: NEVER, registry: None };
    let (_, body, found) = found(file, text, to, |format, body| format.find_all(body, to))?;
    Ok(found.edits.iter().filter_map(|edit| edit.reference(body)).collect())
}

/// Makes a manifest name a version. Pinning twice changes nothing.
pub fn pin(file: &str, text: &str, to: To<'_>) -> Result<Pinned, Unpinnable> {
    let (mark, body, found) = found(file, text, to, |format, body| format.find(body, to))?;
    let replaced = found.edits.iter().filter_map(|edit| edit.reference(body)).collect();
    let text = edit::applied(body, found.edits);
    let text = text.map_err(|because| Unpinnable::Unreadable { file: file.to_owned(), because })?;
    Ok(Pinned { text: format!("{mark}{text}"), replaced })
}

/// What a format finds, with the mark at the beginning of the text and the text without it.
fn found<'t>(
    file: &str,
    text: &'t str,
    to: To<'_>,
    find: impl Fn(&dyn Format, &str) -> Result<Found, Odd>,
) -> Result<(&'static str, &'t str, Found), Unpinnable> {
    let (format, _) = format_of(file)?;
    for word in [Some(to.name), Some(to.version), to.registry].into_iter().flatten() {
        if !is_plain(word) {
            return Err(Unpinnable::Implausible(word.to_owned()));
        }
    }
    // a mark at the beginning isn't part of any format
    let (mark, body) = text.strip_prefix('\u{feff}').map_or(("", text), |body| ("\u{feff}", body));
    let found = find(format, body).map_err(|odd| match odd {
        Odd::Unreadable(because) => Unpinnable::Unreadable { file: file.to_owned(), because },
        Odd::TooClever { at, because, write } => {
            Unpinnable::TooClever { file: file.to_owned(), line: line_of(body, at), because, write }
        }
    })?;
    if found.places == 0 {
        return Err(Unpinnable::NotMentioned { file: file.to_owned(), name: to.name.to_owned() });
    }
    Ok((mark, body, found))
}

fn is_plain(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "@/._-+~!".contains(c))
}
