//! A package's name and version as its own manifest says them. Works on text: which commit it was read from, others know.

mod ruby;

use serde_json::Value;

use super::{Package, RegistryKind, RepoName};
use ruby::Assigned;

/// The manifests that are tried in turn where the plan names none; last of all, the one gemspec at the root.
pub const CANDIDATES: [&str; 4] = ["package.json", "pyproject.toml", "Cargo.toml", "VERSION"];
/// How a gemspec's name ends.
pub const GEMSPEC: &str = ".gemspec";
/// What a file that holds a gem's version is called.
pub const VERSION_RB: &str = "version.rb";

/// The most characters of a name or a version: no registry takes more.
const LONGEST: usize = 214;

/// Why a manifest doesn't say what its package is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestFault {
    /// The name of the file tells no format.
    #[error("{0} is no manifest that is understood: name one of {list}, a gemspec or a version.rb", list = CANDIDATES.join(", "))]
    UnknownFormat(String),
    /// The text isn't what the file's name promises.
    #[error("{file} can't be read: {because}")]
    Unreadable {
        /// The file.
        file: String,
        /// What the parser said.
        because: String,
    },
    /// A key isn't there, or is no text.
    #[error("{file} has no {key}: write it there as a text")]
    Missing {
        /// The file.
        file: String,
        /// The key, with its table.
        key: &'static str,
    },
    /// The version comes from elsewhere, so that no reading of this file tells it.
    #[error(
        "{file} doesn't hold the version itself ({why}): write version = \"…\" there, or name a VERSION file as `manifest`"
    )]
    Elsewhere {
        /// The file.
        file: String,
        /// What stands there instead.
        why: &'static str,
    },
    /// A program would have to be run to know.
    #[error(
        "{file} computes the {what} ({stands}): write it as a plain text, or name the file that holds VERSION = \"…\" as `manifest`"
    )]
    Computed {
        /// The file.
        file: String,
        /// `name` or `version`.
        what: &'static str,
        /// What stands there.
        stands: String,
    },
    /// A value that no registry would take, or that a command line could misread.
    #[error("{file}: the {what} {value:?} can't be one: {because}")]
    Implausible {
        /// The file.
        file: String,
        /// `name` or `version`.
        what: &'static str,
        /// What stands there.
        value: String,
        /// Why it can't be one.
        because: &'static str,
    },
}

/// The manifests that are tried for a kind of registry, the most likely first.
pub fn candidates(kind: Option<RegistryKind>, gemspec: Option<&str>) -> Vec<String> {
    let own = match kind {
        Some(RegistryKind::Npm) => Some("package.json"),
        Some(RegistryKind::PyPi) => Some("pyproject.toml"),
        Some(RegistryKind::Cargo) => Some("Cargo.toml"),
        Some(RegistryKind::RubyGems) => gemspec,
        Some(RegistryKind::Generic) | None => None,
    };
    let others = CANDIDATES.into_iter().chain(gemspec).filter(|other| Some(*other) != own);
    own.into_iter().chain(others).map(str::to_owned).collect()
}

/// The files that a gemspec may take its version from, relative to its folder.
pub fn version_files(gemspec: &str) -> Vec<String> {
    ruby::required(gemspec)
}

/// The name that a gemspec gives its gem.
pub fn gem_name(file_name: &str, gemspec: &str) -> Result<String, ManifestFault> {
    let manifest = Manifest { file: file_name };
    let name = manifest.ruby(ruby::field(gemspec, "name"), "name", "spec.name")?;
    manifest.plausible("name", &name)?;
    Ok(name)
}

/// Reads a manifest; its format follows from the last part of the file's name. The package of a VERSION or version.rb file is
/// named after the repo.
pub fn read(file_name: &str, text: &str, repo: &RepoName) -> Result<Package, ManifestFault> {
    let text = text.trim_start_matches('\u{feff}');
    let manifest = Manifest { file: file_name };
    let (name, version) = match file_name.rsplit(['/', '\\']).next().unwrap_or(file_name) {
        "package.json" => {
            let json: Value = serde_json::from_str(text).map_err(|error| manifest.unreadable(&error.to_string()))?;
            (manifest.text(json.get("name"), "name")?, manifest.text(json.get("version"), "version")?)
        }
        "pyproject.toml" => manifest.python(&manifest.toml(text)?)?,
        "Cargo.toml" => manifest.rust(&manifest.toml(text)?)?,
        "VERSION" => (repo.to_string(), manifest.plain(text)?),
        VERSION_RB => (repo.to_string(), manifest.ruby(ruby::constant(text), "version", "VERSION = \"…\"")?),
        gemspec if gemspec.ends_with(GEMSPEC) => {
            (gem_name(file_name, text)?, manifest.ruby(ruby::field(text, "version"), "version", "spec.version")?)
        }
        _ => return Err(ManifestFault::UnknownFormat(file_name.to_owned())),
    };
    manifest.plausible("name", &name)?;
    manifest.plausible("version", &version)?;
    if !version.contains(|c: char| c.is_ascii_digit()) {
        return Err(manifest.implausible("version", &version, "it has no digit"));
    }
    Ok(Package { name, version })
}

/// A manifest while it is read.
struct Manifest<'a> {
    file: &'a str,
}

impl Manifest<'_> {
    fn unreadable(&self, because: &str) -> ManifestFault {
        let because = because.trim_end().lines().map(str::trim).collect::<Vec<_>>().join(" ");
        ManifestFault::Unreadable { file: self.file.to_owned(), because }
    }

    fn implausible(&self, what: &'static str, value: &str, because: &'static str) -> ManifestFault {
        let value = value.chars().take(LONGEST).collect();
        ManifestFault::Implausible { file: self.file.to_owned(), what, value, because }
    }

    fn missing(&self, key: &'static str) -> ManifestFault {
        ManifestFault::Missing { file: self.file.to_owned(), key }
    }

    fn elsewhere(&self, why: &'static str) -> ManifestFault {
        ManifestFault::Elsewhere { file: self.file.to_owned(), why }
    }

    fn toml(&self, text: &str) -> Result<toml::Table, ManifestFault> {
        toml::from_str(text).map_err(|error: toml::de::Error| self.unreadable(error.message()))
    }

    fn text(&self, value: Option<&Value>, key: &'static str) -> Result<String, ManifestFault> {
        value.and_then(Value::as_str).map(str::to_owned).ok_or_else(|| self.missing(key))
    }

    /// PEP 621's table, or Poetry's own where it holds what the other leaves out.
    fn python(&self, manifest: &toml::Table) -> Result<(String, String), ManifestFault> {
        let tool = |name: &str| manifest.get("tool").and_then(|tool| tool.get(name));
        let text = |table: Option<&toml::Value>, key: &str| Some(table?.get(key)?.as_str()?.to_owned());
        let (project, poetry) = (manifest.get("project"), tool("poetry"));
        if project.is_none() && poetry.is_none() {
            return Err(self.missing("[project]"));
        }
        let (name_key, version_key) = match project {
            Some(_) => ("project.name", "project.version"),
            None => ("tool.poetry.name", "tool.poetry.version"),
        };
        let name = text(project, "name").or_else(|| text(poetry, "name")).ok_or_else(|| self.missing(name_key))?;
        let computed = tool("poetry-dynamic-versioning").and_then(|plugin| plugin.get("enable")?.as_bool());
        let dynamic = project.and_then(|project| project.get("dynamic")?.as_array());
        let dynamic = dynamic.is_some_and(|keys| keys.iter().any(|key| key.as_str() == Some("version")));
        match (text(project, "version"), text(poetry, "version")) {
            (Some(version), _) if !dynamic => Ok((name, version)),
            (None, Some(_)) if computed == Some(true) => Err(self.elsewhere("poetry-dynamic-versioning is enabled")),
            (None, Some(version)) => Ok((name, version)),
            _ if dynamic => Err(self.elsewhere("dynamic = [\"version\"]")),
            _ => Err(self.missing(version_key)),
        }
    }

    fn ruby(&self, found: Option<Assigned>, what: &'static str, key: &'static str) -> Result<String, ManifestFault> {
        match found {
            Some(Assigned::Text(text)) => Ok(text),
            Some(Assigned::Computed(stands)) => {
                Err(ManifestFault::Computed { file: self.file.to_owned(), what, stands })
            }
            None => Err(self.missing(key)),
        }
    }

    fn rust(&self, manifest: &toml::Table) -> Result<(String, String), ManifestFault> {
        let package = manifest.get("package").ok_or_else(|| self.missing("[package]"))?;
        let name = package.get("name").and_then(toml::Value::as_str).ok_or_else(|| self.missing("package.name"))?;
        let version = package.get("version").ok_or_else(|| self.missing("package.version"))?;
        if version.get("workspace").is_some() {
            return Err(self.elsewhere("version.workspace = true"));
        }
        Ok((name.to_owned(), version.as_str().ok_or_else(|| self.missing("package.version"))?.to_owned()))
    }

    fn plain(&self, text: &str) -> Result<String, ManifestFault> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let version = lines.next().ok_or_else(|| self.missing("version"))?;
        match lines.next() {
            None => Ok(version.to_owned()),
            Some(_) => Err(self.unreadable("it must hold one line, the version")),
        }
    }

    /// Names and versions end up as arguments of commands, in tags and on screens.
    fn plausible(&self, what: &'static str, value: &str) -> Result<(), ManifestFault> {
        let odd = |c: char| !c.is_ascii_alphanumeric() && !"@/._-+!~".contains(c);
        let because = if value.is_empty() {
            "it is empty"
        } else if value.chars().count() > LONGEST {
            "it is too long"
        } else if value.starts_with('-') {
            "it would be read as an option"
        } else if value.contains(odd) {
            "it holds a character that no registry takes"
        } else if value.split('/').any(|part| part == "..") {
            "it would be read as a path"
        } else if what == "version" && value.contains(['/', '@']) {
            "a version holds no '/' and no '@'"
        } else {
            return Ok(());
        };
        Err(self.implausible(what, value, because))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registrys_own_manifest_is_tried_first() {
        let tried = candidates(Some(RegistryKind::PyPi), None);
        assert_eq!(tried, ["pyproject.toml", "package.json", "Cargo.toml", "VERSION"]);
        let tried = candidates(Some(RegistryKind::RubyGems), Some("tiny.gemspec"));
        assert_eq!(tried, ["tiny.gemspec", "package.json", "pyproject.toml", "Cargo.toml", "VERSION"]);
        assert_eq!(candidates(Some(RegistryKind::Generic), Some("tiny.gemspec")).last().unwrap(), "tiny.gemspec");
    }

    fn said(file: &str, text: &str) -> String {
        match read(file, text, &"api".parse().unwrap()) {
            Ok(package) => format!("{} {}", package.name, package.version),
            Err(fault) => fault.to_string(),
        }
    }

    #[test]
    fn each_kind_of_manifest_says_what_its_package_is() {
        for (file, text, package) in [
            ("package.json", r#"{"name": "@acme/sdk", "version": "1.2.0-rc.1"}"#, "@acme/sdk 1.2.0-rc.1"),
            ("lib/package.json", "\u{feff}{\"name\": \"sdk\", \"version\": \"1\"}", "sdk 1"),
            (
                "pyproject.toml",
                "[project]\nname = \"acme-lib\"\nversion = \"2!1.0.post1+l\"\r\n",
                "acme-lib 2!1.0.post1+l",
            ),
            ("Cargo.toml", "[package]\nname = \"acme\"\nversion = \"0.1.0\"\n", "acme 0.1.0"),
            ("VERSION", "\n1.4.0\n\n", "api 1.4.0"),
            ("pyproject.toml", "[tool.poetry]\nname = 'lib'\nversion = '1.0'\n", "lib 1.0"),
            (
                "pyproject.toml",
                "[project]\nname = 'lib'\ndynamic = ['version']\n[tool.poetry]\nversion = '2.0'\n",
                "lib 2.0",
            ),
            (
                "tiny.gemspec",
                "Gem::Specification.new do |s|\n  s.name = 'tiny'\n  s.version = '1.2.3'\nend\n",
                "tiny 1.2.3",
            ),
            ("lib/tiny/version.rb", "module Tiny\n  VERSION = \"1.2.3\"\nend\n", "api 1.2.3"),
        ] {
            assert_eq!(said(file, text), package);
        }
    }

    #[test]
    fn a_manifest_that_does_not_tell_says_why() {
        for (file, text, fault) in [
            ("package.json", "{\"name\": \"x\"}", "package.json has no version"),
            ("package.json", "{\"name\": \"x\", \"version\": 1}", "package.json has no version"),
            ("package.json", "{", "package.json can't be read: EOF"),
            ("package.json", "[]", "package.json has no name"),
            ("package.json", r#"{"name": "x", "version": "latest"}"#, "it has no digit"),
            ("package.json", r#"{"name": "--x", "version": "1"}"#, "it would be read as an option"),
            ("package.json", r#"{"name": "../x", "version": "1"}"#, "it would be read as a path"),
            ("package.json", r#"{"name": "x", "version": "1\u202e"}"#, "it holds a character"),
            ("pyproject.toml", "[tool.ruff]\n", "pyproject.toml has no [project]"),
            ("pyproject.toml", "[tool.poetry]\n", "pyproject.toml has no tool.poetry.name"),
            (
                "pyproject.toml",
                "[tool.poetry]\nname = 'x'\nversion = '0.0.0'\n[tool.poetry-dynamic-versioning]\nenable = true\n",
                "doesn't hold the version itself (poetry-dynamic",
            ),
            (
                "x.gemspec",
                "s.name = 'x'\ns.version = X::VERSION\n",
                "x.gemspec computes the version (X::VERSION): write it",
            ),
            ("x.gemspec", "s.version = '1'\n", "x.gemspec has no spec.name"),
            ("version.rb", "VERSION = `git describe`\n", "version.rb computes the version (`git describe`)"),
            (
                "pyproject.toml",
                "[project]\nname = 'x'\ndynamic = ['version']\n",
                "doesn't hold the version itself (dynamic",
            ),
            ("pyproject.toml", "[project\n", "pyproject.toml can't be read"),
            (
                "Cargo.toml",
                "[package]\nname = 'x'\nversion.workspace = true\n",
                "doesn't hold the version itself (version.w",
            ),
            ("Cargo.toml", "[workspace]\n", "Cargo.toml has no [package]"),
            ("VERSION", " \n", "VERSION has no version"),
            ("VERSION", "1.0\n2.0\n", "VERSION can't be read: it must hold one line"),
            ("setup.py", "", "setup.py is no manifest that is understood: name one of package.json"),
        ] {
            assert!(said(file, text).contains(fault), "{}", said(file, text));
        }
    }
}
