//! YAML 1.2, one document without anchors, aliases and tags: a value that is copied elsewhere can't be changed in one place.
//! Comments and layout stay as they were written. A text is written in quotes, because older readers take a bare `off` for
//! false.

use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

use super::tokens;

/// How deep tables and lists may lie in each other.
const DEEPEST: usize = 64;

/// The whole document.
pub(super) fn read(text: &str) -> Result<Value, String> {
    Ok(parsed(text)?.value())
}

/// A text with another text at a pointer.
pub(super) fn with(text: &str, pointer: &str, value: &str) -> Result<String, String> {
    let nothing = || format!("it has nothing at {pointer}");
    let document = parsed(text)?;
    let Node::Scalar { place: Some(place), .. } = document.at(&tokens(pointer)).ok_or_else(nothing)? else {
        return Err(format!("what stands at {pointer} isn't a value on one line: write it so"));
    };
    let (before, rest) = (text.get(..place.start).ok_or_else(nothing)?, text.get(place.end..).ok_or_else(nothing)?);
    let changed = format!("{before}{}{rest}", Value::from(value));
    // nothing else may mean something else
    let mut expected = document.value();
    *expected.pointer_mut(pointer).ok_or_else(nothing)? = value.into();
    match read(&changed) {
        Ok(found) if found == expected => Ok(changed),
        Ok(_) | Err(_) => Err(format!("what stands at {pointer} can't be replaced by itself: write it in quotes")),
    }
}

/// What stands somewhere; the places of values are in bytes.
#[derive(Debug)]
enum Node {
    Table(Vec<(String, Node)>),
    List(Vec<Node>),
    Scalar { value: Value, place: Option<Range<usize>> },
}

impl Node {
    fn value(&self) -> Value {
        match self {
            Self::Table(fields) => {
                Value::Object(fields.iter().map(|(key, node)| (key.clone(), node.value())).collect::<Map<_, _>>())
            }
            Self::List(items) => Value::Array(items.iter().map(Node::value).collect()),
            Self::Scalar { value, .. } => value.clone(),
        }
    }

    fn at(&self, tokens: &[String]) -> Option<&Self> {
        let Some((token, rest)) = tokens.split_first() else { return Some(self) };
        let below = match self {
            Self::Table(fields) => fields.iter().find(|(key, _)| key == token).map(|(_, node)| node),
            Self::List(items) => token.parse::<usize>().ok().and_then(|index| items.get(index)),
            Self::Scalar { .. } => None,
        };
        below?.at(rest)
    }
}

/// A table or list that isn't complete.
enum Open {
    Table { fields: Vec<(String, Node)>, key: Option<String> },
    List(Vec<Node>),
}

fn parsed(text: &str) -> Result<Node, String> {
    let bytes: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let mut open: Vec<Open> = Vec::new();
    let mut whole = None;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| format!("it isn't YAML: {error}"))?;
        let plain = |anchor: usize, tagged: bool| {
            let line = span.start.line();
            (anchor == 0 && !tagged).then_some(()).ok_or_else(|| format!("line {line}: anchors and tags aren't read"))
        };
        let node = match event {
            Event::MappingStart(anchor, tag) => {
                plain(anchor, tag.is_some())?;
                open.push(Open::Table { fields: Vec::new(), key: None });
                None
            }
            Event::SequenceStart(anchor, tag) => {
                plain(anchor, tag.is_some())?;
                open.push(Open::List(Vec::new()));
                None
            }
            Event::MappingEnd | Event::SequenceEnd => open.pop().map(Open::closed),
            Event::Scalar(said, style, anchor, tag) => {
                plain(anchor, tag.is_some())?;
                let at = |index: usize| bytes.get(index).copied().unwrap_or(text.len());
                let place = at(span.start.index())..at(span.end.index());
                Some(Node::Scalar { value: scalar(&said, style), place: one_line(text, place, style) })
            }
            Event::Alias(_) => return Err(format!("line {}: an alias isn't read", span.start.line())),
            Event::DocumentStart(_) if whole.is_some() => return Err("it holds several documents".to_owned()),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {
                None
            }
        };
        if open.len() > DEEPEST {
            return Err(format!("it is more than {DEEPEST} levels deep"));
        }
        let Some(node) = node else { continue };
        match open.last_mut() {
            None => whole = Some(node),
            Some(Open::List(items)) => items.push(node),
            Some(Open::Table { fields, key }) => match key.take() {
                None => *key = Some(key_of(node, fields, span.start.line())?),
                Some(name) => fields.push((name, node)),
            },
        }
    }
    whole.ok_or_else(|| "it is empty".to_owned())
}

impl Open {
    fn closed(self) -> Node {
        match self {
            Self::Table { fields, .. } => Node::Table(fields),
            Self::List(items) => Node::List(items),
        }
    }
}

fn key_of(node: Node, fields: &[(String, Node)], line: usize) -> Result<String, String> {
    let Node::Scalar { value, .. } = node else { return Err(format!("line {line}: a key is a text")) };
    let key = crate::plan::flag::text(&value);
    // readers differ in which of two counts
    if fields.iter().any(|(other, _)| *other == key) {
        return Err(format!("line {line}: the key {key:?} stands twice"));
    }
    Ok(key)
}

/// Where a value stands that can be replaced by a text in quotes.
fn one_line(text: &str, place: Range<usize>, style: ScalarStyle) -> Option<Range<usize>> {
    let written = text.get(place.clone())?;
    // what the parser calls the end lies past spaces and comments
    let length = match style {
        ScalarStyle::Plain => written.trim_end().len(),
        ScalarStyle::SingleQuoted => quoted(written, '\'')?,
        ScalarStyle::DoubleQuoted => quoted(written, '"')?,
        ScalarStyle::Literal | ScalarStyle::Folded => return None,
    };
    let one = written.get(..length).filter(|one| !one.is_empty() && !one.contains('\n'))?;
    Some(place.start..place.start + one.len())
}

/// How long a text in quotes is, with them.
fn quoted(written: &str, quote: char) -> Option<usize> {
    let mut characters = written.char_indices().peekable();
    characters.next().filter(|(_, first)| *first == quote)?;
    while let Some((at, character)) = characters.next() {
        if character == '\\' && quote == '"' {
            characters.next();
        } else if character == quote {
            // in single quotes one stands for itself by standing twice
            match characters.peek() {
                Some((_, '\'')) if quote == '\'' => drop(characters.next()),
                Some(_) | None => return Some(at + 1),
            }
        }
    }
    None
}

/// A value by the core schema.
fn scalar(said: &str, style: ScalarStyle) -> Value {
    if style != ScalarStyle::Plain {
        return said.into();
    }
    match said {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => true.into(),
        "false" | "False" | "FALSE" => false.into(),
        number if number.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) => {
            serde_json::from_str(number.trim_start_matches('+')).unwrap_or_else(|_| number.into())
        }
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# ours, é\nflags:\n  m3: { state: off, 'who': \"all\" }   # now\n  list:\n    - a\n    - 'b' # second\n  n: 1\n  long: |\n    two\n    lines\n";

    #[test]
    fn one_value_changes_and_every_other_byte_stays() {
        assert_eq!(with(TEXT, "/flags/m3/state", "on").unwrap(), TEXT.replace("state: off", "state: \"on\""));
        assert_eq!(with(TEXT, "/flags/m3/who", "some").unwrap(), TEXT.replace("\"all\"", "\"some\""));
        assert_eq!(with(TEXT, "/flags/list/1", "c").unwrap(), TEXT.replace("'b'", "\"c\""));
        let odd = "a: 'it''s' # x\nb: \"q\\\"\" # y\n";
        assert_eq!(with(odd, "/a", "z").unwrap(), odd.replace("'it''s'", "\"z\""));
        assert_eq!(with(odd, "/b", "z").unwrap(), odd.replace("\"q\\\"\"", "\"z\""));
        assert_eq!(with(TEXT, "/flags/n", "x").unwrap(), TEXT.replace("n: 1", "n: \"x\""));
        for pointer in ["/flags", "/flags/none", "/flags/long", "/flags/list/7"] {
            assert!(with(TEXT, pointer, "x").is_err(), "{pointer}");
        }
        let document = read(TEXT).unwrap();
        assert_eq!(document["flags"]["m3"]["state"], "off");
        assert_eq!(document["flags"]["n"], 1);
    }

    #[test]
    fn what_readers_would_read_differently_is_refused() {
        for (text, why) in [
            ("a: &x off\nb: *x\n", "anchors"),
            ("a: !!str off\n", "tags"),
            ("a: 1\na: 2\n", "stands twice"),
            ("a: 1\n---\nb: 2\n", "several documents"),
            ("", "empty"),
            ("a: [", "isn't YAML"),
        ] {
            let said = read(text);
            assert!(said.as_ref().is_err_and(|said| said.contains(why)), "{text}: {said:?}");
        }
        assert!(read(&"[".repeat(100_000)).is_err());
        let bomb = format!("a: &a [x,x]\n{}", "b: [*a,*a]\n".repeat(20));
        assert!(read(&bomb).unwrap_err().contains("anchors"));
    }
}
