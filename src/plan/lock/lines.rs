//! The lines of a lock file as `key: value` by their indentation: as much of YAML as pnpm and yarn write.

/// One line: the keys that lead to it, and what stands behind the last one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) path: Vec<String>,
    pub(super) value: String,
}

/// Reads them; lists and texts of several lines are passed over.
pub(super) fn read(text: &str) -> Result<Vec<Line>, String> {
    let mut lines = Vec::new();
    let mut open: Vec<(usize, String)> = Vec::new();
    // the indentation of a key whose text goes on below it
    let mut block: Option<usize> = None;
    for (number, raw) in text.lines().enumerate() {
        let line = raw.trim_end();
        let indent = line.len() - line.trim_start().len();
        let content = line.trim_start();
        if content.is_empty() || content.starts_with('#') || matches!(content, "---" | "...") {
            continue;
        }
        if line.contains('\t') && line.get(..indent).is_some_and(|before| before.contains('\t')) {
            return Err(format!("line {} is indented by a tab", number + 1));
        }
        if block.is_some_and(|of| indent > of) {
            continue;
        }
        block = None;
        while open.last().is_some_and(|(at, _)| *at >= indent) {
            open.pop();
        }
        if content.starts_with("- ") || content == "-" || content.starts_with("? ") || content.starts_with(": ") {
            continue;
        }
        let Some((key, value)) = key_and_value(content) else { continue };
        if matches!(value.chars().next(), Some('|' | '>')) {
            block = Some(indent);
        }
        open.push((indent, key));
        let path = open.iter().map(|(_, key)| key.clone()).collect();
        lines.push(Line { path, value: unquoted(value).to_owned() });
    }
    Ok(lines)
}

/// Splits at the colon that ends the key, quoted or not.
fn key_and_value(content: &str) -> Option<(String, &str)> {
    let quote = content.chars().next().filter(|c| "\"'".contains(*c));
    if let Some(quote) = quote {
        let end = content.get(1..)?.find(quote)? + 1;
        let key = content.get(1..end)?;
        let rest = content.get(end + 1..)?.trim_start();
        return Some((key.to_owned(), rest.strip_prefix(':')?.trim()));
    }
    let at = content.find(": ").or_else(|| content.ends_with(':').then(|| content.len() - 1))?;
    Some((content.get(..at)?.to_owned(), content.get(at + 1..)?.trim()))
}

/// A value without its quotes.
pub(super) fn unquoted(value: &str) -> &str {
    let inside = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    inside('"').or_else(|| inside('\'')).unwrap_or(value)
}

/// A member of `{a: b, c: d}`.
pub(super) fn member<'a>(flow: &'a str, key: &str) -> Option<&'a str> {
    let inside = flow.trim().strip_prefix('{')?.strip_suffix('}')?;
    inside.split(", ").find_map(|part| {
        let (name, value) = part.trim().split_once(": ")?;
        (name.trim() == key).then(|| unquoted(value.trim()))
    })
}
