//! Lines that the owner types to a running ship. A question may be overtaken, and a line that is being read can't be given up: it
//! is kept for the next question.

use std::io::Write as _;

use tokio::task::JoinHandle;

use crate::shown::Shown;

/// The terminal, as far as it answers.
#[derive(Debug, Default)]
pub(super) struct Answers {
    reading: Option<JoinHandle<Option<String>>>,
}

impl Answers {
    /// Forgets what was typed before there was a question.
    pub(super) fn forget_typed(&mut self) {
        // a terminal that can't forget is asked all the same
        let _ = rustix::termios::tcflush(std::io::stdin(), rustix::termios::QueueSelector::IFlush);
        self.reading = self.reading.take().filter(|reading| !reading.is_finished());
    }

    pub(super) fn ask(question: &'static str) {
        // a terminal that takes no question gives no answer
        let mut stderr = std::io::stderr().lock();
        let _ = write!(stderr, "{}", Shown::fixed(question)).and_then(|()| stderr.flush());
    }

    /// The next line; none where the terminal went away. Cancel-safe: a line is given to whoever asks next.
    pub(super) async fn next(&mut self) -> Option<String> {
        let reading = self.reading.get_or_insert_with(|| tokio::task::spawn_blocking(line));
        let answer = reading.await.ok().flatten();
        self.reading = None;
        answer
    }
}

fn line() -> Option<String> {
    let mut line = String::new();
    let read = std::io::stdin().read_line(&mut line).ok()?;
    (read > 0).then(|| line.trim().to_owned())
}
