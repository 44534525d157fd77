//! The two lines at the top: what ships and how far it is; the flag, who decides, and who has the controls.

use ratatui::layout::Rect;

use crate::cockpit::canvas::{Canvas, Piece};
use crate::cockpit::glyph::Glyph;
use crate::cockpit::role::Role;
use crate::cockpit::view::View;
use crate::engine::LedgerState;
use crate::plan::FlagState;
use crate::rollout::out_of_order::Kind;
use crate::rollout::state::Phase;
use crate::rollout::status::{ItemState, OutOfOrder};
use crate::shown::Shown;

/// The lines it takes.
pub const HEIGHT: u16 = 2;

/// Paints it.
pub fn paint(canvas: &mut Canvas<'_>, area: Rect, view: &View<'_>) {
    let status = &view.state.status;
    let ledger = ledger(canvas, view);
    let title = Shown::line(&status.release.title);
    let phases = phases(canvas, view, usize::from(area.width).saturating_sub(title.width() + width(&ledger) + 20));
    let (ledger_width, phases_width) = (width(&ledger), width(&phases));
    let brand = [(Shown::fixed(" flightdeck  "), Role::Accent)];
    let at = canvas.line(area, 0, 0, &brand);
    let room = usize::from(area.width).saturating_sub(usize::from(at) + phases_width + ledger_width + 6);
    let at = canvas.put(area, at, 0, &title.cut(room), Role::Title);
    let gap = usize::from(area.width).saturating_sub(usize::from(at) + phases_width + ledger_width + 1) / 2;
    canvas.line(area, at + u16::try_from(gap.max(2)).unwrap_or(2), 0, &phases);
    canvas.line_right(area, 0, &ledger);
    let flag = flag(canvas, view, usize::from(area.width));
    let at = canvas.line(area, 0, 1, &flag);
    let reachable = reachable(view);
    let room = usize::from(area.width).saturating_sub(usize::from(at) + 4);
    // who decides is told in fewer words before the states that users can meet are left out
    let with_states = who(canvas, view, room.saturating_sub(width(&reachable)), Least::Name);
    let shows = with_states.is_some();
    let who = with_states.or_else(|| who(canvas, view, room, Least::Brief)).unwrap_or_default();
    let left = usize::from(area.width).saturating_sub(usize::from(at) + width(&who));
    let gap = if shows { (left - width(&reachable)) / 2 } else { left.clamp(2, 3) };
    canvas.line(area, at + u16::try_from(gap).unwrap_or(2), 1, &who);
    if shows {
        canvas.line_right(area, 1, &reachable);
    }
}

fn width(pieces: &[Piece]) -> usize {
    pieces.iter().map(|(text, _)| text.width()).sum()
}

/// All phases where there is room, with the current one marked; else that one alone.
fn phases(canvas: &Canvas<'_>, view: &View<'_>, room: usize) -> Vec<Piece> {
    let all = some_phases(canvas, view, |_| true);
    if width(&all) <= room { all } else { some_phases(canvas, view, |phase| phase == view.state.status.phase) }
}

fn some_phases(canvas: &Canvas<'_>, view: &View<'_>, wanted: impl Fn(Phase) -> bool) -> Vec<Piece> {
    let status = &view.state.status;
    let done = status.steps.iter().filter(|step| step.state.is_done()).count();
    let mut pieces = Vec::new();
    for phase in Phase::ALL.into_iter().filter(|phase| wanted(*phase)) {
        let current = phase == status.phase;
        if !pieces.is_empty() {
            pieces.push((Shown::from(format!(" {} ", canvas.glyph(Glyph::Link))), Role::Dim));
        }
        if !current {
            pieces.push((Shown::fixed(phase.word()), Role::Dim));
            continue;
        }
        let count = if phase == Phase::Ship { format!(" {done}/{}", status.steps.len()) } else { String::new() };
        let (glyph, role) =
            if status.release.shipped { (Glyph::Good, Role::Good) } else { (Glyph::Current, Role::Waiting) };
        let word = if status.release.shipped { "shipped" } else { phase.word() };
        pieces.push((Shown::from(format!("{} {word}{count}", canvas.glyph(glyph))), role));
    }
    pieces
}

fn ledger(canvas: &mut Canvas<'_>, view: &View<'_>) -> Vec<Piece> {
    match &view.state.ledger {
        // opened, and nothing recorded yet
        LedgerState::Good { .. } if view.state.status.seq == 0 => vec![(Shown::fixed("ledger empty "), Role::Dim)],
        LedgerState::Good { at } => {
            let age = canvas.age(view.now, *at);
            vec![
                (Shown::fixed("ledger "), Role::Dim),
                (canvas.glyph(Glyph::Good), Role::Good),
                (Shown::from(format!(" {age} ")), Role::Dim),
            ]
        }
        LedgerState::Bad { .. } => {
            vec![(Shown::from(format!("ledger {} bad ", canvas.glyph(Glyph::Bad))), Role::Bad)]
        }
    }
}

/// So many columns of the flag's line are kept for what its key mustn't push out: who decides and who has the controls.
const WHO: usize = 34;

/// The columns that a key keeps.
const LEAST_KEY: usize = 16;

/// The flag's key and state, and who agrees; of a key that is too long only the beginning.
fn flag(canvas: &mut Canvas<'_>, view: &View<'_>, room: usize) -> Vec<Piece> {
    let Some(flag) = &view.state.status.flag else {
        return vec![(Shown::fixed(" no flag"), Role::Dim)];
    };
    let off = view.state.plan.document().flag.as_ref().and_then(|flag| flag.states.first());
    let (glyph, role) = match &flag.state {
        None => (Glyph::Doubt, Role::Doubt),
        Some(state) if Some(state) == off => (Glyph::Off, Role::Text),
        Some(_) => (Glyph::On, Role::Good),
    };
    let state = flag.state.as_ref().map_or("unknown", FlagState::as_str);
    let agree = if flag.agree == flag.of { Role::Text } else { Role::Bad };
    let mut pieces = vec![
        (Shown::fixed(" flag "), Role::Dim),
        (Shown::line(&flag.key), Role::Accent),
        (Shown::from(format!("  {} {state}", canvas.glyph(glyph))), role),
        (Shown::from(format!(" {} {} of {} agree", canvas.glyph(Glyph::Dot), flag.agree, flag.of)), agree),
    ];
    if flag.converging.is_some() {
        pieces.push((Shown::from(format!(" {} on its way", canvas.glyph(Glyph::Dot))), Role::Waiting));
    }
    let strange = |item: &&OutOfOrder| item.kind == Some(Kind::Flag) && item.state != ItemState::Accepted;
    if view.state.status.out_of_order.iter().any(|item| strange(&item)) {
        pieces.push((Shown::from(format!(" {} not by us", canvas.glyph(Glyph::Attention))), Role::Bad));
    }
    if let Some(at) = flag.observed_at
        && view.now.saturating_sub(at) > crate::cockpit::age::OLD
    {
        let age = canvas.age(view.now, at);
        pieces.push((Shown::from(format!(" {age} old")), Role::Waiting));
    }
    let excess = (width(&pieces) + WHO).saturating_sub(room);
    if let Some((key, _)) = pieces.get_mut(1) {
        *key = key.cut(key.width().saturating_sub(excess).max(key.width().min(LEAST_KEY)));
    }
    pieces
}

/// The least that is told of who decides and who has the controls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Least {
    /// The owner's name, and the controls in a word.
    Name,
    /// That word alone, whether it fits or not.
    Brief,
}

/// The longest way to say who decides and who has the controls that fits.
fn who(canvas: &Canvas<'_>, view: &View<'_>, room: usize, least: Least) -> Option<Vec<Piece>> {
    let status = &view.state.status;
    let owner = Shown::line(&status.owner.name);
    let (sign, controls, role) = match view.spectator() {
        None => (Glyph::Controls, Shown::fixed("you have the controls"), Role::Good),
        // who has them, and what to do about it, stands in the banner
        Some(_) => (Glyph::Spectator, Shown::fixed("you only watch"), Role::Waiting),
    };
    let brief = if view.spectator().is_some() { Shown::fixed("watching") } else { Shown::fixed("yours") };
    let sign = Shown::from(format!("{} ", canvas.glyph(sign)));
    let unproven = if status.owner.proven { Shown::EMPTY } else { Shown::fixed(" (unproven)") };
    let brief = vec![(sign.clone(), role), (brief, role)];
    let tail = vec![(sign, role), (controls, role)];
    let full = [
        vec![
            (Shown::fixed("owner "), Role::Dim),
            (owner.clone(), Role::Text),
            (unproven.clone(), Role::Dim),
            (Shown::fixed("  "), Role::Dim),
        ],
        tail.clone(),
    ]
    .concat();
    let name = vec![(owner, Role::Text), (unproven, Role::Dim), (Shown::fixed(" "), Role::Dim)];
    let named = [full, [name.clone(), tail.clone()].concat(), [name, brief.clone()].concat()];
    let fits = |pieces: &Vec<Piece>| width(pieces) <= room;
    match least {
        Least::Name => named.into_iter().find(fits),
        Least::Brief => Some(named.into_iter().chain([tail]).find(fits).unwrap_or(brief)),
    }
}

fn reachable(view: &View<'_>) -> Vec<Piece> {
    let states = &view.state.status.reachable_states;
    let role = match states.now {
        Some(1) => Role::Text,
        Some(_) => Role::Waiting,
        None => Role::Doubt,
    };
    vec![(Shown::fixed("states reachable "), Role::Dim), (Shown::from(format!("{} ", states.words())), role)]
}
