//! The TOML tree with the place of every key and value. It knows no key of release.toml.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) span: Range<usize>,
    /// Where the key stands that names it; elements of lists have none.
    pub(crate) key: Option<Range<usize>>,
    pub(crate) value: Value,
}

/// A TOML value.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(String),
    /// `None` is one that 64 bits can't hold.
    Integer(Option<i64>),
    Float(f64),
    Boolean(bool),
    Date,
    List(Vec<Node>),
    Table(Vec<(String, Node)>),
}

impl Node {
    pub(crate) fn document(table: &Spanned<DeTable<'_>>) -> Self {
        Self { span: table.span(), key: None, value: entries(table.get_ref()) }
    }

    fn read(value: &Spanned<DeValue<'_>>, key: Option<Range<usize>>) -> Self {
        let read = match value.get_ref() {
            DeValue::String(text) => Value::Text(text.clone().into_owned()),
            DeValue::Integer(number) => Value::Integer(i64::from_str_radix(number.as_str(), number.radix()).ok()),
            DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Boolean(truth) => Value::Boolean(*truth),
            DeValue::Datetime(_) => Value::Date,
            DeValue::Array(list) => Value::List(list.iter().map(|item| Self::read(item, None)).collect()),
            DeValue::Table(table) => entries(table),
        };
        Self { span: value.span(), key, value: read }
    }

    /// The value of a key, or of an index written in digits.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Table(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, node)| node),
            Value::List(items) => items.get(key.parse::<usize>().ok()?),
            Value::Text(_) | Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Date => None,
        }
    }

    /// What stands at a path, or the deepest that does.
    pub(crate) fn at<T: AsRef<str>>(&self, path: &[T]) -> &Node {
        path.split_first().and_then(|(key, rest)| Some(self.get(key.as_ref())?.at(rest))).unwrap_or(self)
    }

    /// What stands at a path.
    pub(crate) fn find<T: AsRef<str>>(&self, path: &[T]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key.as_ref()))
    }

    pub(crate) fn items(&self) -> &[Node] {
        if let Value::List(items) = &self.value { items } else { &[] }
    }

    pub(crate) fn entries(&self) -> &[(String, Node)] {
        if let Value::Table(entries) = &self.value { entries } else { &[] }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        if let Value::Text(text) = &self.value { Some(text) } else { None }
    }

    /// What kind of value it is, in words.
    pub(crate) fn kind(&self) -> &'static str {
        match self.value {
            Value::Text(_) => "a text",
            Value::Integer(_) => "a whole number",
            Value::Float(_) => "a number",
            Value::Boolean(_) => "true or false",
            Value::Date => "a date",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
        }
    }

    /// The same as JSON; what JSON can't say becomes null.
    pub(crate) fn json(&self) -> serde_json::Value {
        match &self.value {
            Value::Text(text) => text.as_str().into(),
            Value::Integer(number) => (*number).into(),
            Value::Float(number) => (*number).into(),
            Value::Boolean(truth) => (*truth).into(),
            Value::Date => serde_json::Value::Null,
            Value::List(items) => items.iter().map(Self::json).collect(),
            Value::Table(entries) => {
                serde_json::Value::Object(entries.iter().map(|(key, node)| (key.clone(), node.json())).collect())
            }
        }
    }
}

fn entries(table: &DeTable<'_>) -> Value {
    let read = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
        let name: &std::borrow::Cow<'_, str> = key.get_ref();
        (name.clone().into_owned(), Node::read(value, Some(key.span())))
    };
    let mut entries: Vec<_> = table.iter().map(read).collect();
    entries.sort_by_key(|(_, node)| node.key.as_ref().map_or(0, |key| key.start));
    Value::Table(entries)
}
