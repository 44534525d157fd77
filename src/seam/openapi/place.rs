//! A node and where it stands, so that it can be quoted.

use std::fmt;

use super::reference::Doubt;
use crate::seam::document::{Node, Pointer, Value};

/// Why a whole list or table isn't known: those who follow a reference in its place don't agree on what it leads to.
const ELSEWHERE: &str = "a `$ref` stands for all of it, which isn't followed here";

/// A node of a contract and the pointer to it.
#[derive(Debug, Clone)]
pub struct Place<'a> {
    /// The node.
    pub node: &'a Node,
    /// Where it stands.
    pub pointer: Pointer,
    /// Whether its alternatives are left out, because one of them was chosen.
    pub(super) is_chosen: bool,
}

/// Where something stands, without it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// The pointer.
    pub pointer: Pointer,
    /// The line, from 1.
    pub line: usize,
}

impl<'a> Place<'a> {
    pub(super) fn new(node: &'a Node, pointer: Pointer) -> Self {
        Self { node, pointer, is_chosen: false }
    }

    /// What a key names below it.
    pub(super) fn child(&self, key: &str) -> Option<Self> {
        Some(Self::new(self.node.get(key)?, self.pointer.child(key)))
    }

    /// Its items, where it should be a list.
    pub(super) fn list(&self) -> Result<Vec<Self>, Doubt<'a>> {
        match &self.node.value {
            Value::List(_) => Ok(self.items()),
            Value::Table(table) if table.get("$ref").is_some() => Err(self.doubt(ELSEWHERE)),
            other => Err(self.doubt(format!("{} stands where a list is read", other.kind()))),
        }
    }

    /// Its entries, where it should be a table.
    pub(super) fn table(&self) -> Result<Vec<(&'a str, Self)>, Doubt<'a>> {
        self.is_table().map(|()| self.entries())
    }

    /// Whether it is a table, and stands here.
    pub(super) fn is_table(&self) -> Result<(), Doubt<'a>> {
        match &self.node.value {
            Value::Table(table) if table.get("$ref").is_some() => Err(self.doubt(ELSEWHERE)),
            Value::Table(_) => Ok(()),
            other => Err(self.doubt(format!("{} stands where a table is read", other.kind()))),
        }
    }

    /// What isn't known of it.
    pub(super) fn doubt(&self, because: impl Into<String>) -> Doubt<'a> {
        Doubt { place: self.clone(), because: because.into() }
    }

    /// The items, if it is a list.
    pub(super) fn items(&self) -> Vec<Self> {
        let items = self.node.list().unwrap_or_default();
        let place = |(at, node)| Self::new(node, self.pointer.child(&usize::to_string(&at)));
        items.iter().enumerate().map(place).collect()
    }

    /// The entries, if it is a table: each key with its place.
    pub(super) fn entries(&self) -> Vec<(&'a str, Self)> {
        let entry = |(key, node): (&'a str, &'a Node)| (key, Self::new(node, self.pointer.child(key)));
        let table = self.node.table().into_iter().flatten();
        table.map(|found| entry((&found.key, &found.node))).collect()
    }

    /// A text below it.
    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.node.get(key)?.text()
    }

    /// Whether a key below it says `true`.
    pub(super) fn says(&self, key: &str) -> bool {
        self.node.get(key).and_then(Node::truth) == Some(true)
    }

    /// Where it stands.
    pub fn spot(&self) -> Spot {
        Spot { pointer: self.pointer.clone(), line: self.node.line }
    }
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} ({})", self.line, self.pointer)
    }
}
