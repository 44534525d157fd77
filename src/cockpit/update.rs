//! One message after another into the next model and what is asked of the world. Pure: nothing is sent, read or timed here.

mod action;
mod pointer;
mod popup;

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::decision::{Decision, closed, describe};
use super::frame::{contexts, is_too_small};
use super::keymap::{Action, Context as Where, Key, lookup};
use super::model::{Model, Popup, Track};
use super::role::Role;
use super::theme::{Depth, Theme};
use super::view::View;
use crate::engine::state::Weight;
use crate::engine::{Command, Drive, Reply, State};
use crate::rollout::Millis;
use crate::shown::Shown;

pub use pointer::{Pointer, Press};

/// Something that happened to the screen.
#[derive(Debug, Clone)]
pub enum Message {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted.
    Paste(String),
    /// The mouse did something.
    Pointer(Pointer),
    /// The screen has another size.
    Resized(Rect),
    /// SIGINT came from outside: whether it is to be left.
    Interrupted,
    /// The engine published a state.
    Changed,
    /// The engine answered.
    Replied(Reply),
}

/// Something that is asked of the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// Of the engine; the next only if this one is carried out.
    Engine(Vec<Command>),
    /// Put this on the clipboard.
    Copy(String),
    /// Listen to the mouse, or not.
    Mouse(super::canvas::Mouse),
    /// Forget the keys that were typed before a dialog was seen.
    ForgetTyped,
    /// Back to the shell.
    Suspend,
    /// Close the screen: nothing runs.
    Quit,
}

/// What a message is judged by.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The last state.
    pub state: &'a State,
    /// The time.
    pub now: Millis,
    /// Where the owner lives.
    pub zone: &'a jiff::tz::TimeZone,
    /// The signs of the terminal.
    pub caps: super::canvas::Caps,
    /// How many themes there are.
    pub themes: usize,
}

impl<'a> Context<'a> {
    /// A model, seen in this context.
    pub fn view<'b>(&'b self, model: &'b Model) -> View<'b>
    where
        'a: 'b,
    {
        View { state: self.state, model, now: self.now, zone: self.zone }
    }

    /// The lines of a model's page, with their number: what scrolling and searching are about.
    fn lines(&self, model: &Model) -> (usize, Vec<Shown>, usize) {
        self.on_canvas(model, |canvas, view, page| {
            let lines = super::page::lines(canvas, view, usize::from(page.width));
            let texts = if matches!(model.page, super::model::Page::Output(_)) { Vec::new() } else { lines.texts() };
            (lines.count(), texts, usize::from(page.height))
        })
    }

    /// All lines of a model's page as text, those of an output too.
    fn texts(&self, model: &Model) -> Vec<Shown> {
        self.on_canvas(model, |canvas, view, page| super::page::lines(canvas, view, usize::from(page.width)).texts())
    }

    /// Lays out on a canvas that nobody sees: the same code decides how many lines there are and paints them.
    fn on_canvas<T>(&self, model: &Model, work: impl FnOnce(&mut Canvas<'_>, &View<'_>, Rect) -> T) -> T {
        let view = self.view(model);
        let mut buffer = ratatui::buffer::Buffer::empty(Rect { height: 1, ..model.area });
        let theme = Theme::embedded("dark", Depth::None);
        let mut canvas = Canvas::new(&mut buffer, &theme, self.caps);
        let page = super::page::text_area(super::frame::places(&view).page);
        work(&mut canvas, &view, page)
    }
}

/// The model after a message, and what is asked.
pub fn update(mut model: Model, context: &Context<'_>, message: Message) -> (Model, Vec<Ask>) {
    model.now = context.now;
    let asks = match message {
        Message::Key(key) => on_key(&mut model, context, key),
        Message::Paste(text) => {
            popup::paste(&mut model, &text);
            Vec::new()
        }
        Message::Pointer(pointer) => pointer::handle(&mut model, context, pointer),
        Message::Resized(area) => {
            model.area = area;
            Vec::new()
        }
        Message::Interrupted => interrupted(&mut model, context),
        Message::Changed => {
            on_change(&mut model, context);
            Vec::new()
        }
        Message::Replied(Reply::Done { said }) => {
            model.say(Shown::line(&said), Role::Good);
            Vec::new()
        }
        // only asked for by a command line
        Message::Replied(Reply::Status { .. }) => Vec::new(),
        Message::Replied(Reply::Refused { why, .. }) => {
            model.say(Shown::line(&why), Role::Bad);
            Vec::new()
        }
    };
    fit(&mut model, context);
    (model, asks)
}

fn on_key(model: &mut Model, context: &Context<'_>, key: Key) -> Vec<Ask> {
    model.toast = None;
    if is_too_small(model.area) {
        return unseen(model, context, key);
    }
    if model.popup.is_some() {
        return popup::handle(model, context, key);
    }
    let contexts = contexts(&context.view(model));
    if let Some(asks) = action::checklist_key(model, context, key) {
        return asks;
    }
    let action = lookup(&contexts, key);
    if !matches!(action, Some(Action::Tick)) {
        model.marked = None;
    }
    action.map(|action| action::perform(model, context, action, Some(key))).unwrap_or_default()
}

/// Asks whether it is to be left, whatever lies over the page; a question whether it stops stays, for nothing starts behind it.
fn interrupted(model: &mut Model, context: &Context<'_>) -> Vec<Ask> {
    match &model.popup {
        Some(Popup::Dialog(dialog)) if dialog.decision.may_stop() => Vec::new(),
        Some(_) | None => {
            model.popup = None;
            ask(model, context, Decision::Leave, None)
        }
    }
}

/// What can't be seen can't be decided: where the screen is too small, a key only leaves or suspends.
fn unseen(model: &mut Model, context: &Context<'_>, key: Key) -> Vec<Ask> {
    let action = lookup(&[Where::Everywhere], key);
    let leaves = action.filter(|action| matches!(action, Action::Leave | Action::Suspend));
    leaves.map(|action| action::perform(model, context, action, Some(key))).unwrap_or_default()
}

/// A dialog whose effect is no longer what it says must not be confirmed by a key that is already on its way.
fn on_change(model: &mut Model, context: &Context<'_>) {
    notice(model, context);
    let starts = context.state.drive == Drive::Going;
    let Some(Popup::Dialog(dialog)) = &mut model.popup else { return };
    let answered = dialog.decision.may_stop() && dialog.is_overtaken(starts);
    if dialog.is_void() {
        return;
    }
    let view = context.view(model);
    let Some(Popup::Dialog(dialog)) = &model.popup else { return };
    let now = describe(&view, &dialog.decision);
    let elsewhere = answered.then(|| Shown::fixed("closed, because somebody went on elsewhere: steps start again"));
    let why = elsewhere.or_else(|| closed(&view, &dialog.decision)).or_else(|| {
        // behind a question whether it stops nothing starts: it stays, and says what has become of what ran
        let same = dialog.decision.may_stop() || now.as_ref() == Some(&dialog.description);
        (!same).then(|| Shown::fixed("closed, because what it described has changed: look at it again"))
    });
    let Some(why) = why else {
        if let (Some(now), Some(Popup::Dialog(dialog))) = (now, &mut model.popup) {
            dialog.describe_anew(now);
        }
        return;
    };
    match &mut model.popup {
        Some(Popup::Dialog(dialog)) if dialog.is_typed_into() => dialog.make_void(why),
        Some(Popup::Dialog(_) | Popup::Help(_) | Popup::Palette(_) | Popup::Prompt(..)) | None => {
            model.popup = None;
            model.say(why, Role::Waiting);
        }
    }
}

/// Says the newest notice once; an alarm has the banner, and the report keeps them all.
fn notice(model: &mut Model, context: &Context<'_>) {
    let Some(newest) = context.state.notices.last().filter(|notice| notice.at > model.noticed) else { return };
    let role = match newest.weight {
        Weight::Info => Role::Text,
        Weight::Warning | Weight::Alarm => Role::Waiting,
    };
    model.noticed = newest.at;
    model.say(Shown::line(&newest.text), role);
}

/// Opens the dialog of a decision; one that needs none is asked for at once.
fn ask(model: &mut Model, context: &Context<'_>, decision: Decision, opened_by: Option<Key>) -> Vec<Ask> {
    if decision == Decision::Leave && context.state.work.is_none() {
        return vec![Ask::Quit];
    }
    let description = describe(&context.view(model), &decision);
    match description {
        Some(description) => {
            let mut dialog = super::popup::dialog::Dialog::new(decision, description, opened_by);
            dialog.is_overtaken(context.state.drive == Drive::Going);
            let may_stop = dialog.decision.may_stop();
            model.popup = Some(Popup::Dialog(Box::new(dialog)));
            let pause = may_stop.then(|| Ask::Engine(vec![Command::Pause]));
            pause.into_iter().chain([Ask::ForgetTyped]).collect()
        }
        None => Vec::new(),
    }
}

/// Keeps selections within what there is.
fn fit(model: &mut Model, context: &Context<'_>) {
    let view = context.view(model);
    let (repos, steps) = (view.repos().len(), view.steps().len());
    let places = super::frame::places(&view);
    let rows = usize::from(places.repos.height.saturating_sub(3));
    let selected = view.selected_step();
    let top = super::pane::plan::top(&view, usize::from(places.plan.height.saturating_sub(2)));
    model.repos.fit(repos, rows);
    if model.track == Track::Next {
        model.plan.selected = selected;
    }
    model.plan.selected = model.plan.selected.min(steps.saturating_sub(1));
    model.plan.top = top;
}
