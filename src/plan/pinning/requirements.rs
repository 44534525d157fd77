//! Requirements files, as pip, pip-tools and uv read them.

use std::ops::Range;

use super::edit::Edit;
use super::pep508::{Requirement, is_same};
use super::{Format, Found, Odd, To};

pub(super) struct Requirements;

impl Format for Requirements {
    fn is(&self, file: &str) -> bool {
        matches!(file.rsplit_once('.'), Some((_, "txt" | "in")))
    }

    fn locks(&self, file: &str) -> Vec<String> {
        file.strip_suffix(".in").map(|stem| format!("{stem}.txt")).into_iter().collect()
    }

    fn find(&self, text: &str, to: To<'_>) -> Result<Found, Odd> {
        let mut found = Found::default();
        let mut nameless = None;
        for line in logical_lines(text) {
            let Some(body) = body(text, line) else { continue };
            let raw = text.get(body.clone()).unwrap_or_default();
            match pinned(raw, to) {
                Pinning::Another => {}
                Pinning::Nameless => nameless = nameless.or(Some(body.start)),
                Pinning::Done => found.places += 1,
                Pinning::To(with) => {
                    found.places += 1;
                    found.edits.push(Edit::reference_at(body, with));
                }
            }
        }
        match nameless {
            Some(at) if found.places == 0 => {
                let because = format!("this may be {}, but it doesn't say its name", to.name);
                Err(Odd::at(at, because, format!("{}=={}", to.name, to.version)))
            }
            Some(_) | None => Ok(found),
        }
    }
}

/// Lines, with those that a backslash joins taken as one; without their ends.
fn logical_lines(text: &str) -> Vec<Range<usize>> {
    let (mut lines, mut start, mut at) = (Vec::new(), None, 0);
    for line in text.split_inclusive('\n') {
        let plain = line.trim_end_matches(['\n', '\r']);
        let from = *start.get_or_insert(at);
        if !plain.ends_with('\\') || plain.trim_start().starts_with('#') {
            lines.push(from..at + plain.len());
            start = None;
        }
        at += line.len();
    }
    lines.extend(start.map(|start| start..text.len()));
    lines
}

/// A line's range without what surrounds it and its comment.
fn body(text: &str, line: Range<usize>) -> Option<Range<usize>> {
    let raw = text.get(line.clone())?;
    let mut end = raw.len();
    for (at, _) in raw.match_indices('#') {
        if raw.get(..at).is_some_and(|before| before.is_empty() || before.ends_with(char::is_whitespace)) {
            end = at;
            break;
        }
    }
    let body = raw.get(..end)?;
    let start = body.len() - body.trim_start().len();
    let body = body.trim();
    (!body.is_empty()).then(|| line.start + start..line.start + start + body.len())
}

enum Pinning {
    Another,
    /// An address or a path that names no package.
    Nameless,
    Done,
    To(String),
}

fn pinned(raw: &str, to: To<'_>) -> Pinning {
    let editable = ["-e ", "-e\t", "--editable ", "--editable="].iter().find_map(|flag| raw.strip_prefix(flag));
    let target = editable.unwrap_or(raw).trim();
    if editable.is_none() && raw.starts_with('-') {
        return Pinning::Another;
    }
    let (core, options) = match options_at(target) {
        Some(at) => target.split_at(at),
        None => (target, ""),
    };
    let core = core.trim_end_matches(|c: char| c.is_whitespace() || c == '\\');
    if let Some(requirement) = Requirement::of(core).filter(|_| !is_address(core)) {
        if !is_same(requirement.name, to.name) {
            return Pinning::Another;
        }
        return match requirement.pinned(to) {
            None if editable.is_none() => Pinning::Done,
            None => Pinning::To(core.to_owned()),
            // hashes were those of something else
            Some(pinned) => Pinning::To(format!("{pinned}{}", unhashed(options))),
        };
    }
    let (address, marker) = core.split_at(core.find(" ;").unwrap_or(core.len()));
    let egg = address
        .split_once('#')
        .and_then(|(_, fragment)| fragment.split('&').find_map(|part| part.strip_prefix("egg=")));
    match egg.and_then(Requirement::of) {
        Some(egg) if is_same(egg.name, to.name) => {
            let pinned = egg.pinned(to).unwrap_or_default();
            Pinning::To(format!("{pinned}{marker}"))
        }
        Some(_) => Pinning::Another,
        None => Pinning::Nameless,
    }
}

/// Where options of a requirement begin.
fn options_at(text: &str) -> Option<usize> {
    let found =
        text.match_indices("--").find(|(at, _)| text.get(..*at).is_some_and(|b| b.ends_with(char::is_whitespace)));
    found.map(|(at, _)| at)
}

fn unhashed(options: &str) -> String {
    let words: Vec<&str> = options.split_whitespace().filter(|word| *word != "\\").collect();
    let mut kept = String::new();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        if word == "--hash" {
            words.next();
        } else if !word.starts_with("--hash=") {
            kept.push(' ');
            kept.push_str(word);
        }
    }
    kept
}

/// Whether a text is an address or a path, and no requirement.
fn is_address(text: &str) -> bool {
    let first = text.split(['@', ' ', '\t']).next().unwrap_or(text).to_ascii_lowercase();
    let archive = [".whl", ".tar.gz", ".zip"].iter().any(|ending| first.ends_with(ending));
    archive || first.contains('/') || first.starts_with(['.', '~']) || first.starts_with("file:")
}
