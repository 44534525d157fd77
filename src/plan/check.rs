//! A question with a yes or no, asked of an address or a command: smoke steps and soaks are made of them.

use serde::{Deserialize, Serialize};

use super::{Argv, RepoName};

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Check {
    /// What is checked, for people.
    #[schemars(example = &"the web app is up")]
    pub name: String,
    /// How it is asked.
    #[serde(flatten)]
    pub question: Question,
}

/// How a check is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum Question {
    /// An address that must answer.
    Http {
        /// The address.
        http: String,
        /// The status it must answer with; 200 when absent.
        #[serde(default = "ok")]
        #[schemars(range(min = 100, max = 599))]
        status: u16,
        /// A text that must stand in the answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        contains: Option<String>,
    },
    /// A command that must exit 0.
    Command {
        /// The command.
        command: Argv,
        /// The repository in whose clean worktree it runs; the root when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        repo: Option<RepoName>,
    },
}

fn ok() -> u16 {
    200
}
