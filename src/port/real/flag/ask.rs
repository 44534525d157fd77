//! Asks a flag service over HTTP. Each way in which it doesn't answer has a sentence of its own, for whoever has to do
//! something about it; none of them is a value.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::Told;
use crate::plan::written::{filled, header, variables};
use crate::port::http::{Answer, Letter};
use crate::port::process::Environment;
use crate::port::real::{HTTP_PATIENCE, RealWorld};

/// The longest that a service is left alone because it said so.
const LONGEST_LEAVE: Duration = Duration::from_secs(60 * 60);
/// How much of what a service says of itself is told, in characters.
const LONGEST_DETAIL: usize = 200;

/// A question whose answer is JSON.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) method: &'a str,
    pub(super) address: &'a str,
    pub(super) body: Option<&'a str>,
    /// As the plan writes them.
    pub(super) headers: &'a [String],
    /// What to do about a 404.
    pub(super) when_absent: &'a str,
}

impl RealWorld {
    /// Asks for a JSON document.
    pub(super) async fn document(&self, question: &Question<'_>) -> Result<Value, String> {
        let answer = self.replied(question).await?;
        let told = match answer.status {
            200..300 => json(&answer.body),
            status => Err(refusal(status, &answer, question.when_absent)),
        };
        told.map_err(|why| self.hidden(question.headers, &why))
    }

    /// Asks for the value at a pointer of a JSON document. A value that is missing is told as such.
    pub(super) async fn value_at(&self, question: &Question<'_>, pointer: &str) -> Result<Told, String> {
        Ok(Told::at(&self.document(question).await?, pointer))
    }

    /// Asks once, unless the service wants to be left alone yet.
    pub(super) async fn replied(&self, question: &Question<'_>) -> Result<Answer, String> {
        let headers = self.headers(question.headers)?;
        self.may_be_asked(question.address)?;
        let Question { method, address, body, .. } = *question;
        let letter = Letter { address, method, body, bearer: None, headers: &headers };
        let answer = self.http.send(&letter, HTTP_PATIENCE).await.map_err(|fault| fault.to_string())?;
        if let (429 | 503, Some(later)) = (answer.status, answer.later) {
            self.leave_alone(address, later);
        }
        Ok(answer)
    }

    /// The headers of the plan with their variables filled in.
    pub(super) fn headers(&self, written: &[String]) -> Result<Vec<(String, String)>, String> {
        let pairs = written.iter().filter_map(|text| header(text));
        pairs.map(|(name, value)| Ok((name.to_owned(), filled(value, |name| self.token(name))?))).collect()
    }

    /// A text without the secrets that stand in headers: a service may repeat what it was sent.
    pub(super) fn hidden(&self, headers: &[String], text: &str) -> String {
        let names: Vec<String> = headers.iter().flat_map(|text| variables(text)).map(str::to_owned).collect();
        let (_, secrets, _) = Environment::with_secrets(&self.config.user_env, &names);
        String::from_utf8_lossy(&secrets.redact(text.as_bytes())).into_owned()
    }

    fn may_be_asked(&self, address: &str) -> Result<(), String> {
        let mut left = self.left_alone.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let now = Instant::now();
        left.retain(|_, until| *until > now);
        let Some(until) = left.get(address) else { return Ok(()) };
        let seconds = until.saturating_duration_since(now).as_secs() + 1;
        Err(format!("it is asked too often, and wants to be asked again in {seconds} s"))
    }

    fn leave_alone(&self, address: &str, later: Duration) {
        let mut left = self.left_alone.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        left.insert(address.to_owned(), Instant::now() + later.min(LONGEST_LEAVE));
    }
}

/// The document in a body.
pub(super) fn json(body: &[u8]) -> Result<Value, String> {
    crate::port::json::read(body).map_err(|error| {
        let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
        match first {
            Some(_) if error.is_data() => return format!("its answer says two things: {error}"),
            Some(b'<') => {
                "it answers a web page, not JSON: a login or a proxy stands before it, or the address is wrong"
            }
            None => "it answers nothing where JSON was expected: correct the address",
            Some(_) if error.is_eof() => "its answer breaks off in the middle",
            Some(_) => "its answer is no JSON: correct the address",
        }
        .to_owned()
    })
}

/// A status that isn't good, in words.
pub(super) fn refusal(status: u16, answer: &Answer, when_absent: &str) -> String {
    let detail = detail(&answer.body).map(|detail| format!(" ({detail})")).unwrap_or_default();
    match status {
        300..400 => {
            format!("{status}: it leads elsewhere, where no secret is sent: write the address that it leads to")
        }
        400 => format!("400: it doesn't understand the question{detail}"),
        401 => format!("401: it doesn't know who asks{detail}: set or renew the token in `headers`"),
        403 => format!("403: the token may not do this{detail}: ask for the right, or use another token"),
        404 => format!("404: {when_absent}{detail}"),
        429 => match answer.later {
            Some(later) => {
                format!("429: it is asked too often, and wants to be asked again in {} s", later.as_secs())
            }
            None => "429: it is asked too often, and doesn't say when to ask again".to_owned(),
        },
        500.. => format!("{status}: the service is in trouble{detail}: see its own log"),
        _ => format!("{status}: it refuses{detail}"),
    }
}

/// What a service says of its refusal: OFREP's words, or those of others.
fn detail(body: &[u8]) -> Option<String> {
    let document: Value = serde_json::from_slice(body).ok()?;
    let places = ["/errorDetails", "/details/0/message", "/message", "/error", "/title", "/errorCode"];
    let said = places.iter().find_map(|place| document.pointer(place)?.as_str())?;
    Some(said.chars().take(LONGEST_DETAIL).collect())
}
