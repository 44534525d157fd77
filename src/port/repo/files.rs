//! The files of a commit, or of a work tree, that have a wanted path: named first, read later, so that whoever knows a blob
//! already needn't read it again. Links are followed nowhere, and what can't be read is left out only where that is asked for.

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
    /// What becomes of what stands among them and isn't read.
    pub unread: Unread<'a>,
    /// Turns true when nobody waits any more.
    pub unwanted: &'a AtomicBool,
}

/// What becomes of links, other repositories and names that aren't UTF-8.
#[derive(Clone, Copy)]
pub enum Unread<'a> {
    /// They are left out: what isn't seen there proves nothing.
    LeftOut,
    /// None may stand among the wanted files, nor in place of a folder in which there may be some.
    Refused {
        /// Whether there may be wanted files below a folder, named without its `/`.
        leads: &'a dyn Fn(&str) -> bool,
    },
}

/// Why something isn't read, and whether there may be files below it.
#[derive(Clone, Copy)]
struct Odd {
    why: &'static str,
    may_hold_files: bool,
}

const A_LINK: Odd = Odd { why: "it is a symbolic link, which isn't followed", may_hold_files: false };
const A_FOLDER_LINK: Odd = Odd { may_hold_files: true, ..A_LINK };
const ANOTHER: Odd = Odd { why: "it is a repository of its own, which isn't read", may_hold_files: true };
const NOT_UTF8: Odd = Odd { why: "its name isn't UTF-8", may_hold_files: true };
const SPECIAL: Odd = Odd { why: "it is no file", may_hold_files: false };

impl Wanted<'_> {
    /// Whether a path is wanted, or may be in the way of what is.
    fn concerns(&self, path: &str) -> bool {
        let leads = match self.unread {
            Unread::LeftOut => false,
            Unread::Refused { leads } => leads(path.trim_end_matches('/')),
        };
        leads || (path.starts_with(self.folder) && (self.fits)(path))
    }

    fn refuse(&self, path: &str, odd: Odd) -> Result<(), Unreadable> {
        let Unread::Refused { leads } = self.unread else { return Ok(()) };
        if (self.fits)(path) || (odd.may_hold_files && leads(path)) {
            let Odd { why, .. } = odd;
            return Err(Unreadable::Broken(format!("{path}: {why}: name the files so that it isn't among them")));
        }
        Ok(())
    }
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
                let name = String::from_utf8_lossy(entry.name_bytes());
                let path = format!("{folder}{name}");
                if name.as_bytes() != entry.name_bytes() {
                    wanted.refuse(&path, NOT_UTF8)?;
                    continue;
                }
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
                    Some(ObjectType::Blob) if entry.filemode() == LINK => {
                        let target = self.git.find_blob(entry.id())?;
                        let to = beside(&path, &String::from_utf8_lossy(target.content()));
                        let root = commit.tree()?;
                        let to = to.and_then(|to| root.get_path(Path::new(&to)).ok());
                        let is_file =
                            |to: git2::TreeEntry<'_>| to.kind() == Some(ObjectType::Blob) && to.filemode() != LINK;
                        wanted.refuse(&path, if to.is_some_and(is_file) { A_LINK } else { A_FOLDER_LINK })?;
                    }
                    Some(ObjectType::Commit) => wanted.refuse(&path, ANOTHER)?,
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
        let mut add = |path: &[u8]| match std::str::from_utf8(path) {
            Ok(path) => {
                paths.push(path.to_owned());
                Ok(())
            }
            Err(_) => wanted.refuse(&String::from_utf8_lossy(path), NOT_UTF8),
        };
        for entry in self.git.index()?.iter() {
            add(&entry.path)?;
        }
        let mut options = StatusOptions::new();
        options.include_untracked(true).recurse_untracked_dirs(true).include_ignored(false).update_index(false);
        options.exclude_submodules(true).show(git2::StatusShow::Workdir);
        for entry in self.git.statuses(Some(&mut options))?.iter().filter(|entry| entry.status().is_wt_new()) {
            add(entry.path_bytes())?;
        }
        paths.retain(|path| wanted.concerns(path));
        paths.sort();
        paths.dedup();
        let mut found = Vec::new();
        for path in paths {
            go_on(wanted)?;
            let place = self.path.join(&path);
            match place.symlink_metadata() {
                Ok(file) if file.is_file() => {
                    if !(path.starts_with(wanted.folder) && (wanted.fits)(&path)) {
                        continue;
                    }
                    let size = usize::try_from(file.len()).unwrap_or(usize::MAX);
                    found.push(Listed { blob: blob_of(&place, size)?, path, size });
                }
                Ok(file) if file.is_symlink() => {
                    let to = fs::read_link(&place).ok().and_then(|to| beside(&path, to.to_str()?));
                    let to = to.and_then(|to| self.path.join(to).symlink_metadata().ok());
                    wanted.refuse(&path, if to.is_some_and(|to| to.is_file()) { A_LINK } else { A_FOLDER_LINK })?;
                }
                Ok(file) if file.is_dir() => wanted.refuse(path.trim_end_matches('/'), ANOTHER)?,
                Ok(_) => wanted.refuse(&path, SPECIAL)?,
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

    /// A listed file of the work tree, as it was when it was listed: what is known of it is kept under its name.
    pub fn file_here(&self, listed: &Listed) -> Result<Vec<u8>, Unreadable> {
        let bytes = read(&self.path.join(&listed.path), listed.size)?;
        if Oid::hash_object(ObjectType::Blob, &bytes)?.to_string() != listed.blob {
            return Err(Unreadable::Broken("it was saved while it was looked at: look again".to_owned()));
        }
        Ok(bytes)
    }
}

/// Where a link leads to, by its path; nowhere if that is outside.
fn beside(link: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = link.split('/').collect();
    parts.pop();
    if target.starts_with('/') {
        return None;
    }
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
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
