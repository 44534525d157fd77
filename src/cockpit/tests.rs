//! Frames and keystrokes on states that grow from real events: each story is a ledger, folded as the engine folds it.

mod frames;
mod hints;
mod hostile;
mod keys;
mod story;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::canvas::{Canvas, Caps, Mouse};
use super::frame;
use super::glyph::Glyphs;
use super::model::Model;
use super::theme::{Depth, Theme};
use super::update::{Ask, Context, Message, update};
use crate::engine::State;
use crate::rollout::Millis;

/// Works on an empty canvas of a size.
pub(super) fn canvas_of(width: u16, height: u16, work: impl FnOnce(&mut Canvas<'_>)) {
    let theme = Theme::embedded("dark", Depth::True);
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    work(&mut Canvas::new(&mut buffer, &theme, CAPS));
}

pub(super) const CAPS: Caps = Caps { glyphs: Glyphs::Unicode, mouse: Mouse::Captured };

/// A screen on a state that can be pressed and looked at.
pub(super) struct Desk {
    pub(super) state: State,
    pub(super) model: Model,
    pub(super) now: Millis,
    pub(super) caps: Caps,
    pub(super) theme: Theme,
    pub(super) asked: Vec<Ask>,
}

/// What is seen: the glyphs, the roles, and when it must be painted again.
pub(super) struct Seen {
    pub(super) glyphs: String,
    pub(super) roles: String,
    pub(super) wake: Option<Millis>,
    pub(super) buffer: Buffer,
}

impl Desk {
    pub(super) fn new(state: State, width: u16, height: u16) -> Self {
        let now = state.now;
        let model = Model::new(Rect::new(0, 0, width, height), Mouse::Captured);
        let theme = Theme::embedded("dark", Depth::True);
        let mut desk = Self { state, model, now, caps: CAPS, theme, asked: Vec::new() };
        desk.send(Message::Changed);
        desk
    }

    pub(super) fn send(&mut self, message: Message) {
        let zone = jiff::tz::TimeZone::UTC;
        let context = Context { state: &self.state, now: self.now, zone: &zone, caps: self.caps, themes: 2 };
        let (model, asked) = update(self.model.clone(), &context, message);
        self.model = model;
        self.asked.extend(asked);
    }

    /// Presses keys: `a`, `enter`, `tab`, `ctrl-c`; a word in quotes is typed.
    pub(super) fn press(&mut self, keys: &str) -> &mut Self {
        for word in keys.split(' ').filter(|word| !word.is_empty()) {
            for key in keys::parse(word) {
                self.send(Message::Key(key));
            }
        }
        self
    }

    /// The engine publishes another state.
    pub(super) fn becomes(&mut self, state: State) {
        self.state = state;
        self.send(Message::Changed);
    }

    pub(super) fn see(&self) -> Seen {
        let zone = jiff::tz::TimeZone::UTC;
        let context = Context { state: &self.state, now: self.now, zone: &zone, caps: self.caps, themes: 2 };
        let mut buffer = Buffer::empty(self.model.area);
        let mut canvas = Canvas::new(&mut buffer, &self.theme, self.caps);
        frame::paint(&mut canvas, &context.view(&self.model));
        let (roles, wake) = (canvas.map(), canvas.wake());
        Seen { glyphs: glyphs(&buffer), roles, wake, buffer }
    }
}

fn glyphs(buffer: &Buffer) -> String {
    use unicode_width::UnicodeWidthStr as _;
    let area = buffer.area;
    let row = |y: u16| {
        let mut text = String::new();
        let mut x = 0;
        while x < area.width {
            let symbol = buffer[(x, y)].symbol();
            text.push_str(symbol);
            x += u16::try_from(symbol.width().max(1)).unwrap();
        }
        text.trim_end().to_owned()
    };
    (0..area.height).map(row).collect::<Vec<_>>().join("\n")
}
