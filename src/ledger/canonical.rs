//! Canonical JSON (RFC 8785, integers only): one value has one text, on any machine, whatever the features of `serde_json`.
//!
//! Knows nothing of events. Anything that two readers could spell differently (a float, an integer beyond 2^53, a key
//! written twice) is refused, never rounded.

mod collect;
mod node;
#[cfg(test)]
mod tests;

use serde::Serialize;

use self::collect::Collect;

/// The longest payload of one event, in bytes.
pub const MAX_PAYLOAD: usize = 64 * 1024;

/// The largest integer that every JSON reader keeps exactly.
const MAX_INTEGER: u64 = (1 << 53) - 1;

/// Why a value has no canonical text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotCanonical {
    /// A float, finite or not.
    #[error("a float has no canonical form here: write an integer in a smaller unit, or a text")]
    Float,
    /// An integer beyond 2^53 - 1.
    #[error("the integer {0} is beyond 2^53 - 1, which not every reader keeps: write it as a text")]
    Integer(String),
    /// A map key that is not a text.
    #[error("a key of an object must be a text")]
    Key,
    /// One key written twice in an object, as flattened structs can do.
    #[error("the key {0:?} is written twice")]
    Twice(String),
    /// Over [`MAX_PAYLOAD`].
    #[error("the payload takes {0} bytes and may take {MAX_PAYLOAD}: keep long texts outside, and their digest here")]
    TooLong(usize),
    /// The value's own `Serialize` gave up, or a text is not JSON.
    #[error("{0}")]
    Value(String),
}

impl serde::ser::Error for NotCanonical {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self::Value(message.to_string())
    }
}

/// Writes a value in its only form: no spaces, keys in the order of their UTF-16 units, at most [`MAX_PAYLOAD`] bytes.
pub fn to_text<T: Serialize + ?Sized>(value: &T) -> Result<String, NotCanonical> {
    let mut text = String::new();
    value.serialize(Collect)?.write(&mut text);
    if text.len() > MAX_PAYLOAD { Err(NotCanonical::TooLong(text.len())) } else { Ok(text) }
}

/// Refuses a stored text that is not exactly what [`to_text`] would have written.
pub fn check(text: &str) -> Result<(), NotCanonical> {
    if text.len() > MAX_PAYLOAD {
        return Err(NotCanonical::TooLong(text.len()));
    }
    let value: serde_json::Value = serde_json::from_str(text).map_err(|e| NotCanonical::Value(e.to_string()))?;
    if to_text(&value)? == text {
        Ok(())
    } else {
        Err(NotCanonical::Value("the text is JSON, but not in its canonical form".to_owned()))
    }
}
