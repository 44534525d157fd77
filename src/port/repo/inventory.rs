//! What a repository holds for people to read, and its history in short: enough to look for seams that nobody declared. Bounded:
//! a file, all files and the history each have an end; what tools write, what others wrote and what is no text is passed over.

use std::sync::atomic::AtomicBool;

use git2::Sort;

use super::files::{Listed, Unread, Wanted};
use super::{Repo, Unreadable};
use crate::plan::Sha;
use crate::seam::discover::{Commit, LARGEST_FILE, MOST_BYTES, TextFile};

/// The most files that are read.
const MOST_FILES: usize = 20_000;
/// The most commits that are looked at.
const MOST_COMMITS: usize = 2_000;
/// The longest contract: generated ones are long, and what they say counts.
const LARGEST_CONTRACT: usize = 16 << 20;

/// Folders with what others wrote, or with what tools made.
const PASSED_OVER: [&str; 16] = [
    "node_modules",
    "vendor",
    "third_party",
    "dist",
    "build",
    "target",
    "out",
    "coverage",
    ".venv",
    "venv",
    "__pycache__",
    ".git",
    ".yarn",
    ".next",
    "Pods",
    "bower_components",
];

/// Text files, and how many were left out because they are too long or too many.
#[derive(Debug, Default)]
pub struct Texts {
    /// The files, by path.
    pub files: Vec<TextFile>,
    /// How many were left out.
    pub left_out: usize,
}

impl Repo {
    /// The text files of a commit.
    pub fn texts_at(&self, sha: &Sha, unwanted: &AtomicBool) -> Result<Texts, Unreadable> {
        let listed = self.listed_at(sha, Wanted { folder: "", fits: &is_wanted, unread: Unread::LeftOut, unwanted })?;
        texts(&listed, |file| self.blob(file))
    }

    /// The text files of the work tree.
    pub fn texts_here(&self, unwanted: &AtomicBool) -> Result<Texts, Unreadable> {
        let listed = self.listed_here(Wanted { folder: "", fits: &is_wanted, unread: Unread::LeftOut, unwanted })?;
        texts(&listed, |file| self.file_here(file))
    }

    /// The commits that lead to one, newest first; merges are nobody's work.
    pub fn commits_to(&self, sha: &Sha) -> Result<Vec<Commit>, Unreadable> {
        let mut walk = self.git.revwalk()?;
        walk.set_sorting(Sort::TIME)?;
        walk.push(self.commit(sha)?)?;
        let mut commits = Vec::new();
        for oid in walk.take(MOST_COMMITS) {
            let oid = oid?;
            self.sound(oid)?;
            let commit = self.git.find_commit(oid)?;
            if commit.parent_count() > 1 {
                continue;
            }
            let author = commit.author();
            commits.push(Commit {
                at: author.when().seconds(),
                author: String::from_utf8_lossy(author.email_bytes()).to_lowercase(),
                subject: commit
                    .summary_bytes()
                    .map(|text| String::from_utf8_lossy(text).into_owned())
                    .unwrap_or_default(),
            });
        }
        Ok(commits)
    }
}

/// Whether a path may be what a person wrote.
fn is_wanted(path: &str) -> bool {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let is_lock = ending == "lock" || name.ends_with("-lock.json") || matches!(name, "pnpm-lock.yaml" | "go.sum");
    let is_made = name.contains(".min.") || matches!(ending, "map" | "snap" | "svg");
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    !is_lock && !is_made && !folders.split('/').any(|folder| PASSED_OVER.contains(&folder))
}

fn texts(listed: &[Listed], read: impl Fn(&Listed) -> Result<Vec<u8>, Unreadable>) -> Result<Texts, Unreadable> {
    let mut texts = Texts::default();
    let mut total = 0;
    for file in listed {
        let may_be_long = file.path.to_lowercase().contains("openapi") || file.path.to_lowercase().contains("swagger");
        let longest = if may_be_long { LARGEST_CONTRACT } else { LARGEST_FILE };
        if file.size > longest || total + file.size > MOST_BYTES || texts.files.len() >= MOST_FILES {
            texts.left_out += 1;
            continue;
        }
        let bytes = read(file)?;
        let Ok(text) = String::from_utf8(bytes) else { continue };
        if text.contains('\0') {
            continue;
        }
        total += text.len();
        texts.files.push(TextFile { path: file.path.clone(), text });
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tools_and_others_wrote_is_passed_over() {
        for path in ["src/a.ts", "README.md", ".env.example", "build.gradle", "vendor.py", "a/target.rs"] {
            assert!(is_wanted(path), "{path}");
        }
        for path in
            ["node_modules/x/a.js", "a/vendor/b.go", "package-lock.json", "Cargo.lock", "x/app.min.js", "uv.lock"]
        {
            assert!(!is_wanted(path), "{path}");
        }
    }

    #[test]
    fn what_is_too_long_or_no_text_is_left_out() {
        let listed = |path: &str, size| Listed { path: path.to_owned(), blob: String::new(), size };
        let files = [
            listed("a.bin", 3),
            listed("b.txt", LARGEST_FILE + 1),
            listed("c.txt", 3),
            listed("d-openapi.json", 1 << 20),
        ];
        let read = |file: &Listed| Ok(if file.path == "a.bin" { vec![0, 159, 1] } else { b"ok\n".to_vec() });
        let texts = texts(&files, read).unwrap();
        assert_eq!(texts.left_out, 1);
        assert_eq!(texts.files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["c.txt", "d-openapi.json"]);
    }
}
