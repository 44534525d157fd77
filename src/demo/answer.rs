//! What the demo's services answer, read from what is live at this moment. Nothing is cached: a deploy, a publish or
//! a change of the flag shows in the next answer. It knows files, and refuses to know HTTP beyond a status.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Delivery, Member, artefact, disk, member, registry};
use crate::plan::Sha;

/// No file that is read here is longer, in bytes.
const LIMIT: u64 = 64 * 1024;

/// A status and a JSON body.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Value,
}

/// Answers a GET of a path, without its leading slash.
pub(super) fn answer(world: &Path, path: &str) -> Answer {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        [""] => Answer { status: 200, body: json!({ "demo": world }) },
        ["registry", scope, name, version] => published(world, &format!("{scope}/{name}"), version),
        ["registry", name, version] => published(world, name, version),
        [repo, what] => match member(repo) {
            Some(member) => of_member(world, member, what),
            None => unknown(path),
        },
        _ => unknown(path),
    }
}

fn unknown(path: &str) -> Answer {
    Answer { status: 404, body: json!({ "error": format!("nothing is at /{path}") }) }
}

fn unwell(why: &str) -> Answer {
    Answer { status: 503, body: json!({ "up": false, "error": why }) }
}

fn published(world: &Path, package: &str, version: &str) -> Answer {
    match registry::probe(&world.join("registry"), package, version) {
        Ok(Some(digest)) => {
            Answer { status: 200, body: json!({ "package": package, "version": version, "sha256": digest }) }
        }
        Ok(None) => Answer { status: 404, body: json!({ "error": format!("{package} has no {version}") }) },
        Err(error) => Answer { status: 503, body: json!({ "error": error.to_string() }) },
    }
}

fn of_member(world: &Path, member: &Member, what: &str) -> Answer {
    let running = match member.delivery {
        Delivery::Push | Delivery::Script => deployed(world, member.name),
        Delivery::Package { package, .. } => released(world, package),
    };
    let running = match running {
        Ok(running) => running,
        Err(why) => return unwell(&why),
    };
    match what {
        "up" => Answer { status: 200, body: json!({ "up": true, "version": running.version }) },
        "version" => Answer {
            status: 200,
            body: json!({ "sha": running.sha.as_ref().map(Sha::as_str), "version": running.version }),
        },
        "flag" => match flags(world, &running.keys) {
            Ok(states) => Answer { status: 200, body: states },
            Err(why) => unwell(&why),
        },
        _ => unknown(&format!("{}/{what}", member.name)),
    }
}

/// What answers for a repository now.
struct Running {
    sha: Option<Sha>,
    version: String,
    /// The flags it reads.
    keys: Vec<String>,
}

/// The live tree of a service, if it is whole.
fn deployed(world: &Path, name: &str) -> Result<Running, String> {
    let home = world.join("live").join(name);
    let sha: Sha = text(&home.join("current"))?.parse().map_err(|error| format!("nothing is live: {error}"))?;
    let release = home.join("releases").join(sha.as_str());
    if text(&release.join(".release"))? != sha.as_str() {
        return Err(format!("the live tree is not that of {}", sha.short()));
    }
    schema_is_there(world, &release)?;
    let keys = text(&release.join("FLAGS"))?.lines().map(str::to_owned).collect();
    Ok(Running { version: text(&release.join("VERSION"))?, sha: Some(sha), keys })
}

/// A service whose tree has migrations that never ran can't answer.
fn schema_is_there(world: &Path, release: &Path) -> Result<(), String> {
    let Ok(entries) = std::fs::read_dir(release.join("migrations")) else { return Ok(()) };
    let table = text(&world.join("live/database/schema_migrations"))?;
    for entry in entries {
        let path = entry.map_err(|error| error.to_string())?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        if !table.lines().any(|row| row.split('\t').next() == Some(&*name)) {
            return Err(format!("the database lacks {name}"));
        }
    }
    Ok(())
}

/// The newest package, as it runs inside whoever installed it. Every version of both reads the release's flag.
fn released(world: &Path, package: &str) -> Result<Running, String> {
    let found = registry::latest(&world.join("registry"), package).map_err(|error| error.to_string())?;
    let (version, file): (String, PathBuf) = found.ok_or_else(|| format!("{package} was never published"))?;
    Ok(Running { sha: artefact::commit_of(&file), version, keys: vec!["m3_team_org_tier".to_owned()] })
}

/// The states of some flags. A flag that can't be read is no answer at all: no value isn't off.
fn flags(world: &Path, keys: &[String]) -> Result<Value, String> {
    let file: Value = serde_json::from_str(&text(&world.join("flags.json"))?).map_err(|error| error.to_string())?;
    let mut states = serde_json::Map::new();
    for key in keys {
        let state = file.get(key).and_then(|flag| flag.get("state")).and_then(Value::as_str);
        states.insert(key.clone(), state.ok_or_else(|| format!("the flag file has no state of {key}"))?.into());
    }
    Ok(Value::Object(states))
}

fn text(path: &Path) -> Result<String, String> {
    disk::read_text(path, LIMIT).map(|text| text.trim_end().to_owned()).map_err(|error| error.to_string())
}
