//! Where a repository's commit statuses and check runs are read: a forge's API, at an address that the plan names.

use serde::{Deserialize, Serialize};

/// A forge that is asked for statuses and checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Ci {
    /// Which forge, and where its API has the repository.
    #[serde(flatten)]
    pub forge: Forge,
    /// The environment variable that holds the token it is asked with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"GITHUB_TOKEN")]
    pub token: Option<String>,
}

/// A forge's API, at the address of the repository in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Forge {
    /// GitHub: statuses and check runs, such as `https://api.github.example/repos/acme/web`.
    Github(String),
    /// GitLab: statuses, such as `https://gitlab.example.com/api/v4/projects/acme%2Fweb`.
    Gitlab(String),
    /// Gitea or Forgejo: statuses, such as `https://git.example.com/api/v1/repos/acme/web`.
    Gitea(String),
}

/// What is asked for at a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// GitHub's statuses, the latest of each context.
    GithubStatuses,
    /// GitHub's check runs, the latest of each.
    GithubChecks,
    /// GitLab's statuses, the latest of each job.
    GitlabStatuses,
    /// Gitea's statuses, all of them.
    GiteaStatuses,
}

impl Forge {
    /// The word that names it in release.toml.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Github(_) => "github",
            Self::Gitlab(_) => "gitlab",
            Self::Gitea(_) => "gitea",
        }
    }

    /// The repository's address in its API, without a slash at its end.
    pub fn base(&self) -> &str {
        let (Self::Github(base) | Self::Gitlab(base) | Self::Gitea(base)) = self;
        base.trim_end_matches('/')
    }

    /// What must be asked to know all that it says of a commit.
    pub fn lists(&self) -> &'static [List] {
        match self {
            Self::Github(_) => &[List::GithubStatuses, List::GithubChecks],
            Self::Gitlab(_) => &[List::GitlabStatuses],
            Self::Gitea(_) => &[List::GiteaStatuses],
        }
    }

    /// The address of a list at a commit; which page is asked for is added to it.
    pub fn address(&self, list: List, sha: &str) -> String {
        let base = self.base();
        match list {
            List::GithubStatuses => format!("{base}/commits/{sha}/status?per_page=100"),
            List::GithubChecks => format!("{base}/commits/{sha}/check-runs?filter=latest&per_page=100"),
            List::GitlabStatuses => format!("{base}/repository/commits/{sha}/statuses?per_page=100"),
            List::GiteaStatuses => format!("{base}/commits/{sha}/statuses?limit=50"),
        }
    }
}
