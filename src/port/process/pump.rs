//! Carries a child's output from its pipes to the log, the tail and the capture: at the speed of the pipe, in bounded
//! memory, and never longer than a moment after the child's end.

use std::fmt::Write as _;
use std::fs::File;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::pipe::Receiver;
use tokio::sync::watch;
use tokio::time::Instant;

use super::redact::{Redactor, Secrets};
use super::tail::Tail;
use super::{Captured, Cut};
use crate::plan::Digest;

/// How long a pipe that something in the background still holds is read after the child's end.
const DRAIN: Duration = Duration::from_millis(300);
/// The shortest time between two announcements of new output: twice within a frame would be for nobody.
const RHYTHM: Duration = Duration::from_millis(25);
const CHUNK: usize = 64 * 1024;

/// One pipe of the child.
#[derive(Debug)]
pub(super) struct Source {
    pipe: Option<Receiver>,
    redactor: Redactor,
    chunk: Vec<u8>,
}

impl Source {
    pub(super) fn new(pipe: Receiver, secrets: &Secrets) -> Self {
        Self { pipe: Some(pipe), redactor: Redactor::new(secrets.clone()), chunk: vec![0; CHUNK] }
    }

    /// Reads once and gives what is certain to hold no secret; `None` at the end. Cancel-safe.
    async fn read(&mut self) -> Option<Vec<u8>> {
        let Some(pipe) = &mut self.pipe else { return std::future::pending().await };
        let mut clean = Vec::new();
        match pipe.read(&mut self.chunk).await {
            Ok(read @ 1..) => {
                self.redactor.feed(self.chunk.get(..read).unwrap_or_default(), &mut clean);
                Some(clean)
            }
            // a pipe that can't be read has nothing more to say
            Ok(0) | Err(_) => None,
        }
    }
}

/// What was carried.
#[derive(Debug, Default)]
pub(super) struct Carried {
    pub(super) captured: Option<Captured>,
    pub(super) log_bytes: u64,
    pub(super) log_digest: Option<Digest>,
    pub(super) log_fault: Option<String>,
}

#[derive(Debug)]
pub(super) struct Pump {
    sources: Vec<Source>,
    log: Option<Log>,
    tail: Tail,
    capture: Option<Capture>,
}

#[derive(Debug)]
struct Capture {
    limit: usize,
    captured: Captured,
}

#[derive(Debug)]
struct Log {
    file: tokio::fs::File,
    digest: Sha256,
    bytes: u64,
    fault: Option<String>,
}

impl Log {
    async fn write(&mut self, bytes: &[u8]) {
        if self.fault.is_some() {
            return;
        }
        self.digest.update(bytes);
        match self.file.write_all(bytes).await {
            Ok(()) => self.bytes = self.bytes.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX)),
            // a full disk must not stop the child: it is read on, and the end says that the log isn't whole
            Err(error) => self.fault = Some(error.to_string()),
        }
    }

    async fn finish(mut self) -> (u64, Option<Digest>, Option<String>) {
        if let Err(error) = self.file.flush().await {
            self.fault.get_or_insert(error.to_string());
        }
        if self.fault.is_some() {
            return (self.bytes, None, self.fault);
        }
        let mut hex = String::with_capacity(64);
        for byte in self.digest.finalize() {
            // writing to a String can't fail
            let _ = write!(hex, "{byte:02x}");
        }
        (self.bytes, hex.parse().ok(), None)
    }
}

impl Pump {
    pub(super) fn new(sources: Vec<Source>, log: Option<File>, tail: Tail, capture: Option<usize>) -> Self {
        let log =
            log.map(|file| Log { file: tokio::fs::File::from_std(file), digest: Sha256::new(), bytes: 0, fault: None });
        Self { sources, log, tail, capture: capture.map(|limit| Capture { limit, captured: Captured::default() }) }
    }

    /// Carries until every pipe is at its end, or for [`DRAIN`] after `ended` turned true.
    pub(super) async fn carry(mut self, mut ended: watch::Receiver<bool>) -> Carried {
        let mut announce: Option<Instant> = None;
        let mut announced = Instant::now();
        let mut stop: Option<Instant> = None;
        while self.sources.iter().any(|source| source.pipe.is_some()) {
            let (first, second) = two(&mut self.sources);
            let (stream, read) = tokio::select! {
                biased;
                () = at(stop) => break,
                () = at(announce) => {
                    self.tail.announce();
                    announced = Instant::now();
                    announce = None;
                    continue;
                }
                _ = ended.wait_for(|ended| *ended), if stop.is_none() => {
                    stop = Some(Instant::now() + DRAIN);
                    continue;
                }
                read = next(first) => (0, read),
                read = next(second) => (1, read),
            };
            self.take(stream, read).await;
            announce = announce.or(Some((announced + RHYTHM).max(Instant::now())));
        }
        self.finish().await
    }

    async fn take(&mut self, stream: usize, read: Option<Vec<u8>>) {
        let bytes = match read {
            Some(bytes) => bytes,
            None => self.sources.get_mut(stream).map(close).unwrap_or_default(),
        };
        self.put(stream, &bytes).await;
    }

    async fn put(&mut self, stream: usize, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        self.tail.push(stream, bytes);
        if let Some(capture) = &mut self.capture {
            capture.add(stream, bytes);
        }
        if let Some(log) = &mut self.log {
            log.write(bytes).await;
        }
    }

    async fn finish(mut self) -> Carried {
        for stream in 0..self.sources.len() {
            let rest = self.sources.get_mut(stream).map(close).unwrap_or_default();
            self.put(stream, &rest).await;
        }
        self.tail.close();
        self.tail.announce();
        let mut carried = Carried { captured: self.capture.map(|capture| capture.captured), ..Carried::default() };
        if let Some(log) = self.log {
            (carried.log_bytes, carried.log_digest, carried.log_fault) = log.finish().await;
        }
        carried
    }
}

impl Capture {
    fn add(&mut self, stream: usize, bytes: &[u8]) {
        let into = if stream == 0 { &mut self.captured.stdout } else { &mut self.captured.stderr };
        let room = self.limit.saturating_sub(into.len()).min(bytes.len());
        into.extend_from_slice(bytes.get(..room).unwrap_or_default());
        if room < bytes.len() {
            self.captured.cut = Cut::Cut;
        }
    }
}

/// Closes a source and gives what its redactor still held.
fn close(source: &mut Source) -> Vec<u8> {
    source.pipe = None;
    let mut clean = Vec::new();
    source.redactor.finish(&mut clean);
    clean
}

fn two(sources: &mut [Source]) -> (Option<&mut Source>, Option<&mut Source>) {
    let mut sources = sources.iter_mut();
    (sources.next(), sources.next())
}

async fn next(source: Option<&mut Source>) -> Option<Vec<u8>> {
    match source {
        Some(source) => source.read().await,
        None => std::future::pending().await,
    }
}

async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant).await,
        None => std::future::pending().await,
    }
}
