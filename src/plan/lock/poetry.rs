//! `poetry.lock`, with its hashes at the package or, as older ones have them, together.

use super::uv::is_same;
use super::{Entry, Format, Proof, text_in, toml_packages};
use crate::plan::pinning::pep508::plain;

pub(super) struct PoetryLock;

impl Format for PoetryLock {
    fn is(&self, file: &str) -> bool {
        file == "poetry.lock"
    }

    fn entries(&self, text: &str, name: &str) -> Result<Vec<Entry>, String> {
        let (lock, packages) = toml_packages(text, |other| plain(other) == plain(name))?;
        let together = lock.get("metadata").and_then(|metadata| metadata.get("files")?.as_table());
        let entry = |package: &toml::Table| {
            let name = text_in(package, "name").unwrap_or_default();
            let files = package.get("files").or_else(|| together?.get(&name)).and_then(toml::Value::as_array);
            let mut hashes =
                files.into_iter().flatten().filter_map(toml::Value::as_table).filter_map(|file| text_in(file, "hash"));
            let source = package.get("source").and_then(toml::Value::as_table);
            // `legacy` is poetry's word for another index
            let elsewhere = source.filter(|source| text_in(source, "type").as_deref() != Some("legacy"));
            let elsewhere = elsewhere.map(|source| {
                let text = |key| text_in(source, key).unwrap_or_default();
                format!("{} {}", text("type"), text("url"))
            });
            Entry { version: text_in(package, "version").unwrap_or_default(), integrity: hashes.next(), elsewhere }
        };
        Ok(packages.iter().map(entry).collect())
    }

    fn proof(&self, _text: &str) -> Proof {
        Proof::Required("the registry shows no hash of its files")
    }

    fn is_same(&self, a: &str, b: &str) -> bool {
        is_same(a, b)
    }
}
