//! A frame: where everything lies, and painting it. A pure function of state, model, theme, capabilities and the time.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::decision::offered;
use super::glyph::Glyph;
use super::keymap::{Action, Binding, Context, working};
use super::model::{Page, Pane, Popup};
use super::pane::{detail, header, plan, repos};
use super::role::Role;
use super::view::View;
use super::widget::footer;
use super::{page, popup};
use crate::engine::state::Weight;
use crate::engine::{Drive, LedgerState};
use crate::rollout::Next;
use crate::shown::Shown;

/// The least screen that can hold everything.
pub const LEAST: (u16, u16) = (80, 24);

/// Where everything lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Places {
    /// The lines at the top.
    pub header: Rect,
    /// What the owner must know: none where there is nothing.
    pub banner: Rect,
    /// The grid.
    pub repos: Rect,
    /// The plan.
    pub plan: Rect,
    /// What happens on approval.
    pub detail: Rect,
    /// A page that fills the screen, in the place of the three.
    pub page: Rect,
    /// The last line.
    pub footer: Rect,
}

/// Lays the screen out.
pub fn places(view: &View<'_>) -> Places {
    let area = view.model.area;
    let banner = u16::from(banner(view).is_some());
    let header = Rect::new(area.x, area.y, area.width, header::HEIGHT.min(area.height));
    let footer = Rect::new(area.x, area.bottom().saturating_sub(1), area.width, area.height.min(1));
    let banner = Rect::new(area.x, header.bottom(), area.width, banner);
    let page = Rect::new(area.x, banner.bottom(), area.width, footer.y.saturating_sub(banner.bottom()));
    // the grid takes what its rows need, and leaves at least as much for the plan
    let rows = u16::try_from(view.state.status.repos.len()).unwrap_or(u16::MAX).saturating_add(3);
    let grid = rows.max(4).min(page.height * 2 / 5).min(page.height);
    let repos = Rect { height: grid, ..page };
    let below = Rect { y: page.y + grid, height: page.height - grid, ..page };
    let left = (below.width * 2 / 5).clamp(below.width.min(36), 64);
    let plan = Rect { width: left, ..below };
    let detail = Rect { x: below.x + left, width: below.width - left, ..below };
    Places { header, banner, repos, plan, detail, page, footer }
}

/// Paints the whole screen.
pub fn paint(canvas: &mut Canvas<'_>, view: &View<'_>) {
    let area = view.model.area;
    if is_too_small(area) {
        canvas.put(area, 0, 0, &too_small(area), Role::Waiting);
        return;
    }
    let places = places(view);
    header::paint(canvas, places.header, view);
    if let Some((text, role)) = banner(view) {
        if role == Role::Danger {
            canvas.fill(places.banner, role);
        }
        let sign = if role == Role::Danger { Glyph::Attention } else { Glyph::Current };
        let text = Shown::from(format!(" {} {text}", canvas.glyph(sign)));
        canvas.put(places.banner, 0, 0, &text.cut(usize::from(area.width)), role);
    }
    match &view.model.page {
        Page::Main => {
            repos::paint(canvas, places.repos, view);
            plan::paint(canvas, places.plan, view);
            detail::paint(canvas, places.detail, view);
        }
        _ => page::paint(canvas, places.page, view),
    }
    paint_footer(canvas, places.footer, view);
    match &view.model.popup {
        Some(Popup::Dialog(dialog)) => dialog.paint(canvas, area),
        Some(Popup::Help(pager)) => popup::help::paint(canvas, area, pager),
        Some(Popup::Palette(palette)) => palette.paint(canvas, area),
        Some(Popup::Prompt(prompt, editor)) => popup::prompt::paint(canvas, places.footer, *prompt, editor),
        None => {}
    }
}

/// Whether a screen is too small to show what it is about.
pub fn is_too_small(area: Rect) -> bool {
    area.width < LEAST.0 || area.height < LEAST.1
}

/// What size is needed, in as many words as fit.
fn too_small(area: Rect) -> Shown {
    let (width, height) = LEAST;
    let brief = format!("needs {width}x{height}");
    let full = format!("flightdeck {brief}, this is {}x{}", area.width, area.height);
    let texts = [full, brief, format!("{width}x{height}")].map(Shown::from);
    let fits = |text: &&Shown| text.width() <= usize::from(area.width);
    texts.iter().find(fits).cloned().unwrap_or_else(|| Shown::fixed("…"))
}

fn paint_footer(canvas: &mut Canvas<'_>, area: Rect, view: &View<'_>) {
    if let Some(toast) = view.model.toast.as_ref().filter(|toast| view.now < toast.until) {
        canvas.holds_until(toast.until);
        canvas.put(area, 1, 0, &toast.text, toast.role);
        return;
    }
    // what lies on top takes the keys, and says which
    if view.model.popup.is_none() {
        footer::paint(canvas, area, &hints(view));
    }
}

/// The keys worth showing here: those that decide something, only where they would.
pub fn hints(view: &View<'_>) -> Vec<Binding> {
    let shown = working(&contexts(view)).into_iter().filter(|binding| is_shown(view, binding));
    shown.map(|binding| Binding { label: label(view, binding), ..*binding }).collect()
}

/// What a key does here, in a word or two.
fn label(view: &View<'_>, binding: &Binding) -> &'static str {
    match (binding.context, binding.action) {
        (Context::Step, Action::Tick) if view.step().is_some_and(|step| step.suite.is_some()) => "tests",
        _ => binding.label,
    }
}

fn is_shown(view: &View<'_>, binding: &Binding) -> bool {
    let page = &view.model.page;
    match binding.action {
        // esc is only worth a word where there is something to go back from
        Action::Back => *page != Page::Main,
        Action::Open | Action::NextPane | Action::PreviousPane | Action::Filter => *page == Page::Main,
        Action::Follow => matches!(page, Page::Output(_) | Page::Ledger),
        Action::NextMatch | Action::PreviousMatch => !view.model.pager.needle.is_empty(),
        Action::Tick => match page {
            Page::Checklist(_) => binding.context == Context::Checklist,
            Page::Suite(_) => false,
            _ => offered(view, binding.action),
        },
        Action::Output => !matches!(page, Page::Output(_)) && offered(view, binding.action),
        Action::Gates => !matches!(page, Page::Gates(_)) && offered(view, binding.action),
        Action::Ledger => *page != Page::Ledger,
        Action::Flag => *page != Page::Flag,
        Action::Seams => *page != Page::Seams,
        Action::Report => *page != Page::Report,
        Action::Coverage => *page != Page::Coverage && offered(view, binding.action),
        action => offered(view, action),
    }
}

/// Where keys are looked up, innermost first.
pub fn contexts(view: &View<'_>) -> Vec<Context> {
    match &view.model.page {
        Page::Main => vec![Context::Step, Context::Everywhere],
        Page::Checklist(_) => vec![Context::Checklist, Context::Step, Context::Everywhere],
        Page::Step(_) | Page::Gates(_) | Page::Output(_) | Page::Suite(_) => {
            vec![Context::Pager, Context::Step, Context::Everywhere]
        }
        Page::Repo(_) | Page::Ledger | Page::Flag | Page::Seams | Page::Report | Page::Coverage => {
            vec![Context::Pager, Context::Everywhere]
        }
    }
}

/// From this height on there is a line to spare for what the release waits for.
const ROOMY: u16 = 30;

/// The gravest thing that the owner must know, on one line; else, where there is room, what the release waits for.
pub fn banner(view: &View<'_>) -> Option<(Shown, Role)> {
    grave(view).or_else(|| (view.model.area.height >= ROOMY).then(|| waits(view)))
}

/// What the release waits for, and the key or command that goes on.
fn waits(view: &View<'_>) -> (Shown, Role) {
    let waiting_for = &view.state.status.waiting_for;
    let how = match &view.state.next {
        Next::Approve(_) => "a shows what it does",
        Next::Tick(_) => "t opens them",
        Next::Unmet(_) => "r judges it again",
        Next::Lift(_) => "l lifts it",
        Next::Freeze(repos) => {
            // their names would leave no room for what to do
            let text = format!("waits for QA to pass {} repositories: `flightdeck freeze` records it", repos.len());
            return (Shown::from(text), Role::Waiting);
        }
        Next::OutOfOrder(_) => "R accepts it",
        Next::Decide(_)
        | Next::Resume
        | Next::Judge(_)
        | Next::Busy(..)
        | Next::Act { .. }
        | Next::Unready(..)
        | Next::Ship
        | Next::Nothing => return (Shown::line(&format!("waits for {waiting_for}")), Role::Text),
    };
    (Shown::line(&format!("waits for {waiting_for} · {how}")), Role::Waiting)
}

fn grave(view: &View<'_>) -> Option<(Shown, Role)> {
    let state = view.state;
    let status = &state.status;
    if let LedgerState::Bad { why } = &state.ledger {
        return Some((Shown::line(&format!("the ledger is bad, nothing starts: {why}")), Role::Danger));
    }
    if let Some(complaint) = &state.complaint {
        let first = complaint.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        return Some((
            Shown::line(&format!("release.toml can't be used, the last good plan stays: {first}")),
            Role::Danger,
        ));
    }
    if !status.trusted {
        let text = "this plan isn't trusted on this machine: nothing runs, nothing is asked; P shows its commands";
        return Some((Shown::fixed(text), Role::Waiting));
    }
    if let Some(because) = view.spectator() {
        return Some((Shown::from(format!("you only watch: {because}")), Role::Waiting));
    }
    if let Next::Decide(step) = &state.next {
        return Some((
            Shown::from(format!("step {step} is in doubt or in conflict: R decides what became of it")),
            Role::Danger,
        ));
    }
    if let Some(alarm) = status.flag.as_ref().and_then(|flag| flag.alarm.as_ref()) {
        return Some((Shown::line(&format!("{alarm}; f turns it off")), Role::Danger));
    }
    if let Next::OutOfOrder(id) = &state.next
        && let Some(item) = view.item(id.as_str())
    {
        return Some((Shown::line(&format!("out of order, R accepts it: {}", item.says)), Role::Danger));
    }
    if let Some(hold) = &status.hold {
        return Some((Shown::line(&format!("on hold: {hold}; r goes on")), Role::Danger));
    }
    let alarm = state.notices.iter().rev().find(|notice| notice.weight == Weight::Alarm);
    // an alarm is news for ten minutes; the report keeps it
    if let Some(fresh) = alarm.filter(|notice| view.now.saturating_sub(notice.at) < 600_000) {
        return Some((Shown::line(&fresh.text), Role::Danger));
    }
    match (&state.next, state.drive) {
        (Next::Act { step, .. } | Next::Judge(step), Drive::Parked) => {
            Some((Shown::from(format!("parked, nothing starts by itself: r goes on with step {step}")), Role::Waiting))
        }
        (_, Drive::Stopping) => Some((
            Shown::fixed("leaving: what runs may end, nothing more starts; q again to choose otherwise"),
            Role::Waiting,
        )),
        (_, Drive::Parked | Drive::Going) => None,
    }
}

/// Which pane lies at a place.
pub fn pane_at(places: &Places, position: ratatui::layout::Position) -> Option<Pane> {
    [(places.repos, Pane::Repos), (places.plan, Pane::Plan), (places.detail, Pane::Detail)]
        .into_iter()
        .find(|(place, _)| place.contains(position))
        .map(|(_, pane)| pane)
}
