//! The number that follows a name on its line: `RETRY_BUDGET_MS = 3_000`, `"deadline": "10s"`, `tries: u32 = 3`.

use crate::seam::text::Text;
use crate::seam::{Found, MOST_NAMES};

pub(super) fn found(name: &str, text: &Text<'_>) -> Result<Vec<Found>, String> {
    let mut all = Vec::new();
    for (number, line) in (1..).zip(text.as_str().lines()) {
        for (at, _) in line.match_indices(name) {
            let (Some(before), Some(after)) = (line.get(..at), line.get(at + name.len()..)) else { continue };
            if !before.ends_with(is_part) && !after.starts_with(is_part) {
                all.extend(first_number(after).map(|text| Found { text, line: number }));
            }
            if all.len() > MOST_NAMES {
                return Ok(all);
            }
        }
    }
    if all.is_empty() {
        return Err(format!("no number follows `{name}` on any line"));
    }
    Ok(all)
}

fn is_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The first number that is no part of a word, with the unit right behind it. Words may stand before it only where a sign
/// says that a value follows: a number in a sentence is none.
fn first_number(text: &str) -> Option<String> {
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        if c.is_ascii_digit() && !is_part(before) {
            let (between, value) = text.split_at_checked(at)?;
            let is_value = between.contains(['=', ':']) || !between.contains(is_part);
            return is_value.then(|| with_unit(value));
        }
        before = c;
    }
    None
}

fn with_unit(value: &str) -> String {
    let end = value.find(|c: char| !c.is_ascii_digit() && !"_.".contains(c)).unwrap_or(value.len());
    let (digits, rest) = value.split_at_checked(end).unwrap_or((value, ""));
    let unit: String = rest.chars().take_while(|c| is_part(*c)).collect();
    let unit = if ["ms", "s", "m", "h", "d"].contains(&unit.as_str()) { unit } else { String::new() };
    format!("{}{unit}", digits.trim_end_matches(['.', '_']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(name: &str, text: &str) -> Vec<(String, usize)> {
        let found = found(name, &Text::of(text.as_bytes())).unwrap_or_default();
        found.into_iter().map(|found| (found.text, found.line)).collect()
    }

    #[test]
    fn a_number_is_found_as_code_writes_it() {
        for (line, number) in [
            ("const TRIES = 3;", "3"),
            ("TRIES: u32 = 3;", "3"),
            ("TRIES=1_000", "1_000"),
            ("\"TRIES\": \"10s\",", "10s"),
            ("TRIES: 2.5", "2.5"),
            ("#define TRIES 5.", "5"),
            ("set(TRIES, 250ms)", "250ms"),
            ("TRIES = 3 // of 5", "3"),
            ("TRIES = 30seconds", "30"),
        ] {
            assert_eq!(numbers("TRIES", line), [(number.to_owned(), 1)], "{line}");
        }
        assert_eq!(numbers("tries", "a\n\n  tries: 4\n"), [("4".to_owned(), 3)]);
    }

    #[test]
    fn a_name_within_another_and_a_number_in_a_sentence_do_not_count() {
        for line in ["MAX_TRIES = 3", "TRIES_MAX = 3", "TRIES of the last 3 days", "TRIES = x2"] {
            assert!(found("TRIES", &Text::of(line.as_bytes())).is_err(), "{line}");
        }
    }
}
