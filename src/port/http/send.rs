//! Sends a request that changes something, or that carries a secret: once, to the address that was named and to no other, with its token unseen.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Url};

use super::clients::Redirects;
use super::{Answer, Http, HttpFault, MAX_BODY, address_of, fault, read};

/// What is sent.
#[derive(Clone, Copy)]
pub struct Letter<'a> {
    /// The address.
    pub address: &'a str,
    /// The method.
    pub method: &'a str,
    /// The body, which is JSON.
    pub body: Option<&'a str>,
    /// The bearer token.
    pub bearer: Option<&'a str>,
    /// More headers, each a name and a value; values are secret.
    pub headers: &'a [(String, String)],
}

impl std::fmt::Debug for Letter<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Letter({} {})", self.method, self.address)
    }
}

impl Http {
    /// Sends it once. A redirect is an answer like any other: what changes something isn't repeated elsewhere.
    pub async fn send(&self, letter: &Letter<'_>, time_limit: Duration) -> Result<Answer, HttpFault> {
        self.send_up_to(letter, time_limit, MAX_BODY).await
    }

    /// The same for an answer of at most so many bytes.
    pub async fn send_up_to(
        &self,
        letter: &Letter<'_>,
        time_limit: Duration,
        most: usize,
    ) -> Result<Answer, HttpFault> {
        let url: Url = address_of(letter.address)?;
        let method = Method::from_bytes(letter.method.as_bytes())
            .map_err(|_| HttpFault::Unsendable(format!("{:?} is no method", letter.method)))?;
        let client = self.clients.client(&url, Redirects::Answered)?;
        let mut request = client.request(method, url).timeout(time_limit).header(CACHE_CONTROL, "no-cache");
        if let Some(body) = letter.body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_owned());
        }
        if let Some(bearer) = letter.bearer {
            let mut header = HeaderValue::from_str(&format!("Bearer {bearer}"))
                .map_err(|_| HttpFault::Unsendable("the token holds characters that no header can".to_owned()))?;
            header.set_sensitive(true);
            request = request.header(AUTHORIZATION, header);
        }
        for (name, value) in letter.headers {
            let mut header = HeaderValue::from_str(value)
                .map_err(|_| HttpFault::Unsendable(format!("{name} holds characters that no header can")))?;
            header.set_sensitive(true);
            request = request.header(name, header);
        }
        let response = request.send().await.map_err(|error| fault(&error, time_limit))?;
        read(response, time_limit, most).await
    }
}
