//! A loopback proxy before a real registry, with faults by name: it refuses, cuts, delays the truth and counts what the
//! registry accepted. It knows HTTP/1.1 as far as one request a connection needs.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use super::waiting::PATIENCE;

/// What goes wrong with a request.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// The connection is closed before anything is read: nobody is there.
    Down,
    /// The registry never hears of it; this is answered in its place.
    Answer {
        /// The status.
        status: u16,
        /// More header lines, each with its end.
        headers: &'static str,
        /// The body.
        body: &'static str,
    },
    /// The registry hears of it and answers; the answer never arrives.
    ReplyLost,
    /// The registry's answer arrives with one text in place of another.
    Rewritten {
        /// The text.
        from: String,
        /// What stands there instead.
        to: String,
    },
}

/// Which requests a fault meets.
#[derive(Debug, Clone)]
pub(crate) struct Meets {
    /// The method; any when empty.
    pub(crate) method: &'static str,
    /// A part of the path; any when empty.
    pub(crate) path: String,
    /// How whoever asks names itself, from the start; anybody when empty.
    pub(crate) agent: &'static str,
    /// How many requests.
    pub(crate) times: u32,
    /// From when on.
    pub(crate) from: From,
}

/// From when on a fault meets requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    /// From the beginning.
    Now,
    /// Once the registry has accepted something.
    AnUpload,
}

impl Meets {
    /// Every request from here on.
    pub(crate) fn all() -> Self {
        Self { method: "", path: String::new(), agent: "", times: u32::MAX, from: From::Now }
    }

    /// So many requests of a method on paths that hold a text.
    pub(crate) fn some(method: &'static str, path: &str, times: u32) -> Self {
        Self { method, times, ..Self::all().of(path) }
    }

    /// The same on paths that hold a text.
    pub(crate) fn of(self, path: &str) -> Self {
        Self { path: path.to_owned(), ..self }
    }

    /// The same where one program asks.
    pub(crate) fn asked_by(self, agent: &'static str) -> Self {
        Self { agent, ..self }
    }

    /// The same, once the registry has accepted something.
    #[must_use]
    pub(crate) fn after_an_upload(self) -> Self {
        Self { from: From::AnUpload, ..self }
    }
}

/// A request that came through, and what the registry answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Passed {
    /// The method.
    pub(crate) method: String,
    /// The path with its query.
    pub(crate) path: String,
    /// The registry's own status; none where it never heard of it.
    pub(crate) status: Option<u16>,
    /// Whether the registry said that it had it before: a client that heard nothing may ask again by itself.
    pub(crate) again: bool,
}

impl Passed {
    fn is_an_upload(&self) -> bool {
        let well = self.status.is_some_and(|status| (200..300).contains(&status));
        well && !self.again && matches!(self.method.as_str(), "PUT" | "POST")
    }
}

#[derive(Debug, Default)]
struct Rules {
    faults: Vec<(Meets, Fault)>,
    passed: Vec<Passed>,
}

/// The proxy. It serves as long as the test runs.
#[derive(Debug, Clone)]
pub(crate) struct Proxy {
    address: SocketAddr,
    rules: Arc<Mutex<Rules>>,
}

impl Proxy {
    /// Stands before a registry.
    pub(crate) fn before(upstream: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let proxy = Self { address, rules: Arc::default() };
        let rules = Arc::clone(&proxy.rules);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let rules = Arc::clone(&rules);
                // a client that goes away in the middle is its own affair
                std::thread::spawn(move || drop(serve(stream, upstream, &rules)));
            }
        });
        proxy
    }

    /// Where clients reach it.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Adds a fault; the first that meets a request counts.
    pub(crate) fn fault(&self, meets: Meets, fault: Fault) {
        self.lock().faults.push((meets, fault));
    }

    /// From here on all goes well.
    pub(crate) fn mend(&self) {
        self.lock().faults.clear();
    }

    /// What the registry accepted: requests that change something and were answered with success.
    pub(crate) fn accepted(&self) -> Vec<String> {
        let rules = self.lock();
        rules.passed.iter().filter(|passed| passed.is_an_upload()).map(|p| format!("{} {}", p.method, p.path)).collect()
    }

    /// Everything that came through.
    pub(crate) fn passed(&self) -> Vec<Passed> {
        self.lock().passed.clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Rules> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Request {
    method: String,
    path: String,
    agent: String,
    head: Vec<u8>,
    body: Vec<u8>,
}

fn serve(mut client: TcpStream, upstream: SocketAddr, rules: &Mutex<Rules>) -> std::io::Result<()> {
    client.set_read_timeout(Some(PATIENCE))?;
    let Some(request) = read_request(&mut client)? else { return Ok(()) };
    let fault = {
        let mut rules = rules.lock().unwrap_or_else(PoisonError::into_inner);
        let uploaded = rules.passed.iter().any(Passed::is_an_upload);
        let meets = |meets: &Meets| {
            meets.times > 0
                && (meets.from == From::Now || uploaded)
                && (meets.method.is_empty() || meets.method == request.method)
                && request.path.contains(&meets.path)
                && request.agent.starts_with(meets.agent)
        };
        rules.faults.iter_mut().find(|(m, _)| meets(m)).map(|(meets, fault)| {
            meets.times = meets.times.saturating_sub(u32::from(meets.times != u32::MAX));
            fault.clone()
        })
    };
    let note = |status, again| {
        let passed = Passed { method: request.method.clone(), path: request.path.clone(), status, again };
        rules.lock().unwrap_or_else(PoisonError::into_inner).passed.push(passed);
    };
    match &fault {
        Some(Fault::Down) => {
            note(None, false);
            return Ok(());
        }
        Some(Fault::Answer { status, headers, body }) => {
            note(None, false);
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status} Said\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}"
            );
            return client.write_all(answer.as_bytes());
        }
        Some(Fault::ReplyLost | Fault::Rewritten { .. }) | None => {}
    }
    let mut server = TcpStream::connect(upstream)?;
    server.set_read_timeout(Some(PATIENCE))?;
    server.write_all(&request.head)?;
    server.write_all(&request.body)?;
    let mut answer = Vec::new();
    // a server that closes hard has said what it had to say
    let _ = server.read_to_end(&mut answer);
    let status = answer.get(9..12).and_then(|code| std::str::from_utf8(code).ok()?.parse().ok());
    note(status, String::from_utf8_lossy(&answer).contains("already pushed"));
    match fault {
        Some(Fault::ReplyLost) => Ok(()),
        Some(Fault::Rewritten { from, to }) => client.write_all(&rewritten(&answer, &from, &to)),
        Some(Fault::Down | Fault::Answer { .. }) | None => client.write_all(&answer),
    }
}

/// Reads one request whole, and readies its head for a server that closes afterwards and compresses nothing.
fn read_request(client: &mut TcpStream) -> std::io::Result<Option<Request>> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut first = String::new();
    if reader.read_line(&mut first)? == 0 {
        return Ok(None);
    }
    let mut words = first.split_whitespace();
    let (method, path) = (words.next().unwrap_or_default().to_owned(), words.next().unwrap_or_default().to_owned());
    let mut head = first.clone();
    let (mut length, mut chunked, mut agent) = (0, false, String::new());
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let lower = line.to_ascii_lowercase();
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        } else if let Some(value) = lower.strip_prefix("user-agent:") {
            value.trim().clone_into(&mut agent);
        } else if lower.starts_with("transfer-encoding:") {
            chunked = lower.contains("chunked");
            continue;
        } else if lower.starts_with("expect:") {
            client.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
            continue;
        } else if lower.starts_with("connection:") || lower.starts_with("accept-encoding:") {
            continue;
        }
        head.push_str(&line);
    }
    let body = if chunked { read_chunks(&mut reader)? } else { read_exactly(&mut reader, length)? };
    if chunked {
        head += &format!("content-length: {}\r\n", body.len());
    }
    head.push_str("connection: close\r\n\r\n");
    Ok(Some(Request { method, path, agent, head: head.into_bytes(), body }))
}

fn read_exactly(reader: &mut impl Read, length: usize) -> std::io::Result<Vec<u8>> {
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(body)
}

fn read_chunks(reader: &mut impl BufRead) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let size = usize::from_str_radix(line.trim().split(';').next().unwrap_or_default(), 16).unwrap_or(0);
        body.extend(read_exactly(reader, size)?);
        reader.read_line(&mut line)?;
        if size == 0 {
            return Ok(body);
        }
    }
}

/// An answer with one text of its body in place of another, sent whole.
fn rewritten(answer: &[u8], from: &str, to: &str) -> Vec<u8> {
    let split = answer.windows(4).position(|window| window == b"\r\n\r\n").map_or(answer.len(), |at| at + 4);
    let (head, body) = answer.split_at(split);
    let head = String::from_utf8_lossy(head);
    let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    let body = if chunked { read_chunks(&mut &*body).unwrap_or_default() } else { body.to_vec() };
    let body = String::from_utf8_lossy(&body).replace(from, to);
    let kept = |line: &&str| {
        let lower = line.to_ascii_lowercase();
        !lower.starts_with("content-length:") && !lower.starts_with("transfer-encoding:") && !line.is_empty()
    };
    let lines: Vec<&str> = head.split("\r\n").filter(kept).collect();
    format!("{}\r\ncontent-length: {}\r\n\r\n{body}", lines.join("\r\n"), body.len()).into_bytes()
}
