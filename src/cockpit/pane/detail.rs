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

/// At least so many lines of output are shown while the step is at work.
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
    let (lines, head) = upper(canvas, view, text);
    let height = usize::from(text.height);
    let keep = height.saturating_sub(head + 1);
    let upper = Rect::new(text.x, text.y, text.width, u16::try_from(head.min(lines.len())).unwrap_or(0));
    view.model.detail.paint(canvas, upper, lines.len(), |at| lines.get(at).cloned());
    let hidden = lines
        .len()
        .saturating_sub(usize::from(upper.height) + view.model.detail.first(lines.len(), usize::from(upper.height)));
    super::repos::more(canvas, area, 0, hidden);
    if keep == 0 {
        return;
    }
    let printed = printed(view, height);
    let row = upper.height;
    canvas.put(text, 0, row, &Shown::fixed("output"), Role::Dim);
    for (row, line) in (row + 1..text.height).zip(printed.iter().skip(printed.len().saturating_sub(keep))) {
        canvas.put(text, 0, row, line, Role::Text);
    }
}

/// The lines above the output, and how many of them are in view at once. What a step prints while it is at work is what is
/// looked at; before and after that, what it does, the way back and the gates come first.
pub fn upper(canvas: &mut Canvas<'_>, view: &View<'_>, text: Rect) -> (Vec<Vec<Piece>>, usize) {
    let height = usize::from(text.height);
    let lines = lines(canvas, view, text);
    let works = view.step().is_some_and(|step| view.state.work.as_ref().is_some_and(|work| work.step == step.id));
    let least = if works { OUTPUT } else { 0 };
    let keep = printed(view, height).len().min(least.max(height.saturating_sub(lines.len() + 1)));
    (lines, height.saturating_sub(if keep > 0 { keep + 1 } else { 0 }))
}

/// All that is told above the output, as briefly as the height asks for.
fn lines(canvas: &mut Canvas<'_>, view: &View<'_>, text: Rect) -> Vec<Vec<Piece>> {
    let Some(selected) = view.step() else { return Vec::new() };
    let mut told = |depth| lay_out(&step::rows(canvas, view, selected, depth), usize::from(text.width));
    let short = told(step::Depth::Short);
    if short.len() > usize::from(text.height) { told(step::Depth::Brief) } else { short }
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
