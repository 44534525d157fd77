//! What a child's line looks like once its colours, cursor movements and overwritten progress are gone.

use super::{MAX_OUTPUT, Shown, escape};

/// No line is read further than this; a line of a gigabyte must cost no more than one of this length.
const MAX_BYTES: usize = 16 * MAX_OUTPUT;

pub(super) fn as_seen(bytes: &[u8]) -> String {
    let (bytes, cut) = match bytes.get(..MAX_BYTES) {
        Some(head) => (head, bytes.len() > MAX_BYTES),
        None => (bytes, false),
    };
    let plain: String = last_written(bytes).chars().filter(|c| !harmless(*c)).collect();
    let shown = Shown::from(plain);
    let shown = shown.cut(if cut { shown.width().saturating_sub(1).min(MAX_OUTPUT) } else { MAX_OUTPUT });
    shown.as_str().to_owned()
}

/// A carriage return starts the line again: what a reader saw last is the last part that has any text.
fn last_written(bytes: &[u8]) -> String {
    bytes.rsplit(|byte| *byte == b'\r').map(plain).find(|text| !text.trim().is_empty()).unwrap_or_default()
}

/// The stripper drops tabs, which would join words, and turns invalid bytes into U+FFFD, which would hide them.
fn plain(segment: &[u8]) -> String {
    if segment.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        return String::from_utf8_lossy(segment).into_owned();
    }
    let expanded = expand(escape::decode(segment).as_str());
    strip_ansi_escapes::strip_str(expanded).trim_end_matches('\n').to_owned()
}

fn expand(text: &str) -> String {
    text.replace('\t', "        ")
}

/// Joiners and variation selectors only choose a glyph; in output, unlike in a name, nobody is deceived by their absence.
fn harmless(c: char) -> bool {
    matches!(c, '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}
