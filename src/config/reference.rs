//! The reference of release.toml as Markdown, made from its schema: a key that isn't there is in neither.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

use super::schema::{branches, description, json_schema, resolve, text_or_table};

/// Every key of release.toml as Markdown: type, default, example, meaning.
pub fn reference() -> String {
    let schema = json_schema();
    let mut page = Page { root: &schema, text: String::new(), told: BTreeSet::new(), waiting: Vec::new() };
    page.text.push_str("# release.toml\n\nEvery key that this build knows. What isn't here is refused.\n");
    page.tables("release.toml", &schema);
    while let Some((title, schema)) = page.waiting.pop() {
        page.tables(&title, schema);
    }
    page.text
}

/// The reference while it is written.
struct Page<'s> {
    root: &'s Value,
    text: String,
    told: BTreeSet<&'s str>,
    waiting: Vec<(String, &'s Value)>,
}

impl<'s> Page<'s> {
    /// One section: a type's own keys, then those of its alternatives.
    fn tables(&mut self, title: &str, schema: &'s Value) {
        // writing to a String can't fail
        let _ = write!(self.text, "\n## {title}\n\n{}\n", description(schema));
        let waiting = self.waiting.len();
        self.keys(schema);
        let choices = branches(schema);
        if choices.iter().any(|choice| choice.get("properties").is_some()) {
            let single = |c: &&Value| c.get("properties").and_then(Value::as_object).is_some_and(|p| p.len() == 1);
            let (mut singles, mut others): (Vec<_>, Vec<_>) = choices.iter().partition(single);
            // one alone says more under its own description
            if singles.len() == 1 {
                others = choices.iter().collect();
                singles.clear();
            }
            if !singles.is_empty() {
                self.text.push_str("\nExactly one of these:\n");
                self.header();
                for choice in &singles {
                    self.rows(choice);
                }
            }
            for choice in others {
                let word = if singles.is_empty() { "Either" } else { "Or" };
                let _ = write!(self.text, "\n{word}: {}\n", description(choice));
                self.keys(choice);
            }
        }
        // first named, first told
        self.waiting.get_mut(waiting..).unwrap_or_default().reverse();
    }

    fn header(&mut self) {
        self.text.push_str("\n| key | type | default | example | meaning |\n|---|---|---|---|---|\n");
    }

    fn keys(&mut self, schema: &'s Value) {
        if schema.get("properties").is_some() {
            self.header();
            self.rows(schema);
        }
    }

    fn rows(&mut self, schema: &'s Value) {
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
        let needed = |key: &str| {
            schema.get("required").and_then(Value::as_array).is_some_and(|list| list.iter().any(|k| k == key))
        };
        for (key, property) in properties {
            let default = match property.get("default") {
                Some(value) => code(value),
                None if needed(key) => "needed".to_owned(),
                None => String::new(),
            };
            let kind = self.kind(property);
            let meaning = description(property).replace('|', "\\|").replace('\n', " ");
            let _ = writeln!(self.text, "| `{key}` | {kind} | {default} | {} | {meaning} |", example(property));
        }
    }

    /// A property's type in words; a table's own section is put on the list.
    fn kind(&mut self, property: &'s Value) -> String {
        let target = resolve(self.root, property);
        let words: Vec<_> = branches(target).iter().filter_map(|c| c.get("const")).map(code).collect();
        if !words.is_empty() {
            return words.join(" or ");
        }
        if let Some((_, table)) = text_or_table(self.root, target) {
            return format!("text, or {}", self.kind(table));
        }
        if let Some(list) = branches(target).iter().find(|choice| choice.get("type") == Some(&"array".into())) {
            let one = branches(target).iter().find(|choice| *choice != list).map(|one| self.kind(one));
            return format!("{} or a list of them", one.unwrap_or_default());
        }
        if let Some(format) = target.get("format").and_then(Value::as_str) {
            match format {
                "name" => return "name".to_owned(),
                "period" => return "length of time".to_owned(),
                "jsonpath" => return "JSONPath".to_owned(),
                "regex" => return "pattern".to_owned(),
                "glob" => return "path with wildcards".to_owned(),
                "argv" => return "command (a list of texts)".to_owned(),
                _ => {}
            }
        }
        let table =
            target.get("properties").is_some() || branches(target).iter().any(|c| c.get("properties").is_some());
        if table {
            return self.link(property);
        }
        match target.get("type").and_then(Value::as_str) {
            Some("array") => {
                target.get("items").map_or_else(String::new, |items| format!("list of {}", self.kind(items)))
            }
            Some("object") => {
                let values =
                    target.get("patternProperties").and_then(Value::as_object).and_then(|map| map.values().next());
                format!("{} by name", values.map_or_else(|| "any value".to_owned(), |values| self.kind(values)))
            }
            Some("string") => "text".to_owned(),
            Some("integer") => "whole number".to_owned(),
            Some("boolean") => target.get("const").map_or_else(|| "true or false".to_owned(), code),
            Some(other) => other.to_owned(),
            None => "any value".to_owned(),
        }
    }

    fn link(&mut self, property: &'s Value) -> String {
        let name = property.get("$ref").and_then(Value::as_str).and_then(|r| r.rsplit('/').next()).unwrap_or("table");
        if self.told.insert(name) {
            self.waiting.push((name.to_owned(), resolve(self.root, property)));
        }
        format!("[{name}](#{})", name.to_lowercase())
    }
}

fn example(schema: &Value) -> String {
    schema.get("examples").and_then(|list| list.get(0)).map_or_else(String::new, code)
}

fn code(value: &Value) -> String {
    format!("`{value}`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::schema::tests::properties;

    #[test]
    fn the_reference_names_every_key_and_every_verb() {
        let page = reference();
        let mut found = Vec::new();
        properties(&json_schema(), &mut found);
        for (key, _) in found {
            assert!(page.contains(&format!("| `{key}` |")), "{key} is missing in:\n{page}");
        }
        for verb in crate::plan::Verb::ALL {
            assert!(page.contains(&format!("| `{verb}` |")), "{verb}");
        }
    }
}
