//! The signals that end a command, told apart: somebody at the terminal, or the machine.

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::fault::Fault;

/// Which signal came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Came {
    /// SIGINT: ctrl-c, where somebody is at the terminal.
    Interrupt,
    /// SIGTERM: a shutdown.
    Terminate,
    /// SIGHUP: a dropped connection.
    HangUp,
}

impl Came {
    /// The signal's number, as in an exit status of 128 and that.
    pub(super) fn number(self) -> u8 {
        match self {
            Self::HangUp => 1,
            Self::Interrupt => 2,
            Self::Terminate => 15,
        }
    }
}

/// A listener to all of them.
#[derive(Debug)]
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    /// From here on they no longer end the process by themselves.
    pub(super) fn listen() -> Result<Self, Fault> {
        let listen = |kind| signal(kind).map_err(|error| Fault::failed("signals can't be heard").because(error));
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hangup: listen(SignalKind::hangup())?,
        })
    }

    /// The next one. Cancel-safe.
    pub(super) async fn any(&mut self) -> Came {
        tokio::select! {
            _ = self.interrupt.recv() => Came::Interrupt,
            _ = self.terminate.recv() => Came::Terminate,
            _ = self.hangup.recv() => Came::HangUp,
        }
    }
}
