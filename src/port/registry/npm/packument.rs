//! What a registry tells of a package and of one version of it, as npm's own clients read it. Asks nobody.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::integrity::sha512;
use crate::port::registry::{File, Hash, Version};

/// A package's document: all its versions, in the short form that `npm install` reads or in the long one.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Packument {
    #[serde(default)]
    versions: Option<BTreeMap<String, Manifest>>,
    #[serde(default)]
    time: Option<BTreeMap<String, serde_json::Value>>,
}

/// What is told of one version.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Manifest {
    version: String,
    #[serde(default)]
    dist: Option<Dist>,
    // a text; some registries write false, and an emptied text takes a deprecation back
    #[serde(default)]
    deprecated: Option<serde_json::Value>,
}

#[derive(Debug, Clone, Deserialize)]
struct Dist {
    #[serde(default)]
    integrity: Option<String>,
    #[serde(default)]
    tarball: Option<String>,
}

impl Packument {
    /// Reads one; an error says what came instead.
    pub(super) fn read(body: &[u8]) -> Result<Self, String> {
        let packument: Self = read(body)?;
        if packument.versions.is_none() && packument.time.is_none() {
            return Err("it is a JSON document, but it lists no versions".to_owned());
        }
        Ok(packument)
    }

    /// What it tells of a version.
    pub(super) fn version(&self, version: &str) -> Option<&Manifest> {
        self.versions.as_ref()?.get(version)
    }

    /// Whether a version was published once and is gone: its number is used up.
    pub(super) fn is_used_up(&self, version: &str) -> bool {
        self.version(version).is_none() && self.time.as_ref().is_some_and(|time| time.contains_key(version))
    }

    /// Whether all of the package was unpublished.
    pub(super) fn is_unpublished(&self) -> bool {
        self.time.as_ref().is_some_and(|time| time.contains_key("unpublished"))
            && self.versions.as_ref().is_none_or(BTreeMap::is_empty)
    }

    /// A version beside this one, to find out whether the registry answers for single versions at all.
    pub(super) fn beside(&self, version: &str) -> Option<&str> {
        self.versions.as_ref()?.keys().map(String::as_str).rfind(|other| *other != version)
    }
}

impl Manifest {
    /// Reads the document of one version; an error says what came instead.
    pub(super) fn read(body: &[u8]) -> Result<Self, String> {
        read(body)
    }

    /// The version that it is about.
    pub(super) fn version(&self) -> &str {
        &self.version
    }

    /// Why it must not be used any more.
    pub(super) fn deprecated(&self) -> Option<String> {
        let why = match self.deprecated.as_ref()? {
            serde_json::Value::String(why) if !why.trim().is_empty() => format!("deprecated: {why}"),
            serde_json::Value::Bool(true) => "deprecated".to_owned(),
            _ => return None,
        };
        Some(why)
    }

    /// The SHA-512 of its one file, in hexadecimal digits.
    pub(super) fn sha512(&self) -> Option<String> {
        sha512(self.dist.as_ref()?.integrity.as_deref()?)
    }

    /// Where its one file is.
    pub(super) fn tarball(&self) -> Option<&str> {
        self.dist.as_ref()?.tarball.as_deref()
    }

    /// The version as every registry lists one. What `another` source tells of it counts as well.
    pub(super) fn listed(&self, another: Option<&Self>) -> Version {
        let url = self.tarball().map(str::to_owned);
        let name = url.as_deref().and_then(|url| url.rsplit('/').next()).unwrap_or_default().to_owned();
        let digests = self.sha512().map(Hash::Sha512).into_iter().collect();
        let withdrawn = self.deprecated().or_else(|| another.and_then(Self::deprecated));
        Version { files: vec![File { name, digests, url }], withdrawn }
    }
}

fn read<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| {
        let begins = body.iter().find(|byte| !byte.is_ascii_whitespace());
        match begins {
            Some(b'<') => "it answers with a web page instead of JSON".to_owned(),
            None => "it answers with nothing".to_owned(),
            Some(_) => format!("its answer can't be read: {error}"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // as a registry sent it for a published and then deprecated version
    const SHORT: &str = r#"{"name":"@demo/tiny","dist-tags":{"latest":"1.0.0"},"modified":"2026-11-20T17:42:05.528Z",
        "versions":{"0.9.0":{"name":"@demo/tiny","version":"0.9.0","dist":{"shasum":"00","tarball":"http://127.0.0.1:1/a.tgz"}},
        "1.0.0":{"name":"@demo/tiny","version":"1.0.0","deprecated":"use 2","hasInstallScript":false,"dist":{
        "integrity":"sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
        "shasum":"b2bc","tarball":"http://127.0.0.1:1/@demo/tiny/-/tiny-1.0.0.tgz"}}}}"#;

    #[test]
    fn a_version_is_told_with_its_digest_and_its_deprecation() {
        let packument = Packument::read(SHORT.as_bytes()).unwrap();
        let manifest = packument.version("1.0.0").unwrap();
        let listed = manifest.listed(None);
        assert_eq!(listed.withdrawn.as_deref(), Some("deprecated: use 2"));
        assert_eq!(listed.files[0].name, "tiny-1.0.0.tgz");
        let [Hash::Sha512(digits)] = listed.files[0].digests.as_slice() else { panic!("{listed:?}") };
        assert!(digits.starts_with("cf83e1357eefb8bd") && digits.len() == 128);
        assert_eq!(packument.beside("1.0.0"), Some("0.9.0"));
        let old = packument.version("0.9.0").unwrap().listed(None);
        assert!(old.withdrawn.is_none() && old.files[0].digests.is_empty() && old.files[0].url.is_some());
    }

    #[test]
    fn what_was_taken_back_is_used_up() {
        let one = r#"{"versions":{"2.0.0":{"version":"2.0.0"}},"time":{"created":"x","1.0.0":"x","2.0.0":"x"}}"#;
        let one = Packument::read(one.as_bytes()).unwrap();
        assert!(one.is_used_up("1.0.0") && !one.is_used_up("2.0.0") && !one.is_used_up("3.0.0"));
        let all =
            r#"{"_id":"tiny","time":{"created":"x","1.0.0":"x","unpublished":{"time":"x","versions":["1.0.0"]}}}"#;
        let all = Packument::read(all.as_bytes()).unwrap();
        assert!(all.is_unpublished() && all.is_used_up("1.0.0"));
    }

    #[test]
    fn an_emptied_deprecation_is_none() {
        for (word, expected) in [("\"\"", false), ("false", false), ("true", true), ("\"old\"", true), ("null", false)]
        {
            let text = format!("{{\"version\":\"1.0.0\",\"deprecated\":{word}}}");
            assert_eq!(Manifest::read(text.as_bytes()).unwrap().deprecated().is_some(), expected, "{word}");
        }
    }

    #[test]
    fn what_is_no_packument_says_so() {
        assert!(Packument::read(b"<!DOCTYPE html>").unwrap_err().contains("web page"));
        assert!(Packument::read(b" ").unwrap_err().contains("nothing"));
        assert!(Packument::read(b"{\"ok\":true}").unwrap_err().contains("no versions"));
        assert!(Packument::read(b"{\"versions\":[]}").unwrap_err().contains("can't be read"));
    }
}
