//! Versions as PEP 440 compares them for equality: `1.0-RC.1` is `1.0.0rc1`. Knows no order.

type Words = &'static [(&'static str, &'static str)];

// the longer words first: `a` begins `alpha`
const PRE: Words = &[
    ("alpha", "a"),
    ("beta", "b"),
    ("preview", "rc"),
    ("pre", "rc"),
    ("rc", "rc"),
    ("a", "a"),
    ("b", "b"),
    ("c", "rc"),
];
const POST: Words = &[("post", ".post"), ("rev", ".post"), ("r", ".post")];
const DEV: Words = &[("dev", ".dev")];

/// What a bare `-1` means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bare {
    None,
    Post,
}

/// A version in one spelling. What isn't a version of that kind stays as it is, in lowercase.
pub(super) fn canonical(version: &str) -> String {
    let lowered = version.trim().to_ascii_lowercase();
    parsed(&lowered).unwrap_or(lowered)
}

fn parsed(version: &str) -> Option<String> {
    let version = version.strip_prefix('v').unwrap_or(version);
    let (public, local) = match version.split_once('+') {
        Some((public, local)) => (public, Some(local)),
        None => (version, None),
    };
    let mut rest = public;
    let mut canonical = String::new();
    if let Some((epoch, after)) = rest.split_once('!') {
        let epoch = whole(epoch)?;
        if epoch != "0" {
            canonical = format!("{epoch}!");
        }
        rest = after;
    }
    let (release, after) = release(rest)?;
    canonical.push_str(&release);
    rest = after;
    for (words, bare) in [(PRE, Bare::None), (POST, Bare::Post), (DEV, Bare::None)] {
        if let Some((word, number, after)) = suffix(rest, words, bare) {
            canonical.push_str(word);
            canonical.push_str(&number);
            rest = after;
        }
    }
    if !rest.is_empty() {
        return None;
    }
    if let Some(local) = local {
        let parts: Vec<String> =
            local.split(['-', '_', '.']).map(|part| whole(part).unwrap_or_else(|| part.to_owned())).collect();
        canonical.push('+');
        canonical.push_str(&parts.join("."));
    }
    Some(canonical)
}

/// A number without leading zeros.
fn whole(digits: &str) -> Option<String> {
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let significant = digits.trim_start_matches('0');
    Some(if significant.is_empty() { "0".to_owned() } else { significant.to_owned() })
}

fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

/// The numbers of a release, without the zeros at its end, and what follows them.
fn release(text: &str) -> Option<(String, &str)> {
    let (first, mut rest) = digits(text);
    let mut numbers = vec![whole(first)?];
    while let Some(after) = rest.strip_prefix('.') {
        let (next, after) = digits(after);
        let Some(next) = whole(next) else { break };
        numbers.push(next);
        rest = after;
    }
    while numbers.len() > 1 && numbers.last().is_some_and(|last| last == "0") {
        numbers.pop();
    }
    Some((numbers.join("."), rest))
}

/// A word with its number, which is 0 where none is written.
fn suffix(text: &str, words: Words, bare: Bare) -> Option<(&'static str, String, &str)> {
    let separated = text.strip_prefix(['-', '_', '.']).unwrap_or(text);
    for &(written, canonical) in words {
        if let Some(after) = separated.strip_prefix(written) {
            let (number, rest) = digits(after.strip_prefix(['-', '_', '.']).unwrap_or(after));
            return Some(match whole(number) {
                Some(number) => (canonical, number, rest),
                None => (canonical, "0".to_owned(), after),
            });
        }
    }
    let (number, rest) = digits(text.strip_prefix('-').filter(|_| bare == Bare::Post)?);
    Some((".post", whole(number)?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_version_are_one() {
        let same = [
            ("1.0.0", "1"),
            ("v1.4.0", "1.4"),
            ("1.0-RC.1", "1rc1"),
            ("1.0c1", "1rc1"),
            ("1.0alpha", "1a0"),
            ("1.0-1", "1.post1"),
            ("1.0.post", "1.post0"),
            ("1.0.dev3", "1.dev3"),
            ("1.0a1.post2.dev3", "1a1.post2.dev3"),
            ("0!1.0", "1"),
            ("1!01.02", "1!1.2"),
            ("1.0+Ubuntu-01_x", "1+ubuntu.1.x"),
            ("2026.11.20", "2026.11.20"),
            ("not a version", "not a version"),
        ];
        for (written, expected) in same {
            assert_eq!(canonical(written), expected, "{written}");
        }
        assert_ne!(canonical("1.0"), canonical("1.0.1"));
        assert_ne!(canonical("1.10"), canonical("1.1"));
    }
}
