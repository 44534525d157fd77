//! The demo's package registry: a folder for each version of a package, holding one artefact and nothing else.
//!
//! It keeps the two rules that real registries keep: a version is there whole or not at all, and what is there is
//! never replaced. It refuses to know who publishes, or why.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha512};

use super::disk::{self, DiskError};
use crate::plan::Digest;

/// The largest artefact it takes, in bytes.
const MAX_ARTEFACT: u64 = 64 * 1024 * 1024;

/// What a push found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushed {
    /// The version is new.
    Stored,
    /// The same bytes were there already; nothing changed.
    AlreadyThere,
}

/// Why the registry said no.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The version holds other bytes, which stay.
    #[error(
        "{package} {version} is already published with other contents (sha256 {there}): a version is never replaced, publish a new one"
    )]
    Conflict {
        /// The package.
        package: String,
        /// The version.
        version: String,
        /// What is there.
        there: Digest,
    },
    /// A name or version that can't be a folder of its own.
    #[error(
        "{0:?} can't be a package or version: use letters, digits, '.', '_', '+' and '-', and at most one '@scope/'"
    )]
    Name(String),
    /// The artefact is too large to be one.
    #[error("{0:?} is larger than {MAX_ARTEFACT} bytes")]
    TooLarge(PathBuf),
    /// A version folder that holds anything but one artefact.
    #[error("{0:?} doesn't hold one artefact: somebody changed the registry by hand")]
    Corrupt(PathBuf),
    /// A file or folder couldn't be used.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

impl RegistryError {
    /// The exit status of the command that met this: 9 for a conflict, 2 for all else, never the 1 that means absent.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Conflict { .. } => 9,
            Self::Name(_) | Self::TooLarge(_) | Self::Corrupt(_) | Self::Disk(_) => 2,
        }
    }
}

/// Puts an artefact onto the registry, or finds that these very bytes are there.
pub fn push(root: &Path, package: &str, version: &str, file: &Path) -> Result<Pushed, RegistryError> {
    let place = place(root, package, version)?;
    let ours = digest(file)?;
    if let Some(there) = probe(root, package, version)? {
        return compare(package, version, &ours, there);
    }
    // staged beside the packages, under a name no package can have, so that the last move is one rename
    let staging = root.join(".incoming").join(ticket());
    disk::make_folder(&staging)?;
    let name = file.file_name().map_or_else(|| "artefact".into(), PathBuf::from);
    let staged = staging.join(name);
    let Err(error) = store(file, &staged, &place, &staging) else { return Ok(Pushed::Stored) };
    // a leftover there is in nobody's way, and the error that matters is the one above
    let _ = fs::remove_dir_all(&staging);
    // another push may have come first: then it decides
    match probe(root, package, version)? {
        Some(there) => compare(package, version, &ours, there),
        None => Err(error.into()),
    }
}

/// What is there under this version, from its bytes; `None` when nothing is.
pub fn probe(root: &Path, package: &str, version: &str) -> Result<Option<Digest>, RegistryError> {
    match artefact(&place(root, package, version)?)? {
        Some(file) => digest(&file).map(Some),
        None => Ok(None),
    }
}

/// What is there as a lock file writes it (subresource integrity); `None` when nothing is.
pub fn integrity(root: &Path, package: &str, version: &str) -> Result<Option<String>, RegistryError> {
    let Some(file) = artefact(&place(root, package, version)?)? else { return Ok(None) };
    digest(&file)?;
    let bytes = fs::read(&file).map_err(disk::at(&file))?;
    Ok(Some(format!("sha512-{}", STANDARD.encode(Sha512::digest(bytes)))))
}

/// The newest version of a package and its artefact.
pub(super) fn latest(root: &Path, package: &str) -> Result<Option<(String, PathBuf)>, RegistryError> {
    let folder = package_folder(root, package)?;
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        entries => entries.map_err(disk::at(&folder))?,
    };
    let mut versions = Vec::new();
    for entry in entries {
        versions.push(entry.map_err(disk::at(&folder))?.file_name().to_string_lossy().into_owned());
    }
    let Some(newest) = versions.into_iter().max_by_key(|version| order(version)) else { return Ok(None) };
    Ok(artefact(&place(root, package, &newest)?)?.map(|file| (newest, file)))
}

/// A name no other push in progress has.
fn ticket() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The numbers of a version, so that 1.10 comes after 1.9.
fn order(version: &str) -> Vec<u64> {
    version.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse().unwrap_or(0)).collect()
}

fn compare(package: &str, version: &str, ours: &Digest, there: Digest) -> Result<Pushed, RegistryError> {
    if *ours == there {
        return Ok(Pushed::AlreadyThere);
    }
    Err(RegistryError::Conflict { package: package.to_owned(), version: version.to_owned(), there })
}

fn store(file: &Path, staged: &Path, place: &Path, staging: &Path) -> Result<(), DiskError> {
    fs::copy(file, staged).map_err(disk::at(staged))?;
    File::open(staged).and_then(|file| file.sync_all()).map_err(disk::at(staged))?;
    if let Some(package) = place.parent() {
        disk::make_folder(package)?;
    }
    // a rename onto a folder that holds something is refused, so the first push wins
    fs::rename(staging, place).map_err(disk::at(place))
}

fn artefact(place: &Path) -> Result<Option<PathBuf>, RegistryError> {
    let mut entries = match fs::read_dir(place) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        entries => entries.map_err(disk::at(place))?,
    };
    match (entries.next(), entries.next()) {
        (Some(Ok(only)), None) => Ok(Some(only.path())),
        _ => Err(RegistryError::Corrupt(place.to_owned())),
    }
}

fn digest(file: &Path) -> Result<Digest, RegistryError> {
    let size = fs::metadata(file).map_err(disk::at(file))?.len();
    if size > MAX_ARTEFACT {
        return Err(RegistryError::TooLarge(file.to_owned()));
    }
    Ok(Digest::of(&fs::read(file).map_err(disk::at(file))?))
}

fn place(root: &Path, package: &str, version: &str) -> Result<PathBuf, RegistryError> {
    let folder = package_folder(root, package)?;
    if plain(version) { Ok(folder.join(version)) } else { Err(RegistryError::Name(version.to_owned())) }
}

fn package_folder(root: &Path, package: &str) -> Result<PathBuf, RegistryError> {
    let known = match package.strip_prefix('@').and_then(|rest| rest.split_once('/')) {
        Some((scope, name)) => plain(scope) && plain(name),
        None => plain(package),
    };
    if known { Ok(root.join(package)) } else { Err(RegistryError::Name(package.to_owned())) }
}

fn plain(text: &str) -> bool {
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '+' | '-');
    text.len() <= 128 && text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Scratch {
        folder: tempfile::TempDir,
    }

    impl Scratch {
        fn new() -> Self {
            Self { folder: tempfile::tempdir().unwrap() }
        }

        fn root(&self) -> PathBuf {
            self.folder.path().join("registry")
        }

        fn file(&self, text: &str) -> PathBuf {
            let path = self.folder.path().join("a.tar");
            fs::write(&path, text).unwrap();
            path
        }
    }

    #[test]
    fn a_version_is_stored_once_and_found_again() {
        let here = Scratch::new();
        assert!(probe(&here.root(), "@agentguard/sdk", "2.3.0").unwrap().is_none());
        let pushed = push(&here.root(), "@agentguard/sdk", "2.3.0", &here.file("one")).unwrap();
        assert_eq!(pushed, Pushed::Stored);
        assert_eq!(probe(&here.root(), "@agentguard/sdk", "2.3.0").unwrap(), Some(Digest::of(b"one")));
        let again = push(&here.root(), "@agentguard/sdk", "2.3.0", &here.file("one")).unwrap();
        assert_eq!(again, Pushed::AlreadyThere);
    }

    #[test]
    fn other_bytes_under_a_taken_version_are_refused_and_change_nothing() {
        let here = Scratch::new();
        push(&here.root(), "lib", "1.4.0", &here.file("one")).unwrap();
        let refused = push(&here.root(), "lib", "1.4.0", &here.file("two")).unwrap_err();
        assert_eq!(refused.exit_status(), 9);
        assert!(refused.to_string().contains("a version is never replaced"), "{refused}");
        assert_eq!(probe(&here.root(), "lib", "1.4.0").unwrap(), Some(Digest::of(b"one")));
    }

    #[test]
    fn a_push_that_loses_the_race_is_told_who_won() {
        let here = Scratch::new();
        let place = place(&here.root(), "lib", "1.4.0").unwrap();
        fs::create_dir_all(here.root().join("staged")).unwrap();
        let staged = here.root().join("staged/a.tar");
        fs::create_dir_all(&place).unwrap();
        fs::write(place.join("a.tar"), "first").unwrap();
        assert!(store(&here.file("second"), &staged, &place, &here.root().join("staged")).is_err());
        assert_eq!(probe(&here.root(), "lib", "1.4.0").unwrap(), Some(Digest::of(b"first")));
    }

    #[test]
    fn a_name_can_not_climb_out_of_the_registry() {
        let here = Scratch::new();
        for bad in ["..", "../x", "a/b", "@a/../b", "@a", "", "-x", ".incoming", "a\nb", "@/b"] {
            assert!(matches!(probe(&here.root(), bad, "1"), Err(RegistryError::Name(_))), "{bad}");
            assert!(matches!(probe(&here.root(), "lib", bad), Err(RegistryError::Name(_))), "{bad}");
        }
    }

    #[test]
    fn a_version_somebody_emptied_is_not_absent() {
        let here = Scratch::new();
        fs::create_dir_all(here.root().join("lib/1.0.0")).unwrap();
        assert_eq!(probe(&here.root(), "lib", "1.0.0").unwrap_err().exit_status(), 2);
    }

    #[test]
    fn the_newest_version_is_told_by_its_numbers() {
        let here = Scratch::new();
        for version in ["1.9.0", "1.10.0", "1.2.7"] {
            push(&here.root(), "lib", version, &here.file(version)).unwrap();
        }
        assert_eq!(latest(&here.root(), "lib").unwrap().unwrap().0, "1.10.0");
    }
}
