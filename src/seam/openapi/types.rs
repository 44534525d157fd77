//! The types of JSON values, as sets: an integer is a number.

use std::collections::BTreeSet;

use crate::seam::document::{Node, Value};

/// A type of JSON values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Type {
    Null,
    Boolean,
    Integer,
    /// A number that is no integer.
    Fraction,
    Text,
    List,
    Table,
}

impl Type {
    /// Whether it holds several values.
    pub(super) fn is_many(self) -> bool {
        matches!(self, Self::List | Self::Table)
    }
}

/// A set of types; `None` is all of them.
pub(super) type Types = Option<BTreeSet<Type>>;

/// The types that a word of a schema stands for.
pub(super) fn of_word(word: &str) -> Option<&'static [Type]> {
    Some(match word {
        "null" => &[Type::Null],
        "boolean" => &[Type::Boolean],
        "integer" => &[Type::Integer],
        "number" => &[Type::Integer, Type::Fraction],
        // Swagger 2.0 has files
        "string" | "file" => &[Type::Text],
        "array" => &[Type::List],
        "object" => &[Type::Table],
        _ => return None,
    })
}

/// The type of a value.
pub(super) fn of_value(node: &Node) -> Type {
    match &node.value {
        Value::Null => Type::Null,
        Value::Truth(_) => Type::Boolean,
        Value::Number(number) => {
            if number.whole().is_some() {
                Type::Integer
            } else {
                Type::Fraction
            }
        }
        Value::Text(_) => Type::Text,
        Value::List(_) => Type::List,
        Value::Table(_) => Type::Table,
    }
}

/// What both allow.
pub(super) fn both(a: Types, b: Types) -> Types {
    match (a, b) {
        (None, types) | (types, None) => types,
        (Some(a), Some(b)) => Some(a.intersection(&b).copied().collect()),
    }
}

/// The types of the first that the second doesn't allow.
pub(super) fn beyond(a: &Types, b: &Types) -> Vec<Type> {
    match (a, b) {
        (_, None) => Vec::new(),
        (Some(a), Some(b)) => a.difference(b).copied().collect(),
        (None, Some(b)) => ALL.iter().filter(|kind| !b.contains(kind)).copied().collect(),
    }
}

const ALL: [Type; 7] = [Type::Null, Type::Boolean, Type::Integer, Type::Fraction, Type::Text, Type::List, Type::Table];

/// Types as a schema words them.
pub(super) fn worded(types: &Types) -> String {
    let Some(types) = types else { return "any type".to_owned() };
    let has = |kind| types.contains(&kind);
    let word = |kind: &Type| match kind {
        Type::Null => Some("null"),
        Type::Boolean => Some("boolean"),
        Type::Integer if has(Type::Fraction) => None,
        Type::Integer => Some("integer"),
        Type::Fraction => Some("number"),
        Type::Text => Some("string"),
        Type::List => Some("array"),
        Type::Table => Some("object"),
    };
    let words: Vec<_> = types.iter().filter_map(word).collect();
    if words.is_empty() { "nothing".to_owned() } else { words.join(" or ") }
}
