//! Where names of one kind are defined or used: a source of a seam to be, with what it would find.

use std::collections::BTreeMap;

use serde::Serialize;

use super::draft::Draft;
use super::{MOST_NAMES, Site};

/// What kind of names a proposal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An OpenAPI document that another repository keeps a copy of.
    Contract,
    /// A package and the version that is asked for.
    Package,
    /// The fields of a schema.
    Fields,
    /// Paths of an HTTP service.
    Routes,
    /// Exceptions by name.
    Exceptions,
    /// Events by name.
    Events,
    /// Variables of the environment.
    Environment,
    /// States and other values of an enumeration.
    Values,
    /// Keys of a data file.
    Keys,
    /// The key of the flag.
    Flag,
}

/// On which side a slot stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    Defines,
    Uses,
}

/// How a consumer's pattern is written when it may find nothing but given names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Narrow {
    /// In quotes.
    Quoted,
    /// As a word of its own.
    Word,
    /// After a text.
    After(String),
    /// It can't be narrowed.
    Never,
}

/// What tells slots apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SlotKey {
    pub(super) kind: Kind,
    /// What must be the same on both sides, such as the name of a schema; empty where nothing must.
    pub(super) about: String,
    pub(super) role: Role,
    /// Which of the inventories.
    pub(super) repo: usize,
    pub(super) draft: Draft,
    pub(super) narrow: Narrow,
    /// How much of what the consumer uses the producer must define for a proposal, in percent.
    pub(super) at_least: usize,
}

/// All of them, each with its names and where these stand.
#[derive(Debug, Default)]
pub(super) struct Slots(BTreeMap<SlotKey, BTreeMap<String, Vec<Site>>>);

impl Slots {
    pub(super) fn add(&mut self, key: SlotKey, names: impl IntoIterator<Item = (String, Site)>) {
        let mut names = names.into_iter().peekable();
        if names.peek().is_none() {
            return;
        }
        let slot = self.0.entry(key).or_default();
        for (name, site) in names {
            if slot.len() < MOST_NAMES || slot.contains_key(&name) {
                slot.entry(name).or_default().push(site);
            }
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&SlotKey, &BTreeMap<String, Vec<Site>>)> {
        self.0.iter()
    }

    /// The slots of a side that go with a kind and what it is about.
    pub(super) fn of<'a>(
        &'a self,
        kind: Kind,
        about: &'a str,
        role: Role,
    ) -> impl Iterator<Item = (&'a SlotKey, &'a BTreeMap<String, Vec<Site>>)> {
        self.iter().filter(move |(key, _)| key.kind == kind && key.about == about && key.role == role)
    }
}
