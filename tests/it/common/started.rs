//! A program that runs beside a story, and what it has printed so far.

use std::io::Read;
use std::ops::{Deref, DerefMut};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use super::output::Output;
use super::process::signal;
use super::waiting::PATIENCE;

/// What came of one stream so far.
#[derive(Default)]
struct Stream {
    bytes: Mutex<Vec<u8>>,
    came: Condvar,
}

/// The program. Its streams are read as they come, so that it never waits for a reader.
pub(crate) struct Started {
    child: Child,
    stdout: (Arc<Stream>, JoinHandle<()>),
    stderr: (Arc<Stream>, JoinHandle<()>),
}

impl Started {
    /// Starts it.
    pub(crate) fn of(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (stdout, stderr) = (read(child.stdout.take().unwrap()), read(child.stderr.take().unwrap()));
        Self { child, stdout, stderr }
    }

    /// Waits until it has printed these words to its standard output.
    #[track_caller]
    pub(crate) fn prints(&self, words: &str) {
        wait_for(&self.stdout.0, words);
    }

    /// Waits until it has printed these words to its standard error.
    #[track_caller]
    pub(crate) fn complains(&self, words: &str) {
        wait_for(&self.stderr.0, words);
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// Waits for its end.
    pub(crate) fn ended(mut self) -> Output {
        let status = self.child.wait().unwrap();
        let text = |(stream, reading): (Arc<Stream>, JoinHandle<()>)| {
            reading.join().unwrap();
            String::from_utf8_lossy(&stream.bytes.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
        };
        Output { exit: status.code().unwrap_or(-1), stdout: text(self.stdout), stderr: text(self.stderr) }
    }
}

impl Deref for Started {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.child
    }
}

impl DerefMut for Started {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.child
    }
}

fn read(mut from: impl Read + Send + 'static) -> (Arc<Stream>, JoinHandle<()>) {
    let stream = Arc::new(Stream::default());
    let into = Arc::clone(&stream);
    let reading = std::thread::spawn(move || {
        let mut buffer = [0; 8 * 1024];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            into.bytes.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&buffer[..read]);
            into.came.notify_all();
        }
    });
    (stream, reading)
}

#[track_caller]
fn wait_for(stream: &Stream, words: &str) {
    let deadline = Instant::now() + PATIENCE;
    let mut bytes = stream.bytes.lock().unwrap_or_else(PoisonError::into_inner);
    while !String::from_utf8_lossy(&bytes).contains(words) {
        let left = deadline.saturating_duration_since(Instant::now());
        assert!(!left.is_zero(), "{words:?} isn't printed: {}", String::from_utf8_lossy(&bytes));
        bytes = stream.came.wait_timeout(bytes, left).unwrap_or_else(PoisonError::into_inner).0;
    }
}
