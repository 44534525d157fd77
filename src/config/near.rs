//! The name someone probably meant.

/// The most names that are compared, and the most that are listed.
const COMPARED: usize = 200;
const LISTED: usize = 20;

/// The nearest of some names, if it is near enough to be a slip of the hand.
pub(crate) fn nearest<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (written.chars().count() / 3).clamp(1, 3);
    names
        .into_iter()
        .take(COMPARED)
        .filter(|name| name.len().abs_diff(written.len()) <= 4 * limit)
        .map(|name| (distance(&written.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(far, _)| *far <= limit)
        .min()
        .map(|(_, name)| name)
}

/// The advice that goes with an unknown name: the nearest one, else all there are.
pub(crate) fn advice<'a>(written: &str, names: impl IntoIterator<Item = &'a str> + Clone) -> Option<String> {
    if let Some(near) = nearest(written, names.clone()) {
        return Some(format!("did you mean `{near}`?"));
    }
    let count = names.clone().into_iter().count();
    let listed: Vec<_> = names.into_iter().take(LISTED).map(|name| format!("`{name}`")).collect();
    let listed = listed.join(", ");
    match count.saturating_sub(LISTED) {
        _ if count == 0 => None,
        0 => Some(format!("there are: {listed}")),
        more => Some(format!("there are: {listed} and {more} more")),
    }
}

/// Insertions, deletions, replacements and swaps of neighbours that turn one text into the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(64).collect(), b.chars().take(64).collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, right) in b.iter().enumerate() {
            let get = |list: &[usize], at: usize| list.get(at).copied().unwrap_or(usize::MAX - 1);
            let mut best = (get(&above, j) + usize::from(left != right)).min(get(&above, j + 1) + 1);
            best = best.min(get(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(right) && b.get(j - 1) == Some(left);
            if swapped {
                best = best.min(get(&before, j - 1) + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_hand_are_near() {
        let names = ["stage", "title", "publish"];
        assert_eq!(nearest("stge", names), Some("stage"));
        assert_eq!(nearest("tilte", names), Some("title"));
        assert_eq!(nearest("Publish", names), Some("publish"));
        assert_eq!(nearest("deploy", names), None);
        assert_eq!(nearest("", names), None);
    }
}
