//! The gates of a step: what each wants, whether it holds, and what was seen.

use crate::cockpit::age;
use crate::cockpit::canvas::Canvas;
use crate::cockpit::role::Role;
use crate::cockpit::view::View;
use crate::cockpit::widget::text::Row;
use crate::cockpit::words;
use crate::rollout::status::{GateStatus, StepStatus};
use crate::shown::Shown;

/// What is told of the gates.
pub fn rows(canvas: &mut Canvas<'_>, view: &View<'_>, step: &StepStatus) -> Vec<Row> {
    let mut rows = vec![
        Row::say("What must hold at the instant the step starts. What can't be evaluated doesn't hold.", Role::Dim),
        Row::Blank,
    ];
    if step.gates.is_empty() {
        rows.push(Row::say("this step has no gates", Role::Text));
    }
    for gate in &step.gates {
        rows.push(row(canvas, gate, &gate.detail));
        let detail = if gate.detail.is_empty() { "nothing was seen yet" } else { &gate.detail };
        if gate.implied {
            rows.push(Row::fact("   written", "nowhere: it goes without saying for such a step", Role::Dim));
        }
        rows.push(Row::fact("   seen", Shown::line(detail), Role::Text));
        let judged = gate.at.map_or(Shown::fixed("not yet"), |at| canvas.ago(view.now, at));
        rows.push(Row::fact("   judged", judged, Role::Dim));
        rows.push(Row::Blank);
    }
    rows
}

/// What was seen of a gate, and how long ago where that is long.
pub(super) fn seen(canvas: &mut Canvas<'_>, view: &View<'_>, step: &StepStatus, gate: &GateStatus) -> String {
    let detail = Some(gate.detail.clone()).filter(|detail| !detail.is_empty());
    detail.into_iter().chain(judged(canvas, view, step, gate)).collect::<Vec<_>>().join(", ")
}

/// How long ago a gate was judged, where that is long and the step hasn't been done on the strength of it.
pub(super) fn judged(canvas: &mut Canvas<'_>, view: &View<'_>, step: &StepStatus, gate: &GateStatus) -> Option<String> {
    let old = gate.at.filter(|at| !step.state.is_done() && view.now.saturating_sub(*at) > age::OLD);
    old.map(|at| format!("judged {}", canvas.ago(view.now, at)))
}

/// One gate on a line: sign, word, what it wants, what was seen.
pub(super) fn row(canvas: &Canvas<'_>, gate: &GateStatus, seen: &str) -> Row {
    let look = words::gate(gate.state);
    let detail = if seen.is_empty() { String::new() } else { format!("  {seen}") };
    Row::Item(
        vec![(Shown::from(format!("{} {}", canvas.glyph(look.glyph), look.word)).pad(17), look.role)],
        vec![(Shown::line(&gate.wants), Role::Text), (Shown::line(&detail), Role::Dim)],
    )
}
