//! `Cargo.toml`: dependencies of every kind, of the workspace, and patches.

use toml_edit::{Item, TableLike};

use super::edit::Edit;
use super::toml::{entries, read, removed, rewritten, table, tables};
use super::{Format, Found, Odd, To};

pub(super) struct CargoToml;

const KINDS: [&str; 5] =
    ["dependencies", "dev-dependencies", "dev_dependencies", "build-dependencies", "build_dependencies"];
/// The keys that say where a package comes from, and its version.
const SOURCE: [&str; 7] = ["git", "branch", "tag", "rev", "path", "base", "version"];

impl Format for CargoToml {
    fn is(&self, file: &str) -> bool {
        file == "Cargo.toml"
    }

    fn locks(&self, _file: &str) -> Vec<String> {
        vec!["Cargo.lock".to_owned()]
    }

    fn find(&self, text: &str, to: To<'_>) -> Result<Found, Odd> {
        let document = read(text)?;
        let root = document.as_table();
        let mut found = Found::default();
        let mut owners: Vec<&dyn TableLike> = vec![root];
        owners.extend(tables(root, &["target"]));
        for owner in owners {
            for kind in KINDS {
                let Some(list) = table(owner, &[kind]) else { continue };
                dependencies(text, list, to, &mut found)?;
            }
        }
        if let Some(list) = table(root, &["workspace", "dependencies"]) {
            dependencies(text, list, to, &mut found)?;
        }
        for patches in tables(root, &["patch"]) {
            for (key, item) in entries(patches).into_iter().filter(|(key, item)| package(key.get(), item) == to.name) {
                found.edits.extend(removed(text, key, item)?);
            }
        }
        if let Some(list) = table(root, &["replace"])
            && let Some((key, _)) = entries(list).into_iter().find(|(key, _)| names(key.get(), to.name))
        {
            let at = key.span().map_or(0, |span| span.start);
            return Err(Odd::at(at, "[replace] puts something else in its place", "no [replace] of it"));
        }
        Ok(found)
    }
}

/// The package that a dependency means.
fn package<'a>(key: &'a str, item: &'a Item) -> &'a str {
    item.get("package").and_then(Item::as_str).unwrap_or(key)
}

/// Whether `name`, `name:1.0` or `address#name:1.0` names a package.
fn names(spec: &str, name: &str) -> bool {
    let last = spec.rsplit(['#', '/']).next().unwrap_or(spec);
    last.split([':', '@']).next() == Some(name)
}

fn dependencies(text: &str, list: &dyn TableLike, to: To<'_>, found: &mut Found) -> Result<(), Odd> {
    for (key, item) in entries(list).into_iter().filter(|(key, item)| package(key.get(), item) == to.name) {
        let exact = format!("={}", to.version);
        let registry = to.registry.map(|name| format!("registry = \"{name}\""));
        if let Some(written) = item.as_str() {
            found.places += 1;
            let range = item.span().ok_or_else(|| Odd::Unreadable("a version has no place".to_owned()))?;
            match registry {
                Some(registry) => {
                    let with = format!("{{ version = \"{exact}\", {registry} }}");
                    found.edits.push(Edit::reference_at(range, with));
                }
                None if written.replace(' ', "") == exact => {}
                None => found.edits.push(Edit::reference_at(range, format!("\"{exact}\""))),
            }
            continue;
        }
        let Some(dependency) = item.as_table_like() else {
            let at = key.span().map_or(0, |span| span.start);
            return Err(Odd::at(at, "this is no dependency", format!("{} = \"{exact}\"", key.get())));
        };
        // the workspace says where it comes from
        if dependency.get("workspace").and_then(Item::as_bool) == Some(true) {
            continue;
        }
        found.places += 1;
        let text_of = |key: &str| dependency.get(key).and_then(Item::as_str);
        let elsewhere = SOURCE.iter().any(|key| *key != "version" && dependency.get(key).is_some());
        let says_where = text_of("registry").is_some() || text_of("registry-index").is_some();
        let registry = registry.filter(|_| !says_where);
        let version = text_of("version").map(|version| version.replace(' ', ""));
        if !elsewhere && registry.is_none() && version.as_deref() == Some(&exact) {
            continue;
        }
        let mut with = vec![format!("version = \"{exact}\"")];
        with.extend(registry);
        let edits = rewritten(text, item, &SOURCE, &with)?;
        if edits.is_empty() {
            let at = key.span().map_or(0, |span| span.start);
            return Err(Odd::at(at, "it says no version and no source", format!("{} = \"{exact}\"", key.get())));
        }
        found.edits.extend(edits);
    }
    Ok(())
}
