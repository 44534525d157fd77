//! Packages in the form `git archive` gives them: a tar whose first record carries the commit it was made from.
//! It writes the ones that were out before the plan got to them, with the bytes that `bin/build` makes of the same commit, and
//! reads the commit back from any of them.
//!
//! Format: POSIX ustar with one pax global header, `comment=<commit>`.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;

use super::history::{Files, executable};
use crate::plan::Sha;

const BLOCK: usize = 512;

/// A package of some files at a commit.
pub(super) fn pack(prefix: &str, files: &Files, commit: &str, at: i64) -> Vec<u8> {
    let mut tar = Vec::new();
    record(&mut tar, "pax_global_header", format!("52 comment={commit}\n").as_bytes(), 'g', 0o666, at);
    let mut folders = BTreeSet::new();
    for (relative, bytes) in files {
        let path = format!("{prefix}/{relative}");
        for (end, _) in path.match_indices('/') {
            let folder = path.get(..=end).unwrap_or_default();
            if folders.insert(folder.to_owned()) {
                record(&mut tar, folder, &[], '5', 0o755, at);
            }
        }
        let mode = if executable(relative, bytes) { 0o755 } else { 0o644 };
        record(&mut tar, &path, bytes, '0', mode, at);
    }
    tar.resize((tar.len() + 2 * BLOCK).next_multiple_of(20 * BLOCK), 0);
    tar
}

/// The commit a package was made from, if it says so.
pub(super) fn commit_of(file: &Path) -> Option<Sha> {
    let mut start = [0; BLOCK + 52];
    std::fs::File::open(file).ok()?.read_exact(&mut start).ok()?;
    if start.get(156) != Some(&b'g') {
        return None;
    }
    let comment = std::str::from_utf8(start.get(BLOCK..)?).ok()?;
    comment.strip_prefix("52 comment=")?.trim_end().parse().ok()
}

fn record(tar: &mut Vec<u8>, path: &str, bytes: &[u8], kind: char, mode: u32, at: i64) {
    let mut header = Vec::with_capacity(BLOCK);
    field(&mut header, path, 100);
    field(&mut header, &format!("{mode:07o}"), 8);
    field(&mut header, "0000000", 8);
    field(&mut header, "0000000", 8);
    field(&mut header, &format!("{:011o}", bytes.len()), 12);
    field(&mut header, &format!("{at:011o}"), 12);
    let checksum_at = header.len();
    field(&mut header, "        ", 8);
    header.push(kind as u8);
    field(&mut header, "", 100);
    field(&mut header, "ustar", 6);
    field(&mut header, "00", 2);
    field(&mut header, "root", 32);
    field(&mut header, "root", 32);
    field(&mut header, "0000000", 8);
    field(&mut header, "0000000", 8);
    header.resize(BLOCK, 0);
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    let digits = format!("{sum:07o}\0");
    if let Some(spot) = header.get_mut(checksum_at..checksum_at + 8) {
        spot.copy_from_slice(digits.as_bytes());
    }
    tar.extend_from_slice(&header);
    tar.extend_from_slice(bytes);
    tar.resize(tar.len().next_multiple_of(BLOCK), 0);
}

/// Appends a text, padded with zeroes to its width.
fn field(header: &mut Vec<u8>, text: &str, width: usize) {
    let end = header.len() + width;
    header.extend(text.bytes().take(width));
    header.resize(end, 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_says_which_commit_it_is() {
        let commit = "9f31c2a0000000000000000000000000000000ab";
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.tar");
        let files = Files::from([("bin/test", b"#!/bin/sh\n".as_slice()), ("README.md", b"hello".as_slice())]);
        std::fs::write(&file, pack("a-1.0", &files, commit, 1_790_000_000)).unwrap();
        assert_eq!(commit_of(&file), commit.parse().ok());
        std::fs::write(&file, "no tar").unwrap();
        assert_eq!(commit_of(&file), None);
    }
}
