//! The dialog that stands between a key and an effect. It starts on Cancel, and the key that opened it never confirms it.

use crossterm::event::KeyCode;
use ratatui::layout::{Position, Rect};

use crate::cockpit::canvas::{Canvas, Piece};
use crate::cockpit::decision::{Answer, Choice, Decision, Demand, Description, Weight};
use crate::cockpit::glyph::Glyph;
use crate::cockpit::keymap::Key;
use crate::cockpit::role::Role;
use crate::cockpit::widget::editor::{Edited, Editor};
use crate::cockpit::widget::text::{Row, lay_out};
use crate::shown::Shown;

/// No dialog is wider: long lines are hard to read.
const WIDTH: u16 = 96;

/// A question about to be answered.
#[derive(Debug, Clone)]
pub struct Dialog {
    /// What is decided.
    pub decision: Decision,
    /// What it says, as it was when it opened.
    pub description: Description,
    opened_by: Option<Key>,
    /// 0 is Cancel.
    focus: usize,
    editor: Editor,
    top: usize,
    hint: Option<Shown>,
    /// Whether nothing has started behind it since the engine heard of it.
    parked: bool,
}

fn width(screen: Rect) -> u16 {
    screen.width.saturating_sub(4).min(WIDTH)
}

/// What a key did to a dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is still open.
    Open,
    /// It was left: nothing happens.
    Cancelled,
    /// It was answered, with what was typed.
    Answered(Answer, String),
}

impl Dialog {
    /// Opens on Cancel.
    pub fn new(decision: Decision, description: Description, opened_by: Option<Key>) -> Self {
        Self {
            decision,
            description,
            opened_by,
            focus: 0,
            editor: Editor::default(),
            top: 0,
            hint: None,
            parked: false,
        }
    }

    /// What it described is no longer so. Keys that are being typed into it would decide something else if it simply went:
    /// it says why, and stays until it is closed.
    pub fn make_void(&mut self, why: Shown) {
        self.description.rows = vec![Row::say(why, Role::Waiting)];
        self.description.choices.clear();
        self.description.demand = Demand::Nothing;
        (self.focus, self.top, self.hint) = (0, 0, None);
    }

    /// Says what is so by now. The focus stays where it was if that is still there, else it goes back to Cancel.
    pub fn describe_anew(&mut self, description: Description) {
        if self.description.choices != description.choices {
            self.focus = 0;
        }
        self.description = description;
    }

    /// Takes in whether anything starts; whether somebody has answered elsewhere what it asks.
    pub fn is_overtaken(&mut self, starts: bool) -> bool {
        let overtaken = self.parked && starts;
        self.parked |= !starts;
        overtaken
    }

    /// Whether this key asked.
    pub fn was_opened_by(&self, key: Key) -> bool {
        self.opened_by == Some(key)
    }

    /// Whether it can only be closed.
    pub fn is_void(&self) -> bool {
        self.description.choices.is_empty()
    }

    /// Whether something is typed into it.
    pub fn is_typed_into(&self) -> bool {
        self.types()
    }

    /// Takes a key.
    pub fn handle(&mut self, key: Key, screen: Rect) -> Outcome {
        self.hint = None;
        match key.code {
            KeyCode::Esc => return Outcome::Cancelled,
            KeyCode::Char('c') if key == Key::ctrl('c') => return Outcome::Cancelled,
            KeyCode::Enter => return self.enter(),
            KeyCode::Tab => self.turn(1),
            KeyCode::BackTab => self.turn(self.description.choices.len()),
            KeyCode::Up => self.scroll_to(self.top.saturating_sub(1), screen),
            KeyCode::Down => self.scroll_to(self.top + 1, screen),
            KeyCode::PageUp => self.scroll_to(self.top.saturating_sub(self.view(screen)), screen),
            KeyCode::PageDown => self.scroll_to(self.top + self.view(screen), screen),
            _ if self.types() => self.edit(key),
            KeyCode::Left => self.turn(self.description.choices.len()),
            KeyCode::Right => self.turn(1),
            KeyCode::Char('q' | 'n') if !self.is_void() && !self.is_choice(key) => return Outcome::Cancelled,
            _ => return self.choose_by_key(key),
        }
        Outcome::Open
    }

    /// Takes pasted text, where something is to be typed. A word that confirms must be typed.
    pub fn paste(&mut self, text: &str) {
        match self.description.demand {
            Demand::Reason => self.editor.paste(text),
            Demand::Word(_) => self.hint = Some(Shown::fixed("the word that confirms is typed, not pasted")),
            Demand::Nothing => {}
        }
    }

    /// Scrolls by lines; for the wheel.
    pub fn scroll(&mut self, lines: isize, screen: Rect) {
        self.scroll_to(self.top.saturating_add_signed(lines), screen);
    }

    fn types(&self) -> bool {
        self.description.demand != Demand::Nothing
    }

    fn is_choice(&self, key: Key) -> bool {
        self.description.choices.iter().any(|choice| Key::char(choice.key) == key)
    }

    fn turn(&mut self, by: usize) {
        self.focus = (self.focus + by) % (self.description.choices.len() + 1);
    }

    fn edit(&mut self, key: Key) {
        if self.editor.handle(key) == Edited::Yes && matches!(self.description.demand, Demand::Word(_)) {
            // the word typed out is the deliberate act: enter then confirms
            self.focus = usize::from(self.is_satisfied());
        }
    }

    fn is_satisfied(&self) -> bool {
        match &self.description.demand {
            Demand::Nothing => true,
            Demand::Word(word) => self.editor.text() == word,
            Demand::Reason => !self.editor.text().is_empty(),
        }
    }

    fn is_mistyped(&self) -> bool {
        matches!(self.description.demand, Demand::Word(_)) && !self.editor.text().is_empty() && !self.is_satisfied()
    }

    fn enter(&mut self) -> Outcome {
        let chosen = self.focus.checked_sub(1).and_then(|at| self.description.choices.get(at)).map(|c| c.answer);
        let written = self.description.demand == Demand::Reason && self.is_satisfied();
        match chosen {
            // a reason was written to be given: the first enter leaves the text, the second decides
            None if written && self.description.choices.len() == 1 => self.focus = 1,
            None if written => self.hint = Some(Shown::fixed("tab chooses what you saw")),
            // a slip of the hand: what is typed next mustn't be keys of the screen below
            None if self.is_mistyped() => self.hint = Some(self.missing()),
            None => return Outcome::Cancelled,
            Some(answer) if self.is_satisfied() => return Outcome::Answered(answer, self.editor.text().to_owned()),
            Some(_) => self.hint = Some(self.missing()),
        }
        Outcome::Open
    }

    fn missing(&self) -> Shown {
        match &self.description.demand {
            Demand::Word(word) => Shown::line(&format!("type {word} to confirm")),
            Demand::Reason => Shown::fixed("say why: the reason is kept with the decision"),
            Demand::Nothing => Shown::EMPTY,
        }
    }

    fn choose_by_key(&mut self, key: Key) -> Outcome {
        if self.opened_by == Some(key) {
            self.hint = Some(Shown::fixed("another key confirms"));
            return Outcome::Open;
        }
        let choice = self.description.choices.iter().find(|choice| Key::char(choice.key) == key);
        choice.map_or(Outcome::Open, |choice| Outcome::Answered(choice.answer, String::new()))
    }

    fn scroll_to(&mut self, top: usize, screen: Rect) {
        let lines = self.lines(screen).len();
        self.top = top.min(lines.saturating_sub(self.view(screen)));
    }

    fn lines(&self, screen: Rect) -> Vec<Vec<Piece>> {
        lay_out(&self.description.rows, usize::from(width(screen)).saturating_sub(4))
    }

    /// Lines below the text: what is typed, the buttons, and the air around them.
    fn tail(&self) -> u16 {
        if self.types() { 5 } else { 2 }
    }

    /// The lines of the text that are in view.
    fn view(&self, screen: Rect) -> usize {
        let most = usize::from(screen.height.saturating_sub(4 + self.tail()));
        self.lines(screen).len().min(most.max(1))
    }

    fn place(&self, screen: Rect) -> Rect {
        let height = u16::try_from(self.view(screen)).unwrap_or(u16::MAX).saturating_add(self.tail() + 2);
        let (width, height) = (width(screen), height.min(screen.height));
        Rect::new(screen.x + (screen.width - width) / 2, screen.y + (screen.height - height) / 2, width, height)
    }

    /// Which answer stands at a place of the screen, if any: 0 is Cancel.
    pub fn focus_at(&mut self, position: Position, screen: Rect) {
        let place = self.place(screen);
        let row = place.bottom().saturating_sub(2);
        let mut column = place.x + 2;
        if position.y != row {
            return;
        }
        for (at, label) in self.labels().iter().enumerate() {
            let width = u16::try_from(label.width()).unwrap_or(u16::MAX);
            if (column..column.saturating_add(width)).contains(&position.x) {
                // a click only moves the focus: it never decides
                self.focus = at;
            }
            column = column.saturating_add(width + 2);
        }
    }

    fn labels(&self) -> Vec<Shown> {
        let keyed = |choice: &Choice| match self.description.demand {
            Demand::Nothing if self.opened_by != Some(Key::char(choice.key)) => {
                Shown::from(format!(" {} {} ", choice.key, choice.label))
            }
            Demand::Nothing | Demand::Word(_) | Demand::Reason => Shown::from(format!(" {} ", choice.label)),
        };
        let leave = if self.is_void() { " Close " } else { " Cancel " };
        std::iter::once(Shown::fixed(leave)).chain(self.description.choices.iter().map(keyed)).collect()
    }

    /// Paints it in the middle of the screen.
    pub fn paint(&self, canvas: &mut Canvas<'_>, screen: Rect) {
        let place = self.place(screen);
        canvas.fill(place, Role::Dialog);
        let grave = self.description.choices.iter().any(|choice| choice.weight == Weight::Grave);
        let edge = if grave { Role::Bad } else { Role::Focus };
        let inner = canvas.frame(place, &[(self.description.title.clone(), Role::Title)], edge);
        let text =
            Rect::new(inner.x + 1, inner.y, inner.width.saturating_sub(2), inner.height.saturating_sub(self.tail()));
        let lines = self.lines(screen);
        let top = self.top.min(lines.len().saturating_sub(usize::from(text.height)));
        for (row, line) in (0..text.height).zip(lines.iter().skip(top)) {
            canvas.line(text, 0, row, line);
        }
        self.paint_more(canvas, inner, lines.len().saturating_sub(top + usize::from(text.height)), top);
        if self.types() {
            let at = Rect::new(text.x, text.bottom() + 1, text.width, 2);
            let wants = match &self.description.demand {
                Demand::Word(word) => vec![
                    (Shown::fixed("Type "), Role::Text),
                    (Shown::line(word), Role::Key),
                    (Shown::fixed(" to confirm:"), Role::Text),
                ],
                Demand::Reason | Demand::Nothing => vec![(Shown::fixed("Why? The reason is kept:"), Role::Text)],
            };
            canvas.line(at, 0, 0, &wants);
            canvas.put(at, 0, 1, &Shown::fixed("> "), Role::Key);
            self.editor.paint(canvas, Rect::new(at.x + 2, at.y + 1, at.width.saturating_sub(2), 1));
        }
        self.paint_buttons(canvas, inner);
    }

    fn paint_more(&self, canvas: &mut Canvas<'_>, inner: Rect, below: usize, above: usize) {
        let row = inner.height.saturating_sub(self.tail());
        let mut pieces = Vec::new();
        if below > 0 {
            pieces
                .push((Shown::from(format!("{} {below} more lines below ", canvas.glyph(Glyph::Down))), Role::Waiting));
        } else if above > 0 {
            pieces.push((Shown::from(format!("{} {above} more lines above ", canvas.glyph(Glyph::Up))), Role::Dim));
        }
        canvas.line_right(inner, row, &pieces);
    }

    fn paint_buttons(&self, canvas: &mut Canvas<'_>, inner: Rect) {
        let row = inner.height.saturating_sub(1);
        let mut column = 1;
        let weights = std::iter::once(Weight::Plain).chain(self.description.choices.iter().map(|choice| choice.weight));
        for ((at, label), weight) in self.labels().into_iter().enumerate().zip(weights) {
            let role = match (at == self.focus, weight) {
                (true, Weight::Grave) => Role::Danger,
                (true, Weight::Plain) => Role::Button,
                (false, Weight::Grave) => Role::Bad,
                (false, Weight::Plain) => Role::Text,
            };
            let brackets = if at == self.focus { Shown::from(format!("[{}]", label.as_str().trim())) } else { label };
            column = canvas.put(inner, column, row, &brackets, role);
            column += 2;
        }
        let hint = self.hint.clone().unwrap_or_else(|| match &self.description.demand {
            Demand::Nothing if self.is_void() => Shown::fixed("enter closes "),
            Demand::Nothing => Shown::fixed("tab chooses · esc cancels "),
            Demand::Word(_) | Demand::Reason => Shown::fixed("enter confirms · tab chooses · esc cancels "),
        });
        let room = usize::from(inner.width.saturating_sub(column + 1));
        let hint = if hint.width() > room && self.hint.is_none() { Shown::fixed("esc cancels ") } else { hint };
        let role = if self.hint.is_some() { Role::Waiting } else { Role::Dim };
        canvas.line_right(inner, row, &[(hint.cut(room), role)]);
    }
}
