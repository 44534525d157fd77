//! The screen's loop: keys, states, output, signals and the next change of an age, in one place. It decides nothing.
//!
//! It sleeps until one of them comes. Frames are painted at most sixty times a second, however much arrives.

mod feed;

use std::io;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use crossterm::event::{Event, EventStream, MouseButton, MouseEventKind};
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use ratatui::layout::{Position, Rect};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

use super::canvas::{Canvas, Caps};
use super::frame;
use super::keymap::Key;
use super::model::Model;
use super::terminal::{Clipboard, Screen, forget_typed, has_job_control};
use super::theme::Theme;
use super::update::{Ask, Context, Message, Pointer, Press, update};
use super::view::View;
use crate::engine::signals::{Came, HANG_UP, Signals};
use crate::engine::{Command, Handle, Leave, Reply, State};
use crate::rollout::Millis;
use feed::Feed;

/// The least time between two frames.
const FRAME: Duration = Duration::from_millis(16);

/// The least time between two frames that only time asks for.
const TICK: Duration = Duration::from_secs(1);

/// What the screen needs from whoever starts it.
pub struct Setup {
    /// The engine.
    pub handle: Handle,
    /// What the terminal can show.
    pub caps: Caps,
    /// The themes; the first one is used. There must be one.
    pub themes: Vec<Theme>,
    /// This machine's clock.
    pub clock: Arc<dyn Fn() -> Millis + Send + Sync>,
    /// Where the owner lives.
    pub zone: jiff::tz::TimeZone,
    /// What lies between this program and the user's clipboard.
    pub clipboard: Clipboard,
}

/// Why the screen was left. The engine has then been asked to stop, and may still be ending its running action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The owner left.
    Left,
    /// The engine stopped by itself.
    Stopped,
    /// A signal of this number said so, or the terminal went away.
    Signalled(u8),
}

/// Why there is no screen.
#[derive(Debug, thiserror::Error)]
pub enum CockpitError {
    /// The terminal refuses.
    #[error("the terminal can't be used, because {0}: use `flightdeck status` and `flightdeck ship` there")]
    Terminal(#[from] io::Error),
    /// No theme was given.
    #[error("there is no theme to draw with")]
    NoTheme,
}

type Answering = FuturesUnordered<BoxFuture<'static, Reply>>;

struct Cockpit {
    setup: Setup,
    screen: Screen,
    model: Model,
    state: Arc<State>,
    keys: Option<EventStream>,
    answers: Answering,
    feed: Feed,
    /// When the frame on the screen stops being true by time alone.
    wake: Option<Instant>,
    painted: Instant,
    stale: bool,
}

/// Shows the release until the owner leaves. Runs on the thread that polls it: give it `block_on`, not a task.
pub async fn run(setup: Setup) -> Result<Ended, CockpitError> {
    if setup.themes.is_empty() {
        return Err(CockpitError::NoTheme);
    }
    let mut cockpit = Cockpit::enter(setup)?;
    let ended = match turn(&mut cockpit).await {
        // the line was cut: the signal that says so may still be on its way
        Err(error) if is_gone(&error) => Ok(Ended::Signalled(HANG_UP)),
        other => other,
    };
    cockpit.leave(ended.as_ref().copied().unwrap_or(Ended::Signalled(HANG_UP)));
    Ok(ended?)
}

fn is_gone(error: &io::Error) -> bool {
    let gone = [rustix::io::Errno::IO, rustix::io::Errno::NXIO, rustix::io::Errno::PIPE, rustix::io::Errno::BADF];
    gone.iter().any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}

/// Turns until something ends it.
async fn turn(cockpit: &mut Cockpit) -> io::Result<Ended> {
    let mut signals = Signals::listen()?;
    let mut continued = signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?;
    let mut stopped = signal(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()))?;
    let mut states = cockpit.setup.handle.state.clone();
    loop {
        cockpit.paint_if_due()?;
        let due = cockpit.due();
        let step = tokio::select! {
            event = next_event(&mut cockpit.keys) => match event {
                Some(event) => cockpit.on_event(event?, &mut continued).await?,
                // the terminal is gone: nobody can see or press anything
                None => Some(Ended::Signalled(HANG_UP)),
            },
            changed = states.changed() => match changed {
                Ok(()) => {
                    cockpit.state = states.borrow_and_update().clone();
                    cockpit.take(Message::Changed, &mut continued).await?
                }
                Err(_) => Some(Ended::Stopped),
            },
            reply = cockpit.answers.select_next_some(), if !cockpit.answers.is_empty() => {
                cockpit.take(Message::Replied(reply), &mut continued).await?
            }
            () = cockpit.feed.changed() => cockpit.owe(),
            () = until(due) => cockpit.owe(),
            _ = continued.recv() => {
                cockpit.screen.resume()?;
                cockpit.owe()
            }
            _ = stopped.recv() => {
                cockpit.suspend(&mut continued).await?;
                cockpit.owe()
            }
            came = signals.any() => match came {
                Came::Interrupt => cockpit.take(Message::Interrupted, &mut continued).await?,
                Came::End(number) => Some(Ended::Signalled(number)),
            },
        };
        if let Some(ended) = step {
            return Ok(ended);
        }
    }
}

/// The next thing the terminal reports. Cancel-safe: the stream keeps what it has read.
async fn next_event(keys: &mut Option<EventStream>) -> Option<io::Result<Event>> {
    match keys {
        Some(keys) => keys.next().await,
        None => std::future::pending().await,
    }
}

/// Sleeps until an instant, or for ever. Cancel-safe.
async fn until(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

impl Cockpit {
    fn enter(setup: Setup) -> Result<Self, CockpitError> {
        let screen = Screen::enter(setup.caps.mouse)?;
        let area = screen.size()?;
        let state = setup.handle.state.borrow().clone();
        let model = Model::new(area, setup.caps.mouse);
        Ok(Self {
            setup,
            screen,
            model,
            state,
            keys: Some(EventStream::new()),
            answers: FuturesUnordered::new(),
            feed: Feed::default(),
            wake: None,
            painted: Instant::now() - FRAME,
            stale: true,
        })
    }

    /// A frame is owed; nothing ends.
    fn owe(&mut self) -> Option<Ended> {
        self.stale = true;
        None
    }

    /// When something must be painted: the frame that is owed, or the next change of an age.
    fn due(&self) -> Option<Instant> {
        if self.stale { Some(self.painted + FRAME) } else { self.wake }
    }

    fn paint_if_due(&mut self) -> io::Result<()> {
        if !self.stale || self.painted.elapsed() < FRAME {
            return Ok(());
        }
        self.model.area = self.screen.size()?;
        let now = (self.setup.clock)();
        let view = View { state: &self.state, model: &self.model, now, zone: &self.setup.zone };
        self.feed.follow(view.followed());
        let Some(theme) = self.setup.themes.get(self.model.theme).or(self.setup.themes.first()) else { return Ok(()) };
        let (caps, mut wake) = (self.setup.caps, None);
        self.screen.draw(|frame| {
            let mut canvas = Canvas::new(frame.buffer_mut(), theme, caps);
            frame::paint(&mut canvas, &view);
            wake = canvas.wake();
            if let Some(position) = canvas.cursor_position() {
                frame.set_cursor_position(position);
            }
        })?;
        self.painted = Instant::now();
        self.stale = false;
        let wait = |at: Millis| Duration::from_millis(at.saturating_sub(now)).max(TICK);
        self.wake = wake.map(|at| self.painted + wait(at));
        Ok(())
    }

    async fn on_event(&mut self, event: Event, continued: &mut Signal) -> io::Result<Option<Ended>> {
        let message = match event {
            Event::Key(key) => {
                for key in Key::of(key).map(Key::pressed).unwrap_or_default() {
                    if let Some(ended) = self.take(Message::Key(key), continued).await? {
                        return Ok(Some(ended));
                    }
                }
                None
            }
            Event::Paste(text) => Some(Message::Paste(text)),
            Event::Mouse(mouse) => {
                let press = match mouse.kind {
                    MouseEventKind::Down(MouseButton::Left) => Some(Press::Click),
                    MouseEventKind::ScrollUp => Some(Press::WheelUp),
                    MouseEventKind::ScrollDown => Some(Press::WheelDown),
                    _ => None,
                };
                press.map(|press| Message::Pointer(Pointer { press, at: Position::new(mouse.column, mouse.row) }))
            }
            Event::Resize(width, height) => Some(Message::Resized(Rect::new(0, 0, width, height))),
            Event::FocusGained | Event::FocusLost => None,
        };
        match message {
            Some(message) => self.take(message, continued).await,
            None => Ok(None),
        }
    }

    /// Updates the model and does what it asks.
    async fn take(&mut self, message: Message, continued: &mut Signal) -> io::Result<Option<Ended>> {
        let state = Arc::clone(&self.state);
        let context = Context {
            state: &state,
            now: (self.setup.clock)(),
            zone: &self.setup.zone,
            caps: self.setup.caps,
            themes: self.setup.themes.len(),
        };
        let (model, asks) = update(self.model.clone(), &context, message);
        self.model = model;
        self.stale = true;
        for ask in asks {
            match ask {
                Ask::Engine(commands) => self.ask(commands),
                Ask::Copy(text) => self.screen.copy(self.setup.clipboard, &text)?,
                Ask::Mouse(mouse) => self.screen.set_mouse(mouse)?,
                Ask::ForgetTyped => self.forget_typed().await,
                Ask::Suspend => self.suspend(continued).await?,
                Ask::Quit => return Ok(Some(Ended::Left)),
            }
        }
        Ok(None)
    }

    /// The first is sent at once, before anything else is painted or heard: a question whether it stops can't wait.
    fn ask(&mut self, commands: Vec<Command>) {
        let mut commands = commands.into_iter();
        let Some(first) = commands.next() else { return };
        let (answer, replied) = oneshot::channel();
        let handle = self.setup.handle.clone();
        let first = match handle.asks.try_send((first, answer)) {
            Ok(()) => Asked::Sent(replied),
            // so much is asked already that it waits for its turn
            Err(TrySendError::Full((first, _)) | TrySendError::Closed((first, _))) => Asked::Waits(first),
        };
        self.answers.push(ask_in_order(handle, first, commands.collect()).boxed());
    }

    /// Keys that were pressed before a dialog could be seen must not answer it. A new size is no key.
    async fn forget_typed(&mut self) {
        forget_typed();
        let Some(keys) = &mut self.keys else { return };
        let model = &mut self.model;
        // The stream remembers the first waker that finds it empty: one that wakes nobody would silence it for good.
        std::future::poll_fn(|task| {
            while let Poll::Ready(Some(event)) = keys.poll_next_unpin(task) {
                if let Ok(Event::Resize(width, height)) = event {
                    model.area = Rect::new(0, 0, width, height);
                }
            }
            Poll::Ready(())
        })
        .await;
    }

    async fn suspend(&mut self, continued: &mut Signal) -> io::Result<()> {
        // the screen stays as it is, and so do the keys typed at it
        if !has_job_control() {
            return Ok(());
        }
        // the stream reads the terminal on a thread of its own: it would eat what is typed to the shell
        self.keys = None;
        let resumed = self.screen.suspend(continued).await;
        self.keys = Some(EventStream::new());
        resumed
    }

    /// The engine stops too: nothing more starts, and what runs may end. A dialog that said otherwise was obeyed before.
    fn leave(self, ended: Ended) {
        let (answer, _) = oneshot::channel();
        if ended != Ended::Stopped {
            // a full channel means that it is being told already
            let _ = self.setup.handle.asks.try_send((Command::Leave { how: Leave::Wait }, answer));
        }
    }
}

/// The first of several things that are asked.
enum Asked {
    Sent(oneshot::Receiver<Reply>),
    Waits(Command),
}

/// Asks one thing after the other, each only if the one before was carried out; the last answer counts.
async fn ask_in_order(handle: Handle, first: Asked, rest: Vec<Command>) -> Reply {
    let mut said = match first {
        Asked::Sent(replied) => replied.await.unwrap_or_else(|_| Handle::gone()),
        Asked::Waits(command) => handle.ask(command).await,
    };
    for command in rest {
        if matches!(said, Reply::Refused { .. }) {
            return said;
        }
        // "going on" would hide what was just recorded
        let quiet = matches!(command, Command::Go | Command::Unpause);
        let reply = handle.ask(command).await;
        if !quiet || matches!(reply, Reply::Refused { .. }) {
            said = reply;
        }
    }
    said
}
