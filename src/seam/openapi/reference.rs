//! References: `$ref` to a place in the same document. Others are told, never followed.

use super::{Contract, Place, Version};
use crate::seam::document::Pointer;

/// The most references that lead from one to the next.
const LONGEST_CHAIN: usize = 32;

/// Why it isn't known what stands somewhere.
#[derive(Debug, Clone)]
pub(super) struct Doubt<'a> {
    pub(super) place: Place<'a>,
    pub(super) because: String,
}

/// What is known; what isn't is told.
pub(super) fn known<'a, T: Default>(asked: Result<T, Doubt<'a>>, doubts: &mut Vec<Doubt<'a>>) -> T {
    asked.unwrap_or_else(|doubt| {
        doubts.push(doubt);
        T::default()
    })
}

/// Whether a key may be left out: whoever writes it means nothing that others must read.
pub(super) fn is_extension(key: &str) -> bool {
    key.starts_with("x-")
}

impl<'a> Contract<'a> {
    /// What a reference leads to, and the place itself where it is none.
    pub(super) fn resolve(&self, place: Place<'a>) -> Result<Place<'a>, Doubt<'a>> {
        self.resolve_by(place, |_| Ok(()))
    }

    /// The same for a table.
    pub(super) fn resolve_table(&self, place: Place<'a>) -> Result<Place<'a>, Doubt<'a>> {
        let found = self.resolve(place)?;
        found.is_table().map(|()| found)
    }

    /// The same for a table in which nothing may stand beside a reference, because readers differ in what becomes of it.
    pub(super) fn resolve_alone(&self, place: Place<'a>) -> Result<Place<'a>, Doubt<'a>> {
        let found = self.resolve_by(place, |at| {
            let says = |(key, _): &(&str, _)| !matches!(*key, "$ref" | "summary" | "description") && !is_extension(key);
            match at.entries().into_iter().find(says) {
                Some((key, beside)) => Err(beside.doubt(format!("`{key}` stands beside a `$ref`"))),
                None => Ok(()),
            }
        })?;
        found.is_table().map(|()| found)
    }

    /// Follows references as long as each of them may be followed.
    fn resolve_by(
        &self,
        place: Place<'a>,
        may: impl Fn(&Place<'a>) -> Result<(), Doubt<'a>>,
    ) -> Result<Place<'a>, Doubt<'a>> {
        let mut at = place.clone();
        for _ in 0..LONGEST_CHAIN {
            match self.follow(&at)? {
                None => return Ok(at),
                Some(next) => {
                    may(&at)?;
                    at = next;
                }
            }
        }
        Err(Doubt { place, because: "its references lead in a circle".to_owned() })
    }

    /// What the reference at a place leads to; `None` where there is no reference.
    pub(super) fn follow(&self, place: &Place<'a>) -> Result<Option<Place<'a>>, Doubt<'a>> {
        let Some(written) = place.node.get("$ref") else { return Ok(None) };
        let doubt = |because: String| place.doubt(because);
        let Some(written) = written.text() else {
            return Err(doubt(format!("its `$ref` is {}, not a text", written.value.kind())));
        };
        let shown: String = written.chars().take(120).collect();
        let Some(fragment) = written.strip_prefix('#') else {
            return Err(doubt(format!("{shown:?} leads out of the document, which isn't followed")));
        };
        let pointer: Pointer = percent_decoded(fragment)
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| doubt(format!("{shown:?} is no JSON pointer")))?;
        match pointer.find(self.root) {
            Some(node) => Ok(Some(Place { node, pointer, is_chosen: place.is_chosen })),
            None => Err(doubt(format!("{shown:?} leads nowhere"))),
        }
    }

    /// Where a schema that is nothing but a reference leads to; the place itself where that isn't known.
    pub(super) fn landing(&self, place: &Place<'a>) -> Place<'a> {
        let is_alone = |place: &Place<'a>| {
            let says_nothing = |key: &str| matches!(key, "$ref" | "description" | "summary");
            self.version() != Version::ThreeOne || place.entries().iter().all(|(key, _)| says_nothing(key))
        };
        let mut at = place.clone();
        for _ in 0..LONGEST_CHAIN {
            match self.follow(&at) {
                Ok(Some(next)) if is_alone(&at) => at = next,
                Ok(_) | Err(_) => return at,
            }
        }
        place.clone()
    }

    /// The name of the schema that a reference leads to.
    pub(super) fn named(&self, place: &Place<'a>) -> Option<String> {
        let to = self.follow(place).ok()??;
        self.name_of(&to)
    }

    /// The name of a schema, if the place is that of a named one.
    pub(super) fn name_of(&self, place: &Place<'a>) -> Option<String> {
        let above = self.schemas()?.pointer;
        let name = place.pointer.keys().last()?;
        (above.child(name) == place.pointer).then(|| name.to_owned())
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}
