//! `[coverage]`: which intersections of the feature's dimensions some passing test must have met.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Dimension, StepId};

/// What the tests must have met together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Coverage {
    /// What varies: a test has a dimension if one of its tags is its name (`@team` in a Playwright title or tag, a `tag`
    /// property in JUnit XML).
    #[schemars(length(min = 2), example = ["team", "seller", "invite"])]
    pub dimensions: Vec<Dimension>,
    /// The values of dimensions that have some: a test has a value if it has the tag `dimension=value`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<Dimension, Vec<Dimension>>,
    /// How many dimensions must meet in one test: 2 asks for every pair.
    #[serde(default = "pairs")]
    #[schemars(range(min = 1, max = 4))]
    pub strength: u8,
    /// Intersections that can't happen or needn't be tested.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = [["seller", "invite"]])]
    pub except: Vec<Vec<String>>,
    /// The smoke steps whose suites count; all of them when absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = ["e2e"])]
    pub suites: Vec<StepId>,
}

fn pairs() -> u8 {
    2
}

/// The most dimensions and values in all: what a matrix can show and a ledger can keep.
pub const MAX_FACTORS: usize = 64;

impl Coverage {
    /// Every tag that counts, grouped by dimension: its name, or each of its values.
    pub fn factors(&self) -> Vec<Vec<String>> {
        let of = |dimension: &Dimension| match self.values.get(dimension) {
            Some(values) => values.iter().map(|value| format!("{dimension}={value}")).collect(),
            None => vec![dimension.to_string()],
        };
        self.dimensions.iter().map(of).collect()
    }

    /// The same in one list.
    pub fn tags(&self) -> Vec<String> {
        self.factors().concat()
    }
}
