//! Keys and their nodes, in the order in which they were written, found by name.

use super::Node;

/// A key with its node.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// The line of the key.
    pub line: usize,
    /// What it names.
    pub node: Node,
}

/// A table: no key stands in it twice.
#[derive(Debug, Clone, Default)]
pub struct Table {
    entries: Vec<Entry>,
    /// Indices of the entries, by key.
    order: Vec<usize>,
}

impl Table {
    /// A table of entries, or the two that have the same key.
    pub(super) fn new(entries: Vec<Entry>) -> Result<Self, Box<(Entry, Entry)>> {
        let key = |at: usize| entries.get(at).map(|entry| entry.key.as_str());
        let mut order: Vec<usize> = (0..entries.len()).collect();
        // a stable order: of two equal keys the one that was written first comes first
        order.sort_by(|a, b| key(*a).cmp(&key(*b)));
        for pair in order.windows(2) {
            if let [first, again] = pair
                && key(*first) == key(*again)
                && let (Some(first), Some(again)) = (entries.get(*first), entries.get(*again))
            {
                return Err(Box::new((first.clone(), again.clone())));
            }
        }
        Ok(Self { entries, order })
    }

    /// The entry of a key.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        let found = self.order.binary_search_by(|at| self.entries.get(*at).map_or("", |entry| &entry.key).cmp(key));
        self.entries.get(*self.order.get(found.ok()?)?)
    }

    /// The entries, as they were written.
    pub fn iter(&self) -> std::slice::Iter<'_, Entry> {
        self.entries.iter()
    }

    /// Changes each entry; its key stays.
    pub(in crate::seam) fn each_mut(&mut self, change: impl FnMut(&mut Entry)) {
        self.entries.iter_mut().for_each(change);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl<'a> IntoIterator for &'a Table {
    type Item = &'a Entry;
    type IntoIter = std::slice::Iter<'a, Entry>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
