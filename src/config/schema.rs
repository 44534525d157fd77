//! The JSON Schema of release.toml, from the types that read it: the one list of its keys.

use serde_json::{Map, Value, json};

use crate::plan::Document;

/// The JSON Schema (draft 2020-12) for editors: what isn't in it is refused.
pub fn json_schema() -> Value {
    let mut schema = schemars::schema_for!(Document).to_value();
    tidy(&mut schema);
    close(&mut schema);
    if let Some(root) = schema.as_object_mut() {
        root.insert("title".to_owned(), "release.toml".into());
    }
    schema
}

/// What a `$ref` names, with the schema's own description and default kept apart from it.
pub(crate) fn resolve<'s>(root: &'s Value, schema: &'s Value) -> &'s Value {
    let mut schema = schema;
    for _ in 0..16 {
        let Some(name) = schema.get("$ref").and_then(Value::as_str) else { break };
        let Some(target) = name.strip_prefix('#').and_then(|pointer| root.pointer(pointer)) else { break };
        schema = target;
    }
    schema
}

/// The alternatives of a schema.
pub(crate) fn branches(schema: &Value) -> &[Value] {
    ["oneOf", "anyOf"].iter().find_map(|word| schema.get(word)?.as_array()).map_or(&[], Vec::as_slice)
}

/// The two ways to write what is a text in short and a table in full.
pub(crate) fn text_or_table<'s>(root: &'s Value, schema: &'s Value) -> Option<(&'s Value, &'s Value)> {
    let [text, table] = branches(schema) else { return None };
    let kind = |schema| resolve(root, schema).get("type").and_then(Value::as_str);
    (kind(text) == Some("string") && kind(table) == Some("object")).then_some((text, table))
}

/// TOML has no null: an absent key is absent. A branch of one key describes that key.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Array(list) => list.iter_mut().for_each(tidy),
        Value::Object(map) => {
            without_null(map);
            for (key, value) in map.iter_mut() {
                if !matches!(key.as_str(), "default" | "examples" | "const" | "enum") {
                    tidy(value);
                }
            }
            describe_only_key(map);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn without_null(map: &mut Map<String, Value>) {
    if map.get("default") == Some(&Value::Null) {
        map.remove("default");
    }
    if let Some(kinds) = map.get("type").and_then(Value::as_array) {
        let kinds: Vec<_> = kinds.iter().filter(|kind| **kind != "null").cloned().collect();
        let kind = if let [one] = kinds.as_slice() { one.clone() } else { Value::Array(kinds) };
        map.insert("type".to_owned(), kind);
    }
    let Some(Value::Array(choices)) = map.get("anyOf") else { return };
    let choices: Vec<_> = choices.iter().filter(|choice| **choice != json!({"type": "null"})).cloned().collect();
    if let [Value::Object(only)] = choices.as_slice() {
        let only = only.clone();
        map.remove("anyOf");
        map.extend(only);
    }
}

fn describe_only_key(map: &mut Map<String, Value>) {
    let Some(description) = map.get("description").cloned() else { return };
    let Some(Value::Object(properties)) = map.get_mut("properties") else { return };
    let mut keys = properties.values_mut();
    if let (Some(Value::Object(only)), None) = (keys.next(), keys.next()) {
        only.entry("description").or_insert(description);
    }
}

/// Refuses unknown keys: where alternatives share a table's keys, by `unevaluatedProperties` on the whole.
fn close(schema: &mut Value) {
    match schema {
        Value::Array(list) => list.iter_mut().for_each(close),
        Value::Object(map) => {
            let shares = map.contains_key("properties") && (map.contains_key("oneOf") || map.contains_key("anyOf"));
            for (key, value) in map.iter_mut() {
                match key.as_str() {
                    "default" | "examples" | "const" | "enum" => {}
                    "oneOf" | "anyOf" if shares => open_branches(value),
                    _ => close(value),
                }
            }
            if shares {
                map.insert("unevaluatedProperties".to_owned(), false.into());
            } else if map.get("type") == Some(&json!("object")) {
                map.entry("additionalProperties").or_insert(Value::Bool(false));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Closes what lies below alternatives, but not the alternatives themselves.
fn open_branches(branches: &mut Value) {
    for branch in branches.as_array_mut().into_iter().flatten() {
        if let Some(map) = branch.as_object_mut() {
            map.remove("additionalProperties");
            if let Some(properties) = map.get_mut("properties").and_then(Value::as_object_mut) {
                properties.values_mut().for_each(close);
            }
        }
    }
}

/// What a schema is for.
pub(crate) fn description(schema: &Value) -> &str {
    schema.get("description").and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::config) fn properties(schema: &Value, found: &mut Vec<(String, Value)>) {
        if let Some(map) = schema.get("properties").and_then(Value::as_object) {
            found.extend(map.iter().map(|(key, property)| (key.clone(), property.clone())));
        }
        match schema {
            Value::Object(map) => map.values().for_each(|value| properties(value, found)),
            Value::Array(list) => list.iter().for_each(|value| properties(value, found)),
            _ => {}
        }
    }

    #[test]
    fn every_property_says_what_it_means() {
        let mut found = Vec::new();
        properties(&json_schema(), &mut found);
        assert!(found.len() > 60);
        for (key, property) in found {
            assert!(!description(&property).is_empty(), "{key} has no description");
        }
    }

    #[test]
    fn no_table_is_open_and_nothing_is_null() {
        let text = json_schema().to_string();
        assert!(!text.contains("null"));
        let schema = json_schema();
        assert_eq!(schema.pointer("/additionalProperties"), Some(&json!(false)));
        assert_eq!(schema.pointer("/$defs/Step/unevaluatedProperties"), Some(&json!(false)));
        assert_eq!(schema.pointer("/$defs/Step/oneOf/0/additionalProperties"), None);
        assert_eq!(schema.pointer("/$defs/Gate/anyOf/0/additionalProperties"), Some(&json!(false)));
        assert_eq!(schema.pointer("/$defs/Check/unevaluatedProperties"), Some(&json!(false)));
    }
}
