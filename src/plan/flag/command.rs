//! `{ command }`: a command prints what each context reads.

use serde::{Deserialize, Serialize};

use super::{Asks, Flag, Form, at_root};
use crate::plan::verb::Fault;
use crate::plan::{Argv, Granted};

/// A command that prints the flag's value as JSON, asked once for each context.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(inline)]
pub struct CommandFlag {
    /// The command; `{context}` is the context as JSON.
    pub command: Argv,
}

impl Form for CommandFlag {
    fn name(&self) -> &'static str {
        "a command provider"
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
        Vec::new()
    }

    fn reading(&self, _flag: &Flag) -> Vec<Granted> {
        vec![at_root(&self.command)]
    }
}
