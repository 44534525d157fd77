//! Annotated tags: the record of a release in a repository. Making the same one twice is one tag.

use git2::{ErrorCode, ObjectType, Signature, Time};

use super::{Repo, Unreadable, sha};
use crate::plan::Sha;

/// Who tags, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tagger {
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
    /// Seconds since 1970, told in UTC.
    pub at: i64,
}

/// Why there is no such tag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotTagged {
    /// The name is taken by something else.
    #[error("there is a tag of this name already, and it isn't this one")]
    Taken {
        /// What it points at.
        found: Sha,
    },
    /// git takes no such name, or no such tagger.
    #[error("git refuses it: {0}")]
    Refused(String),
    /// Something couldn't be read or written.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

impl From<git2::Error> for NotTagged {
    fn from(error: git2::Error) -> Self {
        match error.code() {
            ErrorCode::InvalidSpec | ErrorCode::Invalid => Self::Refused(error.message().to_owned()),
            _ => Self::Unreadable(error.into()),
        }
    }
}

impl Repo {
    /// Makes an annotated tag at a commit and gives the tag object. One that is there already, of the same commit and
    /// message, is content, whoever made it.
    pub fn create_tag_annotated(&self, name: &str, at: &Sha, message: &str, tagger: &Tagger) -> Result<Sha, NotTagged> {
        let oid = self.commit(at)?;
        let commit = self.git.find_object(oid, Some(ObjectType::Commit))?;
        let signature = Signature::new(&tagger.name, &tagger.email, &Time::new(tagger.at, 0))
            .map_err(|error| NotTagged::Refused(error.message().to_owned()))?;
        match self.git.tag(name, &commit, &signature, message, false) {
            Ok(tag) => Ok(sha(tag)?),
            Err(error) if error.code() == ErrorCode::Exists => {
                let found = self.git.find_reference(&format!("refs/tags/{name}"))?;
                let found = found.target().ok_or_else(|| Unreadable::Broken(format!("the tag {name} is no tag")))?;
                let same = self
                    .git
                    .find_tag(found)
                    .is_ok_and(|tag| tag.target_id() == oid && tag.message_bytes() == Some(message.as_bytes()));
                if same { Ok(sha(found)?) } else { Err(NotTagged::Taken { found: sha(found)? }) }
            }
            Err(error) => Err(error.into()),
        }
    }
}
