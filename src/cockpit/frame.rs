//! A frame: where everything lies, and painting it. A pure function of state, model, theme, capabilities and the time.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::decision::{Decision, offered, open};
use super::keymap::{Action, Binding, Context, working};
use super::model::{Page, Pane, Popup};
use super::pane::banner::Banner;
use super::pane::{detail, header, plan, repos};
use super::role::Role;
use super::view::View;
use super::widget::footer;
use super::{page, popup};
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
    let banner = u16::from(Banner::of(view).is_some());
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
    if let Some(banner) = Banner::of(view) {
        banner.paint(canvas, places.banner);
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
        (Context::Step, Action::Resolve) if accepts(view) => "accept",
        _ => binding.label,
    }
}

/// Whether what can be decided is that something was there before us.
fn accepts(view: &View<'_>) -> bool {
    matches!(open(view, Action::Resolve), Ok(Decision::Accept(_) | Decision::AcceptItem { .. }))
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

/// Which pane lies at a place.
pub fn pane_at(places: &Places, position: ratatui::layout::Position) -> Option<Pane> {
    [(places.repos, Pane::Repos), (places.plan, Pane::Plan), (places.detail, Pane::Detail)]
        .into_iter()
        .find(|(place, _)| place.contains(position))
        .map(|(_, pane)| pane)
}
