//! OpenAPI documents (3.0 to 3.2 and Swagger 2.0), read leniently: what a contract says is looked up where it is asked for, a
//! `$ref` is followed when it is met, and what isn't understood is told as unknown instead of being passed over.
//!
//! A [`Contract`] is a view of a [`Document`]. It lists [`operations`](Contract::operations), the
//! [`fields`](Contract::fields) of a schema, the [`answered`](Contract::answered) fields of an operation and the
//! [`values`](Contract::values) of an enumeration, each with its line; [`compatible()`] says whether what somebody relied on in one
//! contract still stands in another.

mod allows;
mod compatible;
mod fields;
mod operation;
mod parts;
mod place;
mod reference;
mod shape;
mod similar;
#[cfg(test)]
mod tests;
mod types;

pub use allows::Unfit;
pub use compatible::{Compatibility, Finding, FindingKind, Reliance, Verdict, compatible};
pub use fields::{Field, Listing};
pub use operation::{Operation, OperationKey};
pub use place::{Place, Spot};

use reference::Doubt;

use crate::seam::document::{Document, Node, Pointer};

/// Which OpenAPI it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// Swagger 2.0.
    Two,
    /// OpenAPI 3.0.
    ThreeZero,
    /// OpenAPI 3.1 and 3.2.
    ThreeOne,
}

/// Why a document is no contract.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAContract {
    /// It names no version.
    #[error("it is no OpenAPI document: neither `openapi` nor `swagger` says which version")]
    NoVersion,
    /// It names one that isn't understood.
    #[error("it is written in OpenAPI {0}: 2.0, 3.0, 3.1 and 3.2 are read")]
    OtherVersion(String),
}

/// An OpenAPI document.
#[derive(Debug, Clone, Copy)]
pub struct Contract<'a> {
    root: &'a Node,
    version: Version,
}

impl<'a> Contract<'a> {
    /// The contract that a document is.
    pub fn of(document: &'a Document) -> Result<Self, NotAContract> {
        let root = &document.root;
        let written = root.get("openapi").or_else(|| root.get("swagger")).and_then(Node::word);
        let written = written.ok_or(NotAContract::NoVersion)?;
        let mut parts = written.split('.');
        let version = match (parts.next(), parts.next()) {
            (Some("2"), Some("0") | None) => Version::Two,
            (Some("3"), Some("0")) => Version::ThreeZero,
            (Some("3"), Some("1" | "2")) => Version::ThreeOne,
            _ => return Err(NotAContract::OtherVersion(written.chars().take(20).collect())),
        };
        Ok(Self { root, version })
    }

    /// Which OpenAPI it is written in.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The outermost table.
    pub(super) fn root(&self) -> Place<'a> {
        Place::new(self.root, Pointer::default())
    }

    /// The table that holds the named schemas.
    fn schemas(&self) -> Option<Place<'a>> {
        match self.version {
            Version::Two => self.root().child("definitions"),
            Version::ThreeZero | Version::ThreeOne => self.root().child("components")?.child("schemas"),
        }
    }

    /// Why it isn't known which schemas it has by name.
    fn schemas_doubt(&self) -> Option<Doubt<'a>> {
        let components = match self.version {
            Version::Two => None,
            Version::ThreeZero | Version::ThreeOne => self.root().child("components"),
        };
        components.into_iter().chain(self.schemas()).find_map(|place| place.is_table().err())
    }

    /// The names of its schemas, as they stand.
    pub fn schema_names(&self) -> Vec<&'a str> {
        let table = self.schemas().and_then(|place| place.node.table());
        table.map(|table| table.iter().map(|entry| entry.key.as_str()).collect()).unwrap_or_default()
    }

    /// A named schema.
    fn schema(&self, name: &str) -> Option<Place<'a>> {
        self.schemas()?.child(name)
    }

    /// The paths that stand before each of its own: the path of each server, or Swagger's base path.
    fn prefixes(&self) -> Vec<String> {
        if self.version == Version::Two {
            return self.root.get("basePath").and_then(Node::text).map(bare).into_iter().collect();
        }
        prefixes_in(self.root)
    }

    /// The same for one operation, which may have servers of its own, or of its path.
    fn prefixes_of(&self, operation: &Operation<'a>) -> Vec<String> {
        let own = [&operation.place, &operation.item].into_iter().map(|place| prefixes_in(place.node));
        own.into_iter().find(|own| !own.is_empty()).unwrap_or_else(|| self.prefixes())
    }
}

fn prefixes_in(owner: &Node) -> Vec<String> {
    let servers = owner.get("servers").and_then(Node::list).unwrap_or_default();
    servers.iter().filter_map(|server| Some(bare(&server_path(server)?))).collect()
}

fn bare(path: &str) -> String {
    path.trim_end_matches('/').to_owned()
}

/// The path of a server's address, with the defaults of its variables.
fn server_path(server: &Node) -> Option<String> {
    let mut url = server.get("url")?.text()?.to_owned();
    for variable in server.get("variables").and_then(Node::table).into_iter().flatten() {
        let default = variable.node.get("default").and_then(Node::word).unwrap_or_default();
        url = url.replace(&format!("{{{}}}", variable.key), &default);
    }
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |at| rest.get(at..).unwrap_or_default()),
        None => url.as_str(),
    };
    Some(path.to_owned())
}
