//! `{ ofrep }`: a server that speaks the OpenFeature Remote Evaluation Protocol 0.3.0. It evaluates; it can't be written.

use serde::{Deserialize, Serialize};

use super::{Asks, Flag, Form, header_faults, header_secrets};
use crate::plan::Granted;
use crate::plan::verb::Fault;
use crate::plan::written::{address_fault, in_address};

/// A server that speaks OFREP (flagd, GO Feature Flag, Flipt and others), asked once for each context. Read only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(inline)]
pub struct OfrepFlag {
    /// The server's address, before `/ofrep/v1/…`.
    #[schemars(example = &"http://127.0.0.1:8016")]
    pub ofrep: String,
    /// Headers that are sent along; `$NAME` is an environment variable.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = ["Authorization: Bearer $FLAG_TOKEN"])]
    pub headers: Vec<String>,
}

/// Where a server evaluates a flag.
pub(super) fn evaluates(server: &str, key: &str) -> String {
    format!("{}/ofrep/v1/evaluate/flags/{}", server.trim_end_matches('/'), in_address(key))
}

impl OfrepFlag {
    /// The address that evaluates a flag.
    pub fn address(&self, key: &str) -> String {
        evaluates(&self.ofrep, key)
    }
}

impl Form for OfrepFlag {
    fn name(&self) -> &'static str {
        "an OFREP provider"
    }

    fn asks(&self) -> Asks {
        Asks::Context
    }

    fn tells_state(&self) -> bool {
        false
    }

    fn writes(&self) -> bool {
        false
    }

    fn faults(&self, _flag: &Flag) -> Vec<Fault> {
        let address = address_fault(&self.ofrep).map(|fault| Fault::at(&["ofrep"], fault));
        address.into_iter().chain(header_faults(&self.headers, &[])).collect()
    }

    fn reading(&self, flag: &Flag) -> Vec<Granted> {
        vec![Granted::Requests {
            method: "POST".to_owned(),
            address: self.address(&flag.key),
            body: None,
            secrets: header_secrets(&self.headers),
        }]
    }
}
