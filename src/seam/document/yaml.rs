//! YAML 1.2: one document, the core schema, anchors and merge keys. What aliases copy is counted before it is copied.

mod scalar;

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use super::build::{Builder, Wanted};
use super::table::Entry;
use super::{DocumentFault, Format, Limits, Node, Value};

/// The key whose tables are merged into the one it stands in.
const MERGE: &str = "<<";

pub(super) fn read(text: &str, limits: &Limits) -> Result<Node, DocumentFault> {
    let mut reader = Reader { builder: Builder::new(limits), anchored: HashMap::new(), open: Vec::new(), documents: 0 };
    let mut last_line = 1;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| malformed(error.marker().line(), error.info()))?;
        last_line = span.start.line();
        reader.event(event, last_line)?;
    }
    // an empty text is a document without a value, which no contract is
    reader.builder.finish().ok_or_else(|| malformed(last_line, "it is empty"))
}

fn malformed(line: usize, because: &str) -> DocumentFault {
    DocumentFault::Malformed { format: Format::Yaml, line, because: because.to_owned() }
}

struct Reader<'a> {
    builder: Builder<'a>,
    /// What stands at an anchor, and how many nodes that is.
    anchored: HashMap<usize, (Node, usize)>,
    /// The anchors of what isn't complete, 0 for none.
    open: Vec<usize>,
    documents: usize,
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>, line: usize) -> Result<(), DocumentFault> {
        match event {
            Event::DocumentStart(_) if self.documents > 0 => Err(DocumentFault::Documents { line }),
            Event::DocumentStart(_) => {
                self.documents += 1;
                Ok(())
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::SequenceStart(anchor, _) => {
                self.no_key(line)?;
                self.open.push(anchor);
                self.builder.start_list(line)
            }
            Event::MappingStart(anchor, _) => {
                self.no_key(line)?;
                self.open.push(anchor);
                self.builder.start_table(line)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let holds = self.builder.end_with(merged)?;
                let anchor = self.open.pop().unwrap_or_default();
                self.anchor(anchor, holds, line)
            }
            Event::Scalar(text, style, anchor, tag) => self.scalar(&text, style, anchor, tag.as_deref(), line),
            Event::Alias(anchor) => {
                self.no_key(line)?;
                match self.anchored.get(&anchor) {
                    Some((node, holds)) => self.builder.copy(node, *holds, line),
                    None => Err(malformed(line, "an alias names what holds itself")),
                }
            }
        }
    }

    /// Refuses what is no plain text where a key is wanted.
    fn no_key(&self, line: usize) -> Result<(), DocumentFault> {
        match self.builder.wanted() {
            Wanted::Key => Err(malformed(line, "a key is no plain text")),
            Wanted::Value => Ok(()),
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        line: usize,
    ) -> Result<(), DocumentFault> {
        if self.builder.wanted() == Wanted::Key {
            self.builder.key(text.to_owned(), line);
            return Ok(());
        }
        self.builder.value(scalar::meaning(text, style, tag), line)?;
        self.anchor(anchor, 1, line)
    }

    /// Keeps what was put last for the aliases to come.
    fn anchor(&mut self, anchor: usize, holds: usize, line: usize) -> Result<(), DocumentFault> {
        if anchor > 0
            && let Some(node) = self.builder.last()
        {
            let node = node.clone();
            self.builder.count_copies(holds, line)?;
            self.anchored.insert(anchor, (node, holds));
        }
        Ok(())
    }
}

/// A table with what its merge key names; its own keys win, and of several tables the first that has a key.
fn merged(builder: &mut Builder<'_>, entries: Vec<Entry>) -> Result<Vec<Entry>, DocumentFault> {
    let (merges, mut kept): (Vec<_>, Vec<_>) = entries
        .into_iter()
        .partition(|entry| entry.key == MERGE && matches!(entry.node.value, Value::Table(_) | Value::List(_)));
    for merge in merges {
        let tables = match merge.node.value {
            Value::List(items) => items,
            Value::Table(_) | Value::Null | Value::Truth(_) | Value::Number(_) | Value::Text(_) => vec![merge.node],
        };
        for table in &tables {
            let Some(table) = table.table() else {
                return Err(malformed(merge.line, "a merge key names what is no table"));
            };
            builder.count_copies(table.len(), merge.line)?;
            let have: std::collections::HashSet<String> = kept.iter().map(|entry| entry.key.clone()).collect();
            kept.extend(table.iter().filter(|entry| !have.contains(&entry.key)).cloned());
        }
    }
    Ok(kept)
}
