//! Values, limits and formats of two schemas.

use std::collections::BTreeSet;

use super::schema::Sides;
use super::{Comparison, FindingKind, Way};
use crate::seam::document::Node;
use crate::seam::openapi::shape::{LIMITS, is_tighter};

/// The most values that are named in a sentence.
const NAMED: usize = 8;

impl<'a> Comparison<'a> {
    pub(super) fn values(&mut self, sides: &Sides<'_, 'a>) {
        let (was, is, name) = (&sides.was.values, &sides.is.values, sides.name);
        match (sides.way, was, is) {
            (Way::Answered, None, _) | (Way::Taken, _, None) => {}
            (Way::Answered, Some(_), None) => {
                let what = format!("{name} had listed values, and may have any");
                self.tell_of(sides, FindingKind::Value, what, "list the values that may come");
            }
            (Way::Taken, None, Some(values)) => {
                let what = format!("{name} took any value, and takes {}", named(values));
                self.tell_of(sides, FindingKind::Value, what, "take the values that were taken");
            }
            (Way::Answered, Some(was), Some(is)) => {
                let added = missing(is, was);
                if !added.is_empty() {
                    let what = format!("{name} may be {}, which nobody was told of", named(&added));
                    let mend = "tell the consumers first, or answer with a value that they know";
                    self.tell_at(sides, None, added.first().copied(), FindingKind::Value, what, mend);
                }
            }
            (Way::Taken, Some(was), Some(is)) => {
                let removed = missing(was, is);
                if !removed.is_empty() {
                    let what = format!("{name} doesn't take {} any more", named(&removed));
                    let mend = "take the value until nobody sends it";
                    self.tell_at(sides, removed.first().copied(), None, FindingKind::Value, what, mend);
                }
            }
        }
    }

    /// Tells with the lines of values instead of those of their schemas.
    fn tell_at(
        &mut self,
        sides: &Sides<'_, 'a>,
        was: Option<&Node>,
        is: Option<&Node>,
        kind: FindingKind,
        what: String,
        mend: &str,
    ) {
        let (mut from, mut to) = (sides.from.clone(), sides.to.clone());
        for (spot, node) in [(&mut from, was), (&mut to, is)] {
            if let (Some(spot), Some(node)) = (spot, node) {
                spot.line = node.line;
            }
        }
        self.tell(from, to, super::Told { kind, what, mend });
    }

    pub(super) fn limits(&mut self, sides: &Sides<'_, 'a>) {
        for (limit, bound) in LIMITS {
            let (was, is) = (sides.was.limits.get(limit).copied(), sides.is.limits.get(limit).copied());
            // the side whose values must be within the other's
            let (inner, outer) = match sides.way {
                Way::Answered => (is, was),
                Way::Taken => (was, is),
            };
            let breaks = match (inner, outer) {
                (_, None) => false,
                (None, Some(_)) => true,
                (Some(inner), Some(outer)) => is_tighter(bound, outer, inner),
            };
            if breaks {
                let word = |node: Option<&Node>| node.and_then(Node::word).unwrap_or_else(|| "none".to_owned());
                let what = format!("the {limit} of {} was {}, and is {}", sides.name, word(was), word(is));
                let mend = match sides.way {
                    Way::Answered => "keep to the limit that was promised",
                    Way::Taken => "take what was taken",
                };
                self.tell_at(sides, was, is, FindingKind::Type, what, mend);
            }
        }
    }

    pub(super) fn formats(&mut self, sides: &Sides<'_, 'a>) {
        let (was, is) = (sides.was, sides.is);
        self.constraint(sides, "format", &was.formats, &is.formats);
        let both_have = !was.patterns.is_empty() && !is.patterns.is_empty();
        if both_have && was.patterns != is.patterns {
            let what = format!(
                "the pattern of {} is another one, and it isn't known whether all that fitted still does",
                sides.name
            );
            self.tell_of(sides, FindingKind::Unknown, what, "look at it yourself");
        } else {
            self.constraint(sides, "pattern", &was.patterns, &is.patterns);
        }
    }

    /// Who leaves a field out means its default.
    pub(super) fn default_value(&mut self, sides: &Sides<'_, 'a>) {
        let Some(was) = sides.was.default.filter(|_| sides.way == Way::Taken) else { return };
        if sides.is.default.is_some_and(|is| is.is_same(was)) {
            return;
        }
        let word = |node: Option<&Node>| node.map_or_else(|| "none".to_owned(), |node| named(&[node]));
        let what = format!("the default of {} was {}, and is {}", sides.name, word(Some(was)), word(sides.is.default));
        self.tell_at(
            sides,
            Some(was),
            sides.is.default,
            FindingKind::Unknown,
            what,
            "look at who relies on the default",
        );
    }

    /// What is answered must keep to all that was promised; of what is taken, nothing more may be asked.
    fn constraint(&mut self, sides: &Sides<'_, 'a>, word: &str, was: &BTreeSet<&str>, is: &BTreeSet<&str>) {
        let fits = match sides.way {
            Way::Answered => was.is_subset(is),
            Way::Taken => is.is_subset(was),
        };
        if !fits {
            let listed = |names: &BTreeSet<&str>| {
                let names: Vec<_> = names.iter().copied().collect();
                if names.is_empty() { "none".to_owned() } else { names.join(" and ") }
            };
            let what = format!("the {word} of {} was {}, and is {}", sides.name, listed(was), listed(is));
            self.tell_of(sides, FindingKind::Type, what, "keep the one that was promised");
        }
    }
}

/// The values of the first that the second doesn't have.
fn missing<'a>(values: &[&'a Node], among: &[&Node]) -> Vec<&'a Node> {
    values.iter().filter(|value| !among.iter().any(|other| other.is_same(value))).copied().collect()
}

fn named(values: &[&Node]) -> String {
    let word = |node: &&Node| format!("`{}`", node.word().unwrap_or_else(|| node.value.kind().to_owned()));
    let mut words: Vec<_> = values.iter().take(NAMED).map(word).collect();
    if values.len() > NAMED {
        words.push(format!("{} more", values.len() - NAMED));
    }
    if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
}
