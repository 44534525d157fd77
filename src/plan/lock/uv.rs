//! `uv.lock`, and how Python compares versions.

use super::{Entry, Format, Proof, text_in, toml_packages};
use crate::plan::pinning::pep508::plain;

pub(super) struct UvLock;

impl Format for UvLock {
    fn is(&self, file: &str) -> bool {
        file == "uv.lock"
    }

    fn entries(&self, text: &str, name: &str) -> Result<Vec<Entry>, String> {
        let (_, packages) = toml_packages(text, |other| plain(other) == plain(name))?;
        Ok(packages.iter().map(entry).collect())
    }

    fn proof(&self, _text: &str) -> Proof {
        Proof::Required("the registry shows no hash of its files")
    }

    fn is_same(&self, a: &str, b: &str) -> bool {
        is_same(a, b)
    }
}

fn entry(package: &toml::Table) -> Entry {
    let source = package.get("source").and_then(toml::Value::as_table);
    let elsewhere = match source {
        None => Some("nowhere".to_owned()),
        Some(source) if source.contains_key("registry") => None,
        Some(source) => Some(source.iter().next().map_or_else(String::new, |(kind, at)| format!("{kind} {at}"))),
    };
    let sdist = package.get("sdist").and_then(toml::Value::as_table).into_iter();
    let wheels = package.get("wheels").and_then(toml::Value::as_array).into_iter().flatten();
    let mut hashes = sdist.chain(wheels.filter_map(toml::Value::as_table)).filter_map(|file| text_in(file, "hash"));
    Entry { version: text_in(package, "version").unwrap_or_default(), integrity: hashes.next(), elsewhere }
}

/// Whether PEP 440 takes two versions for one: `1.0-rc.1` is `1.0.0rc1`.
pub(super) fn is_same(a: &str, b: &str) -> bool {
    canonical(a) == canonical(b)
}

fn canonical(version: &str) -> String {
    let lower = version.trim().to_ascii_lowercase();
    let lower = lower.strip_prefix('v').unwrap_or(&lower);
    let (public, local) = lower.split_once('+').unwrap_or((lower, ""));
    let end = public.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '!')).unwrap_or(public.len());
    let (release, rest) = public.split_at(end);
    let mut release = release.trim_end_matches('.');
    while let Some(shorter) = release.strip_suffix(".0") {
        release = shorter;
    }
    let rest: String = rest.chars().filter(|c| !"-_.".contains(*c)).collect();
    let rest = rest.replace("alpha", "a").replace("beta", "b").replace("preview", "rc");
    let rest = match rest.strip_prefix('c').or_else(|| rest.strip_prefix("pre")) {
        Some(number) => format!("rc{number}"),
        None => rest,
    };
    format!("{release}{rest}+{}", local.replace(['-', '_'], "."))
}
