//! What a step's commands wrote. Lines are numbered over everything ever printed, and read only as they come into view.

use ratatui::layout::Rect;

use crate::cockpit::canvas::Canvas;
use crate::cockpit::role::Role;
use crate::cockpit::widget::pager::Pager;
use crate::engine::Output;
use crate::shown::Shown;

/// How many lines were ever printed, with the one that has no end yet.
pub fn count(output: &Output) -> usize {
    let last = output.last(1);
    let lines = last.first + last.lines.len() as u64 + u64::from(last.open.is_some());
    usize::try_from(lines).unwrap_or(usize::MAX)
}

/// Every line that is still kept, each at its number; those that were dropped are empty.
pub fn texts(output: &Output) -> Vec<Shown> {
    let seen = output.last(usize::MAX);
    let dropped = usize::try_from(seen.first).unwrap_or(0);
    let lines = seen.lines.iter().map(|line| Shown::output_line(line.as_bytes()));
    let open = seen.open.iter().map(|line| Shown::output_line(line.as_bytes()));
    std::iter::repeat_n(Shown::EMPTY, dropped).chain(lines).chain(open).collect()
}

/// Paints the lines in view.
pub fn paint(canvas: &mut Canvas<'_>, area: Rect, pager: &Pager, output: &Output) {
    let height = usize::from(area.height);
    let total = count(output);
    let first = pager.first(total, height);
    let seen = output.since(first as u64, height);
    let start = usize::try_from(seen.first).unwrap_or(usize::MAX);
    let line = |at: usize| {
        let at = at.checked_sub(start);
        let Some(at) = at else {
            return Some(vec![(Shown::fixed("(dropped here; the whole output is kept on disk)"), Role::Dim)]);
        };
        let text = match seen.lines.get(at) {
            Some(line) => Shown::output_line(line.as_bytes()),
            None if at == seen.lines.len() => Shown::output_line(seen.open.as_ref()?.as_bytes()),
            None => return None,
        };
        Some(vec![(text, Role::Text)])
    };
    pager.paint(canvas, area, total, line);
}
