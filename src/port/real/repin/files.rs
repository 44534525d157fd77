//! The files of a repin, at a commit or in a worktree: what they must say, and which belong to it. Follows no link.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read as _;
use std::path::{Component, Path};

use crate::plan::lock::{self, LockFault, Locked};
use crate::plan::pinning::{self, Pinned, To};
use crate::plan::{Asking, PinTo, RegistryKind, Sha};
use crate::port::repo::Repo;

/// Why the files don't say what they must.
#[derive(Debug)]
pub(super) enum NotHeld {
    /// A lock file is there and doesn't hold the version.
    Lock(LockFault),
    /// Anything else, in words.
    Other(String),
}

impl std::fmt::Display for NotHeld {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Lock(fault) => fault.fmt(f),
            Self::Other(why) => f.write_str(why),
        }
    }
}

/// What a pin's reference becomes.
pub(super) fn to(pin: &PinTo) -> To<'_> {
    let package = &pin.package;
    let registry = match &package.asking {
        // cargo's own registry needs no name
        Asking::Index { kind: RegistryKind::Cargo, .. } => {
            Some(package.registry.as_str()).filter(|name| *name != RegistryKind::Cargo.word())
        }
        Asking::Index { .. } | Asking::Command { .. } => None,
    };
    To { name: &package.name, version: &package.version, registry }
}

/// The commit's message.
pub(super) fn message(pins: &[PinTo]) -> String {
    let packages: BTreeSet<String> =
        pins.iter().map(|pin| format!("{} to {}", pin.package.name, pin.package.version)).collect();
    let packages: Vec<String> = packages.into_iter().collect();
    let lines: Vec<String> = pins.iter().map(|pin| format!("{} in {}", pin.package, pin.manifest)).collect();
    format!("Pin {}\n\n{}\n", packages.join(", "), lines.join("\n"))
}

/// Every manifest with all its pins made.
pub(super) fn manifests(repo: &Repo, at: &Sha, pins: &[PinTo]) -> Result<BTreeMap<String, Pinned>, String> {
    let mut made: BTreeMap<String, Pinned> = BTreeMap::new();
    for pin in pins {
        let text = match made.get(&pin.manifest) {
            Some(pinned) => pinned.text.clone(),
            None => text_at(repo, at, &pin.manifest)?.ok_or_else(|| {
                format!("there is no {} at {}: correct `manifest` in the plan", pin.manifest, at.short())
            })?,
        };
        let pinned = pinning::pin(&pin.manifest, &text, to(pin)).map_err(|why| why.to_string())?;
        let before = made.remove(&pin.manifest).map(|pinned| pinned.replaced).unwrap_or_default();
        let replaced = before.into_iter().chain(pinned.replaced).collect();
        made.insert(pin.manifest.clone(), Pinned { text: pinned.text, replaced });
    }
    Ok(made)
}

/// A file as a commit has it.
pub(super) fn text_at(repo: &Repo, at: &Sha, file: &str) -> Result<Option<String>, String> {
    let bytes = repo.blob_at(at, file).map_err(|why| why.to_string())?;
    bytes.map(|bytes| String::from_utf8(bytes).map_err(|_| format!("{file} isn't UTF-8"))).transpose()
}

/// The lock file of a pin, among those that are there.
pub(super) fn lock_of(pin: &PinTo, is_there: &dyn Fn(&str) -> bool) -> Result<Option<String>, String> {
    if let Some(file) = &pin.lock_file {
        return Ok(Some(file.clone()));
    }
    let names = pinning::locks_of(&pin.manifest).map_err(|why| why.to_string())?;
    let mut folder = Path::new(&pin.manifest).parent();
    while let Some(at) = folder {
        let beside = names.iter().map(|name| at.join(name).to_string_lossy().into_owned());
        let beside: Vec<String> = beside.filter(|file| is_there(file)).collect();
        match beside.as_slice() {
            [] => folder = at.parent(),
            [one] => return Ok(Some(one.clone())),
            several => {
                return Err(format!(
                    "{} has several lock files: {}. Name the right one as `lock_file` of its pin",
                    pin.manifest,
                    several.join(", ")
                ));
            }
        }
    }
    Ok(None)
}

/// The files that a repin may touch.
pub(super) fn allowed(pins: &[PinTo], is_there: &dyn Fn(&str) -> bool) -> Result<BTreeSet<String>, String> {
    let mut files: BTreeSet<String> = pins.iter().map(|pin| pin.manifest.clone()).collect();
    for pin in pins {
        files.extend(lock_of(pin, is_there)?);
    }
    Ok(files)
}

/// Whether every lock file holds what its manifest pins; says what proves it.
pub(super) fn locks_hold(
    pins: &[PinTo],
    read: &dyn Fn(&str) -> Result<Option<String>, String>,
) -> Result<Vec<String>, NotHeld> {
    let mut proofs = Vec::new();
    for pin in pins {
        let is_there = |file: &str| !matches!(read(file), Ok(None));
        let package = &pin.package;
        let Some(file) = lock_of(pin, &is_there).map_err(NotHeld::Other)? else {
            if pin.lock.is_some() {
                let why = format!("no lock file lies beside {}: name it as `lock_file` of its pin", pin.manifest);
                return Err(NotHeld::Other(why));
            }
            proofs.push(format!("{} names {package}; it has no lock file", pin.manifest));
            continue;
        };
        let text = read(&file).map_err(NotHeld::Other)?;
        let text =
            text.ok_or_else(|| NotHeld::Other(format!("there is no {file}: correct `lock_file` in the plan")))?;
        match lock::require(&file, &text, &package.name, &package.version) {
            Ok(Locked { version, integrity: Some(proof) }) => {
                proofs.push(format!("{file} has {} {version}, {proof}", package.name));
            }
            Ok(Locked { version, integrity: None }) => {
                let said = "this lock file has no place for its integrity";
                proofs.push(format!("warning: {file} has {} {version}, but {said}", package.name));
            }
            Err(fault) if pin.lock.is_none() => {
                let why = format!("{fault}, and its pin says no `lock` command that would refresh it");
                return Err(NotHeld::Other(why));
            }
            Err(fault) => return Err(NotHeld::Lock(fault)),
        }
    }
    Ok(proofs)
}

/// Whether a commit is the base with its references pinned, or the base where they were already: says why not.
pub(super) fn is_repin(repo: &Repo, base: &Sha, at: &Sha, pins: &[PinTo]) -> Result<(), String> {
    let text = |why: crate::port::repo::Unreadable| why.to_string();
    let read = |file: &str| text_at(repo, at, file);
    if at != base {
        if repo.parents(at).map_err(text)? != [base.clone()] {
            return Err(format!("{} isn't made on {} alone", at.short(), base.short()));
        }
        let named = allowed(pins, &|file| !matches!(read(file), Ok(None)))?;
        let touched = repo.files_between(base, at).map_err(text)?;
        if let Some(other) = touched.iter().find(|file| !named.contains(*file)) {
            return Err(format!("{} touches {other} as well", at.short()));
        }
        // not a word of a manifest but the reference: a script that somebody slipped in ships with nobody's approval
        for (file, pinned) in manifests(repo, base, pins)? {
            if text_at(repo, at, &file)?.as_ref() != Some(&pinned.text) {
                return Err(format!("{} changes more of {file} than the reference", at.short()));
            }
        }
    }
    let unpinned = manifests(repo, at, pins)?.into_iter().find(|(_, pinned)| !pinned.replaced.is_empty());
    if let Some((file, _)) = unpinned {
        return Err(format!("{file} doesn't name the version at {}", at.short()));
    }
    locks_hold(pins, &read).map(drop).map_err(|why| why.to_string())
}

/// A plain file of a worktree, reached through plain folders.
pub(super) fn read_in(tree: &Path, file: &str) -> Result<Option<Vec<u8>>, String> {
    let unreadable = |error: std::io::Error| format!("{file} can't be read: {error}");
    let mut path = tree.to_owned();
    for part in Path::new(file).components() {
        let Component::Normal(part) = part else { return Err(format!("{file} leads out of the worktree")) };
        path.push(part);
        match path.symlink_metadata() {
            Ok(found) if found.is_symlink() => {
                return Err(format!("{file} is reached through a symbolic link, which isn't followed"));
            }
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(error)),
        }
    }
    if !path.is_file() {
        return Err(format!("{file} is no plain file"));
    }
    let mut bytes = Vec::new();
    let opened = fs::File::open(&path).map_err(unreadable)?;
    opened.take(lock::LONGEST as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > lock::LONGEST { Err(LockFault::TooLong(file.to_owned()).to_string()) } else { Ok(Some(bytes)) }
}

/// The same as a text.
pub(super) fn text_in(tree: &Path, file: &str) -> Result<Option<String>, String> {
    let bytes = read_in(tree, file)?;
    bytes.map(|bytes| String::from_utf8(bytes).map_err(|_| format!("{file} isn't UTF-8"))).transpose()
}

/// Puts a file into a worktree as it should be, where it is or may be a plain one.
pub(super) fn write_in(tree: &Path, file: &str, bytes: Option<&[u8]>) -> Result<(), String> {
    let there = read_in(tree, file)?;
    let path = tree.join(file);
    let done = match bytes {
        Some(bytes) if there.as_deref() != Some(bytes) => fs::write(path, bytes),
        None if there.is_some() => fs::remove_file(path),
        Some(_) | None => Ok(()),
    };
    done.map_err(|error| format!("{file} can't be written: {error}"))
}

/// A lock file's bytes with the line ends that the commit has: a checkout may have changed them.
pub(super) fn with_ends_of(was: Option<&[u8]>, now: Vec<u8>) -> Vec<u8> {
    match was {
        Some(was) if !was.contains(&b'\r') && now.contains(&b'\r') => String::from_utf8(now)
            .map_or_else(std::string::FromUtf8Error::into_bytes, |text| text.replace("\r\n", "\n").into_bytes()),
        Some(_) | None => now,
    }
}
