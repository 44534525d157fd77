//! Reports as files: found by pattern, read up to a limit, told from those that lay there before.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::plan::seam::Glob;

/// The largest report, in bytes: what browsers attach may stand in it.
const LARGEST: u64 = 64 << 20;
/// The most files that are read.
const MAX_FILES: usize = 2_000;
/// The most entries of folders that are looked at.
const MAX_ENTRIES: usize = 100_000;

/// A report that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    stamp: Stamp,
}

/// What changes when a file is written anew: its inode, its size, its times in nanoseconds.
type Stamp = (u64, u64, i64, i64, i64, i64);

fn stamp(file: &Metadata) -> Stamp {
    (file.ino(), file.len(), file.mtime(), file.mtime_nsec(), file.ctime(), file.ctime_nsec())
}

/// What lay there before a run.
#[derive(Debug, Default)]
pub(super) struct Before(BTreeMap<PathBuf, Stamp>);

impl Before {
    pub(super) fn of(paths: impl Iterator<Item = PathBuf>) -> Self {
        let known = |path: PathBuf| Some((path.clone(), stamp(&fs::metadata(path).ok()?)));
        Self(paths.filter_map(known).collect())
    }

    pub(super) fn of_found(found: &[Found]) -> Self {
        Self(found.iter().map(|found| (found.path.clone(), found.stamp)).collect())
    }

    /// Whether a file is exactly what it was.
    pub(super) fn has(&self, path: &Path) -> bool {
        fs::metadata(path).is_ok_and(|file| self.0.get(path) == Some(&stamp(&file)))
    }

    pub(super) fn has_as(&self, found: &Found) -> bool {
        self.0.get(&found.path) == Some(&found.stamp)
    }
}

/// Reads a whole file, unless it is too large; no pipe, no device.
pub(super) fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let size = |size: u64| io::Error::other(format!("it has {size} bytes; at most {LARGEST} are read"));
    // asked before it is opened: opening a pipe waits for its other end
    let seen = fs::metadata(path)?;
    if !seen.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    if seen.len() > LARGEST {
        return Err(size(seen.len()));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST { Err(size(bytes.len() as u64)) } else { Ok(bytes) }
}

/// The files below a folder that a pattern means. Links aren't followed, so no walk goes in circles or leads out.
pub(super) fn newest(folder: &Path, pattern: &Glob) -> Result<Vec<Found>, String> {
    let matcher = pattern.matcher().map_err(|why| why.to_string())?;
    let mut found = Vec::new();
    let mut open = vec![PathBuf::from(pattern.folder())];
    let mut looked = 0_usize;
    let nested = pattern.as_str().get(pattern.folder().len()..).is_some_and(|rest| rest.contains(['/', '*', '{']));
    while let Some(inner) = open.pop() {
        let entries = match fs::read_dir(folder.join(&inner)) {
            Ok(entries) => entries,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => continue,
            Err(error) => return Err(format!("{} can't be read: {error}", inner.display())),
        };
        for entry in entries {
            let entry = entry.map_err(|error| format!("{} can't be read: {error}", inner.display()))?;
            looked += 1;
            if looked > MAX_ENTRIES {
                return Err(format!("{} means more folders than are searched: name one", pattern.as_str()));
            }
            let kind = entry.file_type().map_err(|error| format!("{} can't be read: {error}", inner.display()))?;
            let path = inner.join(entry.file_name());
            if kind.is_dir() && nested && entry.file_name() != ".git" {
                open.push(path);
            } else if kind.is_file() && path.to_str().is_some_and(|path| matcher.is_match(path)) {
                let path = folder.join(path);
                let file = fs::metadata(&path).map_err(|error| format!("{} can't be read: {error}", path.display()))?;
                found.push(Found { path, stamp: stamp(&file) });
                if found.len() > MAX_FILES {
                    return Err(format!("more than {MAX_FILES} files match {}", pattern.as_str()));
                }
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glob(text: &str) -> Glob {
        Glob::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn reports_are_found_by_pattern_and_links_are_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        fs::create_dir_all(root.join("a/x-reports/deep")).unwrap();
        for file in ["a/x-reports/1.xml", "a/x-reports/2.txt", "a/x-reports/deep/3.xml", "4.xml"] {
            fs::write(root.join(file), "x").unwrap();
        }
        std::os::unix::fs::symlink(root, root.join("a/round")).unwrap();
        let names = |pattern: &str| {
            let found = newest(root, &glob(pattern)).unwrap();
            found.iter().map(|found| found.path.strip_prefix(root).unwrap().display().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(names("a/*-reports/*.xml"), ["a/x-reports/1.xml"]);
        assert_eq!(names("**/*.xml"), ["4.xml", "a/x-reports/1.xml", "a/x-reports/deep/3.xml"]);
        assert_eq!(names("none/*.xml"), [""; 0]);
    }

    #[test]
    fn what_was_not_written_anew_is_left_from_before() {
        let dir = tempfile::tempdir().unwrap();
        let (old, new) = (dir.path().join("old.xml"), dir.path().join("new.xml"));
        fs::write(&old, "x").unwrap();
        fs::write(&new, "x").unwrap();
        let before = Before::of_found(&newest(dir.path(), &glob("*.xml")).unwrap());
        fs::write(&new, "y").unwrap();
        let found = newest(dir.path(), &glob("*.xml")).unwrap();
        let left: Vec<_> = found.iter().filter(|found| before.has_as(found)).map(|found| &found.path).collect();
        assert_eq!(left, [&old]);
    }

    #[test]
    fn a_pipe_is_no_report() {
        assert!(read_bounded(Path::new("/dev/null")).is_err());
        assert!(read_bounded(Path::new("/nowhere")).is_err());
    }
}
