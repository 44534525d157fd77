//! The field names of a recorded answer: what an API really said, whatever its schema says. The answer may be one object or a
//! list of them; what lies deeper in it is another answer.

use std::collections::BTreeSet;

use crate::seam::Found;
use crate::seam::document::{Document, Node, Pointer};

pub(super) fn found(document: &Document, pointer: &str) -> Result<Vec<Found>, String> {
    let parsed: Pointer = pointer.parse().map_err(|fault| format!("{fault}"))?;
    let node =
        document.at(&parsed).ok_or_else(|| format!("nothing was recorded at {pointer:?}: correct `recorded`"))?;
    let mut told = BTreeSet::new();
    let mut all = Vec::new();
    for answer in node.list().unwrap_or(std::slice::from_ref(node)) {
        let fields = fields(answer).ok_or_else(|| {
            format!("line {} holds {} where an object was recorded", answer.line, answer.value.kind())
        })?;
        all.extend(fields.into_iter().filter(|field| told.insert(field.text.clone())));
    }
    Ok(all)
}

fn fields(answer: &Node) -> Option<Vec<Found>> {
    let entries = answer.table()?.iter();
    Some(entries.map(|entry| Found { text: entry.key.clone(), line: entry.line }).collect())
}
