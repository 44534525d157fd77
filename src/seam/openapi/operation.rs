//! Operations: a method on a path. The names of a path's parameters don't tell two operations apart, their places do.

use std::fmt;
use std::str::FromStr;

use super::reference::{Doubt, is_extension, known};
use super::{Contract, Place, Spot};

const METHODS: [&str; 9] = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];
/// What else stands in a path and is read.
const BESIDE: [&str; 5] = ["summary", "description", "servers", "parameters", "additionalOperations"];

/// A method and a path in which each parameter is `{}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationKey {
    method: String,
    path: String,
}

/// A text that names no operation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an operation is a method and a path: GET /v1/teams/{{id}}")]
pub struct NotAnOperation;

/// An operation of a contract.
#[derive(Debug, Clone)]
pub struct Operation<'a> {
    /// Its method in capitals, such as `GET`.
    pub method: String,
    /// Its path, as it is written.
    pub path: &'a str,
    /// Where it stands.
    pub place: Place<'a>,
    /// The path's own table, which may hold parameters for all of its methods.
    pub(super) item: Place<'a>,
}

impl OperationKey {
    pub(super) fn new(method: &str, path: &str) -> Self {
        Self { method: method.to_ascii_uppercase(), path: normal(path) }
    }

    /// Whether both are on the same path.
    pub(super) fn is_beside(&self, other: &Self) -> bool {
        self.path == other.path
    }
}

impl FromStr for OperationKey {
    type Err = NotAnOperation;

    fn from_str(text: &str) -> Result<Self, NotAnOperation> {
        let (method, path) = text.trim().split_once(char::is_whitespace).ok_or(NotAnOperation)?;
        let (method, path) = (method.to_ascii_lowercase(), path.trim());
        let is_one = METHODS.contains(&method.as_str()) && path.starts_with('/') && !path.contains(char::is_whitespace);
        if is_one { Ok(Self::new(&method, path)) } else { Err(NotAnOperation) }
    }
}

impl fmt::Display for OperationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

impl Operation<'_> {
    /// What tells it apart.
    pub fn key(&self) -> OperationKey {
        OperationKey::new(&self.method, self.path)
    }

    /// The names of the parameters in its path, in their order.
    pub fn path_parameters(&self) -> Vec<&str> {
        parameters(self.path)
            .into_iter()
            .map(|(from, to)| self.path.get(from + 1..to - 1).unwrap_or_default())
            .collect()
    }
}

impl fmt::Display for Operation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// Where the `{…}` of a path start and end.
fn parameters(path: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(open) = path.get(from..).and_then(|rest| rest.find('{')).map(|at| from + at) {
        let Some(close) = path.get(open..).and_then(|rest| rest.find('}')).map(|at| open + at + 1) else { break };
        found.push((open, close));
        from = close;
    }
    found
}

/// A path in which each parameter is `{}`, without a slash at its end.
fn normal(path: &str) -> String {
    let mut normal = String::with_capacity(path.len());
    let mut from = 0;
    for (open, close) in parameters(path) {
        normal.push_str(path.get(from..open).unwrap_or_default());
        normal.push_str("{}");
        from = close;
    }
    normal.push_str(path.get(from..).unwrap_or_default());
    let cut = normal.trim_end_matches('/').len().max(1);
    normal.truncate(cut);
    normal
}

impl<'a> Contract<'a> {
    /// Its operations, as they stand.
    pub fn operations(&self) -> Vec<Operation<'a>> {
        self.operations_and_doubts().0
    }

    /// Its operations, as they stand; else the first place of which it isn't known what stands there, and why.
    pub fn all_operations(&self) -> Result<Vec<Operation<'a>>, (Spot, String)> {
        let (operations, doubts) = self.operations_and_doubts();
        match doubts.into_iter().next() {
            Some(Doubt { place, because }) => Err((place.spot(), because)),
            None => Ok(operations),
        }
    }

    /// Its operations, and the paths of which it isn't known what stands there.
    pub(super) fn operations_and_doubts(&self) -> (Vec<Operation<'a>>, Vec<Doubt<'a>>) {
        let (operations, mut doubts) = self.under("paths", |key| key.starts_with('/'));
        doubts.extend(self.root().child("servers").and_then(|servers| servers.list().err()));
        (operations, doubts)
    }

    /// What it sends by itself, as it stands: a name in place of a path.
    pub fn webhooks(&self) -> Vec<Operation<'a>> {
        self.webhooks_and_doubts().0
    }

    /// What it sends by itself, and the names of which it isn't known what stands there.
    pub(super) fn webhooks_and_doubts(&self) -> (Vec<Operation<'a>>, Vec<Doubt<'a>>) {
        self.under("webhooks", |_| true)
    }

    fn under(&self, key: &str, is_path: impl Fn(&str) -> bool) -> (Vec<Operation<'a>>, Vec<Doubt<'a>>) {
        let (mut operations, mut doubts) = (Vec::new(), Vec::new());
        let paths = self.root().child(key).map(|paths| known(paths.table(), &mut doubts)).unwrap_or_default();
        for (path, item) in paths.into_iter().filter(|(path, _)| !is_extension(path)) {
            if !is_path(path) {
                doubts.push(item.doubt(format!("{path:?} is no path: one begins with a slash")));
                continue;
            }
            match self.resolve_alone(item) {
                Ok(item) => in_item(path, &item, &mut operations, &mut doubts),
                Err(doubt) => doubts.push(doubt),
            }
        }
        (operations, doubts)
    }
}

/// The operations of one path.
fn in_item<'a>(path: &'a str, item: &Place<'a>, operations: &mut Vec<Operation<'a>>, doubts: &mut Vec<Doubt<'a>>) {
    let mut written: Vec<_> = METHODS.iter().filter_map(|method| Some((*method, item.child(method)?))).collect();
    for (key, place) in item.entries() {
        if key == "additionalOperations" {
            written.extend(known(place.table(), doubts).into_iter().filter(|(method, _)| !is_extension(method)));
        } else if !(METHODS.contains(&key) || BESIDE.contains(&key) || is_extension(key)) {
            doubts.push(place.doubt(format!("`{key}` of a path isn't understood")));
        }
    }
    doubts.extend(item.child("servers").and_then(|servers| servers.list().err()));
    for (method, place) in written {
        let servers = place.child("servers").map_or(Ok(()), |servers| servers.list().map(drop));
        match place.is_table().and(servers) {
            Ok(()) => {
                operations.push(Operation { method: method.to_ascii_uppercase(), path, place, item: item.clone() });
            }
            Err(doubt) => doubts.push(doubt),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_have_places_and_no_names() {
        let key = |text: &str| text.parse::<OperationKey>();
        assert_eq!(key("get /v1/teams/{id}/"), key("GET /v1/teams/{team_id}"));
        assert_eq!(key("GET /a/{x}.{y}").unwrap().to_string(), "GET /a/{}.{}");
        assert_ne!(key("GET /a/{x}"), key("GET /a/x"));
        assert_eq!(key("GET /").unwrap().to_string(), "GET /");
        assert_eq!(key("GET /a/{open").unwrap().to_string(), "GET /a/{open");
        for wrong in ["GET", "FETCH /a", "GET a", "/a", "GET /a b"] {
            assert!(key(wrong).is_err(), "{wrong}");
        }
    }
}
