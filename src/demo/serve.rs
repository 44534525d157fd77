//! The demo's loopback server: `/up`, `/version` and `/flag` of each service, and the registry's digests. It listens
//! on 127.0.0.1 alone, answers a bounded number of questions at a time, and ends when told to.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path as UrlPath, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;

use super::answer::{Answer, answer};

/// Questions answered at once; one more is told to come back.
const AT_ONCE: usize = 32;
/// How long an answer that is under way may take once the end was asked for.
const GRACE: Duration = Duration::from_secs(2);
/// How long another server on the same port has to say whose it is.
const PATIENCE: Duration = Duration::from_secs(2);

/// Why the world can't be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Something else listens there.
    #[error("port {0} of this machine is taken by another program: stop it, or build a fresh demo elsewhere")]
    Taken(u16),
    /// The system refused.
    #[error("can't listen on port {0}: {1}")]
    Listen(u16, #[source] io::Error),
}

/// Who serves a world.
#[derive(Debug)]
pub enum Served {
    /// This process does, as long as it keeps the server.
    Here(Server),
    /// Another flightdeck serves this very world already.
    Elsewhere(SocketAddr),
}

/// A running server. Dropping it ends it at once; [`Server::stop`] lets answers under way finish.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    end: Option<oneshot::Sender<()>>,
    task: JoinHandle<io::Result<()>>,
}

impl Server {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it: answers under way are finished, for two seconds at most.
    pub async fn stop(mut self) {
        if let Some(end) = self.end.take() {
            let _ = end.send(()); // a server that is gone needs no telling
        }
        // a time-out leaves the rest to Drop
        let _ = tokio::time::timeout(GRACE, &mut self.task).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Desk {
    world: PathBuf,
    seats: Arc<Semaphore>,
}

/// Serves a world on a port of 127.0.0.1; port 0 takes any that is free.
pub async fn serve(world: &Path, port: u16) -> Result<Served, ServeError> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = match TcpListener::bind(address).await {
        Ok(listener) => listener,
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            let ours = whose(address).await.is_some_and(|named| Path::new(&named) == world);
            return if ours { Ok(Served::Elsewhere(address)) } else { Err(ServeError::Taken(port)) };
        }
        Err(error) => return Err(ServeError::Listen(port, error)),
    };
    let address = listener.local_addr().map_err(|error| ServeError::Listen(port, error))?;
    let desk = Arc::new(Desk { world: world.to_owned(), seats: Arc::new(Semaphore::new(AT_ONCE)) });
    let router = axum::Router::new().route("/", get(root)).route("/{*path}", get(ask)).with_state(desk);
    let (end, ended) = oneshot::channel::<()>();
    let task = tokio::spawn(async move {
        let until = async move {
            let _ = ended.await; // an end whose sender is gone is an end too
        };
        axum::serve(listener, router).with_graceful_shutdown(until).await
    });
    Ok(Served::Here(Server { address, end: Some(end), task }))
}

async fn root(desk: State<Arc<Desk>>) -> Response {
    ask(desk, UrlPath(String::new())).await
}

async fn ask(State(desk): State<Arc<Desk>>, UrlPath(path): UrlPath<String>) -> Response {
    let Ok(seat) = Arc::clone(&desk.seats).try_acquire_owned() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let read = tokio::task::spawn_blocking(move || {
        let _seat = seat; // kept until the files are read, whether or not the asker waits
        answer(&desk.world, &path)
    });
    match read.await {
        Ok(Answer { status, body }) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, [(header::CACHE_CONTROL, "no-store")], axum::Json(body)).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// The world that whoever listens there says it serves.
async fn whose(address: SocketAddr) -> Option<String> {
    let asked = async {
        let mut stream = TcpStream::connect(address).await.ok()?;
        stream.write_all(b"GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n").await.ok()?;
        let mut reply = String::new();
        stream.take(16 * 1024).read_to_string(&mut reply).await.ok()?;
        let (_, body) = reply.split_once("\r\n\r\n")?;
        serde_json::from_str::<serde_json::Value>(body).ok()?.get("demo")?.as_str().map(str::to_owned)
    };
    tokio::time::timeout(PATIENCE, asked).await.ok().flatten()
}
