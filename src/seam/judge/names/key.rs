//! When two names are the same.

mod route;

use std::collections::BTreeMap;

use crate::plan::Seam;
use crate::plan::seam::{OpenApiPart, Side, Spelling};

const METHODS: [&str; 8] = ["GET", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"];

/// How names are made comparable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Folding {
    /// As they are written.
    Exact,
    /// Without capitals, `_`, `-` and `.`.
    Loose,
    /// As operations of an API.
    Operations,
}

/// A name in the form that is compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) name: String,
    /// The method of an operation, where one is written.
    method: Option<String>,
}

impl Folding {
    pub(super) fn of(seam: &Seam) -> Self {
        let mut sources = Side::BOTH.into_iter().flat_map(|side| seam.side(side));
        if sources.any(|source| source.openapi == Some(OpenApiPart::Operations)) {
            return Self::Operations;
        }
        match seam.spelling {
            Spelling::Exact => Self::Exact,
            Spelling::Loose => Self::Loose,
        }
    }

    pub(super) fn key(self, text: &str) -> Key {
        match self {
            Self::Exact => Key { name: text.to_owned(), method: None },
            Self::Loose => {
                let letters = text.chars().filter(|c| !"_-.".contains(*c)).flat_map(char::to_lowercase);
                Key { name: letters.collect(), method: None }
            }
            Self::Operations => operation(text),
        }
    }
}

impl Key {
    /// Whether the other side has it; an operation without a method is any operation of its path.
    pub(super) fn is_among<T>(&self, others: &BTreeMap<Key, T>) -> bool {
        if others.contains_key(self) {
            return true;
        }
        let bare = Key { name: self.name.clone(), method: None };
        match self.method {
            Some(_) => others.contains_key(&bare),
            // those with a method come right after the one without
            None => others.range(&bare..).next().is_some_and(|(other, _)| other.name == self.name),
        }
    }
}

fn operation(text: &str) -> Key {
    let text = text.trim();
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or(("", text));
    let method = first.to_ascii_uppercase();
    let known = METHODS.contains(&method.as_str());
    let path = if known { rest.trim() } else { text };
    Key { name: route::plain(path), method: known.then_some(method) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn among(text: &str, others: &[&str]) -> bool {
        let others: BTreeMap<_, _> = others.iter().map(|other| (Folding::Operations.key(other), *other)).collect();
        Folding::Operations.key(text).is_among(&others)
    }

    #[test]
    fn a_paths_variables_may_be_called_anything() {
        let api = ["GET /v1/teams/{id}", "POST /v1/teams"];
        for call in
            ["get /v1/teams/${team.id}", "GET /v1/teams/:team", "/v1/teams/<int:id>/", "GET /v1/teams/%s?full=1"]
        {
            assert!(among(call, &api), "{call}");
        }
        assert!(!among("DELETE /v1/teams/{id}", &api));
        assert!(!among("/v1/users", &api));
        assert!(among("DELETE /v1/teams", &["/v1/teams"]), "a producer that names no method has them all");
    }

    #[test]
    fn what_stands_beside_a_variable_counts() {
        let api = ["POST /v1/teams/{id}", "GET /v1/teams"];
        for call in [
            "POST /v1/teams/{id}:archive",
            "POST /v1/teams/$count",
            "POST /v1/teams/{id}.json",
            "POST /v1/teams/{id}-members",
            "POST /v1/teams/%sections",
            "POST /v1/teams/x{id}",
            "POST /v1/teams/{id}{other}",
            "POST /v1/teams/${team?.id}/members",
            "POST /v1/teams/${a/b}/members",
            "POST /v1/teams/{id",
            "POST /v1/teams/{id}//",
            "GET /v1/teams/#{id}",
        ] {
            assert!(!among(call, &api), "{call}");
        }
        for (call, api) in [
            ("POST /v1/teams/${team?.id}?full=1", "POST /v1/teams/{id}"),
            ("POST /v1/teams/#{id}", "POST /v1/teams/{id}"),
            ("POST /v1/teams/$id", "POST /v1/teams/{id}"),
            ("POST /v1/teams/{{ team.id }}", "POST /v1/teams/{id}"),
            ("POST /v1/teams/${a/b}", "POST /v1/teams/{id}"),
            ("POST /v1/teams/${id}:archive", "POST /v1/teams/{id}:archive"),
            ("GET /v1/teams/$count", "GET /v1/teams/$count"),
            ("GET /files/:name.json", "GET /files/{file}.json"),
            ("GET /flights/:from-:to", "GET /flights/{a}-{b}"),
            ("GET /v1/%d/%s", "GET /v1/{a}/{b}"),
        ] {
            assert!(among(call, &[api]), "{call}");
        }
    }

    #[test]
    fn loosely_spelt_names_differ_in_letters_alone() {
        assert_eq!(Folding::Loose.key("ownerEmail"), Folding::Loose.key("owner_email"));
        assert_ne!(Folding::Loose.key("owner"), Folding::Loose.key("owners"));
        assert_ne!(Folding::Exact.key("ownerEmail"), Folding::Exact.key("owner_email"));
    }
}
