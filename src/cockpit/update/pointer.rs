//! The mouse: a click selects, the wheel scrolls. Nothing is ever decided by it.

use ratatui::layout::{Position, Rect};

use super::{Ask, Context, action};
use crate::cockpit::frame::{pane_at, places};
use crate::cockpit::keymap::Action;
use crate::cockpit::model::{Model, Page, Pane, Popup, Track};
use crate::cockpit::pane::plan;
use crate::cockpit::popup::help;
use crate::cockpit::widget::pager::Pager;

/// What the mouse did, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pointer {
    /// What.
    pub press: Press,
    /// Where.
    pub at: Position,
}

/// What the mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Press {
    /// The left button went down.
    Click,
    /// The wheel went up.
    WheelUp,
    /// The wheel went down.
    WheelDown,
}

/// Rows that one notch of the wheel moves.
const NOTCH: usize = 3;

pub(super) fn handle(model: &mut Model, context: &Context<'_>, pointer: Pointer) -> Vec<Ask> {
    let area = model.area;
    match &mut model.popup {
        Some(Popup::Dialog(dialog)) => match pointer.press {
            Press::Click => dialog.focus_at(pointer.at, area),
            Press::WheelUp => dialog.scroll(-1, area),
            Press::WheelDown => dialog.scroll(1, area),
        },
        Some(Popup::Help(pager)) => {
            let height = usize::from(help::place(area).height.saturating_sub(2));
            if let Some(action) = wheel(pointer.press) {
                pager.handle(action, help::count(), height);
            }
        }
        Some(Popup::Palette(_) | Popup::Prompt(..)) => {}
        None => on_page(model, context, pointer),
    }
    Vec::new()
}

fn wheel(press: Press) -> Option<Action> {
    match press {
        Press::Click => None,
        Press::WheelUp => Some(Action::Up),
        Press::WheelDown => Some(Action::Down),
    }
}

fn on_page(model: &mut Model, context: &Context<'_>, pointer: Pointer) {
    let places = places(&context.view(model));
    let pane = (model.page == Page::Main).then(|| pane_at(&places, pointer.at)).flatten();
    if let Some(pane) = pane {
        model.focus = pane;
    }
    match (wheel(pointer.press), pane) {
        (Some(action), _) => (0..NOTCH).for_each(|_| {
            action::perform(model, context, action, None);
        }),
        (None, Some(pane)) => click(model, context, pointer.at, pane),
        (None, None) => {
            if let Page::Checklist(_) = model.page {
                let first = places.page.y + 3;
                let row = usize::from(pointer.at.y.saturating_sub(first)) + model.checklist.top;
                model.checklist.selected = if pointer.at.y < first { model.checklist.selected } else { row };
                model.marked = None;
            }
        }
    }
}

fn click(model: &mut Model, context: &Context<'_>, at: Position, pane: Pane) {
    let view = context.view(model);
    let places = places(&view);
    let row = |place: Rect, head: u16| usize::from(at.y.saturating_sub(place.y + head));
    match pane {
        Pane::Repos if at.y >= places.repos.y + 2 => {
            let rows = view.repos().len();
            let wanted = row(places.repos, 2) + model.repos.top;
            if wanted < rows {
                model.repos.select(wanted, rows, usize::from(places.repos.height.saturating_sub(3)));
            }
        }
        Pane::Plan => {
            let height = usize::from(places.plan.height.saturating_sub(2));
            if let Some(step) = plan::step_at(&view, height, row(places.plan, 1)).filter(|_| at.y > places.plan.y) {
                model.plan.selected = step;
                model.track = Track::Stay;
                model.detail = Pager::at_start();
            }
        }
        Pane::Repos | Pane::Detail => {}
    }
}
