//! Registries: what each kind needs to be asked, and which keys would say nothing there.

use std::collections::BTreeSet;

use super::{Judge, address_fault, join};
use crate::config::tree::Node;
use crate::plan::{Publishing, Registry, RegistryKind};

pub(super) fn judge(judge: &mut Judge<'_>) {
    let document = judge.document;
    for (name, registry) in &document.registry {
        let path = ["registry".to_owned(), name.to_string()];
        match registry.kind {
            RegistryKind::Generic => generic(judge, registry, &path),
            RegistryKind::PyPi | RegistryKind::Npm | RegistryKind::Cargo | RegistryKind::RubyGems => {
                protocol(judge, registry, &path);
            }
        }
    }
}

fn generic(judge: &mut Judge<'_>, registry: &Registry, path: &[String]) {
    if registry.probe.is_none() {
        judge.blame_key(path, "a generic registry is asked by its own command, and there is none").help =
            Some("for example: probe = [\"bin/probe\", \"{package}\", \"{version}\"]".to_owned());
    }
    if registry.index.is_some() {
        judge
            .blame_key(&join(path, &["index"]), "a generic registry has no index: its `probe` knows where to ask")
            .help = Some(format!("drop it, or name the kind: {}", kinds()));
    }
}

fn protocol(judge: &mut Judge<'_>, registry: &Registry, path: &[String]) {
    let kind = registry.kind.word();
    for (key, is_there) in [("probe", registry.probe.is_some()), ("resolve", registry.resolve.is_some())] {
        if is_there {
            judge.blame_key(&join(path, &[key]), format!("a {kind} registry is asked by its protocol")).help =
                Some(format!("drop `{key}`, or say kind = \"generic\""));
        }
    }
    if judge.tree.find(&join(path, &["duplicates"])).is_some() {
        let message = format!("a {kind} registry refuses a second upload by its protocol");
        judge.blame_key(&join(path, &["duplicates"]), message).help =
            Some("drop `duplicates`; one that overwrites versions is asked as kind = \"generic\"".to_owned());
    }
    if let Some(index) = &registry.index
        && let Some(fault) = address_fault(index.strip_prefix("sparse+").unwrap_or(index))
    {
        judge.blame(&join(path, &["index"]), fault);
    }
    if registry.index.as_deref().is_some_and(holds_credentials) {
        judge.blame(&join(path, &["index"]), "a plan is shared, and holds no password").help = Some(format!(
            "write the address without it; where {kind}'s own client is configured with the credentials, they are found there"
        ));
    }
}

/// Whether something stands before an address's host.
pub(super) fn holds_credentials(address: &str) -> bool {
    let host = address.split_once("://").map_or(address, |(_, rest)| rest);
    host.split(['/', '?', '#']).next().is_some_and(|host| host.contains('@'))
}

/// The registry that a package names.
pub(super) fn named(judge: &mut Judge<'_>, publishing: &Publishing, path: &[String]) {
    let tables = judge.tree.get("registry").map(Node::entries).unwrap_or_default();
    let mut known: BTreeSet<&str> = tables.iter().map(|(name, _)| name.as_str()).collect();
    known.extend(RegistryKind::ALL.iter().filter(|kind| **kind != RegistryKind::Generic).map(|kind| kind.word()));
    let name = publishing.registry.as_str();
    if judge.draft.lost("registry") {
        return;
    }
    if !known.contains(&name) {
        judge.dangling(&join(path, &["registry"]), "[registry]", name, &known);
        return;
    }
    if publishing.artifacts.len() > 1 && !publishing.command.names("artifact") {
        let message = "of several artefacts each is uploaded by itself, and the command names none";
        judge.blame(&join(path, &["command"]), message).help =
            Some("write {artifact} where the file stands".to_owned());
    }
    let Some(registry) = judge.document.registry(&publishing.registry) else { return };
    if publishing.artifacts.len() > 1 && !registry.kind.takes_files() {
        let path = join(path, &["artifacts", "1"]);
        judge.blame(&path, format!("a {} registry takes one file a version", registry.kind.word())).help =
            Some("keep one artefact".to_owned());
    }
}

fn kinds() -> String {
    RegistryKind::ALL.map(|kind| format!("\"{}\"", kind.word())).join(", ")
}
