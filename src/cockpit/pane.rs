//! The panes of the main screen: each takes a view and an area, and writes to the canvas.

pub mod banner;
pub mod detail;
pub mod header;
pub mod plan;
pub mod repos;

use super::canvas::Piece;
use super::role::Role;
use super::view::View;
use crate::shown::Shown;

/// The title of a pane, brighter where it has the keys; a filter is told where it hides something.
fn title(view: &View<'_>, name: &'static str, shown: usize, all: usize) -> Vec<Piece> {
    let mut pieces = vec![(Shown::fixed(name), Role::Title)];
    if shown != all {
        let text = format!(" · {shown} of {all} contain {:?}", view.model.filter);
        pieces.push((Shown::line(&text), Role::Waiting));
    }
    pieces
}
