//! One source of a side: which files of a repository are read, and what is taken out of them.

use serde::{Deserialize, Serialize};

use super::{Glob, JsonPath, Pattern, Rule};
use crate::plan::gate::Required;
use crate::plan::{Argv, RepoName};

/// The sources of a side: one table, or a list of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(from = "OneOrMany", into = "OneOrMany")]
#[schemars(with = "OneOrMany")]
pub struct Sources(Vec<Source>);

/// As it is written.
#[derive(Debug, Clone, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Sources")]
enum OneOrMany {
    /// One.
    One(Box<Source>),
    /// Several, taken together.
    Many(Vec<Source>),
}

/// Files of a repository, and what is taken out of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Source {
    /// The repository.
    #[schemars(example = &"platform-api")]
    pub repo: RepoName,
    /// One file in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"openapi.json")]
    pub file: Option<String>,
    /// Files in it, with the wildcards `*`, `**`, `?` and `{a,b}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"templates/*.j2")]
    pub files: Option<Glob>,
    /// A command that prints what would else stand in a file; run in a clean worktree at the commit, in trusted plans only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = ["bin/print-schema"])]
    pub command: Option<Argv>,
    /// The file in the worktree that the command writes; what it prints when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"build/openapi.json")]
    pub output: Option<String>,
    /// Takes what a pattern finds: its groups, or all of it where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &r"\{\{\s*team\.(\w+)")]
    pub regex: Option<Pattern>,
    /// Takes what stands at a JSON pointer in a JSON, YAML or TOML file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"/components/schemas/Team/properties")]
    pub pointer: Option<String>,
    /// Takes what a JSONPath finds in a JSON, YAML or TOML file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"$.services[*].image")]
    pub jsonpath: Option<JsonPath>,
    /// With `pointer` or `jsonpath`: takes the keys of the tables found there instead of values.
    #[serde(default, skip_serializing_if = "is_not")]
    pub keys: bool,
    /// Takes parts of an OpenAPI document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"fields")]
    pub openapi: Option<OpenApiPart>,
    /// With `openapi = "fields"` or `"values"`: the schema that is meant; `fields` of all schemas when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"Team")]
    pub schema: Option<String>,
    /// With `openapi = "values"`: the field of the schema whose values are meant; the schema itself when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"plan")]
    pub field: Option<String>,
    /// With `openapi = "answered"`: the operation whose answer is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"GET /v1/teams/{id}")]
    pub operation: Option<String>,
    /// Takes the digest of each file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Required>,
    /// Takes the field names of recorded JSON answers, from the objects at this JSON pointer: what was really answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"/body")]
    pub recorded: Option<String>,
    /// Takes a text wherever it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"X-Request-Id")]
    pub text: Option<String>,
    /// Takes the number that follows this name on its line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"RETRY_BUDGET_MS")]
    pub number: Option<String>,
    /// The unit of numbers that are written without one: `ms`, `s`, `m`, `h` or `d`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"ms")]
    pub unit: Option<Unit>,
    /// Takes the version that the repository's own manifest would publish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publishes: Option<Required>,
    /// Takes what the manifest asks for of another repository's package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"agentguard-sdk")]
    pub pins: Option<RepoName>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_not(value: &bool) -> bool {
    !*value
}

/// A part of an OpenAPI document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OpenApiPart {
    /// Methods with their paths, such as `GET /v1/teams/{id}`.
    Operations,
    /// The fields of a schema; what a producer only ever takes (`writeOnly`) isn't among those that it offers.
    Fields,
    /// The fields of what an operation answers when all is well.
    Answered,
    /// The values of an enumeration, such as a status.
    Values,
}

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Milliseconds.
    Ms,
    /// Seconds.
    S,
    /// Minutes.
    M,
    /// Hours.
    H,
    /// Days.
    D,
}

/// Where a source's text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whence<'a> {
    /// One file.
    File(&'a str),
    /// Every file that fits.
    Files(&'a Glob),
    /// What a command prints, or writes to a file.
    Command {
        /// The command.
        argv: &'a Argv,
        /// The file that it writes.
        output: Option<&'a str>,
    },
    /// The manifest of the repository's package.
    Manifest,
}

/// What is taken out of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extract<'a> {
    /// What a pattern finds.
    Regex(&'a Pattern),
    /// What stands at a pointer.
    Pointer {
        /// The pointer.
        pointer: &'a str,
        /// Whether keys are meant.
        keys: bool,
    },
    /// What a path finds.
    JsonPath {
        /// The path.
        path: &'a JsonPath,
        /// Whether keys are meant.
        keys: bool,
    },
    /// Parts of an OpenAPI document.
    OpenApi(OpenApiPart),
    /// The digest of each file.
    Digest,
    /// Field names of recorded answers.
    Recorded(&'a str),
    /// A text where it stands.
    Text(&'a str),
    /// The number after a name.
    Number(&'a str),
    /// The version that would be published.
    Publishes,
    /// What is asked for of a package.
    Pins(&'a RepoName),
    /// Each line that isn't empty.
    Lines,
    /// All of a document below a pointer, as data.
    Whole(&'a str),
}

/// Why a source can't be read as it is written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unclear {
    /// Nothing says what is read.
    #[error("nothing says what is read: name `file`, `files` or `command`")]
    NoWhence,
    /// Two things say what is read.
    #[error("`{0}` doesn't go with `{1}`: each source reads one thing")]
    TwoWhences(&'static str, &'static str),
    /// Nothing says what is taken out.
    #[error(
        "nothing says what is taken out of it: name one of `regex`, `pointer`, `jsonpath`, `openapi`, `digest`, `recorded`, `text`, `number`, `publishes`, `pins`"
    )]
    NoExtract,
    /// Two things say what is taken out.
    #[error("`{0}` doesn't go with `{1}`: each source takes out one thing")]
    TwoExtracts(&'static str, &'static str),
    /// A key without the one it belongs to.
    #[error("`{0}` says nothing without {1}")]
    Alone(&'static str, &'static str),
    /// A rule that compares whole documents has a source that takes names out of one.
    #[error("`{0}` doesn't go with rule = \"{1}\", which compares documents: leave it out")]
    NotWhole(&'static str, Rule),
}

impl Sources {
    /// Each of them.
    pub fn list(&self) -> &[Source] {
        &self.0
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<OneOrMany> for Sources {
    fn from(written: OneOrMany) -> Self {
        match written {
            OneOrMany::One(source) => Self(vec![*source]),
            OneOrMany::Many(sources) => Self(sources),
        }
    }
}

impl From<Sources> for OneOrMany {
    fn from(Sources(mut sources): Sources) -> Self {
        match (sources.pop(), sources.is_empty()) {
            (Some(only), true) => Self::One(Box::new(only)),
            (last, _) => Self::Many(sources.into_iter().chain(last).collect()),
        }
    }
}

impl From<Vec<Source>> for Sources {
    fn from(sources: Vec<Source>) -> Self {
        Self(sources)
    }
}

impl Unit {
    /// How it is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ms => "ms",
            Self::S => "s",
            Self::M => "m",
            Self::H => "h",
            Self::D => "d",
        }
    }

    /// How many milliseconds it has.
    pub fn millis(self) -> i128 {
        match self {
            Self::Ms => 1,
            Self::S => 1_000,
            Self::M => 60_000,
            Self::H => 3_600_000,
            Self::D => 86_400_000,
        }
    }
}

impl Source {
    /// Where its text comes from.
    pub fn whence(&self) -> Result<Whence<'_>, Unclear> {
        let named = [
            ("file", self.file.as_deref().map(Whence::File)),
            ("files", self.files.as_ref().map(Whence::Files)),
            ("command", self.command.as_ref().map(|argv| Whence::Command { argv, output: self.output.as_deref() })),
        ];
        match only(named) {
            Ok(Some((_, whence))) => Ok(whence),
            Ok(None) if self.publishes.is_some() => Ok(Whence::Manifest),
            Ok(None) => Err(Unclear::NoWhence),
            Err((one, other)) => Err(Unclear::TwoWhences(one, other)),
        }
    }

    /// What is taken out of it, under a rule.
    pub fn extract(&self, rule: Rule) -> Result<Extract<'_>, Unclear> {
        let named = [
            ("regex", self.regex.as_ref().map(Extract::Regex)),
            ("pointer", self.pointer.as_deref().map(|pointer| Extract::Pointer { pointer, keys: self.keys })),
            ("jsonpath", self.jsonpath.as_ref().map(|path| Extract::JsonPath { path, keys: self.keys })),
            ("openapi", self.openapi.map(Extract::OpenApi)),
            ("digest", self.digest.map(|_| Extract::Digest)),
            ("recorded", self.recorded.as_deref().map(Extract::Recorded)),
            ("text", self.text.as_deref().map(Extract::Text)),
            ("number", self.number.as_deref().map(Extract::Number)),
            ("publishes", self.publishes.map(|_| Extract::Publishes)),
            ("pins", self.pins.as_ref().map(Extract::Pins)),
        ];
        let chosen = only(named).map_err(|(one, other)| Unclear::TwoExtracts(one, other))?;
        match rule {
            Rule::Generated | Rule::Compatible => match chosen {
                None => Ok(Extract::Whole("")),
                Some((_, Extract::Pointer { pointer, keys: false })) if rule == Rule::Generated => {
                    Ok(Extract::Whole(pointer))
                }
                Some((key, _)) => Err(Unclear::NotWhole(key, rule)),
            },
            Rule::Subset | Rule::Equal | Rule::AtMost | Rule::AtLeast | Rule::Present | Rule::Owned => match chosen {
                Some((_, extract)) => Ok(extract),
                None if self.command.is_some() => Ok(Extract::Lines),
                None => Err(Unclear::NoExtract),
            },
        }
    }

    /// Keys that say nothing as they stand, each with what they lack.
    pub fn idle(&self) -> Vec<(&'static str, Unclear)> {
        let of_schema = matches!(self.openapi, Some(OpenApiPart::Fields | OpenApiPart::Values));
        let lacks = [
            ("output", self.output.is_some() && self.command.is_none(), "`command`"),
            ("keys", self.keys && self.pointer.is_none() && self.jsonpath.is_none(), "`pointer` or `jsonpath`"),
            ("schema", self.schema.is_some() && !of_schema, "openapi = \"fields\" or \"values\""),
            ("field", self.field.is_some() && self.openapi != Some(OpenApiPart::Values), "openapi = \"values\""),
            (
                "operation",
                self.operation.is_some() && self.openapi != Some(OpenApiPart::Answered),
                "openapi = \"answered\"",
            ),
            (
                "openapi",
                self.openapi == Some(OpenApiPart::Answered) && self.operation.is_none(),
                "`operation`, such as \"GET /v1/teams/{id}\"",
            ),
            ("openapi", self.openapi == Some(OpenApiPart::Values) && self.schema.is_none(), "`schema`"),
        ];
        lacks.into_iter().filter(|(_, idle, _)| *idle).map(|(key, _, what)| (key, Unclear::Alone(key, what))).collect()
    }
}

/// What only one of them may say.
fn only<T, const N: usize>(
    named: [(&'static str, Option<T>); N],
) -> Result<Option<(&'static str, T)>, (&'static str, &'static str)> {
    let mut said = named.into_iter().filter_map(|(key, value)| Some((key, value?)));
    match (said.next(), said.next()) {
        (Some((one, _)), Some((other, _))) => Err((other, one)),
        (first, _) => Ok(first),
    }
}
