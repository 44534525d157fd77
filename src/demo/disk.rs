//! Writes files whole: a reader sees the old text or the new one, never half. It knows paths and bytes, nothing of
//! the demo.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// A file or folder that couldn't be read or written.
#[derive(Debug, thiserror::Error)]
#[error("can't use {path:?}: {source}")]
pub struct DiskError {
    /// Which one.
    pub path: PathBuf,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

/// Adds the path to what the system said.
pub(super) fn at(path: &Path) -> impl Fn(io::Error) -> DiskError {
    move |source| DiskError { path: path.to_owned(), source }
}

/// Makes a folder and those above it.
pub(super) fn make_folder(path: &Path) -> Result<(), DiskError> {
    fs::create_dir_all(path).map_err(at(path))
}

/// Makes a folder that only this user may look into.
pub(super) fn make_private_folder(path: &Path) -> Result<(), DiskError> {
    make_folder(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(at(path))
}

/// Writes a file beside its place and moves it there.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    write_with(path, bytes, 0o644)
}

/// Writes a file that can be run.
pub(super) fn write_program(path: &Path, bytes: &[u8]) -> Result<(), DiskError> {
    write_with(path, bytes, 0o755)
}

fn write_with(path: &Path, bytes: &[u8], mode: u32) -> Result<(), DiskError> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(format!(".{}.part", std::process::id()));
    let fresh = PathBuf::from(fresh);
    let mut file = fs::File::create(&fresh).map_err(at(&fresh))?;
    file.write_all(bytes).map_err(at(&fresh))?;
    file.set_permissions(fs::Permissions::from_mode(mode)).map_err(at(&fresh))?;
    drop(file);
    fs::rename(&fresh, path).map_err(at(path))
}

/// Reads at most `limit` bytes; a longer file is an error, not a shortened text.
pub(super) fn read_text(path: &Path, limit: u64) -> Result<String, DiskError> {
    use io::Read as _;
    let mut text = String::new();
    let file = fs::File::open(path).map_err(at(path))?;
    file.take(limit + 1).read_to_string(&mut text).map_err(at(path))?;
    if text.len() as u64 > limit {
        return Err(at(path)(io::Error::new(io::ErrorKind::FileTooLarge, format!("longer than {limit} bytes"))));
    }
    Ok(text)
}
