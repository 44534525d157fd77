//! Keys while something lies over the page.

use crossterm::event::KeyCode;

use super::{Ask, Context, action};
use crate::cockpit::frame::contexts;
use crate::cockpit::keymap::{Context as Where, Key, lookup};
use crate::cockpit::model::{Model, Page, Popup, Prompt};
use crate::cockpit::popup::{dialog, help, palette};
use crate::cockpit::widget::editor::Editor;
use crate::cockpit::widget::pager::Direction;
use crate::engine::Command;

/// Gives a key to what lies on top.
pub(super) fn handle(model: &mut Model, context: &Context<'_>, key: Key) -> Vec<Ask> {
    let area = model.area;
    match model.popup.take() {
        None => Vec::new(),
        // what it asked is void: who asks again is asked anew
        Some(Popup::Dialog(dialog)) if dialog.is_void() && dialog.decision.may_stop() && dialog.was_opened_by(key) => {
            let again = lookup(&contexts(&context.view(model)), key);
            again.map(|action| action::perform(model, context, action, Some(key))).unwrap_or_default()
        }
        Some(Popup::Dialog(mut dialog)) => match dialog.handle(key, area) {
            // back to how it went on before it was asked
            dialog::Outcome::Cancelled if dialog.decision.may_stop() => vec![Ask::Engine(vec![Command::Unpause])],
            dialog::Outcome::Cancelled => Vec::new(),
            dialog::Outcome::Open => keep(model, Popup::Dialog(dialog)),
            dialog::Outcome::Answered(answer, text) => vec![Ask::Engine(dialog.decision.commands(answer, &text))],
        },
        Some(Popup::Palette(mut palette)) => match palette.handle(key) {
            palette::Outcome::Closed => Vec::new(),
            palette::Outcome::Open => keep(model, Popup::Palette(palette)),
            palette::Outcome::Chosen(chosen) => action::perform(model, context, chosen, Some(key)),
        },
        Some(Popup::Help(mut pager)) => {
            let closes = matches!(key.code, KeyCode::Esc | KeyCode::Char('q' | '?') | KeyCode::F(1));
            if closes || key == Key::ctrl('c') {
                return Vec::new();
            }
            if let Some(action) = lookup(&[Where::Pager, Where::Everywhere], key) {
                let height = usize::from(help::place(area).height.saturating_sub(2));
                pager.handle(action, help::count(), height);
            }
            keep(model, Popup::Help(pager))
        }
        Some(Popup::Prompt(prompt, editor)) => typed(model, context, key, prompt, editor),
    }
}

fn keep(model: &mut Model, popup: Popup) -> Vec<Ask> {
    model.popup = Some(popup);
    Vec::new()
}

/// A filter works as it is typed; a search when it is entered.
fn typed(model: &mut Model, context: &Context<'_>, key: Key, prompt: Prompt, mut editor: Editor) -> Vec<Ask> {
    let leaves = key.code == KeyCode::Esc || key == Key::ctrl('c');
    if leaves {
        editor.clear();
    } else if key.code != KeyCode::Enter {
        editor.handle(key);
    }
    let text = editor.text().to_owned();
    match prompt {
        Prompt::Filter => model.filter = text,
        Prompt::Search => model.pager.needle = text,
    }
    if leaves {
        return Vec::new();
    }
    if key.code != KeyCode::Enter {
        return keep(model, Popup::Prompt(prompt, editor));
    }
    if prompt == Prompt::Search && model.page != Page::Main {
        action::find(model, context, Direction::Here);
    }
    Vec::new()
}

/// Pasted text goes where text is typed, and nowhere else: a paste is no key press.
pub(super) fn paste(model: &mut Model, text: &str) {
    match &mut model.popup {
        Some(Popup::Dialog(dialog)) => dialog.paste(text),
        Some(Popup::Palette(palette)) => palette.paste(text),
        Some(Popup::Prompt(prompt, editor)) => {
            editor.paste(text);
            let text = editor.text().to_owned();
            match prompt {
                Prompt::Filter => model.filter = text,
                Prompt::Search => model.pager.needle = text,
            }
        }
        Some(Popup::Help(_)) | None => {}
    }
}
