//! Takes names and values out of one file: one file here for each way of doing so.

mod digest;
mod number;
mod openapi;
mod pattern;
mod pins;
mod recorded;
mod structured;
#[cfg(test)]
mod tests;

use super::quantity::{Kind, Quantity};
use super::text::{Text, unreadable};
use super::{Found, Item, LARGEST_FILE, MOST_NAMES};
use crate::plan::seam::{Extract, Pattern, Side, Source};
use crate::plan::{Package, RepoName};
use crate::seam::document::{self, Document, Format, Limits};

/// A file as it stands in a repository.
#[derive(Debug, Clone, Copy)]
pub struct File<'a> {
    /// The repository.
    pub repo: &'a RepoName,
    /// The side that the repository is on.
    pub side: Side,
    /// Its path there, or how a command is called that printed it.
    pub path: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// Takes out of a file what a source wants of it; else why that can't be told.
pub fn extract(
    source: &Source,
    what: Extract<'_>,
    file: File<'_>,
    package: Option<&Package>,
) -> Result<Vec<Item>, String> {
    // bytes have a digest, whatever they are
    let unread = if what == Extract::Digest { None } else { unreadable(file.bytes) };
    if let Some(why) = unread {
        return Err(format!("{}: {}: {why}", file.repo, file.path));
    }
    let text = Text::of(file.bytes);
    let found =
        found(source, what, file, &text, package).map_err(|why| format!("{}: {}: {why}", file.repo, file.path))?;
    if found.len() > MOST_NAMES {
        let count = found.len();
        return Err(format!(
            "{}: {} gives {count} names; at most {MOST_NAMES} are held together: narrow it",
            file.repo, file.path
        ));
    }
    let item = |found: Found| Item {
        quoted: text.quoted(found.line),
        text: with_unit(source, found.text),
        repo: file.repo.clone(),
        file: file.path.to_owned(),
        line: found.line,
    };
    Ok(found.into_iter().map(item).collect())
}

/// A bare number in the unit that the source says it has.
fn with_unit(source: &Source, text: String) -> String {
    let bare = Quantity::read(&text, None).filter(|number| number.kind == Kind::Number);
    match (source.unit, bare) {
        (Some(unit), Some(number)) => format!("{number}{}", unit.word()),
        (Some(_), None) | (None, _) => text,
    }
}

fn found(
    source: &Source,
    what: Extract<'_>,
    file: File<'_>,
    text: &Text<'_>,
    package: Option<&Package>,
) -> Result<Vec<Found>, String> {
    match what {
        Extract::Regex(pattern) => Ok(pattern::found(pattern, text)),
        Extract::Text(literal) => {
            let literal = Pattern::literal(literal).map_err(|bad| bad.to_string())?;
            Ok(pattern::found(&literal, text))
        }
        Extract::Number(name) => number::found(name, text, file.path),
        Extract::Pointer { pointer, keys } => structured::at(&read(file)?, pointer, keys),
        Extract::JsonPath { path, keys } => structured::along(&read(file)?, path, keys),
        Extract::OpenApi(part) => openapi::found(&read(file)?, source, part, file.side),
        Extract::Recorded(pointer) => recorded::found(&read(file)?, pointer),
        Extract::Digest => Ok(digest::found(source, file)),
        Extract::Publishes => Ok(pins::published(package.ok_or("its version isn't known")?, text)),
        Extract::Pins(_) => pins::found(file.path, text.as_str(), package.ok_or("what it publishes isn't known")?),
        Extract::Lines => Ok(pattern::lines(text)),
        Extract::Whole(_) => Err("it is compared as a whole".to_owned()),
    }
}

/// Reads a document by the name of its file; what has no telling name is read as YAML, which JSON is as well.
fn read(file: File<'_>) -> Result<Document, String> {
    let limits = Limits { bytes: LARGEST_FILE, ..Limits::default() };
    let format = Format::of(file.path).unwrap_or(Format::Yaml);
    document::read_as(format, file.bytes, &limits).map_err(|fault| fault.to_string())
}
