//! `pyproject.toml`: PEP 621 and PEP 735 lists, uv's sources, Poetry's tables.

use toml_edit::{Array, Item, TableLike, Value};

use super::edit::Edit;
use super::pep508::{Requirement, is_same};
use super::toml::{entries, inner, read, removed, rewritten, table, tables};
use super::{Format, Found, Odd, To};

pub(super) struct Pyproject;

/// The keys of a Poetry table that say where a package comes from, and its version.
const POETRY: [&str; 9] = ["git", "branch", "tag", "rev", "path", "url", "develop", "subdirectory", "version"];
/// The keys of a uv source that lead past the registry.
const UV: [&str; 5] = ["git", "path", "url", "workspace", "editable"];

impl Format for Pyproject {
    fn is(&self, file: &str) -> bool {
        file == "pyproject.toml"
    }

    fn locks(&self, _file: &str) -> Vec<String> {
        ["uv.lock", "poetry.lock"].map(str::to_owned).into()
    }

    fn find(&self, text: &str, to: To<'_>) -> Result<Found, Odd> {
        let document = read(text)?;
        let root = document.as_table();
        let mut found = Found::default();
        for list in lists(root) {
            requirements(text, list, to, &mut found)?;
        }
        let mut poetry: Vec<&dyn TableLike> =
            [["tool", "poetry", "dependencies"], ["tool", "poetry", "dev-dependencies"]]
                .iter()
                .filter_map(|path| table(root, path))
                .collect();
        let groups = tables(root, &["tool", "poetry", "group"]);
        poetry.extend(groups.into_iter().filter_map(|group| table(group, &["dependencies"])));
        for list in poetry {
            poetry_table(text, list, to, &mut found)?;
        }
        if let Some(sources) = table(root, &["tool", "uv", "sources"]) {
            uv_sources(text, sources, to, &mut found)?;
        }
        Ok(found)
    }
}

/// Every list of requirements.
fn lists(root: &dyn TableLike) -> Vec<&Array> {
    let mut lists = Vec::new();
    for path in [["project", "dependencies"], ["build-system", "requires"]] {
        let list = table(root, &path[..1]).and_then(|table| table.get(path[1])?.as_array());
        lists.extend(list);
    }
    lists.extend(table(root, &["tool", "uv"]).and_then(|uv| uv.get("dev-dependencies")?.as_array()));
    for path in [["project", "optional-dependencies"].as_slice(), &["dependency-groups"]] {
        if let Some(groups) = table(root, path) {
            lists.extend(groups.iter().filter_map(|(_, item)| item.as_array()));
        }
    }
    lists
}

fn requirements(text: &str, list: &Array, to: To<'_>, found: &mut Found) -> Result<(), Odd> {
    for value in list {
        let Value::String(_) = value else { continue };
        let unplaced = || Odd::Unreadable("a requirement has no place".to_owned());
        let range = value.span().and_then(|range| inner(text, range)).ok_or_else(unplaced)?;
        let raw = text.get(range.clone()).ok_or_else(unplaced)?;
        let Some(requirement) = Requirement::of(raw).filter(|requirement| is_same(requirement.name, to.name)) else {
            continue;
        };
        found.places += 1;
        if let Some(pinned) = requirement.pinned(to) {
            found.edits.push(Edit::reference_at(range, pinned));
        }
    }
    Ok(())
}

fn poetry_table(text: &str, list: &dyn TableLike, to: To<'_>, found: &mut Found) -> Result<(), Odd> {
    for (key, item) in entries(list).into_iter().filter(|(key, _)| is_same(key.get(), to.name)) {
        let at = key.span().map_or(0, |span| span.start);
        if let Some(written) = item.as_str() {
            found.places += 1;
            let written = written.replace(' ', "");
            if written != to.version && written != format!("=={}", to.version) {
                let range = item.span().ok_or_else(|| Odd::Unreadable("a version has no place".to_owned()))?;
                found.edits.push(Edit::reference_at(range, format!("\"{}\"", to.version)));
            }
        } else if let Some(dependency) = item.as_table_like() {
            let version = dependency.get("version").and_then(Item::as_str);
            let elsewhere = POETRY.iter().any(|key| *key != "version" && dependency.get(key).is_some());
            if version.is_none() && !elsewhere {
                // more about a dependency that stands under [project]
                continue;
            }
            found.places += 1;
            if elsewhere || version != Some(to.version) {
                let with = [format!("version = \"{}\"", to.version)];
                found.edits.extend(rewritten(text, item, &POETRY, &with)?);
            }
        } else {
            let write = format!("{} = \"{}\"", key.get(), to.version);
            return Err(Odd::at(at, "it has several constraints", write));
        }
    }
    Ok(())
}

fn uv_sources(text: &str, sources: &dyn TableLike, to: To<'_>, found: &mut Found) -> Result<(), Odd> {
    for (key, item) in entries(sources).into_iter().filter(|(key, _)| is_same(key.get(), to.name)) {
        let past_the_registry = |table: &dyn TableLike| UV.iter().any(|key| table.get(key).is_some());
        let past = match (item.as_table_like(), item.as_array()) {
            (Some(source), _) => past_the_registry(source),
            (None, Some(list)) => {
                let tables = list.iter().filter_map(Value::as_inline_table);
                let past = tables.filter(|source| past_the_registry(*source)).count();
                if past > 0 && past < list.len() {
                    let at = key.span().map_or(0, |span| span.start);
                    return Err(Odd::at(at, "some of its sources are references, others indexes", "one source"));
                }
                past > 0
            }
            (None, None) => {
                let at = key.span().map_or(0, |span| span.start);
                return Err(Odd::at(at, "its sources are spread over tables", "one line of [tool.uv.sources]"));
            }
        };
        if past {
            found.edits.extend(removed(text, key, item)?);
        }
    }
    Ok(())
}
