//! The grid: one row a repository. Where it is narrow, cells tell less before columns go, and a column that shows trouble goes
//! after all that show none.

mod cell;

use ratatui::layout::Rect;

use self::cell::{Row, Told};
use crate::cockpit::canvas::{Canvas, Piece};
use crate::cockpit::glyph::Glyph;
use crate::cockpit::model::Pane;
use crate::cockpit::role::Role;
use crate::cockpit::view::View;
use crate::cockpit::words;
use crate::rollout::seam::SeamState;
use crate::rollout::status::RepoStatus;
use crate::shown::Shown;

/// A column: its head, how long it stays when it is narrow ([`ALWAYS`] longest), and the most room it takes.
struct Column {
    head: &'static str,
    stays: u8,
    most: usize,
    cell: fn(&mut Canvas<'_>, &Row<'_>) -> Vec<Piece>,
}

/// The columns, from left to right.
const COLUMNS: [Column; 13] = [
    Column { head: "", stays: ALWAYS, most: 5, cell: cell::sign },
    Column { head: "repo", stays: ALWAYS, most: 24, cell: cell::name },
    Column { head: "branch", stays: 3, most: 24, cell: cell::branch },
    Column { head: "HEAD", stays: 1, most: 7, cell: cell::head },
    Column { head: "QA SHA", stays: 8, most: 7, cell: cell::qa },
    Column { head: "main", stays: 1, most: 7, cell: cell::main },
    Column { head: "drift", stays: 7, most: 28, cell: cell::drift },
    Column { head: "tree", stays: 2, most: 18, cell: cell::tree },
    Column { head: "published", stays: 5, most: 34, cell: cell::published },
    Column { head: "deployed", stays: 6, most: 20, cell: cell::deployed },
    Column { head: "step", stays: 8, most: 16, cell: cell::step },
    Column { head: "seams", stays: 5, most: 7, cell: cell::seams },
    Column { head: "seen", stays: 4, most: 12, cell: cell::seen },
];

/// A column that never goes.
const ALWAYS: u8 = 9;

/// Cells tell less before a column goes that stays so long.
const MATTERS: u8 = 5;

/// A branch is cut to this before its column goes: a part of its name still tells when it is another.
const BRIEF: usize = 12;

/// Between two columns.
const GAP: usize = 2;

/// Paints it.
pub fn paint(canvas: &mut Canvas<'_>, area: Rect, view: &View<'_>) {
    let repos = view.repos();
    let focused = view.has_keys(Pane::Repos);
    let title = super::title(view, "Repos", repos.len(), view.state.status.repos.len());
    let inner = canvas.frame(area, &title, if focused { Role::Focus } else { Role::Border });
    let body = Rect::new(inner.x, inner.y + 1, inner.width, inner.height.saturating_sub(1));
    let view_rows = usize::from(body.height);
    let scroll = view.model.repos.fitted(repos.len(), view_rows);
    let visible: Vec<_> = repos.iter().skip(scroll.top).take(view_rows).map(|(_, repo)| *repo).collect();
    let (rows, widths) = fitted(canvas, view, &visible, usize::from(inner.width).saturating_sub(1));
    let mut at = 1;
    for (column, width) in COLUMNS.iter().zip(&widths).filter(|(_, width)| **width > 0) {
        canvas.put(inner, at, 0, &Shown::fixed(column.head).cut(*width), Role::Dim);
        at += u16::try_from(width + GAP).unwrap_or(0);
    }
    for (row, cells) in (0..body.height).zip(&rows) {
        paint_row(canvas, body, row, cells, &widths);
    }
    let used: usize = title.iter().map(|(text, _)| text.width()).sum();
    let upper = Rect::new(area.x + 1, area.y, area.width.saturating_sub(3), 1);
    canvas.line_right(upper, 0, &broken(canvas, view, usize::from(upper.width).saturating_sub(used + 4)));
    if focused && !repos.is_empty() {
        canvas.select(body, u16::try_from(scroll.selected - scroll.top).unwrap_or(0));
    }
    let below = repos.iter().skip(scroll.top + visible.len());
    let mut out_of_view = hidden(canvas, scroll.top, below.len());
    let mut unseen = repos.iter().take(scroll.top).chain(below).map(|(_, repo)| Row { view, repo, told: Told::Terse });
    if unseen.any(|row| cell::is_troubled(canvas, &row)) {
        out_of_view.push((Shown::from(format!("{} among them ", canvas.glyph(Glyph::Attention))), Role::Bad));
    }
    edge(canvas, area, &out_of_view);
    if repos.is_empty() {
        canvas.put(body, 1, 0, &Shown::fixed("no repository matches"), Role::Dim);
    }
}

/// The seams that don't hold, whatever is out of view below: nothing where all do.
fn broken(canvas: &Canvas<'_>, view: &View<'_>, room: usize) -> Vec<Piece> {
    let count = |state| view.state.status.seams.iter().filter(|seam| seam.state == state).count();
    let told = [SeamState::Broken, SeamState::Unknown].map(|state| (words::seam(state), count(state)));
    let mut pieces: Vec<Piece> = Vec::new();
    for (look, count) in told.into_iter().filter(|(_, count)| *count > 0) {
        let noun = if count == 1 { "seam" } else { "seams" };
        pieces.push((Shown::from(format!(" {} {count} {noun} {} ", canvas.glyph(look.glyph), look.word)), look.role));
    }
    let key = (Shown::from(format!("{} S shows them ", canvas.glyph(Glyph::Dot))), Role::Dim);
    let width = |pieces: &[Piece]| pieces.iter().map(|(text, _)| text.width()).sum::<usize>();
    if !pieces.is_empty() && width(&pieces) + key.0.width() <= room {
        pieces.push(key);
    }
    pieces
}

/// The cells of the rows and the room of each column: told as fully as leaves no column out that matters.
fn fitted(
    canvas: &mut Canvas<'_>,
    view: &View<'_>,
    visible: &[&RepoStatus],
    room: usize,
) -> (Vec<Vec<Vec<Piece>>>, Vec<usize>) {
    let at_hand = view.attention().and_then(|id| view.step_by_id(id));
    let publishing = at_hand.is_some_and(|step| step.verb == "publish");
    let tell = |told: Told| {
        let row = |repo: &&RepoStatus| {
            let row = Row { view, repo, told };
            COLUMNS.iter().map(|column| (column.cell)(canvas, &row)).collect()
        };
        let rows: Vec<Vec<Vec<Piece>>> = visible.iter().map(row).collect();
        let widths = widths(&rows, room, publishing);
        (rows, widths)
    };
    let lost = |(rows, widths): &(Vec<Vec<Vec<Piece>>>, Vec<usize>)| {
        let told = COLUMNS.iter().zip(wanted(rows).into_iter().zip(widths));
        told.filter(|(column, (wanted, kept))| column.stays >= MATTERS && *wanted > 0 && **kept == 0).count()
    };
    // of those that lose as little as can be, the fullest
    Told::ALL.map(tell).into_iter().min_by_key(lost).unwrap_or_default()
}

fn paint_row(canvas: &mut Canvas<'_>, body: Rect, row: u16, cells: &[Vec<Piece>], widths: &[usize]) {
    let mut at = 1;
    for (cell, width) in cells.iter().zip(widths).filter(|(_, width)| **width > 0) {
        let width = u16::try_from(*width).unwrap_or(0);
        let place = Rect::new(
            body.x.saturating_add(at),
            body.y,
            width.min(body.right().saturating_sub(body.x + at)),
            body.height,
        );
        canvas.line(place, 0, row, &fit(cell, usize::from(place.width)));
        at += width + u16::try_from(GAP).unwrap_or(0);
    }
}

/// Cuts a cell so that an ellipsis tells what is lost.
fn fit(cell: &[Piece], width: usize) -> Vec<Piece> {
    let mut room = width;
    let mut kept = Vec::new();
    let total: usize = cell.iter().map(|(text, _)| text.width()).sum();
    if total <= width {
        return cell.to_vec();
    }
    for (text, role) in cell {
        let cut = if text.width() >= room { Shown::from(format!("{text}…")).cut(room) } else { text.clone() };
        room = room.saturating_sub(cut.width());
        kept.push((cut, *role));
        if room == 0 {
            break;
        }
    }
    kept
}

/// The room that each column would take; none for one that says nothing of any row.
fn wanted(rows: &[Vec<Vec<Piece>>]) -> Vec<usize> {
    let width = |(at, column): (usize, &Column)| {
        let cells = rows.iter().filter_map(|cells| cells.get(at));
        let widest = cells.map(|cell| cell.iter().map(|(text, _)| text.width()).sum()).max();
        widest
            .filter(|widest| *widest > 0 || rows.is_empty())
            .map_or(0, |widest: usize| widest.max(column.head.len()).min(column.most))
    };
    COLUMNS.iter().enumerate().map(width).collect()
}

/// How long a column stays, with what it shows and what the release is at: what is broken outstays what is well.
fn stays(column: &Column, rows: &[Vec<Vec<Piece>>], at: usize, publishing: bool) -> u8 {
    let shows = |wanted: &[Role]| {
        let mut pieces = rows.iter().filter_map(|cells| cells.get(at)).flatten();
        pieces.any(|(_, role)| wanted.contains(role))
    };
    let more = match column.head {
        _ if column.stays == ALWAYS => 0,
        _ if shows(&[Role::Bad, Role::Danger]) => 3,
        "published" if publishing => 2,
        _ if shows(&[Role::Doubt]) => 1,
        _ => 0,
    };
    if column.stays == ALWAYS { ALWAYS } else { (column.stays + more).min(ALWAYS - 1) }
}

/// The room of each column; none for those that don't fit. The least needed goes first.
fn widths(rows: &[Vec<Vec<Piece>>], room: usize, publishing: bool) -> Vec<usize> {
    let mut widths = wanted(rows);
    let taken = |widths: &[usize]| widths.iter().filter(|w| **w > 0).map(|w| w + GAP).sum::<usize>();
    loop {
        let over = taken(&widths).saturating_sub(room + GAP);
        if over == 0 {
            break;
        }
        let shown = COLUMNS.iter().zip(&mut widths).enumerate().filter(|(_, (_, width))| **width > 0);
        let least = shown.min_by_key(|(at, (column, _))| stays(column, rows, *at, publishing));
        let Some((_, (column, width))) = least else { break };
        if column.stays == ALWAYS {
            break;
        }
        let kept = width.saturating_sub(over);
        *width = if column.head == "branch" && kept >= BRIEF { kept } else { 0 };
    }
    widths
}

/// Says in the lower edge how many rows are out of view.
pub fn more(canvas: &mut Canvas<'_>, area: Rect, above: usize, below: usize) {
    edge(canvas, area, &hidden(canvas, above, below));
}

fn hidden(canvas: &Canvas<'_>, above: usize, below: usize) -> Vec<Piece> {
    let part = |sign: Glyph, count: usize| (count > 0).then(|| format!(" {} {count} more ", canvas.glyph(sign)));
    let text: String = [part(Glyph::Up, above), part(Glyph::Down, below)].into_iter().flatten().collect();
    if text.is_empty() { Vec::new() } else { vec![(Shown::from(text), Role::Dim)] }
}

fn edge(canvas: &mut Canvas<'_>, area: Rect, pieces: &[Piece]) {
    if !pieces.is_empty() && area.height > 1 {
        let edge = Rect::new(area.x + 1, area.bottom() - 1, area.width.saturating_sub(3), 1);
        canvas.line_right(edge, 0, pieces);
    }
}

#[cfg(test)]
mod tests {
    use super::cell::plain;
    use super::*;

    fn row_of(role: impl Fn(&str) -> Role) -> Vec<Vec<Vec<Piece>>> {
        vec![COLUMNS.iter().map(|column| plain(&"x".repeat(column.most), role(column.head))).collect()]
    }

    fn kept(rows: &[Vec<Vec<Piece>>], room: usize, publishing: bool) -> Vec<&'static str> {
        let widths = widths(rows, room, publishing);
        COLUMNS.iter().zip(widths).filter(|(_, w)| *w > 0).map(|(c, _)| c.head).collect()
    }

    #[test]
    fn the_least_needed_column_goes_first() {
        let well = row_of(|_| Role::Text);
        assert_eq!(kept(&well, 500, false).len(), COLUMNS.len());
        assert_eq!(kept(&well, 60, false), ["", "repo", "QA SHA", "step"]);
        assert_eq!(kept(&well, 10, false), ["", "repo"]);
    }

    #[test]
    fn what_is_broken_outstays_what_is_well() {
        let broken = row_of(|head| if head == "seams" { Role::Bad } else { Role::Text });
        assert_eq!(kept(&broken, 75, false), ["", "repo", "QA SHA", "step", "seams"]);
        let conflict = row_of(|head| if head == "published" { Role::Bad } else { Role::Text });
        assert_eq!(kept(&conflict, 98, false), ["", "repo", "QA SHA", "published", "step"]);
        // one that is at hand, and no sooner
        let well = row_of(|_| Role::Text);
        assert!(kept(&well, 130, true).contains(&"published"));
        assert!(!kept(&well, 130, false).contains(&"published"));
    }
}
