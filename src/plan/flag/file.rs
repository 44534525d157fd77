//! `{ file, pointer }`: the state's name stands in a JSON, TOML or YAML file, and is rewritten there.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Asks, Flag, Form};
use crate::plan::verb::Fault;
use crate::plan::written::pointer_fault;
use crate::plan::{FlagState, Granted};

/// A JSON, TOML or YAML file, relative to the root, and where in it the state's name stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[schemars(inline)]
pub struct FileFlag {
    /// The file, relative to the root.
    pub file: PathBuf,
    /// A JSON pointer to the state's name.
    pub pointer: String,
}

/// How the names of files end that can be read.
const ENDS: [&str; 4] = [".json", ".toml", ".yaml", ".yml"];

impl Form for FileFlag {
    fn name(&self) -> &'static str {
        "a file provider"
    }

    fn asks(&self) -> Asks {
        Asks::Pointer
    }

    fn tells_state(&self) -> bool {
        true
    }

    fn writes(&self) -> bool {
        true
    }

    fn faults(&self, _flag: &Flag) -> Vec<Fault> {
        let mut faults: Vec<Fault> =
            pointer_fault(&self.pointer).map(|fault| Fault::at(&["pointer"], fault)).into_iter().collect();
        let file = self.file.to_string_lossy().to_ascii_lowercase();
        if file.contains('\0') || !ENDS.iter().any(|end| file.ends_with(end)) {
            let message = "the file must be JSON, TOML or YAML, by its name: end it in .json, .toml, .yaml or .yml";
            faults.push(Fault::at(&["file"], message));
        }
        faults
    }

    fn reading(&self, _flag: &Flag) -> Vec<Granted> {
        Vec::new()
    }

    fn writing(&self, _flag: &Flag, _states: &[FlagState]) -> Vec<Granted> {
        vec![Granted::Rewrites { file: self.file.clone() }]
    }
}
