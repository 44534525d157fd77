//! Who may call an operation: one of several ways in, each a set of schemes with their scopes.

use std::collections::{BTreeMap, BTreeSet};

use crate::seam::document::Node;
use crate::seam::openapi::reference::{Doubt, is_extension, known};
use crate::seam::openapi::{Contract, Operation, Place, Version};

/// One way in: schemes by name, with the scopes that each must have. Empty: anyone.
pub(in crate::seam::openapi) type WayIn<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// The ways in, any of which will do, and where they are written.
#[derive(Debug)]
pub(in crate::seam::openapi) struct Access<'a> {
    pub(in crate::seam::openapi) ways: Vec<WayIn<'a>>,
    pub(in crate::seam::openapi) place: Place<'a>,
    /// Why it may be otherwise.
    pub(in crate::seam::openapi) doubts: Vec<Doubt<'a>>,
}

/// Who may call an operation: what it says itself, else what all of the contract says, else anyone.
pub(in crate::seam::openapi) fn access<'a>(contract: &Contract<'a>, operation: &Operation<'a>) -> Access<'a> {
    let written = operation.place.child("security").or_else(|| contract.root().child("security"));
    let Some(place) = written else {
        return Access { ways: vec![WayIn::new()], place: operation.place.clone(), doubts: Vec::new() };
    };
    let mut doubts = Vec::new();
    let mut ways = Vec::new();
    for requirement in known(place.list(), &mut doubts) {
        ways.push(way_in(&requirement, &mut doubts));
    }
    let schemes: BTreeSet<_> = ways.iter().flat_map(|way| way.keys().copied()).collect();
    doubts.extend(schemes.into_iter().filter_map(|scheme| contract.scheme(scheme).err()));
    if ways.is_empty() {
        ways.push(WayIn::new());
    }
    Access { ways, place, doubts }
}

fn way_in<'a>(requirement: &Place<'a>, doubts: &mut Vec<Doubt<'a>>) -> WayIn<'a> {
    let mut way = WayIn::new();
    for (scheme, place) in known(requirement.table(), doubts) {
        let scopes = known(place.list(), doubts);
        way.insert(scheme, scopes.iter().filter_map(|scope| scope.node.text()).collect());
    }
    way
}

impl<'a> Contract<'a> {
    /// The definition of a security scheme, with references followed; none where there is no such scheme.
    pub(in crate::seam::openapi) fn scheme(&self, name: &str) -> Result<Option<Place<'a>>, Doubt<'a>> {
        let table = match self.version() {
            Version::Two => self.root().child("securityDefinitions"),
            Version::ThreeZero | Version::ThreeOne => {
                self.root().child("components").and_then(|components| components.child("securitySchemes"))
            }
        };
        let Some(table) = table else { return Ok(None) };
        table.is_table()?;
        let Some(written) = table.child(name) else { return Ok(None) };
        let scheme = self.resolve_table(written)?;
        if let Some(flows) = scheme.child("flows") {
            flows
                .table()?
                .into_iter()
                .filter(|(flow, _)| !is_extension(flow))
                .try_for_each(|(_, flow)| flow.is_table())?;
        }
        Ok(Some(scheme))
    }
}

/// Whether two definitions ask for the same: what describes them doesn't count, scopes are told with each operation.
pub(in crate::seam::openapi) fn is_same_scheme(a: &Place<'_>, b: &Place<'_>) -> bool {
    ["type", "in", "name", "scheme", "openIdConnectUrl", "flow", "authorizationUrl", "tokenUrl"]
        .iter()
        .all(|key| is_same_at(key, a, b))
        && has_flows(a, b)
}

/// Whether each way to a token is still one of those: nobody knows which of them a consumer goes.
fn has_flows(was: &Place<'_>, is: &Place<'_>) -> bool {
    let flows = was.child("flows").map(|flows| flows.entries()).unwrap_or_default();
    let addresses = ["authorizationUrl", "tokenUrl", "refreshUrl", "deviceAuthorizationUrl"];
    flows.iter().filter(|(flow, _)| !is_extension(flow)).all(|(flow, was)| {
        let still = is.child("flows").and_then(|flows| flows.child(flow));
        still.is_some_and(|is| addresses.iter().all(|key| is_same_at(key, was, &is)))
    })
}

fn is_same_at(key: &str, a: &Place<'_>, b: &Place<'_>) -> bool {
    match (a.node.get(key), b.node.get(key)) {
        (None, None) => true,
        (Some(a), Some(b)) => a.is_same(b) || both_alike(a, b),
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// Names of schemes and headers are the same in capitals.
fn both_alike(a: &Node, b: &Node) -> bool {
    matches!((a.text(), b.text()), (Some(a), Some(b)) if a.eq_ignore_ascii_case(b))
}
