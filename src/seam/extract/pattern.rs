//! What a pattern finds: the groups that took part, or all of the match where the pattern has none.

use crate::plan::seam::Pattern;
use crate::seam::text::Text;
use crate::seam::{Found, MOST_NAMES};

pub(super) fn found(pattern: &Pattern, text: &Text<'_>) -> Vec<Found> {
    // one more than may be, so that the caller sees that there are too many
    let hits = pattern.compiled().captures_iter(text.as_str()).take(MOST_NAMES + 1);
    hits.filter_map(|hit| {
        let whole = hit.get(0)?;
        let groups: Vec<_> = hit.iter().skip(1).flatten().collect();
        let at = groups.first().map_or(whole.start(), regex::Match::start);
        let words: Vec<&str> = groups.iter().map(regex::Match::as_str).collect();
        let name = if words.is_empty() { whole.as_str().to_owned() } else { words.join(" ") };
        Some(Found { text: name, line: text.line_of(at) })
    })
    .filter(|found| !found.text.is_empty())
    .collect()
}

/// Each line that says something.
pub(super) fn lines(text: &Text<'_>) -> Vec<Found> {
    let numbered = (1..).zip(text.as_str().lines().map(str::trim));
    let said = numbered.filter(|(_, line)| !line.is_empty()).take(MOST_NAMES + 1);
    said.map(|(line, name)| Found { text: name.to_owned(), line }).collect()
}
