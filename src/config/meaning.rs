//! What a well-shaped release.toml may still get wrong: names that lead nowhere, orders that can't be, values that can't work.

mod ci;
mod coverage;
mod flag;
mod gate;
mod once;
mod order;
mod registry;
mod repos;
mod seams;
mod steps;
mod via;
mod warnings;
mod words;

use std::collections::BTreeSet;
use std::ops::Range;

use super::complaint::{Finding, Severity};
use super::draft::Draft;
use super::near::advice;
use super::refname;
use super::tree::Node;
use super::walk::place;
use crate::plan::Document;
use crate::plan::verb::Fault;
use crate::plan::written::{address_fault, pointer_fault};

/// Judges all that is sound in a document.
pub(crate) fn judge(draft: &Draft, tree: &Node) -> Vec<Finding> {
    let names = |list, key| Names::of(draft, tree, list, key);
    let (repos, steps, seams) = (names("repo", "name"), names("step", "id"), names("seam", "id"));
    let document = &draft.document;
    let (repos, steps, seams) = (&repos, &steps, &seams);
    let mut judge = Judge { draft, tree, document, repos, steps, seams, findings: Vec::new(), last: None };
    release(&mut judge);
    registry::judge(&mut judge);
    repos::judge(&mut judge);
    ci::judge(&mut judge);
    coverage::judge(&mut judge);
    flag::judge(&mut judge);
    seams::judge(&mut judge);
    steps::judge(&mut judge);
    via::judge(&mut judge);
    once::judge(&mut judge);
    order::judge(&mut judge);
    words::judge(&mut judge);
    // next to an error a warning may only be its shadow
    if draft.whole() && judge.last.is_none() {
        warnings::judge(&mut judge);
    }
    judge.findings.extend(judge.last);
    judge.findings
}

/// The release's id is a part of git's refs.
fn release(judge: &mut Judge<'_>) {
    if let Some(fault) = refname::fault(judge.document.release.id.as_str()) {
        let path = ["release".to_owned(), "id".to_owned()];
        judge.blame(&path, format!("git takes no ref of that name: {fault}")).help =
            Some("the ledger, the release branches and the tag are named after it: choose another".to_owned());
    }
}

/// A document under judgement.
struct Judge<'a> {
    draft: &'a Draft,
    tree: &'a Node,
    document: &'a Document,
    repos: &'a Names<'a>,
    steps: &'a Names<'a>,
    seams: &'a Names<'a>,
    findings: Vec<Finding>,
    /// The newest one: whoever blamed may still add to it.
    last: Option<Finding>,
}

impl Judge<'_> {
    /// Blames the value at a path.
    fn blame(&mut self, path: &[String], message: impl Into<String>) -> &mut Finding {
        let span = self.tree.at(path).span.clone();
        self.blame_span(span, message)
    }

    /// Blames the key at a path, or the value where it has none.
    fn blame_key(&mut self, path: &[String], message: impl Into<String>) -> &mut Finding {
        let node = self.tree.at(path);
        let span = if node.key.as_ref().is_some_and(|key| node.span.start <= key.start) {
            node.span.clone()
        } else {
            place(node)
        };
        self.blame_span(span, message)
    }

    fn blame_span(&mut self, span: Range<usize>, message: impl Into<String>) -> &mut Finding {
        self.findings.extend(self.last.take());
        self.last.insert(Finding::error(span, message))
    }

    /// Blames what a table of the plan finds wrong with itself, below the table's own path.
    fn faults(&mut self, path: &[String], faults: Vec<Fault>) {
        for Fault { at, message } in faults {
            let path = [path, &at].concat();
            let (message, help) = match message.split_once("; ").or_else(|| message.split_once(": ")) {
                Some((message, help)) => (message.to_owned(), Some(help.to_owned())),
                None => (message, None),
            };
            self.blame(&path, message).help = help;
        }
    }

    fn warn(&mut self, path: &[String], message: impl Into<String>) -> &mut Finding {
        let finding = self.blame_key(path, message);
        finding.severity = Severity::Warning;
        finding
    }

    /// Blames a name that leads nowhere, with the nearest that does.
    fn dangling(&mut self, path: &[String], what: &str, written: &str, known: &BTreeSet<&str>) {
        self.blame(path, format!("no {what} is named `{written}`")).help = advice(written, known.iter().copied());
    }
}

/// The names under a list's entries as written, also those of broken entries.
struct Names<'a> {
    all: BTreeSet<&'a str>,
    /// Whether an entry's name can't be read, so that a name which isn't here may still lead somewhere.
    unread: bool,
}

impl<'a> Names<'a> {
    fn of(draft: &Draft, tree: &'a Node, list: &str, key: &str) -> Self {
        let items = tree.get(list).map(Node::items).unwrap_or_default();
        let names = items.iter().map(|item| item.get(key).and_then(Node::text));
        Self { unread: draft.lost(list) || names.clone().any(|name| name.is_none()), all: names.flatten().collect() }
    }

    /// Whether a name surely leads nowhere.
    fn lack(&self, name: &str) -> bool {
        !self.unread && !self.all.contains(name)
    }
}

/// A path with more parts.
fn join(path: &[String], more: &[&str]) -> Vec<String> {
    path.iter().cloned().chain(more.iter().map(|part| (*part).to_owned())).collect()
}
