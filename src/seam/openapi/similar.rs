//! Which name took the place of another: by the words in both, then by their letters.

use std::collections::BTreeSet;

/// How alike two names must be, of 100.
const ENOUGH: usize = 45;
/// The most names that are compared.
const MOST: usize = 500;

/// The one of some names that is most like a name, if one is like it at all.
pub(super) fn most_alike<'a>(name: &str, others: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let scored = others.into_iter().take(MOST).map(|other| (alike(name, other), other));
    // of equals the first by name, on every machine
    scored.filter(|(score, _)| *score >= ENOUGH).max_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(a.1))).map(|(_, other)| other)
}

/// How much of two names' neighbouring letters and words is common, of 100.
fn alike(a: &str, b: &str) -> usize {
    let score = |a: &BTreeSet<String>, b: &BTreeSet<String>| {
        let both = a.intersection(b).count();
        (200 * both).checked_div(a.len() + b.len()).unwrap_or_default()
    };
    score(&pairs(a), &pairs(b)).max(score(&words(a), &words(b)))
}

fn pairs(name: &str) -> BTreeSet<String> {
    let letters: Vec<char> =
        name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(64).collect();
    letters.windows(2).map(|pair| pair.iter().collect()).collect()
}

fn words(name: &str) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    let mut word = String::new();
    for c in name.chars().take(64) {
        let starts = c.is_uppercase() && word.chars().last().is_some_and(char::is_lowercase);
        if starts || !c.is_alphanumeric() {
            words.insert(std::mem::take(&mut word));
        }
        word.extend(c.to_lowercase().filter(|c| c.is_alphanumeric()));
    }
    words.insert(word);
    words.remove("");
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_name_keeps_something_of_the_old_one() {
        let others = ["id", "contact_email", "seat_count", "displayName"];
        assert_eq!(most_alike("owner_email", others), Some("contact_email"));
        assert_eq!(most_alike("seats", others), Some("seat_count"));
        assert_eq!(most_alike("name", others), Some("displayName"));
        assert_eq!(most_alike("plan", others), None);
        assert_eq!(most_alike("", others), None);
    }
}
