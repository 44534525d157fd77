//! A value that was recorded against a schema.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::Unfit;
use crate::seam::document::{Node, Value};
use crate::seam::openapi::shape::{Bound, LIMITS, Mark, Shape};
use crate::seam::openapi::{Contract, Place, similar, types};

/// How deep values and alternatives may lie in each other.
const DEEPEST: usize = 96;
/// The most values that are held against schemas, counting each alternative.
const MOST: usize = 200_000;
/// The most ways in which the choices of one schema go together.
const CHOICES: usize = 256;

pub(super) fn unfit(contract: &Contract<'_>, schema: &[Place<'_>], body: &Node, name: &str) -> Vec<Unfit> {
    let mut check = Check { contract: *contract, left: MOST, told: BTreeSet::new(), found: Vec::new() };
    check.value(schema, body, name, DEEPEST);
    check.found
}

struct Check<'a> {
    contract: Contract<'a>,
    /// How many more values are looked at.
    left: usize,
    /// The same of a thousand items is told once.
    told: BTreeSet<String>,
    found: Vec<Unfit>,
}

impl<'a> Check<'a> {
    fn tell(&mut self, line: usize, schema: &[Place<'a>], what: String) {
        if self.told.insert(what.clone()) {
            self.found.push(Unfit { line, promised: schema.first().map(Place::spot), what });
        }
    }

    fn value(&mut self, schema: &[Place<'a>], node: &Node, name: &str, depth: usize) {
        self.left = self.left.saturating_sub(1);
        if depth == 0 || self.left == 0 {
            self.tell(node.line, schema, format!("{name} is larger, or lies deeper, than is looked at"));
            return;
        }
        let schema: Vec<_> = schema.iter().map(|place| self.contract.landing(place)).collect();
        let shape = Shape::of(&self.contract, &schema);
        if let Some(doubt) = shape.doubts.first() {
            let what = format!("{name} isn't known as it is promised: {}", doubt.because);
            self.tell(node.line, &schema, what);
            return;
        }
        if !shape.groups.is_empty() {
            self.choices(&schema, &shape, node, name, depth);
            return;
        }
        let named = match schema.as_slice() {
            [place] => self.contract.name_of(place),
            _ => None,
        };
        let name = named.as_deref().unwrap_or(name);
        let own = types::of_value(node);
        if shape.types.as_ref().is_some_and(|types| !types.contains(&own)) {
            let what = format!("{name} was {}, and is {}", node.value.kind(), types::worded(&shape.types));
            self.tell(node.line, &schema, what);
            return;
        }
        // whether there may be none is told by the types
        if matches!(node.value, Value::Null) {
            return;
        }
        if shape.values.as_ref().is_some_and(|values| !values.iter().any(|value| value.is_same(node))) {
            let word = node.word().unwrap_or_else(|| node.value.kind().to_owned());
            self.tell(node.line, &schema, format!("{name} was `{word}`, which isn't among its values"));
        }
        self.limits(&schema, &shape, node, name);
        match &node.value {
            Value::Table(_) => self.fields(&schema, &shape, node, name, depth),
            // items by their place aren't understood
            Value::List(items) if !shape.items.is_empty() && !shape.others.contains_key("prefixItems") => {
                let name = format!("an item of {name}");
                items.iter().for_each(|item| self.value(&shape.items, item, &name, depth - 1));
            }
            Value::List(_) | Value::Null | Value::Truth(_) | Value::Number(_) | Value::Text(_) => {}
        }
    }

    /// One of the ways in which the choices go together must fit; where none does, the nearest one is told.
    fn choices(&mut self, schema: &[Place<'a>], shape: &Shape<'a>, node: &Node, name: &str, depth: usize) {
        let count = shape.groups.iter().try_fold(1_usize, |count, group| count.checked_mul(group.len()));
        if count.is_none_or(|count| count > CHOICES) {
            let what = format!("{name} is put together of more choices than are looked at");
            return self.tell(node.line, schema, what);
        }
        let beside: Vec<_> = schema.iter().map(|place| Place { is_chosen: true, ..place.clone() }).collect();
        let mut ways = vec![beside];
        for group in &shape.groups {
            let with =
                |way: &Vec<Place<'a>>, choice: &Place<'a>| way.iter().chain([choice]).cloned().collect::<Vec<_>>();
            ways = ways.iter().flat_map(|way| group.iter().map(move |choice| with(way, choice))).collect();
        }
        let mut nearest: Option<Vec<Unfit>> = None;
        for way in &ways {
            let mut trial =
                Check { contract: self.contract, left: self.left, told: BTreeSet::new(), found: Vec::new() };
            trial.value(way, node, name, depth - 1);
            self.left = trial.left;
            if trial.found.is_empty() {
                return;
            }
            if nearest.as_ref().is_none_or(|nearest| trial.found.len() < nearest.len()) {
                nearest = Some(trial.found);
            }
        }
        for unfit in nearest.unwrap_or_default() {
            if self.told.insert(unfit.what.clone()) {
                self.found.push(unfit);
            }
        }
    }

    /// Each field must be named, or be what other fields may be; a schema that names none takes any.
    fn fields(&mut self, schema: &[Place<'a>], shape: &Shape<'a>, node: &Node, name: &str, depth: usize) {
        let is_free = shape.properties.is_empty() && !shape.has(Mark::Closed);
        for entry in node.table().into_iter().flatten() {
            let field = format!("`{}` of {name}", entry.key);
            let named = shape.properties.get(entry.key.as_str());
            let named = named.filter(|places| !Shape::of(&self.contract, places).has(Mark::WriteOnly));
            match named {
                Some(places) => self.value(places, &entry.node, &field, depth - 1),
                None if !shape.additional.is_empty() => {
                    self.value(&shape.additional, &entry.node, &field, depth - 1);
                }
                None if is_free || shape.others.contains_key("patternProperties") => {}
                None => {
                    let fresh = shape.properties.keys().copied().filter(|other| node.get(other).is_none());
                    let guess = similar::most_alike(&entry.key, fresh);
                    let guess = guess.map(|guess| format!(": was it renamed to `{guess}`?")).unwrap_or_default();
                    self.tell(entry.line, schema, format!("{field} was answered, and isn't promised{guess}"));
                }
            }
        }
    }

    fn limits(&mut self, schema: &[Place<'a>], shape: &Shape<'a>, node: &Node, name: &str) {
        for (limit, bound) in LIMITS {
            let Some(most) = shape.limits.get(limit) else { continue };
            let Value::Number(promised) = &most.value else { continue };
            let measured = match (limit, &node.value) {
                ("minimum" | "maximum", Value::Number(number)) => number.compare(promised),
                ("minLength" | "maxLength", Value::Text(text)) => counted(text.chars().count(), promised.whole()),
                ("minItems" | "maxItems", Value::List(items)) => counted(items.len(), promised.whole()),
                ("minProperties" | "maxProperties", Value::Table(table)) => counted(table.len(), promised.whole()),
                _ => None,
            };
            let breaks = match bound {
                Bound::Lower => measured == Some(Ordering::Less),
                Bound::Upper => measured == Some(Ordering::Greater),
            };
            if breaks {
                self.tell(node.line, schema, format!("{name} is beyond its {limit}, which is {promised}"));
            }
        }
    }
}

fn counted(count: usize, limit: Option<i64>) -> Option<Ordering> {
    Some(i64::try_from(count).ok()?.cmp(&limit?))
}
