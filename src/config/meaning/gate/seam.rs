//! `{ seam = "sdk-contract" }`: there is such a seam.

use super::{Judge, join};
use crate::plan::SeamId;

pub(super) fn judge(judge: &mut Judge<'_>, id: &SeamId, path: &[String]) {
    if judge.seams.lack(id.as_str()) {
        judge.dangling(&join(path, &["seam"]), "seam", id.as_str(), &judge.seams.all);
        if let Some(finding) = judge.last.as_mut().filter(|finding| finding.help.is_none()) {
            finding.help = Some("declare it in a [[seam]] table, or drop the gate".to_owned());
        }
    }
}
