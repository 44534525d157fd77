//! Pins: which of a consumer's references become a published version, in which manifest, refreshed into which lock file.

use serde::{Deserialize, Serialize};

use super::{Argv, Command, PackageVersion, RepoName};

/// A reference of a consumer that becomes the published version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Pin {
    /// The repository whose package is pinned.
    #[schemars(example = &"agentguard-sdk")]
    pub package: RepoName,
    /// The consumer's manifest, relative to its root.
    #[schemars(example = &"package.json")]
    pub manifest: String,
    /// Refreshes the lock file by the ecosystem's own tool; tried again while the registry propagates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = ["npm", "install", "--package-lock-only"])]
    pub lock: Option<Argv>,
    /// The lock file, relative to the root; the ecosystem's own, beside the manifest or in a folder above it, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"package-lock.json")]
    pub lock_file: Option<String>,
}

/// A pin with its version known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PinTo {
    /// The version.
    pub package: PackageVersion,
    /// The consumer's manifest, relative to its root.
    pub manifest: String,
    /// Refreshes the lock file, in a worktree of the consumer.
    pub lock: Option<Command>,
    /// The lock file, where the plan names it.
    pub lock_file: Option<String>,
}
