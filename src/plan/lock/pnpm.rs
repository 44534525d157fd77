//! `pnpm-lock.yaml`, versions 5.4 to 9.

use super::lines::{Line, member, read};
use super::{Entry, Format, Proof};

pub(super) struct PnpmLock;

impl Format for PnpmLock {
    fn is(&self, file: &str) -> bool {
        file == "pnpm-lock.yaml"
    }

    fn entries(&self, text: &str, name: &str) -> Result<Vec<Entry>, String> {
        let lines = read(text)?;
        if !lines.iter().any(|line| line.path == ["lockfileVersion"]) {
            return Err("it names no lockfileVersion".to_owned());
        }
        let mut entries: Vec<Entry> = Vec::new();
        for line in &lines {
            if let Some(elsewhere) = imported(line, name) {
                entries.push(Entry { elsewhere: Some(elsewhere), ..Entry::default() });
            }
            let [section, key, rest @ ..] = line.path.as_slice() else { continue };
            let Some(version) = (section == "packages").then(|| version_of(key, name)).flatten() else { continue };
            match rest {
                [] => entries.push(Entry { version, ..Entry::default() }),
                [resolution] if resolution == "resolution" => {
                    let Some(entry) = entries.last_mut() else { continue };
                    entry.integrity = member(&line.value, "integrity").map(str::to_owned);
                    let other = ["repo", "directory", "tarball"].into_iter().find_map(|key| member(&line.value, key));
                    // a tarball with integrity is a registry's that doesn't keep to the usual address
                    let other = other.filter(|_| entry.integrity.is_none());
                    entry.elsewhere = other.map(str::to_owned);
                }
                [resolution, key] if resolution == "resolution" => {
                    let Some(entry) = entries.last_mut() else { continue };
                    match key.as_str() {
                        "integrity" => entry.integrity = Some(line.value.clone()),
                        "repo" | "directory" => entry.elsewhere = Some(line.value.clone()),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        Ok(entries)
    }

    fn proof(&self, _text: &str) -> Proof {
        Proof::Required("the registry shows none, or pnpm took it from a folder")
    }
}

/// Where a project takes the package from, if from no registry.
fn imported(line: &Line, name: &str) -> Option<String> {
    let path: Vec<&str> = line.path.iter().map(String::as_str).collect();
    let value = match path.as_slice() {
        ["importers", _, kind, key, "version"] | [kind, key, "version"] | ["importers", _, kind, key]
            if kind.ends_with("ependencies") && *key == name =>
        {
            &line.value
        }
        _ => return None,
    };
    let plain = value.starts_with(|c: char| c.is_ascii_digit()) || value.is_empty() || value.starts_with(name);
    (!plain && value.contains([':', '/'])).then(|| value.clone())
}

/// The version in a package's key: `name@1.0.0(peer@2)`, `/name@1.0.0`, `/name/1.0.0_peer`.
fn version_of(key: &str, name: &str) -> Option<String> {
    let key = key.strip_prefix('/').unwrap_or(key);
    let rest = key.strip_prefix(name)?;
    let version = rest.strip_prefix(['@', '/'])?;
    let version = version.split(['(', '_']).next().unwrap_or(version);
    Some(version.to_owned())
}
