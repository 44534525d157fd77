//! A value in a JSON, TOML or YAML file, by JSON pointer: read, or replaced with every other byte left as it was.

mod json;
mod toml;
mod yaml;

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use serde_json::Value;
use ulid::Ulid;

/// The largest file that is read for one value, in bytes.
const LARGEST: u64 = 4 << 20;

/// Reads the value at a pointer.
pub(super) fn read(path: &Path, pointer: &str) -> Result<Value, String> {
    let text = load(path)?;
    let document = match Kind::of(path) {
        Kind::Json => json::read(&text)?,
        Kind::Toml => toml::read(&text)?,
        Kind::Yaml => yaml::read(&text)?,
    };
    document.pointer(pointer).cloned().ok_or_else(|| format!("it has nothing at {pointer}"))
}

/// Puts a text at a pointer that has a value already. On an error the file is as it was.
pub(super) fn write(path: &Path, pointer: &str, value: &str) -> Result<(), String> {
    rewrite(path, |text, kind| match kind {
        Kind::Json => json::with(text, pointer, &Value::from(value)),
        Kind::Toml => toml::with(text, pointer, value),
        Kind::Yaml => yaml::with(text, pointer, value),
    })
}

/// Reads a JSON text.
pub(super) fn parsed(text: &str) -> Result<Value, String> {
    json::read(text)
}

/// One field of a table: replaced, or added as its last one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    /// The keys that lead to the table.
    pub(super) at: Vec<String>,
    /// The field.
    pub(super) key: String,
    /// Its value.
    pub(super) value: Value,
}

/// Changes fields of a JSON file, all at once. On an error the file is as it was.
pub(super) fn edit(path: &Path, changes: impl FnOnce(&Value) -> Result<Vec<Change>, String>) -> Result<(), String> {
    rewrite(path, |text, _| edited(text, changes))
}

/// A JSON text with fields changed, all at once.
pub(super) fn edited(
    text: &str,
    changes: impl FnOnce(&Value) -> Result<Vec<Change>, String>,
) -> Result<String, String> {
    let changes = changes(&json::read(text)?)?;
    changes.iter().try_fold(text.to_owned(), |text, change| json::changed(&text, change))
}

fn rewrite(path: &Path, change: impl FnOnce(&str, Kind) -> Result<String, String>) -> Result<(), String> {
    let said = |error: io::Error| format!("{} can't be written: {error}", path.display());
    // a link stays a link: what it names is replaced
    let path = fs::canonicalize(path).map_err(said)?;
    let text = load(&path)?;
    let changed = change(&text, Kind::of(&path))?;
    if changed == text {
        return Ok(());
    }
    replace(&path, changed.as_bytes()).map_err(said)
}

/// What a file is, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Json,
    Toml,
    Yaml,
}

impl Kind {
    fn of(path: &Path) -> Self {
        let end = path.extension().map(|end| end.to_string_lossy().to_ascii_lowercase());
        match end.as_deref() {
            Some("toml") => Self::Toml,
            Some("yaml" | "yml") => Self::Yaml,
            Some(_) | None => Self::Json,
        }
    }
}

fn load(path: &Path) -> Result<String, String> {
    let said = |error: io::Error| format!("{} can't be read: {error}", path.display());
    let size = fs::metadata(path).map_err(said)?.len();
    if size > LARGEST {
        return Err(format!("{} has {size} bytes; at most {LARGEST} are read", path.display()));
    }
    fs::read_to_string(path).map_err(said)
}

/// Replaces a file's bytes and keeps its mode: a reader sees the old ones or the new ones, also after a power cut.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.new", Ulid::r#gen()));
    let fresh = folder.join(name);
    let written = || {
        let mut file = File::create_new(&fresh)?;
        file.set_permissions(fs::metadata(path)?.permissions())?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&fresh, path)
    };
    written().inspect_err(|_| {
        // the first error is the one to tell
        let _ = fs::remove_file(&fresh);
    })?;
    File::open(folder)?.sync_all()
}

/// The keys and indices of a pointer.
fn tokens(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|token| token.replace("~1", "/").replace("~0", "~")).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_file_keeps_its_mode_and_its_link() {
        let dir = tempfile::tempdir().unwrap();
        let (real, link) = (dir.path().join("real.json"), dir.path().join("flags.json"));
        fs::write(&real, "{\"a\": \"off\"}").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o664)).unwrap();
        std::os::unix::fs::symlink("real.json", &link).unwrap();
        write(&link, "/a", "on").unwrap();
        assert_eq!(fs::read_to_string(&real).unwrap(), "{\"a\": \"on\"}");
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o664);
        assert_eq!(read(&link, "/a").unwrap(), Value::from("on"));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }
}
