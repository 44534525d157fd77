//! Whether a publisher's output says that it asked too often, whichever registry said so.

use std::time::Duration;

use super::later;

const WORDS: [&str; 5] =
    ["429", "too many requests", "retry later", "rate limit exceeded", "in a short period of time"];

/// That it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooMany {
    /// How long it is told to wait, if it is told.
    pub(super) after: Option<Duration>,
}

/// Whether it did.
pub(super) fn too_many(output: &str, now: i64) -> Option<TooMany> {
    let lower = output.to_ascii_lowercase();
    WORDS.iter().any(|word| holds(&lower, word)).then(|| TooMany { after: later::told(output, now) })
}

/// Whether a text holds a word; a number only by itself, not as part of a size, a port or a time.
fn holds(text: &str, word: &str) -> bool {
    let joined = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '.');
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let mut after = text.get(at + word.len()..).unwrap_or_default().chars();
        let next = after.next();
        let goes_on = next == Some('.') && joined(after.next());
        !(joined(before) || next.is_some_and(|c| c.is_ascii_alphanumeric()) || goes_on)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_to_wait_is_found_in_words() {
        let after = |output: &str, now| too_many(output, now).map(|busy| busy.after);
        let day = 24 * 60 * 60 * 1000;
        let new = "error: the remote server responded with an error (status 429 Too Many Requests): You have published too many new crates in a short period of time. Please try again after Fri, 02 Jan 1970 00:09:30 GMT and see the documentation.";
        assert_eq!(after(new, day), Some(Some(Duration::from_secs(570))));
        let header = "failed to get a 200 OK response, got 429\nheaders:\n\tRetry-After: 2\nbody:\nlater";
        assert_eq!(after(header, 0), Some(Some(Duration::from_secs(2))));
        assert_eq!(after("too many requests, try again in 2 minutes", 0), Some(Some(Duration::from_secs(120))));
        assert_eq!(after("Retry later", 0), Some(None));
        assert_eq!(after("Packaged 4 files, 429B; tiny-0.429.0; 127.0.0.1:42911; 0.429s", 0), None);
    }
}
