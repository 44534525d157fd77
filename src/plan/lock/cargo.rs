//! `Cargo.lock`.

use super::{Entry, Format, Proof, text_in, toml_packages};

pub(super) struct CargoLock;

impl Format for CargoLock {
    fn is(&self, file: &str) -> bool {
        file == "Cargo.lock"
    }

    fn entries(&self, text: &str, name: &str) -> Result<Vec<Entry>, String> {
        let (_, packages) = toml_packages(text, |other| other == name)?;
        let entry = |package: &toml::Table| {
            let source = text_in(package, "source");
            let of_registry =
                source.as_deref().is_some_and(|at| at.starts_with("registry+") || at.starts_with("sparse+"));
            Entry {
                version: text_in(package, "version").unwrap_or_default(),
                integrity: text_in(package, "checksum"),
                elsewhere: (!of_registry).then(|| source.unwrap_or_else(|| "a path".to_owned())),
            }
        };
        Ok(packages.iter().map(entry).collect())
    }

    fn proof(&self, _text: &str) -> Proof {
        Proof::Required("the registry's index shows no checksum")
    }
}
