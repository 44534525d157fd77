//! Addresses of registries: joined without losing the credentials that stand in them, and shown without them. Knows no
//! registry.

use std::fmt::Write as _;

use reqwest::Url;

/// An address as it may be shown: without user, password, query and fragment. What can't be read isn't shown at all, since
/// nobody knows where its password stands.
pub(super) fn shown(address: &str) -> String {
    let Ok(mut url) = Url::parse(address) else { return "an address that can't be read".to_owned() };
    // only an address without a host refuses, and that one has no password either
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}

/// The server of an address that has no credentials.
pub(super) struct Server<'a>(&'a Url);

impl Server<'_> {
    /// Its host.
    pub(super) fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The credentials that stand in another address of it.
    pub(super) fn of_address(&self, address: &str) -> Option<(String, String)> {
        let other = Url::parse(address).ok()?;
        let ours = other.origin() == self.0.origin() && has_credentials(&other);
        ours.then(|| (decoded(other.username()), decoded(other.password().unwrap_or_default())))
    }
}

/// An address with the credentials that are found for its server. None where it has some already, or none are found.
pub(super) fn with_credentials(
    address: &str,
    found: impl FnOnce(&Server<'_>) -> Option<(String, String)>,
) -> Option<String> {
    let mut url = Url::parse(address).ok().filter(|url| !has_credentials(url))?;
    let (user, password) = found(&Server(&url))?;
    url.set_username(&user).ok()?;
    url.set_password(Some(&password)).ok()?;
    Some(url.to_string())
}

fn has_credentials(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// What a client printed, with its addresses as they may be shown.
pub(super) fn told(words: &str) -> String {
    let shown = |word: &str| match word.find("http://").or_else(|| word.find("https://")) {
        Some(at) => {
            let (before, address) = word.split_at(at);
            let end = address.find(['"', '\'', '`', ')', '>', ',', ']']).unwrap_or(address.len());
            let (address, after) = address.split_at(end);
            format!("{before}{}{after}", shown(address))
        }
        None => word.to_owned(),
    };
    words.split_whitespace().map(shown).collect::<Vec<_>>().join(" ")
}

/// What lies below an address, whether or not that ends with a slash.
pub(super) fn below(address: &str, path: &str) -> String {
    match Url::parse(address) {
        Ok(mut url) => {
            let whole = format!("{}/{path}", url.path().trim_end_matches('/'));
            url.set_path(&whole);
            url.to_string()
        }
        Err(_) => format!("{}/{path}", address.trim_end_matches('/')),
    }
}

/// What a page links to: relative links are resolved, and what lies on the page's own server is asked with its credentials.
pub(super) fn linked(page: &str, link: &str) -> Option<String> {
    let page = Url::parse(page).ok()?;
    let mut url = page.join(link).ok()?;
    url.set_fragment(None);
    if url.origin() == page.origin() && url.username().is_empty() {
        let _ = url.set_username(page.username());
        let _ = url.set_password(page.password());
    }
    Some(url.to_string())
}

/// A part of a path: everything but letters, digits and `-._~` is encoded.
pub(super) fn part(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // writing to a text can't fail
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// A path's part as it was meant.
pub(super) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = match (byte, after) {
            (b'%', [high, low, ..]) => std::str::from_utf8(&[*high, *low]).ok().and_then(|digits| {
                let both = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
                both.then(|| u8::from_str_radix(digits, 16).ok()).flatten()
            }),
            _ => None,
        };
        bytes.push(escaped.unwrap_or(byte));
        rest = if escaped.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_go_along_and_are_never_shown() {
        let page = "https://ada:s3cret@packages.example.com/simple/tiny/";
        assert_eq!(shown(page), "https://packages.example.com/simple/tiny/");
        assert_eq!(shown("https://packages.example.com/?token=s3cret"), "https://packages.example.com/");
        assert!(!shown("http://ada:s3/cret@packages.example.com/").contains("cret"));
        let words = "error: GET 'https://ada:s3cret@packages.example.com/simple/tiny/': 502 for https://ada:s3/x@y";
        let plain = "error: GET 'https://packages.example.com/simple/tiny/': 502 for an address that can't be read";
        assert_eq!(told(words), plain);
        let file = linked(page, "../../files/tiny.whl#sha256=00").unwrap();
        assert_eq!(file, "https://ada:s3cret@packages.example.com/files/tiny.whl");
        let elsewhere = linked(page, "https://files.example.com/tiny.whl").unwrap();
        assert_eq!(elsewhere, "https://files.example.com/tiny.whl");
    }

    #[test]
    fn parts_are_encoded_and_read_back() {
        assert_eq!(part("@demo/tiny"), "%40demo%2Ftiny");
        assert_eq!(decoded("tiny-1.0%2Blocal%zz"), "tiny-1.0+local%zz");
        assert_eq!(below("http://127.0.0.1:1/npm/", "tiny/1.0.0"), "http://127.0.0.1:1/npm/tiny/1.0.0");
        assert_eq!(below("http://127.0.0.1:1", "%40demo%2Ftiny"), "http://127.0.0.1:1/%40demo%2Ftiny");
    }
}
