//! What the demo with misses was caught at: everything of a status that lies between repositories and doesn't fit.

use super::super::Context;
use super::super::out::Ink;
use crate::rollout::Status;
use crate::rollout::seam::SeamState;
use crate::shown::Shown;

/// Tells of each miss that was caught, one line each. What was accepted on the way isn't out of order any more.
pub(super) fn tell(context: &Context, accepted: &[String], status: &Status) {
    let caught = caught(accepted, status);
    context.out.tell(Ink::Plain, &Shown::EMPTY);
    let head = format!("{} misses that no repository sees by itself, caught:", caught.len());
    context.out.tell(Ink::Strong, &Shown::from(head));
    for line in caught {
        context.out.tell(Ink::Bad, &Shown::from(format!("  {line}")));
    }
}

fn caught(accepted: &[String], status: &Status) -> Vec<String> {
    let order = accepted.iter().map(|says| format!("out of order: {says}"));
    let broken = status.seams.iter().filter(|seam| seam.state == SeamState::Broken);
    let seams = broken.map(|seam| {
        let first = seam.misfits.first().map_or(seam.detail.as_str(), |misfit| misfit.what.as_str());
        format!("seam {}: {first}", seam.id)
    });
    let cells = status.coverage.iter().flat_map(|coverage| &coverage.cells);
    let uncovered = cells.filter(|cell| !cell.is_covered());
    let flows = uncovered.map(|cell| format!("coverage: no test that passed has {}", cell.name()));
    order.chain(seams).chain(flows).collect()
}
