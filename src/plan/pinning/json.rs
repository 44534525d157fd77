//! Finds the texts of a JSON document with their places in the file, which no parser here tells.

use std::ops::Range;

use super::Odd;

/// A member whose value is a text.
#[derive(Debug)]
pub(super) struct Member {
    /// The keys that lead to it.
    pub(super) path: Vec<String>,
    /// The value.
    pub(super) value: String,
    /// Where the value is, with its quotes.
    pub(super) range: Range<usize>,
}

/// All members whose value is a text, in any depth; what lies in lists is left out.
pub(super) fn texts(text: &str) -> Result<Vec<Member>, Odd> {
    // also bounds the depth
    let _: serde_json::Value = serde_json::from_str(text).map_err(|error| Odd::Unreadable(error.to_string()))?;
    let mut reader = Reader { text, at: 0, path: Vec::new(), found: Vec::new() };
    reader.value().ok_or_else(|| Odd::Unreadable("its places can't be told".to_owned()))?;
    Ok(reader.found)
}

/// A text that is known to be JSON, while it is gone through.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    /// The keys on the way; none stands for a place in a list.
    path: Vec<Option<String>>,
    found: Vec<Member>,
}

impl Reader<'_> {
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn string(&mut self) -> Option<(String, Range<usize>)> {
        let start = self.at;
        self.eat(b'"')?;
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.at)? {
                b'\\' => self.at += 2,
                b'"' => break,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        let range = start..self.at;
        Some((serde_json::from_str(self.text.get(range.clone())?).ok()?, range))
    }

    fn value(&mut self) -> Option<()> {
        match self.peek()? {
            b'{' => self.list(b'{', b'}'),
            b'[' => self.list(b'[', b']'),
            b'"' => {
                let (value, range) = self.string()?;
                if let Some(path) = self.path.iter().cloned().collect() {
                    self.found.push(Member { path, value, range });
                }
                Some(())
            }
            _ => {
                let rest = self.text.get(self.at..)?;
                let end = rest.find(|c: char| c.is_whitespace() || ",]}".contains(c)).unwrap_or(rest.len());
                self.at += end;
                Some(())
            }
        }
    }

    fn list(&mut self, open: u8, close: u8) -> Option<()> {
        self.eat(open)?;
        while self.peek()? != close {
            let key = if open == b'{' {
                let (key, _) = self.string()?;
                self.eat(b':')?;
                Some(key)
            } else {
                None
            };
            self.path.push(key);
            self.value()?;
            self.path.pop();
            if self.peek()? == b',' {
                self.at += 1;
            }
        }
        self.eat(close)
    }
}
