//! One line at the bottom of the screen for a filter or a search.

use ratatui::layout::Rect;

use crate::cockpit::canvas::Canvas;
use crate::cockpit::model::Prompt;
use crate::cockpit::role::Role;
use crate::cockpit::widget::editor::Editor;
use crate::shown::Shown;

/// Paints it over the footer.
pub fn paint(canvas: &mut Canvas<'_>, footer: Rect, prompt: Prompt, editor: &Editor) {
    canvas.fill(footer, Role::Dialog);
    let label = match prompt {
        Prompt::Filter => " filter: ",
        Prompt::Search => " find: ",
    };
    let hint = Shown::fixed("enter keeps · esc clears ");
    let at = canvas.put(footer, 0, 0, &Shown::fixed(label), Role::Key);
    let room = footer.width.saturating_sub(at + u16::try_from(hint.width()).unwrap_or(0) + 1);
    editor.paint(canvas, Rect::new(footer.x + at, footer.y, room, 1));
    canvas.line_right(footer, 0, &[(hint, Role::Dim)]);
}
