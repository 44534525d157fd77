//! For how long the two sides of a seam disagreed in production, for every page that tells of it.

use crate::cockpit::age;
use crate::cockpit::canvas::Canvas;
use crate::cockpit::glyph::Glyph;
use crate::cockpit::role::Role;
use crate::cockpit::view::View;
use crate::cockpit::widget::text::Row;
use crate::rollout::skew::{ADVISORY, Met, Order, Skew};
use crate::shown::Shown;

/// A titled list of those that are wanted, and where users could meet one that began with the consumer, its sign; nothing where
/// nothing is out.
pub fn rows(canvas: &mut Canvas<'_>, view: &View<'_>, wanted: impl Fn(&Skew) -> bool) -> Vec<Row> {
    let told = |skew: &&Skew| wanted(skew) && skew.order != Order::Neither;
    let skews: Vec<&Skew> = view.state.status.skew.iter().filter(told).collect();
    if skews.is_empty() {
        return Vec::new();
    }
    let mut rows = vec![Row::Blank, Row::say("Skew between the sides of a seam", Role::Title)];
    for skew in skews {
        let lasted = match (skew.from, skew.until) {
            (Some(from), None) => canvas.running(view.now, from).to_string(),
            (Some(from), Some(until)) => age::lasted(until.saturating_sub(from)).to_string(),
            (None, _) => String::new(),
        };
        let (glyph, role) = match (skew.order, skew.met) {
            (Order::ConsumerFirst, Met::Could) => (Glyph::Attention, Role::Bad),
            (_, Met::Could) => (Glyph::Attention, Role::Waiting),
            (_, Met::Nothing | Met::Dormant) => (Glyph::Good, Role::Good),
        };
        rows.push(Row::Item(
            vec![(Shown::from(format!(" {} ", canvas.glyph(glyph))), role)],
            vec![
                (Shown::line(&format!("{}: ", skew.seam)), Role::Accent),
                (Shown::line(&skew.says(&lasted)), Role::Text),
            ],
        ));
    }
    rows.push(Row::say(ADVISORY, Role::Dim));
    rows
}
