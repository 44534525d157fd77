//! The terminal's modes: entered, left, and left again on every way out, so that the shell finds what it left.
//!
//! Knows nothing of what is drawn. Failures to restore are swallowed: there is nobody left to tell.

mod clipboard;
mod frame_writer;
mod guard;

use std::io::{self, Write as _};
use std::time::Duration;

use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use crossterm::{execute, queue};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Position, Rect};
use ratatui::{Frame, Terminal};
use tokio::signal::unix::Signal;

pub use clipboard::Clipboard;
use frame_writer::FrameWriter;
pub use guard::unheard;

use super::canvas::Mouse;

/// Within what a signal that was sent is heard on a busy machine.
const CONTINUES_WITHIN: Duration = Duration::from_secs(1);

/// The screen while it is ours. Dropping it gives it back.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<FrameWriter>>,
    mouse: Mouse,
}

impl Screen {
    /// Takes the screen. The calling thread is the screen's own: only its panic is told at once, another's is kept.
    pub fn enter(mouse: Mouse) -> io::Result<Self> {
        guard::arm();
        // from here on whatever fails gives back what was taken
        let entered = guard::enter(mouse).and_then(|()| Terminal::new(CrosstermBackend::new(FrameWriter::default())));
        match entered {
            Ok(terminal) => Ok(Self { terminal, mouse }),
            Err(error) => {
                guard::restore();
                Err(error)
            }
        }
    }

    /// Paints one frame, which a terminal that can shows at once.
    pub fn draw(&mut self, paint: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        let drawn = self.terminal.draw(paint).map(|_| ());
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        drawn
    }

    /// Its size.
    pub fn size(&self) -> io::Result<Rect> {
        self.terminal.size().map(|size| Rect::from((Position::ORIGIN, size)))
    }

    /// Listens to the mouse or leaves it to the terminal.
    pub fn set_mouse(&mut self, mouse: Mouse) -> io::Result<()> {
        self.mouse = mouse;
        guard::mouse(mouse)
    }

    /// Puts a text on the clipboard of the terminal that the user sits at, also through tmux and ssh.
    pub fn copy(&mut self, clipboard: Clipboard, text: &str) -> io::Result<()> {
        let backend = self.terminal.backend_mut();
        backend.write_all(&clipboard.sequence(text))?;
        io::Write::flush(backend)
    }

    /// Gives the terminal back to the shell and stops this process until `fg`: only where there [is job control](has_job_control).
    /// The key stream must be dropped before: it reads the terminal on a thread of its own.
    ///
    /// `continued` is told of SIGCONT. Cancel-safe in so far as [`Screen::resume`] sets right whatever it left.
    pub async fn suspend(&mut self, continued: &mut Signal) -> io::Result<()> {
        guard::restore();
        // SIGTSTP is listened to, so it would stop nobody here
        rustix::process::kill_current_process_group(rustix::process::Signal::STOP)?;
        // The stop reaches a process of several threads a moment late, so wait for what continues us, but not for ever. Time
        // runs on for who is stopped: the first wait may have ended by that alone, and what continued us is still to be heard.
        // Heard later, it would be taken for another stop, and the keys pressed since would be thrown away.
        for _ in 0..2 {
            if tokio::time::timeout(CONTINUES_WITHIN, continued.recv()).await.is_ok() {
                break;
            }
        }
        self.resume()
    }

    /// Takes the screen again after a stop, forgets what was typed meanwhile, and paints anew.
    pub fn resume(&mut self) -> io::Result<()> {
        guard::enter(self.mouse)?;
        forget_typed();
        // `clear` would ask the terminal where its cursor is, and wait for an answer that may not come
        let size = self.size()?;
        self.terminal.resize(size)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        guard::restore();
    }
}

/// Whether a shell waits to continue us: it gives each job a process group of its own. Where we lead the session, or whoever
/// does is in our group, a stop would be for ever. A leader outside our pid namespace (a container's) has the number 0,
/// which rustix takes for impossible.
pub fn has_job_control() -> bool {
    let group = nix::unistd::getpgid(None);
    let session = nix::unistd::getsid(None);
    matches!((group, session), (Ok(group), Ok(session)) if group != session)
}

/// Throws away keys that were typed before what they would answer was seen.
pub fn forget_typed() {
    let _ = rustix::termios::tcflush(io::stdin(), rustix::termios::QueueSelector::IFlush);
}
