//! `Gemfile.lock` and `gems.locked`; only newer bundlers write checksums.

use super::{Entry, Format, Proof};

pub(super) struct GemfileLock;

impl Format for GemfileLock {
    fn is(&self, file: &str) -> bool {
        matches!(file, "Gemfile.lock" | "gems.locked")
    }

    fn entries(&self, text: &str, name: &str) -> Result<Vec<Entry>, String> {
        let mut entries: Vec<Entry> = Vec::new();
        let (mut section, mut remote) = ("", "");
        let mut sums: Vec<(String, String)> = Vec::new();
        for line in text.lines() {
            let content = line.trim();
            if !line.starts_with(' ') {
                section = content;
                remote = "";
            }
            match section {
                "GEM" | "GIT" | "PATH" | "PLUGIN SOURCE" => {
                    remote = content.strip_prefix("remote: ").unwrap_or(remote);
                    // four spaces are a gem, six what it depends on
                    let gem = line.strip_prefix("    ").filter(|rest| !rest.starts_with(' '));
                    let Some(version) = gem.and_then(|gem| version_of(gem, name)) else { continue };
                    let elsewhere = (section != "GEM").then(|| format!("{} {remote}", section.to_lowercase()));
                    entries.push(Entry { version, integrity: None, elsewhere });
                }
                "CHECKSUMS" => {
                    let (gem, sum) = content.split_once(") ").unwrap_or((content, ""));
                    let Some(version) = version_of(&format!("{}{}", gem.trim_end_matches(')'), ")"), name) else {
                        continue;
                    };
                    if !sum.is_empty() {
                        sums.push((version, sum.to_owned()));
                    }
                }
                _ => {}
            }
        }
        if !text.lines().any(|line| line == "DEPENDENCIES") {
            return Err("it names no DEPENDENCIES".to_owned());
        }
        for entry in &mut entries {
            entry.integrity = sums.iter().find(|(version, _)| *version == entry.version).map(|(_, sum)| sum.clone());
        }
        Ok(entries)
    }

    fn proof(&self, text: &str) -> Proof {
        if text.lines().any(|line| line == "CHECKSUMS") {
            Proof::Required("run `bundle lock --add-checksums`")
        } else {
            Proof::Newer
        }
    }
}

/// The version in `name (1.0.0)`, without a platform.
fn version_of(gem: &str, name: &str) -> Option<String> {
    let inside = gem.strip_prefix(name)?.strip_prefix(" (")?.trim_end_matches('!').strip_suffix(')')?;
    Some(inside.split('-').next().unwrap_or(inside).to_owned())
}
