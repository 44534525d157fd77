//! What an operation takes: parameters and bodies.

use super::operations::holds_reference;
use super::{Comparison, FindingKind, Told, Way};
use crate::seam::openapi::parts::{Media, Parameter, Parts};
use crate::seam::openapi::reference::Doubt;
use crate::seam::openapi::shape::Shape;
use crate::seam::openapi::{Operation, Place, similar, types};

/// What tells a parameter apart from the others of its operation.
#[derive(Debug, PartialEq, Eq)]
enum ParameterKey<'p> {
    /// Where it stands in the path: its name is nobody's business.
    InPath(usize),
    Named(&'p str, String),
}

fn key<'p>(parameter: &Parameter<'p>, path: &[&str]) -> ParameterKey<'p> {
    match path.iter().position(|name| *name == parameter.name) {
        Some(at) if parameter.location == "path" => ParameterKey::InPath(at),
        _ if parameter.location == "header" => ParameterKey::Named("header", parameter.name.to_ascii_lowercase()),
        _ => ParameterKey::Named(parameter.location, parameter.name.to_owned()),
    }
}

impl<'a> Comparison<'a> {
    pub(super) fn parameters(
        &mut self,
        relied: &Operation<'a>,
        promised: &Operation<'a>,
        was: &Parts<'a>,
        is: &Parts<'a>,
    ) {
        let (old_path, new_path) = (relied.path_parameters(), promised.path_parameters());
        for parameter in &was.parameters {
            let wanted = key(parameter, &old_path);
            match is.parameters.iter().find(|other| key(other, &new_path) == wanted) {
                Some(other) => self.parameter(relied, parameter, other),
                None if is.doubts.is_empty() => self.parameter_is_gone(relied, promised, parameter, was, is),
                None => {}
            }
        }
        for parameter in is.parameters.iter().filter(|parameter| parameter.is_required) {
            let wanted = key(parameter, &new_path);
            // every address names its parameters, whether the other contract says so or not
            let is_in_path = matches!(wanted, ParameterKey::InPath(_));
            let is_known = was.parameters.iter().any(|other| key(other, &old_path) == wanted);
            if !is_known && !is_in_path && was.doubts.is_empty() {
                let (name, place) = (parameter.name, parameter.location);
                let told = Told {
                    kind: FindingKind::InputRequired,
                    what: format!("{relied} asks for the {place} parameter `{name}`, which nobody sends yet"),
                    mend: "make it optional, with what happened so far as its default",
                };
                self.tell(Some(relied.place.spot()), Some(parameter.place.spot()), told);
            }
        }
    }

    fn parameter(&mut self, operation: &Operation<'a>, was: &Parameter<'a>, is: &Parameter<'a>) {
        let name = was.name;
        let (from, to) = (Some(was.place.spot()), Some(is.place.spot()));
        if is.is_required && !was.is_required {
            let told = Told {
                kind: FindingKind::InputRequired,
                what: format!("{operation} asks for the parameter `{name}`, which was optional"),
                mend: "leave it optional",
            };
            self.tell(from.clone(), to.clone(), told);
        }
        let is_many = |types: &types::Types| types.as_ref().is_none_or(|types| types.iter().any(|kind| kind.is_many()));
        if was.style != is.style && is_many(&Shape::of(&self.relied, &was.schema).types) {
            let told = Told {
                kind: FindingKind::Type,
                what: format!(
                    "the parameter `{name}` of {operation} was written {}, and is written {}",
                    was.style, is.style
                ),
                mend: "take it as it was written as well",
            };
            self.tell(from, to, told);
        }
        let is_file = |parameter: &Parameter<'a>| parameter.place.text("type") == Some("file");
        let says_empty = |parameter: &Parameter<'a>| parameter.place.says("allowEmptyValue");
        let changed = if is_file(was) != is_file(is) {
            Some(if is_file(was) { "was a file, and isn't any more" } else { "is a file, and wasn't" })
        } else if says_empty(was) && !says_empty(is) {
            Some("could be empty, and can't any more")
        } else {
            None
        };
        if let Some(changed) = changed {
            let what = format!("the parameter `{name}` of {operation} {changed}");
            let told = Told { kind: FindingKind::Type, what, mend: "take it as it was written as well" };
            self.tell(Some(was.place.spot()), Some(is.place.spot()), told);
        }
        self.compare(&was.schema, &is.schema, Way::Taken, &format!("the parameter `{name}` of {operation}"));
    }

    fn parameter_is_gone(
        &mut self,
        operation: &Operation<'a>,
        promised: &Operation<'a>,
        parameter: &Parameter<'a>,
        was: &Parts<'a>,
        is: &Parts<'a>,
    ) {
        let fresh = is.parameters.iter().filter(|other| {
            other.location == parameter.location && was.parameters.iter().all(|known| known.name != other.name)
        });
        let guess = similar::most_alike(parameter.name, fresh.map(|other| other.name));
        let (location, name) = (parameter.location, parameter.name);
        let what = match guess {
            Some(guess) => format!("{operation} has no {location} parameter `{name}`: was it renamed to `{guess}`?"),
            None => format!("{operation} has no {location} parameter `{name}`"),
        };
        let near = is.parameters.iter().find(|other| Some(other.name) == guess);
        let spot = near.map_or(&promised.place, |other| &other.place).spot();
        let told = Told { kind: FindingKind::ParameterRemoved, what, mend: "take the parameter until nobody sends it" };
        self.tell(Some(parameter.place.spot()), Some(spot), told);
    }

    /// The bodies of a request, or of a webhook.
    pub(super) fn bodies(
        &mut self,
        name: &str,
        (was, old): (&Parts<'a>, &Place<'a>),
        (is, new): (&Parts<'a>, &Place<'a>),
        way: Way,
    ) {
        let unsure = &is.doubts;
        match (&was.body, &is.body) {
            (None, None) => {}
            (None, Some(body)) => {
                if body.is_required && way == Way::Taken && was.doubts.is_empty() {
                    let what = format!("{name} asks for a body, which nobody sends yet");
                    let told = Told { kind: FindingKind::InputRequired, what, mend: "make the body optional" };
                    self.tell(Some(old.spot()), Some(body.place.spot()), told);
                }
            }
            (Some(body), None) => {
                if is.doubts.is_empty() {
                    let what = format!("{name} has no body any more");
                    let told =
                        Told { kind: FindingKind::FieldRemoved, what, mend: "keep the body until nobody needs it" };
                    self.tell(Some(body.place.spot()), Some(new.spot()), told);
                }
            }
            (Some(was), Some(is)) => {
                if is.is_required && !was.is_required && way == Way::Taken {
                    let what = format!("{name} asks for a body, which was optional");
                    let told = Told { kind: FindingKind::InputRequired, what, mend: "leave the body optional" };
                    self.tell(Some(was.place.spot()), Some(is.place.spot()), told);
                }
                if was.is_required && !is.is_required && way == Way::Answered {
                    let what = format!("the body of {name} may be missing, and was always there");
                    let told = Told { kind: FindingKind::FieldOptional, what, mend: "say that it is required again" };
                    self.tell(Some(was.place.spot()), Some(is.place.spot()), told);
                }
                self.media((&was.media, &is.media), (&is.place, unsure), way, &format!("the body of {name}"));
            }
        }
    }

    /// Whether the side that must be within the other may be any media type, and the other is one.
    fn is_anything(&mut self, was: &Media<'a>, is: &Media<'a>, way: Way, of: &str) {
        let (inner, outer) = match way {
            Way::Answered => (is, was),
            Way::Taken => (was, is),
        };
        if inner.name != "*/*" || outer.name == "*/*" {
            return;
        }
        let (what, mend) = match way {
            Way::Answered => (format!("{of} was {}, and may be any media type", was.name), "name the media type"),
            Way::Taken => (format!("{of} could be any media type, and is {}", is.name), "take what was taken"),
        };
        self.doubt(Some(&was.place), Some(&is.place), what, mend);
    }

    /// How the parts of a form are written: the same on both sides, or unknown.
    fn encoding(&mut self, was: &Media<'a>, is: &Media<'a>, of: &str) {
        let (old, new) = (was.place.child("encoding"), is.place.child("encoding"));
        let same = match (&old, &new) {
            (None, None) => true,
            (Some(old), Some(new)) => old.node.is_same(new.node) && !holds_reference(old.node),
            (Some(_), None) | (None, Some(_)) => false,
        };
        // a Swagger 2.0 document has no such place
        let is_written = was.place.child("schema").is_some() && is.place.child("schema").is_some();
        if !same && is_written {
            let what = format!("the encoding of {of} is another one, and it isn't known whether it still fits");
            self.doubt(Some(&was.place), Some(&is.place), what, "look at it yourself");
        }
    }

    /// Every media type that was relied on, with what it holds; where something isn't known, a missing one may stand there.
    pub(super) fn media(
        &mut self,
        (was, is): (&[Media<'a>], &[Media<'a>]),
        (at, unsure): (&Place<'a>, &[Doubt<'a>]),
        way: Way,
        of: &str,
    ) {
        for media in was {
            let any = |name: &str| name == "*/*";
            let same = is.iter().find(|other| other.name == media.name);
            let found = same.or_else(|| is.iter().find(|other| any(&other.name) || any(&media.name)));
            if let Some(other) = found {
                self.is_anything(media, other, way, of);
                self.encoding(media, other, of);
                self.compare(&media.schema, &other.schema, way, of);
                continue;
            }
            if !unsure.is_empty() {
                continue;
            }
            let what = format!("{of} isn't {} any more", media.name);
            let told = Told { kind: FindingKind::AnswerRemoved, what, mend: "keep the media type beside the others" };
            self.tell(Some(media.place.spot()), Some(at.spot()), told);
        }
    }
}
