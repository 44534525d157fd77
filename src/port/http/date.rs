//! What time it is elsewhere, by the `Date` of any answer (RFC 9110, 6.6.1).

use std::time::Duration;

use reqwest::header::DATE;

use super::clients::Redirects;
use super::{Http, HttpFault, address_of, fault};

impl Http {
    /// The other side's clock in milliseconds since 1970; none where it doesn't say.
    pub async fn date_of(&self, address: &str, time_limit: Duration) -> Result<Option<u64>, HttpFault> {
        let url = address_of(address)?;
        let client = self.clients.client(&url, Redirects::Followed)?;
        let response = client.get(url).timeout(time_limit).send().await.map_err(|error| fault(&error, time_limit))?;
        let written = response.headers().get(DATE).and_then(|value| value.to_str().ok());
        let stamp = written.and_then(|text| jiff::fmt::rfc2822::parse(text).ok());
        Ok(stamp.and_then(|zoned| u64::try_from(zoned.timestamp().as_millisecond()).ok()))
    }
}
