//! The conductor's ear for the same user's other commands: one request and one answer a connection, as lines of JSON.
//! The socket lies in a folder that nobody else can enter. Each request names its release, and one for another is refused.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::command::{Command, Handle, Reply};
use crate::plan::ReleaseId;

/// The longest request, in bytes.
const MAX_REQUEST: u64 = 256 * 1024;
/// How long a conductor may take to say how things stand. A decision may take as long as what it decides.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many requests are answered at once; more wait.
const AT_ONCE: usize = 8;

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

async fn accept(listener: UnixListener, handle: Handle) {
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    let mut answering = tokio::task::JoinSet::new();
    loop {
        let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { return };
        while answering.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else { continue };
        let handle = handle.clone();
        answering.spawn(async move {
            let _permit = permit;
            // a client that went away needs no answer
            let _ = answer(stream, &handle).await;
        });
    }
}

async fn answer(stream: UnixStream, handle: &Handle) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut line = String::new();
    tokio::io::BufReader::new(read.take(MAX_REQUEST)).read_line(&mut line).await?;
    let reply = match serde_json::from_str::<Request>(&line) {
        Ok(request) => {
            let ours = handle.state.borrow().plan.id().clone();
            if request.release == ours {
                handle.ask(request.command).await
            } else {
                let why = format!(
                    "{ours} is conducted here, and what was asked is about {}: nothing was done",
                    request.release
                );
                Reply::Refused { why, exit: 6 }
            }
        }
        Err(error) => Reply::Refused { why: format!("the request isn't understood: {error}"), exit: 2 },
    };
    let mut text = serde_json::to_vec(&reply)?;
    text.push(b'\n');
    write.write_all(&text).await
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
