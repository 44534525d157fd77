//! The tags of a web page with their attributes, as far as a package index uses HTML. Comments are passed over, and what is
//! no tag is no concern.

/// A tag that opens.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tag {
    /// Its name, in lowercase.
    pub(super) name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    /// The value of an attribute; empty where it has none.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// All tags that open, in their order.
pub(super) fn tags(text: &str) -> Vec<Tag> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('<') {
        if let Some(comment) = after.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let name = word(after);
        if name.is_empty() {
            rest = after;
            continue;
        }
        let (attributes, left) = attributes(after.get(name.len()..).unwrap_or_default());
        found.push(Tag { name: name.to_ascii_lowercase(), attributes });
        rest = left;
    }
    found
}

fn word(text: &str) -> &str {
    let end = text.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// The attributes up to the tag's end, and what follows it.
fn attributes(text: &str) -> (Vec<(String, String)>, &str) {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|letter: char| letter.is_ascii_whitespace() || letter == '/');
        if rest.is_empty() {
            return (found, rest);
        }
        if let Some(after) = rest.strip_prefix('>') {
            return (found, after);
        }
        let ends = |letter: char| letter.is_ascii_whitespace() || matches!(letter, '=' | '>' | '/');
        let end = rest.find(ends).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if name.is_empty() {
            // a stray equals sign
            rest = after.get(1..).unwrap_or_default();
            continue;
        }
        let (value, after) = match after.trim_start().strip_prefix('=') {
            Some(after) => value(after.trim_start()),
            None => ("", after),
        };
        found.push((name.to_ascii_lowercase(), unescaped(value)));
        rest = after;
    }
}

fn value(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(quoted) = text.strip_prefix(quote) {
            return quoted.split_once(quote).unwrap_or((quoted, ""));
        }
    }
    let end = text.find(|letter: char| letter.is_ascii_whitespace() || letter == '>').unwrap_or(text.len());
    text.split_at(end)
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let letter = after.split_once(';').and_then(|(name, left)| Some((named(name)?, left)));
        if let Some((letter, left)) = letter {
            plain.push(letter);
            rest = left;
        } else {
            plain.push('&');
            rest = after;
        }
    }
    plain.push_str(rest);
    plain
}

fn named(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        name => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_as_browsers_read_them() {
        let found =
            tags("<!-- <a href=no> --><A  HREF = 'x?a=1&amp;b=&#39;' data-yanked disabled/><b>1 < 2</b><a href=plain>");
        let names: Vec<&str> = found.iter().map(|tag| tag.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "a"]);
        assert_eq!((found[0].get("href"), found[0].get("data-yanked")), (Some("x?a=1&b='"), Some("")));
        assert_eq!((found[2].get("href"), found[2].get("data-yanked")), (Some("plain"), None));
    }

    #[test]
    fn what_breaks_off_does_no_harm() {
        for text in ["<", "<a", "<a href", "<a href=", "<a href='x", "<!--", "<a =x>", "&", "<a href='&#xffffffff;&'>"]
        {
            tags(text);
        }
    }
}
