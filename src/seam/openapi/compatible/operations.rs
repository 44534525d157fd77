//! Which operations and named schemas are still there.

use super::address::{At, Keys};
use super::{Comparison, FindingKind, Told, Way};
use crate::seam::document::Node;
use crate::seam::openapi::parts::{Parts, access};
use crate::seam::openapi::{Contract, Operation, Place, similar};

impl<'a> Comparison<'a> {
    pub(super) fn operations(&mut self) {
        let (relied, doubts) = self.relied.operations_and_doubts();
        let (promised, more) = self.promised.operations_and_doubts();
        let is_uncertain = self.doubts(&doubts, &more, "a path");
        let keys = Keys::of(&self.promised, &promised);
        let wanted: Vec<_> = relied.iter().filter(|operation| self.is_called(operation)).collect();
        let mut is_loose = false;
        for operation in &wanted {
            match keys.find(self.relied.prefixes_of(operation), operation) {
                At::Address(at) => self.operation(operation, at),
                At::Path(at) => {
                    self.operation(operation, at);
                    is_loose = true;
                }
                // it may stand in what isn't known
                At::Nowhere { .. } if is_uncertain => {}
                At::Nowhere { below } => self.is_gone(operation, below.as_deref(), &relied, &promised),
            }
        }
        if is_loose {
            let (was, is) = (self.relied.root(), self.promised.root());
            let what = "the address below which its paths stood isn't said any more".to_owned();
            self.doubt(Some(&was), Some(&is), what, "say it again: `servers`, or `basePath` in Swagger 2.0");
        }
        self.called_but_nowhere(&relied, &promised);
        if self.only.is_none() {
            self.webhooks();
        }
    }

    fn is_called(&self, operation: &Operation<'a>) -> bool {
        self.only.is_none_or(|only| only.operations.contains(&operation.key()))
    }

    fn operation(&mut self, relied: &Operation<'a>, promised: &Operation<'a>) {
        let (a, b) = (Parts::of(&self.relied, relied), Parts::of(&self.promised, promised));
        let name = relied.to_string();
        if relied.path.ends_with('/') != promised.path.ends_with('/') {
            let what = format!("{name} is written {}: to many servers that is another path", promised.path);
            self.doubt(Some(&relied.place), Some(&promised.place), what, "write the path as it was called");
        }
        self.doubts(&a.doubts, &b.doubts, &format!("a part of {name}"));
        self.parameters(relied, promised, &a, &b);
        self.bodies(&name, (&a, &relied.place), (&b, &promised.place), Way::Taken);
        self.answers(&name, &a, &b, promised);
        let (was, is) = (access(&self.relied, relied), access(&self.promised, promised));
        self.access(&name, &was, &is);
        self.callbacks(&name, relied, promised);
    }

    /// What the service calls back isn't compared, unless nothing in it changed.
    fn callbacks(&mut self, name: &str, relied: &Operation<'a>, promised: &Operation<'a>) {
        let Some(was) = relied.place.child("callbacks") else { return };
        let is = promised.place.child("callbacks");
        if is.as_ref().is_none_or(|is| !is.node.is_same(was.node) || holds_reference(was.node)) {
            let what = format!("the callbacks of {name} aren't compared");
            self.doubt(Some(&was), is.as_ref(), what, "look at them yourself");
        }
    }

    fn is_gone(
        &mut self,
        operation: &Operation<'a>,
        below: Option<&str>,
        relied: &[Operation<'a>],
        promised: &[Operation<'a>],
    ) {
        let same_path: Vec<_> = promised.iter().filter(|other| other.key().is_beside(&operation.key())).collect();
        let fresh = promised
            .iter()
            .filter(|other| other.method == operation.method && relied.iter().all(|known| known.key() != other.key()));
        let guess = similar::most_alike(operation.path, fresh.map(|other| other.path));
        let paths = self.promised.root().child("paths").unwrap_or_else(|| self.promised.root());
        let near = promised.iter().find(|other| other.method == operation.method && Some(other.path) == guess);
        let spot = near.or(same_path.first().copied()).map_or(paths.spot(), |other| other.place.spot());
        let elsewhere = same_path.iter().find(|other| other.method == operation.method);
        let what = match (guess, same_path.first()) {
            (_, Some(_)) if elsewhere.is_some() => {
                let below = below.filter(|below| !below.is_empty()).unwrap_or("/");
                format!("{operation} doesn't stand below {below} any more")
            }
            (Some(guess), _) => format!("{operation} is gone: was it renamed to {guess}?"),
            (None, Some(_)) => format!("{operation} is gone; its path has other methods"),
            (None, None) => format!("{operation} is gone"),
        };
        let mend = "keep the operation beside what replaces it, until nobody calls it";
        self.tell(Some(operation.place.spot()), Some(spot), Told { kind: FindingKind::OperationRemoved, what, mend });
    }

    /// What is called although not even the contract that was relied on has it.
    fn called_but_nowhere(&mut self, relied: &[Operation<'a>], promised: &[Operation<'a>]) {
        let Some(only) = self.only else { return };
        for key in &only.operations {
            let is_known = relied.iter().chain(promised).any(|operation| operation.key() == *key);
            if !is_known {
                let what = format!("{key} is called, and neither contract has it");
                let told =
                    Told { kind: FindingKind::OperationRemoved, what, mend: "call an operation that the contract has" };
                self.tell(None, None, told);
            }
        }
    }

    /// The named schemas: whatever no operation led to is read as something that is answered.
    pub(super) fn schemas(&mut self) {
        let doubts = |contract: &Contract<'a>| contract.schemas_doubt().into_iter().collect::<Vec<_>>();
        let (unknown, more) = (doubts(&self.relied), doubts(&self.promised));
        let is_uncertain = self.doubts(&unknown, &more, "a schema's name");
        for name in self.relied.schema_names() {
            let is_read = self.only.is_none_or(|only| only.fields.iter().any(|(schema, _)| schema == name));
            let Some(was) = self.relied.schema(name).filter(|_| is_read) else { continue };
            let was_met = self.reached.contains(&was.pointer);
            match self.promised.schema(name) {
                Some(is) if !was_met || self.only.is_some() => self.compare(&[was], &[is], Way::Answered, name),
                // what it says was compared where an operation led to it; its name is nobody's business
                Some(_) => {}
                None if was_met && self.only.is_none() => {}
                None if is_uncertain => {}
                None => self.schema_is_gone(name, &was),
            }
        }
        let known: Vec<_> = self.only.iter().flat_map(|only| &only.fields).cloned().collect();
        for (schema, field) in known {
            self.read_but_nowhere(&schema, &field);
        }
    }

    fn schema_is_gone(&mut self, name: &str, was: &Place<'a>) {
        let known = self.relied.schema_names();
        let fresh = self.promised.schema_names().into_iter().filter(|other| !known.contains(other));
        let what = match similar::most_alike(name, fresh) {
            Some(guess) => format!("the schema {name} is gone: was it renamed to {guess}?"),
            None => format!("the schema {name} is gone"),
        };
        let spot = self.promised.schemas().map(|table| table.spot());
        let told = Told {
            kind: FindingKind::SchemaRemoved,
            what,
            mend: "keep the schema, or let the consumer use the new one",
        };
        self.tell(Some(was.spot()), spot, told);
    }

    /// A field that is read although the contract that was relied on doesn't have it.
    fn read_but_nowhere(&mut self, schema: &str, field: &str) {
        let has = |contract: &super::Contract<'a>| {
            let listing = contract.fields(schema);
            listing.is_some_and(|listing| listing.fields.iter().any(|found| found.name == field))
        };
        if !has(&self.relied) && !has(&self.promised) {
            let what = format!("{schema}.{field} is read, and neither contract has it");
            let told = Told { kind: FindingKind::FieldRemoved, what, mend: "read a field that the contract has" };
            self.tell(None, self.promised.schema(schema).map(|place| place.spot()), told);
        }
    }
}

/// The keys of references.
const REFERENCES: [&str; 3] = ["$ref", "$dynamicRef", "$recursiveRef"];

/// Whether there is a reference somewhere in a node.
pub(super) fn holds_reference(node: &Node) -> bool {
    let in_list = node.list().is_some_and(|items| items.iter().any(holds_reference));
    let in_table = node.table().is_some_and(|table| {
        table.iter().any(|entry| REFERENCES.contains(&entry.key.as_str()) || holds_reference(&entry.node))
    });
    in_list || in_table
}
