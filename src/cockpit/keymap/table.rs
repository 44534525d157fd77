//! The lines of the keymap. Keys that decide something lie far from those that only move.

use crossterm::event::KeyCode;

use super::{Action, Binding, Context, Key};

const fn c(c: char) -> Key {
    Key::char(c)
}

const fn n(code: KeyCode) -> Key {
    Key::named(code)
}

/// One line of the table, in the order context, keys, action, weight, label, help.
macro_rules! keys {
    ($($context:ident [$($key:expr),+] $action:ident $weight:literal $label:literal $help:literal)*) => {
        [$(Binding {
            context: Context::$context,
            keys: &[$($key),+],
            action: Action::$action,
            label: $label,
            help: $help,
            weight: $weight,
        }),*]
    };
}

/// Every key there is. What decides is only shown where it would, so it outlives what merely shows something; the way back
/// is never left out.
pub static KEYMAP: [Binding; 48] = keys! {
    Step [c('a')] Approve 9 "approve" "Shows exactly what the step does, and approves it."
    Step [c('v')] Veto 8 "veto" "Says no to the step, with a reason that is kept."
    Step [c('l')] Lift 8 "lift" "Takes a veto back."
    Step [c('h')] Hold 5 "hold" "Starts nothing more; what runs may end."
    Step [c('r')] Resume 8 "resume" "Goes on after a hold or a failure."
    Step [c('R')] Resolve 8 "resolve" "Says what became of a step in doubt, or accepts a find."
    Step [c('u')] Undo 7 "undo" "Takes a finished step back, where there is a way."
    Step [c('t')] Tick 8 "checklist" "Opens the checklist of the step, or its tests."
    Step [c('x')] EndSoak 8 "end soak" "Ends a soak before its time, with a reason that is kept."
    Step [c('o')] Output 5 "output" "Shows what the step's commands wrote."
    Step [c('g')] First 0 "first" "Goes to the first row."
    Step [c('G')] Last 0 "last" "Goes to the last row."
    Step [c('c')] Gates 2 "gates" "Shows what must hold when the step starts."
    Step [n(KeyCode::Enter)] Open 6 "details" "Shows all about what is selected."
    Step [n(KeyCode::Tab)] NextPane 4 "pane" "Gives the keys to the next pane."
    Step [n(KeyCode::BackTab)] PreviousPane 0 "pane back" "Gives the keys to the pane before."
    Step [c('/')] Filter 4 "filter" "Shows only the rows that contain a text."

    Pager [c('/')] Search 7 "search" "Finds a text."
    Pager [c('n')] NextMatch 6 "next" "Goes to the next place where it stands."
    Pager [c('N')] PreviousMatch 5 "previous" "Goes to the place before where it stands."
    Pager [c('w')] Follow 6 "follow" "Keeps the newest line in view, or stops doing so."
    Pager [c('y')] Copy 5 "copy" "Copies what is shown, also through ssh and tmux."
    Pager [n(KeyCode::Left)] Left 0 "left" "Shows columns further left."
    Pager [n(KeyCode::Right)] Right 0 "right" "Shows columns further right."
    Pager [c('g'), n(KeyCode::Home)] First 0 "first" "Goes to the first line."
    Pager [c('G'), n(KeyCode::End)] Last 0 "last" "Goes to the last line."

    Checklist [c(' ')] Tick 9 "tick" "Marks the item; enter then confirms it."

    Everywhere [n(KeyCode::Up), c('k')] Up 0 "up" "Goes one row up."
    Everywhere [n(KeyCode::Down), c('j')] Down 0 "down" "Goes one row down."
    Everywhere [n(KeyCode::PageUp), Key::ctrl('b')] PageUp 0 "page up" "Goes a screenful up."
    Everywhere [n(KeyCode::PageDown), Key::ctrl('f')] PageDown 0 "page down" "Goes a screenful down."
    Everywhere [n(KeyCode::Home)] First 0 "first" "Goes to the first row."
    Everywhere [n(KeyCode::End)] Last 0 "last" "Goes to the last row."
    Everywhere [c('L')] Ledger 3 "ledger" "Shows every event of the ledger."
    Everywhere [c('F')] Flag 3 "flag" "Shows what the flag is read as, everywhere."
    Everywhere [c('S')] Seams 1 "seams" "Shows what the repositories promised each other."
    Everywhere [c('f')] FlagOff 9 "flag off" "The way back: turns the flag off, in every state."
    Everywhere [c('P')] Trust 9 "trust plan" "Shows this plan's commands, and allows them here."
    Everywhere [c('e')] Report 1 "report" "Shows what is live, what is owed and what is unknown."
    Everywhere [c('C')] Coverage 1 "coverage" "Shows which intersections no passing test covers."
    Everywhere [c('s')] Refresh 2 "ask again" "Asks repositories, registries and targets again."
    Everywhere [c(':')] Palette 6 "commands" "Finds any action by name."
    Everywhere [c('?'), n(KeyCode::F(1))] Help 7 "help" "Shows every key."
    Everywhere [c('T')] Theme 1 "theme" "Changes to the next theme."
    Everywhere [c('M')] Mouse 0 "mouse" "Gives the mouse to the terminal, or takes it."
    Everywhere [Key::ctrl('z')] Suspend 0 "suspend" "Back to the shell; fg returns."
    Everywhere [n(KeyCode::Esc)] Back 8 "back" "Goes back, or closes what is open."
    Everywhere [c('q'), Key::ctrl('c')] Leave 9 "quit" "Leaves; asks first while something runs."
};
