//! What was read and judged before, kept by what it was made from: in memory, and in a folder of the release's state. Losing it
//! costs time alone; what can't be read back is made anew.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::plan::Digest;

/// Rises when the same sources would give something else.
const FORMAT: &str = concat!(env!("CARGO_PKG_VERSION"), "/2");
/// The most that is kept in memory, in entries and in bytes.
const IN_MEMORY: usize = 1_000;
const BYTES: usize = 32 << 20;
/// The most that is kept on disk, in entries.
const ON_DISK: usize = 2_000;
/// The longest entry, in bytes.
const LARGEST: usize = 4 << 20;

/// Where results are kept.
#[derive(Debug, Default)]
pub struct Store {
    folder: Option<PathBuf>,
    memory: Mutex<Memory>,
    /// How many files were read out of clones and work trees.
    reads: AtomicU64,
}

#[derive(Debug, Default)]
struct Memory {
    entries: HashMap<Digest, String>,
    bytes: usize,
    /// How many files lie in the folder, once that was counted.
    on_disk: Option<usize>,
}

impl Store {
    /// A store in a folder, made when the first thing is kept.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder: Some(folder), ..Self::default() }
    }

    /// How many files were read because nothing was known of them.
    pub fn reads(&self) -> u64 {
        self.reads.load(Ordering::Relaxed)
    }

    pub(super) fn count_read(&self) {
        self.reads.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn get<T: DeserializeOwned>(&self, key: &Digest) -> Option<T> {
        let key = versioned(key);
        let known = self.memory.lock().unwrap_or_else(PoisonError::into_inner).entries.get(&key).cloned();
        if let Some(text) = known {
            return serde_json::from_str(&text).ok();
        }
        let file = self.folder.as_ref()?.join(format!("{key}.json"));
        let small = file.metadata().is_ok_and(|found| found.is_file() && found.len() <= LARGEST as u64);
        let text = small.then(|| fs::read_to_string(&file).ok()).flatten()?;
        self.remember(key, &text);
        serde_json::from_str(&text).ok()
    }

    pub(super) fn put<T: Serialize>(&self, key: &Digest, value: &T) {
        let Ok(text) = serde_json::to_string(value) else { return };
        if text.len() > LARGEST {
            return;
        }
        let key = versioned(key);
        self.remember(key.clone(), &text);
        if let Some(folder) = &self.folder {
            // what isn't kept is made anew the next time
            let _ = self.write(folder, &key, &text);
        }
    }

    fn remember(&self, key: Digest, text: &str) {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.entries.len() >= IN_MEMORY || memory.bytes + text.len() > BYTES {
            memory.entries.clear();
            memory.bytes = 0;
        }
        memory.bytes += text.len();
        memory.entries.insert(key, text.to_owned());
    }

    fn write(&self, folder: &Path, key: &Digest, text: &str) -> std::io::Result<()> {
        fs::create_dir_all(folder)?;
        let file = folder.join(format!("{key}.json"));
        // a reader never sees a half: two that write the same write the same bytes
        let fresh = folder.join(format!(".{key}.{}", std::process::id()));
        fs::write(&fresh, text)?;
        fs::rename(&fresh, &file)?;
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let count = match memory.on_disk {
            Some(count) => count + 1,
            None => fs::read_dir(folder)?.count(),
        };
        memory.on_disk = Some(if count > ON_DISK { prune(folder)? } else { count });
        Ok(())
    }
}

fn versioned(key: &Digest) -> Digest {
    Digest::of_parts(&[FORMAT, key.as_str()])
}

/// Removes the older half; answers how many stay.
fn prune(folder: &Path) -> std::io::Result<usize> {
    let mut files: Vec<(SystemTime, PathBuf)> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        files.push((entry.metadata()?.modified()?, entry.path()));
    }
    files.sort();
    let gone = files.len() / 2;
    for (_, file) in files.iter().take(gone) {
        fs::remove_file(file)?;
    }
    Ok(files.len() - gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Digest {
        Digest::of(text.as_bytes())
    }

    #[test]
    fn what_is_kept_is_there_for_the_next_process_and_what_is_damaged_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("seams");
        Store::new(folder.clone()).put(&key("a"), &vec![1, 2]);
        assert_eq!(Store::new(folder.clone()).get::<Vec<u8>>(&key("a")), Some(vec![1, 2]));
        assert_eq!(Store::new(folder.clone()).get::<Vec<u8>>(&key("b")), None);
        for entry in fs::read_dir(&folder).unwrap() {
            fs::write(entry.unwrap().path(), "[1,").unwrap();
        }
        assert_eq!(Store::new(folder).get::<Vec<u8>>(&key("a")), None);
    }

    #[test]
    fn it_never_grows_past_its_bounds() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(dir.path().to_owned());
        for number in 0..ON_DISK + 10 {
            store.put(&key(&number.to_string()), &number);
        }
        assert!(fs::read_dir(dir.path()).unwrap().count() <= ON_DISK);
        assert!(store.memory.lock().unwrap().entries.len() <= IN_MEMORY);
        store.put(&key("large"), &"x".repeat(LARGEST + 1));
        assert_eq!(store.get::<String>(&key("large")), None);
    }
}
