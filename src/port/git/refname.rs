//! Full ref names: the only ones git is ever given, so that a branch called like an option is no option.

use std::fmt;
use std::str::FromStr;

/// A full, valid ref name, such as `refs/heads/main`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FullRef(String);

/// A text that is no full ref name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a full ref name: write it as refs/heads/…")]
pub struct NotAFullRef(String);

impl FullRef {
    /// The branch of this name.
    pub fn branch(name: &str) -> Result<Self, NotAFullRef> {
        format!("refs/heads/{name}").parse()
    }

    /// The tag of this name.
    pub fn tag(name: &str) -> Result<Self, NotAFullRef> {
        format!("refs/tags/{name}").parse()
    }

    /// What is known here of a remote's branch.
    pub fn tracking(remote: &str, branch: &str) -> Result<Self, NotAFullRef> {
        format!("refs/remotes/{remote}/{branch}").parse()
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The branch's own name, if this is a branch.
    pub fn branch_name(&self) -> Option<&str> {
        self.0.strip_prefix("refs/heads/")
    }
}

impl FromStr for FullRef {
    type Err = NotAFullRef;

    fn from_str(text: &str) -> Result<Self, NotAFullRef> {
        let full = text.starts_with("refs/") && git2::Reference::is_valid_name(text);
        if full { Ok(Self(text.to_owned())) } else { Err(NotAFullRef(text.chars().take(200).collect())) }
    }
}

impl fmt::Display for FullRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_git_takes_for_one_name_is_a_full_ref() {
        for good in ["main", "release/m3", "--upload-pack=x", "a\u{202e}b", "-x", "@"] {
            assert!(FullRef::branch(good).is_ok(), "{good}");
        }
        for bad in ["", "a b", "a:b", "a*", "a..b", "a^{}", "x.lock", "a\nb", "/a", "a//b", "a\\b", "a~1"] {
            assert!(FullRef::branch(bad).is_err(), "{bad}");
        }
        assert!("HEAD".parse::<FullRef>().is_err() && "+refs/heads/a".parse::<FullRef>().is_err());
    }
}
