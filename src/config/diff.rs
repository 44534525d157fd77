//! What changed between two documents, in words and by step: what a changed plan makes void, others decide.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use crate::plan::{Document, Step, StepId};

/// Whether the steps that both documents have still come in the same order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// They do.
    #[default]
    Kept,
    /// They don't.
    Changed,
}

/// What changed from one document to another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Every change, one line each, in the order of the file.
    pub lines: Vec<String>,
    /// Steps that only the new document has.
    pub added: Vec<StepId>,
    /// Steps that only the old document has.
    pub removed: Vec<StepId>,
    /// Steps that say something else, or whose repositories do.
    pub changed: Vec<StepId>,
    /// The order of the steps that both have.
    pub order: Order,
}

impl Difference {
    /// Whether the two say the same.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}

/// Compares two documents.
pub fn difference(old: &Document, new: &Document) -> Difference {
    let mut found = Difference::default();
    let (old_json, new_json) = (json(old), json(new));
    for table in ["release", "owner", "flag", "registry"] {
        compare(table, old_json.get(table), new_json.get(table), &mut found.lines);
    }
    let changed_repos = repos(old, new, &mut found.lines);
    let changed_registries: BTreeSet<_> = new
        .registry
        .iter()
        .filter(|(name, registry)| old.registry.get(*name) != Some(registry))
        .map(|(name, _)| name.as_str())
        .collect();
    let upstream = |step: &Step| {
        step.verb.repos().iter().any(|name| {
            let publishing = new.repo.iter().find(|repo| repo.name == **name).and_then(|repo| repo.publish.as_ref());
            changed_repos.contains(name.as_str())
                || publishing.is_some_and(|p| changed_registries.contains(p.registry.as_str()))
        })
    };
    for step in &old.step {
        if !new.step.iter().any(|other| other.id == step.id) {
            found.lines.push(format!("step {} ({}) is gone", step.id, step.title));
            found.removed.push(step.id.clone());
        }
    }
    for step in &new.step {
        match old.step.iter().find(|other| other.id == step.id) {
            None => {
                found.lines.push(format!("step {} ({}) is new", step.id, step.title));
                found.added.push(step.id.clone());
            }
            Some(before) => {
                if before != step || upstream(step) {
                    found.changed.push(step.id.clone());
                }
                let name = format!("step {}", step.id);
                compare(&name, Some(&json(before)), Some(&json(step)), &mut found.lines);
            }
        }
    }
    seams(old, new, &mut found.lines);
    if common(old, new) != common(new, old) {
        found.order = Order::Changed;
        let order: Vec<_> = common(new, old).into_iter().map(StepId::as_str).collect();
        found.lines.push(format!("the steps come in another order: {}", order.join(", ")));
    }
    found
}

fn common<'a>(one: &'a Document, other: &Document) -> Vec<&'a StepId> {
    one.step.iter().map(|step| &step.id).filter(|id| other.step.iter().any(|step| step.id == **id)).collect()
}

/// Says what changed in the repos; answers the names of those that stay and say something else.
fn repos<'a>(old: &Document, new: &'a Document, lines: &mut Vec<String>) -> BTreeSet<&'a str> {
    for repo in old.repo.iter().filter(|repo| !new.repo.iter().any(|other| other.name == repo.name)) {
        lines.push(format!("repo {} is gone", repo.name));
    }
    let mut changed = BTreeSet::new();
    for repo in &new.repo {
        let Some(before) = old.repo.iter().find(|other| other.name == repo.name) else {
            lines.push(format!("repo {} is new", repo.name));
            continue;
        };
        if before != repo {
            changed.insert(repo.name.as_str());
        }
        compare(&format!("repo {}", repo.name), Some(&json(before)), Some(&json(repo)), lines);
    }
    changed
}

/// Says what changed in the seams.
fn seams(old: &Document, new: &Document, lines: &mut Vec<String>) {
    for seam in old.seam.iter().filter(|seam| !new.seam.iter().any(|other| other.id == seam.id)) {
        lines.push(format!("seam {} ({}) is gone", seam.id, seam.title));
    }
    for seam in &new.seam {
        match old.seam.iter().find(|other| other.id == seam.id) {
            None => lines.push(format!("seam {} ({}) is new", seam.id, seam.title)),
            Some(before) => compare(&format!("seam {}", seam.id), Some(&json(before)), Some(&json(seam)), lines),
        }
    }
}

fn json<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// One line for each key below that isn't the same.
fn compare(name: &str, old: Option<&Value>, new: Option<&Value>, lines: &mut Vec<String>) {
    match (old, new) {
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
            for key in keys {
                let dot = if name.contains(' ') && !name.contains(": ") { ": " } else { "." };
                compare(&format!("{name}{dot}{key}"), before.get(key), after.get(key), lines);
            }
        }
        (Some(before), Some(after)) if before != after => lines.push(format!("{name} was {before}, is {after}")),
        (Some(before), None) => lines.push(format!("{name} was {before}, is gone")),
        (None, Some(after)) => lines.push(format!("{name} is new: {after}")),
        (Some(_), Some(_)) | (None, None) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load;

    fn document(text: &str) -> Document {
        load(text.as_bytes(), "release.toml").unwrap().plan.document().clone()
    }

    fn ids(steps: &[StepId]) -> Vec<&str> {
        steps.iter().map(StepId::as_str).collect()
    }

    const OLD: &str = include_str!("tests/example.toml");

    #[test]
    fn layout_and_comments_change_nothing() {
        let new = format!("# a comment\n{}", OLD.replace("timeout = \"10m\"", "timeout    =  \"600s\" # as before"));
        assert!(difference(&document(OLD), &document(&new)).is_empty());
    }

    #[test]
    fn a_step_is_changed_by_its_own_words_its_repo_and_its_registry() {
        let new = OLD
            .replace("\"bin/deployed\"", "\"bin/is-deployed\"")
            .replace("duplicates = \"refused\"", "")
            .replace("for = \"3s\"", "for = \"9d\"");
        let found = difference(&document(OLD), &document(&new));
        assert_eq!(ids(&found.changed), ["sdk", "stage", "migrate", "api", "look", "soak"]);
        assert_eq!(
            found.lines,
            [
                "registry.files.duplicates was \"refused\", is \"unknown\"",
                "repo api: deploy.probe was [\"bin/deployed\",\"{sha}\"], is [\"bin/is-deployed\",\"{sha}\"]",
                "step soak: soak.for was \"3s\", is \"9d\"",
            ]
        );
        assert_eq!(found.order, Order::Kept);
    }

    #[test]
    fn steps_come_go_and_move() {
        let ask = "[[step]]\nid = \"ask\"\nstage = \"Launch\"\ntitle = \"Ask support\"\nchecklist = { items = [\"Support knows what to answer\"] }\n\n";
        let beta = "[[step]]\nid = \"beta\"\nstage = \"Beta\"\ntitle = \"Flag to beta\"\nflag = \"beta\"\n\n";
        let warm = "id = \"warm\"\n";
        let new = OLD.replace(ask, "").replace(beta, &format!("{ask}{beta}")).replace(warm, "id = \"heat\"\n");
        let found = difference(&document(OLD), &document(&new));
        assert_eq!((ids(&found.added), ids(&found.removed), found.order), (vec!["heat"], vec!["warm"], Order::Changed));
        assert_eq!(
            found.lines,
            [
                "step warm (Warm the caches) is gone",
                "step heat (Warm the caches) is new",
                "the steps come in another order: sdk, stage, migrate, api, web, look, ask, beta, soak, record",
            ]
        );
    }
}
