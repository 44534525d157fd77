//! Holds a TOML tree against the JSON Schema: unknown keys, missing ones, wrong types and values, all of them at once.
//! It knows JSON Schema as our types produce it, and no key of release.toml.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::complaint::Finding;
use super::near::{advice, nearest};
use super::schema::{branches, resolve, text_or_table};
use super::tree::{Node, Value};
use crate::plan::seam::{Glob, JsonPath, Pattern};
use crate::plan::{Argv, Period, RepoName};

/// What a walk found: the complaints, and the places that can't be used.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    pub(crate) findings: Vec<Finding>,
    pub(crate) broken: Vec<Vec<String>>,
}

/// Holds a document against its schema.
pub(crate) fn walk(document: &Node, schema: &Json) -> Walked {
    let mut walker = Walker { root: schema, path: Vec::new(), walked: Walked::default() };
    walker.visit(document, schema);
    walker.walked
}

struct Walker<'s> {
    root: &'s Json,
    path: Vec<String>,
    walked: Walked,
}

impl<'s> Walker<'s> {
    fn blame(&mut self, finding: Finding) {
        self.walked.broken.push(self.path.clone());
        self.walked.findings.push(finding);
    }

    fn below(&mut self, key: &str, node: &Node, schema: &'s Json) {
        self.path.push(key.to_owned());
        self.visit(node, schema);
        self.path.pop();
    }

    fn visit(&mut self, node: &Node, written: &'s Json) {
        let schema = resolve(self.root, written);
        if let Some((text, table)) = text_or_table(self.root, schema) {
            return self.visit(node, if matches!(node.value, Value::Text(_)) { text } else { table });
        }
        let words: Vec<_> = branches(schema).iter().filter_map(|choice| choice.get("const")?.as_str()).collect();
        if !words.is_empty() {
            return self.word(node, &words, written);
        }
        if let Some(schema) = one_or_many(self.root, schema, node) {
            return self.visit(node, schema);
        }
        let tables = branches(schema).iter().any(|choice| choice.get("properties").is_some());
        let kind = if tables { Some("object") } else { schema.get("type").and_then(Json::as_str) };
        match (kind, &node.value) {
            (Some("object"), Value::Table(_)) => self.table(node, schema),
            (Some("array"), Value::List(_)) => self.list(node, schema),
            (Some("string"), Value::Text(text)) => self.text(node, text, schema),
            (Some("integer"), Value::Integer(number)) => self.number(node, *number, schema),
            (Some("number"), Value::Float(_) | Value::Integer(_)) => {}
            (Some("boolean"), Value::Boolean(truth)) => {
                if schema.get("const").is_some_and(|only| only.as_bool() != Some(*truth)) {
                    let message = format!("{} can't be {truth}", self.label());
                    self.blame(Finding::error(node.span.clone(), message).with_help("leave it out instead"));
                }
            }
            (None, _) => self.any(node),
            (Some(kind), _) => self.wrong_kind(node, kind, written),
        }
    }

    fn wrong_kind(&mut self, node: &Node, kind: &str, written: &Json) {
        let wanted = match kind {
            "object" => "a table",
            "array" => "a list",
            "string" => "a text",
            "integer" => "a whole number",
            "boolean" => "true or false",
            other => other,
        };
        let mut finding =
            Finding::error(node.span.clone(), format!("{} must be {wanted}, not {}", self.label(), node.kind()));
        let example = written.get("examples").and_then(|list| list.get(0));
        let example = example.or_else(|| resolve(self.root, written).get("examples")?.get(0));
        if let (Some(example), Some(key)) = (example, self.path.last()) {
            finding = finding.with_help(format!("for example: {key} = {example}"));
        } else if kind == "array" && matches!(node.value, Value::Text(_)) {
            finding = finding.with_help("a list stands in brackets: [\"…\", \"…\"]");
        } else if kind == "string" {
            finding = finding.with_help("a text stands in quotes");
        }
        self.blame(finding);
    }

    fn word(&mut self, node: &Node, words: &[&str], written: &Json) {
        let Value::Text(text) = &node.value else { return self.wrong_kind(node, "string", written) };
        if words.contains(&text.as_str()) {
            return;
        }
        let mut finding = Finding::error(node.span.clone(), format!("{} can't be {text:?}", self.label()));
        finding.help = advice(text, words.iter().copied());
        self.blame(finding);
    }

    fn text(&mut self, node: &Node, text: &str, schema: &Json) {
        let fault = match schema.get("format").and_then(Json::as_str) {
            Some("name") => text.parse::<RepoName>().err().map(|e| e.to_string()),
            Some("period") => text.parse::<Period>().err().map(|e| e.to_string()),
            Some("regex") => Pattern::try_from(text.to_owned()).err().map(|e| e.to_string()),
            Some("jsonpath") => JsonPath::try_from(text.to_owned()).err().map(|e| e.to_string()),
            Some("glob") => Glob::try_from(text.to_owned()).err().map(|e| e.to_string()),
            Some(_) | None => None,
        };
        if let Some(fault) = fault {
            let (message, help) = split(&fault);
            let mut finding = Finding::error(node.span.clone(), format!("{}: {message}", self.label()));
            finding.help = help;
            self.blame(finding);
        }
    }

    fn number(&mut self, node: &Node, number: Option<i64>, schema: &Json) {
        let bound = |word: &str| schema.get(word).and_then(Json::as_i64);
        let (least, most) = (bound("minimum").unwrap_or(i64::MIN), bound("maximum").unwrap_or(i64::MAX));
        if number.is_some_and(|number| (least..=most).contains(&number)) {
            return;
        }
        let wanted = if least == most { format!("{least}") } else { format!("from {least} to {most}") };
        let message = format!("{} must be {wanted}", self.label());
        self.blame(Finding::error(node.span.clone(), message));
    }

    /// A value handed on as JSON, in which dates and endless numbers don't exist.
    fn any(&mut self, node: &Node) {
        match &node.value {
            Value::Date => {
                let message = format!("{} holds a date, which JSON doesn't have", self.label());
                self.blame(Finding::error(node.span.clone(), message).with_help("write it as a text in quotes"));
            }
            Value::Float(number) if !number.is_finite() => {
                let message = format!("{} holds {number}, which JSON doesn't have", self.label());
                self.blame(Finding::error(node.span.clone(), message));
            }
            Value::Integer(None) => {
                let message = format!("{} holds a number too large for 64 bits", self.label());
                self.blame(Finding::error(node.span.clone(), message));
            }
            Value::Text(_) | Value::Integer(_) | Value::Float(_) | Value::Boolean(_) => {}
            Value::List(items) => items.iter().for_each(|item| self.any(item)),
            Value::Table(entries) => entries.iter().for_each(|(_, item)| self.any(item)),
        }
    }

    fn list(&mut self, node: &Node, schema: &'s Json) {
        let items = node.items();
        let least = schema.get("minItems").and_then(Json::as_u64).unwrap_or(0);
        let command = schema.get("format").and_then(Json::as_str) == Some("argv");
        if (items.len() as u64) < least {
            let wanted = if command { "names at least a program".to_owned() } else { format!("has at least {least}") };
            let message = format!("{} {wanted}, this list has {}", self.label(), items.len());
            return self.blame(Finding::error(node.span.clone(), message));
        }
        let before = self.walked.broken.len();
        if let Some(schema) = schema.get("items") {
            for (index, item) in items.iter().enumerate() {
                self.below(&index.to_string(), item, schema);
            }
        }
        if command && self.walked.broken.len() == before {
            self.command(items);
        }
    }

    /// Each argument of a command by itself, so that the caret stands under the right one.
    fn command(&mut self, items: &[Node]) {
        for (index, item) in items.iter().enumerate() {
            let argument = item.text().unwrap_or_default().to_owned();
            let alone = if index == 0 { vec![argument] } else { vec![String::from("program"), argument] };
            if let Err(error) = Argv::try_from(alone) {
                let error = error.to_string();
                let (message, help) = split(&error);
                let mut finding = Finding::error(item.span.clone(), message);
                finding.help = help;
                self.blame(finding);
            }
        }
    }

    fn table(&mut self, node: &Node, schema: &'s Json) {
        if let Some(values) = by_name(schema) {
            return self.by_name(node, values);
        }
        let alternatives: Vec<_> = branches(schema).iter().map(|choice| resolve(self.root, choice)).collect();
        let chosen = choose(node, &alternatives);
        let all = keys(schema).into_iter().chain(alternatives.iter().flat_map(|choice| keys(choice))).collect();
        let mut meant = BTreeSet::new();
        let said = self.walked.findings.len();
        for (key, value) in node.entries() {
            let known = property(schema, key).or_else(|| property(chosen?, key));
            self.path.push(key.clone());
            match known {
                Some(schema) => self.visit(value, schema),
                None => meant.extend(self.unknown(node, key, value, &all, chosen, schema)),
            }
            self.path.pop();
        }
        let missing = required(schema).into_iter().chain(chosen.map(required).unwrap_or_default());
        let missing: Vec<_> = missing.filter(|key| node.get(key).is_none()).collect();
        for key in missing {
            if meant.contains(key) {
                // said already, with the key that was meant
                self.walked.broken.push(self.path.clone());
                continue;
            }
            self.missing(node, key, property(schema, key).or_else(|| property(chosen?, key)));
        }
        if chosen.is_none() && !alternatives.is_empty() {
            let unknown = |finding: &Finding| finding.message.starts_with("unknown key");
            if self.walked.findings.get(said..).is_some_and(|new| new.iter().any(unknown)) {
                self.walked.broken.push(self.path.clone());
            } else {
                self.no_choice(node, &alternatives);
            }
        }
    }

    fn by_name(&mut self, node: &Node, values: &'s Json) {
        for (key, value) in node.entries() {
            if let Err(error) = key.parse::<RepoName>() {
                self.path.push(key.clone());
                let (message, help) = split(&error.to_string());
                let mut finding = Finding::error(place(value), format!("{key:?} is no name: {message}"));
                finding.help = help;
                self.blame(finding);
                self.path.pop();
            }
            self.below(key, value, values);
        }
    }

    /// A key that doesn't belong; answers the known key that was probably meant.
    fn unknown(
        &mut self,
        node: &Node,
        key: &str,
        value: &Node,
        all: &BTreeSet<&'s str>,
        chosen: Option<&'s Json>,
        own: &Json,
    ) -> Option<&'s str> {
        let span = place(value);
        if all.contains(key) {
            let other =
                chosen.into_iter().flat_map(required).find(|other| node.get(other).is_some()).unwrap_or("the rest");
            let finding = if chosen.is_some_and(|choice| required(choice).len() == 1 && keys(choice).len() == 1) {
                let what = if keys(own).is_empty() { "only one key" } else { "exactly one verb" };
                Finding::error(span, format!("`{key}` stands beside `{other}`: there is {what} in {}", self.around()))
                    .with_help("write two, one after the other")
            } else {
                Finding::error(span, format!("`{key}` doesn't go with `{other}`")).with_help("write one or the other")
            };
            self.blame(finding);
            return None;
        }
        let absent = all.iter().copied().filter(|known| node.get(known).is_none());
        let near = nearest(key, absent);
        let mut finding = Finding::error(span, format!("unknown key `{key}` in {}", self.around()));
        let others: BTreeSet<_> = if chosen.is_none() {
            all.iter().filter(|k| property(own, k).is_none()).collect()
        } else {
            BTreeSet::new()
        };
        let choices = if others.is_empty() {
            all.iter().copied().collect::<Vec<_>>()
        } else {
            others.into_iter().copied().collect()
        };
        finding.help = near.map(|near| format!("did you mean `{near}`?")).or_else(|| advice(key, choices));
        self.blame(finding);
        near
    }

    fn missing(&mut self, node: &Node, key: &str, schema: Option<&Json>) {
        let mut finding = Finding::error(head(node), format!("{} has no `{key}`", table_label(&self.path)));
        let schema = schema.map(|written| (written, resolve(self.root, written)));
        let example = schema.and_then(|(written, target)| {
            written.get("examples").or_else(|| target.get("examples")).and_then(|list| list.get(0))
        });
        let table = schema.is_some_and(|(_, target)| target.get("properties").is_some());
        let meaning = schema.and_then(|(written, _)| written.get("description")).and_then(Json::as_str);
        finding.help = match (example, meaning) {
            (Some(example), _) => Some(format!("for example: {key} = {example}")),
            (None, Some(meaning)) if table => Some(format!("add a [{key}] table: {}", lower(meaning))),
            (None, Some(meaning)) => Some(format!("add `{key}`: {}", lower(meaning))),
            (None, None) => None,
        };
        self.blame(finding);
    }

    fn no_choice(&mut self, node: &Node, alternatives: &[&'s Json]) {
        let ways: Vec<_> = alternatives
            .iter()
            .map(|choice| required(choice).iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" with "))
            .collect();
        let message = format!("{} doesn't say what: one of these is needed", table_label(&self.path));
        self.blame(Finding::error(head(node), message).with_help(format!("write {}", ways.join(", or "))));
    }

    /// What the path names, for messages.
    fn label(&self) -> String {
        label(&self.path)
    }

    /// What the table round the current key is called.
    fn around(&self) -> String {
        table_label(self.path.split_last().map(|(_, around)| around).unwrap_or_default())
    }
}

/// What a path names: a table as it is written, a key in backquotes.
fn label(path: &[String]) -> String {
    let index = |part: &String| part.bytes().all(|byte| byte.is_ascii_digit());
    match path {
        [] => "the file".to_owned(),
        [list, number] if index(number) => format!("[[{list}]]"),
        [table] => format!("`{table}`"),
        [.., list, number] if index(number) => format!("an entry of `{list}`"),
        [.., key] => format!("`{key}`"),
    }
}

/// What a path names that leads to a table.
fn table_label(path: &[String]) -> String {
    match path {
        [table] => format!("[{table}]"),
        [list, name] if !name.bytes().all(|byte| byte.is_ascii_digit()) && list == "registry" => {
            format!("[{list}.{name}]")
        }
        other => label(other),
    }
}

/// The alternative that a table means: the one of which most keys are there, of these the one written first.
fn choose<'s>(node: &Node, alternatives: &[&'s Json]) -> Option<&'s Json> {
    let rank = |choice: &&'s Json| {
        let known = keys(choice);
        let present: Vec<_> = node.entries().iter().filter(|(key, _)| known.contains(key.as_str())).collect();
        let first = present.first().map_or(usize::MAX, |(_, value)| place(value).start);
        (present.len(), std::cmp::Reverse(first))
    };
    alternatives.iter().copied().filter(|choice| rank(choice).0 > 0).max_by_key(rank)
}

/// What a value is held against that may stand alone or in a list.
fn one_or_many<'s>(root: &'s Json, schema: &'s Json, node: &Node) -> Option<&'s Json> {
    let is_list = |choice: &&Json| choice.get("type").and_then(Json::as_str) == Some("array");
    let choices = branches(schema);
    let (list, one) = (choices.iter().find(is_list)?, choices.iter().find(|choice| !is_list(choice))?);
    Some(if matches!(node.value, Value::List(_)) { list } else { resolve(root, one) })
}

/// The schema of the values of a table whose keys are names.
fn by_name(schema: &Json) -> Option<&Json> {
    schema.get("patternProperties")?.as_object()?.values().next()
}

fn property<'s>(schema: &'s Json, key: &str) -> Option<&'s Json> {
    schema.get("properties")?.get(key)
}

fn keys(schema: &Json) -> BTreeSet<&str> {
    schema.get("properties").and_then(Json::as_object).into_iter().flatten().map(|(key, _)| key.as_str()).collect()
}

fn required(schema: &Json) -> Vec<&str> {
    schema.get("required").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str).collect()
}

/// Where a key stands, or its value where it has none.
pub(crate) fn place(node: &Node) -> std::ops::Range<usize> {
    node.key.clone().unwrap_or_else(|| node.span.clone())
}

/// Where a table begins: its header, its key, or its brace.
fn head(node: &Node) -> std::ops::Range<usize> {
    match &node.key {
        Some(key) if key.end <= node.span.start => key.clone(),
        Some(_) | None => node.span.clone(),
    }
}

/// An error of ours in two: what is wrong, and after the last colon what to write instead.
fn split(error: &str) -> (String, Option<String>) {
    match error.rsplit_once(": ") {
        Some((message, help)) => (message.to_owned(), Some(help.to_owned())),
        None => (error.to_owned(), None),
    }
}

fn lower(sentence: &str) -> String {
    let mut characters = sentence.trim_end_matches('.').chars();
    characters.next().map(|first| first.to_lowercase().chain(characters).collect()).unwrap_or_default()
}
