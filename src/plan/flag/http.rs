//! `{ http, pointer }`: any address that answers JSON; a state is set by the call that the plan gives for it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Asks, Flag, Form, header_faults, header_secrets};
use crate::plan::verb::Fault;
use crate::plan::written::{address_fault, method_fault, pointer_fault};
use crate::plan::{FlagState, Granted, Words};

/// Any address that answers JSON, and where in it the state's name stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(inline)]
pub struct HttpFlag {
    /// The address.
    #[schemars(example = &"https://flags.example.com/api/m3")]
    pub http: String,
    /// A JSON pointer to the value in the answer.
    #[schemars(example = &"/state")]
    pub pointer: String,
    /// The method.
    #[serde(default = "get")]
    pub method: String,
    /// Headers that are sent along; `$NAME` is an environment variable.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = ["Authorization: Bearer $FLAG_TOKEN"])]
    pub headers: Vec<String>,
    /// The body; with `{context}` in it, it is sent once for each context, as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The call that sets each state.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub writes: BTreeMap<FlagState, Call>,
}

/// A call that sets the flag; it must be one that can be made twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Call {
    /// The address.
    #[schemars(example = &"https://flags.example.com/api/m3")]
    pub http: String,
    /// The method.
    #[serde(default = "put")]
    pub method: String,
    /// The body, which is JSON; `{flag.state}` is the state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

pub(super) fn get() -> String {
    "GET".to_owned()
}

fn put() -> String {
    "PUT".to_owned()
}

impl HttpFlag {
    /// Whether the body is sent once for each context.
    pub fn sends_context(&self) -> bool {
        self.body.as_ref().is_some_and(|body| body.contains("{context}"))
    }

    /// The call that sets a state, with the state filled in.
    pub fn call(&self, state: &FlagState) -> Option<Call> {
        let call = self.writes.get(state)?;
        let words = Words::default().with("flag.state", state.as_str());
        let body = call.body.as_ref().map(|body| words.fill_text(body));
        Some(Call { http: words.fill_text(&call.http), body, method: call.method.clone() })
    }
}

impl Form for HttpFlag {
    fn name(&self) -> &'static str {
        "an HTTP provider"
    }

    fn asks(&self) -> Asks {
        if self.sends_context() { Asks::Context } else { Asks::Pointer }
    }

    fn tells_state(&self) -> bool {
        !self.sends_context()
    }

    fn writes(&self) -> bool {
        !self.writes.is_empty()
    }

    fn faults(&self, flag: &Flag) -> Vec<Fault> {
        let own = [("http", address_fault(&self.http)), ("pointer", pointer_fault(&self.pointer))];
        let own = own.into_iter().chain([("method", method_fault(&self.method))]);
        let mut faults: Vec<Fault> = own.filter_map(|(key, fault)| Some(Fault::at(&[key], fault?))).collect();
        faults.extend(header_faults(&self.headers, &[]));
        for (state, call) in &self.writes {
            let at = |key| ["writes", state.as_str(), key];
            if !flag.states.contains(state) {
                faults.push(Fault::at(&["writes", state.as_str()], format!("`{state}` is not a state of the flag")));
            }
            faults.extend(address_fault(&call.http).map(|fault| Fault::at(&at("http"), fault)));
            faults.extend(method_fault(&call.method).map(|fault| Fault::at(&at("method"), fault)));
            let body = self.call(state).and_then(|call| call.body);
            let garbled = body.is_some_and(|body| serde_json::from_str::<serde_json::Value>(&body).is_err());
            faults.extend(garbled.then(|| Fault::at(&at("body"), "the body must be JSON")));
        }
        if let Some(state) = flag.states.iter().find(|state| self.writes() && !self.writes.contains_key(state)) {
            faults.push(Fault::at(&["writes"], format!("no call sets `{state}`: the way back needs one too")));
        }
        faults
    }

    fn reading(&self, _flag: &Flag) -> Vec<Granted> {
        vec![Granted::Requests {
            method: self.method.clone(),
            address: self.http.clone(),
            body: self.body.clone(),
            secrets: header_secrets(&self.headers),
        }]
    }

    fn writing(&self, _flag: &Flag, states: &[FlagState]) -> Vec<Granted> {
        let calls = states.iter().filter_map(|state| self.call(state));
        let granted = |call: Call| Granted::Requests {
            method: call.method,
            address: call.http,
            body: call.body,
            secrets: header_secrets(&self.headers),
        };
        calls.map(granted).collect()
    }
}
