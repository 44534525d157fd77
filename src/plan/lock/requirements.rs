//! Requirements with hashes, as `pip-compile --generate-hashes` and `uv pip compile --generate-hashes` write them.

use super::uv::is_same;
use super::{Entry, Format, Proof};
use crate::plan::pinning::pep508::plain;

pub(super) struct Requirements;

impl Format for Requirements {
    fn is(&self, file: &str) -> bool {
        matches!(file.rsplit_once('.'), Some((_, "txt")))
    }

    fn entries(&self, text: &str, name: &str) -> Result<Vec<Entry>, String> {
        let mut entries = Vec::new();
        let mut logical = String::new();
        for line in text.lines() {
            let line = line.trim_end();
            if line.trim_start().starts_with('#') {
                continue;
            }
            if let Some(more) = line.strip_suffix('\\') {
                logical.push_str(more);
                logical.push(' ');
            } else {
                logical.push_str(line);
                entries.extend(entry(&logical, name));
                logical.clear();
            }
        }
        entries.extend(entry(&logical, name));
        Ok(entries)
    }

    fn proof(&self, _text: &str) -> Proof {
        Proof::Required("compile it with --generate-hashes")
    }

    fn is_same(&self, a: &str, b: &str) -> bool {
        is_same(a, b)
    }
}

fn entry(line: &str, name: &str) -> Option<Entry> {
    let line = line.split(" #").next().unwrap_or(line).trim();
    let hash = line.split_whitespace().find_map(|word| word.strip_prefix("--hash=")).map(str::to_owned);
    if let Some((_, fragment)) = line.split_once("#egg=") {
        let egg = fragment.split(['&', '[', ' ']).next().unwrap_or_default();
        return (plain(egg) == plain(name)).then(|| Entry { elsewhere: Some(line.to_owned()), ..Entry::default() });
    }
    let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(line.len());
    let (written, rest) = line.split_at(end);
    if written.is_empty() || plain(written) != plain(name) {
        return None;
    }
    let rest = match rest.trim_start().strip_prefix('[') {
        Some(extras) => extras.split_once(']').map_or("", |(_, rest)| rest),
        None => rest,
    };
    let rest = rest.trim_start();
    if let Some(address) = rest.strip_prefix('@') {
        return Some(Entry { elsewhere: Some(address.trim().to_owned()), ..Entry::default() });
    }
    let version = rest.strip_prefix("==").unwrap_or(rest).split([';', ' ']).find(|part| !part.is_empty());
    Some(Entry { version: version.unwrap_or_default().to_owned(), integrity: hash, elsewhere: None })
}
