//! A JSON value that holds only what has one spelling, and writes it. Knows nothing of serde.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// An object's key, ordered by UTF-16 units as RFC 8785 asks: past U+FFFF that differs from the order of UTF-8 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key(pub(super) String);

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.encode_utf16().cmp(other.0.encode_utf16())
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    Null,
    Truth(bool),
    Integer(i64),
    Text(String),
    List(Vec<Node>),
    Object(BTreeMap<Key, Node>),
}

impl Node {
    pub(super) fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Truth(true) => out.push_str("true"),
            Self::Truth(false) => out.push_str("false"),
            Self::Integer(integer) => put(out, format_args!("{integer}")),
            Self::Text(text) => quote(text, out),
            Self::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(fields) => {
                out.push('{');
                for (index, (key, value)) in fields.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    quote(&key.0, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

/// Quotes as RFC 8785 section 3.2.2.2 says: the short escapes, `\u00xx` in lowercase for other controls, all else as it is.
fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            control if control < ' ' => put(out, format_args!("\\u{:04x}", u32::from(control))),
            other => out.push(other),
        }
    }
    out.push('"');
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    // writing to a String can't fail
    let _ = out.write_fmt(text);
}
