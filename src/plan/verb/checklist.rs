//! `checklist = { items }`: what only a person can confirm. The ticks are the evidence.

use serde::{Deserialize, Serialize};

use super::{Fault, Form, Scene, Unready};
use crate::plan::{Action, Document, Effect, Identity, Probe, Reach};

/// Lines that the owner ticks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Checklist {
    /// The lines.
    #[schemars(length(min = 1), example = ["Support knows what to answer"])]
    items: Vec<String>,
}

impl Checklist {
    /// The lines that the owner ticks.
    pub fn items(&self) -> &[String] {
        &self.items
    }
}

impl Form for Checklist {
    fn faults(&self, _document: &Document) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.items.is_empty() {
            faults.push(Fault::at(&["items"], "a checklist needs at least one line"));
        }
        for (index, item) in self.items.iter().enumerate() {
            if self.items.iter().take(index).any(|earlier| earlier == item) {
                faults.push(Fault::at(
                    &["items", &index.to_string()],
                    "this line stands twice: a tick couldn't tell which",
                ));
            }
        }
        faults
    }

    fn compile(&self, scene: &Scene<'_>) -> Result<Vec<Action>, Unready> {
        Ok(vec![Action {
            identity: Identity::new("checklist", scene.step.id.as_str(), ""),
            title: scene.step.title.clone(),
            effect: Effect::Confirm { items: self.items.clone() },
            probe: Probe::Itself,
            reach: Reach::Reversible,
            limit: scene.limit(),
        }])
    }

    fn way_back(&self) -> &'static str {
        "nothing to take back: it only asks"
    }
}
