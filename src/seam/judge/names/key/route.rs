//! Paths whose variables are all called alike: `{id}`, `${team.id}`, `#{id}`, `$id`, `:id`, `<int:id>`, `%s`. Everything beside a
//! variable stays: `{id}:archive` is another path than `{id}`.

/// What an `OData` service calls parts of a path; no variables.
const SYSTEM: [&str; 9] =
    ["$count", "$value", "$ref", "$metadata", "$batch", "$links", "$all", "$entity", "$crossjoin"];

pub(super) fn plain(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = variable(rest, plain.chars().next_back()) {
            plain.push_str("{}");
            rest = after;
            continue;
        }
        if c == '?' || c == '#' {
            break;
        }
        plain.push(c);
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    let cut = plain.strip_suffix('/').filter(|plain| !plain.is_empty()).map_or(plain.len(), str::len);
    plain.truncate(cut);
    plain
}

/// What stands behind a variable, if one begins here.
fn variable(text: &str, before: Option<char>) -> Option<&str> {
    let opens = before.is_none_or(|before| before == '/');
    for start in ["${", "#{", "{"] {
        if let Some(inside) = text.strip_prefix(start) {
            return closed(inside, '{', '}');
        }
    }
    if let Some(inside) = text.strip_prefix('<') {
        return closed(inside, '<', '>');
    }
    if let Some(after) = text.strip_prefix("%s").or_else(|| text.strip_prefix("%d")) {
        return Some(after);
    }
    if let Some(name) = text.strip_prefix('$') {
        let after = word(name)?;
        let written = text.get(..text.len() - after.len()).unwrap_or_default();
        return (!SYSTEM.contains(&written)).then_some(after);
    }
    // behind anything else it is what a resource is asked to do
    let may_be_named = opens || matches!(before, Some('-' | '.'));
    text.strip_prefix(':').filter(|_| may_be_named).and_then(word)
}

/// What stands behind the bracket that closes.
fn closed(inside: &str, open: char, close: char) -> Option<&str> {
    let mut depth = 1;
    for (at, c) in inside.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            depth -= 1;
        }
        if depth == 0 {
            return inside.get(at + close.len_utf8()..);
        }
    }
    None
}

/// What stands behind a word; none if there is no word.
fn word(text: &str) -> Option<&str> {
    let after = text.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
    (after.len() < text.len()).then_some(after)
}
