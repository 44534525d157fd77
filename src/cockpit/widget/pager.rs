//! A long text in view: following its end, searched, scrolled both ways. The lines belong to someone else.

use ratatui::layout::Rect;

use super::scroll::Moved;
use crate::cockpit::canvas::{Canvas, Piece};
use crate::cockpit::glyph::Glyph;
use crate::cockpit::keymap::Action;
use crate::cockpit::role::Role;
use crate::shown::Shown;

/// What part of a text is in view, and what is looked for in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pager {
    /// The first line in view, unless the end is followed.
    pub top: usize,
    /// Columns scrolled away to the left.
    pub left: usize,
    /// Whether the newest line is kept in view.
    pub follow: Follow,
    /// What is looked for; empty for nothing.
    pub needle: String,
}

/// Whether the end of a growing text is kept in view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follow {
    /// It is.
    End,
    /// It stays where it is.
    Stay,
}

impl Default for Pager {
    fn default() -> Self {
        Self { top: 0, left: 0, follow: Follow::End, needle: String::new() }
    }
}

impl Pager {
    /// Starts at the first line, for a text that doesn't grow.
    pub fn at_start() -> Self {
        Self { follow: Follow::Stay, ..Self::default() }
    }

    /// The first line in view.
    pub fn first(&self, lines: usize, view: usize) -> usize {
        let last = lines.saturating_sub(view);
        match self.follow {
            Follow::End => last,
            Follow::Stay => self.top.min(last),
        }
    }

    /// Moves through `lines` lines of which `view` are in view. Scrolling up stops following; reaching the end doesn't start it.
    pub fn handle(&mut self, action: Action, lines: usize, view: usize) -> Moved {
        let first = self.first(lines, view);
        let page = view.saturating_sub(1).max(1);
        let top = match action {
            Action::Up => first.saturating_sub(1),
            Action::Down => first + 1,
            Action::PageUp => first.saturating_sub(page),
            Action::PageDown => first + page,
            Action::First => 0,
            Action::Last => lines,
            Action::Left => {
                self.left = self.left.saturating_sub(8);
                return Moved::Yes;
            }
            Action::Right => {
                self.left = (self.left + 8).min(crate::shown::MAX_OUTPUT);
                return Moved::Yes;
            }
            Action::Follow => {
                self.top = first;
                self.follow = if self.follow == Follow::End { Follow::Stay } else { Follow::End };
                return Moved::Yes;
            }
            _ => return Moved::No,
        };
        self.follow = if action == Action::Last { Follow::End } else { Follow::Stay };
        self.top = top.min(lines.saturating_sub(view));
        Moved::Yes
    }

    /// Goes to the next or previous line that has what is looked for, round the end. Nothing when there is none.
    pub fn find(&mut self, direction: Direction, lines: &[Shown], view: usize) -> Option<usize> {
        let first = self.first(lines.len(), view);
        let hits: Vec<usize> =
            (0..lines.len()).filter(|at| lines.get(*at).is_some_and(|line| self.matches(line))).collect();
        let hit = match direction {
            Direction::Here => hits.iter().find(|at| **at >= first).or(hits.first()),
            Direction::Next => hits.iter().find(|at| **at > first).or(hits.first()),
            Direction::Previous => hits.iter().rev().find(|at| **at < first).or(hits.last()),
        };
        let hit = *hit?;
        self.follow = Follow::Stay;
        self.top = hit.min(lines.len().saturating_sub(view));
        Some(hit)
    }

    fn matches(&self, line: &Shown) -> bool {
        !found(line.as_str(), &self.needle).is_empty()
    }

    /// Paints the lines in view, with what is looked for marked.
    pub fn paint(&self, canvas: &mut Canvas<'_>, area: Rect, lines: usize, line: impl Fn(usize) -> Option<Vec<Piece>>) {
        let first = self.first(lines, usize::from(area.height));
        for row in 0..area.height {
            let Some(pieces) = line(first + usize::from(row)) else { break };
            self.paint_line(canvas, area, row, &from_column(&pieces, self.left));
        }
    }

    /// Paints one line that is already scrolled to the left.
    fn paint_line(&self, canvas: &mut Canvas<'_>, area: Rect, row: u16, pieces: &[Piece]) {
        let width: usize = pieces.iter().map(|(text, _)| text.width()).sum();
        canvas.line(area, 0, row, pieces);
        let text = flat(pieces);
        for (start, end) in found(text.as_str(), &self.needle) {
            let (Some(before), Some(hit)) = (text.as_str().get(..start), text.as_str().get(start..end)) else {
                continue;
            };
            let column = u16::try_from(Shown::line(before).width()).unwrap_or(u16::MAX);
            canvas.put(area, column, row, &Shown::line(hit), Role::Match);
        }
        if width > usize::from(area.width) {
            let sign = canvas.glyph(Glyph::Right);
            canvas.put(area, area.width.saturating_sub(1), row, &sign, Role::Dim);
        }
    }
}

/// A line as one text, for searching and copying.
pub fn flat(pieces: &[Piece]) -> Shown {
    Shown::join(pieces.iter().map(|(text, _)| text), &Shown::EMPTY)
}

fn from_column(pieces: &[Piece], columns: usize) -> Vec<Piece> {
    let mut hidden = columns;
    let mut kept = Vec::new();
    for (text, role) in pieces {
        let width = text.width();
        if hidden < width {
            kept.push((text.from_column(hidden), *role));
        }
        hidden = hidden.saturating_sub(width);
    }
    kept
}

/// Where a search goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the first line in view, that line included.
    Here,
    /// Below it.
    Next,
    /// Above it.
    Previous,
}

/// Where a needle stands, as byte ranges. Case matters only where the needle has capitals.
fn found(text: &str, needle: &str) -> Vec<(usize, usize)> {
    if needle.is_empty() {
        return Vec::new();
    }
    if needle.chars().any(char::is_uppercase) {
        return text.match_indices(needle).map(|(at, hit)| (at, at + hit.len())).collect();
    }
    // ASCII folding keeps every byte where it is
    let (text, needle) = (text.to_ascii_lowercase(), needle.to_ascii_lowercase());
    text.match_indices(needle.as_str()).map(|(at, hit)| (at, at + hit.len())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(texts: &[&str]) -> Vec<Shown> {
        texts.iter().map(|text| Shown::line(text)).collect()
    }

    #[test]
    fn scrolling_up_stops_following_and_the_end_starts_it() {
        let mut pager = Pager::default();
        assert_eq!(pager.first(100, 10), 90);
        pager.handle(Action::Up, 100, 10);
        assert_eq!((pager.follow, pager.first(200, 10)), (Follow::Stay, 89));
        pager.handle(Action::Last, 200, 10);
        assert_eq!((pager.follow, pager.first(300, 10)), (Follow::End, 290));
    }

    #[test]
    fn a_search_goes_round_and_minds_capitals() {
        let text = lines(&["Error one", "fine", "error two", "fine"]);
        let mut pager = Pager { needle: "error".into(), ..Pager::at_start() };
        assert_eq!(pager.find(Direction::Here, &text, 1), Some(0));
        assert_eq!(pager.find(Direction::Next, &text, 1), Some(2));
        assert_eq!(pager.find(Direction::Next, &text, 1), Some(0));
        assert_eq!(pager.find(Direction::Previous, &text, 1), Some(2));
        pager.needle = "Error".into();
        assert_eq!(pager.find(Direction::Next, &text, 1), Some(0));
        pager.needle = "absent".into();
        assert_eq!(pager.find(Direction::Next, &text, 1), None);
    }
}
