//! Cargo itself, asked for one exact version: the project that asks, the lock it writes, and what its complaints say. Works
//! on texts.

use toml::Table;

use super::super::busy::{TooMany, too_many};
use super::super::{Asked, File, Hash, Said, Version, words};
use crate::plan::Digest;
use crate::port::process::End;

/// What cargo made of a question.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// It locked this version with this checksum.
    Locked { version: String, checksum: Option<Digest> },
    /// The registry's own words: it has no such version.
    Absent(String),
    /// It has it, and nobody may lock it any more.
    Yanked,
    /// Something else: what became of the question.
    Otherwise(Said),
}

/// The manifest of a project that wants exactly this version, from this index or from cargo's default.
pub(super) fn manifest(asked: Asked<'_>, index: Option<&str>) -> String {
    let mut wanted = Table::new();
    wanted.insert("version".to_owned(), format!("={}", asked.version).into());
    if let Some(index) = index {
        wanted.insert("registry-index".to_owned(), index.into());
    }
    let mut dependencies = Table::new();
    dependencies.insert(asked.name.to_owned(), wanted.into());
    let mut manifest = Table::new();
    let package = [("name", "flightdeck-asks"), ("version", "0.0.0"), ("edition", "2021")];
    let package: Table = package.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect();
    manifest.insert("package".to_owned(), package.into());
    manifest.insert("dependencies".to_owned(), dependencies.into());
    // not a member of whatever stands above
    manifest.insert("workspace".to_owned(), Table::new().into());
    manifest.to_string()
}

/// The configuration beside it: the name by which cargo keeps the registry's credentials.
pub(super) fn config(name: &str, index: &str) -> String {
    let nested = |key: &str, value: toml::Value| Table::from_iter([(key.to_owned(), value)]);
    nested("registries", nested(name, nested("index", index.into()).into()).into()).to_string()
}

/// What a finished question says, with the lock it left.
pub(super) fn told(end: End, stderr: &str, lock: Option<&str>, asked: Asked<'_>) -> Told {
    match (end, lock) {
        (End::Exited(0), Some(lock)) => locked(lock, asked),
        (End::Exited(_), _) => refused(stderr, asked),
        (End::TimedOut, _) => Told::Otherwise(Said::Unavailable { why: "cargo had no answer in time".to_owned() }),
        (End::Signalled(_) | End::Cancelled | End::LetGo, _) => {
            let why = format!("cargo was asked, but {}", words::broken_off(end).unwrap_or_default());
            Told::Otherwise(Said::Unknown { why })
        }
    }
}

fn locked(lock: &str, asked: Asked<'_>) -> Told {
    let lock: Option<Table> = lock.parse().ok();
    let packages = lock.as_ref().and_then(|lock| lock.get("package")?.as_array());
    let text = |package: &toml::Value, key: &str| package.get(key).and_then(toml::Value::as_str).map(str::to_owned);
    let own = |package: &&toml::Value| {
        text(package, "name").as_deref() == Some(asked.name) && text(package, "source").is_some()
    };
    let Some(package) = packages.into_iter().flatten().find(own) else {
        return Told::Otherwise(Said::Unknown { why: "the lock that cargo wrote doesn't name the package".to_owned() });
    };
    let checksum = text(package, "checksum").and_then(|digits| digits.parse().ok());
    Told::Locked { version: text(package, "version").unwrap_or_default(), checksum }
}

/// Cargo's own words for a version that isn't there name the package that was asked for; others name a dependency of it.
fn refused(stderr: &str, asked: Asked<'_>) -> Told {
    let has = |words: &str| stderr.contains(words);
    let said = complaint_of(stderr);
    let missing = [
        format!("no matching package named `{}` found", asked.name),
        format!("searched package name: `{}`", asked.name),
    ];
    let unlisted = format!("failed to select a version for the requirement `{} = \"=", asked.name);
    if has(&unlisted) && has("is yanked") {
        return Told::Yanked;
    }
    if has(&unlisted) || missing.iter().any(|words| has(words)) {
        return Told::Absent(said);
    }
    let unreachable = [
        "failed to download from",
        "failed to fetch",
        "spurious network error",
        "Could not resolve",
        "Could not connect",
        "got 50",
        "Timeout was reached",
    ];
    Told::Otherwise(if let Some(TooMany { after }) = too_many(stderr, crate::port::clock::now_ms()) {
        Said::Limited { after, why: said }
    } else if has("no token found") || has("got 401") || has("got 403") || has("credential-provider") {
        let why = format!("{said}. Sign cargo in on this machine (`cargo login --registry NAME`)");
        Said::Unknown { why }
    } else if unreachable.iter().any(|words| has(words)) {
        Said::Unavailable { why: said }
    } else {
        Said::Unknown { why: said }
    })
}

/// The complaint and its causes, in one line.
pub(super) fn complaint_of(stderr: &str) -> String {
    let from = stderr.find("error:").unwrap_or_default();
    let lines = stderr.get(from..).unwrap_or_default().lines().map(str::trim);
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty() && *line != "Caused by:").take(6).collect();
    lines.join("; ").trim_start_matches("error:").trim().to_owned()
}

/// A version as cargo alone tells it.
pub(super) fn version(asked: Asked<'_>, checksum: Option<Digest>, withdrawn: Option<&str>) -> Version {
    let name = format!("{}-{}.crate", asked.name, asked.version);
    let file = File { name, digests: checksum.map(Hash::Sha256).into_iter().collect(), url: None };
    Version { files: vec![file], withdrawn: withdrawn.map(str::to_owned) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TINY: Asked<'_> = Asked { name: "tiny-one", version: "1.0.0" };
    const SHA: &str = "fe4dc3dbcda92093b50312cd0ad399ce366fa46f0ff50b7f300c3d51b2d483fc";

    fn failed(stderr: &str) -> Told {
        told(End::Exited(101), stderr, None, TINY)
    }

    #[test]
    fn the_project_wants_exactly_this_version() {
        let manifest = manifest(TINY, Some("sparse+http://127.0.0.1:1/i/"));
        let read: Table = manifest.parse().unwrap();
        assert_eq!(read["dependencies"]["tiny-one"]["version"].as_str(), Some("=1.0.0"));
        assert_eq!(read["dependencies"]["tiny-one"]["registry-index"].as_str(), Some("sparse+http://127.0.0.1:1/i/"));
        let read: Table = config("a.b", "sparse+http://127.0.0.1:1/i/").parse().unwrap();
        assert_eq!(read["registries"]["a.b"]["index"].as_str(), Some("sparse+http://127.0.0.1:1/i/"));
    }

    #[test]
    fn a_lock_names_version_and_checksum() {
        let lock = format!(
            "version = 4\n\n[[package]]\nname = \"flightdeck-asks\"\nversion = \"0.0.0\"\n\n[[package]]\nname = \"tiny-one\"\nversion = \"1.0.0\"\nsource = \"sparse+http://127.0.0.1:1/i/\"\nchecksum = \"{SHA}\"\n"
        );
        let checksum = Some(SHA.parse().unwrap());
        let version = "1.0.0".to_owned();
        assert_eq!(told(End::Exited(0), "", Some(&lock), TINY), Told::Locked { version, checksum });
        assert!(matches!(told(End::Exited(0), "", Some("[["), TINY), Told::Otherwise(Said::Unknown { .. })));
    }

    #[test]
    fn cargos_words_are_understood() {
        let absent = "    Updating `sparse+http://127.0.0.1:1/i/` index\nerror: no matching package named `tiny-one` found\nlocation searched: `sparse+http://127.0.0.1:1/i/` index\nrequired by package `asks v0.0.0 (/x)`\n";
        assert!(
            matches!(failed(absent), Told::Absent(said) if said.starts_with("no matching package named `tiny-one`"))
        );
        let other = "error: failed to select a version for the requirement `tiny-one = \"=1.0.0\"`\ncandidate versions found which didn't match: 0.9.0\n";
        assert!(matches!(failed(other), Told::Absent(_)));
        let yanked = "error: failed to select a version for the requirement `tiny-one = \"=1.0.0\"`\n  version 1.0.0 is yanked\n";
        assert_eq!(failed(yanked), Told::Yanked);
        let dependency = "error: no matching package named `serde` found\nrequired by package `tiny-one v1.0.0`\n";
        assert!(matches!(failed(dependency), Told::Otherwise(Said::Unknown { .. })));
        let down = "error: failed to get `tiny-one` as a dependency of package `asks v0.0.0 (/x)`\n\nCaused by:\n  download of config.json failed\n\nCaused by:\n  failed to download from `http://127.0.0.1:9/i/config.json`\n\nCaused by:\n  [7] Could not connect to server\n";
        assert!(
            matches!(failed(down), Told::Otherwise(Said::Unavailable { why }) if why.ends_with("[7] Could not connect to server"))
        );
        let locked = "error: failed to get `tiny-one` as a dependency\n\nCaused by:\n  no token found for `ours`, please run `cargo login --registry ours`\n";
        assert!(matches!(failed(locked), Told::Otherwise(Said::Unknown { why }) if why.contains("cargo login")));
    }
}
