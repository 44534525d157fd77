//! Registries and packages: where a version is published, and how it is told that it is there.

use serde::{Deserialize, Serialize};

use super::{Argv, Command, Period, Place, RegistryName};

/// A registry that packages are published to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Registry {
    /// What speaks there. A registry that is named after its kind needs no table.
    pub kind: RegistryKind,
    /// The address that packages are read from; where the ecosystem's own client on this machine resolves when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"https://packages.example.com/simple/")]
    pub index: Option<String>,
    /// For `generic`. Asks for one version: exit 0 present (the first line printed is the artefact's SHA-256), 1 absent, anything else unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = ["bin/probe", "{package}", "{version}"])]
    pub probe: Option<Argv>,
    /// For `generic`. Exit 0 once a consumer's own client can resolve the version, 1 while it can't.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = ["bin/resolve", "{package}", "{version}"])]
    pub resolve: Option<Argv>,
    /// For `generic`. `refused` when the registry itself refuses a second upload of a version: an interrupted publish can then be tried again.
    #[serde(default)]
    pub duplicates: Duplicates,
    /// How long an accepted version may take until everyone sees it.
    #[serde(default = "half_an_hour")]
    #[schemars(example = &"30m")]
    pub propagates: Period,
}

fn half_an_hour() -> Period {
    Period::seconds(30 * 60)
}

impl Registry {
    /// The registry that a name means without a table: the ecosystem of that name, as its client is configured here.
    pub fn implied(name: &RegistryName) -> Option<Self> {
        let kind = RegistryKind::ALL.into_iter().find(|kind| kind.word() == name.as_str())?;
        let asked_by_address = !matches!(kind, RegistryKind::Generic);
        asked_by_address.then(|| Self {
            kind,
            index: None,
            probe: None,
            resolve: None,
            duplicates: Duplicates::Unknown,
            propagates: half_an_hour(),
        })
    }
}

/// What speaks at a registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RegistryKind {
    /// Python: PyPI and whatever serves the simple repository API.
    PyPi,
    /// JavaScript: npm and whatever serves its packuments.
    Npm,
    /// Rust: crates.io and whatever serves a sparse index.
    Cargo,
    /// Ruby: RubyGems and whatever serves its compact index.
    RubyGems,
    /// Asked by the registry's own `probe` command.
    Generic,
}

impl RegistryKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::PyPi, Self::Npm, Self::Cargo, Self::RubyGems, Self::Generic];

    /// The kind's word, as release.toml spells it.
    pub fn word(self) -> &'static str {
        match self {
            Self::PyPi => "pypi",
            Self::Npm => "npm",
            Self::Cargo => "cargo",
            Self::RubyGems => "rubygems",
            Self::Generic => "generic",
        }
    }

    /// Whether a version may consist of several files, each uploaded by itself.
    pub fn takes_files(self) -> bool {
        match self {
            Self::PyPi => true,
            Self::Npm | Self::Cargo | Self::RubyGems | Self::Generic => false,
        }
    }
}

/// What a registry does with a second upload of the same version.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Duplicates {
    /// It refuses it: trying again after an interruption can't publish twice.
    Refused,
    /// Nobody said: an interrupted upload that can't be seen needs the owner's word.
    #[default]
    Unknown,
}

/// How a package is published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Publishing {
    /// A name under `[registry]`, or one of `pypi`, `npm`, `cargo`, `rubygems` as this machine's client is configured.
    pub registry: RegistryName,
    /// Builds the artefacts in a clean worktree at the frozen SHA, once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<Argv>,
    /// The files that the build makes, relative to the worktree; their digests are what the registry must show.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = ["dist/{package}-{version}.tar.gz"])]
    pub artifacts: Vec<String>,
    /// Uploads one artefact, or the package where none is named.
    #[schemars(example = ["bin/publish", "{artifact}"])]
    pub command: Argv,
    /// Stages the version first, where the registry publishes in two phases; `command` then approves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Staging>,
    /// The file that holds name and version; found by itself when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"package.json")]
    pub manifest: Option<String>,
}

/// The first phase of publishing in two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Staging {
    /// Uploads the version where nobody can install it yet.
    #[schemars(example = ["npm", "stage", "publish", "{artifact}"])]
    pub command: Argv,
    /// Exit 0: the version is staged or published; 1: it isn't; anything else: unknown.
    #[schemars(example = ["bin/is-staged", "{package}", "{version}"])]
    pub probe: Argv,
}

/// One version of a package on a registry, and how it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackageVersion {
    /// The registry's name in the plan.
    pub registry: RegistryName,
    /// The package's name.
    pub name: String,
    /// The version.
    pub version: String,
    /// Who tells whether it is there.
    pub asking: Asking,
    /// How long an accepted version may take until everyone sees it.
    pub propagates: Period,
}

/// Who tells whether a version is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub enum Asking {
    /// The registry's own commands.
    Command {
        /// Whether it is there.
        probe: Command,
        /// Whether a consumer's client resolves it.
        resolve: Option<Command>,
        /// Whether the registry itself refuses a second upload.
        duplicates: Duplicates,
    },
    /// The registry's protocol.
    Index {
        /// Which.
        kind: RegistryKind,
        /// The address; where the ecosystem's client resolves when absent.
        index: Option<String>,
        /// Where the client is asked: its project configuration counts.
        place: Place,
        /// Names of the variables that the client sees beyond the base.
        secrets: Vec<String>,
    },
}

impl PackageVersion {
    /// Whether the registry itself refuses a second upload. The public protocols all do.
    pub fn refuses_duplicates(&self) -> bool {
        match &self.asking {
            Asking::Command { duplicates, .. } => matches!(duplicates, Duplicates::Refused),
            Asking::Index { .. } => true,
        }
    }

    /// The name of an artefact's file, by its path in the plan.
    pub fn file_name(&self, path: &str) -> String {
        let filled = self.filled(path);
        filled.rsplit('/').next().unwrap_or(&filled).to_owned()
    }

    /// An artefact's path with the package's name and version filled in.
    pub fn filled(&self, path: &str) -> String {
        path.replace("{package}", &self.name).replace("{version}", &self.version)
    }

    /// Whether anything tells that a consumer's own client resolves it.
    pub fn tells_resolvable(&self) -> bool {
        match &self.asking {
            Asking::Command { resolve, .. } => resolve.is_some(),
            Asking::Index { .. } => true,
        }
    }
}

impl std::fmt::Display for PackageVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}
