//! Where a flag's key stands in a commit, and which keys a commit adds. Reads blobs alone; whatever is read is bounded, and
//! what was left out is told.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use git2::{DiffOptions, ObjectType, Oid, TreeWalkMode, TreeWalkResult};

use super::{Repo, Unreadable};
use crate::plan::Sha;
use crate::plan::seam::Pattern;

/// The largest file that is looked through, in bytes: code, not data.
const LARGEST_FILE: usize = 1 << 20;
/// The most files of a commit that are looked through.
const MOST_FILES: usize = 50_000;
/// The most bytes of a commit that are looked through.
const MOST_BYTES: usize = 256 << 20;
/// The most keys that a commit is said to add.
const MOST_KEYS: usize = 100;
/// A longer key is none.
const LONGEST_KEY: usize = 200;
/// How much of a file tells whether it is text, as git does it.
const HEAD: usize = 8_000;

/// A place in a commit.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct KeyPlace {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

impl fmt::Display for KeyPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Where a key stands in a commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeySight {
    /// The first place, files in the order of the tree.
    pub first: Option<KeyPlace>,
    /// In how many files it stands.
    pub files: usize,
    /// The first place that reads nothing and only writes of it: prose, or the plan itself.
    pub mention: Option<KeyPlace>,
    /// How many files weren't looked through: too large, or beyond what is read of one commit.
    pub unread: usize,
}

/// A key that a commit adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddedKey {
    /// The key.
    pub key: String,
    /// Where it is added.
    pub place: KeyPlace,
}

/// The keys that a commit adds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddedKeys {
    /// Each key once, at its first place.
    pub keys: Vec<AddedKey>,
    /// Whether there are more than are told, or files that weren't looked through.
    pub cut: bool,
}

impl Repo {
    /// Where a key stands in a commit, as a word of its own. Prose doesn't count, nor the plan where it lies in the repository.
    pub fn key_at(&self, sha: &Sha, key: &str, plan: Option<&str>) -> Result<KeySight, Unreadable> {
        let mut sight = KeySight::default();
        sight.unread = self.each_text(sha, &mut |file, bytes| {
            let Some(line) = line_of(bytes, key) else { return };
            let place = KeyPlace { file: file.to_owned(), line };
            if is_prose(file) || plan == Some(file) {
                sight.mention.get_or_insert(place);
            } else {
                sight.files += 1;
                sight.first.get_or_insert(place);
            }
        })?;
        Ok(sight)
    }

    /// The keys that stand in lines which `new` adds to `old`, and nowhere in `old`. A key is the first group of the pattern,
    /// or the whole of what it matches.
    pub fn keys_added(&self, old: &Sha, new: &Sha, pattern: &Pattern) -> Result<AddedKeys, Unreadable> {
        let mut found: BTreeMap<String, KeyPlace> = BTreeMap::new();
        let mut many = false;
        let left_out = self.lines_added(old, new, &mut |place, line| {
            for key in keys_in(pattern.compiled(), line) {
                if found.len() >= MOST_KEYS && !found.contains_key(key) {
                    many = true;
                    return;
                }
                found.entry(key.to_owned()).or_insert_with(|| place.clone());
            }
        })?;
        let cut = many || left_out;
        if !found.is_empty() {
            // what stood there before was moved, not added
            self.each_text(old, &mut |_, bytes| {
                if is_text(bytes) {
                    let text = String::from_utf8_lossy(bytes);
                    text.lines()
                        .flat_map(|line| keys_in(pattern.compiled(), line))
                        .for_each(|key| drop(found.remove(key)));
                }
            })?;
        }
        let mut keys: Vec<_> = found.into_iter().map(|(key, place)| AddedKey { key, place }).collect();
        keys.sort_by(|one, other| (&one.place.file, one.place.line).cmp(&(&other.place.file, other.place.line)));
        Ok(AddedKeys { keys, cut })
    }

    /// Tells each file of a commit that isn't too large; how many were.
    fn each_text(&self, sha: &Sha, tell: &mut dyn FnMut(&str, &[u8])) -> Result<usize, Unreadable> {
        let (mut read, mut left_out) = (0_usize, 0);
        for (path, oid) in self.texts_of(sha)? {
            let (size, _) = self.git.odb()?.read_header(oid)?;
            if size > LARGEST_FILE || read.saturating_add(size) > MOST_BYTES {
                left_out += 1;
                continue;
            }
            read += size;
            self.sound(oid)?;
            tell(&path, self.git.find_blob(oid)?.content());
        }
        Ok(left_out)
    }

    /// The files of a commit, without links and other repositories.
    fn texts_of(&self, sha: &Sha) -> Result<Vec<(String, Oid)>, Unreadable> {
        let commit = self.git.find_commit(self.commit(sha)?)?;
        self.sound_below(commit.tree_id(), &AtomicBool::new(false))?;
        let mut texts = Vec::new();
        let mut many = false;
        commit.tree()?.walk(TreeWalkMode::PreOrder, |folder, entry| {
            if entry.kind() == Some(ObjectType::Blob) && entry.filemode() != 0o120_000 {
                if texts.len() == MOST_FILES {
                    many = true;
                    return TreeWalkResult::Abort;
                }
                let name = String::from_utf8_lossy(entry.name_bytes()).into_owned();
                texts.push((format!("{folder}{name}"), entry.id()));
            }
            TreeWalkResult::Ok
        })?;
        if many {
            return Err(Unreadable::Broken(format!(
                "it has more than {MOST_FILES} files, which are too many to search"
            )));
        }
        Ok(texts)
    }

    /// Tells each line that a commit adds; whether files were left out.
    fn lines_added(&self, old: &Sha, new: &Sha, tell: &mut dyn FnMut(&KeyPlace, &str)) -> Result<bool, Unreadable> {
        let tree = |at: &Sha| {
            let commit = self.git.find_commit(self.commit(at)?)?;
            self.sound_below(commit.tree_id(), &AtomicBool::new(false))?;
            Ok::<_, Unreadable>(commit.tree()?)
        };
        let mut options = DiffOptions::new();
        options.context_lines(0).max_size(i64::try_from(LARGEST_FILE).unwrap_or(i64::MAX));
        let diff = self.git.diff_tree_to_tree(Some(&tree(old)?), Some(&tree(new)?), Some(&mut options))?;
        let mut left_out = diff.deltas().len() > MOST_FILES;
        for index in 0..diff.deltas().len().min(MOST_FILES) {
            let Some(delta) = diff.get_delta(index) else { continue };
            for oid in [delta.old_file().id(), delta.new_file().id()] {
                self.sound(oid)?;
            }
            let Some(mut patch) = git2::Patch::from_diff(&diff, index)? else {
                left_out |= delta.new_file().size() > LARGEST_FILE as u64;
                continue;
            };
            let file = delta.new_file().path().map(Path::to_string_lossy).unwrap_or_default().into_owned();
            patch.print(&mut |_, _, line| {
                if line.origin() == '+'
                    && let Some(number) = line.new_lineno()
                {
                    let place = KeyPlace { file: file.clone(), line: number as usize };
                    tell(&place, &String::from_utf8_lossy(line.content()));
                }
                true
            })?;
        }
        Ok(left_out)
    }
}

/// What a pattern names in a line.
fn keys_in<'a>(pattern: &'a regex::Regex, line: &'a str) -> impl Iterator<Item = &'a str> {
    let found = pattern.captures_iter(line).filter_map(|found| found.get(1).or_else(|| found.get(0)));
    found.map(|found| found.as_str()).filter(|key| !key.is_empty() && key.len() <= LONGEST_KEY)
}

/// Whether a file is written for people: what it says of a flag reads none.
fn is_prose(file: &str) -> bool {
    let name = file.rsplit('/').next().unwrap_or(file);
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let is_told_by_name = ending.is_empty() && ["CHANGELOG", "CHANGES", "HISTORY", "NEWS", "README"].contains(&stem);
    is_told_by_name || ["md", "markdown", "rst", "adoc", "txt"].contains(&ending.to_ascii_lowercase().as_str())
}

fn is_text(bytes: &[u8]) -> bool {
    !bytes.iter().take(HEAD).any(|byte| *byte == 0)
}

/// The first line of a text on which a key stands as a word of its own; none in what isn't text.
fn line_of(bytes: &[u8], key: &str) -> Option<usize> {
    if key.is_empty() || !is_text(bytes) {
        return None;
    }
    let joins = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(byte));
    let key = key.as_bytes();
    let stands = |line: &[u8]| {
        let mut places = line.windows(key.len()).enumerate().filter(|(_, window)| *window == key);
        places.any(|(at, _)| {
            let before = at.checked_sub(1).and_then(|at| line.get(at));
            !joins(before) && !joins(line.get(at + key.len()))
        })
    };
    bytes.split(|byte| *byte == b'\n').position(stands).map(|index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_stands_as_a_word_of_its_own() {
        let line = |text: &str| line_of(text.as_bytes(), "m3_team");
        assert_eq!(line("a\nif on(\"m3_team\"):\n"), Some(2));
        assert_eq!(line("m3_team"), Some(1));
        assert_eq!(line("m3_team_v2, x_m3_team, m3_team-x"), None, "these are other keys");
        assert_eq!(line("m3_team_v2 m3_team"), Some(1));
        assert_eq!(line("\0m3_team"), None, "no text");
        assert_eq!(line(""), None);
        assert_eq!(line_of(b"x", ""), None);
    }
}
