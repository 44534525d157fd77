//! `push = { remote, branch }`: a flag's file that is served from a branch of a remote, as git-sourced flag services do it.

use serde::{Deserialize, Serialize};

/// The branch that a file is served from: a state is one commit on top of it, pushed and never forced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PushTo {
    /// The remote's name, as `git remote` lists it in the clone that the file lies in.
    #[schemars(example = &"origin")]
    pub remote: String,
    /// The branch's short name.
    #[schemars(example = &"main")]
    pub branch: String,
}
