//! The gates of a step: what each wants, whether it holds, and what was seen.

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
        rows.push(row(canvas, gate));
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

/// One gate on a line: sign, word, what it wants.
pub(super) fn row(canvas: &Canvas<'_>, gate: &GateStatus) -> Row {
    let look = words::gate(gate.state);
    let detail = if gate.detail.is_empty() { String::new() } else { format!("  {}", gate.detail) };
    Row::Item(
        vec![(Shown::from(format!("{} {}", canvas.glyph(look.glyph), look.word)).pad(17), look.role)],
        vec![(Shown::line(&gate.wants), Role::Text), (Shown::line(&detail), Role::Dim)],
    )
}
