//! `compatible`: what a consumer relied on in its copy of an OpenAPI document still stands in the producer's.

use super::data::{Whole, whole};
use super::{Outcome, Sides, Verdict, counted};
use crate::plan::seam::Side;
use crate::rollout::seam::Misfit;
use crate::seam::openapi::{self, Contract, Finding, FindingKind, compatible};

pub(super) fn judge(sides: &Sides) -> Verdict {
    let (promised, relied) = (whole(sides, Side::Producer)?, whole(sides, Side::Consumer)?);
    let (new, old) = (contract(&promised)?, contract(&relied)?);
    let found = compatible(&old, &new, None);
    let counts = [
        (old.operations().len(), "operation"),
        (old.webhooks().len(), "webhook"),
        (old.schema_names().len(), "schema"),
    ];
    let counts: Vec<_> =
        counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, noun)| counted(count, noun)).collect();
    let mut outcome = Outcome::holds(format!(
        "{} of {}: {} still stand in {}: {}",
        counts.join(" and "),
        relied.part.repo,
        relied.path,
        promised.part.repo,
        promised.path
    ));
    match found.verdict() {
        openapi::Verdict::Compatible => {}
        openapi::Verdict::Unknown => {
            let first = found.findings.first();
            let what = first.map_or("too much differs to be told", |finding| finding.what.as_str());
            let is_of_relied = first.is_some_and(|finding| finding.promised.is_none());
            let whole = if is_of_relied { &relied } else { &promised };
            return Err(format!("{}: {}: {what}", whole.part.repo, whole.path));
        }
        openapi::Verdict::Broken => {
            for finding in found.findings.iter().filter(|finding| finding.kind != FindingKind::Unknown) {
                outcome.add(|| misfit(sides, &promised, &relied, finding));
            }
            outcome.count += found.left_off;
        }
    }
    Ok(outcome)
}

fn contract<'a>(whole: &'a Whole<'_>) -> Result<Contract<'a>, String> {
    Contract::of(&whole.document).map_err(|fault| format!("{}: {}: {fault}", whole.part.repo, whole.path))
}

fn misfit(sides: &Sides, promised: &Whole<'_>, relied: &Whole<'_>, finding: &Finding) -> Misfit {
    let quote = |whole: &Whole<'_>, line: Option<usize>| line.map(|line| sides.quote(whole.side, &whole.item(line)));
    let (old, new) = (finding.relied.as_ref().map(|spot| spot.line), finding.promised.as_ref().map(|spot| spot.line));
    let at = old.map_or_else(|| relied.path.to_owned(), |line| format!("{}:{line}", relied.path));
    Misfit {
        what: format!("{}: {at}: {}", relied.part.repo, finding.what),
        mend: finding.mend.clone(),
        quotes: [quote(relied, old), quote(promised, new)].into_iter().flatten().collect(),
    }
}
