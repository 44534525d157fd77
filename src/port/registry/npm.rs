//! npm: a version is there when both what `GET /name/version` answers and the packument that `npm install` reads have it.
//! Where a registry tells nothing to strangers, npm itself is asked, with the user's own credentials.

mod integrity;
mod packument;
mod said;

use std::time::Duration;

use futures_util::future::{BoxFuture, join};

use super::address::{below, linked, part, shown, told};
use super::reply::{Reply, reply};
use super::words::{broken_off, everything, last, one_line, stdout, unknown};
use super::{Asked, Client, Complaint, Index, Protocol, Resolution, Said, Scratch, Version, Where};
use crate::port::http::Http;
use crate::port::process::{End, Ended};
use packument::{Manifest, Packument};

/// The protocol.
pub(super) struct Npm;

const PATIENCE: Duration = Duration::from_secs(30);
/// The longest packument that is read: those of packages with thousands of versions have tens of megabytes.
const LONGEST: usize = 64 * 1024 * 1024;
/// What `npm install` asks for.
const SHORT: &str = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*";
const LONG: &str = "application/json";

impl Protocol for Npm {
    fn locate<'a>(&'a self, client: &'a dyn Client, name: &'a str) -> BoxFuture<'a, Result<Index, String>> {
        Box::pin(located(client, name))
    }

    fn version<'a>(
        &'a self,
        http: &'a Http,
        client: &'a dyn Client,
        index: &'a Index,
        asked: Asked<'a>,
    ) -> BoxFuture<'a, Said> {
        Box::pin(async move {
            match index {
                Index::At(registry) => said_at(http, client, registry, asked).await,
                Index::ClientAlone => said_by_client(client, None, asked).await,
            }
        })
    }

    fn resolve<'a>(&'a self, client: &'a dyn Client, index: &'a Index, asked: Asked<'a>) -> BoxFuture<'a, Resolution> {
        Box::pin(async move {
            let registry = match index {
                Index::At(registry) => Some(registry.as_str()),
                Index::ClientAlone => None,
            };
            resolved(client, registry, asked).await.unwrap_or_else(|why| Resolution::Unknown { why })
        })
    }

    fn complaint(&self, output: &str) -> Option<Complaint> {
        said::complaint(output)
    }

    fn credentials(&self, index: &Index) -> Option<Vec<String>> {
        let mut argv = vec!["npm".to_owned(), "whoami".to_owned()];
        match index {
            Index::At(registry) => argv.extend(["--registry".to_owned(), shown(registry)]),
            Index::ClientAlone => {}
        }
        Some(argv)
    }
}

/// The registry of the package's scope, else the one of all packages, as `npm config` has them where the package is developed.
async fn located(client: &dyn Client, name: &str) -> Result<Index, String> {
    let mut keys = Vec::new();
    if let Some((scope, _)) = scoped(name) {
        keys.push(format!("@{scope}:registry"));
    }
    keys.push("registry".to_owned());
    for key in keys {
        let question = format!("npm config get {key}");
        let ended = client.ask(&["npm", "config", "get", &key], &[], Where::Project).await?;
        let address = one_line(&ended, &question)?;
        if address.starts_with("http://") || address.starts_with("https://") {
            return Ok(Index::At(address));
        }
        if !matches!(address.as_str(), "undefined" | "null") {
            return Err(format!("`{question}` names no http address: name one under [registry] in release.toml"));
        }
    }
    Err("npm is configured with no registry: name one under [registry] in release.toml".to_owned())
}

fn scoped(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix('@')?.split_once('/')
}

/// A package's path, written as npm writes it.
fn path_of(name: &str) -> String {
    match scoped(name) {
        Some((scope, name)) => format!("@{}%2f{}", part(scope), part(name)),
        None => part(name),
    }
}

async fn heard(http: &Http, address: &str, accept: &str) -> Reply {
    reply(address, http.get_as(address, accept, PATIENCE, LONGEST).await)
}

async fn said_at(http: &Http, client: &dyn Client, registry: &str, asked: Asked<'_>) -> Said {
    let package = below(registry, &path_of(asked.name));
    let exactly = |version: &str| below(&package, &part(version));
    let exact = exactly(asked.version);
    let (one, all) = join(heard(http, &exact, LONG), heard(http, &package, SHORT)).await;
    if let (Reply::Forbidden(_), _) | (_, Reply::Forbidden(_)) = (&one, &all) {
        return said_by_client(client, Some(registry), asked).await;
    }
    let all = match all {
        Reply::Body(body) => match Packument::read(&body) {
            Ok(packument) => Some(packument),
            Err(why) => return unknown(format!("{}: {why}", shown(&package))),
        },
        Reply::Missing | Reply::Forbidden(_) => None,
        Reply::Says(said) => return said,
    };
    let one = match one {
        Reply::Body(body) => match Manifest::read(&body) {
            Ok(manifest) if manifest.version() == asked.version => Some(manifest),
            Ok(other) => return unknown(format!("{} tells of {} instead", shown(&exact), other.version())),
            Err(why) => return unknown(format!("{}: {why}", shown(&exact))),
        },
        Reply::Missing | Reply::Forbidden(_) => None,
        Reply::Says(Said::Unknown { .. }) if all.is_some() => None,
        Reply::Says(said) => return said,
    };
    let listed = all.as_ref().and_then(|all| all.version(asked.version));
    match (one, listed) {
        (Some(one), Some(listed)) => both(registry, &one, listed),
        (Some(_), None) => Said::Absent {
            detail: "visible on the exact-version API, not yet in the packument that `npm install` reads".to_owned(),
        },
        (None, Some(listed)) => {
            // a registry that answers for no single version at all has only its packument to go by
            let answers = match all.as_ref().and_then(|all| all.beside(asked.version)) {
                Some(beside) => matches!(heard(http, &exactly(beside), LONG).await, Reply::Body(_)),
                None => false,
            };
            if answers {
                let detail = "in the packument, not yet visible on the exact-version API".to_owned();
                return Said::Absent { detail };
            }
            there(registry, listed.listed(None))
        }
        (None, None) => absent(http, client, registry, &package, all.is_some(), asked).await,
    }
}

fn both(registry: &str, one: &Manifest, listed: &Manifest) -> Said {
    match (one.sha512(), listed.sha512()) {
        (Some(one), Some(listed)) if one != listed => {
            unknown("the exact-version API and the packument show different digests")
        }
        _ => there(registry, listed.listed(Some(one))),
    }
}

/// Its file is asked for with the credentials that stand in the registry's address.
fn there(registry: &str, mut version: Version) -> Said {
    for file in &mut version.files {
        file.url = file.url.as_deref().and_then(|url| linked(registry, url));
    }
    Said::There(version)
}

/// Neither has it. A number that was taken back is used up for ever, and a private package is shown to its members alone.
async fn absent(
    http: &Http,
    client: &dyn Client,
    registry: &str,
    package: &str,
    is_known: bool,
    asked: Asked<'_>,
) -> Said {
    if let Reply::Body(body) = heard(http, package, LONG).await
        && let Ok(long) = Packument::read(&body)
        && (long.is_used_up(asked.version) || long.is_unpublished())
    {
        let why = "unpublished: npm never takes the number again".to_owned();
        return Said::There(Version { files: Vec::new(), withdrawn: Some(why) });
    }
    if is_known {
        return Said::Absent { detail: format!("the registry has {}, but not {}", asked.name, asked.version) };
    }
    let unheard_of = Said::Absent { detail: format!("the registry has no package {}", asked.name) };
    if scoped(asked.name).is_none() {
        return unheard_of;
    }
    match said_by_client(client, Some(registry), asked).await {
        there @ Said::There(_) => there,
        Said::Absent { .. } | Said::Limited { .. } | Said::Unavailable { .. } | Said::Unknown { .. } => unheard_of,
    }
}

/// The variables that make npm ask this registry, whatever its configuration says. A cache of its own, since npm answers from
/// its cache whenever the registry fails; and one try, since whoever asks asks again.
fn variables(registry: Option<&str>, name: &str, scratch: &Scratch) -> Vec<(String, String)> {
    let cache = scratch.path().join("cache").to_string_lossy().into_owned();
    let mut variables =
        vec![("npm_config_fetch_retries".to_owned(), "0".to_owned()), ("npm_config_cache".to_owned(), cache)];
    if let Some(registry) = registry {
        variables.push(("npm_config_registry".to_owned(), registry.to_owned()));
        if let Some((scope, _)) = scoped(name) {
            variables.push((format!("npm_config_@{scope}:registry"), registry.to_owned()));
        }
    }
    variables
}

async fn ask(
    client: &dyn Client,
    argv: &[&str],
    registry: Option<&str>,
    name: &str,
    scratch: &Scratch,
    place: Where<'_>,
) -> Result<Ended, String> {
    let variables = variables(registry, name, scratch);
    let borrowed: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    client.ask(argv, &borrowed, place).await
}

async fn said_by_client(client: &dyn Client, registry: Option<&str>, asked: Asked<'_>) -> Said {
    let wanted = format!("{}@{}", asked.name, asked.version);
    let argv = ["npm", "view", &wanted, "--json", "--prefer-online"];
    let scratch = match client.scratch() {
        Ok(scratch) => scratch,
        Err(why) => return unknown(why),
    };
    match ask(client, &argv, registry, asked.name, &scratch, Where::Project).await {
        Ok(ended) => viewed(&ended, asked.version),
        Err(why) => unknown(why),
    }
}

/// What `npm view` says of a version.
fn viewed(ended: &Ended, version: &str) -> Said {
    let printed = stdout(ended);
    match ended.end {
        End::Exited(0) if printed.trim().is_empty() => Said::Absent { detail: "npm shows no such version".to_owned() },
        End::Exited(0) => match Manifest::read(printed.as_bytes()) {
            Ok(manifest) if manifest.version() == version => Said::There(manifest.listed(None)),
            Ok(other) => unknown(format!("npm tells of {} instead", other.version())),
            Err(why) => unknown(format!("`npm view`: {why}")),
        },
        End::Exited(_) => {
            let output = everything(ended);
            let trouble = said::trouble(&output);
            let why = told(if trouble.summary.is_empty() { last(&output) } else { &trouble.summary });
            match trouble.code.as_deref().unwrap_or_default() {
                "E429" => Said::Limited { after: None, why },
                code if said::is_absence(code) => Said::Absent { detail: why },
                code if said::is_outage(code) => Said::Unavailable { why },
                "E401" | "E403" | "ENEEDAUTH" => unknown(format!(
                    "the registry lets npm not ask ({why}): `npm login` there, or name its token's variable under `secrets`"
                )),
                _ => unknown(format!("npm says: {why}")),
            }
        }
        end => unknown(format!("`npm view`: {}", broken_off(end).unwrap_or_default())),
    }
}

/// Has npm lock the version in a project of its own, configured like the package's.
async fn resolved(client: &dyn Client, registry: Option<&str>, asked: Asked<'_>) -> Result<Resolution, String> {
    let scratch = client.scratch()?;
    let put = |name: &str, bytes: &[u8]| {
        std::fs::write(scratch.path().join(name), bytes).map_err(|error| format!("no question can be put: {error}"))
    };
    put("package.json", br#"{"name":"flightdeck-asks","version":"0.0.0","private":true}"#)?;
    let configured = client.ask(&["cat", ".npmrc"], &[], Where::Project).await?;
    if let (End::Exited(0), Some(captured)) = (configured.end, &configured.captured) {
        put(".npmrc", &captured.stdout)?;
    }
    let wanted = format!("{}@{}", asked.name, asked.version);
    let argv = [
        "npm",
        "install",
        "--package-lock-only",
        "--prefer-online",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        &wanted,
    ];
    let ended = ask(client, &argv, registry, asked.name, &scratch, Where::Scratch(&scratch)).await?;
    let output = everything(&ended);
    let trouble = said::trouble(&output);
    let why = told(if trouble.summary.is_empty() { last(&output) } else { &trouble.summary });
    Ok(match ended.end {
        End::Exited(0) => locked(&scratch.path().join("package-lock.json"), asked)?,
        End::Exited(_) if trouble.code.as_deref().is_some_and(said::is_absence) => Resolution::NotYet { detail: why },
        End::Exited(_) => Resolution::Unknown { why: format!("npm says: {why}") },
        end => Resolution::Unknown { why: format!("`npm install`: {}", broken_off(end).unwrap_or_default()) },
    })
}

/// What npm locked.
fn locked(file: &std::path::Path, asked: Asked<'_>) -> Result<Resolution, String> {
    let text = std::fs::read(file).map_err(|error| format!("npm wrote no lock file: {error}"))?;
    let lock: serde_json::Value =
        serde_json::from_slice(&text).map_err(|error| format!("npm's lock file can't be read: {error}"))?;
    // lock files before npm 7 list what they lock under "dependencies"
    let entry = lock
        .get("packages")
        .and_then(|packages| packages.get(format!("node_modules/{}", asked.name)))
        .or_else(|| lock.get("dependencies").and_then(|packages| packages.get(asked.name)));
    let text = |key: &str| entry.and_then(|entry| entry.get(key)).and_then(serde_json::Value::as_str);
    Ok(match text("version") {
        Some(version) if version == asked.version => {
            let integrity = text("integrity").map(|digest| format!(" with {digest}")).unwrap_or_default();
            Resolution::Resolved { evidence: format!("npm locks {}@{version}{integrity}", asked.name) }
        }
        Some(other) => Resolution::NotYet { detail: format!("npm locks {other} instead") },
        None => Resolution::Unknown { why: format!("npm's lock file doesn't name {}", asked.name) },
    })
}
