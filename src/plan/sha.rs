//! Full commit ids. An abbreviation is for eyes: it is never parsed back.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A full SHA-1 commit id: 40 lowercase hexadecimal digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Sha(String);

/// A text that is not a full commit id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a full commit id (40 hexadecimal digits)")]
pub struct NotASha(String);

impl Sha {
    /// All 40 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first seven digits, for the screen.
    pub fn short(&self) -> &str {
        self.0.get(..7).unwrap_or(&self.0)
    }
}

impl FromStr for Sha {
    type Err = NotASha;

    fn from_str(text: &str) -> Result<Self, NotASha> {
        let full = text.len() == 40 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if full { Ok(Self(text.to_owned())) } else { Err(NotASha(text.chars().take(64).collect())) }
    }
}

impl TryFrom<String> for Sha {
    type Error = NotASha;

    fn try_from(text: String) -> Result<Self, NotASha> {
        text.parse()
    }
}

impl From<Sha> for String {
    fn from(sha: Sha) -> Self {
        sha.0
    }
}

impl fmt::Display for Sha {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Sha {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha({})", self.short())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_full_lowercase_id_is_a_sha() {
        let full = "9f31c2a0000000000000000000000000000000ab";
        assert_eq!(full.parse::<Sha>().map(|s| s.short().to_owned()), Ok("9f31c2a".to_owned()));
        for bad in ["9f31c2a", "", &full.to_uppercase(), &format!("{full}0"), "HEAD"] {
            assert!(bad.parse::<Sha>().is_err(), "{bad}");
        }
    }
}
