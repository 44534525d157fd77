//! The selected step: what happens on approval, how far that can be taken back, what must hold, and what was printed.

use ratatui::layout::Rect;

use crate::cockpit::canvas::{Canvas, Piece};
use crate::cockpit::glyph::Glyph;
use crate::cockpit::model::Pane;
use crate::cockpit::page::step;
use crate::cockpit::role::Role;
use crate::cockpit::view::View;
use crate::cockpit::widget::text::lay_out;
use crate::shown::Shown;

/// At least so many lines of output are shown while there is any.
const OUTPUT: usize = 4;

/// Paints it.
pub fn paint(canvas: &mut Canvas<'_>, area: Rect, view: &View<'_>) {
    let focused = view.has_keys(Pane::Detail);
    let edge = if focused { Role::Focus } else { Role::Border };
    let Some(selected) = view.step() else {
        canvas.frame(area, &[(Shown::fixed("Step"), Role::Title)], edge);
        return;
    };
    let dot = canvas.glyph(Glyph::Dot);
    let title = Shown::line(&format!("{} {dot} {}", selected.number, selected.title));
    let inner = canvas.frame(area, &[(title.cut(usize::from(area.width).saturating_sub(6)), Role::Title)], edge);
    let text = Rect::new(inner.x + 1, inner.y, inner.width.saturating_sub(2), inner.height);
    let lines = lines(canvas, view, text);
    let printed = printed(view, usize::from(text.height));
    let keep = printed.len().min(OUTPUT.max(usize::from(text.height).saturating_sub(lines.len() + 1)));
    let head = usize::from(text.height).saturating_sub(if keep > 0 { keep + 1 } else { 0 });
    let upper = Rect::new(text.x, text.y, text.width, u16::try_from(head.min(lines.len())).unwrap_or(0));
    view.model.detail.paint(canvas, upper, lines.len(), |at| lines.get(at).cloned());
    let hidden = lines
        .len()
        .saturating_sub(usize::from(upper.height) + view.model.detail.first(lines.len(), usize::from(upper.height)));
    super::repos::more(canvas, area, 0, hidden);
    if keep == 0 {
        return;
    }
    let row = upper.height;
    canvas.put(text, 0, row, &Shown::fixed("output"), Role::Dim);
    for (row, line) in (row + 1..text.height).zip(printed.iter().skip(printed.len() - keep)) {
        canvas.put(text, 0, row, line, Role::Text);
    }
}

/// The lines above the output.
pub fn lines(canvas: &mut Canvas<'_>, view: &View<'_>, text: Rect) -> Vec<Vec<Piece>> {
    let Some(selected) = view.step() else { return Vec::new() };
    lay_out(&step::rows(canvas, view, selected, step::Depth::Short), usize::from(text.width))
}

/// The last lines that the step's commands wrote.
fn printed(view: &View<'_>, most: usize) -> Vec<Shown> {
    let Some(output) = view.step().and_then(|step| view.output(&step.id)) else { return Vec::new() };
    let seen = output.last(most);
    let lines = seen.lines.iter().map(|line| Shown::output_line(line.as_bytes()));
    let open = seen.open.iter().map(|line| Shown::output_line(line.as_bytes()));
    let mut lines: Vec<_> = lines.chain(open).collect();
    while lines.last().is_some_and(Shown::is_empty) {
        lines.pop();
    }
    lines
}
