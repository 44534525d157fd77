//! The story of each demo repository: which commits there were, by whom and when, as `history.toml` beside its files
//! tells it. Dates and names are fixed, so that the same story always gives the same commit ids.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::assets;

/// The branch that work lands on.
pub(super) const MAIN: &str = "main";

/// Which world is built.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Telling {
    /// The one in which everybody took care.
    #[default]
    Sound,
    /// The one in which four things were missed that no repository can see by itself.
    WithMisses,
}

/// One repository's story.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct History {
    pub(super) name: String,
    /// The folder of the commit that production runs, or whose package is out.
    pub(super) live: String,
    #[serde(rename = "commit")]
    pub(super) commits: Vec<Commit>,
}

/// One commit: its folder's files laid over those of the commit before.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Commit {
    pub(super) folder: String,
    pub(super) branch: String,
    pub(super) author: String,
    pub(super) date: jiff::Timestamp,
    pub(super) message: String,
    /// The one world that it belongs to; all of them when absent.
    world: Option<Telling>,
    /// Files that several repositories have in common.
    #[serde(default)]
    shared: Vec<String>,
}

/// A tree: its files by path.
pub(super) type Files = BTreeMap<&'static str, &'static [u8]>;

/// Why an embedded story can't be told; always a fault of this build.
#[derive(Debug, thiserror::Error)]
pub enum StoryError {
    /// No `history.toml`, or one that isn't text.
    #[error("the demo has no story of {0:?}")]
    Missing(String),
    /// `history.toml` says something else than a story.
    #[error("the story of {0:?} can't be read: {1}")]
    Unreadable(String, #[source] Box<toml::de::Error>),
    /// A commit or file it names isn't there.
    #[error("the story of {0:?} names {1:?}, which isn't there")]
    Dangling(String, String),
}

impl History {
    /// Reads the story of a repository, as one world tells it.
    pub(super) fn of(name: &str, telling: Telling) -> Result<Self, StoryError> {
        let missing = || StoryError::Missing(name.to_owned());
        let bytes = assets::file(&format!("{name}/history.toml")).ok_or_else(missing)?;
        let text = std::str::from_utf8(bytes).map_err(|_| missing())?;
        let mut history: Self =
            toml::from_str(text).map_err(|error| StoryError::Unreadable(name.to_owned(), Box::new(error)))?;
        history.commits.retain(|commit| commit.world.is_none_or(|world| world == telling));
        history.live_commits()?;
        Ok(history)
    }

    /// The branch the feature waits on.
    pub(super) fn release_branch(&self) -> Option<&str> {
        self.commits.iter().map(|commit| commit.branch.as_str()).find(|branch| *branch != MAIN)
    }

    /// The commits up to the one that is live.
    pub(super) fn live_commits(&self) -> Result<&[Commit], StoryError> {
        let dangling = || StoryError::Dangling(self.name.clone(), self.live.clone());
        let at = self.commits.iter().position(|commit| commit.folder == self.live).ok_or_else(dangling)?;
        self.commits.get(..=at).ok_or_else(dangling)
    }

    /// The files as they are after the last of some commits.
    pub(super) fn files_after(&self, commits: &[Commit]) -> Result<Files, StoryError> {
        let mut files = Files::new();
        for commit in commits {
            self.lay(commit, &mut files)?;
        }
        Ok(files)
    }

    /// Lays one commit's files over those before it.
    pub(super) fn lay(&self, commit: &Commit, files: &mut Files) -> Result<(), StoryError> {
        let dangling = |what: &str| StoryError::Dangling(self.name.clone(), what.to_owned());
        for path in &commit.shared {
            let found = assets::folder("shared").find(|(known, _)| known == path).ok_or_else(|| dangling(path))?;
            files.insert(found.0, found.1);
        }
        let mut any = false;
        for (path, bytes) in assets::folder(&format!("{}/{}", self.name, commit.folder)) {
            files.insert(path, bytes);
            any = true;
        }
        if any { Ok(()) } else { Err(dangling(&commit.folder)) }
    }
}

impl Commit {
    /// The author's address, made from the first name.
    pub(super) fn email(&self) -> String {
        let first = self.author.split(' ').next().unwrap_or("someone").to_lowercase();
        format!("{first}@example.com")
    }

    /// The message as git keeps it: one newline at its end.
    pub(super) fn text(&self) -> String {
        format!("{}\n", self.message.trim())
    }
}

/// Is this file a program?
pub(super) fn executable(path: &str, bytes: &[u8]) -> bool {
    path.starts_with("bin/") && bytes.starts_with(b"#!")
}
