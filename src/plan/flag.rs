//! The one feature flag: its states, where it lives, how a state is told from outside.
//! A provider more is one file here, one in [`crate::port::real`], and one line in each table.

mod command;
mod file;
mod flagd;
mod http;
mod ofrep;
mod push;
mod report;
mod unleash;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use command::CommandFlag;
pub use file::FileFlag;
pub use flagd::{FlagdFlag, FlagdState};
pub use http::{Call, HttpFlag};
pub use ofrep::OfrepFlag;
pub use push::PushTo;
pub use report::{Report, ReportBy, ReportTable};
pub use unleash::{Cohort, UnleashFlag};

use super::need::Wanted;
use super::seam::Pattern;
use super::verb::Fault;
use super::{Argv, FlagState, Granted, Period, Place};

/// The one feature flag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Flag {
    /// The flag's key, as the code knows it.
    #[schemars(example = &"m3_team_org_tier")]
    pub key: String,
    /// Where the flag is read, and written where the provider can write.
    pub provider: FlagProvider,
    /// The states in the order in which users meet them: the first is off, the last is on for everyone.
    #[schemars(length(min = 2), example = ["off", "beta", "on"])]
    pub states: Vec<FlagState>,
    /// The command that sets the flag where the provider can't write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = ["bin/set-flag", "{flag.state}"])]
    pub set: Option<Argv>,
    /// The longest that everyone may take to read a state that was set; a minute when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"2m")]
    pub budget: Option<Period>,
    /// Whether nothing may become public before a `dormant` gate has shown that what ships is dormant while the flag is off.
    #[serde(default, skip_serializing_if = "Need::is_default")]
    pub dormant: Need,
    /// How other flags are told from other code: a pattern whose first group is a flag's key. `check` then names the flags
    /// that the release brings besides this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &r#"is_enabled\("([\w.-]+)""#)]
    pub pattern: Option<Pattern>,
    /// How a state is told from outside: what each kind of user reads in each state.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contexts: Vec<FlagContext>,
}

/// Whether something must be shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Need {
    /// It needn't.
    #[default]
    Optional,
    /// It must.
    Required,
}

impl Need {
    // serde's skip_serializing_if passes a reference
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
    fn is_default(&self) -> bool {
        matches!(self, Self::Optional)
    }
}

/// How long everyone may take to read a state that was set.
const A_MINUTE: Period = Period::seconds(60);

/// One kind of user, and what they read in each state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FlagContext {
    /// Who this is, for people.
    #[schemars(example = &"beta user")]
    pub name: String,
    /// The evaluation context that a provider is asked with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<serde_json::Value>,
    /// Where this user's value stands in what is read once for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// The value read in each state.
    pub expect: BTreeMap<FlagState, serde_json::Value>,
}

macro_rules! providers {
    ($($variant:ident($form:ty);)*) => {
        /// Where the flag lives.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
        #[serde(untagged)]
        pub enum FlagProvider {
            $(#[allow(missing_docs, reason = "the form says it")] $variant($form),)*
        }

        impl FlagProvider {
            fn form(&self) -> &dyn Form {
                match self { $(Self::$variant(form) => form,)* }
            }
        }
    };
}

providers! {
    File(FileFlag);
    Command(CommandFlag);
    Flagd(FlagdFlag);
    Ofrep(OfrepFlag);
    Unleash(UnleashFlag);
    Http(HttpFlag);
}

/// What a provider must be able to tell of itself.
trait Form {
    /// What it is called: "a file provider".
    fn name(&self) -> &'static str;

    /// How a context is read there.
    fn asks(&self) -> Asks;

    /// Whether it tells the state's name without any context.
    fn tells_state(&self) -> bool;

    /// Whether it can set a state by itself.
    fn writes(&self) -> bool;

    /// What is wrong with it beyond its types, below the provider's key.
    fn faults(&self, flag: &Flag) -> Vec<Fault>;

    /// What reading it runs and asks.
    fn reading(&self, flag: &Flag) -> Vec<Granted>;

    /// What setting it to these states by itself does.
    fn writing(&self, _flag: &Flag, _states: &[FlagState]) -> Vec<Granted> {
        Vec::new()
    }
}

/// What a context must say so that it can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// A `pointer` into what is read once.
    Pointer,
    /// A `context` that is sent along.
    Context,
    /// No context can be read.
    Nothing,
}

impl FlagProvider {
    /// What it is called: "a file provider".
    pub fn name(&self) -> &'static str {
        self.form().name()
    }

    /// How a context is read there.
    pub fn asks(&self) -> Asks {
        self.form().asks()
    }

    /// Whether it tells the state's name without any context.
    pub fn tells_state(&self) -> bool {
        self.form().tells_state()
    }

    /// Whether it can set a state by itself.
    pub fn writes(&self) -> bool {
        self.form().writes()
    }
}

impl Flag {
    /// The longest that everyone may take to read a state that was set.
    pub fn budget(&self) -> Period {
        self.budget.unwrap_or(A_MINUTE)
    }

    /// What is wrong with the provider beyond its types, below the provider's key.
    pub fn provider_faults(&self) -> Vec<Fault> {
        self.provider.form().faults(self)
    }

    /// What reading and setting the flag runs, asks and rewrites.
    pub fn grants(&self) -> Vec<Granted> {
        let mut granted = self.provider.form().reading(self);
        granted.extend(self.sets(&self.states));
        granted
    }

    /// What setting the flag to these states runs, tells and rewrites.
    pub fn sets(&self, states: &[FlagState]) -> Vec<Granted> {
        match &self.set {
            Some(set) => vec![at_root(set)],
            None => self.provider.form().writing(self, states),
        }
    }

    /// What reading and setting the flag needs: programs, variables, and a provider that answers.
    pub fn needs(&self) -> Vec<Wanted> {
        let mut needs = Vec::new();
        for granted in self.grants() {
            if let Granted::Runs { argv, .. } = &granted {
                let program = argv.as_written().first().cloned().unwrap_or_default();
                needs.push(Wanted::Tool { program, place: Place::Root });
            }
            if let Granted::Commits { remote, branch, .. } = &granted {
                needs.push(Wanted::FlagPush { remote: remote.clone(), branch: branch.clone() });
            }
            let secrets = granted.secrets().iter();
            needs.extend(secrets.map(|name| Wanted::Variable { name: name.clone() }));
        }
        needs.push(Wanted::Provider);
        needs
    }

    /// The states in which a context expects what was read.
    pub fn expecting(expect: &BTreeMap<FlagState, serde_json::Value>, value: &serde_json::Value) -> Vec<FlagState> {
        expect.iter().filter(|(_, expected)| *expected == value).map(|(state, _)| state.clone()).collect()
    }

    /// The states whose name is what was read.
    pub fn named(&self, value: &serde_json::Value) -> Vec<FlagState> {
        let read = text(value);
        self.states.iter().filter(|state| state.as_str() == read).cloned().collect()
    }
}

/// A value as people write it: texts without quotes.
pub fn text(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A command that runs at the root.
fn at_root(argv: &Argv) -> Granted {
    Granted::Runs { argv: argv.clone(), repo: None, secrets: Vec::new() }
}

/// What is wrong with headers, below their key.
fn header_faults(headers: &[String], at: &[&str]) -> Vec<Fault> {
    let written = headers.iter().enumerate();
    let fault = |(index, text): (usize, &String)| {
        let mut path = at.to_vec();
        let (index, fault) = (index.to_string(), super::written::header_fault(text)?);
        path.extend(["headers", &index]);
        Some(Fault::at(&path, fault))
    };
    written.filter_map(fault).collect()
}

/// The environment variables that headers name.
fn header_secrets(headers: &[String]) -> Vec<String> {
    headers.iter().flat_map(|text| super::written::variables(text)).map(str::to_owned).collect()
}
