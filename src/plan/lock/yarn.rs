//! `yarn.lock`: yarn's own form (classic) and the YAML of later ones (berry).

use super::lines::{read, unquoted};
use super::{Entry, Format, Proof};

pub(super) struct YarnLock;

impl Format for YarnLock {
    fn is(&self, file: &str) -> bool {
        file == "yarn.lock"
    }

    fn entries(&self, text: &str, name: &str) -> Result<Vec<Entry>, String> {
        if text.contains("\n__metadata:") || text.starts_with("__metadata:") {
            berry(text, name)
        } else if text.contains("# yarn lockfile v1") {
            Ok(classic(text, name))
        } else {
            Err("it is neither yarn's first form nor the later one".to_owned())
        }
    }

    fn proof(&self, _text: &str) -> Proof {
        Proof::Required("run a full `yarn install` once, or mind that the registry shows none")
    }
}

fn classic(text: &str, name: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut ours = false;
    for line in text.lines() {
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        if !line.starts_with(' ') {
            // "a@^1", a@1.2: the patterns that lead to one entry
            let mut patterns = content.trim_end_matches(':').split(", ").map(unquoted);
            ours = patterns.any(|pattern| {
                pattern.strip_prefix(name).is_some_and(|rest| rest.starts_with('@'))
                    || pattern.contains(&format!("@npm:{name}@"))
            });
            if ours {
                entries.push(Entry::default());
            }
            continue;
        }
        // deeper lines are about the package's own dependencies
        if !ours || line.starts_with("   ") {
            continue;
        }
        let (Some(entry), Some((key, value))) = (entries.last_mut(), content.split_once(' ')) else { continue };
        let value = unquoted(value);
        match key {
            "version" => value.clone_into(&mut entry.version),
            "integrity" => entry.integrity = Some(value.to_owned()),
            "resolved" if !value.starts_with("http://") && !value.starts_with("https://") => {
                entry.elsewhere = Some(value.to_owned());
            }
            "resolved" if value.contains(".git#") => entry.elsewhere = Some(value.to_owned()),
            _ => {}
        }
    }
    entries
}

fn berry(text: &str, name: &str) -> Result<Vec<Entry>, String> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut group: Vec<(String, String)> = Vec::new();
    let lines = read(text)?;
    let mut close = |group: &mut Vec<(String, String)>| {
        let of = |key: &str| group.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone());
        let resolution = of("resolution").unwrap_or_default();
        if let Some(from) = resolution.strip_prefix(name).and_then(|rest| rest.strip_prefix('@')) {
            let elsewhere = (!from.starts_with("npm:")).then(|| from.to_owned());
            entries.push(Entry { version: of("version").unwrap_or_default(), integrity: of("checksum"), elsewhere });
        }
        group.clear();
    };
    for line in lines {
        match line.path.as_slice() {
            [_] => close(&mut group),
            [_, key] => group.push((key.clone(), line.value)),
            _ => {}
        }
    }
    close(&mut group);
    Ok(entries)
}
