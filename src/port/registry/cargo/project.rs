//! Where a package is developed, as cargo sees it from there: the files that configure it, and the registry its manifest names.

use std::path::{Path, PathBuf};

use super::super::{Client, Where, folder, words};
use super::configured::{self, Configured};

/// Includes of includes: more is a circle.
const DEPTH: usize = 8;

/// A package's worktree.
pub(super) struct Project {
    folder: PathBuf,
    pub(super) configured: Configured,
}

impl Project {
    /// Reads cargo's configuration from the worktree upwards and at the user's home. A file that is there and can't be read is
    /// an error: what it says might lead elsewhere.
    pub(super) async fn of(client: &dyn Client) -> Result<Self, String> {
        let folder = folder::of_project(client).await?;
        let mut configured = Configured::default();
        let home = client.variable("CARGO_HOME").map(PathBuf::from);
        let home = home.or_else(|| client.variable("HOME").map(|home| Path::new(&home).join(".cargo")));
        let mut read = Vec::new();
        for place in folder.ancestors().map(|folder| folder.join(".cargo")).chain(home) {
            // cargo prefers the older name where both are there
            for file in [place.join("config"), place.join("config.toml")] {
                if read.contains(&file) {
                    break;
                }
                if let Some(text) = folder::text(&file)? {
                    add(&mut configured, &file, &text, 0)?;
                    read.push(file);
                    break;
                }
            }
        }
        // it may have been cleared away meanwhile, with what it said
        if folder.is_dir() { Ok(Self { folder, configured }) } else { Err(folder::GONE.to_owned()) }
    }

    /// The one registry that the package's manifest names, if it does: the root's own, or a member's as cargo reads it.
    pub(super) async fn published_to(&self, client: &dyn Client, name: &str) -> Result<Option<String>, String> {
        let Some(manifest) = folder::text(&self.folder.join("Cargo.toml"))? else { return Ok(None) };
        if !manifest.contains("[workspace") {
            return Ok(configured::published_to(&manifest, name));
        }
        let question = ["cargo", "metadata", "--no-deps", "--offline", "--format-version", "1"];
        let ended = client.ask(&question, &[], Where::Project).await?;
        let metadata: serde_json::Value = serde_json::from_str(&words::stdout(&ended))
            .map_err(|_| format!("cargo can't read the workspace: {}", words::last(&words::everything(&ended))))?;
        let packages = metadata.get("packages").and_then(serde_json::Value::as_array);
        let own = |package: &&serde_json::Value| package.get("name").and_then(serde_json::Value::as_str) == Some(name);
        let package = packages.into_iter().flatten().find(own);
        let publish = package.and_then(|package| package.get("publish")?.as_array());
        Ok(match publish.map(Vec::as_slice) {
            Some([one]) => one.as_str().map(str::to_owned),
            Some(_) | None => None,
        })
    }
}

fn add(configured: &mut Configured, file: &Path, text: &str, depth: usize) -> Result<(), String> {
    if depth > DEPTH {
        return Err(format!("cargo's configuration {} includes itself", file.display()));
    }
    let beside = file.parent().unwrap_or(file);
    for included in configured.add(&file.display().to_string(), text)? {
        let path = beside.join(&included.path);
        match folder::text(&path)? {
            Some(text) => add(configured, &path, &text, depth + 1)?,
            None if included.optional => {}
            None => return Err(format!("cargo's configuration includes {}, which isn't there", path.display())),
        }
    }
    Ok(())
}
