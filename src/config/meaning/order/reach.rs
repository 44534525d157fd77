//! Which steps a step surely comes after: what it needs, what its gates ask to be done, and what those come after.

use std::collections::BTreeMap;

use crate::plan::{Document, Gate, Step, StepId, Verb};

/// The steps of a document, by what they wait for.
pub(super) struct Reach<'a> {
    document: &'a Document,
    places: BTreeMap<&'a StepId, usize>,
}

impl<'a> Reach<'a> {
    pub(super) fn of(document: &'a Document) -> Self {
        let places = document.step.iter().enumerate().map(|(index, step)| (&step.id, index)).collect();
        Self { document, places }
    }

    /// Whether every name leads to an earlier step: else what seems to wait for nothing may only be misspelt.
    pub(super) fn is_told(&self) -> bool {
        self.document.step.iter().enumerate().all(|(at, step)| {
            let earlier = |id: &StepId| self.places.get(id).is_some_and(|place| *place < at);
            step.needs.iter().flatten().chain(asked(step)).all(earlier)
        })
    }

    /// For each step of the plan whether the step at a place surely comes after it.
    pub(super) fn before(&self, place: usize) -> Vec<bool> {
        let mut before = vec![false; self.document.step.len()];
        let mut open = vec![place];
        while let Some(at) = open.pop() {
            let Some(step) = self.document.step.get(at) else { continue };
            let needs = match &step.needs {
                Some(needs) if !matches!(step.verb, Verb::Record(_)) => needs.as_slice(),
                // all that stand above it, and with them whatever those wait for
                Some(_) | None => {
                    before.iter_mut().take(at).for_each(|known| *known = true);
                    &[]
                }
            };
            for other in asked(step).chain(needs).filter_map(|id| self.places.get(id).copied()) {
                if let Some(known) = before.get_mut(other).filter(|known| !**known && other < at) {
                    *known = true;
                    open.push(other);
                }
            }
        }
        before
    }
}

/// The steps that a step's gates ask to be done.
fn asked(step: &Step) -> impl Iterator<Item = &StepId> {
    step.gates.iter().filter_map(Gate::step)
}
