//! Where a remote says that a branch is, with its commit brought here so that it can be read.

use std::path::Path;

use super::{RealWorld, off_loop};
use crate::plan::Sha;
use crate::port::git::{FullRef, Place};
use crate::port::repo::{Repo, Unreadable};

impl RealWorld {
    /// The head of a remote's branch, whose commit is here afterwards; none where the remote has no such branch.
    pub(super) async fn brought_head(&self, clone: &Path, remote: &str, name: &FullRef) -> Result<Option<Sha>, String> {
        let place = Place::WorkTree(clone.to_owned());
        let asked = self.git.ls_remote(&place, remote, name).await;
        let Some(head) = asked.map_err(|fault| format!("{remote} couldn't be asked: {fault}"))? else {
            return Ok(None);
        };
        if has(clone, &head).await? {
            return Ok(Some(head));
        }
        let shown = format!("{remote}/{}", name.branch_name().unwrap_or_default());
        let fetched = self.git.fetch(&place, remote, std::slice::from_ref(name)).await;
        // somebody else's fetch at the same time may be in its way, and brings the same
        match (has(clone, &head).await?, fetched) {
            (true, _) => Ok(Some(head)),
            (false, Ok(())) => Err(format!("{shown} went back while it was fetched: try again")),
            (false, Err(fault)) => Err(format!("{shown} couldn't be fetched: {fault}")),
        }
    }
}

async fn has(clone: &Path, commit: &Sha) -> Result<bool, String> {
    let (path, commit) = (clone.to_owned(), commit.clone());
    match off_loop(move || Repo::open(&path)?.is_ancestor(&commit, &commit)).await? {
        Ok(_) => Ok(true),
        Err(Unreadable::NoCommit(_)) => Ok(false),
        Err(why) => Err(format!("{}: {why}", clone.display())),
    }
}
