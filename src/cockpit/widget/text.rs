//! Rows of pieces laid out in a width: wrapped at spaces, with what belongs together kept in one column.

use crate::cockpit::canvas::Piece;
use crate::cockpit::role::Role;
use crate::shown::Shown;

/// The column in which the value of a fact starts.
const LABEL: usize = 14;

/// One thing to say, before it is known how wide the place for it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// An empty line.
    Blank,
    /// A line that says one thing; what doesn't fit goes on below.
    Line(Vec<Piece>),
    /// A line that isn't broken: what doesn't fit is out of sight.
    Unbroken(Vec<Piece>),
    /// A label, and beside it what it labels.
    Fact(Shown, Vec<Piece>),
    /// A sign or a word at the left, and what it is about; what doesn't fit goes on below the latter.
    Item(Vec<Piece>, Vec<Piece>),
}

impl Row {
    /// A line of one role.
    pub fn say(text: impl Into<Shown>, role: Role) -> Self {
        Self::Line(vec![(text.into(), role)])
    }

    /// A fact of one role.
    pub fn fact(label: &'static str, value: impl Into<Shown>, role: Role) -> Self {
        Self::Fact(Shown::fixed(label), vec![(value.into(), role)])
    }
}

/// The lines that rows take in so many columns.
pub fn lay_out(rows: &[Row], width: usize) -> Vec<Vec<Piece>> {
    let mut lines = Vec::new();
    for row in rows {
        match row {
            Row::Blank => lines.push(Vec::new()),
            Row::Unbroken(pieces) => lines.push(pieces.clone()),
            Row::Line(pieces) => lines.extend(wrap(pieces, width)),
            Row::Item(sign, about) => lines.extend(item(sign, about, width)),
            Row::Fact(label, value) if width < 3 * LABEL => {
                lines.push(vec![(label.clone(), Role::Dim)]);
                lines.extend(wrap(value, width));
            }
            Row::Fact(label, value) => {
                let long = label.width() >= LABEL;
                if long {
                    lines.push(vec![(label.clone(), Role::Dim)]);
                }
                for (at, line) in wrap(value, width.saturating_sub(LABEL)).into_iter().enumerate() {
                    let head = if at == 0 && !long { label.pad(LABEL) } else { Shown::EMPTY.pad(LABEL) };
                    lines.push(std::iter::once((head, Role::Dim)).chain(line).collect());
                }
            }
        }
    }
    lines
}

fn item(sign: &[Piece], about: &[Piece], width: usize) -> Vec<Vec<Piece>> {
    let left: usize = sign.iter().map(|(text, _)| text.width()).sum();
    if width < 2 * left {
        return wrap(&[sign, about].concat(), width);
    }
    let mut lines = wrap(about, width - left).into_iter();
    let first = [sign, &lines.next().unwrap_or_default()].concat();
    let below = lines.map(|line| [vec![(Shown::EMPTY.pad(left), Role::Text)], line].concat());
    std::iter::once(first).chain(below).collect()
}

/// Breaks a line of pieces at spaces.
pub fn wrap(pieces: &[Piece], width: usize) -> Vec<Vec<Piece>> {
    let width = width.max(1);
    let mut lines: Vec<Vec<Piece>> = vec![Vec::new()];
    let mut taken = 0;
    for (text, role) in pieces {
        for word in text.as_str().split_inclusive(' ') {
            let bare = Shown::line(word.trim_end_matches(' '));
            if taken > 0 && taken + bare.width() > width {
                lines.push(Vec::new());
                taken = 0;
            }
            for (at, part) in bare.wrap(width).into_iter().enumerate() {
                if at > 0 {
                    lines.push(Vec::new());
                    taken = 0;
                }
                taken += part.width();
                push(&mut lines, part, *role);
            }
            let spaces = word.len() - word.trim_end_matches(' ').len();
            let spaces = spaces.min(width.saturating_sub(taken));
            taken += spaces;
            push(&mut lines, Shown::EMPTY.pad(spaces), *role);
        }
    }
    lines
}

fn push(lines: &mut [Vec<Piece>], text: Shown, role: Role) {
    let Some(line) = lines.last_mut().filter(|_| !text.is_empty()) else { return };
    match line.last_mut() {
        Some((before, same)) if *same == role => *before = Shown::from(format!("{before}{text}")),
        Some(_) | None => line.push((text, role)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(lines: &[Vec<Piece>]) -> Vec<String> {
        lines.iter().map(|line| line.iter().map(|(text, _)| text.as_str()).collect()).collect()
    }

    #[test]
    fn a_fact_keeps_its_column() {
        let rows = [Row::fact("command", "twine upload dist/one dist/two dist/three", Role::Text)];
        assert_eq!(
            flat(&lay_out(&rows, 46)),
            ["command       twine upload dist/one dist/two ", "              dist/three"]
        );
        assert_eq!(flat(&lay_out(&rows, 30)), ["command", "twine upload dist/one dist/two", "dist/three"]);
    }

    #[test]
    fn an_item_goes_on_below_what_it_is_about() {
        let rows =
            [Row::Item(vec![(Shown::fixed(" x failed "), Role::Bad)], vec![(Shown::fixed("a long name"), Role::Text)])];
        assert_eq!(flat(&lay_out(&rows, 20)), [" x failed a long ", "          name"]);
        assert_eq!(flat(&lay_out(&rows, 12)), [" x failed a ", "long name"]);
    }

    #[test]
    fn a_word_that_is_too_long_is_broken() {
        assert_eq!(flat(&wrap(&[(Shown::fixed("ab abcdefgh"), Role::Text)], 4)), ["ab ", "abcd", "efgh"]);
    }
}
