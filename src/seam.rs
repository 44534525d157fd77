//! Seams: takes names, values and documents out of texts, and holds the two sides of a contract together. Pure: it opens no
//! file and no repository, runs nothing, and whatever it is given is bounded.

pub mod discover;
pub mod document;
pub mod extract;
pub mod judge;
pub mod openapi;
mod quantity;
pub mod recording;
mod text;

use serde::{Deserialize, Serialize};

use crate::plan::RepoName;

/// The largest file that is read, in bytes.
pub const LARGEST_FILE: usize = 32 << 20;
/// The most files that one source reads.
pub const MOST_FILES: usize = 5_000;
/// The most bytes that one source reads.
pub const MOST_BYTES: usize = 64 << 20;
/// The most names that one source gives.
pub const MOST_NAMES: usize = 20_000;

/// A name or a value, and where it stands in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What was found.
    pub text: String,
    /// Its line, from 1.
    pub line: usize,
}

/// The same with its file and its line quoted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What was found.
    pub text: String,
    /// The repository.
    pub repo: RepoName,
    /// The file.
    pub file: String,
    /// The line, from 1; 0 where the file as a whole is meant.
    pub line: usize,
    /// What stands on that line, cut where it is long.
    pub quoted: String,
}
