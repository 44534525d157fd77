//! The signals that end a ship or ask whether it is to end. They are heard beside all that is printed: a terminal that takes no
//! output must not keep the release going.

use std::io;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::engine::signals::{Came, Signals};
use crate::engine::{Command, Handle};

/// More that wait to be told say nothing new.
const WAITING: usize = 8;

/// What came. Nothing more starts from the moment that it did.
#[derive(Debug)]
pub(super) struct Interrupts {
    came: mpsc::Receiver<Came>,
    listening: JoinHandle<()>,
}

impl Interrupts {
    /// From here on a signal parks the engine, and is told by [`Self::next`].
    pub(super) fn listen(handle: &Handle) -> io::Result<Self> {
        let mut signals = Signals::listen()?;
        let (tell, came) = mpsc::channel(WAITING);
        let handle = handle.clone();
        let listening = tokio::spawn(async move {
            loop {
                let signal = signals.any().await;
                handle.ask(Command::Pause).await;
                // full: whoever is told is busy printing, and has this one before them
                let _ = tell.try_send(signal);
            }
        });
        Ok(Self { came, listening })
    }

    /// The next one. Cancel-safe.
    pub(super) async fn next(&mut self) -> Came {
        match self.came.recv().await {
            Some(came) => came,
            // the listener runs as long as this does
            None => std::future::pending().await,
        }
    }
}

impl Drop for Interrupts {
    fn drop(&mut self) {
        self.listening.abort();
    }
}
