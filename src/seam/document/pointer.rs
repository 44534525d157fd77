//! JSON pointers, as RFC 6901 has them.

use std::fmt;
use std::str::FromStr;

use super::{Node, Value};

/// The longest pointer, in bytes.
const LONGEST: usize = 4096;

/// A JSON pointer, such as `/components/schemas/Team`; the empty one is the whole document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Pointer(Vec<String>);

/// A text that is no JSON pointer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAPointer {
    /// It has text before the first slash.
    #[error("a JSON pointer starts with a slash: /components/schemas")]
    NoSlash,
    /// A tilde stands for itself.
    #[error("in a JSON pointer ~ is written ~0, and / within a key is written ~1")]
    BareTilde,
    /// It is longer than any that is meant.
    #[error("a JSON pointer has at most {LONGEST} bytes")]
    TooLong,
}

impl Pointer {
    /// The pointer to what a key or an index names below this one.
    #[must_use]
    pub fn child(&self, key: &str) -> Self {
        let mut keys = self.0.clone();
        keys.push(key.to_owned());
        Self(keys)
    }

    /// Its keys and indices, plain.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// What stands there below a node.
    pub fn find<'a>(&self, node: &'a Node) -> Option<&'a Node> {
        self.0.iter().try_fold(node, |node, key| match &node.value {
            Value::Table(table) => table.get(key).map(|entry| &entry.node),
            Value::List(items) => items.get(index(key)?),
            Value::Null | Value::Truth(_) | Value::Number(_) | Value::Text(_) => None,
        })
    }
}

/// An index has no leading zero and no sign.
fn index(key: &str) -> Option<usize> {
    let is_plain = key.bytes().all(|byte| byte.is_ascii_digit()) && (key == "0" || !key.starts_with('0'));
    if is_plain { key.parse().ok() } else { None }
}

impl FromStr for Pointer {
    type Err = NotAPointer;

    fn from_str(text: &str) -> Result<Self, NotAPointer> {
        if text.len() > LONGEST {
            return Err(NotAPointer::TooLong);
        }
        let Some(rest) = text.strip_prefix('/') else {
            return if text.is_empty() { Ok(Self::default()) } else { Err(NotAPointer::NoSlash) };
        };
        let is_escaped = |key: &str| key.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
        let plain = |key: &str| is_escaped(key).then(|| key.replace("~1", "/").replace("~0", "~"));
        rest.split('/').map(|key| plain(key).ok_or(NotAPointer::BareTilde)).collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|key| write!(f, "/{}", key.replace('~', "~0").replace('/', "~1")))
    }
}
