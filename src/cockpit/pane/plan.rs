//! The plan: steps under their stages, with where each stands.

use ratatui::layout::Rect;

use super::repos::more;
use crate::cockpit::age;
use crate::cockpit::canvas::{Canvas, Piece};
use crate::cockpit::model::Pane;
use crate::cockpit::role::Role;
use crate::cockpit::view::{PlanRow, View};
use crate::rollout::StepState;
use crate::rollout::status::StepStatus;
use crate::shown::Shown;

/// Paints it.
pub fn paint(canvas: &mut Canvas<'_>, area: Rect, view: &View<'_>) {
    let steps = view.steps();
    let focused = view.has_keys(Pane::Plan);
    let title = super::title(view, "Plan", steps.len(), view.state.status.steps.len());
    let inner = canvas.frame(area, &title, if focused { Role::Focus } else { Role::Border });
    let rows = view.plan_rows();
    let height = usize::from(inner.height);
    let top = top(view, height);
    let id_width = steps.iter().map(|step| step.id.as_str().len()).max().unwrap_or(0).min(18);
    for (row, plan_row) in (0..inner.height).zip(rows.iter().skip(top)) {
        match plan_row {
            PlanRow::Stage(stage) => {
                canvas.put(inner, 1, row, &Shown::line(stage), Role::Dim);
            }
            PlanRow::Step(at, step) => {
                let pieces = step_row(canvas, view, step, id_width, usize::from(inner.width));
                canvas.line(inner, 1, row, &pieces);
                if *at == view.selected_step() {
                    canvas.select(inner, row);
                }
            }
        }
    }
    more(canvas, area, top, rows.len().saturating_sub(top + height));
    if steps.is_empty() {
        canvas.put(inner, 1, 0, &Shown::fixed("no step matches"), Role::Dim);
    }
}

/// The first row in view: the selected step is, and with it the stage above where there is room.
pub fn top(view: &View<'_>, height: usize) -> usize {
    let rows = view.plan_rows();
    let selected = view.selected_step();
    let at = rows.iter().position(|row| matches!(row, PlanRow::Step(step, _) if *step == selected)).unwrap_or(0);
    let mut scroll = view.model.plan;
    scroll.selected = at;
    // a row of the past and a few of the future: the plan reads forward
    let wanted = at.saturating_sub(height / 3);
    scroll.top = if view.model.track == crate::cockpit::model::Track::Next { wanted } else { scroll.top };
    scroll.fitted(rows.len(), height).top
}

/// Which step a row of the pane shows.
pub fn step_at(view: &View<'_>, height: usize, row: usize) -> Option<usize> {
    match view.plan_rows().get(top(view, height) + row)? {
        PlanRow::Stage(_) => None,
        PlanRow::Step(at, _) => Some(*at),
    }
}

/// Narrower than this, a step shows its verb or where it stands, not both.
const NARROW: usize = 42;

fn step_row(canvas: &mut Canvas<'_>, view: &View<'_>, step: &StepStatus, id_width: usize, width: usize) -> Vec<Piece> {
    let look = view.look(step);
    let name = if step.state == StepState::Pending { Role::Text } else { Role::Strong };
    let mut pieces = vec![
        (Shown::from(format!(" {} ", canvas.glyph(look.glyph))), look.role),
        (Shown::from(format!("{:>2} ", step.number)), Role::Dim),
        (Shown::line(step.id.as_str()).pad(id_width + 1), name),
    ];
    let standing = standing(canvas, view, step);
    if width >= NARROW || standing.is_empty() {
        pieces.push((Shown::fixed(step.verb).pad(10), Role::Dim));
    }
    let taken = |pieces: &[Piece]| pieces.iter().map(|(text, _)| text.width()).sum::<usize>();
    for (at, (text, role)) in standing.into_iter().enumerate() {
        let room = width.saturating_sub(taken(&pieces) + 2);
        // how long it took is told whole or not at all
        if at == 0 || text.width() <= room {
            pieces.push((text.cut(room), role));
        }
    }
    pieces
}

/// When it was done and how long it took, or what it waits for; nothing for what is still far off.
fn standing(canvas: &mut Canvas<'_>, view: &View<'_>, step: &StepStatus) -> Vec<Piece> {
    let look = view.look(step);
    match (view.standing(step), step.started_at, step.ended_at) {
        (StepState::Done, started, Some(ended)) => {
            let took = started.map(|started| Shown::from(format!("  {}", age::lasted(ended.saturating_sub(started)))));
            let at = (age::clock(view.zone, view.now, ended), Role::Dim);
            std::iter::once(at).chain(took.map(|took| (took, Role::Dim))).collect()
        }
        (StepState::Running, Some(started), _) => {
            let running = canvas.running(view.now, started);
            let word = if step.wait.is_some() { "waits" } else { look.word };
            vec![(Shown::from(format!("{word} {running}")), look.role)]
        }
        (StepState::Pending, ..) => Vec::new(),
        (StepState::Approved, ..) => vec![(step.partly().map_or(Shown::fixed(look.word), Shown::from), look.role)],
        _ => vec![(Shown::fixed(look.word), look.role)],
    }
}
