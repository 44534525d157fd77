//! What is outside before the plan reached it, or isn't as we left it: told from plan, ledger and what was last seen.
//!
//! An unknown answer is evidence of nothing. What is ours is no surprise: what is at work, in doubt, taken back, was ever tried,
//! or needs a moment to show. What was accepted stays named, as accepted.

mod answer;
mod deployed;
mod flag;
mod id;
mod package;
mod refs;
mod stand;

use std::collections::BTreeMap;

use serde::Serialize;

pub use answer::{accept, as_logged, found, gone, told};
pub use id::{ItemId, NoItemId};

use super::compiled::Compiled;
use super::event::Millis;
use super::fold::Rollout;
use super::observed::Observed;
use crate::plan::{Plan, RepoName, Step, StepId};
use stand::Stands;

/// One thing outside that is out of order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its name, for the owner's word.
    pub id: ItemId,
    /// What kind of thing it is.
    pub kind: Kind,
    /// How it came to be out of order.
    pub way: Way,
    /// The repository that it is about; none for the flag.
    pub repo: Option<RepoName>,
    /// The step that would bring it, or that left it otherwise.
    pub step: Option<StepId>,
    /// Where it is: a registry, a remote's branch, a target.
    pub place: String,
    /// Exactly what was seen: the owner's word is about this value and no other.
    pub seen: String,
    /// All of it in words.
    pub says: String,
    /// When it was seen.
    pub at: Millis,
}

/// Kinds of things that are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A version on a registry.
    Package,
    /// A branch or a tag on a remote.
    Ref,
    /// What a deployment reports as its commit.
    Deployed,
    /// The flag's state.
    Flag,
}

/// How a thing came to be out of order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// It is there, and the plan hasn't reached it.
    Early,
    /// It isn't as we left it.
    Moved,
}

/// What was seen of everything that can be out of order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InSight {
    /// What is out of order, in the order of the plan.
    pub items: Vec<Item>,
    /// Everything that answered, in order or not, and the last event that was known when it began to be asked.
    pub answered: BTreeMap<ItemId, u64>,
}

/// Compares the world with plan and ledger. Nothing is said before something is frozen, or after all of it has shipped.
pub fn out_of_order(plan: &Plan, rollout: &Rollout, observed: &Observed) -> InSight {
    out_of_order_in(plan, rollout, observed, &Compiled::of(plan, rollout))
}

/// The same, of a plan that is compiled already.
pub(super) fn out_of_order_in(plan: &Plan, rollout: &Rollout, observed: &Observed, compiled: &Compiled<'_>) -> InSight {
    let mut sight = InSight::default();
    if rollout.shipped_at.is_some() || rollout.candidates.is_empty() {
        return sight;
    }
    let stands = Stands::new(plan, rollout, compiled);
    for step in plan.steps() {
        let told = sight.items.len();
        refs::look(&stands, observed, step, &mut sight);
        package::look(&stands, observed, step, &mut sight);
        // a ref that somebody moved tells the same of the same deed, and is provable
        let told = sight.items.len() > told;
        deployed::look(&stands, observed, step, if told { Also::Told } else { Also::Untold }, &mut sight);
    }
    flag::look(plan, rollout, observed, &mut sight);
    sight
}

/// Whether something else tells of the same deed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Also {
    Told,
    Untold,
}

impl InSight {
    /// Takes in what one step tells of a thing; the first step that tells of it counts.
    fn add(&mut self, id: &ItemId, after: u64, item: Option<Item>) {
        self.answered.insert(id.clone(), after);
        let known = self.items.iter().any(|item| item.id == *id);
        self.items.extend(item.filter(|_| !known));
    }
}

/// A step as these sentences name it: "step 5 (sdk)".
fn named(plan: &Plan, step: &Step) -> String {
    plan.number(&step.id).map_or_else(|| format!("step {}", step.id), |number| format!("step {number} ({})", step.id))
}
