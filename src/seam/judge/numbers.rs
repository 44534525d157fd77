//! `at_most` and `at_least`: retry budgets, deadlines, limits.

use std::cmp::Ordering;

use super::{Outcome, Sides, Verdict, place};
use crate::plan::Seam;
use crate::plan::seam::{Rule, Side, Total};
use crate::rollout::seam::Misfit;
use crate::seam::Item;
use crate::seam::quantity::Quantity;

/// A number and where it comes from.
struct Told<'a> {
    number: Quantity,
    from: Vec<&'a Item>,
}

pub(super) fn judge(seam: &Seam, sides: &Sides) -> Verdict {
    let (producer, consumer) = (told(seam, sides, Side::Producer)?, told(seam, sides, Side::Consumer)?);
    let wrong = if seam.rule == Rule::AtMost { Ordering::Greater } else { Ordering::Less };
    let mut outcome = Outcome::default();
    for own in &consumer {
        for other in &producer {
            match own.number.compared(other.number) {
                None => return Err(unlike(own, other)),
                Some(order) if order == wrong => outcome.add(|| misfit(seam.rule, sides, own, other)),
                Some(_) => {}
            }
        }
    }
    let listed = |all: &[Told<'_>]| all.iter().map(|told| told.number.to_string()).collect::<Vec<_>>().join(", ");
    let word = if seam.rule == Rule::AtMost { "at most" } else { "at least" };
    outcome.holds = format!(
        "{} of {} is {word} the {} of {}",
        listed(&consumer),
        sides.names(Side::Consumer),
        listed(&producer),
        sides.names(Side::Producer)
    );
    Ok(outcome)
}

/// The numbers of a side, added up or multiplied where the seam says so.
fn told<'a>(seam: &Seam, sides: &'a Sides, side: Side) -> Result<Vec<Told<'a>>, String> {
    let mut all = Vec::new();
    for item in sides.items(side)? {
        let number = Quantity::read(&item.text, None)
            .ok_or_else(|| format!("{}: `{}` is neither a number nor a length of time", place(item), item.text))?;
        if number.is_negative() {
            return Err(format!("{}: {number} is below zero, which often stands for no limit at all", place(item)));
        }
        // curl, Go and many clients wait for ever then
        if seam.rule == Rule::AtMost && number.is_no_time() {
            return Err(format!("{}: {number} is no time, which often stands for no limit at all", place(item)));
        }
        all.push(Told { number, from: vec![item] });
    }
    let Some(total) = seam.total else { return Ok(all) };
    let joined = all.into_iter().map(Ok).reduce(|one, other| {
        let (one, other) = (one?, other?);
        let number = match total {
            Total::Sum => one.number.plus(other.number),
            Total::Product => one.number.times(other.number),
        };
        let verb = if total == Total::Sum { "added" } else { "multiplied" };
        let number = number.ok_or_else(|| {
            let at = other.from.first().map(|item| place(item)).unwrap_or_default();
            format!(
                "{at}: {} ({}) and {} ({}) can't be {verb}: give `unit`",
                one.number,
                one.number.kind.word(),
                other.number,
                other.number.kind.word()
            )
        })?;
        Ok::<_, String>(Told { number, from: one.from.into_iter().chain(other.from).collect() })
    });
    joined.into_iter().collect()
}

fn unlike(own: &Told<'_>, other: &Told<'_>) -> String {
    let at = |told: &Told<'_>| told.from.first().map(|item| place(item)).unwrap_or_default();
    format!(
        "{} is {} ({}), {} is {} ({}): give the plain one a `unit`",
        at(own),
        own.number,
        own.number.kind.word(),
        at(other),
        other.number,
        other.number.kind.word()
    )
}

fn misfit(rule: Rule, sides: &Sides, own: &Told<'_>, other: &Told<'_>) -> Misfit {
    let at = |told: &Told<'_>| told.from.iter().map(|item| place(item)).collect::<Vec<_>>().join(" with ");
    let (larger, word) = if rule == Rule::AtMost { ("more", "lower") } else { ("less", "raise") };
    let reverse = if rule == Rule::AtMost { "raise" } else { "lower" };
    Misfit {
        what: format!("{} comes to {}, {larger} than the {} of {}", at(own), own.number, other.number, at(other)),
        mend: format!(
            "{word} it to {} in {}, or {reverse} the {} in {}",
            other.number,
            sides.names(Side::Consumer),
            other.number,
            sides.names(Side::Producer)
        ),
        quotes: own
            .from
            .iter()
            .map(|item| sides.quote(Side::Consumer, item))
            .chain(other.from.iter().map(|item| sides.quote(Side::Producer, item)))
            .collect(),
    }
}
