//! Every action by name, ranked as it is typed. Choosing one is the same as pressing its key: what acts still asks.

use crossterm::event::KeyCode;
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher};
use ratatui::layout::Rect;

use crate::cockpit::canvas::Canvas;
use crate::cockpit::keymap::{Action, Binding, Context, Key, working};
use crate::cockpit::pane::repos::more;
use crate::cockpit::role::Role;
use crate::cockpit::widget::editor::Editor;
use crate::cockpit::widget::scroll::Scroll;
use crate::shown::Shown;

/// Rows in view.
const ROWS: usize = 12;

/// What was typed and what is selected.
#[derive(Debug, Clone)]
pub struct Palette {
    /// What can be chosen: what has a key where it was opened.
    named: Vec<&'static Binding>,
    editor: Editor,
    scroll: Scroll,
}

/// What a key did to the palette.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is still open.
    Open,
    /// It was left.
    Closed,
    /// An action was chosen.
    Chosen(Action),
}

impl Palette {
    /// Offers what works in these contexts. Movements have keys enough.
    pub fn new(contexts: &[Context]) -> Self {
        let mut named: Vec<&'static Binding> = Vec::new();
        for binding in working(contexts) {
            if !is_movement(binding.action) && !named.iter().any(|known| known.action == binding.action) {
                named.push(binding);
            }
        }
        Self { named, editor: Editor::default(), scroll: Scroll::default() }
    }

    /// Takes a key.
    pub fn handle(&mut self, key: Key) -> Outcome {
        let found = self.found();
        match key.code {
            KeyCode::Esc => return Outcome::Closed,
            KeyCode::Char('c') if key == Key::ctrl('c') => return Outcome::Closed,
            KeyCode::Enter => {
                return found
                    .get(self.scroll.selected)
                    .map_or(Outcome::Closed, |binding| Outcome::Chosen(binding.action));
            }
            KeyCode::Up => {
                self.scroll.handle(Action::Up, found.len(), ROWS);
            }
            KeyCode::Down | KeyCode::Tab => {
                self.scroll.handle(Action::Down, found.len(), ROWS);
            }
            _ => {
                self.editor.handle(key);
                self.scroll = Scroll::default();
            }
        }
        Outcome::Open
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str) {
        self.editor.paste(text);
        self.scroll = Scroll::default();
    }

    /// The actions that match, best first.
    fn found(&self) -> Vec<&'static Binding> {
        let pattern = Pattern::parse(self.editor.text(), CaseMatching::Ignore, Normalization::Smart);
        let texts: Vec<_> = self.named.iter().map(|b| Candidate(b, format!("{} {}", b.label, b.help))).collect();
        let ranked = pattern.match_list(texts, &mut Matcher::new(Config::DEFAULT));
        ranked.into_iter().map(|(candidate, _)| candidate.0).collect()
    }

    /// Paints it near the top of the screen.
    pub fn paint(&self, canvas: &mut Canvas<'_>, screen: Rect) {
        let width = screen.width.saturating_sub(4).min(90);
        let height = u16::try_from(ROWS + 4).unwrap_or(u16::MAX).min(screen.height);
        let place = Rect::new(
            screen.x + (screen.width - width) / 2,
            screen.y + screen.height.saturating_sub(height) / 3,
            width,
            height,
        );
        canvas.fill(place, Role::Dialog);
        let title = [(Shown::fixed("Commands · enter chooses · esc closes"), Role::Title)];
        let inner = canvas.frame(place, &title, Role::Focus);
        let inner = Rect::new(inner.x + 1, inner.y, inner.width.saturating_sub(2), inner.height);
        canvas.put(inner, 0, 0, &Shown::fixed(": "), Role::Key);
        self.editor.paint(canvas, Rect::new(inner.x + 2, inner.y, inner.width.saturating_sub(2), 1));
        let found = self.found();
        let view = usize::from(inner.height.saturating_sub(2));
        let scroll = self.scroll.fitted(found.len(), view);
        let list = Rect::new(inner.x, inner.y + 2, inner.width, inner.height.saturating_sub(2));
        for (row, (at, binding)) in (0..list.height).zip(found.iter().enumerate().skip(scroll.top)) {
            let key = binding.keys.first().map_or(Shown::EMPTY, |key| key.shown()).pad(8);
            let label = Shown::fixed(binding.label).pad(14);
            let help = Shown::fixed(binding.help);
            canvas.line(list, 0, row, &[(key, Role::Key), (label, Role::Strong), (help, Role::Text)]);
            if at == scroll.selected {
                canvas.select(list, row);
            }
        }
        more(canvas, place, scroll.top, found.len().saturating_sub(scroll.top + view));
        if found.is_empty() {
            canvas.put(list, 0, 0, &Shown::fixed("no action has that name"), Role::Dim);
        }
    }
}

struct Candidate(&'static Binding, String);

impl AsRef<str> for Candidate {
    fn as_ref(&self) -> &str {
        &self.1
    }
}

fn is_movement(action: Action) -> bool {
    matches!(
        action,
        Action::Up
            | Action::Down
            | Action::Left
            | Action::Right
            | Action::First
            | Action::Last
            | Action::PageUp
            | Action::PageDown
            | Action::Back
            | Action::Palette
            | Action::NextMatch
            | Action::PreviousMatch
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_letters_find_the_action() {
        let mut palette = Palette::new(&[Context::Step, Context::Everywhere]);
        palette.paste("flag off");
        assert_eq!(palette.found().first().map(|b| b.action), Some(Action::FlagOff));
        assert_eq!(palette.handle(Key::named(KeyCode::Enter)), Outcome::Chosen(Action::FlagOff));
        palette.paste("zzzzz");
        assert_eq!(palette.handle(Key::named(KeyCode::Enter)), Outcome::Closed);
    }

    #[test]
    fn only_what_works_where_it_was_opened_is_offered() {
        let offers = |contexts: &[Context], action| Palette::new(contexts).found().iter().any(|b| b.action == action);
        let (main, ledger) = ([Context::Step, Context::Everywhere], [Context::Pager, Context::Everywhere]);
        assert!(offers(&main, Action::Filter) && !offers(&main, Action::Copy));
        assert!(offers(&ledger, Action::Copy) && !offers(&ledger, Action::Filter));
        assert!(offers(&main, Action::FlagOff) && offers(&ledger, Action::FlagOff));
    }
}
