//! Keeps what the world said within what an event can take, so that no fact is lost for the length of a text in it.
//!
//! Cut are texts that only tell: what decides (keys, digests, steps, what was seen out of order) and the owner's own reasons
//! stay whole. The same text is always cut to the same text.

use super::{Fact, Finding, Outcome};

/// The bytes that a text may take as it is spelled in the ledger.
const MAX_TEXT: usize = 4 * 1024;
/// The bytes that all texts of a list may take.
const MAX_LIST: usize = 32 * 1024;
/// The bytes kept free for the words that say how much is left out.
const WORDS: usize = 64;

impl Fact {
    /// The fact with its long texts cut, which they say.
    pub(super) fn bounded(mut self) -> Self {
        match &mut self {
            Self::Replanned { changes, .. } => keep_first(changes),
            Self::ApprovalVoided { why: text }
            | Self::Held { reason: text }
            | Self::GateJudged { detail: text, .. }
            | Self::SoakChanged { detail: text, .. }
            | Self::OutOfOrder { says: text, .. }
            | Self::FlagRehearsed { evidence: text, .. } => shorten(text),
            Self::Intent(intent) => keep_first(&mut intent.preconditions),
            Self::Outcome(Outcome::Ok { evidence }) => keep_first(evidence),
            Self::Outcome(Outcome::Failed { why, tail, .. }) => {
                shorten(why);
                keep_last(tail);
            }
            Self::Probed(probed) => match &mut probed.finding {
                Finding::Present { evidence: text }
                | Finding::Absent { detail: text }
                | Finding::Conflict { detail: text }
                | Finding::Unknown { why: text } => shorten(text),
            },
            Self::FlagSet { bypassed, evidence: text, .. } | Self::FlagMissed { bypassed, why: text, .. } => {
                keep_first(bypassed);
                shorten(text);
            }
            Self::Opened { .. }
            | Self::Frozen { .. }
            | Self::Thawed { .. }
            | Self::Trusted
            | Self::ControlsTaken(_)
            | Self::ControlsReleased
            | Self::Approved { .. }
            | Self::Vetoed { .. }
            | Self::Lifted
            | Self::Resumed
            | Self::Resolved { .. }
            | Self::Accepted { .. }
            | Self::SoakStarted { .. }
            | Self::SoakWatched { .. }
            | Self::SoakGap { .. }
            | Self::SoakCut { .. }
            | Self::SoakEnded { .. }
            // a record keeps its own bounds
            | Self::SuiteRan(_)
            | Self::Ticked { .. }
            | Self::Undone { .. }
            | Self::Shipped => {}
        }
        self
    }
}

/// Leaves out the middle of a long text: how it begins says what went wrong, how it ends says why.
fn shorten(text: &mut String) {
    if spelled(text) <= MAX_TEXT {
        return;
    }
    let (head, tail) = (MAX_TEXT / 4, MAX_TEXT * 3 / 4 - WORDS);
    let from = fitting(text.chars(), head);
    let until = text.len() - fitting(text.chars().rev(), tail);
    if let (Some(head), Some(tail)) = (text.get(..from), text.get(until..)) {
        *text = format!("{head} … {} bytes left out … {tail}", until - from);
    }
}

fn keep_first(texts: &mut Vec<String>) {
    texts.iter_mut().for_each(shorten);
    if let Some(kept) = fitting_texts(texts.iter()) {
        let left_out = texts.len() - kept;
        texts.truncate(kept);
        texts.push(format!("… and {left_out} more, left out here"));
    }
}

fn keep_last(lines: &mut Vec<String>) {
    lines.iter_mut().for_each(shorten);
    if let Some(kept) = fitting_texts(lines.iter().rev()) {
        let left_out = lines.len() - kept;
        lines.splice(..left_out, [format!("… {left_out} lines before these left out")]);
    }
}

/// How many texts fit besides the words that say how many don't; none where all of them fit.
fn fitting_texts<'a>(texts: impl Iterator<Item = &'a String> + Clone) -> Option<usize> {
    // with its quotes and its comma
    let sizes = texts.map(|text| spelled(text) + 3);
    if sizes.clone().sum::<usize>() <= MAX_LIST {
        return None;
    }
    let sums = sizes.scan(0, |sum, size| {
        *sum += size;
        Some(*sum)
    });
    Some(sums.take_while(|sum| *sum <= MAX_LIST - WORDS).count())
}

/// How many bytes of text the first of these characters take, as many as are spelled in so many bytes.
fn fitting(chars: impl Iterator<Item = char>, bytes: usize) -> usize {
    let mut room = bytes;
    let fits = chars.map_while(|c| {
        room = room.checked_sub(spelled_char(c))?;
        Some(c.len_utf8())
    });
    fits.sum()
}

fn spelled(text: &str) -> usize {
    text.chars().map(spelled_char).sum()
}

/// The bytes of a character in canonical JSON.
fn spelled_char(c: char) -> usize {
    match c {
        '"' | '\\' | '\u{8}' | '\t' | '\n' | '\u{c}' | '\r' => 2,
        control if control < ' ' => 6,
        other => other.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Draft, Trace};
    use super::*;
    use crate::ledger::canonical::{MAX_PAYLOAD, to_text};

    fn failed(why: &str, tail: &[String]) -> (String, Vec<String>, usize) {
        let outcome = Outcome::Failed { effect: Trace::None, why: why.to_owned(), tail: tail.to_vec() };
        let draft = Draft::release(Fact::Outcome(outcome));
        let size = to_text(&draft).unwrap().len();
        let Fact::Outcome(Outcome::Failed { why, tail, .. }) = draft.fact else { panic!("it is an outcome") };
        (why, tail, size)
    }

    #[test]
    fn whatever_a_child_printed_its_outcome_can_be_written() {
        for what in ["x", "é", "\u{1}", "\"", "\n", "😀"] {
            let long = what.repeat(7_000);
            let (why, tail, size) = failed(&long, &vec![long.clone(); 40]);
            assert!(size < MAX_PAYLOAD - 8 * 1024, "{what:?}: {size}");
            assert!(
                why.starts_with(what) && why.ends_with(what) && why.contains(" bytes left out "),
                "{what:?}: {why}"
            );
            assert!(tail.len() > 5 && tail[0].ends_with("lines before these left out"), "{what:?}: {}", tail[0]);
        }
    }

    #[test]
    fn the_end_of_what_went_wrong_is_kept() {
        let lines: Vec<String> = (0..3_000).map(|line| format!("building module {line} of the application")).collect();
        let log = format!("[remote rejected] (pre-receive hook declined)\n{}\nbuild failed", lines.join("\n"));
        let (why, tail, _) = failed(&log, &lines);
        assert!(why.starts_with("[remote rejected]") && why.ends_with("\nbuild failed"), "{why}");
        assert_eq!(tail.last(), lines.last());
        let said: usize = tail[0].split(' ').nth(1).unwrap().parse().unwrap();
        assert_eq!(said + tail.len() - 1, lines.len());
    }

    #[test]
    fn what_fits_is_kept_as_it_is_and_what_was_cut_is_not_cut_again() {
        let (why, tail, _) = failed("no route to host", &["one".to_owned(), "two".to_owned()]);
        assert_eq!((why.as_str(), tail.as_slice()), ("no route to host", &["one".to_owned(), "two".to_owned()][..]));
        let long = "ab\u{1}".repeat(9_000);
        let first = failed(&long, &vec![long.clone(); 40]);
        assert_eq!(failed(&first.0, &first.1), first);
    }

    #[test]
    fn a_change_of_every_step_can_be_written() {
        let changes = (0..400).map(|n| format!("step s{n}: {}", "argument ".repeat(40))).collect();
        let from = crate::plan::Digest::of(b"before");
        let draft = Draft::release(Fact::Replanned { from, changes, reopens: Vec::new() });
        assert!(to_text(&draft).unwrap().len() < MAX_PAYLOAD);
        let Fact::Replanned { changes, .. } = draft.fact else { panic!("it is a re-plan") };
        assert!(changes[0].starts_with("step s0: "), "{}", changes[0]);
        let said = changes.last().unwrap();
        assert_eq!(*said, format!("… and {} more, left out here", 401 - changes.len()));
    }
}
