//! `oneOf` and `anyOf`: each alternative must find one on the other side that it fits.

use super::schema::Sides;
use super::{Comparison, Compatibility, FindingKind, MOST_TRIED, Way};
use crate::seam::openapi::Place;

/// The most alternatives of one group.
const MOST: usize = 200;

impl<'a> Comparison<'a> {
    /// Compares the alternatives; whether what stands beside them is still to be compared.
    pub(super) fn alternatives(&mut self, sides: &Sides<'_, 'a>, was: &[Place<'a>], is: &[Place<'a>]) -> bool {
        let (old, new) = (&sides.was.groups, &sides.is.groups);
        if old.iter().chain(new).any(|group| group.len() > MOST) {
            self.doubt(
                was.first(),
                is.first(),
                format!("{} has more alternatives than are compared", sides.name),
                "look at them yourself",
            );
            return false;
        }
        match (old.as_slice(), new.as_slice()) {
            ([], []) => true,
            (old, new) if old.len() == new.len() => {
                old.iter().zip(new).for_each(|(old, new)| self.group(sides, old, new));
                true
            }
            // one side is a choice, the other is not: each choice together with what stands beside it
            ([], [new]) => {
                let choices: Vec<_> = new.iter().map(|choice| with_choice(is, choice)).collect();
                self.choices(sides, &[was.to_vec()], &choices);
                false
            }
            ([old], []) => {
                let choices: Vec<_> = old.iter().map(|choice| with_choice(was, choice)).collect();
                self.choices(sides, &choices, &[is.to_vec()]);
                false
            }
            (_, _) => {
                let what =
                    format!("{} is put together of other choices than before, which aren't compared", sides.name);
                self.doubt(was.first(), is.first(), what, "look at them yourself");
                false
            }
        }
    }

    fn group(&mut self, sides: &Sides<'_, 'a>, old: &[Place<'a>], new: &[Place<'a>]) {
        let one = |place: &Place<'a>| vec![place.clone()];
        let (old, new): (Vec<_>, Vec<_>) = (old.iter().map(one).collect(), new.iter().map(one).collect());
        self.choices(sides, &old, &new);
    }

    /// Each of the inner side's choices must fit one of the outer side's.
    fn choices(&mut self, sides: &Sides<'_, 'a>, old: &[Vec<Place<'a>>], new: &[Vec<Place<'a>>]) {
        let (inner, outer) = match sides.way {
            Way::Answered => (new, old),
            Way::Taken => (old, new),
        };
        for (at, choice) in inner.iter().enumerate() {
            let name = self.choice_name(sides, choice);
            let twin = outer.iter().find(|other| self.is_twin(sides.way, choice, other));
            if let Some(twin) = twin {
                self.pair_of(sides.way, choice, twin, &name);
                continue;
            }
            // the one at the same place first: most of the time it is the one
            let order = outer.get(at).into_iter().chain(outer);
            let fits = order.into_iter().any(|other| self.is_fitting(sides.way, choice, other, &name));
            if fits {
                continue;
            }
            match (outer.get(at), old.len() == new.len()) {
                // nothing was added or taken away: what doesn't fit is told of the one that stood there
                (Some(other), true) => self.pair_of(sides.way, choice, other, &name),
                _ => self.fits_none(sides, &name),
            }
        }
    }

    fn fits_none(&mut self, sides: &Sides<'_, 'a>, choice: &str) {
        let name = sides.name;
        let (what, mend) = match sides.way {
            Way::Answered => (format!("{name} may be {choice}, which nobody was told of"), "tell the consumers first"),
            Way::Taken => (format!("{name} doesn't take {choice} any more"), "take it until nobody sends it"),
        };
        self.tell_of(sides, FindingKind::Type, what, mend);
    }

    fn pair_of(&mut self, way: Way, inner: &[Place<'a>], outer: &[Place<'a>], name: &str) {
        match way {
            Way::Answered => self.compare(outer, inner, way, name),
            Way::Taken => self.compare(inner, outer, way, name),
        }
    }

    /// Tries whether two fit, and leaves no trace if they don't.
    fn is_fitting(&mut self, way: Way, inner: &[Place<'a>], outer: &[Place<'a>], name: &str) -> bool {
        if self.tried > MOST_TRIED {
            self.is_exhausted = true;
            return false;
        }
        let before = self.order.len();
        let findings = std::mem::take(&mut self.found);
        self.pair_of(way, inner, outer, name);
        let tried = std::mem::replace(&mut self.found, findings);
        let fits = tried == Compatibility::default() && !self.is_exhausted;
        if !fits {
            self.tried += self.order.len() - before;
            for pair in self.order.drain(before..) {
                self.seen.remove(&pair);
            }
        }
        fits
    }

    /// Whether two choices go by the same name.
    fn is_twin(&self, way: Way, inner: &[Place<'a>], outer: &[Place<'a>]) -> bool {
        let (old, new) = match way {
            Way::Answered => (outer, inner),
            Way::Taken => (inner, outer),
        };
        match (old.last(), new.last()) {
            (Some(old), Some(new)) => self.relied.named(old).is_some_and(|name| Some(name) == self.promised.named(new)),
            _ => false,
        }
    }

    fn choice_name(&self, sides: &Sides<'_, 'a>, choice: &[Place<'a>]) -> String {
        let contract = match sides.way {
            Way::Answered => &self.promised,
            Way::Taken => &self.relied,
        };
        let named = choice.last().and_then(|place| contract.named(place));
        let typed = || choice.last().and_then(|place| place.text("type")).map(|word| format!("`{word}`"));
        named.or_else(typed).unwrap_or_else(|| format!("one of the choices of {}", sides.name))
    }
}

/// A choice and what stands beside its group.
fn with_choice<'a>(beside: &[Place<'a>], choice: &Place<'a>) -> Vec<Place<'a>> {
    let chosen = beside.iter().map(|place| Place { is_chosen: true, ..place.clone() });
    chosen.chain([choice.clone()]).collect()
}
