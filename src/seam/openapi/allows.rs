//! Whether an answer that was recorded is one that a contract still promises: its operation, its status, and in its body each
//! field and each value. Patterns, formats and keywords that aren't understood aren't looked at here; that they stayed as they
//! were is told by [`compatible()`](super::compatible()).

mod value;

use super::compatible::matching;
use super::operation::Operation;
use super::parts::{Answer, Media, Parts};
use super::{Contract, Spot};
use crate::seam::document::Node;
use crate::seam::recording::{Recording, is_json};

/// How an answer isn't what a contract promises.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// The line of what was recorded.
    pub line: usize,
    /// Where the contract says otherwise.
    pub promised: Option<Spot>,
    /// What, in a sentence without its end.
    pub what: String,
}

impl Contract<'_> {
    /// How a recorded answer isn't what is promised; nothing where it is.
    pub fn unfit(&self, recorded: &Recording) -> Vec<Unfit> {
        let asked = format!("{} {}", recorded.method, recorded.path());
        let alone = |promised, what| vec![Unfit { line: recorded.line, promised, what }];
        let (operations, doubts) = self.operations_and_doubts();
        let Some(operation) = self.asked(recorded, &operations) else {
            let unknown = doubts.first().map(|doubt| format!(" that is known: {}", doubt.because));
            return alone(None, format!("{asked} is no operation any more{}", unknown.unwrap_or_default()));
        };
        let parts = Parts::of(self, operation);
        let Some(answer) = matching(&parts.answers, &recorded.status.to_string()) else {
            let what = format!("{operation} doesn't answer {} any more", recorded.status);
            return alone(Some(operation.place.spot()), what);
        };
        let Some(body) = &recorded.body else { return Vec::new() };
        let name = format!("the {} answer of {operation}", recorded.status);
        match media(answer, recorded, body) {
            Some(media) => value::unfit(self, &media.schema, body, &name),
            None => alone(Some(answer.place.spot()), format!("{name} has no {} any more", kind(recorded, body))),
        }
    }

    /// The operation that a request was for: of several the one with the fewest parameters in its path.
    fn asked<'o, 'a>(&self, recorded: &Recording, operations: &'o [Operation<'a>]) -> Option<&'o Operation<'a>> {
        let mut prefixes = self.prefixes();
        prefixes.push(String::new());
        let fits = |operation: &&Operation<'a>| {
            operation.method == recorded.method
                && prefixes.iter().any(|prefix| {
                    recorded.path().strip_prefix(prefix.as_str()).is_some_and(|path| is_at(operation.path, path))
                })
        };
        operations.iter().filter(fits).min_by_key(|operation| operation.path_parameters().len())
    }
}

/// Whether a path is one of those that a template means.
fn is_at(template: &str, path: &str) -> bool {
    let parts = |path: &str| path.trim_end_matches('/').split('/').map(str::to_owned).collect::<Vec<_>>();
    let (template, path) = (parts(template), parts(path));
    template.len() == path.len() && template.iter().zip(&path).all(|(template, part)| is_part(template, part))
}

/// Whether a part of a path fits: each `{…}` stands for at least one character.
fn is_part(template: &str, part: &str) -> bool {
    let Some((before, rest)) = template.split_once('{') else { return template == part };
    let Some((_, after)) = rest.split_once('}') else { return template == part };
    let Some(part) = part.strip_prefix(before) else { return false };
    let mut ends = part.char_indices().skip(1).map(|(at, _)| at).chain((!part.is_empty()).then_some(part.len()));
    ends.any(|end| part.get(end..).is_some_and(|rest| is_part(after, rest)))
}

/// What is promised of a body of this kind.
fn media<'m, 'a>(answer: &'m Answer<'a>, recorded: &Recording, body: &Node) -> Option<&'m Media<'a>> {
    let is_data = recorded.media.is_none() && body.text().is_none();
    let bare = |name: &str| name.split(';').next().unwrap_or_default().to_owned();
    let fits = |media: &&Media<'_>| match &recorded.media {
        Some(name) => bare(&media.name) == *name || (is_json(name) && is_json(&bare(&media.name))),
        None => is_json(&bare(&media.name)) == is_data,
    };
    let range = |media: &&Media<'_>| {
        let name = recorded.media.as_deref().unwrap_or_default();
        media.name == "*/*" || media.name.strip_suffix('*').is_some_and(|start| name.starts_with(start))
    };
    answer.media.iter().find(fits).or_else(|| answer.media.iter().find(range))
}

fn kind(recorded: &Recording, body: &Node) -> String {
    recorded.media.clone().unwrap_or_else(|| format!("body that holds {}", body.value.kind()))
}
