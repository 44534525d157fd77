//! The conductor's ear for the same user's other commands: one request and one answer a connection, as lines of JSON.
//! The socket lies in a folder that nobody else can enter. Each request names its release, and one for another is refused.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::OwnedWriteHalf;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::{AbortHandle, JoinHandle, JoinSet};

use super::command::{Command, Handle, Reply};
use crate::plan::ReleaseId;

/// The longest request, in bytes.
const MAX_REQUEST: u64 = 256 * 1024;
/// How long a conductor may take to say how things stand. A decision may take as long as what it decides.
const PATIENCE: Duration = Duration::from_secs(10);
/// Within what a connection must have said what it asks: whoever connects knows it already.
const SAYS_WITHIN: Duration = Duration::from_secs(2);
/// After how long a connection is taken that couldn't be.
const AGAIN: Duration = Duration::from_millis(50);
/// How many connections may have said nothing yet; one more ends the oldest.
const MAX_UNREAD: usize = 256;
/// How many requests are answered at once; more wait.
const AT_ONCE: usize = 8;
/// How many requests may wait for their turn.
const MAX_WAITING: usize = 64;

/// A request as it is sent.
#[derive(Debug, Serialize, Deserialize)]
struct Request {
    /// The release that it is about.
    release: ReleaseId,
    #[serde(flatten)]
    command: Command,
}

/// A listening conductor. Dropping it stops listening and removes the socket.
#[derive(Debug)]
pub struct Ear {
    path: PathBuf,
    listening: JoinHandle<()>,
}

/// Listens at a path. Only whoever holds the controls lock may: what lies there was left by a dead process.
pub fn listen(path: &Path, handle: Handle) -> std::io::Result<Ear> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(Ear { path: path.to_owned(), listening: tokio::spawn(accept(listener, handle)) })
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.listening.abort();
        // a socket left behind refuses connections, which is as good as none
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Hears everybody at once, so that whoever connects and says nothing is in nobody's way, and answers what was asked in turns.
async fn accept(listener: UnixListener, handle: Handle) {
    let turns = Arc::new(Turns { stopping: Semaphore::new(AT_ONCE), rest: Semaphore::new(AT_ONCE) });
    let mut reading = JoinSet::new();
    let mut unread: VecDeque<AbortHandle> = VecDeque::new();
    let mut answering = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else {
                    // no descriptor is left: one comes back when somebody was answered
                    tokio::time::sleep(AGAIN).await;
                    continue;
                };
                unread.retain(|connection| !connection.is_finished());
                if unread.len() >= MAX_UNREAD && let Some(oldest) = unread.pop_front() {
                    oldest.abort();
                }
                unread.push_back(reading.spawn(tokio::time::timeout(SAYS_WITHIN, request(stream))));
            }
            // one that said nothing in time needs no answer
            Some(read) = reading.join_next() => if let Ok(Ok(Ok((line, write)))) = read {
                let (turns, handle) = (Arc::clone(&turns), handle.clone());
                let crowded = answering.len() >= MAX_WAITING;
                answering.spawn(async move {
                    let reply = answer(&line, &handle, &turns, crowded).await;
                    // a client that went away needs no answer
                    let _ = send(write, &reply).await;
                });
            },
            Some(_) = answering.join_next() => {}
        }
    }
}

/// Who asks that something stops doesn't wait behind those who ask for anything else.
struct Turns {
    stopping: Semaphore,
    rest: Semaphore,
}

/// What a connection asks, and where its answer goes.
async fn request(stream: UnixStream) -> std::io::Result<(String, OwnedWriteHalf)> {
    let (read, write) = stream.into_split();
    let mut line = String::new();
    tokio::io::BufReader::new(read.take(MAX_REQUEST)).read_line(&mut line).await?;
    Ok((line, write))
}

async fn answer(line: &str, handle: &Handle, turns: &Turns, crowded: bool) -> Reply {
    let request = match serde_json::from_str::<Request>(line) {
        Ok(request) => request,
        Err(error) => return Reply::Refused { why: format!("the request isn't understood: {error}"), exit: 2 },
    };
    let ours = handle.state.borrow().plan.id().clone();
    if request.release != ours {
        let why =
            format!("{ours} is conducted here, and what was asked is about {}: nothing was done", request.release);
        return Reply::Refused { why, exit: 6 };
    }
    let stops = request.command.stops();
    if crowded && !stops {
        return Reply::Refused { why: "too much is asked here at once: ask again in a moment".to_owned(), exit: 6 };
    }
    let Ok(_turn) = (if stops { &turns.stopping } else { &turns.rest }).acquire().await else { return Handle::gone() };
    handle.ask(request.command).await
}

async fn send(mut write: OwnedWriteHalf, reply: &Reply) -> std::io::Result<()> {
    let mut text = serde_json::to_vec(reply)?;
    text.push(b'\n');
    tokio::time::timeout(PATIENCE, write.write_all(&text)).await?
}

/// Asks the conductor of a release that listens at a path. Blocking; `None` where nobody listens.
pub fn ask(path: &Path, release: &ReleaseId, command: &Command) -> std::io::Result<Option<Reply>> {
    use std::io::ErrorKind;
    let mut stream = match std::os::unix::net::UnixStream::connect(path) {
        Ok(stream) => stream,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => return Ok(None),
        Err(error) => return Err(error),
    };
    if matches!(command, Command::Status) {
        stream.set_read_timeout(Some(PATIENCE))?;
    }
    let mut text = serde_json::to_vec(&Request { release: release.clone(), command: command.clone() })?;
    text.push(b'\n');
    stream.write_all(&text)?;
    let mut line = String::new();
    BufReader::new(stream.take(64 << 20)).read_line(&mut line)?;
    Ok(Some(serde_json::from_str(&line)?))
}
