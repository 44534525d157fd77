//! Whether the terminal is ours, and the panic hook that gives it back before it speaks.

use std::io;
use std::panic::{self, PanicHookInfo};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::{self, ThreadId};

use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture};
use crossterm::style::ResetColor;
use crossterm::terminal::{Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen};
use crossterm::{execute, terminal};

use crate::cockpit::canvas::Mouse;
use crate::shown::Shown;

/// Whether the terminal's modes are ours at the moment.
static ENTERED: AtomicBool = AtomicBool::new(false);

/// The thread that draws.
static OWNER: Mutex<Option<ThreadId>> = Mutex::new(None);

/// Panics of other threads while the screen was up. The loop learns of them through their task; these are their words.
static UNHEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// More than this many are the same one again and again.
const MAX_UNHEARD: usize = 8;

/// Makes the calling thread the screen's own, and sets the panic hook once.
pub(super) fn arm() {
    static HOOK: OnceLock<()> = OnceLock::new();
    *OWNER.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread::current().id());
    HOOK.get_or_init(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if keeps_quiet() {
                keep(info);
            } else {
                restore();
                before(info);
            }
        }));
    });
}

/// A message of another thread would land in the middle of the screen.
fn keeps_quiet() -> bool {
    let owner = *OWNER.lock().unwrap_or_else(PoisonError::into_inner);
    is_entered() && owner != Some(thread::current().id())
}

fn keep(info: &PanicHookInfo<'_>) {
    let mut unheard = UNHEARD.lock().unwrap_or_else(PoisonError::into_inner);
    if unheard.len() < MAX_UNHEARD {
        unheard.push(info.to_string());
    }
}

/// What other threads said when they panicked while the screen was up; each is told once, after the screen was left.
pub fn unheard() -> Vec<Shown> {
    let said = std::mem::take(&mut *UNHEARD.lock().unwrap_or_else(PoisonError::into_inner));
    said.iter().flat_map(|text| Shown::lines(text)).collect()
}

/// Whether the terminal's modes are ours at the moment.
pub(super) fn is_entered() -> bool {
    ENTERED.load(Ordering::SeqCst)
}

pub(super) fn enter(mouse: Mouse) -> io::Result<()> {
    // after a stop that nobody told us of, the shell has set the modes and crossterm still believes in its own
    terminal::disable_raw_mode()?;
    terminal::enable_raw_mode()?;
    ENTERED.store(true, Ordering::SeqCst);
    // a terminal without another screen keeps what was there, and a theme without a background leaves blanks as they are
    execute!(io::stdout(), EnterAlternateScreen, Clear(ClearType::All), EnableBracketedPaste, Hide)?;
    self::mouse(mouse)
}

pub(super) fn mouse(mouse: Mouse) -> io::Result<()> {
    match mouse {
        Mouse::Captured => execute!(io::stdout(), EnableMouseCapture),
        Mouse::Left => execute!(io::stdout(), DisableMouseCapture),
    }
}

/// Gives the terminal back. Safe to call from anywhere, any number of times; a terminal that is gone is no error.
pub(super) fn restore() {
    if !ENTERED.swap(false, Ordering::SeqCst) {
        return;
    }
    let _ = execute!(
        io::stdout(),
        EndSynchronizedUpdate,
        DisableMouseCapture,
        DisableBracketedPaste,
        ResetColor,
        LeaveAlternateScreen,
        Show
    );
    let _ = terminal::disable_raw_mode();
}
