//! The part of a tree that can be used although other parts are broken, so that meaning is judged in the same go as shape.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::tree::Node;
use crate::plan::{Document, RepoName};

/// A document of all that is sound, and what had to be left out of it.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) document: Document,
    /// For each step of the document its place in the file's list; for repos and seams alike.
    steps: Vec<usize>,
    repos: Vec<usize>,
    seams: Vec<usize>,
    damage: Damage,
}

#[derive(Debug, Default)]
struct Damage {
    steps: BTreeSet<usize>,
    repos: BTreeSet<usize>,
    gone_steps: BTreeSet<usize>,
    gone_repos: BTreeSet<usize>,
    gone_seams: BTreeSet<usize>,
    tables: BTreeSet<String>,
}

/// Keys without which a repo or a step can still be judged.
const LOOSE_STEP: [&str; 5] = ["needs", "gates", "timeout", "confirm", "undo"];
const FIRM_REPO: [&str; 2] = ["name", "path"];

impl Draft {
    /// Leaves out what is broken and reads the rest.
    pub(crate) fn of(tree: &Node, broken: &[Vec<String>]) -> Result<Self, serde_json::Error> {
        let mut json = tree.json();
        let mut damage = Damage::default();
        for path in broken {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            damage.cut(&mut json, &path, tree);
        }
        let steps = keep(&mut json, "step", &damage.gone_steps);
        let repos = keep(&mut json, "repo", &damage.gone_repos);
        let seams = keep(&mut json, "seam", &damage.gone_seams);
        Ok(Self { document: serde_json::from_value(json)?, steps, repos, seams, damage })
    }

    /// The path of a step of the document in the file.
    pub(crate) fn step_path(&self, index: usize) -> Vec<String> {
        vec!["step".to_owned(), self.steps.get(index).copied().unwrap_or(index).to_string()]
    }

    /// The path of a repo of the document in the file.
    pub(crate) fn repo_path(&self, index: usize) -> Vec<String> {
        vec!["repo".to_owned(), self.repos.get(index).copied().unwrap_or(index).to_string()]
    }

    /// The path of a seam of the document in the file.
    pub(crate) fn seam_path(&self, index: usize) -> Vec<String> {
        vec!["seam".to_owned(), self.seams.get(index).copied().unwrap_or(index).to_string()]
    }

    /// Whether a table was broken, so that nothing can be said about what refers to it.
    pub(crate) fn lost(&self, table: &str) -> bool {
        self.damage.tables.contains(table)
    }

    /// Whether nothing at all was left out.
    pub(crate) fn whole(&self) -> bool {
        let Damage { steps, repos, gone_steps, gone_repos, gone_seams, tables } = &self.damage;
        tables.is_empty() && [steps, repos, gone_steps, gone_repos, gone_seams].iter().all(|set| set.is_empty())
    }

    /// Whether a repo stands whole in the document.
    pub(crate) fn intact(&self, name: &RepoName) -> bool {
        let at = self.document.repo.iter().position(|repo| repo.name == *name);
        at.and_then(|at| self.repos.get(at)).is_some_and(|at| !self.damage.repos.contains(at))
    }
}

impl Damage {
    fn cut(&mut self, json: &mut Json, path: &[&str], tree: &Node) {
        match path {
            [] => fill(json),
            ["repo", index, rest @ ..] => {
                let at = index.parse().unwrap_or(usize::MAX);
                self.repos.insert(at);
                match rest.first().filter(|key| !FIRM_REPO.contains(key)) {
                    Some(key) => remove(json, &["repo", index], key),
                    None => drop(self.gone_repos.insert(at)),
                }
            }
            ["step", index, rest @ ..] => {
                let at = index.parse().unwrap_or(usize::MAX);
                self.steps.insert(at);
                let verb =
                    |key: &&&str| crate::plan::Verb::ALL.contains(*key) || ["id", "stage", "title"].contains(*key);
                match rest.first().filter(|key| LOOSE_STEP.contains(key) || !verb(key)) {
                    Some(key) => remove(json, &["step", index], key),
                    None => drop(self.gone_steps.insert(at)),
                }
            }
            ["seam", index, ..] => drop(self.gone_seams.insert(index.parse().unwrap_or(usize::MAX))),
            ["registry", name, ..] => {
                self.tables.insert("registry".to_owned());
                remove(json, &["registry"], name);
            }
            [table @ ("release" | "owner"), rest @ ..] => {
                self.tables.insert((*table).to_owned());
                patch(json, table, rest.first().copied(), tree);
            }
            [table, ..] => {
                self.tables.insert((*table).to_owned());
                remove(json, &[], table);
                fill(json);
            }
        }
    }
}

/// Puts something in the place of what no document can be read without.
fn fill(json: &mut Json) {
    let Some(map) = json.as_object_mut() else { return };
    for (key, value) in [("schema", json!(1)), ("release", nameless()), ("owner", nobody())] {
        map.entry(key).or_insert(value);
    }
}

fn nameless() -> Json {
    json!({ "id": "nameless", "title": "nameless" })
}

fn nobody() -> Json {
    json!({ "name": "nobody", "email": "nobody" })
}

fn patch(json: &mut Json, table: &str, key: Option<&str>, tree: &Node) {
    let stand_in = if table == "release" { nameless() } else { nobody() };
    let Some(map) = json.as_object_mut() else { return };
    let usable = tree.get(table).is_some_and(|node| !node.entries().is_empty());
    let Some(own) = map.get_mut(table).and_then(Json::as_object_mut).filter(|_| usable) else {
        map.insert(table.to_owned(), stand_in);
        return;
    };
    if let Some(key) = key {
        own.remove(key);
    }
    for (key, value) in stand_in.as_object().into_iter().flatten() {
        own.entry(key).or_insert_with(|| value.clone());
    }
}

fn remove(json: &mut Json, at: &[&str], key: &str) {
    let table = at.iter().try_fold(json, |json, part| match part.parse::<usize>() {
        Ok(index) if json.is_array() => json.get_mut(index),
        Ok(_) | Err(_) => json.get_mut(*part),
    });
    if let Some(map) = table.and_then(Json::as_object_mut) {
        map.remove(key);
    }
}

/// Drops entries of a list; answers the former places of those that stay.
fn keep(json: &mut Json, list: &str, gone: &BTreeSet<usize>) -> Vec<usize> {
    let Some(items) = json.get_mut(list).and_then(Json::as_array_mut) else { return Vec::new() };
    let stay: Vec<_> = (0..items.len()).filter(|at| !gone.contains(at)).collect();
    let mut at = 0;
    items.retain(|_| {
        at += 1;
        !gone.contains(&(at - 1))
    });
    stay
}
