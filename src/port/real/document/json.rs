//! JSON: what stands round a value stays as it was written.

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use super::{Change, tokens};

/// The whole document.
pub(super) fn read(text: &str) -> Result<Value, String> {
    crate::port::json::read(text.as_bytes()).map_err(|error| format!("it isn't JSON: {error}"))
}

/// A text with another value at a pointer: the last of several, which is the one that most readers take.
pub(super) fn with(text: &str, pointer: &str, value: &Value) -> Result<String, String> {
    let document: Value = serde_json::from_str(text).map_err(|error| format!("it isn't JSON: {error}"))?;
    let nothing = || format!("it has nothing at {pointer}");
    document.pointer(pointer).ok_or_else(nothing)?;
    let mut start = skip_space(text, 0);
    for token in tokens(pointer) {
        start = child(text, start, &token).ok_or_else(nothing)?;
    }
    let end = after::<IgnoredAny>(text, start).ok_or_else(nothing)?.1;
    let (before, rest) = (text.get(..start).ok_or_else(nothing)?, text.get(end..).ok_or_else(nothing)?);
    Ok(format!("{before}{value}{rest}"))
}

/// A text with one field of a table replaced, or added as its last one.
pub(super) fn changed(text: &str, change: &Change) -> Result<String, String> {
    let escaped = |key: &String| format!("/{}", key.replace('~', "~0").replace('/', "~1"));
    let table: String = change.at.iter().map(escaped).collect();
    let nothing = || format!("it has no table at {table}");
    let document = read(text)?;
    let fields = document.pointer(&table).and_then(Value::as_object).ok_or_else(nothing)?;
    if fields.contains_key(&change.key) {
        return with(text, &format!("{table}{}", escaped(&change.key)), &change.value);
    }
    let mut start = skip_space(text, 0);
    for key in &change.at {
        start = child(text, start, key).ok_or_else(nothing)?;
    }
    let (key, value) = (Value::from(change.key.as_str()), &change.value);
    // a new field stands as the first one does
    let first = skip_space(text, start + 1);
    let space = text.get(start + 1..first).ok_or_else(nothing)?;
    let (at, added) = match fields.len() {
        0 => (start + 1, format!("{key}: {value}")),
        _ => (start + 1, format!("{space}{key}: {value},")),
    };
    let (before, rest) = (text.get(..at).ok_or_else(nothing)?, text.get(at..).ok_or_else(nothing)?);
    Ok(format!("{before}{added}{rest}"))
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_value_changes_and_every_other_byte_stays() {
        let text =
            "{ \"z\" : 1.50,\n\t\"flag\": {\"s\": [\"x\\\"}\", { \"state\" :\"off\" } ],\"a/b\":null}, \"é\":true }\n";
        let changed = with(text, "/flag/s/1/state", &"o\"n".into()).unwrap();
        assert_eq!(changed, text.replace("\"off\"", "\"o\\\"n\""));
        assert_eq!(with(text, "/flag/a~1b", &"x".into()).unwrap(), text.replace("null", "\"x\""));
        assert_eq!(with("{\"a\":1,\"a\":2}", "/a", &"x".into()).unwrap(), "{\"a\":1,\"a\":\"x\"}");
        assert!(with(text, "/flag/none", &"x".into()).is_err() && with("{", "/a", &"x".into()).is_err());
    }

    #[test]
    fn a_field_is_replaced_or_added_and_every_other_byte_stays() {
        let text = "{\n  \"flags\": {\n    \"a/b\": { \"state\": \"ENABLED\" },\n    \"none\": {}\n  }\n}\n";
        let change = |flag: &str, key: &str, value: Value| {
            changed(text, &Change { at: vec!["flags".into(), flag.into()], key: key.into(), value })
        };
        assert_eq!(change("a/b", "state", json!("DISABLED")).unwrap(), text.replace("ENABLED", "DISABLED"));
        let added = change("a/b", "targeting", json!({ "if": [] })).unwrap();
        assert_eq!(added, text.replace("{ \"state", "{ \"targeting\": {\"if\":[]}, \"state"));
        assert_eq!(change("none", "x", json!(1)).unwrap(), text.replace("{}", "{\"x\": 1}"));
        assert!(change("absent", "x", json!(1)).is_err());
    }
}
