//! `owned`: each duty of a handover is claimed by exactly one repository. Two owners retry twice; none never does.

use std::collections::BTreeMap;

use super::{Material, Outcome, Sides, place};
use crate::plan::seam::{Duty, Side};
use crate::plan::{RepoName, Seam};
use crate::rollout::seam::Misfit;
use crate::seam::Item;

/// Who claims a duty, with the first place where each does.
type Claims<'a> = BTreeMap<&'a RepoName, (Side, &'a Item)>;

pub(super) fn judge(seam: &Seam, sides: &Sides) -> Outcome {
    let mut outcome = Outcome::default();
    let mut owned = Vec::new();
    for duty in Duty::ALL {
        let claims = claims(sides, duty);
        let owner = seam.owner.of(duty);
        // a plan that names owners asks for those duties, and for whatever is claimed beside
        if owner.is_none() && claims.is_empty() && !seam.owner.is_empty() {
            continue;
        }
        let mut claimants = claims.iter();
        match (claimants.next(), claimants.next(), owner) {
            (Some((only, _)), None, None) => owned.push(format!("{duty} is {only}'s")),
            (Some((only, _)), None, Some(owner)) if *only == owner => owned.push(format!("{duty} is {only}'s")),
            (Some((only, at)), None, Some(owner)) => outcome.add(|| stranger(sides, duty, only, owner, *at)),
            (None, _, _) => outcome.add(|| nobody(sides, duty, owner)),
            (Some(_), Some(_), _) => outcome.add(|| several(sides, duty, &claims, owner)),
        }
    }
    outcome.holds = owned.join(", ");
    outcome
}

fn claims(sides: &Sides, duty: Duty) -> Claims<'_> {
    let mut claims = Claims::new();
    for side in Side::BOTH {
        for part in sides.side(side) {
            let Material::Items(items) = &part.material else { continue };
            let says = |item: &&Item| item.text.trim().eq_ignore_ascii_case(duty.word());
            if let Some(item) = items.iter().find(says) {
                claims.entry(&part.repo).or_insert((side, item));
            }
        }
    }
    claims
}

fn nobody(sides: &Sides, duty: Duty, owner: Option<&RepoName>) -> Misfit {
    let (producer, consumer) = (sides.names(Side::Producer), sides.names(Side::Consumer));
    Misfit {
        what: format!("nobody owns {duty}: neither {producer} nor {consumer} claims it"),
        mend: match owner {
            Some(owner) => format!("let {owner} do it, and say so where the seam looks"),
            None => format!("decide which of them does it, and say so there; name it as `owner.{duty}`"),
        },
        quotes: Vec::new(),
    }
}

fn several(sides: &Sides, duty: Duty, claims: &Claims<'_>, owner: Option<&RepoName>) -> Misfit {
    let places: Vec<_> = claims.values().map(|(_, item)| place(item)).collect();
    let owner = owner.map_or_else(|| "only one of them".to_owned(), |owner| format!("only {owner}"));
    Misfit {
        what: format!("{duty} has {} owners: {}", claims.len(), places.join(" and ")),
        mend: format!("let {owner} do it, and take it out of the others"),
        quotes: claims.values().map(|(side, item)| sides.quote(*side, item)).collect(),
    }
}

fn stranger(sides: &Sides, duty: Duty, only: &RepoName, owner: &RepoName, (side, item): (Side, &Item)) -> Misfit {
    Misfit {
        what: format!("{} claims {duty}, which is {owner}'s", place(item)),
        mend: format!("move it to {owner}, or correct `owner.{duty}` to {only}"),
        quotes: vec![sides.quote(side, item)],
    }
}
