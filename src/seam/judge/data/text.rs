//! What is no data is the same only letter by letter: a comment may be code to somebody, and the room before a line mostly is.

use super::{Raw, mend};
use crate::plan::Seam;
use crate::rollout::seam::Misfit;
use crate::seam::Item;
use crate::seam::judge::{Outcome, Sides, Verdict};
use crate::seam::text::Text;

pub(super) fn judge(seam: &Seam, sides: &Sides, made: &Raw<'_>, kept: &Raw<'_>) -> Verdict {
    if let Some(raw) = [made, kept].into_iter().find(|raw| !raw.below.is_empty()) {
        return Err(format!(
            "{}: {} is no JSON, YAML or TOML by its name, so nothing stands at {} of it",
            raw.part.repo, raw.path, raw.below
        ));
    }
    let what = format!("{}: {} is what {} makes", kept.part.repo, kept.path, made.part.whence);
    let mut outcome = Outcome::holds(what);
    if made.bytes == kept.bytes {
        return Ok(outcome);
    }
    let line = first_other_line(made.bytes, kept.bytes);
    let quote = |raw: &Raw<'_>| {
        let item = Item {
            text: String::new(),
            repo: raw.part.repo.clone(),
            file: raw.path.to_owned(),
            line,
            quoted: Text::of(raw.bytes).quoted(line),
        };
        sides.quote(raw.side, &item)
    };
    outcome.add(|| Misfit {
        what: format!("{}: {}:{line} is another line than what is generated", kept.part.repo, kept.path),
        mend: mend(seam, made.part, kept.part, kept.path),
        quotes: vec![quote(kept), quote(made)],
    });
    Ok(outcome)
}

/// The first line in which two texts differ, from 1.
fn first_other_line(a: &[u8], b: &[u8]) -> usize {
    let is_end = |byte: &u8| *byte == b'\n';
    1 + a.split_inclusive(is_end).zip(b.split_inclusive(is_end)).take_while(|(a, b)| a == b).count()
}
