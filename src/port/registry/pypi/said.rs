//! What pip, uv and twine print: what a publisher's complaint means, and what a resolver's answer says.

use super::version::canonical;
use crate::port::clock::now_ms;
use crate::port::registry::address::told as plain;
use crate::port::registry::later::told;
use crate::port::registry::words::last;
use crate::port::registry::{Asked, Complaint, Resolution};

/// What a publisher's output means beyond its words.
pub(super) fn complaint(output: &str) -> Option<Complaint> {
    // twine breaks its lines where the terminal would end
    let flat = output.split_whitespace().collect::<Vec<_>>().join(" ");
    let has = |words: &[&str]| words.iter().any(|words| flat.contains(words));
    let status = |code: &str| {
        has(&[&format!("HTTPError: {code} "), &format!("status code {code}"), &format!("{code} Client Error")])
    };
    let means = |words: &str| Some(Complaint::Means(words.to_owned()));
    if status("429") || has(&["429 Too Many Requests", "Too many new projects created"]) {
        return Some(Complaint::Limited { after: told(output, now_ms()) });
    }
    if has(&[
        "filename was previously used",
        "filename has already been used, use a different",
        "Filename cannot be reused",
    ]) {
        return means("a file of this name was there and was deleted: its name is used up; bump and freeze again");
    }
    // Warehouse, pypiserver, devpi, Artifact Registry
    let there =
        ["File already exists", "already exists!", "already exists in non-volatile index", "entity already exists"];
    if has(&there) || status("409") || (flat.contains("A file named") && flat.contains("already exists")) {
        return Some(Complaint::AlreadyThere);
    }
    if status("401") {
        return means("the index doesn't know who uploads: the token is missing, mistyped or expired");
    }
    if status("403") {
        return means(
            "the token is invalid, or it may not upload this project: check its scope and that it isn't expired",
        );
    }
    if flat.contains("HTTPError: 400 Bad Request") && flat.trim_end().ends_with("Bad Request") {
        return means("the index doesn't say why; pypiserver answers so to a file that it has: `--verbose` tells more");
    }
    None
}

/// What `pip index versions` says of a version.
pub(super) fn of_pip_index(code: i32, output: &str, asked: Asked<'_>) -> Resolution {
    let listed = output.lines().find_map(|line| line.trim().strip_prefix("Available versions:"));
    if let Some(listed) = listed {
        let ours = |found: &&str| canonical(found) == canonical(asked.version);
        if listed.split(',').map(str::trim).any(|found| ours(&found)) {
            return Resolution::Resolved { evidence: format!("pip finds {} {}", asked.name, asked.version) };
        }
    }
    if let Some(why) = off_limits(output, asked) {
        return Resolution::Unknown { why };
    }
    match listed {
        Some(listed) => Resolution::NotYet { detail: format!("pip finds of {}:{}", asked.name, shortened(listed)) },
        None => not_found(code, output),
    }
}

/// What `pip download` says of a version.
pub(super) fn of_pip_download(code: i32, output: &str, asked: Asked<'_>) -> Resolution {
    if code == 0 {
        return Resolution::Resolved { evidence: format!("pip downloads {} {}", asked.name, asked.version) };
    }
    match off_limits(output, asked) {
        Some(why) => Resolution::Unknown { why },
        None => not_found(code, output),
    }
}

fn not_found(code: i32, output: &str) -> Resolution {
    // pip says the same of an index that fails, and tells of the failure only in passing
    let failed = |line: &&str| {
        let missing = line.contains("404 Client Error") || line.contains("410 Client Error");
        (line.contains("Could not fetch URL") && !missing) || line.contains("connection broken by")
    };
    if let Some(failure) = output.lines().find(failed) {
        return Resolution::Unknown { why: format!("pip can't ask the index: {}", plain(failure)) };
    }
    match output.lines().rev().find(|line| line.contains("No matching distribution found")) {
        Some(line) => Resolution::NotYet { detail: plain(line.trim().trim_start_matches("ERROR: ")) },
        None => Resolution::Unknown { why: format!("pip ended with {code}: {}", plain(last(output))) },
    }
}

/// A version that is there, but not for the Python that was asked.
fn off_limits(output: &str, asked: Asked<'_>) -> Option<String> {
    let line = output.lines().find(|line| line.contains("require a different python version"))?;
    let names_ours = line.split([' ', ';', ',']).any(|word| canonical(word) == canonical(asked.version));
    names_ours.then(|| format!("this machine's Python may not install it: {}", line.trim()))
}

/// What `uv pip compile` says of a version.
pub(super) fn of_uv(code: i32, output: &str, asked: Asked<'_>) -> Resolution {
    let flat = output.split_whitespace().collect::<Vec<_>>().join(" ");
    if code == 0 {
        return Resolution::Resolved { evidence: format!("uv resolves {} {}", asked.name, asked.version) };
    }
    // a source distribution that can't be read without building it was found all the same
    let only_source = ["building from source is disabled", "building source distributions is disabled"];
    if only_source.iter().any(|words| flat.contains(words)) {
        let evidence = format!("uv finds {} {} as a source distribution, not built here", asked.name, asked.version);
        return Resolution::Resolved { evidence };
    }
    let absent = ["there is no version of", "was not found in the package registry", "not found in the registry"];
    if absent.iter().any(|words| flat.contains(words)) {
        let cause = output.lines().map(|line| line.trim().trim_start_matches(['╰', '─', '▶', '×', ' ']));
        let cause = cause.into_iter().find(|line| absent.iter().any(|words| line.contains(words)));
        return Resolution::NotYet { detail: cause.unwrap_or("uv finds no such version").to_owned() };
    }
    Resolution::Unknown { why: format!("uv ended with {code}: {}", plain(last(output))) }
}

fn shortened(listed: &str) -> String {
    let several: Vec<&str> = listed.split(',').take(5).collect();
    several.join(",")
}

#[cfg(test)]
mod tests;
