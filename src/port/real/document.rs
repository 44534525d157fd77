//! A value in a JSON or TOML file, by JSON pointer: read, or replaced with every other byte left as it was.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use ulid::Ulid;

/// The largest file that is read for one value, in bytes.
const LARGEST: u64 = 4 << 20;

/// Reads the value at a pointer.
pub(super) fn read(path: &Path, pointer: &str) -> Result<Value, String> {
    let text = load(path)?;
    let document: Value = if is_toml(path) {
        toml::from_str(&text).map_err(|error| format!("it isn't TOML: {}", error.message()))?
    } else {
        serde_json::from_str(&text).map_err(|error| format!("it isn't JSON: {error}"))?
    };
    document.pointer(pointer).cloned().ok_or_else(|| format!("it has nothing at {pointer}"))
}

/// Puts a text at a pointer that has a value already. On an error the file is as it was.
pub(super) fn write(path: &Path, pointer: &str, value: &str) -> Result<(), String> {
    let said = |error: io::Error| format!("{} can't be written: {error}", path.display());
    // a link stays a link: what it names is replaced
    let path = fs::canonicalize(path).map_err(said)?;
    let text = load(&path)?;
    let changed = if is_toml(&path) { with_toml(&text, pointer, value)? } else { with_json(&text, pointer, value)? };
    if changed == text {
        return Ok(());
    }
    replace(&path, changed.as_bytes()).map_err(said)
}

fn is_toml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"))
}

fn load(path: &Path) -> Result<String, String> {
    let said = |error: io::Error| format!("{} can't be read: {error}", path.display());
    let size = fs::metadata(path).map_err(said)?.len();
    if size > LARGEST {
        return Err(format!("{} has {size} bytes; at most {LARGEST} are read", path.display()));
    }
    fs::read_to_string(path).map_err(said)
}

/// The keys and indices of a pointer.
fn tokens(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|token| token.replace("~1", "/").replace("~0", "~")).collect()
}

fn with_toml(text: &str, pointer: &str, value: &str) -> Result<String, String> {
    let nothing = || format!("it has nothing at {pointer}");
    let mut document: toml_edit::DocumentMut = text.parse().map_err(|error| format!("it isn't TOML: {error}"))?;
    let mut item = document.as_item_mut();
    for token in tokens(pointer) {
        item = match token.parse::<usize>() {
            Ok(index) if item.is_array() || item.is_array_of_tables() => item.get_mut(index).ok_or_else(nothing)?,
            Ok(_) | Err(_) => item.get_mut(token.as_str()).ok_or_else(nothing)?,
        };
    }
    let old = item.as_value_mut().ok_or_else(nothing)?;
    let mut new = toml_edit::Value::from(value);
    *new.decor_mut() = old.decor().clone();
    *old = new;
    Ok(document.to_string())
}

fn with_json(text: &str, pointer: &str, value: &str) -> Result<String, String> {
    let document: Value = serde_json::from_str(text).map_err(|error| format!("it isn't JSON: {error}"))?;
    let nothing = || format!("it has nothing at {pointer}");
    document.pointer(pointer).ok_or_else(nothing)?;
    let mut start = skip_space(text, 0);
    for token in tokens(pointer) {
        start = child(text, start, &token).ok_or_else(nothing)?;
    }
    let end = after::<IgnoredAny>(text, start).ok_or_else(nothing)?.1;
    let (before, rest) = (text.get(..start).ok_or_else(nothing)?, text.get(end..).ok_or_else(nothing)?);
    Ok(format!("{before}{}{rest}", Value::from(value)))
}

/// Where the value of a key or an index starts in the object or array that starts at `at`. The text is known to be JSON; of
/// two equal keys the last one counts, as it does for every reader of ours.
fn child(text: &str, at: usize, token: &str) -> Option<usize> {
    let is_object = text.as_bytes().get(at) == Some(&b'{');
    let mut found = None;
    let mut position = skip_space(text, at + 1);
    let mut index = 0_usize;
    while !matches!(text.as_bytes().get(position)?, b'}' | b']') {
        let matches = if is_object {
            let (key, end) = after::<String>(text, position)?;
            // over the colon
            position = skip_space(text, skip_space(text, end) + 1);
            key == token
        } else {
            index.to_string() == token
        };
        if matches {
            found = Some(position);
        }
        position = skip_space(text, after::<IgnoredAny>(text, position)?.1);
        if text.as_bytes().get(position) == Some(&b',') {
            position = skip_space(text, position + 1);
        }
        index += 1;
    }
    found
}

/// The value that starts somewhere, and where it ends.
fn after<T: DeserializeOwned>(text: &str, start: usize) -> Option<(T, usize)> {
    let mut values = serde_json::Deserializer::from_str(text.get(start..)?).into_iter::<T>();
    let value = values.next()?.ok()?;
    Some((value, start + values.byte_offset()))
}

fn skip_space(text: &str, from: usize) -> usize {
    let rest = text.as_bytes().get(from..).unwrap_or_default();
    from + rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count()
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

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn one_value_changes_and_every_other_byte_stays() {
        let text =
            "{ \"z\" : 1.50,\n\t\"flag\": {\"s\": [\"x\\\"}\", { \"state\" :\"off\" } ],\"a/b\":null}, \"é\":true }\n";
        let changed = with_json(text, "/flag/s/1/state", "o\"n").unwrap();
        assert_eq!(changed, text.replace("\"off\"", "\"o\\\"n\""));
        assert_eq!(with_json(text, "/flag/a~1b", "x").unwrap(), text.replace("null", "\"x\""));
        assert_eq!(with_json("{\"a\":1,\"a\":2}", "/a", "x").unwrap(), "{\"a\":1,\"a\":\"x\"}");
        assert!(with_json(text, "/flag/none", "x").is_err() && with_json("{", "/a", "x").is_err());
    }

    #[test]
    fn toml_keeps_its_comments() {
        let text = "# ours\n[flag] # here\nstate = \"off\"   # now\nlist = [1, \"a\"]\n";
        let changed = with_toml(text, "/flag/state", "on").unwrap();
        assert_eq!(changed, text.replace("\"off\"", "\"on\""));
        assert_eq!(with_toml(text, "/flag/list/1", "b").unwrap(), text.replace("\"a\"", "\"b\""));
        assert!(with_toml(text, "/flag", "on").is_err());
    }

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
