//! The signals that end whoever conducts, or ask whether they are to end. Each one's default would end the process at once, with
//! the terminal as it is and the running action cut off; listened to, what runs may end and nothing more starts.

use std::io;
use std::task::Poll;

use rustix::process::Signal as Number;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// All of them.
const ENDING: [Number; 8] =
    [Number::INT, Number::TERM, Number::HUP, Number::QUIT, Number::USR1, Number::USR2, Number::ALARM, Number::XCPU];

/// Which signal came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// SIGINT: ctrl-c, where somebody is at the terminal. It asks.
    Interrupt,
    /// Another, by its number. It ends.
    End(u8),
}

impl Came {
    fn of(number: Number) -> Self {
        if number == Number::INT { Self::Interrupt } else { Self::End(as_byte(number)) }
    }

    /// The signal's number: the exit status of whoever it ends is 128 and that.
    pub fn number(self) -> u8 {
        match self {
            Self::Interrupt => as_byte(Number::INT),
            Self::End(number) => number,
        }
    }
}

fn as_byte(number: Number) -> u8 {
    u8::try_from(number.as_raw()).unwrap_or_default()
}

/// What a terminal that went away means, though no signal has said so yet.
pub const HANG_UP: u8 = 1;

/// A listener to all of them.
#[derive(Debug)]
pub struct Signals(Vec<(Number, Signal)>);

impl Signals {
    /// From here on they no longer end the process by themselves.
    pub fn listen() -> io::Result<Self> {
        let listen = |number: Number| Ok((number, signal(SignalKind::from_raw(number.as_raw()))?));
        Ok(Self(ENDING.into_iter().map(listen).collect::<io::Result<_>>()?))
    }

    /// The next one. Cancel-safe.
    pub async fn any(&mut self) -> Came {
        std::future::poll_fn(|task| {
            let came = self.0.iter_mut().find_map(|(number, signal)| match signal.poll_recv(task) {
                Poll::Ready(Some(())) => Some(Came::of(*number)),
                Poll::Ready(None) | Poll::Pending => None,
            });
            came.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}
