//! Who may call an operation: one of several ways in, each a set of schemes with their scopes.

use std::collections::{BTreeMap, BTreeSet};

use crate::seam::document::Node;
use crate::seam::openapi::{Contract, Operation, Place, Version};

/// One way in: schemes by name, with the scopes that each must have. Empty: anyone.
pub(in crate::seam::openapi) type WayIn<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// The ways in, any of which will do, and where they are written.
#[derive(Debug)]
pub(in crate::seam::openapi) struct Access<'a> {
    pub(in crate::seam::openapi) ways: Vec<WayIn<'a>>,
    pub(in crate::seam::openapi) place: Place<'a>,
}

/// Who may call an operation: what it says itself, else what all of the contract says, else anyone.
pub(in crate::seam::openapi) fn access<'a>(contract: &Contract<'a>, operation: &Operation<'a>) -> Access<'a> {
    let written = operation.place.child("security").or_else(|| contract.root().child("security"));
    let Some(place) = written else {
        return Access { ways: vec![WayIn::new()], place: operation.place.clone() };
    };
    let mut ways: Vec<_> = place.items().iter().map(way_in).collect();
    if ways.is_empty() {
        ways.push(WayIn::new());
    }
    Access { ways, place }
}

fn way_in<'a>(requirement: &Place<'a>) -> WayIn<'a> {
    let scopes = |place: &Place<'a>| place.items().iter().filter_map(|scope| scope.node.text()).collect();
    requirement.entries().into_iter().map(|(scheme, place)| (scheme, scopes(&place))).collect()
}

impl<'a> Contract<'a> {
    /// The definition of a security scheme, with references followed.
    pub(in crate::seam::openapi) fn scheme(&self, name: &str) -> Option<Place<'a>> {
        let table = match self.version() {
            Version::Two => self.root().child("securityDefinitions"),
            Version::ThreeZero | Version::ThreeOne => self.root().child("components")?.child("securitySchemes"),
        };
        self.resolve(table?.child(name)?).ok()
    }
}

/// Whether two definitions ask for the same: what describes them doesn't count, scopes are told with each operation.
pub(in crate::seam::openapi) fn is_same_scheme(a: &Place<'_>, b: &Place<'_>) -> bool {
    let same = |key: &str| match (a.node.get(key), b.node.get(key)) {
        (None, None) => true,
        (Some(a), Some(b)) => a.is_same(b) || both_alike(a, b),
        (Some(_), None) | (None, Some(_)) => false,
    };
    ["type", "in", "name", "scheme", "openIdConnectUrl", "flow", "authorizationUrl", "tokenUrl"]
        .iter()
        .all(|key| same(key))
}

/// Names of schemes and headers are the same in capitals.
fn both_alike(a: &Node, b: &Node) -> bool {
    matches!((a.text(), b.text()), (Some(a), Some(b)) if a.eq_ignore_ascii_case(b))
}
