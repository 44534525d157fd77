//! What a schema allows, with everything that `allOf` and references put together. `oneOf` and `anyOf` stay groups of
//! alternatives. A keyword that isn't understood is kept by name, so that it is told and not passed over.

use std::collections::{BTreeMap, BTreeSet};

use super::reference::Doubt;
use super::types::{self, Type, Types};
use super::{Contract, Place, Version};
use crate::seam::document::{Node, Pointer, Value};

/// How deep `allOf` and references may lie in each other.
const DEEPEST: usize = 48;

/// Keywords that allow and forbid nothing.
const REMARKS: [&str; 23] = [
    "title",
    "description",
    "example",
    "examples",
    "default",
    "deprecated",
    "externalDocs",
    "xml",
    "$schema",
    "$id",
    "$comment",
    "$anchor",
    "$defs",
    "definitions",
    // those of a Swagger 2.0 parameter, which is its own schema
    "name",
    "in",
    "allowEmptyValue",
    "collectionFormat",
    "schema",
    // understood elsewhere
    "readOnly",
    "writeOnly",
    "nullable",
    "discriminator",
];

/// A number that bounds from below or above.
pub(super) const LIMITS: [(&str, Bound); 8] = [
    ("minimum", Bound::Lower),
    ("maximum", Bound::Upper),
    ("minLength", Bound::Lower),
    ("maxLength", Bound::Upper),
    ("minItems", Bound::Lower),
    ("maxItems", Bound::Upper),
    ("minProperties", Bound::Lower),
    ("maxProperties", Bound::Upper),
];

/// On which side a limit bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    Lower,
    Upper,
}

/// What is said of a schema with yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    /// There are no other fields than those that are listed.
    Closed,
    /// It is never taken.
    ReadOnly,
    /// It is never answered.
    WriteOnly,
    /// It may be null beside its types.
    Nullable,
}

/// What tells alternatives apart.
#[derive(Debug, Clone)]
pub(super) struct Discriminator<'a> {
    /// The field.
    pub(super) field: &'a str,
    /// Which of its values stand for which schema, where that is said.
    pub(super) mapping: Option<Place<'a>>,
    pub(super) place: Place<'a>,
}

/// What a schema allows.
#[derive(Debug, Default)]
pub(super) struct Shape<'a> {
    pub(super) types: Types,
    /// The only values; `null` is told by the types.
    pub(super) values: Option<Vec<&'a Node>>,
    /// Each field with all that is said of it.
    pub(super) properties: BTreeMap<&'a str, Vec<Place<'a>>>,
    pub(super) required: BTreeSet<&'a str>,
    pub(super) items: Vec<Place<'a>>,
    /// What other fields hold.
    pub(super) additional: Vec<Place<'a>>,
    pub(super) groups: Vec<Vec<Place<'a>>>,
    pub(super) limits: BTreeMap<&'static str, &'a Node>,
    pub(super) formats: BTreeSet<&'a str>,
    pub(super) patterns: BTreeSet<&'a str>,
    pub(super) discriminator: Option<Discriminator<'a>>,
    /// What is meant where nothing is sent.
    pub(super) default: Option<&'a Node>,
    /// Keywords that aren't understood, with what stands there, once for each part.
    pub(super) others: BTreeMap<&'a str, Vec<Place<'a>>>,
    pub(super) doubts: Vec<Doubt<'a>>,
    marks: BTreeSet<Mark>,
}

impl<'a> Shape<'a> {
    /// What several schemas allow together; none allow everything.
    pub(super) fn of(contract: &Contract<'a>, places: &[Place<'a>]) -> Self {
        let mut shape = Self::default();
        let mut seen = BTreeSet::new();
        for place in places {
            shape.add(contract, place, DEEPEST, &mut seen);
        }
        if shape.has(Mark::Nullable)
            && let Some(types) = &mut shape.types
        {
            types.insert(Type::Null);
        }
        shape
    }

    /// Whether a mark was set by any part of it.
    pub(super) fn has(&self, mark: Mark) -> bool {
        self.marks.contains(&mark)
    }

    fn add(&mut self, contract: &Contract<'a>, place: &Place<'a>, depth: usize, seen: &mut BTreeSet<Pointer>) {
        // a schema that is all of itself says nothing more
        if !seen.insert(place.pointer.clone()) {
            return;
        }
        if depth == 0 {
            self.doubts.push(Doubt { place: place.clone(), because: format!("it lies deeper than {DEEPEST} schemas") });
            return;
        }
        match contract.follow(place) {
            Err(doubt) => {
                self.doubts.push(doubt);
                return;
            }
            Ok(Some(to)) => {
                self.add(contract, &to, depth - 1, seen);
                // before 3.1 nothing beside a reference counts
                if contract.version() != Version::ThreeOne {
                    return;
                }
            }
            Ok(None) => {}
        }
        match &place.node.value {
            Value::Table(_) => self.add_keywords(contract, place, depth, seen),
            Value::Truth(true) => {}
            Value::Truth(false) => self.values = Some(Vec::new()),
            Value::Null | Value::Number(_) | Value::Text(_) | Value::List(_) => {
                self.doubts
                    .push(Doubt { place: place.clone(), because: format!("{} is no schema", place.node.value.kind()) });
            }
        }
    }

    fn add_keywords(&mut self, contract: &Contract<'a>, place: &Place<'a>, depth: usize, seen: &mut BTreeSet<Pointer>) {
        let said = [
            ("nullable", Mark::Nullable),
            ("x-nullable", Mark::Nullable),
            ("readOnly", Mark::ReadOnly),
            ("writeOnly", Mark::WriteOnly),
        ];
        self.marks.extend(said.into_iter().filter(|(key, _)| place.says(key)).map(|(_, mark)| mark));
        let mut types = own_types(place);
        // an enumeration without null forbids it, but for 3.0, where `nullable` often stands beside one
        let values = place.node.get("enum").and_then(Node::list);
        let forbids_null = values.is_some_and(|values| values.iter().all(|value| !matches!(value.value, Value::Null)));
        if contract.version() == Version::ThreeOne && forbids_null {
            types = types.map(|types| types.into_iter().filter(|kind| *kind != Type::Null).collect());
        }
        self.types = types::both(self.types.take(), types);
        for (key, value) in place.entries() {
            match key {
                "$ref" => {}
                "type" if is_understood(value.node) => {}
                "allOf" if value.node.list().is_some() => value.items().into_iter().for_each(|part| {
                    self.add(contract, &Place { is_chosen: place.is_chosen, ..part }, depth - 1, seen);
                }),
                "oneOf" | "anyOf" if place.is_chosen => {}
                "oneOf" | "anyOf" if value.node.list().is_some() => self.groups.push(value.items()),
                "enum" if values.is_some() => self.add_values(values.unwrap_or_default().iter().collect()),
                "default" => self.default = self.default.or(Some(value.node)),
                "const" => self.add_values(vec![value.node]),
                "properties" if value.node.table().is_some() => {
                    value.entries().into_iter().for_each(|(name, field)| {
                        self.properties.entry(name).or_default().push(field);
                    });
                }
                "required" if is_list_of_texts(value.node) => {
                    let names = value.node.list().unwrap_or_default();
                    self.required.extend(names.iter().filter_map(Node::text));
                }
                // that of a parameter, which may be its own schema
                "required" if value.node.truth().is_some() => {}
                "$dynamicRef" | "$recursiveRef" => {
                    self.doubts.push(value.doubt(format!("its `{key}` leads to another place for each who asks")));
                }
                "items" => self.items.push(value),
                "additionalProperties" => match value.node.truth() {
                    Some(true) => {}
                    Some(false) => drop(self.marks.insert(Mark::Closed)),
                    None => self.additional.push(value),
                },
                "format" => self.add_format(value.node.text()),
                "pattern" => self.patterns.extend(value.node.text()),
                _ => self.add_other(key, value),
            }
        }
        let discriminator = place.child("discriminator");
        // an object with the name in it, but for Swagger 2.0, where it is the name
        let named = discriminator.and_then(|found| {
            let field = found.text("propertyName").or(found.node.text())?;
            Some(Discriminator { field, mapping: found.child("mapping"), place: found })
        });
        self.discriminator = self.discriminator.take().or(named);
    }

    fn add_values(&mut self, values: Vec<&'a Node>) {
        let values: Vec<_> = values.into_iter().filter(|node| !matches!(node.value, Value::Null)).collect();
        self.values = Some(match self.values.take() {
            None => values,
            Some(before) => before.into_iter().filter(|node| values.iter().any(|other| other.is_same(node))).collect(),
        });
    }

    fn add_format(&mut self, format: Option<&'a str>) {
        self.formats.extend(format);
        // what fits the narrow one fits the wide one
        match format {
            Some("int32") => self.formats.insert("int64"),
            Some("float") => self.formats.insert("double"),
            Some(_) | None => false,
        };
    }

    fn add_other(&mut self, key: &'a str, value: Place<'a>) {
        let limit = LIMITS.iter().find(|(name, _)| *name == key && matches!(value.node.value, Value::Number(_)));
        if let Some((name, bound)) = limit {
            let is_tighter = self.limits.get(name).is_none_or(|before| is_tighter(*bound, value.node, before));
            if is_tighter {
                self.limits.insert(name, value.node);
            }
        } else if !REMARKS.contains(&key) && !key.starts_with("x-") {
            self.others.entry(key).or_default().push(value);
        }
    }
}

/// Whether a limit allows less than another one.
pub(super) fn is_tighter(bound: Bound, limit: &Node, than: &Node) -> bool {
    let (Value::Number(limit), Value::Number(than)) = (&limit.value, &than.value) else { return false };
    let wanted = match bound {
        Bound::Lower => std::cmp::Ordering::Greater,
        Bound::Upper => std::cmp::Ordering::Less,
    };
    limit.compare(than) == Some(wanted)
}

fn is_list_of_texts(written: &Node) -> bool {
    written.list().is_some_and(|items| items.iter().all(|item| item.text().is_some()))
}

/// Whether a type is a word that is known, or a list of such.
fn is_understood(written: &Node) -> bool {
    let is_known = |node: &Node| node.text().is_some_and(|word| types::of_word(word).is_some());
    is_known(written) || written.list().is_some_and(|words| words.iter().all(is_known))
}

/// The types that a schema itself names, or that its keywords mean.
fn own_types(place: &Place<'_>) -> Types {
    let words: Vec<&str> = match place.node.get("type").map(|node| &node.value) {
        Some(Value::Text(word)) => vec![word],
        Some(Value::List(words)) => words.iter().filter_map(Node::text).collect(),
        _ => Vec::new(),
    };
    let has = |key: &str| place.node.get(key).is_some();
    if !words.is_empty() {
        return Some(words.into_iter().filter_map(types::of_word).flatten().copied().collect());
    }
    let values = place.node.get("enum").and_then(Node::list).map(|list| list.iter().collect::<Vec<_>>());
    if let Some(values) = values.or_else(|| place.node.get("const").map(|value| vec![value])) {
        return Some(values.into_iter().map(types::of_value).collect());
    }
    // a Swagger 2.0 parameter's `required` is a truth, not a list of fields
    if has("properties") || has("additionalProperties") {
        Some([Type::Table].into())
    } else if has("items") {
        Some([Type::List].into())
    } else {
        None
    }
}
