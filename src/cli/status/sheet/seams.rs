//! The seams as text: a line for each, with what was seen.

use super::super::super::out::{Ink, Out, columns};
use crate::rollout::seam::SeamState;
use crate::rollout::status::Status;
use crate::shown::Shown;

pub(super) fn print(out: Out, status: &Status) {
    if status.seams.is_empty() {
        return;
    }
    out.line(Ink::Plain, &Shown::EMPTY);
    let rows = status.seams.iter().map(|seam| {
        let glyph = match seam.state {
            SeamState::Holds => "✔",
            SeamState::Broken => "✖",
            SeamState::Unknown => "?",
        };
        let head = [glyph.to_owned(), format!("seam {}", seam.id), seam.state.word().to_owned()].map(Shown::from);
        head.into_iter().chain([Shown::line(&seam.detail)]).collect()
    });
    for (line, seam) in columns(&rows.collect::<Vec<_>>()).iter().zip(&status.seams) {
        let ink = match seam.state {
            SeamState::Holds => Ink::Plain,
            SeamState::Broken => Ink::Bad,
            SeamState::Unknown => Ink::Warning,
        };
        out.line(ink, line);
    }
}

/// What changed of the seams, one line each.
pub(super) fn changes(before: &Status, after: &Status) -> Vec<String> {
    let pairs = before.seams.iter().zip(&after.seams);
    let changed = pairs.filter(|(old, new)| (old.state, &old.detail) != (new.state, &new.detail));
    changed.map(|(_, new)| format!("seam {} {}: {}", new.id, new.state.word(), new.detail)).collect()
}
