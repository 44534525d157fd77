//! Cuts secrets out of a stream of bytes, also where a secret is torn between two chunks. Knows only bytes: which values
//! are secret is the caller's to say.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;
use std::sync::Arc;

/// What stands where a secret stood.
pub const MARK: &[u8] = b"[secret]";

/// Under this length a value is no secret, and cutting it out would leave no output to read.
pub const SHORTEST: usize = 4;

/// The values that must not be written down, each with the forms in which it also gets printed: without the white space
/// around it, line by line, and percent-encoded as in an address.
#[derive(Clone, Default)]
pub struct Secrets(Arc<Patterns>);

#[derive(Default)]
struct Patterns {
    // longest first, so that a secret that begins with another is cut whole
    values: Vec<Vec<u8>>,
    starts: Vec<u8>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secrets({})", self.0.values.len())
    }
}

impl Secrets {
    /// Takes the values; one shorter than [`SHORTEST`] bytes is left out.
    pub fn new(values: &[OsString]) -> Self {
        let mut all = Vec::new();
        for value in values {
            let whole = value.as_bytes();
            all.push(whole.to_vec());
            all.push(whole.trim_ascii().to_vec());
            all.extend(whole.split(|b| matches!(b, b'\n' | b'\r')).map(|line| line.trim_ascii().to_vec()));
            all.push(percent_encoded(whole));
            all.push(percent_encoded(whole.trim_ascii()));
        }
        all.retain(|value| value.len() >= SHORTEST);
        all.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        all.dedup();
        let mut starts: Vec<u8> = all.iter().filter_map(|value| value.first().copied()).collect();
        starts.sort_unstable();
        starts.dedup();
        Self(Arc::new(Patterns { values: all, starts }))
    }

    /// Redacts bytes that are whole.
    pub fn redact(&self, bytes: &[u8]) -> Vec<u8> {
        let mut redactor = Redactor::new(self.clone());
        let mut clean = Vec::new();
        redactor.feed(bytes, &mut clean);
        redactor.finish(&mut clean);
        clean
    }

    fn at(&self, rest: &[u8]) -> Found {
        for value in &self.0.values {
            if rest.starts_with(value) {
                return Found::Secret(value.len());
            }
            if value.starts_with(rest) {
                return Found::Perhaps;
            }
        }
        Found::Nothing
    }
}

enum Found {
    Secret(usize),
    Perhaps,
    Nothing,
}

/// The state between two chunks: the bytes that may be the beginning of a secret, and nothing else, so that a prompt
/// without a newline still shows at once.
#[derive(Debug)]
pub(super) struct Redactor {
    secrets: Secrets,
    held: Vec<u8>,
}

impl Redactor {
    pub(super) fn new(secrets: Secrets) -> Self {
        Self { secrets, held: Vec::new() }
    }

    /// Appends to `clean` what is certain by now.
    pub(super) fn feed(&mut self, chunk: &[u8], clean: &mut Vec<u8>) {
        if self.secrets.0.values.is_empty() {
            clean.extend_from_slice(chunk);
            return;
        }
        self.held.extend_from_slice(chunk);
        let bytes = std::mem::take(&mut self.held);
        let mut rest = bytes.as_slice();
        loop {
            let plain = rest.iter().position(|b| self.secrets.0.starts.contains(b)).unwrap_or(rest.len());
            let (before, from) = rest.split_at(plain);
            clean.extend_from_slice(before);
            let Some((first, after)) = from.split_first() else { return };
            match self.secrets.at(from) {
                Found::Secret(length) => {
                    clean.extend_from_slice(MARK);
                    rest = from.get(length..).unwrap_or_default();
                }
                Found::Perhaps => {
                    self.held = from.to_vec();
                    return;
                }
                Found::Nothing => {
                    clean.push(*first);
                    rest = after;
                }
            }
        }
    }

    /// The stream is over. A beginning of a secret that never went on is a piece of it: it isn't shown either, unless it is
    /// too short to be one.
    pub(super) fn finish(&mut self, clean: &mut Vec<u8>) {
        let held = std::mem::take(&mut self.held);
        let mut rest = held.as_slice();
        while let Some((first, after)) = rest.split_first() {
            match self.secrets.0.values.iter().find(|value| rest.starts_with(value)) {
                Some(value) => {
                    clean.extend_from_slice(MARK);
                    rest = rest.get(value.len()..).unwrap_or_default();
                }
                None if rest.len() >= SHORTEST && matches!(self.secrets.at(rest), Found::Perhaps) => {
                    clean.extend_from_slice(MARK);
                    return;
                }
                None => {
                    clean.push(*first);
                    rest = after;
                }
            }
        }
    }
}

fn percent_encoded(bytes: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(bytes.len());
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(*byte);
        } else {
            encoded.extend_from_slice(format!("%{byte:02X}").as_bytes());
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fed(secrets: &[&str], chunks: &[&str]) -> String {
        let values: Vec<OsString> = secrets.iter().map(OsString::from).collect();
        let mut redactor = Redactor::new(Secrets::new(&values));
        let mut clean = Vec::new();
        for chunk in chunks {
            redactor.feed(chunk.as_bytes(), &mut clean);
        }
        redactor.finish(&mut clean);
        String::from_utf8(clean).unwrap()
    }

    #[test]
    fn a_secret_is_cut_wherever_the_stream_is_torn() {
        let text = "token=hunter22 and hunter2 and hunter hunthunter22";
        for cut in 0..=text.len() {
            let (a, b) = text.split_at(cut);
            let clean = fed(&["hunter22", "hunter2"], &[a, b]);
            assert_eq!(clean, "token=[secret] and [secret] and hunter hunt[secret]", "torn at {cut}");
        }
        let single: Vec<String> = text.chars().map(String::from).collect();
        let single: Vec<&str> = single.iter().map(String::as_str).collect();
        assert_eq!(fed(&["hunter22"], &single), "token=[secret] and hunter2 and hunter hunt[secret]");
    }

    #[test]
    fn other_forms_of_a_secret_are_cut_too() {
        assert_eq!(fed(&["p@ss/word\n"], &["a p@ss/word b p%40ss%2Fword c"]), "a [secret] b [secret] c");
        assert_eq!(fed(&["-- BEGIN\nline one\nline two"], &["x line two x"]), "x [secret] x");
    }

    #[test]
    fn a_torn_off_secret_at_the_end_is_not_shown() {
        assert_eq!(fed(&["correct horse battery"], &["is correct horse"]), "is [secret]");
        assert_eq!(fed(&["correct horse battery"], &["is cor"]), "is cor");
    }

    #[test]
    fn what_is_too_short_to_be_secret_leaves_the_output_readable() {
        assert_eq!(fed(&["1", ""], &["1 of 11"]), "1 of 11");
    }
}
