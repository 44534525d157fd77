//! JSON as RFC 8259 has it, with lines. Texts with escapes and odd characters are left to `serde_json`.

use super::build::Builder;
use super::{DocumentFault, Format, Limits, Node, Number, Value};

pub(super) fn read(text: &str, limits: &Limits) -> Result<Node, DocumentFault> {
    let mut reader = Reader { text, at: 0, line: 1, builder: Builder::new(limits) };
    reader.value()?;
    reader.space();
    if reader.peek().is_some() {
        return Err(reader.fault("something stands after its end"));
    }
    let line = reader.line;
    reader.builder.finish().ok_or_else(|| malformed(line, "it is empty"))
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    builder: Builder<'a>,
}

fn malformed(line: usize, because: impl Into<String>) -> DocumentFault {
    DocumentFault::Malformed { format: Format::Json, line, because: because.into() }
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn fault(&self, because: &str) -> DocumentFault {
        match self.peek() {
            None => malformed(self.line, "it ends in the middle"),
            Some(_) => malformed(self.line, because),
        }
    }

    fn space(&mut self) {
        while let Some(byte @ (b' ' | b'\t' | b'\r' | b'\n')) = self.peek() {
            self.line += usize::from(byte == b'\n');
            self.at += 1;
        }
    }

    /// Takes a byte, if it is the next one after spaces.
    fn take(&mut self, wanted: u8) -> bool {
        self.space();
        let is_there = self.peek() == Some(wanted);
        self.at += usize::from(is_there);
        is_there
    }

    /// Reads a value; it calls itself no deeper than the builder allows.
    fn value(&mut self) -> Result<(), DocumentFault> {
        self.space();
        let line = self.line;
        match self.peek() {
            Some(b'{') => self.table(),
            Some(b'[') => self.list(),
            Some(b'"') => {
                let text = self.string()?;
                self.builder.value(Value::Text(text), line)
            }
            Some(b'-' | b'0'..=b'9') => {
                let number = self.number()?;
                self.builder.value(Value::Number(Number::new(number)), line)
            }
            Some(b't' | b'f' | b'n') => {
                let value = self.word()?;
                self.builder.value(value, line)
            }
            _ => Err(self.fault("no value starts like this")),
        }
    }

    fn table(&mut self) -> Result<(), DocumentFault> {
        self.builder.start_table(self.line)?;
        self.at += 1;
        if !self.take(b'}') {
            loop {
                self.space();
                if self.peek() != Some(b'"') {
                    return Err(self.fault("a key in quotes is missing"));
                }
                let line = self.line;
                let key = self.string()?;
                if !self.take(b':') {
                    return Err(self.fault("a colon is missing"));
                }
                self.builder.key(key, line);
                self.value()?;
                if self.take(b'}') {
                    break;
                }
                if !self.take(b',') {
                    return Err(self.fault("a comma or a closing brace is missing"));
                }
            }
        }
        self.builder.end().map(|_| ())
    }

    fn list(&mut self) -> Result<(), DocumentFault> {
        self.builder.start_list(self.line)?;
        self.at += 1;
        if !self.take(b']') {
            loop {
                self.value()?;
                if self.take(b']') {
                    break;
                }
                if !self.take(b',') {
                    return Err(self.fault("a comma or a closing bracket is missing"));
                }
            }
        }
        self.builder.end().map(|_| ())
    }

    fn string(&mut self) -> Result<String, DocumentFault> {
        let start = self.at;
        let mut end = start + 1;
        let mut is_plain = true;
        loop {
            match self.text.as_bytes().get(end) {
                None => return Err(malformed(self.line, "it ends in the middle")),
                Some(b'"') => break,
                Some(b'\\') => {
                    is_plain = false;
                    end += 2;
                }
                Some(0..0x20) => return Err(malformed(self.line, "a text holds a control character")),
                Some(_) => end += 1,
            }
        }
        self.at = end + 1;
        let quoted = self.text.get(start..=end).unwrap_or_default();
        if is_plain {
            return Ok(quoted.trim_matches('"').to_owned());
        }
        serde_json::from_str(quoted).map_err(|_| malformed(self.line, "a text holds an escape that is none"))
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Result<&'a str, DocumentFault> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        let starts_with_zero = self.peek() == Some(b'0');
        let whole = self.digits();
        let mut is_sound = whole > 0 && !(starts_with_zero && whole > 1);
        if self.peek() == Some(b'.') {
            self.at += 1;
            is_sound &= self.digits() > 0;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            is_sound &= self.digits() > 0;
        }
        match self.text.get(start..self.at) {
            Some(written) if is_sound => Ok(written),
            _ => Err(malformed(self.line, "a number is written as none is")),
        }
    }

    fn word(&mut self) -> Result<Value, DocumentFault> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        for (word, value) in [("true", Value::Truth(true)), ("false", Value::Truth(false)), ("null", Value::Null)] {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.fault("no value starts like this"))
    }
}
