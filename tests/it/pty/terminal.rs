//! A terminal as a program sees one: a real pty, with a screen that can be read. It knows nothing of flightdeck.
//!
//! Nothing here waits for a time to be right: whatever is awaited has a deadline, and shows the screen when it passes.

use std::fmt::Display;
use std::io::{Read as _, Write};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, SlavePty, native_pty_system};
use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, Signal};
use rustix::termios::{Action, tcflow};
use vt100::{MouseProtocolMode, Parser};

use crate::common::waiting::{PATIENCE, pause, within_patience};

/// What has arrived on the screen.
struct Seen {
    parser: Parser,
    raw: Vec<u8>,
}

type Shared = Arc<(Mutex<Seen>, Condvar)>;

/// A terminal in which a program runs.
pub(crate) struct Terminal {
    name: String,
    seen: Shared,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    /// Held open, so that the terminal's modes can be read after its last program has ended.
    _slave: Box<dyn SlavePty + Send>,
    found: String,
}

/// Columns and rows.
pub(crate) type Size = (u16, u16);

fn pty_size((cols, rows): Size) -> PtySize {
    PtySize { rows, cols, ..PtySize::default() }
}

impl Terminal {
    /// Starts a program.
    pub(crate) fn start(name: impl Display, size: Size, command: CommandBuilder) -> Self {
        let pty = native_pty_system().openpty(pty_size(size)).unwrap();
        let found = modes(pty.master.as_ref());
        let seen: Shared =
            Arc::new((Mutex::new(Seen { parser: Parser::new(size.1, size.0, 0), raw: Vec::new() }), Condvar::new()));
        let child = pty.slave.spawn_command(command).unwrap();
        let mut reader = pty.master.try_clone_reader().unwrap();
        let writer = pty.master.take_writer().unwrap();
        let shown = Arc::clone(&seen);
        std::thread::spawn(move || {
            let mut buffer = [0; 16 * 1024];
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                let bytes = &buffer[..read];
                let mut seen = shown.0.lock().unwrap_or_else(PoisonError::into_inner);
                seen.raw.extend_from_slice(bytes);
                seen.parser.process(bytes);
                shown.1.notify_all();
            }
        });
        Self { name: name.to_string(), seen, writer, child, master: pty.master, _slave: pty.slave, found }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is on the screen.
    pub(crate) fn text(&self) -> String {
        self.seen().parser.screen().contents()
    }

    /// Every byte that has arrived.
    pub(crate) fn raw(&self) -> Vec<u8> {
        self.seen().raw.clone()
    }

    /// Waits until the screen is as wanted.
    #[track_caller]
    pub(crate) fn until(&self, what: &str, fits: impl Fn(&vt100::Screen) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = self.seen();
        while !fits(seen.parser.screen()) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let screen = seen.parser.screen();
                let modes = format!("alternate: {}", screen.alternate_screen());
                panic!("{}: waited for {what}; {modes}; on the screen:\n{}", self.name, screen.contents());
            }
            seen = self.seen.1.wait_timeout(seen, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until a text is on the screen.
    #[track_caller]
    pub(crate) fn see(&self, text: &str) {
        self.until(&format!("{text:?}"), |screen| screen.contents().contains(text));
    }

    /// Waits until a text is no longer on the screen.
    #[track_caller]
    pub(crate) fn see_no(&self, text: &str) {
        self.until(&format!("{text:?} to go"), |screen| !screen.contents().contains(text));
    }

    /// Waits until one of several texts is on the screen; which.
    #[track_caller]
    pub(crate) fn any(&self, texts: &[&str]) -> usize {
        let at = |screen: &vt100::Screen| texts.iter().position(|text| screen.contents().contains(text));
        self.until(&format!("one of {texts:?}"), |screen| at(screen).is_some());
        at(self.seen().parser.screen()).unwrap_or(0)
    }

    /// Waits until one line of the screen has all of these.
    #[track_caller]
    pub(crate) fn line(&self, parts: &[&str]) {
        self.until(&format!("a line with {parts:?}"), |screen| {
            screen.contents().lines().any(|line| parts.iter().all(|part| line.contains(part)))
        });
    }

    /// Waits until a shell asks for a command, on a line of its own.
    #[track_caller]
    pub(crate) fn prompt(&self, prompt: &str) {
        self.until("a prompt", |screen| {
            let text = screen.contents();
            !screen.alternate_screen() && text.lines().last().is_some_and(|line| line.trim_end() == prompt.trim_end())
        });
    }

    /// The job that has the terminal.
    pub(crate) fn foreground(&self) -> Pid {
        Pid::from_raw(self.master.process_group_leader().unwrap()).unwrap()
    }

    /// The terminal's device.
    pub(crate) fn path(&self) -> String {
        self.master.tty_name().unwrap().display().to_string()
    }

    /// Takes no more output, as after ctrl-s: at once, where a key would be heard some time later.
    pub(crate) fn hold_output(&self) {
        tcflow(self.device(), Action::OOff).unwrap();
    }

    /// Takes output again.
    pub(crate) fn let_output_go(&self) {
        tcflow(self.device(), Action::OOn).unwrap();
    }

    /// Waits until every key that was pressed has been read.
    #[track_caller]
    pub(crate) fn has_read_every_key(&self) {
        let device = self.device();
        self.until_outside("every key to be read", || rustix::io::ioctl_fionread(&device).unwrap() == 0);
    }

    fn device(&self) -> OwnedFd {
        let flags = OFlags::RDWR | OFlags::NOCTTY;
        rustix::fs::open(self.path(), flags, Mode::empty()).unwrap()
    }

    /// Types.
    pub(crate) fn keys(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    /// Pastes, as a terminal does that was asked to tell.
    pub(crate) fn paste(&mut self, text: &str) {
        self.keys(&format!("\x1b[200~{text}\x1b[201~"));
    }

    /// Changes the window's size.
    pub(crate) fn resize(&self, size: Size) {
        self.seen().parser.screen_mut().set_size(size.1, size.0);
        self.master.resize(pty_size(size)).unwrap();
    }

    /// The program's process.
    pub(crate) fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.process_id().unwrap()).unwrap()).unwrap()
    }

    /// Sends the program a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        rustix::process::kill_process(self.pid(), signal).unwrap();
    }

    /// Waits until something outside the screen is so.
    #[track_caller]
    pub(crate) fn until_outside(&self, what: &str, fits: impl Fn() -> bool) {
        assert!(within_patience(fits), "{}: waited for {what}; on the screen:\n{}", self.name, self.text());
    }

    /// Waits until the program has ended.
    #[track_caller]
    pub(crate) fn ended(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "{}: it doesn't end; on the screen:\n{}", self.name, self.text());
            pause();
        }
    }

    /// Whether the program still runs.
    pub(crate) fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits until the terminal is as the program found it: screen, cursor, mouse, paste, echo and line editing.
    #[track_caller]
    pub(crate) fn is_as_found(&self) {
        self.until("the terminal to be given back", |screen| {
            !screen.alternate_screen()
                && !screen.hide_cursor()
                && !screen.bracketed_paste()
                && screen.mouse_protocol_mode() == MouseProtocolMode::None
        });
        self.until_outside("the terminal's modes to be as they were found", || {
            modes(self.master.as_ref()) == self.found
        });
    }

    /// Waits until the program has the terminal to itself.
    #[track_caller]
    pub(crate) fn is_taken(&self) {
        self.until("the terminal to be taken", |screen| {
            screen.alternate_screen() && screen.bracketed_paste() && screen.hide_cursor()
        });
        self.until_outside("the terminal's modes to be raw", || modes(self.master.as_ref()) != self.found);
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().unwrap())
}
