//! Every key, from the keymap, with what the signs mean.

use ratatui::layout::Rect;

use crate::cockpit::canvas::{Canvas, Piece};
use crate::cockpit::keymap::{Context, KEYMAP};
use crate::cockpit::pane::repos::more;
use crate::cockpit::role::Role;
use crate::cockpit::widget::pager::Pager;
use crate::cockpit::words;
use crate::rollout::StepState;
use crate::shown::Shown;

/// The columns of a key.
const KEYS: usize = 13;

/// The lines of the help.
pub fn lines(canvas: &Canvas<'_>) -> Vec<Vec<Piece>> {
    let mut lines = Vec::new();
    for (context, title) in [
        (Context::Step, "On the main screen and a step's pages"),
        (Context::Everywhere, "Everywhere"),
        (Context::Pager, "In a long text"),
        (Context::Checklist, "In a checklist"),
    ] {
        lines.push(vec![(Shown::fixed(title), Role::Title)]);
        for binding in KEYMAP.iter().filter(|binding| binding.context == context) {
            let keys = (binding.shown_keys().pad(KEYS), Role::Key);
            lines.push(vec![(Shown::fixed("  "), Role::Text), keys, (Shown::fixed(binding.help), Role::Text)]);
        }
        lines.push(Vec::new());
    }
    lines.push(vec![(Shown::fixed("What the signs mean"), Role::Title)]);
    for state in STATES {
        let look = words::step(state);
        let sign = Shown::from(format!("  {}", canvas.glyph(look.glyph))).pad(KEYS + 2);
        lines.push(vec![(sign, look.role), (Shown::fixed(look.word), Role::Text)]);
    }
    lines
}

const STATES: [StepState; 12] = [
    StepState::Pending,
    StepState::Blocked,
    StepState::Waiting,
    StepState::Approved,
    StepState::Running,
    StepState::Done,
    StepState::Skipped,
    StepState::Failed,
    StepState::InDoubt,
    StepState::Conflict,
    StepState::Vetoed,
    StepState::Undone,
];

/// How many lines there are; needed to scroll without a canvas.
pub fn count() -> usize {
    KEYMAP.len() + STATES.len() + 4 * 2 + 1
}

/// Where it lies.
pub fn place(screen: Rect) -> Rect {
    let width = screen.width.saturating_sub(4).min(94);
    let height = screen.height.saturating_sub(2).min(u16::try_from(count() + 2).unwrap_or(u16::MAX));
    Rect::new(screen.x + (screen.width - width) / 2, screen.y + (screen.height - height) / 2, width, height)
}

/// Paints it.
pub fn paint(canvas: &mut Canvas<'_>, screen: Rect, pager: &Pager) {
    let place = place(screen);
    canvas.fill(place, Role::Dialog);
    let inner = canvas.frame(place, &[(Shown::fixed("Help · esc closes"), Role::Title)], Role::Focus);
    let text = Rect::new(inner.x + 1, inner.y, inner.width.saturating_sub(2), inner.height);
    let lines = lines(canvas);
    pager.paint(canvas, text, lines.len(), |at| lines.get(at).cloned());
    let (view, top) = (usize::from(text.height), pager.first(lines.len(), usize::from(text.height)));
    more(canvas, place, top, lines.len().saturating_sub(top + view));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cockpit::tests::canvas_of;

    #[test]
    fn the_count_is_right() {
        canvas_of(80, 24, |canvas| assert_eq!(lines(canvas).len(), count()));
    }
}
