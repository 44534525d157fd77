//! TOML: comments and layout stay as they were written.

use serde_json::Value;

use super::tokens;

/// The whole document.
pub(super) fn read(text: &str) -> Result<Value, String> {
    toml::from_str(text).map_err(|error| format!("it isn't TOML: {}", error.message()))
}

/// A text with another text at a pointer.
pub(super) fn with(text: &str, pointer: &str, value: &str) -> Result<String, String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn toml_keeps_its_comments() {
        let text = "# ours\n[flag] # here\nstate = \"off\"   # now\nlist = [1, \"a\"]\n";
        let changed = with(text, "/flag/state", "on").unwrap();
        assert_eq!(changed, text.replace("\"off\"", "\"on\""));
        assert_eq!(with(text, "/flag/list/1", "b").unwrap(), text.replace("\"a\"", "\"b\""));
        assert!(with(text, "/flag", "on").is_err());
    }
}
