//! Packages that one repository publishes and another asks for.

use super::contract::defines;
use super::draft::Draft;
use super::slot::{Kind, Narrow, Role, SlotKey, Slots};
use super::uses::{Lines, ending};
use super::{Inventory, Site};

/// Files in which dependencies are asked for.
fn is_manifest(path: &str) -> bool {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    let is_requirements = name.starts_with("requirements") && ending(name) == "txt";
    is_requirements || ["package.json", "pyproject.toml", "Cargo.toml", "Gemfile"].contains(&name)
}

/// Looks for what others publish in the manifests of one repository.
pub(super) fn look(repo: usize, inventories: &[Inventory], slots: &mut Slots) {
    let Some(inventory) = inventories.get(repo) else { return };
    for (at, other) in inventories.iter().enumerate().filter(|(at, _)| *at != repo) {
        let Some(package) = &other.package else { continue };
        for file in inventory.files.iter().filter(|file| is_manifest(&file.path)) {
            let Some(offset) = named_at(&file.text, package) else { continue };
            let site = Site { file: file.path.clone(), line: Lines::of(&file.text).at(offset) };
            let key = SlotKey {
                kind: Kind::Package,
                about: package.clone(),
                role: Role::Uses,
                repo,
                draft: Draft::file(&file.path).with("pins", other.repo.as_str()),
                narrow: Narrow::Never,
                at_least: 0,
            };
            slots.add(key, [(package.clone(), site)]);
            let manifest =
                other.files.iter().find(|file| is_manifest(&file.path) && file.text.contains(package.as_str()));
            let file = manifest.map_or_else(String::new, |file| file.path.clone());
            let own = Draft::default().yes("publishes");
            slots.add(defines(Kind::Package, package, at, own), [(package.clone(), Site { file, line: 1 })]);
        }
    }
}

/// Where a package is named as a whole.
fn named_at(text: &str, package: &str) -> Option<usize> {
    let goes_on = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '/' | '@');
    text.match_indices(package).find_map(|(at, _)| {
        let before = text.get(..at)?.chars().next_back();
        let after = text.get(at + package.len()..)?.chars().next();
        (!before.is_some_and(goes_on) && !after.is_some_and(goes_on)).then_some(at)
    })
}
