//! The slow part of a status: what in the work tree differs from HEAD. Folder by folder, so that it can be stopped between.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use git2::{ErrorCode, Status, StatusOptions};

use super::{Repo, Unreadable};

/// How much of a work tree isn't committed, in files (an untracked folder counts as one).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Dirty {
    /// Tracked files that differ from HEAD, staged or not.
    pub modified: usize,
    /// Files that are neither tracked nor ignored.
    pub untracked: usize,
    /// Files with an unresolved conflict.
    pub conflicted: usize,
}

impl Dirty {
    /// Whether nothing differs.
    pub fn is_clean(&self) -> bool {
        *self == Self::default()
    }
}

impl Repo {
    /// Scans the work tree; `None` if `cancel` turned true meanwhile. A bare repository is clean.
    pub fn dirty(&self, cancel: &AtomicBool) -> Result<Option<Dirty>, Unreadable> {
        let mut dirty = Dirty::default();
        if self.git.is_bare() {
            return Ok(Some(dirty));
        }
        let Some(chunks) = self.chunks(cancel)? else { return Ok(None) };
        for paths in chunks {
            if cancel.load(Ordering::Relaxed) {
                return Ok(None);
            }
            let mut options = StatusOptions::new();
            // never written: looking leaves the index as it is
            options.include_untracked(true).include_ignored(false).update_index(false).exclude_submodules(false);
            options.include_unreadable(true).disable_pathspec_match(true);
            for path in paths {
                options.pathspec(path);
            }
            for entry in self.git.statuses(Some(&mut options))?.iter() {
                count(&mut dirty, entry.status());
            }
        }
        Ok(Some(dirty))
    }

    /// The files at the top, then each folder by itself: as HEAD, the index and the work tree have them.
    fn chunks(&self, cancel: &AtomicBool) -> Result<Option<Vec<Vec<Vec<u8>>>>, Unreadable> {
        let mut top: BTreeMap<Vec<u8>, Kind> = BTreeMap::new();
        match self.git.head() {
            Ok(head) => {
                self.commit_at(&head)?;
                let tree = head.peel_to_commit()?.tree_id();
                if self.sound_below(tree, cancel)?.is_none() {
                    return Ok(None);
                }
                for entry in &self.git.find_tree(tree)? {
                    let kind = if entry.kind() == Some(git2::ObjectType::Tree) { Kind::Folder } else { Kind::File };
                    top.insert(entry.name_bytes().to_vec(), kind);
                }
            }
            Err(error) if matches!(error.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
        for entry in self.git.index()?.iter() {
            let mut parts = entry.path.splitn(2, |byte| *byte == b'/');
            let (first, rest) = (parts.next().unwrap_or_default(), parts.next());
            let kind = if rest.is_some() { Kind::Folder } else { Kind::File };
            top.entry(first.to_vec()).or_insert(kind);
        }
        let broken = |error: std::io::Error| Unreadable::Broken(error.to_string());
        for entry in std::fs::read_dir(self.git.workdir().unwrap_or(&self.path)).map_err(broken)? {
            use std::os::unix::ffi::OsStringExt as _;
            let entry = entry.map_err(broken)?;
            let kind = if entry.file_type().is_ok_and(|kind| kind.is_dir()) { Kind::Folder } else { Kind::File };
            top.entry(entry.file_name().into_vec()).or_insert(kind);
        }
        top.remove(b".git".as_slice());
        let mut chunks = vec![vec![]];
        for (name, kind) in top {
            match (kind, chunks.first_mut()) {
                (Kind::File, Some(files)) => files.push(name),
                (Kind::File | Kind::Folder, _) => chunks.push(vec![name]),
            }
        }
        // no path at all would mean every path
        chunks.retain(|paths| !paths.is_empty());
        Ok(Some(chunks))
    }
}

enum Kind {
    File,
    Folder,
}

fn count(dirty: &mut Dirty, status: Status) {
    if status.is_conflicted() {
        dirty.conflicted += 1;
    } else if status == Status::WT_NEW {
        dirty.untracked += 1;
    } else if !status.is_empty() && !status.is_ignored() {
        dirty.modified += 1;
    }
}
