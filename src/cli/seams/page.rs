//! Prints seams for people: a line each, and below it both sides of what doesn't fit.

use super::super::out::{Ink, Out};
use crate::plan::Seam;
use crate::rollout::seam::{Misfit, Quote, SeamSeen, SeamState};
use crate::shown::Shown;

pub(super) fn print(out: Out, seams: &[&Seam], all: &[SeamSeen]) {
    for (seam, seen) in seams.iter().zip(all) {
        let line = format!("{} {}  {}", glyph(seen.state), seam.id, seam.title);
        out.line(ink(seen.state), &Shown::line(&line));
        for misfit in &seen.misfits {
            one(out, misfit);
        }
        if seen.misfits.is_empty() {
            out.line(Ink::Plain, &Shown::line(&format!("    {}", seen.detail)));
        }
        if seen.more > 0 {
            out.line(Ink::Plain, &Shown::from(format!("    and {} more", seen.more)));
        }
    }
    let count = |state: SeamState| all.iter().filter(|seen| seen.state == state).count();
    let (holds, broken, unknown) = (count(SeamState::Holds), count(SeamState::Broken), count(SeamState::Unknown));
    let said = match all.len() {
        0 => "the plan declares no seams".to_owned(),
        _ => format!("{holds} hold, {broken} broken, {unknown} can't be told"),
    };
    out.line(if broken + unknown == 0 { Ink::Good } else { Ink::Bad }, &Shown::from(said));
}

fn one(out: Out, misfit: &Misfit) {
    out.line(Ink::Plain, &Shown::line(&format!("    {}", misfit.what)));
    for quote in &misfit.quotes {
        out.line(Ink::Dim, &Shown::line(&format!("      {} {}", quote.side, place(quote))));
        if !quote.text.is_empty() {
            out.line(Ink::Plain, &Shown::line(&format!("        | {}", quote.text)));
        }
    }
    out.line(Ink::Plain, &Shown::line(&format!("      mend: {}", misfit.mend)));
}

/// Repository, commit, file and line.
fn place(quote: &Quote) -> String {
    let at = quote.sha.as_ref().map_or_else(|| "work tree".to_owned(), |sha| sha.short().to_owned());
    match quote.line {
        0 => format!("{}@{at} {}", quote.repo, quote.file),
        line => format!("{}@{at} {}:{line}", quote.repo, quote.file),
    }
}

fn glyph(state: SeamState) -> &'static str {
    match state {
        SeamState::Holds => "✔",
        SeamState::Broken => "✖",
        SeamState::Unknown => "?",
    }
}

fn ink(state: SeamState) -> Ink {
    match state {
        SeamState::Holds => Ink::Good,
        SeamState::Broken => Ink::Bad,
        SeamState::Unknown => Ink::Warning,
    }
}
