//! How a client's answer is read, whichever client it is.

use super::Said;
use super::address::told;
use crate::port::process::{End, Ended};

/// What it printed on stdout, apart from its warnings.
pub(super) fn stdout(ended: &Ended) -> String {
    let bytes = ended.captured.as_ref().map(|captured| captured.stdout.as_slice()).unwrap_or_default();
    String::from_utf8_lossy(bytes).into_owned()
}

/// Everything that it printed: stdout, then stderr.
pub(super) fn everything(ended: &Ended) -> String {
    match &ended.captured {
        Some(captured) => {
            format!("{}\n{}", String::from_utf8_lossy(&captured.stdout), String::from_utf8_lossy(&captured.stderr))
        }
        None => ended.tail.clone(),
    }
}

/// Why a client that didn't exit by itself tells nothing.
pub(super) fn broken_off(end: End) -> Option<String> {
    match end {
        End::Exited(_) => None,
        End::Signalled(signal) => Some(format!("it was ended by signal {signal}")),
        End::TimedOut => Some("it took too long and was ended".to_owned()),
        End::Cancelled => Some("it was cancelled".to_owned()),
        End::LetGo => Some("it was left running".to_owned()),
    }
}

/// The one line that a successful question prints.
pub(super) fn one_line(ended: &Ended, question: &str) -> Result<String, String> {
    let line = stdout(ended).lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned();
    match ended.end {
        End::Exited(0) if !line.is_empty() => Ok(line),
        End::Exited(0) => Err(format!("`{question}` says nothing")),
        End::Exited(code) => Err(format!("`{question}` ended with {code}: {}", told(last(&everything(ended))))),
        end => Err(format!("`{question}`: {}", broken_off(end).unwrap_or_default())),
    }
}

/// The last line that says something.
pub(super) fn last(text: &str) -> &str {
    text.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default()
}

/// A question that can't be asked.
pub(super) fn unknown(why: impl Into<String>) -> Said {
    Said::Unknown { why: why.into() }
}
