//! The grid: one row a repository, each cell from an observation. What is old or unknown says so.

use ratatui::layout::Rect;

use crate::cockpit::age::OLD;
use crate::cockpit::canvas::{Canvas, Piece};
use crate::cockpit::glyph::Glyph;
use crate::cockpit::model::Pane;
use crate::cockpit::role::Role;
use crate::cockpit::view::View;
use crate::cockpit::words::{self, Look};
use crate::plan::Sha;
use crate::rollout::StepState;
use crate::rollout::observed::Seen;
use crate::rollout::out_of_order::Kind;
use crate::rollout::seam::SeamState;
use crate::rollout::status::{DriftState, RepoStatus, StepRef};
use crate::shown::Shown;

/// A column: its head, how long it stays when it is narrow (9 longest), and the most room it takes.
struct Column {
    head: &'static str,
    stays: u8,
    most: usize,
    cell: fn(&mut Canvas<'_>, &View<'_>, &RepoStatus) -> Vec<Piece>,
}

/// The columns, from left to right.
const COLUMNS: [Column; 13] = [
    Column { head: "", stays: 9, most: 5, cell: sign },
    Column { head: "repo", stays: 9, most: 24, cell: name },
    Column { head: "branch", stays: 3, most: 24, cell: branch },
    Column { head: "HEAD", stays: 1, most: 7, cell: head },
    Column { head: "QA SHA", stays: 8, most: 7, cell: qa },
    Column { head: "main", stays: 1, most: 7, cell: main },
    Column { head: "drift", stays: 7, most: 28, cell: drift },
    Column { head: "tree", stays: 2, most: 18, cell: tree },
    Column { head: "published", stays: 5, most: 34, cell: published },
    Column { head: "deployed", stays: 6, most: 20, cell: deployed },
    Column { head: "step", stays: 8, most: 16, cell: step },
    Column { head: "seams", stays: 5, most: 7, cell: seams },
    Column { head: "seen", stays: 4, most: 12, cell: seen },
];

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
    let visible: Vec<_> = repos.iter().skip(scroll.top).take(view_rows).collect();
    let rows: Vec<Vec<Vec<Piece>>> = visible
        .iter()
        .map(|(_, repo)| COLUMNS.iter().map(|column| (column.cell)(canvas, view, repo)).collect())
        .collect();
    let widths = widths(&rows, usize::from(inner.width).saturating_sub(1));
    let mut at = 1;
    for (column, width) in COLUMNS.iter().zip(&widths).filter(|(_, width)| **width > 0) {
        canvas.put(inner, at, 0, &Shown::fixed(column.head).cut(*width), Role::Dim);
        at += u16::try_from(width + GAP).unwrap_or(0);
    }
    for (row, cells) in (0..body.height).zip(&rows) {
        paint_row(canvas, body, row, cells, &widths);
    }
    if focused && !repos.is_empty() {
        canvas.select(body, u16::try_from(scroll.selected - scroll.top).unwrap_or(0));
    }
    more(canvas, area, scroll.top, repos.len().saturating_sub(scroll.top + visible.len()));
    if repos.is_empty() {
        canvas.put(body, 1, 0, &Shown::fixed("no repository matches"), Role::Dim);
    }
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

/// The room of each column; none for those that don't fit. The least needed goes first.
fn widths(rows: &[Vec<Vec<Piece>>], room: usize) -> Vec<usize> {
    let width = |at: usize, column: &Column| {
        let cells = rows.iter().filter_map(|cells| cells.get(at));
        let widest = cells.map(|cell| cell.iter().map(|(text, _)| text.width()).sum()).max();
        // a column that says nothing of any row isn't there
        widest
            .filter(|widest| *widest > 0 || rows.is_empty())
            .map_or(0, |widest: usize| widest.max(column.head.len()).min(column.most))
    };
    let mut widths: Vec<usize> = COLUMNS.iter().enumerate().map(|(at, column)| width(at, column)).collect();
    let taken = |widths: &[usize]| widths.iter().filter(|w| **w > 0).map(|w| w + GAP).sum::<usize>();
    loop {
        let over = taken(&widths).saturating_sub(room + GAP);
        if over == 0 {
            break;
        }
        let shown = COLUMNS.iter().zip(&mut widths).filter(|(_, width)| **width > 0);
        let Some((column, width)) = shown.min_by_key(|(column, _)| column.stays) else { break };
        if column.stays == 9 {
            break;
        }
        let kept = width.saturating_sub(over);
        *width = if column.head == "branch" && kept >= BRIEF { kept } else { 0 };
    }
    widths
}

/// Says in the lower edge how many rows are out of view.
pub(super) fn more(canvas: &mut Canvas<'_>, area: Rect, above: usize, below: usize) {
    let part = |sign: Glyph, count: usize, canvas: &Canvas<'_>| {
        (count > 0).then(|| format!(" {} {count} more ", canvas.glyph(sign)))
    };
    let text: String =
        [part(Glyph::Up, above, canvas), part(Glyph::Down, below, canvas)].into_iter().flatten().collect();
    if !text.is_empty() && area.height > 1 {
        let edge = Rect::new(area.x + 1, area.bottom() - 1, area.width.saturating_sub(3), 1);
        canvas.line_right(edge, 0, &[(Shown::from(text), Role::Dim)]);
    }
}

fn plain(text: &str, role: Role) -> Vec<Piece> {
    vec![(Shown::line(text), role)]
}

fn nothing(canvas: &Canvas<'_>) -> Vec<Piece> {
    vec![(canvas.glyph(Glyph::Nothing), Role::Dim)]
}

/// The worst that is known of the row, as one sign: trouble, drift, then where its step stands.
fn sign(canvas: &mut Canvas<'_>, view: &View<'_>, repo: &RepoStatus) -> Vec<Piece> {
    let current = repo.step.as_ref().is_some_and(|step| view.attention() == Some(&step.id));
    let (glyph, role) = match (&repo.trouble, repo.drift.state, &repo.step) {
        (Some(_), ..) | (None, DriftState::Drifted, _) => (Glyph::Attention, Role::Bad),
        _ if view.has_unanswered(repo, |_| true) => (Glyph::Attention, Role::Bad),
        (None, _, Some(step)) => {
            let look = look(view, step);
            let waits = matches!(step.state, StepState::Pending) && current;
            if waits { (Glyph::Current, Role::Waiting) } else { (look.glyph, look.role) }
        }
        (None, _, None) => (Glyph::Nothing, Role::Dim),
    };
    vec![(canvas.glyph(glyph), role)]
}

fn look(view: &View<'_>, step: &StepRef) -> Look {
    view.step_by_id(&step.id).map_or_else(|| words::step(step.state), |found| view.look(found))
}

fn name(_: &mut Canvas<'_>, _: &View<'_>, repo: &RepoStatus) -> Vec<Piece> {
    plain(&repo.name, Role::Strong)
}

fn branch(_: &mut Canvas<'_>, _: &View<'_>, repo: &RepoStatus) -> Vec<Piece> {
    match (&repo.trouble, &repo.branch, &repo.head) {
        (Some(trouble), ..) => plain(trouble, Role::Bad),
        (None, Some(branch), _) => plain(branch, Role::Text),
        (None, None, Some(_)) => plain("detached", Role::Waiting),
        (None, None, None) => plain("?", Role::Doubt),
    }
}

fn sha(sha: Option<&Sha>, canvas: &Canvas<'_>) -> Vec<Piece> {
    sha.map_or_else(|| nothing(canvas), |sha| plain(sha.short(), Role::Text))
}

fn head(canvas: &mut Canvas<'_>, _: &View<'_>, repo: &RepoStatus) -> Vec<Piece> {
    sha(repo.head.as_ref(), canvas)
}

fn qa(canvas: &mut Canvas<'_>, _: &View<'_>, repo: &RepoStatus) -> Vec<Piece> {
    match &repo.qa_sha {
        Some(sha) => plain(sha.short(), Role::Accent),
        None => nothing(canvas),
    }
}

fn main(canvas: &mut Canvas<'_>, _: &View<'_>, repo: &RepoStatus) -> Vec<Piece> {
    sha(repo.main_sha.as_ref(), canvas)
}

fn drift(canvas: &mut Canvas<'_>, view: &View<'_>, repo: &RepoStatus) -> Vec<Piece> {
    let look = words::drift(repo.drift.state);
    if repo.deploy.is_none() && view.has_unanswered(repo, |kind| kind == Kind::Ref) {
        return plain(&format!("{} a ref, not by us", canvas.glyph(Glyph::Attention)), Role::Bad);
    }
    match repo.drift.state {
        DriftState::NotFrozen => nothing(canvas),
        // what ships is the frozen commit, or the one on top of it that says what it is
        DriftState::Same if repo.drift.local != "=" => plain(&repo.drift.local, look.role),
        DriftState::Same => vec![(canvas.glyph(look.glyph), look.role)],
        DriftState::Drifted | DriftState::Unknown => {
            let (local, remote) = (&repo.drift.local, &repo.drift.remote);
            let text = match (local.as_str(), remote.as_str()) {
                ("=", remote) => format!("origin {remote}"),
                (local, "=") => local.to_owned(),
                (local, remote) if local == remote => format!("{local}, origin too"),
                (local, remote) => format!("{local}, origin {remote}"),
            };
            plain(&text, look.role)
        }
    }
}

fn tree(canvas: &mut Canvas<'_>, _: &View<'_>, repo: &RepoStatus) -> Vec<Piece> {
    let Some(dirty) = &repo.dirty.value else { return unknown(&repo.dirty, canvas) };
    if dirty.is_clean() {
        return plain("clean", Role::Dim);
    }
    let counts = [(dirty.modified, "changed"), (dirty.untracked, "new"), (dirty.conflicted, "in conflict")];
    let words: Vec<_> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    plain(&words.join(", "), Role::Waiting)
}

/// What was never asked is nothing yet; what was asked in vain is unknown.
fn unknown<T>(seen: &Seen<T>, canvas: &Canvas<'_>) -> Vec<Piece> {
    if seen.at.is_none() { nothing(canvas) } else { plain("?", Role::Doubt) }
}

/// An old answer tells its age.
fn aged<T>(mut pieces: Vec<Piece>, canvas: &mut Canvas<'_>, view: &View<'_>, seen: &Seen<T>) -> Vec<Piece> {
    if let Some(at) = seen.at.filter(|at| view.now.saturating_sub(*at) > OLD) {
        let age = canvas.age(view.now, at);
        pieces.push((Shown::from(format!(" {age} old")), Role::Waiting));
    }
    pieces
}

fn published(canvas: &mut Canvas<'_>, view: &View<'_>, repo: &RepoStatus) -> Vec<Piece> {
    // nothing is frozen, so no version is asked for
    let Some(publish) = repo.publish.as_ref().filter(|p| p.version.is_some()) else { return nothing(canvas) };
    let mut look = words::package(publish.state.value.as_ref());
    let strange = view.has_unanswered(repo, |kind| kind == Kind::Package);
    if strange {
        (look.glyph, look.role) = (Glyph::Attention, Role::Bad);
    }
    let version = publish.version.as_deref().unwrap_or("?");
    // the registry's name is the first thing to go, and the repository's page has it
    let registry = if canvas.area().width < 100 { String::new() } else { format!("{} ", publish.registry) };
    let sign = if look.word == "?" { Shown::EMPTY } else { Shown::from(format!("{} ", canvas.glyph(look.glyph))) };
    let pieces = vec![
        (sign, look.role),
        (Shown::line(&format!("{registry}{version} ")), Role::Text),
        (Shown::fixed(look.word), look.role),
        (Shown::fixed(if strange { " not by us" } else { "" }), look.role),
    ];
    aged(pieces, canvas, view, &publish.state)
}

fn deployed(canvas: &mut Canvas<'_>, view: &View<'_>, repo: &RepoStatus) -> Vec<Piece> {
    let Some(deploy) = &repo.deploy else { return nothing(canvas) };
    let look = words::deploy(deploy.state);
    if view.has_unanswered(repo, |kind| matches!(kind, Kind::Ref | Kind::Deployed)) {
        let sha = deploy.sha.value.as_ref().map_or("?", |sha| sha.short());
        let text = format!("{} {sha} not by us", canvas.glyph(Glyph::Attention));
        return aged(plain(&text, Role::Bad), canvas, view, &deploy.sha);
    }
    let Some(sha) = &deploy.sha.value else { return aged(plain("?", Role::Doubt), canvas, view, &deploy.sha) };
    let pieces = vec![(Shown::from(format!("{} ", sha.short())), Role::Text), (Shown::fixed(look.word), look.role)];
    aged(pieces, canvas, view, &deploy.sha)
}

fn step(canvas: &mut Canvas<'_>, view: &View<'_>, repo: &RepoStatus) -> Vec<Piece> {
    let Some(step) = &repo.step else { return nothing(canvas) };
    let role = if step.state.is_done() { Role::Dim } else { look(view, step).role };
    plain(&format!("{} {}", step.number, step.verb), role)
}

/// The worst of its seams, and how many are like that; nothing at all where the plan has none.
fn seams(canvas: &mut Canvas<'_>, view: &View<'_>, repo: &RepoStatus) -> Vec<Piece> {
    if view.state.status.seams.is_empty() {
        return Vec::new();
    }
    let own = || view.state.status.seams.iter().filter(|seam| seam.repos.iter().any(|name| name.as_str() == repo.name));
    let count = |state: SeamState| own().filter(|seam| seam.state == state).count();
    let worst = [SeamState::Broken, SeamState::Unknown, SeamState::Holds].into_iter().find(|state| count(*state) > 0);
    let Some(worst) = worst else { return nothing(canvas) };
    let look = words::seam(worst);
    vec![(Shown::from(format!("{} {}", canvas.glyph(look.glyph), count(worst))), look.role)]
}

fn seen(canvas: &mut Canvas<'_>, view: &View<'_>, repo: &RepoStatus) -> Vec<Piece> {
    let mut part = |at: Option<u64>| match at {
        None => (Shown::fixed("?"), Role::Doubt),
        Some(at) => {
            let role = if view.now.saturating_sub(at) > OLD { Role::Waiting } else { Role::Dim };
            (canvas.age(view.now, at), role)
        }
    };
    let (local, remote) = (part(repo.observed_at), part(repo.remote_observed_at));
    if local.0 == remote.0 {
        return vec![local];
    }
    vec![local, (Shown::fixed(" / "), Role::Dim), remote]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_needed_column_goes_first() {
        let cell = |text: &str| plain(text, Role::Text);
        let row: Vec<_> = COLUMNS.iter().map(|column| cell(&"x".repeat(column.most))).collect();
        let kept = |room| -> Vec<_> {
            let widths = widths(std::slice::from_ref(&row), room);
            COLUMNS.iter().zip(widths).filter(|(_, w)| *w > 0).map(|(c, _)| c.head).collect()
        };
        assert_eq!(kept(500).len(), COLUMNS.len());
        assert_eq!(kept(60), ["", "repo", "QA SHA", "step"]);
        assert_eq!(kept(10), ["", "repo"]);
    }
}
