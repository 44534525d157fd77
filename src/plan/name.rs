//! Names the owner writes in release.toml, each a type of its own so that a step id can't stand where a repo name belongs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a text is not a usable name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing was written.
    #[error("a name can't be empty")]
    Empty,
    /// Over [`MAX_NAME`] characters, which no grid could show.
    #[error("a name has at most {MAX_NAME} characters")]
    TooLong,
    /// A first character that a command line or a file system would take for something else.
    #[error("a name starts with a letter or a digit, not with {0:?}")]
    Start(char),
    /// A character outside the safe set.
    #[error("{0:?} can't stand in a name: use letters, digits, '.', '_' and '-'")]
    Character(char),
}

/// The longest name, in characters.
pub const MAX_NAME: usize = 64;

fn check(text: &str) -> Result<(), NameError> {
    let Some(first) = text.chars().next() else { return Err(NameError::Empty) };
    if text.chars().count() > MAX_NAME {
        return Err(NameError::TooLong);
    }
    if let Some(other) = text.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '_' | '-')) {
        return Err(NameError::Character(other));
    }
    if !first.is_ascii_alphanumeric() {
        return Err(NameError::Start(first));
    }
    Ok(())
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(with = "String", extend("format" = "name", "pattern" = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"))]
        pub struct $name(String);

        impl $name {
            /// The name as it was written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                check(text).map(|()| Self(text.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(text: String) -> Result<Self, NameError> {
                check(&text).map(|()| Self(text))
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    )*};
}

names! {
    /// One feature on its way to users.
    ReleaseId
    /// A repository of the release.
    RepoName
    /// A step of the plan.
    StepId
    /// A registry that packages are published to.
    RegistryName
    /// A state of the one flag, such as `off`, `beta` or `on`.
    FlagState
    /// A contract between repositories.
    SeamId
    /// Something that varies between users of the feature, or a value of it, such as `team` or `link`.
    Dimension
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_a_command_would_take_for_an_option_is_refused() {
        assert_eq!("--upload-pack=x".parse::<RepoName>(), Err(NameError::Character('=')));
        assert_eq!("-x".parse::<RepoName>(), Err(NameError::Start('-')));
        assert_eq!("..".parse::<StepId>(), Err(NameError::Start('.')));
        assert_eq!("".parse::<StepId>(), Err(NameError::Empty));
        assert_eq!("a\u{202e}b".parse::<StepId>(), Err(NameError::Character('\u{202e}')));
    }

    #[test]
    fn ordinary_names_pass_unchanged() {
        assert_eq!("m3-team.org_tier".parse::<ReleaseId>().map(String::from), Ok("m3-team.org_tier".to_owned()));
    }
}
