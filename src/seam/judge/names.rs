//! `subset` and `equal`: the names of both sides. Where operations of an API are among them, a path's variables count whatever
//! they are called.

mod key;

use std::collections::BTreeMap;

use self::key::{Folding, Key};
use super::likely::likely;
use super::{Outcome, Sides, Verdict, counted, place};
use crate::plan::Seam;
use crate::plan::seam::{Rule, Side};
use crate::rollout::seam::Misfit;
use crate::seam::Item;

/// How many uses of one missing name are quoted.
const QUOTED: usize = 3;
/// How many names of the other side are listed where none is alike.
const LISTED: usize = 12;

/// Each name of a side with the places where it stands.
type Names<'a> = BTreeMap<Key, Vec<&'a Item>>;

pub(super) fn judge(seam: &Seam, sides: &Sides) -> Verdict {
    let folding = Folding::of(seam);
    let gather = |side| -> Result<Names<'_>, String> {
        let mut names = Names::new();
        for item in sides.items(side)? {
            names.entry(folding.key(&item.text)).or_default().push(item);
        }
        Ok(names)
    };
    let (producer, consumer) = (gather(Side::Producer)?, gather(Side::Consumer)?);
    let mut outcome = Outcome::holds(if seam.rule == Rule::Equal {
        format!("{} on both sides, the same", counted(consumer.len(), "name"))
    } else {
        format!(
            "{} in {}, among the {} of {}",
            counted(consumer.len(), "name"),
            sides.names(Side::Consumer),
            producer.len(),
            sides.names(Side::Producer)
        )
    });
    for (key, uses) in consumer.iter().filter(|(key, _)| !key.is_among(&producer)) {
        outcome.add(|| missing(sides, Side::Consumer, key, uses, &producer));
    }
    if seam.rule == Rule::Equal {
        for (key, uses) in producer.iter().filter(|(key, _)| !key.is_among(&consumer)) {
            outcome.add(|| missing(sides, Side::Producer, key, uses, &consumer));
        }
    }
    Ok(outcome)
}

/// A name that one side has and the other hasn't.
fn missing(sides: &Sides, side: Side, key: &Key, uses: &[&Item], others: &Names<'_>) -> Misfit {
    let other_side = match side {
        Side::Producer => Side::Consumer,
        Side::Consumer => Side::Producer,
    };
    let other = sides.names(other_side);
    let Some(first) = uses.first() else {
        return Misfit { what: String::new(), mend: String::new(), quotes: Vec::new() };
    };
    let verb = match side {
        Side::Consumer => "uses",
        Side::Producer => "has",
    };
    let more = match uses.len() {
        0 | 1 => String::new(),
        more => format!(" (and in {} more)", counted(more - 1, "place")),
    };
    let what = format!("{} {verb} `{}`{more}, which {other} doesn't have", place(first), first.text);
    let alike = likely(&key.name, others.keys().map(|key| key.name.as_str()));
    let alike = alike.and_then(|name| others.iter().find(|(key, _)| key.name == name)).and_then(|(_, at)| at.first());
    let mut quotes: Vec<_> = uses.iter().take(QUOTED).map(|item| sides.quote(side, item)).collect();
    let mend = if let Some(alike) = alike {
        quotes.push(sides.quote(other_side, alike));
        match side {
            Side::Consumer => {
                format!("{} has `{}`: write that, or add `{}` to {other}", place(alike), alike.text, first.text)
            }
            Side::Producer => format!("{} has `{}`: make them the same", place(alike), alike.text),
        }
    } else {
        quotes.extend(others.values().filter_map(|at| at.first()).take(1).map(|item| sides.quote(other_side, item)));
        let listed: Vec<_> =
            others.values().filter_map(|at| at.first()).take(LISTED).map(|item| item.text.as_str()).collect();
        let rest = others.len().saturating_sub(listed.len());
        let rest = if rest == 0 { String::new() } else { format!(" and {rest} more") };
        format!("add `{}` to {other}, or drop it; there are: {}{rest}", first.text, listed.join(", "))
    };
    Misfit { what, mend, quotes }
}
