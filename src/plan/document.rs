//! What release.toml says, as types. The same types give the JSON Schema and the reference, so a key that isn't here doesn't exist.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::seam::Glob;
use super::{
    Argv, Ci, Coverage, Dispatch, Flag, Gate, Period, Pin, Publishing, Registry, RegistryName, ReleaseId, RepoName,
    Report, Seam, StepId, Verb, Via, via,
};

/// The whole of release.toml.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Document {
    /// The version of this format: 1.
    #[schemars(range(min = 1, max = 1), example = 1)]
    pub schema: u32,
    /// The feature that ships.
    pub release: Release,
    /// The one person who decides.
    pub owner: Owner,
    /// The one feature flag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flag: Option<Flag>,
    /// Registries that packages are published to, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub registry: BTreeMap<RegistryName, Registry>,
    /// What tests must have met together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage: Option<Coverage>,
    /// The repositories.
    #[serde(default)]
    pub repo: Vec<Repo>,
    /// The steps, in the order in which they happen.
    #[serde(default)]
    pub step: Vec<Step>,
    /// Contracts between the repositories.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seam: Vec<Seam>,
}

/// The feature that ships.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Release {
    /// A short name: the ledger, the release branches and the tag are named after it.
    #[schemars(example = &"m3-team-org-tier")]
    pub id: ReleaseId,
    /// The feature in words, for people.
    #[schemars(example = &"Team and organisation tier")]
    pub title: String,
    /// Who is asked when: `careful` asks before every step, `quick` takes one approval for the whole train.
    #[serde(default)]
    pub mode: Mode,
    /// The folder that repo paths are relative to, itself relative to this file. `FLIGHTDECK_ROOT` overrides it.
    #[serde(default = "here")]
    #[schemars(example = &"..")]
    pub root: PathBuf,
}

fn here() -> PathBuf {
    PathBuf::from(".")
}

/// How often the owner is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Every step asks.
    #[default]
    Careful,
    /// One approval covers the train.
    Quick,
}

/// The one person who decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Owner {
    /// The name on every decision.
    #[schemars(example = &"Ada Example")]
    pub name: String,
    /// The address on every decision.
    #[schemars(example = &"ada@example.com")]
    pub email: String,
}

/// A repository of the release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Repo {
    /// The name in the plan and on the screen.
    #[schemars(example = &"platform-api")]
    pub name: RepoName,
    /// A clone or a worktree, relative to the root.
    #[schemars(example = &"repos/platform-api")]
    pub path: PathBuf,
    /// The address that `origin` must have; anything else, or a rewrite, is refused before a push.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"git@example.com:acme/platform-api.git")]
    pub url: Option<String>,
    /// What the repository is to the others.
    #[serde(default)]
    pub role: Role,
    /// Whether what it publishes is visible to everyone at once.
    #[serde(default)]
    pub visibility: Visibility,
    /// The branch that users' code comes from.
    #[serde(default = "main_branch")]
    pub main: String,
    /// The release branch; `release/<release.id>` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"release/m3")]
    pub branch: Option<String>,
    /// Repositories that must ship before this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<RepoName>,
    /// The repository's tests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = ["npm", "test"])]
    pub test: Option<Argv>,
    /// How its package is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publish: Option<Publishing>,
    /// References to other repositories' packages that become published versions before it ships.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repin: Vec<Pin>,
    /// How it is deployed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deploy: Option<Deployment>,
    /// Where the deployed artefact says what it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reports: Option<Reports>,
    /// How it is shown that what ships behaves as main does while the flag is off: what a `dormant` gate asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dormant: Option<Dormant>,
    /// Whether its code reads the flag, where no artefact of it reports that: `check` looks for the key there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reads_flag: bool,
    /// Where its statuses and checks are, for gates that name some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ci: Option<Ci>,
    /// Environment variables that its commands see beyond a small base; their values are redacted everywhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = ["NPM_TOKEN"])]
    pub secrets: Vec<String>,
}

fn main_branch() -> String {
    "main".to_owned()
}

/// What a repository is to the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A library that others pin.
    Package,
    /// The service that the satellites talk to.
    Hub,
    /// An application that talks to the hub.
    Satellite,
    /// Any other deployed thing.
    #[default]
    Service,
}

/// Who sees what a repository publishes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Everyone, at once.
    Public,
    /// Only those let in.
    #[default]
    Private,
}

/// How a repository is deployed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum Deployment {
    /// By pushing to a deploy remote, then smoking it.
    Push {
        /// The remote's name.
        push: String,
        /// The branch on it.
        #[serde(default = "main_branch")]
        branch: String,
        /// An address that answers 200 when the deployed thing is healthy.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        smoke: Option<String>,
    },
    /// By the repository's own script, which owns its smoke and rollback.
    Script {
        /// The script, run in a clean worktree at the ship SHA.
        script: Argv,
        /// Exit 0: `{sha}` is deployed; 1: it isn't; anything else: unknown.
        probe: Argv,
    },
}

/// Where a deployed artefact says what it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Reports {
    /// The flag as this artefact reads it: an address with `#` and a JSON pointer, or a table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"https://app.example.com/flags#/m3_team_org_tier")]
    pub flag: Option<Report>,
    /// The commit that is deployed: an address, `#`, and a JSON pointer into its answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"https://app.example.com/version#/sha")]
    pub version: Option<String>,
}

/// The unit that the owner approves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Step {
    /// A short name, used on the command line.
    #[schemars(example = &"sdk")]
    pub id: StepId,
    /// The group that the step is shown in.
    #[schemars(example = &"Libraries, flag off")]
    pub stage: String,
    /// What happens, in words.
    #[schemars(example = &"Publish the TypeScript SDK")]
    pub title: String,
    /// What the step does.
    #[serde(flatten)]
    pub verb: Verb,
    /// Who brings the effects: `local` we do, `dispatch` a workflow that we start, `external` somebody else.
    #[serde(default)]
    pub via: Via,
    /// Starts the workflow of `via = "dispatch"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispatch: Option<Dispatch>,
    /// Who brings the effects where we don't, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"the platform team's pipeline")]
    pub waits_for: Option<String>,
    /// The longest that the evidence of others, or a canary, is waited for.
    #[serde(default = "via::two_hours")]
    #[schemars(example = &"2h")]
    pub budget: Period,
    /// Steps that must be done before; all earlier ones when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs: Option<Vec<StepId>>,
    /// Conditions that must hold when the step starts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<Gate>,
    /// The longest that one action may take.
    #[serde(default = "ten_minutes")]
    #[schemars(example = &"10m")]
    pub timeout: Period,
    /// `always` asks for this step even where one approval covers the train.
    #[serde(default)]
    pub confirm: Confirm,
    /// The command that takes the step back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Argv>,
}

fn ten_minutes() -> Period {
    Period::seconds(600)
}

/// When a step asks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Confirm {
    /// As the release's mode says.
    #[default]
    Once,
    /// Every time, whatever else was approved.
    Always,
}

/// How it is shown that what ships behaves as main does while the flag is off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Dormant {
    /// The files and folders of main's tests, relative to the repository: they are laid over what ships, in a worktree.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = ["tests"])]
    pub tests: Vec<String>,
    /// The command that runs them; the repository's `test` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = ["npm", "test"])]
    pub command: Option<Argv>,
    /// The OpenAPI document, relative to the repository: whatever main's promises must still be kept by what ships.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"openapi.json")]
    pub contract: Option<String>,
    /// Files at main's commit with what it really answered. Each answer must be one that the contract of what ships still
    /// promises: its operation, its status, each field and value. Where what ships has recorded the same request anew, that
    /// answer must have the status, the keys and the types that main's has; its values may differ. A file holds one answer or a
    /// list of them, each with `request` (`method`, `path`) and `response` (`status`, `body`), or is a HAR archive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"recordings/*.json")]
    pub recorded: Option<Glob>,
}

impl Repo {
    /// Whether its deployed artefact reports the flag.
    pub fn reports_flag(&self) -> bool {
        self.reports.as_ref().is_some_and(|reports| reports.flag.is_some())
    }

    /// Whether its code claims to read the flag.
    pub fn claims_flag(&self) -> bool {
        self.reads_flag || self.reports_flag()
    }
}

impl Document {
    /// A registry by name: its own table, or the ecosystem of that name.
    pub fn registry(&self, name: &RegistryName) -> Option<Registry> {
        self.registry.get(name).cloned().or_else(|| Registry::implied(name))
    }
}
