//! One schema against another: types, fields, items. Who may have more is a matter of the [`Way`].

use std::collections::BTreeMap;

use super::operations::holds_reference;
use super::{Comparison, DEEPEST, FindingKind, MOST_PAIRS, Told, Way};
use crate::seam::openapi::shape::{Mark, Shape};
use crate::seam::openapi::{Contract, Place, Spot, similar, types};

/// Two schemas that are being compared.
pub(super) struct Sides<'s, 'a> {
    pub(super) was: &'s Shape<'a>,
    pub(super) is: &'s Shape<'a>,
    pub(super) from: Option<Spot>,
    pub(super) to: Option<Spot>,
    pub(super) way: Way,
    /// What they are called in a sentence.
    pub(super) name: &'s str,
    /// The schema's own name, where it has one.
    pub(super) schema: Option<&'s str>,
}

impl<'a> Comparison<'a> {
    /// Compares two schemas, each of which may be put together of several. Whoever holds itself is compared once.
    pub(super) fn compare(&mut self, was: &[Place<'a>], is: &[Place<'a>], way: Way, name: &str) {
        let was: Vec<_> = was.iter().map(|place| self.relied.landing(place)).collect();
        let is: Vec<_> = is.iter().map(|place| self.promised.landing(place)).collect();
        let keys =
            |places: &[Place<'a>]| places.iter().map(|at| (at.pointer.clone(), at.is_chosen)).collect::<Vec<_>>();
        let pair = (keys(&was), keys(&is), way);
        self.reached.extend(was.iter().map(|place| place.pointer.clone()));
        if !self.seen.insert(pair.clone()) {
            return;
        }
        self.order.push(pair);
        self.pairs += 1;
        if self.pairs > MOST_PAIRS || self.depth >= DEEPEST {
            self.is_exhausted = true;
            return;
        }
        self.depth += 1;
        let own_name = match was.as_slice() {
            [place] => self.relied.name_of(place),
            _ => None,
        };
        self.shapes(&was, &is, way, own_name.as_deref().unwrap_or(name), own_name.as_deref());
        self.depth -= 1;
    }

    fn shapes(&mut self, was: &[Place<'a>], is: &[Place<'a>], way: Way, name: &str, schema: Option<&str>) {
        let (a, b) = (Shape::of(&self.relied, was), Shape::of(&self.promised, is));
        if self.doubts(&a.doubts, &b.doubts, name) {
            return;
        }
        let spot = |places: &[Place<'a>]| places.first().map(Place::spot);
        let sides = Sides { was: &a, is: &b, from: spot(was), to: spot(is), way, name, schema };
        if !self.alternatives(&sides, was, is) {
            return;
        }
        if !self.types(&sides) {
            return;
        }
        self.values(&sides);
        self.limits(&sides);
        self.formats(&sides);
        self.told_apart(&sides);
        self.default_value(&sides);
        self.others(&sides);
        match way {
            Way::Answered => self.answered_fields(&sides),
            Way::Taken => self.taken_fields(&sides),
        }
        self.insides(&sides);
    }

    /// Whether the types fit; the rest is only worth a look if they do.
    fn types(&mut self, sides: &Sides<'_, 'a>) -> bool {
        let (was, is) = (&sides.was.types, &sides.is.types);
        let too_many = match sides.way {
            Way::Answered => types::beyond(is, was),
            Way::Taken => types::beyond(was, is),
        };
        if too_many.is_empty() {
            return true;
        }
        let (name, was, is) = (sides.name, types::worded(was), types::worded(is));
        let (what, mend) = match sides.way {
            Way::Answered => (format!("{name} was {was}, and is {is}"), "answer with the type that was promised"),
            Way::Taken => (format!("{name} took {was}, and takes {is}"), "take what was taken"),
        };
        self.tell_of(sides, FindingKind::Type, what, mend);
        false
    }

    pub(super) fn tell_of(&mut self, sides: &Sides<'_, 'a>, kind: FindingKind, what: String, mend: &str) {
        self.tell(sides.from.clone(), sides.to.clone(), Told { kind, what, mend });
    }

    fn answered_fields(&mut self, sides: &Sides<'_, 'a>) {
        let (was, is, name) = (sides.was, sides.is, sides.name);
        for (field, places) in &was.properties {
            let is_read = self.only.is_none_or(|only| only.reads(sides.schema, field));
            if !is_read || is_marked(&self.relied, places, Mark::WriteOnly) {
                continue;
            }
            match is.properties.get(field) {
                Some(others) if !is_marked(&self.promised, others, Mark::WriteOnly) => {
                    if was.required.contains(field) && !is.required.contains(field) {
                        let told = Told {
                            kind: FindingKind::FieldOptional,
                            what: format!("`{field}` of {name} may be missing, and was always there"),
                            mend: "list it among the required fields again",
                        };
                        self.tell(places.first().map(Place::spot), others.first().map(Place::spot), told);
                    }
                    self.compare(places, others, Way::Answered, &format!("`{field}` of {name}"));
                }
                _ => self.field_is_gone(sides, field, places),
            }
        }
        let unlisted = was.required.iter().filter(|field| !was.properties.contains_key(*field));
        for field in unlisted.filter(|field| !is.required.contains(*field)) {
            if self.only.is_none_or(|only| only.reads(sides.schema, field)) {
                let what = format!("`{field}` of {name} may be missing, and was always there");
                self.tell_of(sides, FindingKind::FieldOptional, what, "list it among the required fields again");
            }
        }
    }

    fn taken_fields(&mut self, sides: &Sides<'_, 'a>) {
        let (was, is, name) = (sides.was, sides.is, sides.name);
        for field in &is.required {
            let places = is.properties.get(field).map(Vec::as_slice).unwrap_or_default();
            let before = was.properties.get(field).map(Vec::as_slice).unwrap_or_default();
            // what is only ever answered is sent by nobody, required or not
            let was_sent = was.required.contains(field) && !is_marked(&self.relied, before, Mark::ReadOnly);
            if was_sent || is_marked(&self.promised, places, Mark::ReadOnly) {
                continue;
            }
            let what = if was.properties.contains_key(field) {
                format!("{name} asks for `{field}`, which was optional")
            } else {
                format!("{name} asks for `{field}`, which nobody sends yet")
            };
            let to = places.first().map(Place::spot).or_else(|| sides.to.clone());
            let told = Told { kind: FindingKind::InputRequired, what, mend: "make it optional" };
            self.tell(sides.from.clone(), to, told);
        }
        for (field, places) in &was.properties {
            if is_marked(&self.relied, places, Mark::ReadOnly) {
                continue;
            }
            match is.properties.get(field) {
                Some(others) if is_marked(&self.promised, others, Mark::ReadOnly) => {
                    let told = Told {
                        kind: FindingKind::FieldRemoved,
                        what: format!("`{field}` of {name} is read-only, and was taken"),
                        mend: "take the field until nobody sends it",
                    };
                    self.tell(places.first().map(Place::spot), others.first().map(Place::spot), told);
                }
                Some(others) => self.compare(places, others, Way::Taken, &format!("`{field}` of {name}")),
                None if !is.additional.is_empty() => {
                    self.compare(places, &is.additional, Way::Taken, &format!("`{field}` of {name}"));
                }
                None => self.field_is_gone(sides, field, places),
            }
        }
        if is.has(Mark::Closed) && !was.has(Mark::Closed) {
            let what = format!("{name} takes no other fields than those it lists, and did before");
            self.tell_of(sides, FindingKind::Type, what, "take other fields, and pass them over");
        }
    }

    fn field_is_gone(&mut self, sides: &Sides<'_, 'a>, field: &str, places: &[Place<'a>]) {
        let (was, is, name) = (sides.was, sides.is, sides.name);
        let types = Shape::of(&self.relied, places).types;
        let fresh = is.properties.iter().filter(|(other, places)| {
            !was.properties.contains_key(*other) && Shape::of(&self.promised, places).types == types
        });
        let fresh: Vec<_> = fresh.map(|(other, _)| *other).collect();
        let guess = similar::most_alike(field, fresh);
        let what = match guess {
            Some(guess) => format!("`{field}` of {name} is gone: was it renamed to `{guess}`?"),
            None => format!("`{field}` of {name} is gone"),
        };
        let near = guess.and_then(|guess| is.properties.get(guess)?.first().map(Place::spot));
        let mend = match sides.way {
            Way::Answered => "answer with the field beside what replaces it, until nobody reads it",
            Way::Taken => "take the field until nobody sends it",
        };
        let told = Told { kind: FindingKind::FieldRemoved, what, mend };
        self.tell(places.first().map(Place::spot), near.or_else(|| sides.to.clone()), told);
    }

    /// Fields that a map may always have had, under any name.
    fn fields_of_a_map(&mut self, sides: &Sides<'_, 'a>) {
        let (was, is, name) = (sides.was, sides.is, sides.name);
        if was.additional.is_empty() {
            return;
        }
        for (field, places) in is.properties.iter().filter(|(field, _)| !was.properties.contains_key(*field)) {
            self.compare(&was.additional, places, sides.way, &format!("`{field}` of {name}"));
        }
        if sides.way == Way::Answered && is.has(Mark::Closed) {
            let what = format!("{name} has no other fields than those it lists, and had");
            self.tell_of(sides, FindingKind::FieldRemoved, what, "answer with what was answered");
        }
    }

    /// Who was told that no other field comes may refuse what has one.
    fn opened(&mut self, sides: &Sides<'_, 'a>) {
        let (was, is, name) = (sides.was, sides.is, sides.name);
        if sides.way != Way::Answered || !was.has(Mark::Closed) {
            return;
        }
        let fresh: Vec<_> = is.properties.keys().filter(|field| !was.properties.contains_key(*field)).collect();
        let what = match fresh.first() {
            Some(field) => format!("{name} has `{field}`, and was said to have no other fields than those it listed"),
            None if is.has(Mark::Closed) => return,
            None => format!("{name} may have other fields than those it lists, and was said not to"),
        };
        self.tell_of(sides, FindingKind::Type, what, "tell the consumers first, or keep `additionalProperties: false`");
    }

    /// The items of lists, and what other fields hold.
    fn insides(&mut self, sides: &Sides<'_, 'a>) {
        let (was, is, name, way) = (sides.was, sides.is, sides.name, sides.way);
        self.fields_of_a_map(sides);
        self.opened(sides);
        if !(was.items.is_empty() && is.items.is_empty()) {
            self.compare(&was.items, &is.items, way, &format!("an item of {name}"));
        }
        let says_nothing = was.additional.is_empty() && is.additional.is_empty();
        if !(says_nothing || was.has(Mark::Closed) || is.has(Mark::Closed)) {
            self.compare(&was.additional, &is.additional, way, &format!("another field of {name}"));
        }
    }

    /// Keywords that aren't understood: the same on both sides, or unknown.
    fn others(&mut self, sides: &Sides<'_, 'a>) {
        let (was, is) = (&sides.was.others, &sides.is.others);
        let keywords: std::collections::BTreeSet<_> = was.keys().chain(is.keys()).copied().collect();
        for keyword in keywords {
            let parts = |side: &BTreeMap<&str, Vec<Place<'a>>>| side.get(keyword).cloned().unwrap_or_default();
            let (a, b) = (parts(was), parts(is));
            let is_same = |(a, b): (&Place<'_>, &Place<'_>)| a.node.is_same(b.node) && !holds_reference(a.node);
            if a.len() != b.len() || !a.iter().zip(&b).all(is_same) {
                let what =
                    format!("`{keyword}` of {} isn't understood, so it isn't known whether it still fits", sides.name);
                self.doubt(a.first(), b.first(), what, "look at it yourself");
            }
        }
    }
}

/// Whether what is said of a field marks it.
fn is_marked<'a>(contract: &Contract<'a>, places: &[Place<'a>], mark: Mark) -> bool {
    Shape::of(contract, places).has(mark)
}
