//! How a deployed artefact tells the flag as it reads it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ofrep::evaluates;
use super::{Flag, header_faults, header_secrets};
use crate::plan::verb::Fault;
use crate::plan::written::{address_fault, method_fault, pointer_fault};
use crate::plan::{Argv, FlagState, Granted};

/// The flag as a deployed artefact reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum Report {
    /// An address, `#`, and a JSON pointer to the state's name in its answer.
    Address(String),
    /// A table that says more.
    Table(ReportTable),
}

/// Where a deployed artefact tells the flag as it reads it, and what that means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ReportTable {
    /// What is read in each state; the state's name when absent.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub expect: BTreeMap<FlagState, Value>,
    /// How it is asked.
    #[serde(flatten)]
    pub by: ReportBy,
}

/// How a deployed artefact is asked for the flag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum ReportBy {
    /// By the OpenFeature Remote Evaluation Protocol.
    Ofrep {
        /// The server's address, before `/ofrep/v1/…`.
        ofrep: String,
        /// The evaluation context.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        context: Option<Value>,
        /// Headers that are sent along; `$NAME` is an environment variable.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        headers: Vec<String>,
    },
    /// By any address that answers JSON.
    Http {
        /// The address.
        http: String,
        /// A JSON pointer to the value in the answer.
        pointer: String,
        /// The method.
        #[serde(default = "super::http::get")]
        method: String,
        /// Headers that are sent along; `$NAME` is an environment variable.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        headers: Vec<String>,
        /// The body.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<String>,
    },
    /// By a command that prints a JSON value, run at the root.
    Command {
        /// The command.
        command: Argv,
    },
}

impl Report {
    /// How it is asked.
    pub fn asked(&self) -> ReportBy {
        match self {
            Self::Table(table) => table.by.clone(),
            Self::Address(text) => {
                let (http, pointer) = text.split_once('#').unwrap_or((text, ""));
                let (http, pointer) = (http.to_owned(), pointer.to_owned());
                ReportBy::Http { http, pointer, method: super::http::get(), headers: Vec::new(), body: None }
            }
        }
    }

    /// The states in which the artefact would tell this.
    pub fn states(&self, flag: &Flag, value: &Value) -> Vec<FlagState> {
        match self {
            Self::Table(table) if !table.expect.is_empty() => Flag::expecting(&table.expect, value),
            Self::Table(_) | Self::Address(_) => flag.named(value),
        }
    }

    /// What reading it runs and asks.
    pub fn grants(&self, key: &str) -> Granted {
        let requests = |method: &str, address: String, body: Option<String>, headers: &[String]| Granted::Requests {
            method: method.to_owned(),
            address,
            body,
            secrets: header_secrets(headers),
        };
        match (self, self.asked()) {
            (Self::Address(text), _) => Granted::Asks { address: text.clone() },
            (Self::Table(_), ReportBy::Ofrep { ofrep, headers, .. }) => {
                requests("POST", evaluates(&ofrep, key), None, &headers)
            }
            (Self::Table(_), ReportBy::Http { http, method, headers, body, .. }) => {
                requests(&method, http, body, &headers)
            }
            (Self::Table(_), ReportBy::Command { command }) => super::at_root(&command),
        }
    }

    /// What is wrong with it beyond its types, below its key.
    pub fn faults(&self, flag: Option<&Flag>) -> Vec<Fault> {
        let table = match self {
            Self::Address(text) => return address(text).into_iter().collect(),
            Self::Table(table) => table,
        };
        let mut faults = match &table.by {
            ReportBy::Ofrep { ofrep, headers, .. } => {
                let address = address_fault(ofrep).map(|fault| Fault::at(&["ofrep"], fault));
                address.into_iter().chain(header_faults(headers, &[])).collect()
            }
            ReportBy::Http { http, pointer, method, headers, .. } => {
                let own = [("http", address_fault(http)), ("pointer", pointer_fault(pointer))];
                let own = own.into_iter().chain([("method", method_fault(method))]);
                let own = own.filter_map(|(key, fault)| Some(Fault::at(&[key], fault?)));
                own.chain(header_faults(headers, &[])).collect::<Vec<_>>()
            }
            ReportBy::Command { .. } => Vec::new(),
        };
        faults.extend(flag.into_iter().flat_map(|flag| table.expected(flag)));
        faults
    }
}

impl ReportTable {
    /// What its expectations leave out or name in vain.
    fn expected(&self, flag: &Flag) -> Vec<Fault> {
        if self.expect.is_empty() {
            return Vec::new();
        }
        let unknown = self.expect.keys().filter(|state| !flag.states.contains(state));
        let unknown = unknown
            .map(|state| Fault::at(&["expect", state.as_str()], format!("`{state}` is not a state of the flag")));
        let missing = flag.states.iter().filter(|state| !self.expect.contains_key(state));
        let missing = missing.map(|state| {
            let message =
                format!("it doesn't say what is read when the flag is `{state}`: add {state} = … to `expect`");
            Fault::at(&["expect"], message)
        });
        unknown.chain(missing).collect()
    }
}

fn address(text: &str) -> Option<Fault> {
    let Some((address, pointer)) = text.split_once('#') else {
        let message =
            format!("it doesn't say where in the answer to look; add `#` and a JSON pointer: \"{text}#/flag\"");
        return Some(Fault::at(&[], message));
    };
    address_fault(address).or_else(|| pointer_fault(pointer)).map(|fault| Fault::at(&[], fault))
}
