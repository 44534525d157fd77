//! What production was running before the release: the tree of an older commit, the database's schema, the packages
//! that were out, and the flag. Laid out as the deploy hooks lay it out, and read back by [`super::answer`].

use std::path::Path;

use serde::Deserialize;

use super::artefact;
use super::disk;
use super::history::{Commit, Files, History, StoryError, executable};
use super::registry::{self, RegistryError};
use super::{Delivery, Member, assets};

/// Why what was live couldn't be laid out.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// A file couldn't be written.
    #[error(transparent)]
    Disk(#[from] disk::DiskError),
    /// The embedded story is broken.
    #[error(transparent)]
    Story(#[from] StoryError),
    /// The registry refused the earlier package.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// Lays out what was live of one repository at its live commit.
pub(super) fn lay_out(root: &Path, member: &Member, history: &History, commit: &str) -> Result<(), LiveError> {
    let line = history.live_commits()?;
    let files = history.files_after(line)?;
    match member.delivery {
        Delivery::Push | Delivery::Script => {
            let home = root.join("live").join(&history.name);
            let release = home.join("releases").join(commit);
            for (path, bytes) in &files {
                let place = release.join(path);
                if executable(path, bytes) { disk::write_program(&place, bytes) } else { disk::write(&place, bytes) }?;
            }
            disk::write(&release.join(".release"), format!("{commit}\n").as_bytes())?;
            disk::write(&home.join("current"), format!("{commit}\n").as_bytes())?;
            migrated(root, &files, commit)
        }
        Delivery::Package { package, manifest } => publish(root, history, line, commit, package, manifest),
    }
}

/// The package that somebody published by hand before anything else of the release was out.
const EARLY: &str = "agentguard-sdk";

/// Puts the package that was published too early onto the registry; every other repository kept to the plan.
pub(super) fn published_early(root: &Path, member: &Member, history: &History, commit: &str) -> Result<(), LiveError> {
    match member.delivery {
        Delivery::Package { package, manifest } if member.name == EARLY => {
            publish(root, history, &history.commits, commit, package, manifest)
        }
        Delivery::Package { .. } | Delivery::Push | Delivery::Script => Ok(()),
    }
}

fn publish(
    root: &Path,
    history: &History,
    line: &[Commit],
    commit: &str,
    package: &str,
    manifest: &str,
) -> Result<(), LiveError> {
    let files = history.files_after(line)?;
    let missing = || StoryError::Dangling(history.name.clone(), manifest.to_owned());
    let version = files.get(manifest).and_then(|bytes| version(manifest, bytes)).ok_or_else(missing)?;
    let at = line.last().map_or(0, |commit| commit.date.as_second());
    let name = format!("{}-{version}", history.name);
    let file = root.join("live").join(format!("{name}.tar"));
    // what npm packs lies in a folder of that name, whatever the package is called
    let folder = if manifest == "package.json" { "package" } else { name.as_str() };
    disk::write(&file, &artefact::pack(folder, &files, commit, at))?;
    registry::push(&root.join("registry"), package, &version, &file)?;
    std::fs::remove_file(&file).map_err(disk::at(&file))?;
    Ok(())
}

/// Lays out the flag that all six read.
pub(super) fn flag(root: &Path) -> Result<(), LiveError> {
    let dangling = || StoryError::Missing("flags.json".to_owned());
    let bytes = assets::file("flags.json").ok_or_else(dangling)?;
    Ok(disk::write(&root.join("flags.json"), bytes)?)
}

/// The migrations that ran before: those of the commit that is live.
fn migrated(root: &Path, files: &Files, commit: &str) -> Result<(), LiveError> {
    let names = files.keys().filter_map(|path| path.strip_prefix("migrations/")?.strip_suffix(".sql"));
    let rows: Vec<_> = names.map(|name| format!("{name}\t{commit}\n")).collect();
    let table = rows.concat();
    if table.is_empty() {
        return Ok(());
    }
    Ok(disk::write(&root.join("live/database/schema_migrations"), table.as_bytes())?)
}

#[derive(Deserialize)]
struct Versioned {
    version: String,
}

#[derive(Deserialize)]
struct PyProject {
    project: Versioned,
}

fn version(manifest: &str, bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    if manifest == "package.json" {
        return serde_json::from_str::<Versioned>(text).ok().map(|found| found.version);
    }
    toml::from_str::<PyProject>(text).ok().map(|found| found.project.version)
}
