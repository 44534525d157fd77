//! Puts a tree together from what a parser meets, and keeps to the limits while doing so. It knows no format.

use super::table::{Entry, Table};
use super::{DocumentFault, Limits, Node, Value};

/// A list or table that isn't complete yet.
struct Open {
    line: usize,
    /// Nodes that there were before it.
    before: usize,
    kind: Kind,
}

enum Kind {
    List(Vec<Node>),
    Table { entries: Vec<Entry>, key: Option<(String, usize)> },
}

/// What is wanted next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Key,
    Value,
}

/// A tree in the making.
pub(super) struct Builder<'a> {
    limits: &'a Limits,
    nodes: usize,
    copies: usize,
    open: Vec<Open>,
    root: Option<Node>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        Self { limits, nodes: 0, copies: 0, open: Vec::new(), root: None }
    }

    /// Whether the next text is a key.
    pub(super) fn wanted(&self) -> Wanted {
        match self.open.last() {
            Some(Open { kind: Kind::Table { key: None, .. }, .. }) => Wanted::Key,
            _ => Wanted::Value,
        }
    }

    pub(super) fn start_list(&mut self, line: usize) -> Result<(), DocumentFault> {
        self.start(line, Kind::List(Vec::new()))
    }

    pub(super) fn start_table(&mut self, line: usize) -> Result<(), DocumentFault> {
        self.start(line, Kind::Table { entries: Vec::new(), key: None })
    }

    pub(super) fn key(&mut self, text: String, line: usize) {
        if let Some(Open { kind: Kind::Table { key, .. }, .. }) = self.open.last_mut() {
            *key = Some((text, line));
        }
    }

    pub(super) fn value(&mut self, value: Value, line: usize) -> Result<(), DocumentFault> {
        self.count(1)?;
        self.put(Node { line, value });
        Ok(())
    }

    /// Puts a copy of a node that holds so many.
    pub(super) fn copy(&mut self, node: &Node, holds: usize, line: usize) -> Result<(), DocumentFault> {
        self.count(holds)?;
        self.count_copies(holds, line)?;
        self.put(node.clone());
        Ok(())
    }

    /// Counts nodes that are copied elsewhere, before they are.
    pub(super) fn count_copies(&mut self, holds: usize, line: usize) -> Result<(), DocumentFault> {
        self.copies = self.copies.saturating_add(holds);
        if self.copies > self.limits.copies {
            return Err(DocumentFault::TooManyCopies { line, most: self.limits.copies });
        }
        Ok(())
    }

    /// Ends the innermost list or table; tells how many nodes it holds.
    pub(super) fn end(&mut self) -> Result<usize, DocumentFault> {
        self.end_with(|_, entries| Ok(entries))
    }

    /// Ends the innermost list or table; what is to become of a table's entries is said.
    pub(super) fn end_with(
        &mut self,
        finish: impl FnOnce(&mut Self, Vec<Entry>) -> Result<Vec<Entry>, DocumentFault>,
    ) -> Result<usize, DocumentFault> {
        let Some(Open { line, before, kind }) = self.open.pop() else { return Ok(0) };
        let value = match kind {
            Kind::List(items) => Value::List(items),
            Kind::Table { entries, .. } => {
                let table = Table::new(finish(self, entries)?).map_err(|twice| {
                    let (first, again) = *twice;
                    DocumentFault::Duplicate { key: first.key, first: first.line, line: again.line }
                })?;
                Value::Table(table)
            }
        };
        self.put(Node { line, value });
        Ok(self.nodes - before)
    }

    /// What was put last.
    pub(super) fn last(&self) -> Option<&Node> {
        match self.open.last() {
            Some(Open { kind: Kind::List(items), .. }) => items.last(),
            Some(Open { kind: Kind::Table { entries, .. }, .. }) => entries.last().map(|entry| &entry.node),
            None => self.root.as_ref(),
        }
    }

    pub(super) fn finish(self) -> Option<Node> {
        self.root
    }

    fn start(&mut self, line: usize, kind: Kind) -> Result<(), DocumentFault> {
        let before = self.nodes;
        self.count(1)?;
        if self.open.len() >= self.limits.depth {
            return Err(DocumentFault::TooDeep { line, most: self.limits.depth });
        }
        self.open.push(Open { line, before, kind });
        Ok(())
    }

    fn count(&mut self, more: usize) -> Result<(), DocumentFault> {
        self.nodes = self.nodes.saturating_add(more);
        if self.nodes > self.limits.nodes {
            return Err(DocumentFault::TooMany { most: self.limits.nodes });
        }
        Ok(())
    }

    fn put(&mut self, node: Node) {
        match self.open.last_mut() {
            Some(Open { kind: Kind::List(items), .. }) => items.push(node),
            Some(Open { kind: Kind::Table { entries, key }, .. }) => {
                if let Some((key, line)) = key.take() {
                    entries.push(Entry { key, line, node });
                }
            }
            None => self.root = Some(node),
        }
    }
}
