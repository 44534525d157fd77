//! `present`: every source finds something, such as the line that logs a failure.

use super::{Material, Outcome, Part, Sides, counted};
use crate::plan::seam::Side;
use crate::rollout::seam::{Misfit, Quote, Standing};

pub(super) fn judge(sides: &Sides) -> Outcome {
    let found = |part: &Part| match &part.material {
        Material::Items(items) => items.len(),
        Material::Text { .. } => 1,
    };
    let all = || Side::BOTH.into_iter().flat_map(|side| sides.side(side).iter().map(move |part| (side, part)));
    let count = all().map(|(_, part)| found(part)).sum();
    let mut outcome = Outcome::holds(format!("found in {}", counted(count, "place")));
    for (side, part) in all().filter(|(_, part)| found(part) == 0) {
        outcome.add(|| Misfit {
            what: format!("{}: {}: what must stand there doesn't", part.repo, part.whence),
            mend: format!("add it in {}, or correct the seam's {side}", part.repo),
            quotes: vec![Quote {
                side,
                repo: part.repo.clone(),
                sha: sides.at.get(&part.repo).and_then(Standing::sha).cloned(),
                file: part.whence.clone(),
                line: 0,
                text: String::new(),
            }],
        });
    }
    outcome
}
