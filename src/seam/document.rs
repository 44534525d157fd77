//! Reads a JSON, YAML or TOML text into one tree in which every node knows the line it stands on, so that both sides of a
//! seam can be quoted. Everything is bounded: bytes, depth, nodes, and what YAML aliases copy. What two readers would read
//! differently (a key that stands twice, bytes that are no UTF-8, a second YAML document) is a fault, not a guess.
//!
//! [`read`] tells the format from the file's name; [`Document::at`] takes a JSON pointer.

mod build;
mod fault;
mod json;
mod number;
mod pointer;
mod table;
#[cfg(test)]
mod tests;
mod toml;
mod yaml;

use std::fmt;

pub use fault::DocumentFault;
pub use number::Number;
pub use pointer::{NotAPointer, Pointer};
pub use table::{Entry, Table};

/// How much of a document is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest text, in bytes.
    pub bytes: usize,
    /// How deep lists and tables may lie in each other.
    pub depth: usize,
    /// The most nodes, counting each list, table and value.
    pub nodes: usize,
    /// The most nodes that YAML aliases and merges may copy.
    pub copies: usize,
}

impl Default for Limits {
    /// Room for the largest public contracts (GitHub's has 13 MB and half a million nodes), and little more.
    fn default() -> Self {
        Self { bytes: 32 << 20, depth: 200, nodes: 2_000_000, copies: 200_000 }
    }
}

/// A format that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// RFC 8259, and nothing that a JSON reader may refuse: no comments, no trailing commas.
    Json,
    /// YAML 1.2 with its core schema and merge keys, one document.
    Yaml,
    /// TOML 1.
    Toml,
}

impl Format {
    /// The format that a file's name tells.
    pub fn of(file: &str) -> Option<Self> {
        match file.rsplit_once('.')?.1.to_ascii_lowercase().as_str() {
            "json" => Some(Self::Json),
            "yaml" | "yml" => Some(Self::Yaml),
            "toml" => Some(Self::Toml),
            _ => None,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json => "JSON",
            Self::Yaml => "YAML",
            Self::Toml => "TOML",
        })
    }
}

/// A value and the line it starts on, counted from 1. What a YAML alias copied has the line where it was written.
#[derive(Debug, Clone)]
pub struct Node {
    /// The line.
    pub line: usize,
    /// The value.
    pub value: Value,
}

/// What a node holds.
#[derive(Debug, Clone)]
pub enum Value {
    /// `null`, or a YAML key without a value.
    Null,
    /// `true` or `false`.
    Truth(bool),
    /// A number, as it was written.
    Number(Number),
    /// A text; TOML's dates are such.
    Text(String),
    /// An array, or a sequence.
    List(Vec<Node>),
    /// An object, or a mapping.
    Table(Table),
}

impl Value {
    /// What kind of value it is, in a word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Truth(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

impl Node {
    /// The table, if it is one.
    pub fn table(&self) -> Option<&Table> {
        if let Value::Table(table) = &self.value { Some(table) } else { None }
    }

    /// The items, if it is a list.
    pub fn list(&self) -> Option<&[Node]> {
        if let Value::List(items) = &self.value { Some(items) } else { None }
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        if let Value::Text(text) = &self.value { Some(text) } else { None }
    }

    /// The truth, if it is one.
    pub fn truth(&self) -> Option<bool> {
        if let Value::Truth(truth) = &self.value { Some(*truth) } else { None }
    }

    /// The value of a key, if it is a table that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.table()?.get(key).map(|entry| &entry.node)
    }

    /// A single value as one would write it in a list of names; `None` for lists and tables.
    pub fn word(&self) -> Option<String> {
        match &self.value {
            Value::Null => Some("null".to_owned()),
            Value::Truth(truth) => Some(truth.to_string()),
            Value::Number(number) => Some(number.to_string()),
            Value::Text(text) => Some(text.clone()),
            Value::List(_) | Value::Table(_) => None,
        }
    }

    /// Whether two nodes are the same data: neither lines, nor the order of keys, nor how a number is written count.
    pub fn is_same(&self, other: &Node) -> bool {
        match (&self.value, &other.value) {
            (Value::Null, Value::Null) => true,
            (Value::Truth(a), Value::Truth(b)) => a == b,
            (Value::Number(a), Value::Number(b)) => a == b,
            (Value::Text(a), Value::Text(b)) => a == b,
            (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is_same(b)),
            (Value::Table(a), Value::Table(b)) => {
                a.len() == b.len()
                    && a.iter().all(|entry| b.get(&entry.key).is_some_and(|other| entry.node.is_same(&other.node)))
            }
            _ => false,
        }
    }
}

/// A whole document.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its format.
    pub format: Format,
    /// Its outermost node.
    pub root: Node,
}

impl Document {
    /// The node at a pointer.
    pub fn at(&self, pointer: &Pointer) -> Option<&Node> {
        pointer.find(&self.root)
    }
}

/// Reads a file in the format that its name tells.
pub fn read(file: &str, bytes: &[u8], limits: &Limits) -> Result<Document, DocumentFault> {
    let format = Format::of(file).ok_or_else(|| DocumentFault::UnknownFormat(file.to_owned()))?;
    read_as(format, bytes, limits)
}

/// Reads a text in a format that is known.
pub fn read_as(format: Format, bytes: &[u8], limits: &Limits) -> Result<Document, DocumentFault> {
    if bytes.len() > limits.bytes {
        return Err(DocumentFault::TooLong { bytes: bytes.len(), most: limits.bytes });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
        DocumentFault::NotUtf8 { line: good.split(|byte| *byte == b'\n').count() }
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let root = match format {
        Format::Json => json::read(text, limits)?,
        Format::Yaml => yaml::read(text, limits)?,
        Format::Toml => toml::read(text, limits)?,
    };
    Ok(Document { format, root })
}
