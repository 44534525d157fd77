//! `flag = "beta"`: the one flag gets a state and is read back in every context and from every artefact that reports it.

use serde::{Deserialize, Serialize};

use super::{Fault, Form, Scene, Unready};
use crate::plan::{Action, Document, Effect, FlagState, Identity, Probe, Reach};

/// Sets the flag to the named state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct SetFlag(FlagState);

impl SetFlag {
    /// The state that the flag gets.
    pub fn state(&self) -> &FlagState {
        &self.0
    }
}

/// The effect of setting the flag, also outside a step.
pub fn set_flag(document: &Document, state: &FlagState, limit: crate::plan::Period) -> Action {
    let key = document.flag.as_ref().map_or("", |flag| flag.key.as_str());
    Action {
        identity: Identity::new("flag", key, state.as_str()),
        title: format!("set {key} to {state}"),
        effect: Effect::SetFlag { state: state.clone() },
        probe: Probe::Flag { state: state.clone() },
        reach: Reach::Reversible,
        limit,
    }
}

impl Form for SetFlag {
    fn faults(&self, document: &Document) -> Vec<Fault> {
        let Some(flag) = &document.flag else {
            return vec![Fault::at(&[], "there is no [flag] table: say which flag it is and where it is read")];
        };
        if flag.states.contains(&self.0) {
            return Vec::new();
        }
        let states: Vec<_> = flag.states.iter().map(FlagState::as_str).collect();
        vec![Fault::at(
            &[],
            format!("{:?} is not a state of the flag: write one of {}", self.0.as_str(), states.join(", ")),
        )]
    }

    fn compile(&self, scene: &Scene<'_>) -> Result<Vec<Action>, Unready> {
        Ok(vec![set_flag(scene.document, &self.0, scene.limit())])
    }

    fn way_back(&self) -> &'static str {
        "flag off: `flightdeck flag off`, from any state"
    }
}
