//! What an action means where it is asked for.

use crossterm::event::KeyCode;

use super::{Ask, Context, ask};
use crate::cockpit::canvas::Mouse;
use crate::cockpit::decision::open;
use crate::cockpit::frame::{contexts, places};
use crate::cockpit::keymap::{Action, Key};
use crate::cockpit::model::{Model, Page, Pane, Popup, Prompt, Track};
use crate::cockpit::pane::detail;
use crate::cockpit::popup::palette::Palette;
use crate::cockpit::role::Role;
use crate::cockpit::widget::editor::Editor;
use crate::cockpit::widget::pager::{Direction, Pager};
use crate::cockpit::widget::scroll::{Moved, Scroll};
use crate::engine::Command;
use crate::rollout::Order;
use crate::shown::Shown;

/// Does what an action means here. `key` is the key it came from: it can't confirm what it opens.
pub(super) fn perform(model: &mut Model, context: &Context<'_>, action: Action, key: Option<Key>) -> Vec<Ask> {
    if moves(model, context, action) == Moved::Yes {
        return Vec::new();
    }
    match action {
        Action::Approve
        | Action::Veto
        | Action::Lift
        | Action::Hold
        | Action::Resume
        | Action::Resolve
        | Action::Undo
        | Action::EndSoak
        | Action::FlagOff
        | Action::Trust
        | Action::Leave => return decide(model, context, action, key),
        Action::NextPane => model.focus = turn(model.focus, 1),
        Action::PreviousPane => model.focus = turn(model.focus, 2),
        Action::Open => open_selected(model, context),
        Action::Back => back(model),
        Action::Tick => to_checklist(model, context),
        Action::Output => to_step(model, context, Page::Output),
        Action::Gates => to_step(model, context, Page::Gates),
        Action::Ledger => go(model, Page::Ledger),
        Action::Flag => go(model, Page::Flag),
        Action::Seams => go(model, Page::Seams),
        Action::Report => go(model, Page::Report),
        Action::Coverage => go(model, Page::Coverage),
        Action::Filter => prompt(model, Prompt::Filter),
        Action::Search => prompt(model, Prompt::Search),
        Action::NextMatch => find(model, context, Direction::Next),
        Action::PreviousMatch => find(model, context, Direction::Previous),
        Action::Copy => return copy(model, context),
        Action::Refresh => return vec![Ask::Engine(vec![Command::Refresh])],
        Action::Palette => {
            let contexts = contexts(&context.view(model));
            model.popup = Some(Popup::Palette(Palette::new(&contexts)));
        }
        Action::Help => model.popup = Some(Popup::Help(Pager::at_start())),
        Action::Theme => model.theme = (model.theme + 1) % context.themes.max(1),
        Action::Mouse => {
            model.mouse = if model.mouse == Mouse::Captured { Mouse::Left } else { Mouse::Captured };
            let text = match model.mouse {
                Mouse::Captured => "the mouse selects and scrolls here",
                Mouse::Left => "the mouse selects text in your terminal; M takes it again",
            };
            model.say(text, Role::Text);
            return vec![Ask::Mouse(model.mouse)];
        }
        Action::Suspend => return vec![Ask::Suspend],
        Action::Up
        | Action::Down
        | Action::Left
        | Action::Right
        | Action::First
        | Action::Last
        | Action::PageUp
        | Action::PageDown
        | Action::Follow => {}
    }
    Vec::new()
}

fn decide(model: &mut Model, context: &Context<'_>, action: Action, key: Option<Key>) -> Vec<Ask> {
    match open(&context.view(model), action) {
        Ok(decision) => ask(model, context, decision, key),
        Err(why) => {
            model.say(why, Role::Waiting);
            Vec::new()
        }
    }
}

/// Moves whatever has the keys, if the action moves anything.
fn moves(model: &mut Model, context: &Context<'_>, action: Action) -> Moved {
    let view = context.view(model);
    let places = places(&view);
    match (&model.page, model.focus) {
        (Page::Main, Pane::Repos) => {
            let rows = view.repos().len();
            model.repos.handle(action, rows, usize::from(places.repos.height.saturating_sub(3)))
        }
        (Page::Main, Pane::Plan) => {
            let rows = view.steps().len();
            let mut scroll = Scroll { selected: view.selected_step(), top: 0 };
            let moved = scroll.handle(action, rows, usize::from(places.plan.height.saturating_sub(2)));
            if moved == Moved::Yes {
                model.plan.selected = scroll.selected;
                model.track = Track::Stay;
                model.detail = Pager::at_start();
            }
            moved
        }
        (Page::Main, Pane::Detail) => {
            let text = ratatui::layout::Rect {
                width: places.detail.width.saturating_sub(4),
                height: places.detail.height.saturating_sub(2),
                ..places.detail
            };
            let (lines, height) = context.on_canvas(model, |canvas, view, _| detail::upper(canvas, view, text));
            model.detail.handle(action, lines.len(), height)
        }
        (Page::Checklist(id), _) => {
            let rows = view.step_by_id(id).map_or(0, |step| step.checklist.len());
            model.checklist.handle(action, rows, usize::from(places.page.height.saturating_sub(4)))
        }
        _ => {
            let (lines, _, height) = context.lines(model);
            model.pager.handle(action, lines, height)
        }
    }
}

fn turn(focus: Pane, by: usize) -> Pane {
    const ORDER: [Pane; 3] = [Pane::Repos, Pane::Plan, Pane::Detail];
    let at = ORDER.iter().position(|pane| *pane == focus).unwrap_or(0);
    ORDER.get((at + by) % ORDER.len()).copied().unwrap_or(Pane::Plan)
}

fn go(model: &mut Model, page: Page) {
    // what grows is read from its end, what is written once from its start
    let follows = matches!(page, Page::Output(_) | Page::Ledger);
    model.pager = if follows { Pager::default() } else { Pager::at_start() };
    model.page = page;
    model.marked = None;
}

fn to_step(model: &mut Model, context: &Context<'_>, page: fn(crate::plan::StepId) -> Page) {
    match context.view(model).step().map(|step| step.id.clone()) {
        Some(step) => {
            model.checklist = Scroll::default();
            go(model, page(step));
        }
        None => model.say("no step is selected", Role::Waiting),
    }
}

/// To what is ticked by hand, or to what tests tick.
fn to_checklist(model: &mut Model, context: &Context<'_>) {
    match context.view(model).step() {
        Some(step) if step.suite.is_some() => to_step(model, context, Page::Suite),
        Some(step) if step.checklist.is_empty() => {
            model.say(format!("step {} has neither a checklist nor tests", step.id), Role::Waiting);
        }
        Some(_) | None => to_step(model, context, Page::Checklist),
    }
}

fn open_selected(model: &mut Model, context: &Context<'_>) {
    let view = context.view(model);
    match (&model.page, model.focus) {
        (Page::Main, Pane::Repos) => {
            if let Some((at, _)) = view.selected_repo() {
                go(model, Page::Repo(at));
            }
        }
        (Page::Main, Pane::Plan | Pane::Detail) => to_step(model, context, Page::Step),
        _ => {}
    }
}

/// One level back: the search first, then the page, then the filter, then the release itself.
fn back(model: &mut Model) {
    if !model.pager.needle.is_empty() && model.page != Page::Main {
        model.pager.needle.clear();
    } else if model.page != Page::Main {
        model.page = Page::Main;
        model.marked = None;
    } else if !model.filter.is_empty() {
        model.filter.clear();
    } else {
        model.track = Track::Next;
        model.focus = Pane::Plan;
        model.detail = Pager::at_start();
    }
}

fn prompt(model: &mut Model, prompt: Prompt) {
    let mut editor = Editor::default();
    editor.paste(match prompt {
        Prompt::Filter => &model.filter,
        Prompt::Search => &model.pager.needle,
    });
    model.popup = Some(Popup::Prompt(prompt, editor));
}

/// Goes to where the searched text stands.
pub(super) fn find(model: &mut Model, context: &Context<'_>, direction: Direction) {
    let texts = context.texts(model);
    let (_, _, height) = context.lines(model);
    if !model.pager.needle.is_empty() && model.pager.find(direction, &texts, height).is_none() {
        let text = format!("{:?} stands nowhere here", model.pager.needle);
        model.say(Shown::line(&text), Role::Waiting);
    }
}

fn copy(model: &mut Model, context: &Context<'_>) -> Vec<Ask> {
    let texts = context.texts(model);
    let text: String = texts.iter().flat_map(|line| [line.as_str().trim_end(), "\n"]).collect();
    model.say(format!("{} lines copied; if not, M gives the mouse to your terminal", texts.len()), Role::Good);
    vec![Ask::Copy(text)]
}

/// The second key of a tick: enter confirms what space has marked.
pub(super) fn checklist_key(model: &mut Model, context: &Context<'_>, key: Key) -> Option<Vec<Ask>> {
    let Page::Checklist(id) = &model.page else { return None };
    let id = id.clone();
    let lines = context.view(model).step_by_id(&id)?.checklist.clone();
    if key == Key::char(' ') {
        let at = model.checklist.selected.min(lines.len().saturating_sub(1));
        let why = context.view(model).spectator();
        match lines.get(at) {
            _ if why.is_some() => model.say(why.unwrap_or_default(), Role::Waiting),
            Some(line) if line.ticked_by.is_none() => model.marked = Some(at),
            Some(_) => model.say("it is ticked already; a tick isn't taken back", Role::Waiting),
            None => {}
        }
        return Some(Vec::new());
    }
    if key != Key::named(KeyCode::Enter) {
        return None;
    }
    let marked = model.marked.take().and_then(|at| lines.get(at));
    let Some(line) = marked else {
        model.say("space marks a line first", Role::Waiting);
        return Some(Vec::new());
    };
    let decision = Order::Tick { step: id, item: line.item.clone() };
    Some(vec![Ask::Engine(vec![Command::Decide { decision }])])
}
