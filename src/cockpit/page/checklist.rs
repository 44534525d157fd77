//! What only a person can confirm. A line is marked with one key and confirmed with another.

use ratatui::layout::Rect;

use crate::cockpit::canvas::Canvas;
use crate::cockpit::glyph::Glyph;
use crate::cockpit::role::Role;
use crate::cockpit::view::View;
use crate::plan::StepId;
use crate::shown::Shown;

/// Paints it.
pub fn paint(canvas: &mut Canvas<'_>, area: Rect, view: &View<'_>, id: &StepId) {
    let Some(step) = view.step_by_id(id) else { return };
    let title = Shown::line(&format!("Checklist · {} · {}", step.number, step.title));
    canvas.frame(area, &[(title.cut(usize::from(area.width).saturating_sub(6)), Role::Title)], Role::Focus);
    let inner = super::text_area(area);
    canvas.put(
        inner,
        0,
        0,
        &Shown::fixed("space marks a line, enter then ticks it; a tick is kept with your name"),
        Role::Dim,
    );
    let list = Rect::new(inner.x, inner.y + 2, inner.width, inner.height.saturating_sub(2));
    let scroll = view.model.checklist.fitted(step.checklist.len(), usize::from(list.height));
    for (row, (at, line)) in (0..list.height).zip(step.checklist.iter().enumerate().skip(scroll.top)) {
        let marked = view.model.marked == Some(at);
        let (glyph, role) = match (&line.ticked_by, marked) {
            (Some(_), _) => (Glyph::Ticked, Role::Good),
            (None, true) => (Glyph::Current, Role::Waiting),
            (None, false) => (Glyph::Unticked, Role::Text),
        };
        let mut pieces = vec![
            (Shown::from(format!("{} ", canvas.glyph(glyph))), role),
            (Shown::line(&line.item), if line.ticked_by.is_some() { Role::Dim } else { Role::Strong }),
        ];
        match (&line.ticked_by, marked) {
            (Some(who), _) => pieces.push((Shown::line(&format!("  ticked by {who}")), Role::Good)),
            (None, true) => pieces.push((Shown::fixed("  enter ticks it"), Role::Waiting)),
            (None, false) => {}
        }
        canvas.line(list, 0, row, &pieces);
        if at == scroll.selected {
            canvas.select(list, row);
        }
    }
}
