//! OpenAPI documents: which is the original and which the copy, and what an original offers.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::Draft;
use super::slot::{Kind, Narrow, Role, SlotKey, Slots};
use super::{Inventory, Site};
use crate::seam::document::{Document, Format, Limits, read};
use crate::seam::openapi::{Contract, Listing};

/// An OpenAPI document of a repository.
pub(super) struct Found {
    repo: usize,
    path: String,
    document: Document,
}

/// Every OpenAPI document.
pub(super) fn contracts(inventories: &[Inventory]) -> Vec<Found> {
    let mut found = Vec::new();
    for (repo, inventory) in inventories.iter().enumerate() {
        for file in &inventory.files {
            // the two words that one must have, before it is read in earnest
            let may_be =
                Format::of(&file.path).is_some() && (file.text.contains("openapi") || file.text.contains("swagger"));
            if !may_be {
                continue;
            }
            let Ok(document) = read(&file.path, file.text.as_bytes(), &Limits::default()) else { continue };
            if Contract::of(&document).is_ok() {
                found.push(Found { repo, path: file.path.clone(), document });
            }
        }
    }
    found
}

impl Found {
    fn contract(&self) -> Option<Contract<'_>> {
        Contract::of(&self.document).ok()
    }

    /// Its operations and schemas by name, with their lines.
    fn names(&self) -> BTreeMap<String, usize> {
        let Some(contract) = self.contract() else { return BTreeMap::new() };
        let operations = contract.operations();
        let operations = operations.iter().map(|found| (found.key().to_string(), found.place.node.line));
        let schema = |name: &str| {
            let line = contract.fields(name).and_then(|listing| listing.fields.first().map(|field| field.spot.line));
            (name.to_owned(), line.unwrap_or(1))
        };
        operations.chain(contract.schema_names().into_iter().map(schema)).collect()
    }

    /// How much speaks for it being the original: its own title, what it holds, and that it stands first.
    fn rank(&self, inventories: &[Inventory]) -> (bool, usize, std::cmp::Reverse<(usize, &str)>) {
        let title = self.document.root.get("info").and_then(|info| info.get("title")?.text());
        let own = inventories.get(self.repo).map(|inventory| inventory.repo.as_str());
        let operations = self.contract().map_or(0, |contract| contract.operations().len());
        (title.is_some() && title == own, operations, std::cmp::Reverse((self.repo, &self.path)))
    }
}

/// Proposes that each copy fits its original; tells which documents are copies.
pub(super) fn pair(inventories: &[Inventory], found: &[Found], slots: &mut Slots) -> BTreeSet<(usize, String)> {
    let names: Vec<_> = found.iter().map(Found::names).collect();
    let mut copies = BTreeSet::new();
    for (copy, own) in found.iter().zip(&names) {
        let is_original_of = |(other, theirs): &(&Found, &BTreeMap<String, usize>)| {
            let shared = own.keys().filter(|name| theirs.contains_key(*name)).count();
            // most of what the copy says stands in the original too
            other.repo != copy.repo
                && shared > 0
                && 2 * shared >= own.len()
                && other.rank(inventories) > copy.rank(inventories)
        };
        let original = found.iter().zip(&names).filter(is_original_of).max_by_key(|(other, _)| other.rank(inventories));
        let Some((original, theirs)) = original else { continue };
        copies.insert((copy.repo, copy.path.clone()));
        let about = format!("{}:{} {}:{}", original.repo, original.path, copy.repo, copy.path);
        for (side, names, role) in [(original, theirs, Role::Defines), (copy, own, Role::Uses)] {
            let key = SlotKey {
                kind: Kind::Contract,
                about: about.clone(),
                role,
                repo: side.repo,
                draft: Draft::file(&side.path),
                narrow: Narrow::Never,
                at_least: 50,
            };
            let site = |line: &usize| Site { file: side.path.clone(), line: *line };
            slots.add(key, names.iter().map(|(name, line)| (name.clone(), site(line))));
        }
    }
    copies
}

/// Adds what each original offers; tells the words under which its schemas go.
pub(super) fn offer(found: &[Found], copies: &BTreeSet<(usize, String)>, slots: &mut Slots) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for found in found.iter().filter(|found| !copies.contains(&(found.repo, found.path.clone()))) {
        let Some(contract) = found.contract() else { continue };
        let draft = || Draft::file(&found.path);
        for name in contract.schema_names() {
            let Some(listing) = contract.fields(name) else { continue };
            let fields = draft().with("openapi", "fields").with("schema", name);
            slots.add(defines(Kind::Fields, name, found.repo, fields), sites(&found.path, &listing));
            words.insert(name.to_owned());
            for field in &listing.fields {
                if let Some(values) = contract.values(name, Some(&field.name)).filter(|values| values.fields.len() > 1)
                {
                    let draft = draft().with("openapi", "values").with("schema", name).with("field", &field.name);
                    slots.add(defines(Kind::Values, "", found.repo, draft), sites(&found.path, &values));
                }
            }
        }
        let operations = contract.operations();
        let path = |found: &crate::seam::openapi::Operation<'_>| found.path.to_owned();
        let site = |line| Site { file: found.path.clone(), line };
        let draft = draft().with("pointer", "/paths").yes("keys");
        let routes = operations.iter().map(|operation| (path(operation), site(operation.place.node.line)));
        slots.add(defines(Kind::Routes, "", found.repo, draft), routes);
    }
    words
}

pub(super) fn defines(kind: Kind, about: &str, repo: usize, draft: Draft) -> SlotKey {
    SlotKey { kind, about: about.to_owned(), role: Role::Defines, repo, draft, narrow: Narrow::Never, at_least: 0 }
}

fn sites<'l>(path: &'l str, listing: &'l Listing) -> impl Iterator<Item = (String, Site)> + 'l {
    let site = |line| Site { file: path.to_owned(), line };
    listing.fields.iter().map(move |field| (field.name.clone(), site(field.spot.line)))
}
