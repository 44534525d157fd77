//! The one place that writes into ratatui's buffer: it takes [`Shown`] and a role, never a raw text or a colour.
//!
//! It also keeps the role of every cell, so that a test can see that a colour was lost.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};

use super::age::{self, Label};
use super::glyph::{Glyph, Glyphs};
use super::role::Role;
use super::theme::Theme;
use crate::rollout::Millis;
use crate::shown::Shown;

/// What a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// The table of signs.
    pub glyphs: Glyphs,
    /// Whether clicks and the wheel are reported.
    pub mouse: Mouse,
}

/// Whether the cockpit listens to the mouse, which takes the terminal's own selection of text away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mouse {
    /// Clicks select, the wheel scrolls.
    Captured,
    /// The terminal keeps it.
    Left,
}

/// A frame being painted.
pub struct Canvas<'a> {
    buffer: &'a mut Buffer,
    roles: Vec<(Role, Chosen)>,
    theme: &'a Theme,
    caps: Caps,
    cursor: Option<Position>,
    wake: Option<Millis>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chosen {
    No,
    Yes,
}

/// A piece of a line and its role.
pub type Piece = (Shown, Role);

impl<'a> Canvas<'a> {
    /// Starts on a clean ground.
    pub fn new(buffer: &'a mut Buffer, theme: &'a Theme, caps: Caps) -> Self {
        let area = buffer.area;
        let roles = vec![(Role::Ground, Chosen::No); usize::from(area.width) * usize::from(area.height)];
        let mut canvas = Self { buffer, roles, theme, caps, cursor: None, wake: None };
        canvas.fill(area, Role::Ground);
        canvas
    }

    /// All of it.
    pub fn area(&self) -> Rect {
        self.buffer.area
    }

    /// What the terminal can show.
    pub fn caps(&self) -> Caps {
        self.caps
    }

    /// A sign.
    pub fn glyph(&self, glyph: Glyph) -> Shown {
        self.caps.glyphs.get(glyph)
    }

    /// Where the terminal's cursor is to stand.
    pub fn cursor(&mut self, position: Position) {
        self.cursor = Some(position);
    }

    /// Where the terminal's cursor stands, if it is shown.
    pub fn cursor_position(&self) -> Option<Position> {
        self.cursor
    }

    /// How long ago something was seen. The frame must be painted again when the words change.
    pub fn age(&mut self, now: Millis, at: Millis) -> Shown {
        self.label(age::ago(now, at))
    }

    /// The same as it stands in a sentence: "now", "20s ago".
    pub fn ago(&mut self, now: Millis, at: Millis) -> Shown {
        let age = self.age(now, at);
        if age.as_str() == age::NOW { age } else { Shown::from(format!("{age} ago")) }
    }

    /// How long something has been going on. The frame must be painted again when the words change.
    pub fn running(&mut self, now: Millis, since: Millis) -> Shown {
        self.label(age::running(now, since))
    }

    /// How long something will still take. The frame must be painted again when the words change.
    pub fn left(&mut self, now: Millis, end: Millis) -> Shown {
        self.label(age::left(now, end))
    }

    fn label(&mut self, label: Label) -> Shown {
        if let Some(until) = label.until {
            self.holds_until(until);
        }
        label.text
    }

    /// The frame must be painted again then.
    pub fn holds_until(&mut self, until: Millis) {
        self.wake = Some(self.wake.map_or(until, |wake| wake.min(until)));
    }

    /// When this frame stops being true by time alone; none: never.
    pub fn wake(&self) -> Option<Millis> {
        self.wake
    }

    /// Empties an area and gives it a background.
    pub fn fill(&mut self, area: Rect, role: Role) {
        let area = area.intersection(self.buffer.area);
        // a role without a background lies on the ground
        let style = Style::reset().patch(self.theme.style(Role::Ground)).patch(self.theme.style(role));
        for position in area.positions() {
            if let Some(cell) = self.buffer.cell_mut(position) {
                cell.reset();
                cell.set_style(style);
            }
            self.mark(position.x, position.y, role);
        }
    }

    /// Writes on one line from a column on, at most to the end of an area; returns the column after it.
    pub fn put(&mut self, area: Rect, column: u16, row: u16, text: &Shown, role: Role) -> u16 {
        let area = area.intersection(self.buffer.area);
        let (x, y) = (area.x.saturating_add(column), area.y.saturating_add(row));
        if x >= area.right() || y >= area.bottom() {
            return column;
        }
        let room = usize::from(area.right() - x);
        // what lies below keeps its background, but not its boldness
        let style = self.theme.style(role);
        let style = style.remove_modifier(Modifier::all().difference(style.add_modifier));
        let text = self.spelled(text.cut(room));
        let (end, _) = self.buffer.set_stringn(x, y, text.as_str(), room, style);
        (x..end).for_each(|x| self.mark(x, y, role));
        end - area.x
    }

    /// A terminal that has no signs has none in our sentences either. What comes from outside keeps its own letters.
    fn spelled(&self, text: Shown) -> Shown {
        if self.caps.glyphs == Glyphs::Unicode || text.as_str().is_ascii() {
            return text;
        }
        let plain = |c: char| match c {
            '·' | '–' => '-',
            '…' => '~',
            '→' => '>',
            other => other,
        };
        Shown::from(text.as_str().chars().map(plain).collect::<String>())
    }

    /// Writes several pieces one after the other; returns the column after them.
    pub fn line(&mut self, area: Rect, column: u16, row: u16, pieces: &[Piece]) -> u16 {
        pieces.iter().fold(column, |at, (text, role)| self.put(area, at, row, text, *role))
    }

    /// Writes pieces so that they end at the right edge.
    pub fn line_right(&mut self, area: Rect, row: u16, pieces: &[Piece]) {
        let width: usize = pieces.iter().map(|(text, _)| text.width()).sum();
        let column = area.width.saturating_sub(u16::try_from(width).unwrap_or(u16::MAX));
        self.line(area, column, row, pieces);
    }

    /// Draws a frame with a title in its upper edge and returns what is inside.
    pub fn frame(&mut self, area: Rect, title: &[Piece], role: Role) -> Rect {
        if area.width < 2 || area.height < 2 {
            return Rect::new(area.x, area.y, 0, 0);
        }
        let [top_left, top_right, bottom_left, bottom_right, edge, side] = self.caps.glyphs.frame();
        let bar =
            |left: &str, right: &str| Shown::from(format!("{left}{}{right}", edge.repeat(usize::from(area.width) - 2)));
        self.put(area, 0, 0, &bar(top_left, top_right), role);
        self.put(area, 0, area.height - 1, &bar(bottom_left, bottom_right), role);
        for row in 1..area.height - 1 {
            self.put(area, 0, row, &Shown::fixed(side), role);
            self.put(area, area.width - 1, row, &Shown::fixed(side), role);
        }
        let inner = Rect::new(area.x + 1, area.y + 1, area.width - 2, area.height - 2);
        if !title.is_empty() && area.width > 6 {
            let bar = Rect::new(area.x + 1, area.y, area.width - 3, 1);
            let space = (Shown::fixed(" "), role);
            let end = self.line(bar, 0, 0, std::slice::from_ref(&space));
            let end = self.line(bar, end, 0, title);
            self.line(bar, end, 0, &[space]);
        }
        inner
    }

    /// Lays the selection over a row of an area, whatever stands there.
    pub fn select(&mut self, area: Rect, row: u16) {
        let bar = Rect::new(area.x, area.y.saturating_add(row), area.width, 1).intersection(area);
        let style = self.theme.style(Role::Selection);
        for position in bar.intersection(self.buffer.area).positions() {
            if let Some(cell) = self.buffer.cell_mut(position) {
                cell.set_style(style);
            }
            if let Some((_, chosen)) = self.index(position.x, position.y).and_then(|at| self.roles.get_mut(at)) {
                *chosen = Chosen::Yes;
            }
        }
    }

    /// The role of every cell, one letter each, a line a row; selected cells in upper case.
    pub fn map(&self) -> String {
        let width = usize::from(self.buffer.area.width).max(1);
        let letter = |(role, chosen): &(Role, Chosen)| match (chosen, role.letter()) {
            (Chosen::No, letter) => letter,
            (Chosen::Yes, '.' | ',') => '_',
            (Chosen::Yes, letter) => letter.to_ascii_uppercase(),
        };
        let rows = self.roles.chunks(width).map(|row| row.iter().map(letter).collect::<String>());
        rows.collect::<Vec<_>>().join("\n")
    }

    fn index(&self, x: u16, y: u16) -> Option<usize> {
        let area = self.buffer.area;
        let (column, row) = (x.checked_sub(area.x)?, y.checked_sub(area.y)?);
        (column < area.width && row < area.height)
            .then(|| usize::from(row) * usize::from(area.width) + usize::from(column))
    }

    fn mark(&mut self, x: u16, y: u16, role: Role) {
        if let Some(cell) = self.index(x, y).and_then(|at| self.roles.get_mut(at)) {
            *cell = (role, Chosen::No);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cockpit::theme::Depth;

    #[test]
    fn nothing_is_written_outside_and_wide_text_is_cut() {
        let theme = Theme::embedded("dark", Depth::True);
        let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 2));
        let caps = Caps { glyphs: Glyphs::Unicode, mouse: Mouse::Left };
        let mut canvas = Canvas::new(&mut buffer, &theme, caps);
        let area = Rect::new(1, 0, 40, 40);
        assert_eq!(canvas.put(area, 0, 0, &Shown::line("漢字かな"), Role::Good), 5);
        assert_eq!(canvas.put(area, 0, 9, &Shown::line("x"), Role::Good), 0);
        assert_eq!(canvas.put(area, 90, 0, &Shown::line("x"), Role::Good), 90);
        canvas.select(area, 0);
        assert_eq!(canvas.map(), "_GGGGG\n......".replacen('_', ".", 1));
    }
}
