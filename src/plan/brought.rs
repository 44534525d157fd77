//! Where a plan leaves its marks on remotes: the refs that its steps move, known from the plan alone.

use std::collections::BTreeSet;

use super::{Plan, RepoName};

/// A ref on a remote that a step moves.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BroughtRef {
    /// The repository.
    pub repo: RepoName,
    /// The remote's name.
    pub remote: String,
    /// The ref's full name.
    pub name: String,
}

impl BroughtRef {
    /// A branch on a remote.
    pub fn branch(repo: &RepoName, remote: &str, branch: &str) -> Self {
        Self { repo: repo.clone(), remote: remote.to_owned(), name: format!("refs/heads/{branch}") }
    }

    /// A tag on a remote.
    pub fn tag(repo: &RepoName, remote: &str, tag: &str) -> Self {
        Self { repo: repo.clone(), remote: remote.to_owned(), name: format!("refs/tags/{tag}") }
    }

    /// As people write it: `origin/main`, `origin/tags/v1`.
    pub fn short(&self) -> String {
        let name = self.name.strip_prefix("refs/").unwrap_or(&self.name);
        format!("{}/{}", self.remote, name.strip_prefix("heads/").unwrap_or(name))
    }
}

impl Plan {
    /// The refs of a repository that the plan's steps move.
    pub fn brought_refs(&self, repo: &RepoName) -> BTreeSet<BroughtRef> {
        let refs = self.steps().iter().flat_map(|step| step.verb.brought_refs(self.document()));
        refs.filter(|brought| brought.repo == *repo).collect()
    }

    /// Remotes other than `origin` on which a repository's refs are moved.
    pub fn other_remotes(&self, repo: &RepoName) -> BTreeSet<String> {
        let refs = self.brought_refs(repo).into_iter();
        refs.map(|brought| brought.remote).filter(|remote| remote != "origin").collect()
    }
}
