//! What a line says of a name that stands on it: where a value begins after it, and where that ends.

use super::is_part;

/// What is said of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said<'t> {
    /// Nothing: it is used, or only mentioned.
    Nothing,
    /// It is given a value.
    Value {
        /// As it is written.
        written: &'t str,
        /// Whether nothing stands behind it on its line.
        is_last: bool,
        /// How it stands there.
        how: How,
    },
    /// It is given a value that depends on something else.
    Other(&'t str),
}

/// How a value stands with its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// It is given to it by a `=`.
    Given,
    /// It stands beside it: it may be a type, or an argument.
    Beside,
}

impl Said<'_> {
    fn given(self) -> Self {
        match self {
            Self::Value { written, is_last, .. } => Self::Value { written, is_last, how: How::Given },
            Self::Nothing | Self::Other(_) => self,
        }
    }
}

/// Says what stands behind a name, with `//` dividing or beginning a comment.
pub(super) fn said<'t>(before: &str, after: &'t str, divides: bool) -> Said<'t> {
    // `${NAME:-5}`: what the environment says comes first
    if before.ends_with("${") {
        return if after.starts_with('}') { Said::Nothing } else { Said::Other(after) };
    }
    if before.ends_with('<')
        && let Some(element) = after.strip_prefix('>')
    {
        let written = element.split('<').next().unwrap_or_default();
        return Said::Value { written, is_last: false, how: How::Beside };
    }
    let is_quoted = before.ends_with(['"', '\'', '`']);
    let after = if is_quoted { after.strip_prefix(['"', '\'', '`']).unwrap_or(after) } else { after };
    let after = after.strip_prefix(']').unwrap_or(after);
    let after = after.strip_prefix(['?', '!']).filter(|rest| rest.starts_with(':')).unwrap_or(after);
    let (rest, is_apart) = (after.trim_start(), after.starts_with(char::is_whitespace));
    if ["==", "=~", "::"].iter().any(|other| rest.starts_with(other)) {
        return Said::Nothing;
    }
    if let Some(value) = rest.strip_prefix("=>") {
        return cut(value, divides);
    }
    if let Some(value) = [":=", "="].iter().find_map(|sign| rest.strip_prefix(sign)) {
        return cut(value, divides).given();
    }
    if let Some(typed) = rest.strip_prefix(':') {
        return after_its_type(typed, divides);
    }
    if rest.trim_start_matches(['+', '-', '*', '/', '%', '|', '&', '^', '?', '<', '>', '.']).starts_with('=') {
        return if rest.starts_with(['<', '>']) && !rest.starts_with("<<=") && !rest.starts_with(">>=") {
            Said::Nothing
        } else {
            Said::Other(rest)
        };
    }
    if let Some(argument) = rest.strip_prefix(',') {
        return argument_of(argument, divides);
    }
    if let Some(argument) = rest.strip_prefix('(') {
        return called(argument, divides);
    }
    let is_plain = rest.trim_start_matches(['"', '\'']).starts_with(|c: char| c.is_ascii_digit());
    let is_defined = before.trim_end().ends_with("define");
    if is_apart && (is_plain || is_defined) { cut(rest, divides) } else { Said::Nothing }
}

/// `NAME: type = 3` or `NAME: 3`.
fn after_its_type(typed: &str, divides: bool) -> Said<'_> {
    let mut depth = 0_usize;
    for (at, c) in typed.char_indices() {
        match c {
            '(' | '[' | '{' | '<' => depth += 1,
            ')' | ']' | '}' | '>' => depth = depth.saturating_sub(1),
            '=' if depth == 0 => {
                let (kind, value) = (typed.get(..at).unwrap_or_default(), typed.get(at + 1..).unwrap_or_default());
                let is_type = kind.trim_start().starts_with(|c: char| c.is_alphabetic() || "&'_".contains(c));
                if is_type && !value.starts_with(['=', '>', '~']) {
                    return cut(value, divides).given();
                }
                break;
            }
            ',' | ';' | '"' | '#' if depth == 0 => break,
            _ => {}
        }
    }
    cut(typed, divides)
}

/// What stands beside a name among the arguments of a call; `other=3` is the value of another name.
fn argument_of(argument: &str, divides: bool) -> Said<'_> {
    let word = argument.trim_start().trim_start_matches(is_part);
    let is_named = word.len() < argument.trim_start().len() && word.trim_start().starts_with(['=', ':']);
    if is_named { Said::Nothing } else { cut(argument, divides) }
}

/// `NAME(3)`; what is made of it afterwards isn't known.
fn called(argument: &str, divides: bool) -> Said<'_> {
    let said = argument_of(argument, divides);
    let Said::Value { written, .. } = said else { return said };
    let begins = argument.find(written).unwrap_or_default();
    let behind = argument.get(begins + written.len()..).unwrap_or_default().trim_start();
    let then = behind.strip_prefix(')').unwrap_or_default().trim_start();
    let is_changed =
        then.starts_with(['*', '/', '+', '-', '%', '<', '>', '&', '|', '^', '?']) && !then.starts_with("//");
    let is_changed = is_changed && !then.starts_with("/*") && !then.starts_with("->");
    if is_changed { Said::Other(argument) } else { Said::Value { written, is_last: false, how: How::Beside } }
}

/// A value up to its end: a comment, a bracket or a sign that closes it.
fn cut(value: &str, divides: bool) -> Said<'_> {
    let value = value.trim_start();
    if let Some(quote) = value.chars().next().filter(|c| ['"', '\'', '`'].contains(c)) {
        return quoted(value, quote, divides);
    }
    let (mut depth, mut before) = (0_usize, ' ');
    for (at, c) in value.char_indices() {
        let rest = value.get(at..).unwrap_or_default();
        let ends = match c {
            '(' | '[' | '{' => {
                depth += 1;
                false
            }
            ')' | ']' | '}' if depth > 0 => {
                depth -= 1;
                false
            }
            ')' | ']' | '}' | ';' | '"' | '\'' | '`' if depth == 0 => true,
            // `1,000` is one number to some and two to others
            ',' if depth == 0 => !(before.is_ascii_digit() && rest.get(1..).is_some_and(starts_with_digit)),
            _ => depth == 0 && (is_comment(rest, before, divides) || rest.starts_with("</") || is_next(rest)),
        };
        if ends {
            return Said::Value {
                written: value.get(..at).unwrap_or_default().trim_end(),
                is_last: false,
                how: How::Beside,
            };
        }
        before = c;
    }
    Said::Value { written: value.trim_end(), is_last: true, how: How::Beside }
}

fn quoted(value: &str, quote: char, divides: bool) -> Said<'_> {
    let inside = value.get(1..).unwrap_or_default();
    let Some((written, behind)) = inside.split_once(quote) else { return Said::Other(value) };
    let behind = behind.trim_start();
    let is_closed = behind.is_empty()
        || behind.starts_with([',', ';', ')', ']', '}', '>', '/', '"', '\'', '`'])
        || is_comment(behind, ' ', divides)
        || is_attribute(behind);
    let is_divided = behind.starts_with('/') && !is_comment(behind, ' ', divides) && !behind.starts_with("/>");
    if is_closed && !is_divided {
        Said::Value { written, is_last: false, how: How::Beside }
    } else {
        Said::Other(value)
    }
}

fn is_comment(rest: &str, before: char, divides: bool) -> bool {
    let is_apart = before.is_whitespace();
    (rest.starts_with("//") && !divides)
        || rest.starts_with("/*")
        || (is_apart && (rest.starts_with('#') || rest.starts_with("--")))
}

/// Whether another assignment follows: `ENV A=5 B=3`.
fn is_next(rest: &str) -> bool {
    rest.strip_prefix(' ').is_some_and(is_attribute)
}

fn is_attribute(text: &str) -> bool {
    let after = text.trim_start_matches(|c| is_part(c) || c == '-');
    let is_name = after.len() < text.len() && text.starts_with(|c: char| c.is_alphabetic() || c == '_');
    is_name && after.strip_prefix('=').is_some_and(|value| !value.starts_with('='))
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}
