//! Whether what somebody relied on in one contract still stands in another.
//!
//! The direction decides. What a service **takes** may grow: nothing that was taken may be refused. What it **answers** may
//! shrink: nothing may come that wasn't announced, and nothing may be missing that was. So a value that an enumeration loses
//! breaks those who send it, and one that it gains breaks those who read it. What the comparison doesn't understand is a finding
//! of its own, [`Verdict::Unknown`]: it is never taken for compatible. That exactly one alternative of a `oneOf` must fit isn't
//! looked at: it is read as `anyOf`.

mod address;
mod alternatives;
mod answers;
mod discriminator;
mod finding;
mod inputs;
mod operations;
mod schema;
mod security;
mod values;
mod webhooks;

use std::collections::HashSet;

pub(super) use answers::matching;
pub use finding::{Compatibility, Finding, FindingKind, Reliance, Verdict};

use super::reference::Doubt;
use super::{Contract, Place, Spot};
use crate::seam::document::Pointer;

/// The most pairs of schemas that are held against each other.
const MOST_PAIRS: usize = 400_000;
/// The most pairs that may be held against each other in vain, while it is tried which alternatives belong together.
const MOST_TRIED: usize = 20_000;
/// The most findings that are kept.
const MOST_FINDINGS: usize = 500;
/// How deep schemas may lie in each other.
const DEEPEST: usize = 96;

/// Compares what was relied on with what is promised. Without a reliance, all that the first contract says is relied on.
pub fn compatible(relied: &Contract<'_>, promised: &Contract<'_>, only: Option<&Reliance>) -> Compatibility {
    let mut comparison = Comparison {
        relied: *relied,
        promised: *promised,
        only,
        found: Compatibility::default(),
        seen: HashSet::new(),
        order: Vec::new(),
        reached: HashSet::new(),
        pairs: 0,
        tried: 0,
        depth: 0,
        is_exhausted: false,
    };
    comparison.operations();
    comparison.schemas();
    comparison.nothing();
    if comparison.is_exhausted {
        let (was, is) = (relied.root(), promised.root());
        let what = "the contracts lie deeper, or are more entangled, than is compared to their end".to_owned();
        comparison.doubt(Some(&was), Some(&is), what, "compare the parts that matter with a seam of their own");
    }
    comparison.found
}

/// On which way something is: it decides who may have more than the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Way {
    /// From the consumer: what was relied on must be within what is promised.
    Taken,
    /// To the consumer: what is promised must be within what was relied on.
    Answered,
}

/// Two sides of one comparison.
type Pair = (Vec<(Pointer, bool)>, Vec<(Pointer, bool)>, Way);

struct Comparison<'a> {
    relied: Contract<'a>,
    promised: Contract<'a>,
    only: Option<&'a Reliance>,
    found: Compatibility,
    /// Pairs that were compared, or are being compared: schemas may hold themselves.
    seen: HashSet<Pair>,
    /// The same in their order, so that a trial can be taken back.
    order: Vec<Pair>,
    /// Schemas of the contract that was relied on that were met.
    reached: HashSet<Pointer>,
    pairs: usize,
    tried: usize,
    depth: usize,
    is_exhausted: bool,
}

/// What is to be told about a place.
struct Told<'t> {
    kind: FindingKind,
    what: String,
    mend: &'t str,
}

impl<'a> Comparison<'a> {
    fn tell(&mut self, relied: Option<Spot>, promised: Option<Spot>, told: Told<'_>) {
        if self.found.findings.len() >= MOST_FINDINGS {
            self.found.left_off += 1;
            return;
        }
        let Told { kind, what, mend } = told;
        self.found.findings.push(Finding { kind, relied, promised, what, mend: mend.to_owned() });
    }

    /// Tells that two places can't be compared.
    fn doubt(&mut self, relied: Option<&Place<'a>>, promised: Option<&Place<'a>>, what: String, mend: &str) {
        let told = Told { kind: FindingKind::Unknown, what, mend };
        self.tell(relied.map(Place::spot), promised.map(Place::spot), told);
    }

    /// Nothing can be said of a contract that names nothing.
    fn nothing(&mut self) {
        let is_empty = |contract: &Contract<'a>| {
            contract.operations().is_empty() && contract.webhooks().is_empty() && contract.schema_names().is_empty()
        };
        if self.only.is_none() && self.found.findings.is_empty() && is_empty(&self.relied) {
            let root = self.relied.root();
            let what = "nothing in it can be relied on: it has neither operations, webhooks nor schemas".to_owned();
            self.doubt(Some(&root), None, what, "name the file that holds the contract");
        }
    }

    /// Tells what isn't known of either side; whether there was anything.
    fn doubts(&mut self, relied: &[Doubt<'a>], promised: &[Doubt<'a>], of: &str) -> bool {
        let mend = "put what it names into the document itself";
        for doubt in relied {
            self.doubt(
                Some(&doubt.place),
                None,
                format!("{of} isn't known as it was relied on: {}", doubt.because),
                mend,
            );
        }
        for doubt in promised {
            self.doubt(
                None,
                Some(&doubt.place),
                format!("{of} isn't known as it is promised: {}", doubt.because),
                mend,
            );
        }
        !(relied.is_empty() && promised.is_empty())
    }
}
