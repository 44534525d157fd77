//! The seams. One that was never looked at can't be told.

use super::SeamStatus;
use crate::plan::Plan;
use crate::rollout::observed::{Observed, Seen};
use crate::rollout::seam::SeamSeen;

/// Every seam of the plan, in its order.
pub(super) fn seams(plan: &Plan, observed: &Observed) -> Vec<SeamStatus> {
    let status = |seam: &crate::plan::Seam| {
        let Seen { value, why, at, .. } = observed.seams.get(&seam.id).cloned().unwrap_or_default();
        let why = why.unwrap_or_else(|| "not looked at yet".to_owned());
        let seen = value.unwrap_or_else(|| SeamSeen::unknown(why));
        SeamStatus {
            id: seam.id.clone(),
            title: seam.title.clone(),
            rule: seam.rule,
            repos: seam.repos().into_iter().cloned().collect(),
            state: seen.state,
            detail: seen.detail,
            misfits: seen.misfits,
            more: seen.more,
            at: seen.at,
            observed_at: at,
        }
    };
    plan.document().seam.iter().map(status).collect()
}
