//! Commits that differ from their one parent in a few files, made without a work tree: the same files, author and time make
//! the same commit on any machine. No ref is moved.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use git2::{
    DiffOptions, ErrorCode, FileMode, ObjectType, Signature, Status, StatusOptions, Time, build::TreeUpdateBuilder,
};

use super::{Repo, Tagger, Unreadable, sha};
use crate::plan::Sha;

/// A file of a new commit: its path and its bytes.
pub type NewFile = (String, Vec<u8>);

impl Repo {
    /// Makes a commit whose only parent this is, with some files new or replaced.
    pub fn commit_on(
        &self,
        parent: &Sha,
        files: &[NewFile],
        message: &str,
        author: &Tagger,
    ) -> Result<Sha, Unreadable> {
        let parent = self.git.find_commit(self.commit(parent)?)?;
        self.sound(parent.tree_id())?;
        let tree = parent.tree()?;
        let mut update = TreeUpdateBuilder::new();
        for (path, bytes) in files {
            let mode = match tree.get_path(Path::new(path)) {
                Ok(entry) if entry.kind() != Some(ObjectType::Blob) || entry.filemode() == 0o120_000 => {
                    return Err(Unreadable::Broken(format!("{path} is no plain file there")));
                }
                Ok(entry) if entry.filemode() == 0o100_755 => FileMode::BlobExecutable,
                Ok(_) | Err(_) => FileMode::Blob,
            };
            update.upsert(path.as_str(), self.git.blob(bytes)?, mode);
        }
        let tree = self.git.find_tree(update.create_updated(&self.git, &tree)?)?;
        let author = Signature::new(&author.name, &author.email, &Time::new(author.at, 0))?;
        sha(self.git.commit(None, &author, &author, message, &tree, &[&parent])?)
    }

    /// Makes a commit whose only parent is `base`, with some files and folders as `from` has them. A folder becomes exactly
    /// what it is there.
    pub fn commit_with(&self, base: &Sha, from: &Sha, paths: &[String], author: &Tagger) -> Result<Sha, Unreadable> {
        let (parent, other) = (self.git.find_commit(self.commit(base)?)?, self.git.find_commit(self.commit(from)?)?);
        for commit in [&parent, &other] {
            self.sound_below(commit.tree_id(), &AtomicBool::new(false))?;
        }
        let theirs = other.tree()?;
        let mut update = TreeUpdateBuilder::new();
        for path in paths {
            let entry = match theirs.get_path(Path::new(path)) {
                Ok(entry) => entry,
                Err(error) if error.code() == ErrorCode::NotFound => {
                    let short = from.short();
                    return Err(Unreadable::Broken(format!("{path} isn't there at {short}: name what is")));
                }
                Err(error) => return Err(error.into()),
            };
            let mode = match (entry.kind(), entry.filemode()) {
                (Some(ObjectType::Tree), _) => FileMode::Tree,
                (Some(ObjectType::Blob), 0o100_755) => FileMode::BlobExecutable,
                (Some(ObjectType::Blob), 0o100_644) => FileMode::Blob,
                (_, _) => return Err(Unreadable::Broken(format!("{path} is no plain file or folder there"))),
            };
            update.upsert(path.as_str(), entry.id(), mode);
        }
        let tree = self.git.find_tree(update.create_updated(&self.git, &parent.tree()?)?)?;
        let author = Signature::new(&author.name, &author.email, &Time::new(author.at, 0))?;
        let message = format!("Lay {} of {from} over {base}\n", paths.join(", "));
        sha(self.git.commit(None, &author, &author, &message, &tree, &[&parent])?)
    }

    /// When a commit was made, in seconds since 1970.
    pub fn commit_time(&self, at: &Sha) -> Result<i64, Unreadable> {
        Ok(self.git.find_commit(self.commit(at)?)?.time().seconds())
    }

    /// The parents of a commit.
    pub fn parents(&self, of: &Sha) -> Result<Vec<Sha>, Unreadable> {
        self.git.find_commit(self.commit(of)?)?.parent_ids().map(sha).collect()
    }

    /// The files that differ between two commits.
    pub fn files_between(&self, old: &Sha, new: &Sha) -> Result<Vec<String>, Unreadable> {
        let tree = |at: &Sha| {
            let commit = self.git.find_commit(self.commit(at)?)?;
            let whole = self.sound_below(commit.tree_id(), &AtomicBool::new(false))?;
            whole.ok_or_else(|| Unreadable::Broken("it was stopped".to_owned()))?;
            Ok::<_, Unreadable>(commit.tree()?)
        };
        let (old, new) = (tree(old)?, tree(new)?);
        let mut options = DiffOptions::new();
        options.ignore_submodules(false);
        let diff = self.git.diff_tree_to_tree(Some(&old), Some(&new), Some(&mut options))?;
        let mut files: Vec<String> = Vec::new();
        for delta in diff.deltas() {
            for file in [delta.old_file(), delta.new_file()] {
                let path = file.path_bytes().map(|path| String::from_utf8_lossy(path).into_owned());
                files.extend(path.filter(|path| !files.contains(path)).into_iter().collect::<Vec<_>>());
            }
        }
        Ok(files)
    }

    /// Whether one tracked file of the work tree or the index differs from HEAD.
    pub fn is_changed(&self, path: &str) -> Result<bool, Unreadable> {
        let mut options = StatusOptions::new();
        options.include_untracked(false).include_ignored(false).update_index(false).include_unreadable(true);
        options.disable_pathspec_match(true).pathspec(path);
        let found = self.git.statuses(Some(&mut options))?;
        Ok(found.iter().any(|entry| !entry.status().is_empty() && !entry.status().is_ignored()))
    }

    /// The tracked files of the work tree that differ from HEAD.
    pub fn changed_files(&self, cancel: &AtomicBool) -> Result<Vec<String>, Unreadable> {
        let mut options = StatusOptions::new();
        options.include_untracked(false).include_ignored(false).update_index(false).include_unreadable(true);
        let mut files = Vec::new();
        for entry in self.git.statuses(Some(&mut options))?.iter() {
            if cancel.load(Ordering::Relaxed) {
                break;
            }
            if !entry.status().is_empty() && entry.status() != Status::WT_NEW && !entry.status().is_ignored() {
                files.push(String::from_utf8_lossy(entry.path_bytes()).into_owned());
            }
        }
        Ok(files)
    }
}
