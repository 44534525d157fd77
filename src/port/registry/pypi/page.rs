//! A project's page of the simple repository API, as JSON (PEP 691) or as HTML (PEP 503, 592): what it is, its body says.
//! Asks nobody.

use serde::Deserialize;

use super::names::{is_distribution, is_of};
use super::tags::{Tag, tags};
use crate::plan::Digest;
use crate::port::registry::address::{decoded, linked};
use crate::port::registry::{Asked, File, Hash, Version};

/// A page, read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Page {
    files: Vec<Listed>,
    status: Option<String>,
}

#[derive(Debug, PartialEq, Eq)]
struct Listed {
    file: File,
    yanked: Option<String>,
}

#[derive(Deserialize)]
struct Document {
    files: Vec<DocumentFile>,
    #[serde(default, rename = "project-status")]
    status: Option<Status>,
}

#[derive(Deserialize)]
struct Status {
    #[serde(default)]
    status: Option<String>,
}

#[derive(Deserialize)]
struct DocumentFile {
    filename: String,
    url: String,
    #[serde(default)]
    hashes: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    yanked: Yanked,
}

#[derive(Deserialize, Default)]
#[serde(untagged)]
enum Yanked {
    Because(String),
    Plainly(bool),
    #[default]
    Unsaid,
}

impl Page {
    /// Reads a page that was found at an address; an error says what came instead.
    pub(super) fn read(body: &[u8], address: &str) -> Result<Self, String> {
        match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'{') => Self::json(body, address),
            Some(b'<') => Self::html(&String::from_utf8_lossy(body), address),
            Some(_) => Err("it answers with neither JSON nor a web page".to_owned()),
            None => Err("it answers with nothing".to_owned()),
        }
    }

    fn json(body: &[u8], address: &str) -> Result<Self, String> {
        let document: Document = serde_json::from_slice(body)
            .map_err(|error| format!("it answers with JSON that is no page of the simple API: {error}"))?;
        let files = document.files.into_iter().map(|listed| {
            let digests = listed.hashes.get("sha256").and_then(|digits| sha256(digits)).into_iter().collect();
            let yanked = match listed.yanked {
                Yanked::Because(why) => Some(why),
                Yanked::Plainly(true) => Some(String::new()),
                Yanked::Plainly(false) | Yanked::Unsaid => None,
            };
            Listed { file: File { name: listed.filename, digests, url: linked(address, &listed.url) }, yanked }
        });
        Ok(Self { files: files.collect(), status: document.status.and_then(|status| status.status) })
    }

    fn html(text: &str, address: &str) -> Result<Self, String> {
        let tags = tags(text);
        let mut files = Vec::new();
        for anchor in tags.iter().filter(|tag| tag.name == "a") {
            let Some(link) = anchor.get("href") else { continue };
            let (path, fragment) = link.split_once('#').unwrap_or((link, ""));
            let path = path.split('?').next().unwrap_or_default();
            let name = decoded(path.rsplit('/').next().unwrap_or_default());
            if !is_distribution(&name) {
                continue;
            }
            let digests = fragment.strip_prefix("sha256=").and_then(sha256).into_iter().collect();
            let yanked = anchor.get("data-yanked").map(str::to_owned);
            files.push(Listed { file: File { name, digests, url: linked(address, link) }, yanked });
        }
        if files.is_empty() && !is_index(&tags) {
            return Err(
                "it answers with a web page that is no package index: is it the simple API's address?".to_owned()
            );
        }
        let status = tags.iter().find(|tag| tag.get("name") == Some("pypi:project-status"));
        Ok(Self { files, status: status.and_then(|tag| tag.get("content")).map(str::to_owned) })
    }

    /// What the page lists of a version, if anything. Withdrawn is what has no file left that wasn't yanked.
    pub(super) fn version(&self, asked: Asked<'_>) -> Option<Version> {
        let ours: Vec<&Listed> =
            self.files.iter().filter(|listed| is_of(&listed.file.name, asked.name, asked.version)).collect();
        if ours.is_empty() {
            return None;
        }
        let mut reasons = ours.iter().filter_map(|listed| listed.yanked.as_deref()).filter(|why| !why.is_empty());
        let withdrawn = ours.iter().all(|listed| listed.yanked.is_some()).then(|| match reasons.next() {
            Some(why) => format!("yanked: {why}"),
            None => "yanked".to_owned(),
        });
        Some(Version { files: ours.into_iter().map(|listed| listed.file.clone()).collect(), withdrawn })
    }

    /// Whether the index keeps the project's files back until somebody looked at them (PEP 792).
    pub(super) fn is_quarantined(&self) -> bool {
        self.status.as_deref() == Some("quarantined")
    }
}

/// Whether a page without files is an index all the same, and no login form or front page.
fn is_index(tags: &[Tag]) -> bool {
    let says_so = tags.iter().any(|tag| tag.name == "meta" && tag.get("name") == Some("pypi:repository-version"));
    let is_for_people = tags.iter().any(|tag| matches!(tag.name.as_str(), "form" | "script" | "input" | "iframe"));
    says_so || !is_for_people
}

fn sha256(digits: &str) -> Option<Hash> {
    digits.to_ascii_lowercase().parse::<Digest>().ok().map(Hash::Sha256)
}

#[cfg(test)]
mod tests;
