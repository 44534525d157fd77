//! `Gemfile`: Ruby, of which only a plain call of `gem` is understood.

use std::ops::Range;

use super::edit::Edit;
use super::{Format, Found, Odd, To};

pub(super) struct Gemfile;

/// Options that say where a gem comes from.
const SOURCE: [&str; 12] =
    ["git", "github", "gist", "bitbucket", "gitlab", "branch", "ref", "tag", "path", "glob", "submodules", "version"];
/// Blocks that say where the gems in them come from.
const BLOCKS: [&str; 3] = ["git", "path", "github"];

impl Format for Gemfile {
    fn is(&self, file: &str) -> bool {
        matches!(file, "Gemfile" | "gems.rb")
    }

    fn locks(&self, file: &str) -> Vec<String> {
        vec![if file == "gems.rb" { "gems.locked" } else { "Gemfile.lock" }.to_owned()]
    }

    fn find(&self, text: &str, to: To<'_>) -> Result<Found, Odd> {
        let mut found = Found::default();
        let mut blocks: Vec<bool> = Vec::new();
        let mut at = 0;
        while let Some(line) = text.get(at..).and_then(|rest| rest.split_inclusive('\n').next()) {
            let (start, mut next) = (at, at + line.len());
            let code = without_comment(line).trim();
            let first = code.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
            let opens = code.ends_with(" do") || (code.contains(" do |") && code.ends_with('|'));
            match first {
                "end" => {
                    blocks.pop();
                }
                "if" | "unless" | "case" | "begin" | "def" | "while" | "until" => blocks.push(false),
                "gem" => {
                    let begin = start + line.len() - line.trim_start().len() + "gem".len();
                    match Call::read(text, begin) {
                        Ok(call) if call.name == to.name => {
                            let line_start = begin - "gem".len();
                            if blocks.iter().any(|from| *from) {
                                let because = format!("{} stands in a block that says where it comes from", to.name);
                                return Err(Odd::at(line_start, because, outside(to)));
                            }
                            if found.places > 0 {
                                let because = format!("{} is asked for a second time", to.name);
                                return Err(Odd::at(line_start, because, format!("{} once", exact(to))));
                            }
                            next = next.max(line_end(text, call.end));
                            found.places += 1;
                            found.edits.extend(call.edit(text, to));
                        }
                        Ok(call) => next = next.max(line_end(text, call.end)),
                        Err(because) if mentions(text.get(begin..).unwrap_or_default(), to.name) => {
                            return Err(Odd::at(begin, because, exact(to)));
                        }
                        Err(_) => {}
                    }
                }
                _ if opens => blocks.push(BLOCKS.contains(&first)),
                _ => {}
            }
            at = next;
        }
        Ok(found)
    }
}

fn exact(to: To<'_>) -> String {
    format!("gem \"{}\", \"{}\"", to.name, to.version)
}

fn outside(to: To<'_>) -> String {
    format!("{} outside of the block", exact(to))
}

/// Whether the line at the beginning of a text has the name in quotes.
fn mentions(text: &str, name: &str) -> bool {
    let line = text.lines().next().unwrap_or_default();
    line.contains(&format!("\"{name}\"")) || line.contains(&format!("'{name}'"))
}

fn line_end(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |end| at + end + 1)
}

/// A line up to its comment.
fn without_comment(line: &str) -> &str {
    let mut quote = None;
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (None, '#') => return line.get(..at).unwrap_or(line),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
    }
    line
}

/// A call of `gem`.
struct Call {
    name: String,
    /// The quote that the name is written in.
    quote: char,
    /// Where the name ends, with its quote.
    after_name: usize,
    arguments: Vec<Argument>,
    /// Where the last argument ends.
    end: usize,
}

/// One argument after the name, without the comma before it.
struct Argument {
    range: Range<usize>,
    kind: Kind,
}

enum Kind {
    /// A version, without its quotes.
    Version(String),
    /// An option's key.
    Option(String),
}

impl Call {
    /// Reads a call from behind its `gem`.
    fn read(text: &str, at: usize) -> Result<Self, &'static str> {
        const CLEVER: &str = "this is more Ruby than is understood here";
        let mut reader = Reader { text, at };
        reader.spaces();
        let parenthesis = reader.eat('(');
        reader.blanks();
        let (name, quote) = reader.string().ok_or("the name is no plain text")?;
        let after_name = reader.at;
        let (mut arguments, mut end) = (Vec::new(), reader.at);
        loop {
            reader.spaces();
            if parenthesis {
                reader.blanks();
            }
            if !reader.eat(',') {
                break;
            }
            reader.blanks();
            let argument = reader.argument().ok_or(CLEVER)?;
            end = reader.at;
            arguments.push(argument);
        }
        if parenthesis && !reader.eat(')') {
            return Err(CLEVER);
        }
        reader.spaces();
        let rest = reader.rest().lines().next().unwrap_or_default();
        let rest = rest.trim();
        if rest.is_empty() || rest.starts_with('#') {
            return Ok(Self { name, quote, after_name, arguments, end: end.max(reader.at) });
        }
        Err(CLEVER)
    }

    fn edit(self, text: &str, to: To<'_>) -> Option<Edit> {
        let from_elsewhere = |argument: &&Argument| match &argument.kind {
            Kind::Version(_) => false,
            Kind::Option(key) => SOURCE.contains(&key.as_str()),
        };
        let versions: Vec<&str> = self
            .arguments
            .iter()
            .filter_map(|argument| match &argument.kind {
                Kind::Version(version) => Some(version.trim()),
                Kind::Option(_) => None,
            })
            .collect();
        if versions == [to.version] && !self.arguments.iter().any(|argument| from_elsewhere(&argument)) {
            return None;
        }
        let last = self.arguments.last().map_or(self.after_name, |argument| argument.range.end);
        let mut with = format!(", {q}{}{q}", to.version, q = self.quote);
        let mut at = self.after_name;
        let mut said = None;
        for argument in &self.arguments {
            // with the comma and the space before it
            let piece = text.get(at..argument.range.end).unwrap_or_default();
            let gone = matches!(argument.kind, Kind::Version(_)) || from_elsewhere(&argument);
            if gone {
                let said = said.get_or_insert_with(|| argument.range.clone());
                said.end = argument.range.end;
            } else {
                with.push_str(piece);
            }
            at = argument.range.end;
        }
        Some(Edit { range: self.after_name..last, with, said: said.or(Some(self.after_name..last)) })
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn spaces(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t']).len();
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn eat(&mut self, c: char) -> bool {
        let there = self.rest().starts_with(c);
        if there {
            self.at += c.len_utf8();
        }
        there
    }

    /// A plain text: one line, nothing filled in, nothing escaped.
    fn string(&mut self) -> Option<(String, char)> {
        let quote = self.rest().chars().next().filter(|c| "\"'".contains(*c))?;
        let rest = self.rest().get(1..)?;
        let end = rest.find(quote)?;
        let inside = rest.get(..end)?.to_owned();
        if inside.contains(['\n', '\\']) || inside.contains("#{") {
            return None;
        }
        self.at += end + 2;
        Some((inside, quote))
    }

    fn argument(&mut self) -> Option<Argument> {
        let start = self.at;
        if let Some((inside, _)) = self.string() {
            self.spaces();
            if self.rest().starts_with("=>") {
                self.at += 2;
                self.value()?;
                return Some(Argument { range: start..self.at, kind: Kind::Option(inside) });
            }
            let end = start + inside.len() + 2;
            self.at = end;
            return Some(Argument { range: start..end, kind: Kind::Version(inside) });
        }
        let symbol = self.eat(':');
        let rest = self.rest();
        let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let key = rest.get(..length).filter(|key| !key.is_empty())?.to_owned();
        self.at += length;
        if symbol {
            self.spaces();
            if !self.rest().starts_with("=>") {
                return None;
            }
            self.at += 2;
        } else if !self.eat(':') {
            return None;
        }
        self.value()?;
        Some(Argument { range: start..self.at, kind: Kind::Option(key) })
    }

    /// A value up to the comma, the parenthesis or the end of the line that ends it.
    fn value(&mut self) -> Option<()> {
        self.blanks();
        let (start, mut depth) = (self.at, 0_usize);
        while let Some(c) = self.rest().chars().next() {
            match c {
                '"' | '\'' => {
                    let rest = self.rest().get(1..)?;
                    let end = rest.find(c)?;
                    // an escaped quote, or code in the text
                    if rest.get(..end)?.contains('\\') || rest.get(..end)?.contains("#{") {
                        return None;
                    }
                    self.at += end + 2;
                    continue;
                }
                '[' | '{' | '(' => depth += 1,
                ')' | ']' | '}' if depth > 0 => depth -= 1,
                ')' | ',' | '#' | '\n' if depth == 0 => break,
                _ => {}
            }
            self.at += c.len_utf8();
        }
        let value = self.text.get(start..self.at)?;
        let trimmed = value.trim_end();
        self.at = start + trimmed.len();
        let conditional = trimmed.split_whitespace().any(|word| matches!(word, "if" | "unless" | "do" | "and" | "or"));
        (!trimmed.is_empty() && depth == 0 && !conditional).then_some(())
    }
}
