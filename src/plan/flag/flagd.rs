//! `{ flagd_file }`: a file in flagd's own format, rewritten where it lies or committed and pushed to where it is served from.

use std::collections::BTreeMap;
use std::path::{Component, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ofrep::evaluates;
use super::{Asks, Flag, Form, PushTo, header_faults, header_secrets};
use crate::plan::verb::Fault;
use crate::plan::written::address_fault;
use crate::plan::{FlagState, Granted};

/// A flagd file: a state is a default variant, and who else gets another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(inline)]
pub struct FlagdFlag {
    /// The file, JSON, relative to the root.
    #[schemars(example = &"flags/flags.flagd.json")]
    pub flagd_file: PathBuf,
    /// Where the file is served from, for a flagd that reads it out of git: a state is then one commit of this file alone, on
    /// top of that branch, pushed and never forced. What counts is the file at the head of that branch on the remote; the one
    /// that lies here is left as it is, and only says in which clone to work. Whether a server follows, `ofrep` tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = PushTo { remote: "origin".to_owned(), branch: "main".to_owned() })]
    pub push: Option<PushTo>,
    /// What stands in the file in each state; a default variant of the state's name and no targeting when absent.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub writes: BTreeMap<FlagState, FlagdState>,
    /// The server that evaluates the file by OFREP, before `/ofrep/v1/…`: contexts are asked there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"http://127.0.0.1:8016")]
    pub ofrep: Option<String>,
    /// Headers that are sent there; `$NAME` is an environment variable.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<String>,
}

/// How a state is written in a flagd file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FlagdState {
    /// The flag's `defaultVariant`.
    #[schemars(example = &"off")]
    pub variant: String,
    /// The flag's `targeting`; none when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targeting: Option<Value>,
}

impl FlagdFlag {
    /// How a state is written.
    pub fn written(&self, state: &FlagState) -> FlagdState {
        let plain = || FlagdState { variant: state.to_string(), targeting: None };
        self.writes.get(state).cloned().unwrap_or_else(plain)
    }
}

impl Form for FlagdFlag {
    fn name(&self) -> &'static str {
        "a flagd provider"
    }

    fn asks(&self) -> Asks {
        if self.ofrep.is_some() { Asks::Context } else { Asks::Nothing }
    }

    fn tells_state(&self) -> bool {
        true
    }

    fn writes(&self) -> bool {
        true
    }

    fn faults(&self, flag: &Flag) -> Vec<Fault> {
        let mut faults = Vec::new();
        let file = self.flagd_file.to_string_lossy();
        if file.contains('\0') || !file.to_ascii_lowercase().ends_with(".json") {
            faults.push(Fault::at(&["flagd_file"], "the file must be JSON, by its name: end it in .json"));
        }
        let inside = self.flagd_file.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if self.push.is_some() && !inside {
            let message =
                "a file that is pushed lies in a clone below the root: write its path from there, without `..`";
            faults.push(Fault::at(&["flagd_file"], message));
        }
        faults.extend(self.ofrep.as_ref().and_then(|server| address_fault(server)).map(|f| Fault::at(&["ofrep"], f)));
        faults.extend(header_faults(&self.headers, &[]));
        let unknown = self.writes.keys().filter(|state| !flag.states.contains(state));
        faults.extend(
            unknown
                .map(|state| Fault::at(&["writes", state.as_str()], format!("`{state}` is not a state of the flag"))),
        );
        for (index, state) in flag.states.iter().enumerate() {
            let written = self.written(state);
            if let Some(other) = flag.states.iter().take(index).find(|other| self.written(other) == written) {
                let message = format!("`{other}` and `{state}` are written alike: nothing tells them apart");
                faults.push(Fault::at(&["writes"], message));
            }
        }
        faults
    }

    fn reading(&self, flag: &Flag) -> Vec<Granted> {
        let server = self.ofrep.iter().filter(|_| !flag.contexts.is_empty());
        let granted = server.map(|server| Granted::Requests {
            method: "POST".to_owned(),
            address: evaluates(server, &flag.key),
            body: None,
            secrets: header_secrets(&self.headers),
        });
        let fetched =
            self.push.iter().map(|to| Granted::Fetches { file: self.flagd_file.clone(), remote: to.remote.clone() });
        fetched.chain(granted).collect()
    }

    fn writing(&self, _flag: &Flag, _states: &[FlagState]) -> Vec<Granted> {
        let file = self.flagd_file.clone();
        match self.push.clone() {
            Some(PushTo { remote, branch }) => vec![Granted::Commits { file, remote, branch }],
            None => vec![Granted::Rewrites { file }],
        }
    }
}
