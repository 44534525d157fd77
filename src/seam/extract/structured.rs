//! What stands in JSON, YAML and TOML: values at a pointer or along a path, or the keys of the tables there.

use crate::plan::seam::JsonPath;
use crate::plan::seam::jsonpath::{Reach, Segment, Selector};
use crate::seam::document::{Document, Node, Pointer, Value};
use crate::seam::{Found, MOST_NAMES};

/// What stands at a pointer.
pub(super) fn at(document: &Document, pointer: &str, keys: bool) -> Result<Vec<Found>, String> {
    let parsed: Pointer = pointer.parse().map_err(|fault| format!("{fault}"))?;
    let node = document.at(&parsed).ok_or_else(|| format!("nothing stands at {pointer}: correct `pointer`"))?;
    taken(node, keys).ok_or_else(|| not_so(node, pointer, keys))
}

/// What stands along a path, in all places that it leads to.
pub(super) fn along(document: &Document, path: &JsonPath, keys: bool) -> Result<Vec<Found>, String> {
    let mut here = vec![&document.root];
    for segment in path.segments() {
        here = step(&here, segment)?;
    }
    let mut all = Vec::new();
    for node in here {
        all.extend(taken(node, keys).ok_or_else(|| not_so(node, &path.to_string(), keys))?);
        if all.len() > MOST_NAMES {
            break;
        }
    }
    Ok(all)
}

/// The names or values of a node; none if it has no such.
fn taken(node: &Node, keys: bool) -> Option<Vec<Found>> {
    let value = |node: &Node| Some(Found { text: node.word()?, line: node.line });
    match (&node.value, keys) {
        (Value::Table(table), true) => {
            Some(table.iter().map(|entry| Found { text: entry.key.clone(), line: entry.line }).collect())
        }
        (Value::List(items), false) => items.iter().map(value).collect(),
        (Value::Table(_), false) | (_, true) => None,
        (Value::Null | Value::Truth(_) | Value::Number(_) | Value::Text(_), false) => value(node).map(|one| vec![one]),
    }
}

fn not_so(node: &Node, place: &str, keys: bool) -> String {
    let kind = node.value.kind();
    let help = if keys { "only a table has keys" } else { "say `keys = true` for the names of a table" };
    format!("{place} leads to {kind} on line {}: {help}", node.line)
}

fn step<'a>(here: &[&'a Node], segment: &Segment) -> Result<Vec<&'a Node>, String> {
    let mut from = Vec::new();
    match segment.reach {
        Reach::Child => from.extend_from_slice(here),
        Reach::Descendants => {
            let mut waiting: Vec<&Node> = here.iter().rev().copied().collect();
            while let Some(node) = waiting.pop() {
                from.push(node);
                bounded(from.len())?;
                waiting.extend(below(node).into_iter().rev());
            }
        }
    }
    let mut there = Vec::new();
    for node in from {
        for selector in &segment.selectors {
            there.extend(selected(node, selector));
            bounded(there.len())?;
        }
    }
    Ok(there)
}

/// A path through everything may lead to every node, but not to each of them often.
fn bounded(count: usize) -> Result<(), String> {
    if count > 100 * MOST_NAMES { Err("the path leads to too many places: narrow it".to_owned()) } else { Ok(()) }
}

fn below(node: &Node) -> Vec<&Node> {
    match &node.value {
        Value::Table(table) => table.iter().map(|entry| &entry.node).collect(),
        Value::List(items) => items.iter().collect(),
        Value::Null | Value::Truth(_) | Value::Number(_) | Value::Text(_) => Vec::new(),
    }
}

fn selected<'a>(node: &'a Node, selector: &Selector) -> Vec<&'a Node> {
    let items = node.list().unwrap_or_default();
    let place = |index: i64| {
        let from_end = i64::try_from(items.len()).unwrap_or(i64::MAX).saturating_add(index);
        usize::try_from(if index < 0 { from_end } else { index }).ok()
    };
    match selector {
        Selector::Name(name) => node.get(name).into_iter().collect(),
        Selector::All => below(node),
        Selector::Index(index) => place(*index).and_then(|at| items.get(at)).into_iter().collect(),
        Selector::Slice { from, to, step } => {
            let from = from.map_or(0, |from| place(from).unwrap_or(0));
            let to = to.map_or(items.len(), |to| place(to).unwrap_or(0)).min(items.len());
            items.get(from..to).unwrap_or_default().iter().step_by(*step).collect()
        }
    }
}
