//! The files of a commit, or of a work tree, that have a wanted path: named first, read later, so that whoever knows a blob
//! already needn't read it again. Links are followed nowhere.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use git2::{ObjectType, Oid, StatusOptions};

use super::{Repo, Unreadable};
use crate::plan::Sha;

/// The most entries of trees that are looked at.
const ENTRIES: usize = 500_000;
const LINK: i32 = 0o120_000;

/// A file, by what identifies its content.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    /// Its path in the repository.
    pub path: String,
    /// What git calls its content.
    pub blob: String,
    /// How many bytes it has.
    pub size: usize,
}

/// Which files are wanted.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// The folder that all of them lie in, with its `/`; empty for the root.
    pub folder: &'a str,
    /// Whether a path is one of them.
    pub fits: &'a dyn Fn(&str) -> bool,
    /// Turns true when nobody waits any more.
    pub unwanted: &'a AtomicBool,
}

impl std::fmt::Debug for Wanted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Wanted({})", self.folder)
    }
}

impl Repo {
    /// The wanted files of a commit, by path.
    pub fn listed_at(&self, sha: &Sha, wanted: Wanted<'_>) -> Result<Vec<Listed>, Unreadable> {
        let commit = self.git.find_commit(self.commit(sha)?)?;
        let odb = self.git.odb()?;
        let (mut waiting, mut found, mut seen) = (vec![(String::new(), commit.tree_id())], Vec::new(), 0);
        while let Some((folder, oid)) = waiting.pop() {
            go_on(wanted)?;
            self.sound(oid)?;
            for entry in &self.git.find_tree(oid)? {
                seen += 1;
                if seen > ENTRIES {
                    return Err(Unreadable::Broken(format!("more than {ENTRIES} files lie there: name a folder")));
                }
                // a name that isn't UTF-8 is none that a plan could write
                let Ok(name) = std::str::from_utf8(entry.name_bytes()) else { continue };
                let path = format!("{folder}{name}");
                match entry.kind() {
                    Some(ObjectType::Tree) => {
                        let below = format!("{path}/");
                        if below.starts_with(wanted.folder) || wanted.folder.starts_with(&below) {
                            waiting.push((below, entry.id()));
                        }
                    }
                    Some(ObjectType::Blob) if entry.filemode() != LINK && (wanted.fits)(&path) => {
                        self.sound(entry.id())?;
                        let (size, _) = odb.read_header(entry.id())?;
                        found.push(Listed { path, blob: entry.id().to_string(), size });
                    }
                    _ => {}
                }
            }
        }
        found.sort();
        Ok(found)
    }

    /// The wanted files of the work tree, committed or not, but for ignored ones.
    pub fn listed_here(&self, wanted: Wanted<'_>) -> Result<Vec<Listed>, Unreadable> {
        let mut paths: Vec<String> = Vec::new();
        for entry in self.git.index()?.iter() {
            paths.extend(String::from_utf8(entry.path).ok());
        }
        let mut options = StatusOptions::new();
        options.include_untracked(true).recurse_untracked_dirs(true).include_ignored(false).update_index(false);
        options.exclude_submodules(true).show(git2::StatusShow::Workdir);
        for entry in self.git.statuses(Some(&mut options))?.iter().filter(|entry| entry.status().is_wt_new()) {
            paths.extend(entry.path().ok().map(str::to_owned));
        }
        paths.retain(|path| path.starts_with(wanted.folder) && (wanted.fits)(path));
        paths.sort();
        paths.dedup();
        let mut found = Vec::new();
        for path in paths {
            go_on(wanted)?;
            let place = self.path.join(&path);
            match place.symlink_metadata() {
                Ok(file) if file.is_file() => {
                    let size = usize::try_from(file.len()).unwrap_or(usize::MAX);
                    found.push(Listed { blob: blob_of(&place, size)?, path, size });
                }
                // gone, a folder by now, or a link
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(Unreadable::Broken(format!("{path}: {error}"))),
            }
        }
        Ok(found)
    }

    /// A listed file of a commit.
    pub fn blob(&self, listed: &Listed) -> Result<Vec<u8>, Unreadable> {
        let oid = Oid::from_str(&listed.blob)?;
        self.sound(oid)?;
        Ok(self.git.find_blob(oid)?.content().to_vec())
    }

    /// A listed file of the work tree, at most as long as it was when it was listed.
    pub fn file_here(&self, listed: &Listed) -> Result<Vec<u8>, Unreadable> {
        read(&self.path.join(&listed.path), listed.size)
    }
}

fn go_on(wanted: Wanted<'_>) -> Result<(), Unreadable> {
    if wanted.unwanted.load(Ordering::Relaxed) {
        return Err(Unreadable::Broken("nobody waits for it any more".to_owned()));
    }
    Ok(())
}

/// What git would call the content; of a file that is too large to be read, its size.
fn blob_of(path: &Path, size: usize) -> Result<String, Unreadable> {
    if size > crate::seam::LARGEST_FILE {
        return Ok(format!("{size} bytes"));
    }
    Ok(Oid::hash_object(ObjectType::Blob, &read(path, size)?)?.to_string())
}

fn read(path: &Path, most: usize) -> Result<Vec<u8>, Unreadable> {
    let broken = |error: std::io::Error| Unreadable::Broken(format!("{}: {error}", path.display()));
    let mut bytes = Vec::new();
    let most = u64::try_from(most).unwrap_or(u64::MAX);
    fs::File::open(path).map_err(broken)?.take(most).read_to_end(&mut bytes).map_err(broken)?;
    Ok(bytes)
}
