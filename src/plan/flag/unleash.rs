//! `{ unleash, environment, token }`: an Unleash server, read and written through its admin API.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Asks, Flag, Form};
use crate::plan::verb::Fault;
use crate::plan::written::{address_fault, in_address, variable_fault};
use crate::plan::{FlagState, Granted};

/// An Unleash server: off and on for everyone by the environment's switch, a cohort by a list of user ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(inline)]
pub struct UnleashFlag {
    /// The server's address, before `/api/admin`.
    #[schemars(example = &"https://unleash.example.com")]
    pub unleash: String,
    /// The project that the flag belongs to.
    #[serde(default = "default_project")]
    pub project: String,
    /// The environment whose users are meant.
    #[schemars(example = &"production")]
    pub environment: String,
    /// The environment variable that holds the admin token.
    #[schemars(example = &"UNLEASH_TOKEN")]
    pub token: String,
    /// For each state between the first and the last: the user ids for whom the flag is on.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub cohorts: BTreeMap<FlagState, Vec<String>>,
}

fn default_project() -> String {
    "default".to_owned()
}

/// Who has the flag on in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cohort<'a> {
    /// Nobody: the environment's switch is off.
    Nobody,
    /// Users by their ids.
    Users(&'a [String]),
    /// Everyone.
    Everyone,
}

impl UnleashFlag {
    /// The address of the flag in its environment.
    pub fn address(&self, key: &str) -> String {
        let (project, key, environment) = (in_address(&self.project), in_address(key), in_address(&self.environment));
        format!("{}/projects/{project}/features/{key}/environments/{environment}", self.admin())
    }

    /// The address that evaluates the flag for a context.
    pub fn playground(&self) -> String {
        format!("{}/playground", self.admin())
    }

    fn admin(&self) -> String {
        format!("{}/api/admin", self.unleash.trim_end_matches('/'))
    }

    /// The headers that carry the token.
    pub fn headers(&self) -> Vec<String> {
        vec![format!("Authorization: ${}", self.token)]
    }

    /// Who has the flag on in a state.
    pub fn cohort(&self, flag: &Flag, state: &FlagState) -> Option<Cohort<'_>> {
        if flag.states.first() == Some(state) {
            return Some(Cohort::Nobody);
        }
        match self.cohorts.get(state) {
            Some(users) => Some(Cohort::Users(users)),
            None => (flag.states.last() == Some(state)).then_some(Cohort::Everyone),
        }
    }

    fn granted(&self, method: &str, address: String) -> Granted {
        Granted::Requests { method: method.to_owned(), address, body: None, secrets: vec![self.token.clone()] }
    }
}

impl Form for UnleashFlag {
    fn name(&self) -> &'static str {
        "an Unleash provider"
    }

    fn asks(&self) -> Asks {
        Asks::Context
    }

    fn tells_state(&self) -> bool {
        true
    }

    fn writes(&self) -> bool {
        true
    }

    fn faults(&self, flag: &Flag) -> Vec<Fault> {
        let own = [("unleash", address_fault(&self.unleash)), ("token", variable_fault(&self.token))];
        let mut faults: Vec<Fault> =
            own.into_iter().filter_map(|(key, fault)| Some(Fault::at(&[key], fault?))).collect();
        let cohort = |state: &FlagState, message: String| Fault::at(&["cohorts", state.as_str()], message);
        let mut told: Vec<(&FlagState, Vec<&String>)> = Vec::new();
        for (state, users) in &self.cohorts {
            if !flag.states.contains(state) {
                faults.push(cohort(state, format!("`{state}` is not a state of the flag")));
            } else if flag.states.first() == Some(state) || flag.states.last() == Some(state) {
                faults.push(cohort(
                    state,
                    format!("`{state}` has no cohort: the first state is nobody's, the last is everyone's"),
                ));
            } else if users.is_empty() {
                faults.push(cohort(
                    state,
                    format!("`{state}` names nobody: list the user ids that see the feature first"),
                ));
            }
            let mut sorted: Vec<&String> = users.iter().collect();
            sorted.sort();
            sorted.dedup();
            if let Some((other, _)) = told.iter().find(|(_, users)| *users == sorted) {
                faults.push(cohort(
                    state,
                    format!("`{other}` and `{state}` have the same users: nothing tells them apart"),
                ));
            }
            told.push((state, sorted));
        }
        let between = flag.states.iter().skip(1).take(flag.states.len().saturating_sub(2));
        let missing = between.filter(|state| !self.cohorts.contains_key(state));
        faults.extend(missing.map(|state| {
            Fault::at(
                &[],
                format!("nothing says who has the flag in `{state}`: add cohorts = {{ {state} = [\"u-1\"] }}"),
            )
        }));
        faults
    }

    fn reading(&self, flag: &Flag) -> Vec<Granted> {
        let mut granted = vec![self.granted("GET", self.address(&flag.key))];
        if !flag.contexts.is_empty() {
            granted.push(self.granted("POST", self.playground()));
        }
        granted
    }

    fn writing(&self, flag: &Flag, states: &[FlagState]) -> Vec<Granted> {
        let address = self.address(&flag.key);
        let mut granted = Vec::new();
        let mut add = |method, way: &str| {
            let what = self.granted(method, format!("{address}/{way}"));
            if !granted.contains(&what) {
                granted.push(what);
            }
        };
        for state in states {
            match self.cohort(flag, state) {
                Some(Cohort::Nobody) => add("POST", "off"),
                Some(Cohort::Users(_) | Cohort::Everyone) => {
                    add("POST", "strategies");
                    add("PUT", "strategies/{id}");
                    add("POST", "on");
                }
                None => {}
            }
        }
        granted
    }
}
