//! Cargo: an index that is read over HTTP where it is a sparse one, and cargo itself where only it knows, or only it has the
//! credentials.

mod client;
mod configured;
mod index;
mod project;

use std::time::Duration;

use futures_util::future::BoxFuture;

use super::address::{below, shown};
use super::busy::{TooMany, too_many};
use super::reply::{Reply, reply};
use super::{Asked, Client, Complaint, Index, Protocol, Resolution, Said, Where, page};
use crate::port::clock::now_ms;
use crate::port::http::Http;
use client::Told;
use project::Project;

const PATIENCE: Duration = Duration::from_secs(20);
/// Cargo takes a crate that may not be shown for one that isn't there.
const UNLAWFUL: u16 = 451;
/// A crate with thousands of versions has a long file.
const LONGEST: usize = 32 * 1024 * 1024;

/// The protocol.
pub(super) struct Cargo;

impl Protocol for Cargo {
    fn locate<'a>(&'a self, client: &'a dyn Client, name: &'a str) -> BoxFuture<'a, Result<Index, String>> {
        Box::pin(async move {
            let project = Project::of(client).await?;
            let publish = project.published_to(client, name).await?;
            let index = project.configured.index(publish.as_deref(), |variable| client.variable(variable))?;
            Ok(index.map_or(Index::ClientAlone, Index::At))
        })
    }

    fn version<'a>(
        &'a self,
        http: &'a Http,
        client: &'a dyn Client,
        index: &'a Index,
        asked: Asked<'a>,
    ) -> BoxFuture<'a, Said> {
        Box::pin(async move {
            let by_http = match sparse(index) {
                Some(base) => over_http(http, &base, asked).await,
                None => None,
            };
            match by_http {
                Some(said) => said,
                None => by_client(client, index, asked).await,
            }
        })
    }

    fn resolve<'a>(&'a self, client: &'a dyn Client, index: &'a Index, asked: Asked<'a>) -> BoxFuture<'a, Resolution> {
        Box::pin(async move {
            match ask(client, index, asked).await {
                Ok(Told::Locked { version, checksum: Some(checksum) }) => {
                    Resolution::Resolved { evidence: format!("cargo locks {version}, sha256 {checksum}") }
                }
                Ok(Told::Locked { version, checksum: None }) => {
                    Resolution::Unknown { why: format!("cargo locks {version} without a checksum") }
                }
                Ok(Told::Absent(detail)) => Resolution::NotYet { detail },
                Ok(Told::Yanked) => Resolution::NotYet { detail: "the version is yanked".to_owned() },
                Ok(Told::Otherwise(said)) => Resolution::Unknown { why: why_of(said) },
                Err(why) => Resolution::Unknown { why },
            }
        })
    }

    fn complaint(&self, output: &str) -> Option<Complaint> {
        complaint(output, now_ms())
    }

    fn credentials(&self, _index: &Index) -> Option<Vec<String>> {
        // cargo has no question that only a valid token answers
        None
    }
}

/// The address of a sparse index, ending in a slash. An index that is a git repository is cargo's to read.
fn sparse(index: &Index) -> Option<String> {
    let Index::At(address) = index else { return None };
    let address = address.strip_prefix("sparse+").unwrap_or(address);
    let plain = address.starts_with("http://") || address.starts_with("https://");
    plain.then(|| format!("{}/", address.trim_end_matches('/')))
}

/// How cargo writes an index.
fn written(index: &Index) -> Option<String> {
    match (sparse(index), index) {
        (Some(base), _) => Some(format!("sparse+{base}")),
        (None, Index::At(address)) => Some(address.strip_prefix("registry+").unwrap_or(address).to_owned()),
        (None, Index::ClientAlone) => None,
    }
}

/// Asks a sparse index; none where it wants credentials, which cargo has. Its `config.json` comes first, as for cargo: whatever
/// isn't there is answered like a crate that isn't there, also by what is no index at all.
async fn over_http(http: &Http, base: &str, asked: Asked<'_>) -> Option<Said> {
    let Some(path) = index::path_of(asked.name) else {
        return Some(Said::Unknown { why: format!("{:?} is no crate's name", asked.name) });
    };
    let address = below(base, "config.json");
    let downloads = match reply(&address, http.get(&address, PATIENCE).await) {
        Reply::Body(body) => index::downloads(&body),
        Reply::Missing => None,
        Reply::Forbidden(_) => return None,
        Reply::Says(said) => return Some(said),
    };
    let Some(downloads) = downloads else {
        let why = format!(
            "there is no cargo index at {}: it has no config.json. Write the index's own address, and sign in where it asks for that",
            shown(base)
        );
        return Some(Said::Unknown { why });
    };
    let address = below(base, &path);
    let heard = http.get_up_to(&address, PATIENCE, LONGEST).await;
    let unlawful = heard.as_ref().is_ok_and(|answer| answer.status == UNLAWFUL);
    let absent = Said::Absent { detail: "the index has no such crate".to_owned() };
    match reply(&address, heard) {
        Reply::Body(body) if page::is_page(&body) => Some(page::instead_of("a crate's index file", &address)),
        Reply::Body(body) => Some(index::said(&body, asked, &downloads)),
        Reply::Missing => Some(absent),
        Reply::Says(_) if unlawful => Some(absent),
        Reply::Forbidden(_) => None,
        Reply::Says(said) => Some(said),
    }
}

async fn by_client(client: &dyn Client, index: &Index, asked: Asked<'_>) -> Said {
    match ask(client, index, asked).await {
        Ok(Told::Locked { checksum, .. }) => Said::There(client::version(asked, checksum, None)),
        Ok(Told::Yanked) => Said::There(client::version(asked, None, Some("yanked"))),
        Ok(Told::Absent(detail)) => Said::Absent { detail },
        Ok(Told::Otherwise(said)) => said,
        Err(why) => Said::Unknown { why },
    }
}

/// Lets cargo lock exactly this version in a project of its own. Cargo asks its index again each time, whatever it has kept.
async fn ask(client: &dyn Client, index: &Index, asked: Asked<'_>) -> Result<Told, String> {
    let scratch = client.scratch()?;
    let index = written(index);
    let unwritable = |error: std::io::Error| format!("the question can't be written: {error}");
    let folder = scratch.path();
    std::fs::create_dir_all(folder.join("src")).map_err(unwritable)?;
    std::fs::write(folder.join("src/lib.rs"), "").map_err(unwritable)?;
    std::fs::write(folder.join("Cargo.toml"), client::manifest(asked, index.as_deref())).map_err(unwritable)?;
    if let Some(index) = &index
        && let Ok(project) = Project::of(client).await
        && let Some(name) = project.configured.name_of(index)
    {
        std::fs::create_dir_all(folder.join(".cargo")).map_err(unwritable)?;
        std::fs::write(folder.join(".cargo/config.toml"), client::config(name, index)).map_err(unwritable)?;
    }
    let variables = [("CARGO_NET_OFFLINE", "false"), ("CARGO_NET_RETRY", "1"), ("CARGO_TERM_COLOR", "never")];
    let ended = client.ask(&["cargo", "generate-lockfile"], &variables, Where::Scratch(&scratch)).await;
    let ended = ended.map_err(|why| format!("cargo can't be asked: {why}"))?;
    let stderr = ended.captured.as_ref().map(|captured| String::from_utf8_lossy(&captured.stderr).into_owned());
    let lock = std::fs::read_to_string(folder.join("Cargo.lock")).ok();
    Ok(client::told(ended.end, &stderr.unwrap_or_else(|| ended.tail.clone()), lock.as_deref(), asked))
}

fn why_of(said: Said) -> String {
    match said {
        Said::Absent { detail } => detail,
        Said::Limited { why, .. } | Said::Unavailable { why } | Said::Unknown { why } => why,
        Said::There(_) => "it is there".to_owned(),
    }
}

/// What `cargo publish` complains of.
fn complaint(output: &str, now: i64) -> Option<Complaint> {
    let has = |words: &str| output.contains(words);
    if has("already exists on")
        || has("is already uploaded")
        || has("already been uploaded")
        || has("with version already exists")
    {
        return Some(Complaint::AlreadyThere);
    }
    if let Some(TooMany { after }) = too_many(output, now) {
        return Some(Complaint::Limited { after });
    }
    let means = if has("no token found") {
        "cargo has no token for this registry: run `cargo login`, or name the token's variable under `secrets`"
    } else if has("don't seem to be an owner") || has("you are not an owner") {
        "the crate belongs to somebody else: ask an owner to add this account"
    } else if has("got 401") || has("status 401") || has("got 403") || has("status 403") {
        "the registry doesn't accept this token: it is wrong, expired, or may not publish this crate"
    } else {
        return None;
    };
    Some(Complaint::Means(means.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_cargo_writes_it() {
        for (address, base, cargo) in [
            ("sparse+http://127.0.0.1:1/i/", Some("http://127.0.0.1:1/i/"), "sparse+http://127.0.0.1:1/i/"),
            ("http://127.0.0.1:1/i", Some("http://127.0.0.1:1/i/"), "sparse+http://127.0.0.1:1/i/"),
            ("registry+ssh://git@127.0.0.1/index", None, "ssh://git@127.0.0.1/index"),
        ] {
            let index = Index::At(address.to_owned());
            assert_eq!(sparse(&index).as_deref(), base);
            assert_eq!(written(&index).as_deref(), Some(cargo));
        }
        assert_eq!(written(&Index::ClientAlone), None);
    }

    #[test]
    fn a_publishers_complaint_is_understood() {
        for twice in [
            "error: crate tiny-one@1.0.0 already exists on `ours` index",
            "Caused by:\n  the remote server responded with an error: crate version `1.0.0` is already uploaded",
        ] {
            assert_eq!(complaint(twice, 0), Some(Complaint::AlreadyThere));
        }
        let busy = "  failed to get a 200 OK response, got 429\n  headers:\n  \tHTTP/1.1 429\n  \tRetry-After: 2\n  body:\n  too many requests, try again in 2 seconds\n";
        assert_eq!(complaint(busy, 0), Some(Complaint::Limited { after: Some(Duration::from_secs(2)) }));
        let locked = "Caused by:\n  failed to get a 200 OK response, got 401\n  headers:\n  \tHTTP/1.1 401\n";
        assert!(matches!(complaint(locked, 0), Some(Complaint::Means(said)) if said.contains("token")));
        assert_eq!(complaint("error: 3 files in the working directory contain changes", 0), None);
    }
}
