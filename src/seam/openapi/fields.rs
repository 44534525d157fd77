//! What a contract offers under a name, for rules that compare names: fields of a schema or of an answer, values of an
//! enumeration.

use std::collections::{BTreeMap, BTreeSet};

use super::parts::Parts;
use super::reference::Doubt;
use super::shape::{Mark, Shape};
use super::{Contract, OperationKey, Place, Spot};
use crate::seam::document::{Node, Pointer};

/// How deep alternatives may lie in each other.
const DEEPEST: usize = 16;

/// A name that a contract offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The name.
    pub name: String,
    /// Where it stands.
    pub spot: Spot,
    /// Whether it is only there in some of several alternatives (`oneOf`, `anyOf`).
    pub depends: bool,
}

/// Names that a contract offers, and what kept others from being known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// The names, in their order.
    pub fields: Vec<Field>,
    /// Why there may be more: references that weren't followed, with where they stand.
    pub unknown: Vec<(Spot, String)>,
}

impl<'a> Contract<'a> {
    /// The fields of a named schema; `None` if there is no such schema.
    pub fn fields(&self, schema: &str) -> Option<Listing> {
        Some(self.listing(&[self.schema(schema)?], Offer::Named))
    }

    /// The same without those that are only ever sent (`writeOnly`).
    pub fn fields_answered(&self, schema: &str) -> Option<Listing> {
        Some(self.listing(&[self.schema(schema)?], Offer::Answered))
    }

    /// The fields of what an operation answers when all is well, those of the items where that is a list; `None` if there is no
    /// such operation, or no such answer.
    pub fn answered(&self, operation: &OperationKey) -> Option<Listing> {
        let found = self.operations().into_iter().find(|found| found.key() == *operation)?;
        let parts = Parts::of(self, &found);
        let mut answers: Vec<_> = parts.answers.iter().filter(|answer| answer.status.starts_with('2')).collect();
        answers.sort_by_key(|answer| &answer.status);
        let schema = &answers.iter().find_map(|answer| answer.media.first())?.schema;
        let shape = Shape::of(self, schema);
        let places = if shape.items.is_empty() { schema } else { &shape.items };
        let mut listing = self.listing(places, Offer::Answered);
        listing.unknown.extend(parts.doubts.into_iter().map(told));
        Some(listing)
    }

    /// The values that a named schema, or one of its fields, may have; `None` if it is no enumeration.
    pub fn values(&self, schema: &str, field: Option<&str>) -> Option<Listing> {
        let place = self.schema(schema)?;
        let places = match field {
            None => vec![place],
            Some(field) => Shape::of(self, &[place]).properties.remove(field)?,
        };
        let shape = Shape::of(self, &places);
        let shape = if shape.items.is_empty() { shape } else { Shape::of(self, &shape.items) };
        let pointer = places.first().map(|place| place.pointer.clone()).unwrap_or_default();
        let named = |node: &&Node| Some((node.word()?, Spot { pointer: pointer.clone(), line: node.line }));
        let values =
            shape.values?.iter().filter_map(named).map(|(name, spot)| Field { name, spot, depends: false }).collect();
        Some(Listing { fields: values, unknown: shape.doubts.into_iter().map(told).collect() })
    }

    fn listing(&self, places: &[Place<'a>], offer: Offer) -> Listing {
        let mut all = Collected { offer, found: BTreeMap::new(), unknown: Vec::new(), seen: BTreeSet::new() };
        self.collect(places, DEEPEST, false, &mut all);
        let mut fields: Vec<_> = all.found.into_values().collect();
        fields.sort_by(|a, b| (a.spot.line, &a.name).cmp(&(b.spot.line, &b.name)));
        Listing { fields, unknown: all.unknown }
    }

    fn collect(&self, places: &[Place<'a>], depth: usize, depends: bool, all: &mut Collected) {
        let shape = Shape::of(self, places);
        all.unknown.extend(shape.doubts.into_iter().map(told));
        for (name, places) in shape.properties {
            let Some(place) = places.first() else { continue };
            if all.offer == Offer::Answered && Shape::of(self, &places).has(Mark::WriteOnly) {
                continue;
            }
            let field = Field { name: name.to_owned(), spot: place.spot(), depends };
            let kept = all.found.entry(name.to_owned()).or_insert(field);
            kept.depends &= depends;
        }
        for alternative in shape.groups.into_iter().flatten() {
            if depth > 0 && all.seen.insert(alternative.pointer.clone()) {
                self.collect(&[alternative], depth - 1, true, all);
            }
        }
    }
}

/// Which fields count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Offer {
    /// All that are named, whichever way they go.
    Named,
    /// Those that are answered.
    Answered,
}

/// What was listed so far.
struct Collected {
    offer: Offer,
    found: BTreeMap<String, Field>,
    unknown: Vec<(Spot, String)>,
    seen: BTreeSet<Pointer>,
}

fn told(doubt: Doubt<'_>) -> (Spot, String) {
    (doubt.place.spot(), doubt.because)
}
