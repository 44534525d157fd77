//! The one table of keys. Input, footer, help and palette are all read from it, so that none of them can lie.

mod table;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

pub use table::KEYMAP;

use crate::shown::Shown;

/// What a key asks for. What it means where it is pressed is for the model to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// Columns to the left.
    Left,
    /// Columns to the right.
    Right,
    /// The first row.
    First,
    /// The last row.
    Last,
    /// A screenful up.
    PageUp,
    /// A screenful down.
    PageDown,
    /// The next pane.
    NextPane,
    /// The pane before.
    PreviousPane,
    /// Details of what is selected.
    Open,
    /// Back to where it was opened from.
    Back,
    /// Approve the step.
    Approve,
    /// Say no to the step.
    Veto,
    /// Take a veto back.
    Lift,
    /// Start nothing more.
    Hold,
    /// Go on.
    Resume,
    /// Say what became of a step in doubt.
    Resolve,
    /// Take a done step back.
    Undo,
    /// End a soak before its time.
    EndSoak,
    /// Turn the flag off.
    FlagOff,
    /// Confirm an item of a checklist.
    Tick,
    /// Allow this plan's commands on this machine.
    Trust,
    /// The step's output.
    Output,
    /// The step's gates.
    Gates,
    /// The ledger's events.
    Ledger,
    /// What the flag is read as, everywhere.
    Flag,
    /// What the repositories promised each other.
    Seams,
    /// The report so far.
    Report,
    /// Show coverage.
    Coverage,
    /// Narrow the rows to those that contain a text.
    Filter,
    /// Find a text.
    Search,
    /// The next place where it stands.
    NextMatch,
    /// The place before.
    PreviousMatch,
    /// Keep the newest line in view, or stop doing so.
    Follow,
    /// Copy what is selected.
    Copy,
    /// Ask the world again now.
    Refresh,
    /// Every action, by name.
    Palette,
    /// Every key.
    Help,
    /// The next theme.
    Theme,
    /// Give the mouse back to the terminal, or take it.
    Mouse,
    /// Back to the shell; `fg` returns.
    Suspend,
    /// Leave.
    Leave,
}

/// Where a key works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// On every page.
    Everywhere,
    /// On the main screen and on a step's own pages.
    Step,
    /// In a long text or list.
    Pager,
    /// In a checklist.
    Checklist,
}

/// A key, with what is held down beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Which key.
    pub code: KeyCode,
    /// What is held down.
    pub modifiers: KeyModifiers,
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// Where it works.
    pub context: Context,
    /// The keys, the one to show first.
    pub keys: &'static [Key],
    /// What it asks for.
    pub action: Action,
    /// One or two words for the footer.
    pub label: &'static str,
    /// A sentence for the help and the palette.
    pub help: &'static str,
    /// How long it stays in a narrowing footer: 0 never shows there, 9 stays longest.
    pub weight: u8,
}

impl Key {
    /// A character.
    pub const fn char(c: char) -> Self {
        Self { code: KeyCode::Char(c), modifiers: KeyModifiers::NONE }
    }

    /// A character with control.
    pub const fn ctrl(c: char) -> Self {
        Self { code: KeyCode::Char(c), modifiers: KeyModifiers::CONTROL }
    }

    /// A named key.
    pub const fn named(code: KeyCode) -> Self {
        Self { code, modifiers: KeyModifiers::NONE }
    }

    /// A key press as the terminal reports it; nothing for a release.
    pub fn of(event: KeyEvent) -> Option<Self> {
        if event.kind == KeyEventKind::Release {
            return None;
        }
        // shift is already in the character, and terminals disagree on whether they also say it
        let modifiers = match event.code {
            KeyCode::Char(_) | KeyCode::BackTab => event.modifiers - KeyModifiers::SHIFT,
            _ => event.modifiers,
        };
        Some(Self { code: event.code, modifiers })
    }

    /// The keys that were pressed, one after the other: an escape that arrives together with the next key, as over a slow
    /// line, is reported as that key with alt, which means nothing here.
    pub fn pressed(self) -> Vec<Self> {
        let plain = Self { modifiers: self.modifiers - KeyModifiers::ALT, ..self };
        match (self.modifiers.contains(KeyModifiers::ALT), self.code) {
            (true, KeyCode::Char(_)) => vec![Self::named(KeyCode::Esc), plain],
            _ => vec![self],
        }
    }

    /// How it is written on the screen.
    pub fn shown(self) -> Shown {
        let name = match self.code {
            KeyCode::Char(' ') => "space".to_owned(),
            KeyCode::Char(c) => c.to_string(),
            KeyCode::Enter => "enter".to_owned(),
            KeyCode::Esc => "esc".to_owned(),
            KeyCode::Tab => "tab".to_owned(),
            KeyCode::BackTab => "shift-tab".to_owned(),
            KeyCode::PageUp => "pgup".to_owned(),
            KeyCode::PageDown => "pgdn".to_owned(),
            KeyCode::F(n) => format!("F{n}"),
            other => other.to_string().to_lowercase(),
        };
        Shown::from(if self.modifiers.contains(KeyModifiers::CONTROL) { format!("ctrl-{name}") } else { name })
    }
}

impl Binding {
    /// All its keys, as the help shows them.
    pub fn shown_keys(&self) -> Shown {
        let keys: Vec<_> = self.keys.iter().map(|key| key.shown()).collect();
        Shown::join(&keys, &Shown::fixed(" "))
    }
}

/// What a key asks for in these contexts; the first context that knows the key decides.
pub fn lookup(contexts: &[Context], key: Key) -> Option<Action> {
    contexts.iter().find_map(|context| {
        KEYMAP.iter().find(|b| b.context == *context && b.keys.contains(&key)).map(|binding| binding.action)
    })
}

/// The bindings that work in these contexts, each key told once.
pub fn working(contexts: &[Context]) -> Vec<&'static Binding> {
    let mut found: Vec<&'static Binding> = Vec::new();
    for context in contexts {
        let of = KEYMAP.iter().filter(|b| b.context == *context);
        let fresh: Vec<_> = of.filter(|b| !b.keys.iter().all(|k| found.iter().any(|f| f.keys.contains(k)))).collect();
        found.extend(fresh);
    }
    found
}

/// The binding of an action, wherever it works.
pub fn binding(action: Action) -> Option<&'static Binding> {
    KEYMAP.iter().find(|binding| binding.action == action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things_in_one_place() {
        for (at, one) in KEYMAP.iter().enumerate() {
            for other in KEYMAP.iter().skip(at + 1).filter(|b| b.context == one.context) {
                let both = one.keys.iter().find(|key| other.keys.contains(key));
                assert_eq!(both, None, "{:?} and {:?}", one.action, other.action);
            }
        }
    }

    #[test]
    fn every_binding_can_be_read_aloud() {
        for binding in &KEYMAP {
            assert!(!binding.keys.is_empty() && binding.label.len() <= 12, "{:?}", binding.action);
            assert!(binding.help.ends_with('.') && binding.help.len() <= 57, "{:?}", binding.action);
        }
    }

    #[test]
    fn shift_is_in_the_character() {
        let event = KeyEvent::new(KeyCode::Char('R'), KeyModifiers::SHIFT);
        let action = Key::of(event).and_then(|key| lookup(&[Context::Step], key));
        assert_eq!(action, Some(Action::Resolve));
        assert_eq!(Key::ctrl('c').shown().as_str(), "ctrl-c");
    }
}
