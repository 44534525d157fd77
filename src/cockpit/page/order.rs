//! Lines about what is out of order, for every page that tells of it.

use crate::cockpit::canvas::Canvas;
use crate::cockpit::role::Role;
use crate::cockpit::view::View;
use crate::cockpit::widget::text::Row;
use crate::cockpit::words;
use crate::rollout::status::OutOfOrder;
use crate::shown::Shown;

/// A titled list of those that are wanted; nothing where there are none.
pub fn rows(canvas: &Canvas<'_>, view: &View<'_>, wanted: impl Fn(&OutOfOrder) -> bool) -> Vec<Row> {
    let items: Vec<_> = view.state.status.out_of_order.iter().filter(|item| wanted(item)).collect();
    if items.is_empty() {
        return Vec::new();
    }
    let mut rows = vec![Row::Blank, Row::say("Out of order", Role::Title)];
    rows.extend(items.into_iter().flat_map(|item| told(canvas, item)));
    rows
}

/// What it is, what became of it, and how it is answered.
fn told(canvas: &Canvas<'_>, item: &OutOfOrder) -> Vec<Row> {
    let look = words::item(item.state);
    let mut rows = vec![Row::Line(vec![
        (Shown::from(format!(" {} ", canvas.glyph(look.glyph))), look.role),
        (Shown::line(&item.says), Role::Text),
        (Shown::from(format!("  {}", look.word)), look.role),
    ])];
    rows.extend(item.reason.as_ref().map(|reason| Row::fact("   because", Shown::line(reason), Role::Text)));
    rows
}
