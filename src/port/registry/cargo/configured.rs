//! What cargo is configured to use, out of its own files: which registry a package goes to and where its index is. Works on
//! texts; where they are read, others know (the Cargo book, "Configuration" and "Source Replacement").

use toml::{Table, Value};

/// The registry that needs no name.
const DEFAULT: &str = "crates-io";
/// More replacements than anyone writes: a circle.
const CHAIN: usize = 8;

/// Cargo's configuration, the nearest file first.
#[derive(Debug, Default)]
pub(super) struct Configured {
    files: Vec<Table>,
}

/// A file that another includes, relative to that one's folder.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Included {
    pub(super) path: String,
    /// Whether it may be missing.
    pub(super) optional: bool,
}

impl Configured {
    /// Adds a file that counts less than those before, and says which it includes: those count less still, the last most.
    /// What can't be read is said with its place.
    pub(super) fn add(&mut self, place: &str, text: &str) -> Result<Vec<Included>, String> {
        let table: Table = text.parse().map_err(|error: toml::de::Error| {
            format!("cargo's configuration {place} can't be read: {}", error.message())
        })?;
        let one = |value: &Value| match value {
            Value::String(path) => Some(Included { path: path.clone(), optional: false }),
            other => Some(Included {
                path: other.get("path")?.as_str()?.to_owned(),
                optional: other.get("optional").and_then(Value::as_bool).unwrap_or_default(),
            }),
        };
        let included = match table.get("include") {
            None => Vec::new(),
            Some(Value::Array(several)) => several.iter().rev().filter_map(one).collect(),
            Some(single) => one(single).into_iter().collect(),
        };
        self.files.push(table);
        Ok(included)
    }

    fn text(&self, path: &[&str]) -> Option<&str> {
        self.files.iter().find_map(|file| {
            let (first, rest) = path.split_first()?;
            rest.iter().try_fold(file.get(*first)?, |value, key| value.get(key)).and_then(Value::as_str)
        })
    }

    /// The index of the registry that a package goes to, if a file or a variable names one; none where only cargo knows.
    pub(super) fn index(
        &self,
        publish: Option<&str>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<String>, String> {
        let default =
            || variable("CARGO_REGISTRY_DEFAULT").or_else(|| self.text(&["registry", "default"]).map(Into::into));
        let name = publish.map(str::to_owned).or_else(default).unwrap_or_else(|| DEFAULT.to_owned());
        if name == DEFAULT {
            return self.replaced(variable);
        }
        let index = self.registry(&name, variable).ok_or_else(|| {
            format!("the package goes to the registry {name:?}, but cargo's configuration names no index for it: write [registries.{name}] index there, or [registry.…] index in release.toml")
        })?;
        Ok(Some(index))
    }

    fn registry(&self, name: &str, variable: impl Fn(&str) -> Option<String>) -> Option<String> {
        let upper = name.to_ascii_uppercase().replace('-', "_");
        let named = variable(&format!("CARGO_REGISTRIES_{upper}_INDEX"));
        named.or_else(|| self.text(&["registries", name, "index"]).map(str::to_owned))
    }

    /// Where the default registry is replaced by another; a vendored folder is no registry.
    fn replaced(&self, variable: impl Fn(&str) -> Option<String>) -> Result<Option<String>, String> {
        let mut at = DEFAULT.to_owned();
        for _ in 0..CHAIN {
            let Some(next) = self.text(&["source", &at, "replace-with"]) else {
                if at == DEFAULT {
                    return Ok(None);
                }
                let source = self.text(&["source", &at, "registry"]).map(str::to_owned);
                return Ok(source.or_else(|| self.registry(&at, &variable)));
            };
            next.clone_into(&mut at);
        }
        Err("cargo's configuration replaces its sources in a circle".to_owned())
    }

    /// The name under which an index is configured, which its credentials are kept by.
    pub(super) fn name_of(&self, index: &str) -> Option<&str> {
        let plain = |text: &str| text.trim_start_matches("sparse+").trim_end_matches('/').to_owned();
        let wanted = plain(index);
        self.files.iter().find_map(|file| {
            let mut registries = file.get("registries")?.as_table()?.iter();
            let is =
                |registry: &Value| registry.get("index").and_then(Value::as_str).is_some_and(|i| plain(i) == wanted);
            registries.find(|(_, registry)| is(registry)).map(|(name, _)| name.as_str())
        })
    }
}

/// The one registry that a manifest lets its package go to.
pub(super) fn published_to(manifest: &str, name: &str) -> Option<String> {
    let manifest: Table = manifest.parse().ok()?;
    let package = manifest.get("package")?;
    if package.get("name")?.as_str()? != name {
        return None;
    }
    match package.get("publish")?.as_array()?.as_slice() {
        [one] => one.as_str().map(str::to_owned),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configured(files: &[&str]) -> Configured {
        let mut configured = Configured::default();
        for file in files {
            configured.add("config.toml", file).unwrap();
        }
        configured
    }

    #[test]
    fn the_index_is_where_cargo_would_look() {
        let none = |_: &str| None;
        let mirror =
            "[source.crates-io]\nreplace-with = 'near'\n[source.near]\nregistry = 'sparse+http://127.0.0.1:1/i/'";
        let chain = "[source.crates-io]\nreplace-with = 'near'\n[source.near]\nreplace-with = 'ours'\n[registries.ours]\nindex = 'sparse+http://127.0.0.1:2/'";
        let default = "[registry]\ndefault = 'ours'\n[registries.ours]\nindex = 'sparse+http://127.0.0.1:3/'";
        let vendored = "[source.crates-io]\nreplace-with = 'v'\n[source.v]\ndirectory = 'vendor'";
        for (files, index) in [
            (&[][..], None),
            (&[mirror][..], Some("sparse+http://127.0.0.1:1/i/")),
            (&[chain][..], Some("sparse+http://127.0.0.1:2/")),
            (&[default][..], Some("sparse+http://127.0.0.1:3/")),
            (
                &["[registries.ours]\nindex = 'sparse+http://127.0.0.1:4/'", default][..],
                Some("sparse+http://127.0.0.1:4/"),
            ),
            (&[vendored][..], None),
        ] {
            assert_eq!(configured(files).index(None, none).unwrap().as_deref(), index, "{files:?}");
        }
        let named =
            |name: &str| (name == "CARGO_REGISTRIES_MY_OWN_INDEX").then(|| "sparse+http://127.0.0.1:5/".to_owned());
        let index = configured(&[]).index(Some("my-own"), named).unwrap();
        assert_eq!(index.as_deref(), Some("sparse+http://127.0.0.1:5/"));
        assert!(configured(&[]).index(Some("gone"), none).unwrap_err().contains("[registries.gone]"));
        let circle = "[source.crates-io]\nreplace-with = 'a'\n[source.a]\nreplace-with = 'crates-io'";
        assert!(configured(&[circle]).index(None, none).unwrap_err().contains("circle"));
        assert!(Configured::default().add("here", "[").unwrap_err().contains("here"));
        let included = "include = ['a.toml', { path = 'b.toml', optional = true }]\n";
        let included = Configured::default().add("here", included).unwrap();
        let said: Vec<_> = included.iter().map(|file| (file.path.as_str(), file.optional)).collect();
        assert_eq!(said, [("b.toml", true), ("a.toml", false)]);
    }

    #[test]
    fn credentials_go_by_the_registrys_name() {
        let ours = configured(&["[registries.ours]\nindex = 'sparse+http://127.0.0.1:3/i/'"]);
        assert_eq!(ours.name_of("http://127.0.0.1:3/i"), Some("ours"));
        assert_eq!(ours.name_of("http://127.0.0.1:4/i"), None);
    }

    #[test]
    fn a_manifest_may_name_its_one_registry() {
        let manifest = "[package]\nname = 'tiny'\npublish = ['ours']\n";
        assert_eq!(published_to(manifest, "tiny").as_deref(), Some("ours"));
        assert_eq!(published_to(manifest, "other"), None);
        assert_eq!(published_to("[package]\nname = 'tiny'\npublish = false\n", "tiny"), None);
    }
}
