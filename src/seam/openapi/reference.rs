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

impl<'a> Contract<'a> {
    /// What a reference leads to, and the place itself where it is none.
    pub(super) fn resolve(&self, place: Place<'a>) -> Result<Place<'a>, Doubt<'a>> {
        let mut at = place.clone();
        for _ in 0..LONGEST_CHAIN {
            match self.follow(&at)? {
                None => return Ok(at),
                Some(next) => at = next,
            }
        }
        Err(Doubt { place, because: "its references lead in a circle".to_owned() })
    }

    /// What the reference at a place leads to; `None` where there is no reference.
    pub(super) fn follow(&self, place: &Place<'a>) -> Result<Option<Place<'a>>, Doubt<'a>> {
        let Some(written) = place.text("$ref") else { return Ok(None) };
        let doubt = |because: String| Doubt { place: place.clone(), because };
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
