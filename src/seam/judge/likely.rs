//! The name that was probably meant: a renamed field keeps a part of its name.

use std::collections::BTreeMap;

/// The longest name that is compared, in characters.
const LONGEST: usize = 80;

/// The most alike of some names, if it is alike at all.
pub(super) fn likely<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let own = pairs(written);
    let total: usize = own.values().sum();
    let scored = names.into_iter().map(|name| {
        let other = pairs(name);
        let common: usize = own.iter().map(|(pair, count)| other.get(pair).map_or(0, |more| *count.min(more))).sum();
        // in thousandths, so that two runs never differ
        let all = total + other.values().sum::<usize>();
        ((2_000 * common).checked_div(all).unwrap_or(0), name)
    });
    let best = scored.max_by(|(one, a), (other, b)| one.cmp(other).then_with(|| b.cmp(a)));
    best.filter(|(score, _)| *score >= 400).map(|(_, name)| name)
}

/// How often each pair of neighbouring characters stands in a name.
fn pairs(name: &str) -> BTreeMap<(char, char), usize> {
    let plain: Vec<char> = name.to_lowercase().chars().take(LONGEST).collect();
    let mut pairs = BTreeMap::new();
    for (one, other) in plain.iter().zip(plain.iter().skip(1)) {
        *pairs.entry((*one, *other)).or_insert(0) += 1;
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renamed_field_is_recognised() {
        let names = ["id", "name", "plan", "seats", "owner_email"];
        assert_eq!(likely("seat_count", names), Some("seats"));
        assert_eq!(likely("ownerEmail", names), Some("owner_email"));
        assert_eq!(likely("colour", names), None);
        assert_eq!(likely("", names), None);
        assert_eq!(likely("x", []), None);
    }
}
