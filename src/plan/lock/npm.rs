//! `package-lock.json` and `npm-shrinkwrap.json`, versions 2 and 3.

use serde_json::Value;

use super::{Entry, Format, Proof};

pub(super) struct PackageLock;

impl Format for PackageLock {
    fn is(&self, file: &str) -> bool {
        matches!(file, "package-lock.json" | "npm-shrinkwrap.json")
    }

    fn entries(&self, text: &str, name: &str) -> Result<Vec<Entry>, String> {
        let lock: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let Some(packages) = lock.get("packages").and_then(Value::as_object) else {
            return Err("it has no `packages`: write it anew with npm 7 or newer".to_owned());
        };
        let of_name = packages.iter().filter_map(|(path, package)| {
            let at = path.rfind("node_modules/")?;
            let folder = path.get(at + "node_modules/".len()..)?;
            let called = package.get("name").and_then(Value::as_str).unwrap_or(folder);
            (called == name).then(|| (path.matches("node_modules/").count(), entry(package)))
        });
        let of_name: Vec<(usize, Entry)> = of_name.collect();
        // what another dependency has below itself isn't what the consumer takes
        let own = of_name.iter().any(|(depth, _)| *depth == 1);
        Ok(of_name.into_iter().filter(|(depth, _)| *depth == 1 || !own).map(|(_, entry)| entry).collect())
    }

    fn proof(&self, _text: &str) -> Proof {
        Proof::Required("the registry shows none, or npm took it from a folder")
    }
}

fn entry(package: &Value) -> Entry {
    let text = |key: &str| package.get(key).and_then(Value::as_str).map(str::to_owned);
    let resolved = text("resolved").unwrap_or_default();
    let linked = package.get("link").and_then(Value::as_bool) == Some(true);
    let of_registry = resolved.is_empty() || resolved.starts_with("https://") || resolved.starts_with("http://");
    Entry {
        version: text("version").unwrap_or_default(),
        integrity: text("integrity").filter(|text| !text.is_empty()),
        elsewhere: (linked || !of_registry).then(|| if resolved.is_empty() { "a link".to_owned() } else { resolved }),
    }
}
