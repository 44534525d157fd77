//! Bytes to a TOML tree: refuses what is no text file a person wrote, and says where it stops being one.

use toml::de::DeTable;

use super::complaint::{Complaints, Finding};
use super::source::Source;
use super::tree::Node;

/// The largest release.toml, in bytes.
pub const LARGEST: usize = 1 << 20;

/// The most parts of dotted keys in one statement: more would nest deeper than a tree can be walked.
const MOST_DOTS: usize = 100;

const FIRST_FILE: &str =
    "a first file has `schema = 1`, a [release] with `id` and `title`, and an [owner] with `name` and `email`";

/// Reads a file's bytes; all syntax errors at once.
pub(crate) fn read(bytes: &[u8], name: &str) -> Result<(Source, Node), Complaints> {
    let source = text(bytes, name)?;
    let findings = refuse(&source.text);
    if !findings.is_empty() {
        return Err(Complaints::new(findings, &source));
    }
    let (table, errors) = DeTable::parse_recoverable(&source.text);
    if errors.is_empty() {
        let tree = Node::document(&table);
        return Ok((source, tree));
    }
    let findings = syntax(&source, errors.iter().map(|e| (e.span().unwrap_or(0..0), e.message())).collect());
    Err(Complaints::new(findings, &source))
}

fn text(bytes: &[u8], name: &str) -> Result<Source, Complaints> {
    let refuse = |source: &Source, finding| Err(Complaints::new(vec![finding], source));
    if bytes.len() > LARGEST {
        let message = format!("{} bytes are too many for a plan: the most is {LARGEST}", bytes.len());
        let help = "is this the right file? name another one with --release";
        return refuse(&Source::new(name, String::new()), Finding::error(0..0, message).with_help(help));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Source::new(name, text.to_owned())),
        Err(error) => {
            let at = error.valid_up_to();
            let byte = bytes.get(at).copied().unwrap_or_default();
            let message = format!("the byte 0x{byte:02x} (at offset {at}) is no UTF-8 text");
            let finding = Finding::error(at..at + 1, message).with_help("save the file as UTF-8");
            refuse(&Source::new(name, String::from_utf8_lossy(bytes).into_owned()), finding)
        }
    }
}

/// What the parser would take badly, or with worse words.
fn refuse(text: &str) -> Vec<Finding> {
    if let Some(at) = text.find('\0') {
        let finding = Finding::error(at..at + 1, "a NUL byte can't stand in this file");
        return vec![finding.with_help("is it a binary file, or one that was cut off by a crash?")];
    }
    let said =
        text.trim_start_matches('\u{feff}').lines().any(|line| !matches!(line.trim().chars().next(), None | Some('#')));
    if !said {
        return vec![Finding::error(0..0, "this file says nothing").with_help(FIRST_FILE)];
    }
    let deep = deep_key(text).map(|at| {
        Finding::error(at..at + 1, format!("more than {MOST_DOTS} dots in one key or value: no plan nests that deep"))
    });
    deep.into_iter().collect()
}

/// Where a text is, for counting dots.
#[derive(Clone, Copy, PartialEq)]
enum Within {
    Keys,
    Comment,
    Quoted(char),
    Long(char),
}

/// The place of one dot too many outside quotes, in one statement (to the end of its line, or of its last bracket).
fn deep_key(text: &str) -> Option<usize> {
    let (mut within, mut dots, mut open, mut skip) = (Within::Keys, 0_usize, 0_usize, 0_usize);
    for (at, character) in text.char_indices() {
        if skip > 0 {
            skip -= 1;
            continue;
        }
        let triple = |quote: char| text.get(at..).is_some_and(|rest| rest.starts_with(&quote.to_string().repeat(3)));
        match (within, character) {
            (Within::Keys, '"' | '\'') if triple(character) => (within, skip) = (Within::Long(character), 2),
            (Within::Keys, '"' | '\'') => within = Within::Quoted(character),
            (Within::Keys, '#') => within = Within::Comment,
            (Within::Keys, '[' | '{') => open += 1,
            (Within::Keys, ']' | '}') => open = open.saturating_sub(1),
            (Within::Keys, '.') => dots += 1,
            (Within::Comment | Within::Quoted(_) | Within::Keys, '\n') => {
                within = Within::Keys;
                dots = if open == 0 { 0 } else { dots };
            }
            (Within::Quoted('"') | Within::Long('"'), '\\') => skip = 1,
            (Within::Quoted(quote), _) if character == quote => within = Within::Keys,
            (Within::Long(quote), _) if character == quote && triple(quote) => (within, skip) = (Within::Keys, 2),
            (Within::Keys | Within::Comment | Within::Quoted(_) | Within::Long(_), _) => {}
        }
        if dots > MOST_DOTS {
            return Some(at);
        }
    }
    None
}

/// The parser's errors less those that only follow from an earlier one: after a broken list nothing has its meaning.
fn syntax(source: &Source, mut errors: Vec<(std::ops::Range<usize>, &str)>) -> Vec<Finding> {
    errors.sort_by_key(|(span, _)| span.start);
    let mut findings = Vec::new();
    let mut last_line = 0;
    let mut lost = false;
    for (span, message) in errors {
        let line = source.line(span.start);
        let repeated = message.starts_with("duplicate key");
        if (line == last_line || lost) && !repeated {
            continue;
        }
        last_line = line;
        lost |= ["array", "inline table", "multi-line"].iter().any(|word| message.contains(word))
            && !message.contains("array table");
        findings.push(worded(span, message));
    }
    findings
}

/// The parser's words, and what to write instead; where its words would mislead, ours.
fn worded(span: std::ops::Range<usize>, message: &str) -> Finding {
    let empty = span.is_empty();
    let (message, help) = match message {
        _ if message.starts_with("string values must be quoted") && empty => {
            ("there is no value after `=`", "write one, or delete the key")
        }
        _ if message.starts_with("string values must be quoted") => {
            ("a text must stand in quotes", "write it in double quotes")
        }
        _ if message.starts_with("duplicate key") => {
            ("this key or table stands twice", "delete one; one more repo or step is a [[repo]] or [[step]] of its own")
        }
        _ if message.starts_with("invalid basic string") => {
            (message, "a text ends with a quote on its own line; a backslash is written twice")
        }
        _ if message.contains("table, expected `]`") => {
            (message, "a table starts with [name], a repo or a step with [[repo]] or [[step]]")
        }
        _ if message.contains("array") => {
            (message, "a list that isn't closed further up looks like this too: look for a missing `]` or `,`")
        }
        _ => return Finding::error(span, message),
    };
    Finding::error(span, message).with_help(help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_counted_where_they_nest() {
        let many = "a.".repeat(200);
        assert!(deep_key(&format!("{many}a = 1")).is_some());
        assert!(deep_key(&format!("x = {{ {many}a = 1 }}")).is_some());
        assert!(deep_key(&format!("x = \"{many}\" # {many}\n'{many}' = '''\n{many}\n'''")).is_none());
        assert!(deep_key(&"a.b = 1\n".repeat(200)).is_none());
    }
}
