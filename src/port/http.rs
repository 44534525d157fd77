//! Asks an address once: a bounded answer, or a fault that says how far it got. Follows no redirect to another host, keeps
//! no connection and no cookie, and never believes a cache. Whether an answer is good is decided by who asked.

mod clients;
mod date;
mod send;
#[cfg(test)]
mod tests;

use std::error::Error as _;
use std::time::Duration;

use reqwest::redirect::Attempt;
use reqwest::{Response, Url};

pub use send::Letter;

use self::clients::{Clients, Redirects};
use super::clock::now_ms;

/// The longest body that is read.
pub const MAX_BODY: usize = 256 * 1024;
const MAX_REDIRECTS: usize = 5;

/// What an address answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status; a redirect to another host is an answer by itself.
    pub status: u16,
    /// The whole body.
    pub body: Vec<u8>,
    /// When it wants to be asked again, if it said so (`Retry-After`, RFC 9110 section 10.2.3).
    pub later: Option<Duration>,
    /// Where a redirect that wasn't followed leads, as it is written.
    pub leads_to: Option<String>,
}

/// Why there is no answer. None of these says what the service would have said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpFault {
    /// Not an http or https address.
    #[error("it is no http address: {0}")]
    BadAddress(String),
    /// It can't be put into a request.
    #[error("it can't be sent: {0}")]
    Unsendable(String),
    /// Nobody listens there.
    #[error("the connection was refused: is the service up?")]
    Refused,
    /// The host's name isn't known.
    #[error("the host's name can't be resolved")]
    NoHost,
    /// No whole answer in time.
    #[error("no answer within {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// The other side can't prove who it is, or the other way round.
    #[error("no secure connection: {0}")]
    Tls(String),
    /// The body is longer than was asked for, in bytes.
    #[error("the answer is longer than {0} bytes")]
    TooLarge(usize),
    /// It leads round and round.
    #[error("more than {MAX_REDIRECTS} redirects")]
    Redirects,
    /// It answered, but not with a value that could be read.
    #[error("status {status}, and no value at {pointer:?}: {why}")]
    NoValue {
        /// The HTTP status.
        status: u16,
        /// Where the value was expected.
        pointer: String,
        /// What is there instead.
        why: String,
    },
    /// The conversation broke off.
    #[error("the conversation failed: {0}")]
    Broken(String),
}

impl HttpFault {
    /// Whether nothing of the request can have reached anybody.
    pub fn sent_nothing(&self) -> bool {
        match self {
            Self::BadAddress(_) | Self::Unsendable(_) | Self::Refused | Self::NoHost | Self::Tls(_) => true,
            Self::TimedOut(_) | Self::TooLarge(_) | Self::Redirects | Self::NoValue { .. } | Self::Broken(_) => false,
        }
    }
}

/// Asks and sends. Clones share their clients.
#[derive(Debug, Clone, Default)]
pub struct Http {
    clients: Clients,
}

/// Chooses the TLS implementation for the whole process; once is enough, more does no harm.
fn install_tls() {
    // an error says that one was chosen before
    let _ = rustls::crypto::ring::default_provider().install_default();
}

impl Http {
    /// Reads nothing and connects to nobody before it is asked to.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks with GET. The time limit is for the whole answer.
    pub async fn get(&self, address: &str, time_limit: Duration) -> Result<Answer, HttpFault> {
        self.get_up_to(address, time_limit, MAX_BODY).await
    }

    /// Asks with GET what this address itself answers: a redirect is an answer like any other.
    pub async fn get_itself(&self, address: &str, time_limit: Duration) -> Result<Answer, HttpFault> {
        let letter = Letter { address, method: "GET", body: None, bearer: None, headers: &[] };
        self.send(&letter, time_limit).await
    }

    /// Asks with GET for a body of at most so many bytes.
    pub async fn get_up_to(&self, address: &str, time_limit: Duration, most: usize) -> Result<Answer, HttpFault> {
        self.get_as(address, "*/*", time_limit, most).await
    }

    /// Asks with GET for a media type, in a body of at most so many bytes.
    pub async fn get_as(
        &self,
        address: &str,
        accept: &str,
        time_limit: Duration,
        most: usize,
    ) -> Result<Answer, HttpFault> {
        let url = address_of(address)?;
        let client = self.clients.client(&url, Redirects::Followed)?;
        let request = client.get(url).timeout(time_limit).header("cache-control", "no-cache").header("accept", accept);
        let response = request.send().await.map_err(|error| fault(&error, time_limit))?;
        read(response, time_limit, most).await
    }

    /// Reads the value that `URL#/json/pointer` names; without a pointer, the whole document. Only a 2xx answer counts.
    pub async fn json_pointer(&self, address: &str, time_limit: Duration) -> Result<serde_json::Value, HttpFault> {
        let (url, pointer) = address.split_once('#').unwrap_or((address, ""));
        let answer = self.get(url, time_limit).await?;
        let status = answer.status;
        let no_value = |why: &str| HttpFault::NoValue { status, pointer: pointer.to_owned(), why: why.to_owned() };
        if !(200..300).contains(&status) {
            return Err(no_value("the service refused"));
        }
        let document =
            super::json::read(&answer.body).map_err(|error| no_value(&format!("the answer isn't JSON: {error}")))?;
        document.pointer(pointer).cloned().ok_or_else(|| no_value("the document has nothing there"))
    }
}

/// How long after `now` a service wants to be asked again: it says so in seconds or as a date. What has passed is now.
pub fn later_by(said: &str, now: i64) -> Option<Duration> {
    let said = said.trim();
    if let Ok(seconds) = said.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = jiff::fmt::rfc2822::parse(said).ok()?.timestamp().as_millisecond();
    Some(Duration::from_millis(u64::try_from(until.saturating_sub(now)).unwrap_or_default()))
}

fn address_of(text: &str) -> Result<Url, HttpFault> {
    let url = Url::parse(text).map_err(|error| HttpFault::BadAddress(error.to_string()))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        other => Err(HttpFault::BadAddress(format!("the scheme is {other}"))),
    }
}

async fn read(mut response: Response, time_limit: Duration, most: usize) -> Result<Answer, HttpFault> {
    let status = response.status().as_u16();
    let later = response.headers().get("retry-after").and_then(|said| said.to_str().ok());
    let later = later.and_then(|said| later_by(said, now_ms()));
    let leads_to = response.headers().get("location").map(|said| String::from_utf8_lossy(said.as_bytes()).into_owned());
    let leads_to = leads_to.filter(|_| response.status().is_redirection());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| fault(&error, time_limit))? {
        if body.len().saturating_add(chunk.len()) > most {
            return Err(HttpFault::TooLarge(most));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, body, later, leads_to })
}

/// The same host and port only; from http to https is the same host.
fn follow(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    if attempt.previous().len() > MAX_REDIRECTS {
        return attempt.error("too many redirects");
    }
    let next = attempt.url();
    let same = attempt.previous().first().is_some_and(|first| {
        let upgraded = first.scheme() == "http" && next.scheme() == "https" && first.port().is_none();
        let alike = first.scheme() == next.scheme() && first.port_or_known_default() == next.port_or_known_default();
        first.host() == next.host() && (alike || (upgraded && next.port().is_none()))
    });
    if same { attempt.follow() } else { attempt.stop() }
}

fn is_near(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn fault(error: &reqwest::Error, time_limit: Duration) -> HttpFault {
    if error.is_timeout() {
        return HttpFault::TimedOut(time_limit);
    }
    if error.is_redirect() {
        return HttpFault::Redirects;
    }
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(tls) = inner.downcast_ref::<rustls::Error>() {
            // past the handshake a request may be on its way
            let broken = HttpFault::Broken(tls.to_string());
            return if error.is_connect() { HttpFault::Tls(tls.to_string()) } else { broken };
        }
        let io = inner.downcast_ref::<std::io::Error>();
        if io.is_some_and(|io| io.kind() == std::io::ErrorKind::ConnectionRefused) {
            return HttpFault::Refused;
        }
        if inner.to_string().starts_with("dns error") {
            return HttpFault::NoHost;
        }
        // an io error passes over what it holds and names that one's source
        cause = match io.and_then(std::io::Error::get_ref) {
            Some(held) => Some(held),
            None => inner.source(),
        };
    }
    HttpFault::Broken(why(error))
}

/// The innermost reason; never the address, which may hold a password.
fn why(error: &reqwest::Error) -> String {
    let Some(mut cause) = error.source() else { return "no reason given".to_owned() };
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
