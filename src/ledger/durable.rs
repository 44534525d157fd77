//! Files that survive a power cut: whole or as they were, never half. Knows nothing of what they hold.
//!
//! After a sync has failed, the kernel may call the lost pages clean, so a second try would lie: the error is passed on.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A step of writing that the disk, the rights or the folder didn't allow.
#[derive(Debug, thiserror::Error)]
#[error("{doing} {}: {source}", path.display())]
pub struct DurableFault {
    doing: &'static str,
    path: PathBuf,
    source: io::Error,
}

impl DurableFault {
    /// What the operating system said.
    pub fn source_kind(&self) -> io::ErrorKind {
        self.source.kind()
    }
}

/// Adds to an [`io::Error`] what was being done, and to which path.
pub(crate) fn while_doing(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> DurableFault {
    let path = path.to_owned();
    move |source| DurableFault { doing, path, source }
}

/// Replaces a file's bytes, mode 0600: a reader sees the old bytes or the new ones. On an error before the rename, such as
/// a full disk, the old file is untouched and nothing is left behind.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), DurableFault> {
    let folder = parent(path);
    let fresh = fresh_name(path);
    write_new(&fresh, bytes)
        .and_then(|()| fs::rename(&fresh, path).map_err(while_doing("replace", path)))
        .inspect_err(|_| {
            // the first error is the one to tell; a leftover has a name that nothing reads
            let _ = fs::remove_file(&fresh);
        })?;
    sync_folder(folder)
}

/// Makes what a folder lists (creations, renames, removals) survive a power cut.
pub fn sync_folder(folder: &Path) -> Result<(), DurableFault> {
    File::open(folder).and_then(|f| f.sync_all()).map_err(while_doing("sync folder", folder))
}

/// Creates a folder, 0700, and those above it that are missing; each is synced into its parent. One that exists is left as
/// it is.
pub fn create_folder(folder: &Path) -> Result<(), DurableFault> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = parent(folder);
    create_folder(above)?;
    match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => sync_folder(above),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        Err(error) => Err(while_doing("create folder", folder)(error)),
    }
}

/// Opens a lock file for reading, creating it 0600 where it is missing. It is never removed: a lock on a removed file
/// excludes nobody.
pub(crate) fn open_lock(path: &Path) -> Result<File, DurableFault> {
    let missing = match File::open(path) {
        Ok(file) => return Ok(file),
        Err(error) => error,
    };
    if missing.kind() != io::ErrorKind::NotFound {
        return Err(while_doing("open", path)(missing));
    }
    OpenOptions::new().append(true).create(true).mode(0o600).open(path).map_err(while_doing("create", path))?;
    File::open(path).map_err(while_doing("open", path))
}

fn write_new(path: &Path, bytes: &[u8]) -> Result<(), DurableFault> {
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(while_doing("create", path))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(while_doing("write", path))
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A name beside `path` that no other writer, in this process or another, is using.
fn fresh_name(path: &Path) -> PathBuf {
    static WRITES: AtomicU64 = AtomicU64::new(0);
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.{}.new", std::process::id(), WRITES.fetch_add(1, Ordering::Relaxed)));
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn listing(folder: &Path) -> Vec<String> {
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_file_is_replaced_whole_and_readable_by_its_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mark");
        write_atomically(&path, b"one").unwrap();
        write_atomically(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(listing(dir.path()), ["mark"]);
    }

    #[test]
    fn a_write_that_fails_leaves_the_old_file_and_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mark");
        // a folder with something in it can't be replaced by a file: the rename fails after the bytes were written
        fs::create_dir_all(path.join("kept")).unwrap();
        let fault = write_atomically(&path, b"new").unwrap_err();
        assert!(fault.to_string().starts_with("replace "), "{fault}");
        assert_eq!(listing(dir.path()), ["mark"]);
        assert!(path.join("kept").is_dir());
    }

    #[test]
    fn another_process() {
        let Some((_, folder)) = crate::ledger::again::part() else { return };
        let fault = write_atomically(&folder.join("mark"), &vec![7; 60_000]).unwrap_err();
        assert_eq!(fault.source_kind(), io::ErrorKind::FileTooLarge);
        println!("\nsaid {fault}");
    }

    #[test]
    fn a_full_disk_leaves_the_old_file_and_no_other() {
        let dir = tempfile::tempdir().unwrap();
        write_atomically(&dir.path().join("mark"), b"old").unwrap();
        // files over a few KiB can't be written: what a full disk does, without filling one
        let limited = ["sh", "-c", "trap '' XFSZ; ulimit -f 8; exec \"$@\"", "sh"];
        let test = "ledger::durable::tests::another_process";
        let output = crate::ledger::again::start(&limited, test, "write", dir.path()).output().unwrap();
        assert!(String::from_utf8_lossy(&output.stdout).contains("said write "), "{output:?}");
        assert_eq!(listing(dir.path()), ["mark"]);
        assert_eq!(fs::read(dir.path().join("mark")).unwrap(), b"old");
    }

    #[test]
    fn folders_are_made_for_their_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let deep = dir.path().join("a/b/c");
        create_folder(&deep).unwrap();
        create_folder(&deep).unwrap();
        for folder in ["a", "a/b", "a/b/c"] {
            assert_eq!(fs::metadata(dir.path().join(folder)).unwrap().permissions().mode() & 0o777, 0o700);
        }
        fs::write(dir.path().join("file"), b"").unwrap();
        assert!(create_folder(&dir.path().join("file/x")).is_err());
    }
}
