//! The parts of an operation, the same for every version: what it takes, what it answers, and who may call it.

mod security;

use std::collections::BTreeMap;

pub(super) use security::{Access, WayIn, access, is_same_scheme};

use super::reference::{Doubt, is_extension, known};
use super::{Contract, Operation, Place, Version};
use crate::seam::document::Node;

/// Where an input may stand.
const LOCATIONS: [&str; 7] = ["query", "querystring", "header", "path", "cookie", "formData", "body"];
/// What stands with a media type and is read, or says nothing.
const OF_MEDIA: [&str; 4] = ["schema", "encoding", "example", "examples"];

/// An input with a name.
#[derive(Debug, Clone)]
pub(super) struct Parameter<'a> {
    pub(super) name: &'a str,
    /// `query`, `querystring`, `header`, `path`, `cookie` or `formData`.
    pub(super) location: &'a str,
    pub(super) place: Place<'a>,
    pub(super) is_required: bool,
    pub(super) schema: Vec<Place<'a>>,
    /// How several values are written, defaults filled in.
    pub(super) style: String,
}

/// A media type and what it holds.
#[derive(Debug, Clone)]
pub(super) struct Media<'a> {
    /// In small letters, with its parameters but for the characters it is written in.
    pub(super) name: String,
    pub(super) schema: Vec<Place<'a>>,
    pub(super) place: Place<'a>,
}

/// The body that an operation takes.
#[derive(Debug, Clone)]
pub(super) struct Body<'a> {
    pub(super) place: Place<'a>,
    pub(super) is_required: bool,
    pub(super) media: Vec<Media<'a>>,
}

/// One of the answers of an operation.
#[derive(Debug, Clone)]
pub(super) struct Answer<'a> {
    /// `200`, `2xx` or `default`.
    pub(super) status: String,
    pub(super) place: Place<'a>,
    pub(super) media: Vec<Media<'a>>,
    pub(super) headers: BTreeMap<String, Place<'a>>,
}

/// What is known of an operation.
#[derive(Debug, Default)]
pub(super) struct Parts<'a> {
    pub(super) parameters: Vec<Parameter<'a>>,
    pub(super) body: Option<Body<'a>>,
    pub(super) answers: Vec<Answer<'a>>,
    pub(super) doubts: Vec<Doubt<'a>>,
}

impl<'a> Parts<'a> {
    pub(super) fn of(contract: &Contract<'a>, operation: &Operation<'a>) -> Self {
        let mut parts = Self::default();
        // the operation's own come first and win
        for owner in [&operation.place, &operation.item] {
            let list = owner.child("parameters").map(|list| known(list.list(), &mut parts.doubts));
            for written in list.unwrap_or_default() {
                if let Some(place) = parts.resolved(contract, written) {
                    parts.add_parameter(contract, operation, place);
                }
            }
        }
        if let Some(place) = operation.place.child("requestBody").and_then(|place| parts.resolved(contract, place)) {
            let media = content(contract, &place, &mut parts.doubts);
            parts.body = Some(Body { is_required: place.says("required"), media, place });
        }
        let responses = operation.place.child("responses").map(|table| known(table.table(), &mut parts.doubts));
        for (status, written) in responses.unwrap_or_default() {
            if is_extension(status) {
                continue;
            }
            if let Some(place) = parts.resolved(contract, written) {
                let headers = place.child("headers").map(|table| known(table.table(), &mut parts.doubts));
                let headers = headers
                    .unwrap_or_default()
                    .into_iter()
                    .map(|(name, place)| (name.to_ascii_lowercase(), place))
                    .collect();
                let media = match (contract.version(), place.child("schema")) {
                    (Version::Two, Some(schema)) => swagger_media(contract, operation, "produces", &schema),
                    _ => content(contract, &place, &mut parts.doubts),
                };
                parts.answers.push(Answer { status: status.to_ascii_lowercase(), place, media, headers });
            }
        }
        parts
    }

    fn resolved(&mut self, contract: &Contract<'a>, place: Place<'a>) -> Option<Place<'a>> {
        contract.resolve_table(place).map_err(|doubt| self.doubts.push(doubt)).ok()
    }

    fn add_parameter(&mut self, contract: &Contract<'a>, operation: &Operation<'a>, place: Place<'a>) {
        let location = place.text("in").unwrap_or_default();
        let is_required = place.says("required");
        if !LOCATIONS.contains(&location) {
            self.doubts.push(place.doubt(format!("a parameter stands in {location:?}, which isn't understood")));
            return;
        }
        if location == "body" {
            if self.body.is_none() {
                let media = place.child("schema").map(|schema| swagger_media(contract, operation, "consumes", &schema));
                self.body = Some(Body { place, is_required, media: media.unwrap_or_default() });
            }
            return;
        }
        let Some(name) = place.text("name") else {
            self.doubts.push(place.doubt("a parameter has no name"));
            return;
        };
        if self.parameters.iter().any(|other| other.name == name && other.location == location) {
            return;
        }
        let schema = match contract.version() {
            Version::Two => vec![place.clone()],
            Version::ThreeZero | Version::ThreeOne => match place.child("schema") {
                Some(schema) => vec![schema],
                None => {
                    content(contract, &place, &mut self.doubts).into_iter().flat_map(|media| media.schema).collect()
                }
            },
        };
        let style = style(&place, location);
        self.parameters.push(Parameter { name, location, place, is_required, schema, style });
    }
}

/// How a parameter's values are written, with the defaults of its location.
fn style(place: &Place<'_>, location: &str) -> String {
    if let Some(format) = place.text("collectionFormat") {
        return format.to_owned();
    }
    // one with content is written as its media type says
    if let Some((media, _)) = place.child("content").and_then(|content| content.entries().into_iter().next()) {
        return media_name(media);
    }
    let default = if matches!(location, "query" | "cookie") { "form" } else { "simple" };
    let style = place.text("style").unwrap_or(default);
    let explode = place.node.get("explode").and_then(Node::truth).unwrap_or(style == "form");
    format!("{style}{}", if explode { ", exploded" } else { "" })
}

fn content<'a>(contract: &Contract<'a>, owner: &Place<'a>, doubts: &mut Vec<Doubt<'a>>) -> Vec<Media<'a>> {
    let written = owner.child("content").map(|table| known(table.table(), doubts)).unwrap_or_default();
    let mut all = Vec::new();
    for (name, place) in written {
        match contract.resolve_table(place) {
            Ok(place) => {
                let odd = place.entries().into_iter().filter(|(key, _)| !OF_MEDIA.contains(key) && !is_extension(key));
                doubts.extend(odd.map(|(key, at)| at.doubt(format!("`{key}` of {name} isn't understood"))));
                let schema = place.child("schema").into_iter().collect();
                all.push(Media { name: media_name(name), schema, place });
            }
            Err(doubt) => doubts.push(doubt),
        }
    }
    all
}

/// A media type with its parameters in one order. In which characters a text is written is told by its bytes.
fn media_name(written: &str) -> String {
    let mut parts = written.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default().to_ascii_lowercase();
    let parameter = |part: &str| {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let key = key.trim().to_ascii_lowercase();
        let says_more = !key.is_empty() && key != "charset";
        says_more.then(|| format!(";{key}={}", value.trim().trim_matches('"')))
    };
    let mut parameters: Vec<_> = parts.filter_map(parameter).collect();
    parameters.sort();
    name + &parameters.concat()
}

/// In Swagger 2.0 one schema stands for every media type that an operation, or all of them, list.
fn swagger_media<'a>(
    contract: &Contract<'a>,
    operation: &Operation<'a>,
    key: &str,
    schema: &Place<'a>,
) -> Vec<Media<'a>> {
    let listed = operation.place.child(key).or_else(|| contract.root().child(key));
    let mut names: Vec<_> = listed.iter().flat_map(Place::items).filter_map(|item| item.node.text()).collect();
    if names.is_empty() {
        names.push("*/*");
    }
    let media = |name: &str| Media { name: media_name(name), schema: vec![schema.clone()], place: schema.clone() };
    names.into_iter().map(media).collect()
}
