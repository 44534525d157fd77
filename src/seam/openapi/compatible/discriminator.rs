//! What tells the alternatives of a schema apart: the field, and which of its values stand for which.

use std::collections::BTreeMap;
use std::slice;

use super::schema::Sides;
use super::{Comparison, FindingKind, Told, Way};
use crate::seam::openapi::shape::Discriminator;
use crate::seam::openapi::{Contract, Place};

/// Schemas by the value that stands for each; none where it isn't known what it stands for.
type Mapping<'a> = BTreeMap<&'a str, Option<Place<'a>>>;

impl<'a> Comparison<'a> {
    pub(super) fn told_apart(&mut self, sides: &Sides<'_, 'a>) {
        let name = sides.name;
        let (was, is) = match (&sides.was.discriminator, &sides.is.discriminator) {
            // who sends something says no less than before
            (None, _) => return,
            (Some(_), None) if sides.way == Way::Taken => return,
            (Some(was), None) => {
                let what = format!("{name} was told apart by `{}`, and isn't said to be any more", was.field);
                self.doubt(Some(&was.place), None, what, "say again what tells the alternatives apart");
                return;
            }
            (Some(was), Some(is)) => (was, is),
        };
        if was.field != is.field {
            let what = format!("{name} was told apart by `{}`, and is by `{}`", was.field, is.field);
            self.tell_of(sides, FindingKind::Type, what, "keep the field that tells the alternatives apart");
            return;
        }
        match (&was.mapping, &is.mapping) {
            (None, None) => {}
            (Some(old), Some(new)) => {
                let (old, new) = (mapping(&self.relied, old), mapping(&self.promised, new));
                self.mappings(sides, (was, &old), (is, &new));
            }
            (_, _) => {
                let (old, new) =
                    (names(&self.relied, was, &sides.was.groups), names(&self.promised, is, &sides.is.groups));
                if old != new {
                    let what = format!("it isn't known by which values of `{}` {name} is told apart", is.field);
                    self.doubt(Some(&was.place), Some(&is.place), what, "write the `mapping` on both sides");
                }
            }
        }
    }

    fn mappings(
        &mut self,
        sides: &Sides<'_, 'a>,
        (was, old): (&Discriminator<'a>, &Mapping<'a>),
        (is, new): (&Discriminator<'a>, &Mapping<'a>),
    ) {
        let (inner, outer) = match sides.way {
            Way::Answered => (new, old),
            Way::Taken => (old, new),
        };
        let (name, field) = (sides.name, was.field);
        for value in inner.keys() {
            if outer.contains_key(value) {
                let (Some(Some(a)), Some(Some(b))) = (old.get(value), new.get(value)) else {
                    let what = format!("what `{value}` of `{field}` stands for in {name} isn't known");
                    self.doubt(Some(&was.place), Some(&is.place), what, "let `mapping` name schemas of the document");
                    continue;
                };
                self.compare(slice::from_ref(a), slice::from_ref(b), sides.way, name);
                continue;
            }
            let (what, mend) = match sides.way {
                Way::Answered => (
                    format!("{name} may say `{value}` in `{field}`, which nobody was told of"),
                    "tell the consumers first, or answer with a value that they know",
                ),
                Way::Taken => {
                    (format!("{name} doesn't take `{value}` in `{field}` any more"), "take it until nobody sends it")
                }
            };
            let told = Told { kind: FindingKind::Value, what, mend };
            self.tell(Some(was.place.spot()), Some(is.place.spot()), told);
        }
    }
}

fn mapping<'a>(contract: &Contract<'a>, written: &Place<'a>) -> Mapping<'a> {
    let to = |target: &Place<'a>| {
        let text = target.node.text()?;
        let schema = text.strip_prefix("#/").map_or(Some(text), |_| text.rsplit('/').next())?;
        contract.schema(schema)
    };
    written.entries().into_iter().map(|(value, target)| (value, to(&target))).collect()
}

/// The names of schemas by the values that stand for them, where a value that isn't written is the schema's own name.
fn names<'a>(contract: &Contract<'a>, told: &Discriminator<'a>, groups: &[Vec<Place<'a>>]) -> BTreeMap<String, String> {
    let written = told.mapping.as_ref().map(|written| mapping(contract, written)).unwrap_or_default();
    let named = |place: &Place<'a>| contract.name_of(place);
    let mut names: BTreeMap<_, _> = written
        .iter()
        .map(|(value, to)| ((*value).to_owned(), to.as_ref().and_then(named).unwrap_or_default()))
        .collect();
    for name in groups.iter().flatten().filter_map(|choice| contract.named(choice)) {
        if !names.values().any(|known| *known == name) {
            names.insert(name.clone(), name);
        }
    }
    names
}
