//! A package's worktree as its client runs in it: where it is, and its small files.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{Client, Where, words};

/// What is said of a worktree that went away.
pub(super) const GONE: &str = "the package's worktree went away meanwhile: try again";

/// Where a client runs in a project.
pub(super) async fn of_project(client: &dyn Client) -> Result<PathBuf, String> {
    let ended = client.ask(&["pwd", "-P"], &[], Where::Project).await?;
    let folder = PathBuf::from(words::stdout(&ended).trim_end_matches('\n'));
    if folder.is_absolute() { Ok(folder) } else { Err("the package's worktree can't be told".to_owned()) }
}

/// A file's text; none if it isn't there. One that is there and can't be read is an error.
pub(super) fn text(file: &Path) -> Result<Option<String>, String> {
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error)
            if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory) =>
        {
            Ok(None)
        }
        Err(error) => Err(format!("{} can't be read: {error}", file.display())),
    }
}
