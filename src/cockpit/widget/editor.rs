//! One line of text that the owner types: a reason, a word that confirms, a filter.

use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::layout::{Position, Rect};
use tui_input::{Input, InputRequest};

use crate::cockpit::canvas::Canvas;
use crate::cockpit::keymap::Key;
use crate::cockpit::role::Role;
use crate::shown::Shown;

/// Longer than any sentence that explains a decision.
const MAX: usize = 500;

/// The line and its cursor.
#[derive(Debug, Clone, Default)]
pub struct Editor(Input);

impl Editor {
    /// What was typed, with nothing at its ends.
    pub fn text(&self) -> &str {
        self.0.value().trim()
    }

    /// Whether nothing was typed.
    pub fn is_empty(&self) -> bool {
        self.0.value().is_empty()
    }

    /// Empties it.
    pub fn clear(&mut self) {
        self.0.reset();
    }

    /// Takes a key if it edits. Tells whether it did.
    pub fn handle(&mut self, key: Key) -> Edited {
        let Some(request) = request(key) else { return Edited::No };
        let grows = matches!(request, InputRequest::InsertChar(_));
        if !grows || self.0.value().chars().count() < MAX {
            self.0.handle(request);
        }
        Edited::Yes
    }

    /// Takes pasted text; line breaks in it become spaces, since it is one line.
    pub fn paste(&mut self, text: &str) {
        let room = MAX.saturating_sub(self.0.value().chars().count());
        for c in text.chars().take(room) {
            let c = if c.is_whitespace() { ' ' } else { c };
            if !c.is_control() {
                self.0.handle(InputRequest::InsertChar(c));
            }
        }
    }

    /// Paints it on the first line of an area, scrolled so that its cursor is in view.
    pub fn paint(&self, canvas: &mut Canvas<'_>, area: Rect) {
        let width = usize::from(area.width).saturating_sub(1);
        let cursor: String = self.0.value().chars().take(self.0.cursor()).collect();
        // the cursor stands on what is shown, which can be wider than what was typed
        let column = Shown::line(&cursor).width();
        let scrolled = column.saturating_sub(width);
        let text = Shown::line(self.0.value()).from_column(scrolled);
        canvas.put(area, 0, 0, &Shown::EMPTY.pad(usize::from(area.width)), Role::Text);
        canvas.put(area, 0, 0, &text, Role::Strong);
        let at = u16::try_from(column - scrolled).unwrap_or(0);
        canvas.cursor(Position::new(area.x.saturating_add(at), area.y));
    }
}

/// Whether a key edited the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edited {
    /// It did.
    Yes,
    /// It means something else.
    No,
}

fn request(key: Key) -> Option<InputRequest> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let plain = key.modifiers.is_empty();
    match key.code {
        KeyCode::Char(c) if plain => Some(InputRequest::InsertChar(c)),
        KeyCode::Backspace => Some(InputRequest::DeletePrevChar),
        KeyCode::Delete => Some(InputRequest::DeleteNextChar),
        KeyCode::Left if plain => Some(InputRequest::GoToPrevChar),
        KeyCode::Right if plain => Some(InputRequest::GoToNextChar),
        KeyCode::Left if control => Some(InputRequest::GoToPrevWord),
        KeyCode::Right if control => Some(InputRequest::GoToNextWord),
        KeyCode::Home => Some(InputRequest::GoToStart),
        KeyCode::End => Some(InputRequest::GoToEnd),
        KeyCode::Char('a') if control => Some(InputRequest::GoToStart),
        KeyCode::Char('e') if control => Some(InputRequest::GoToEnd),
        KeyCode::Char('w') if control => Some(InputRequest::DeletePrevWord),
        KeyCode::Char('u') if control => Some(InputRequest::DeleteLine),
        KeyCode::Char('k') if control => Some(InputRequest::DeleteTillEnd),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paste_is_one_line_and_bounded() {
        let mut editor = Editor::default();
        editor.paste("two\nlines\x1b[2J\u{202e}");
        assert_eq!(editor.text(), "two lines[2J\u{202e}");
        editor.paste(&"x".repeat(10_000));
        assert_eq!(editor.text().chars().count(), MAX);
    }
}
