//! RubyGems: a host's API, its compact index, or a static index made by `gem generate_index`; and the consumers' own bundler.
//! A yanked version is shown nowhere but, for a while, in the list of all versions.

mod client;
mod listing;

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::address::{below, shown};
use super::reply::{Reply, reply};
use super::{Asked, Client, Complaint, Index, Protocol, Resolution, Said, Version, Where, folder, page, words};
use crate::port::clock::now_ms;
use crate::port::http::{Http, HttpFault};
use crate::port::process::End;

const PATIENCE: Duration = Duration::from_secs(20);
/// A gem with thousands of versions has a long list.
const LONGEST: usize = 32 * 1024 * 1024;
/// What the API says of a gem that it has no public version of; a host without that API says something else.
const NO_GEM: &str = "could not be found";

/// The protocol.
pub(super) struct RubyGems;

impl Protocol for RubyGems {
    fn locate<'a>(&'a self, client: &'a dyn Client, name: &'a str) -> BoxFuture<'a, Result<Index, String>> {
        Box::pin(located(client, name))
    }

    fn version<'a>(
        &'a self,
        http: &'a Http,
        _client: &'a dyn Client,
        index: &'a Index,
        asked: Asked<'a>,
    ) -> BoxFuture<'a, Said> {
        Box::pin(async move {
            match index {
                Index::At(base) => Host { http, base, asked }.said().await,
                Index::ClientAlone => {
                    Said::Unknown { why: "gem names no host: write [registry.NAME] index in release.toml".to_owned() }
                }
            }
        })
    }

    fn resolve<'a>(&'a self, client: &'a dyn Client, index: &'a Index, asked: Asked<'a>) -> BoxFuture<'a, Resolution> {
        Box::pin(async move {
            let Index::At(base) = index else {
                return Resolution::Unknown { why: "gem names no host to resolve from".to_owned() };
            };
            match by_bundler(client, base, asked).await {
                Ok(resolution) => resolution,
                // bundler isn't there: gem itself is, wherever Ruby is
                Err(_) => by_gem(client, base, asked).await.unwrap_or_else(|why| Resolution::Unknown { why }),
            }
        })
    }

    fn complaint(&self, output: &str) -> Option<Complaint> {
        client::complaint(output, now_ms())
    }

    fn credentials(&self, _index: &Index) -> Option<Vec<String>> {
        // gem has no question that only a valid key answers
        None
    }
}

/// A gem host that is asked for a version.
struct Host<'a> {
    http: &'a Http,
    base: &'a str,
    asked: Asked<'a>,
}

/// What one of a host's lists says.
enum Heard {
    /// It lists the version.
    Listed(Version),
    /// It lists others, or none of this gem.
    Unlisted(String),
    /// The host has no such list.
    NoList,
}

impl Host<'_> {
    async fn said(&self) -> Said {
        match self.tried().await {
            Ok(said) | Err(said) => said,
        }
    }

    async fn tried(&self) -> Result<Said, Said> {
        let by_api = match self.api().await? {
            Heard::Listed(version) => return Ok(Said::There(version)),
            Heard::Unlisted(detail) => Some(detail),
            Heard::NoList => None,
        };
        // what one list doesn't show yet, the other may
        let unlisted = match self.info().await? {
            Heard::Listed(version) => return Ok(Said::There(version)),
            Heard::Unlisted(detail) => Some(by_api.unwrap_or(detail)),
            Heard::NoList => by_api,
        };
        let detail = match unlisted {
            Some(detail) => detail,
            None => match self.fixed().await? {
                Heard::Listed(version) => return Ok(Said::There(version)),
                Heard::Unlisted(detail) => detail,
                Heard::NoList => {
                    let why = format!("there is no gem host at {}: write its own address", shown(self.base));
                    return Err(Said::Unknown { why });
                }
            },
        };
        if self.yanked().await {
            // its bytes are gone
            return Ok(Said::There(Version { files: Vec::new(), withdrawn: Some("yanked".to_owned()) }));
        }
        Ok(Said::Absent { detail })
    }

    /// The API: what is published, with digests.
    async fn api(&self) -> Result<Heard, Said> {
        let address = below(self.base, &format!("api/v1/versions/{}.json", self.asked.name));
        let heard = self.http.get_up_to(&address, PATIENCE, LONGEST).await;
        let no_gem = heard
            .as_ref()
            .is_ok_and(|answer| answer.status == 404 && String::from_utf8_lossy(&answer.body).contains(NO_GEM));
        match reply(&address, heard) {
            Reply::Body(body) if page::is_page(&body) => Err(page::instead_of("a gem's versions", &address)),
            Reply::Body(body) => match listing::in_api(&body, self.asked, self.base) {
                Ok(Some(version)) => Ok(Heard::Listed(version)),
                Ok(None) => Ok(Heard::Unlisted(format!("the host lists other versions of {}", self.asked.name))),
                Err(why) => Err(Said::Unknown { why: format!("{} can't be understood: {why}", shown(&address)) }),
            },
            Reply::Missing if no_gem => Ok(Heard::Unlisted("the host has no public version of this gem".to_owned())),
            Reply::Missing => Ok(Heard::NoList),
            Reply::Forbidden(status) => Err(locked(&address, status)),
            Reply::Says(said) => Err(said),
        }
    }

    /// The compact index, which bundler reads.
    async fn info(&self) -> Result<Heard, Said> {
        let address = below(self.base, &format!("info/{}", self.asked.name));
        match reply(&address, self.http.get_up_to(&address, PATIENCE, LONGEST).await) {
            Reply::Body(body) if listing::is_info(&body) => Ok(match listing::in_info(&body, self.asked, self.base) {
                Some(version) => Heard::Listed(version),
                None => Heard::Unlisted(format!("the index lists other versions of {}", self.asked.name)),
            }),
            Reply::Body(_) => Err(page::instead_of("a compact index", &address)),
            Reply::Missing => Ok(Heard::NoList),
            Reply::Forbidden(status) => Err(locked(&address, status)),
            Reply::Says(said) => Err(said),
        }
    }

    /// A static index: a specification for each gem, and the gem itself, whose digest is computed where it is compared.
    async fn fixed(&self) -> Result<Heard, Said> {
        let full = listing::full_name(self.asked);
        let specification = below(self.base, &format!("quick/Marshal.4.8/{full}.gemspec.rz"));
        match reply(&specification, self.http.get(&specification, PATIENCE).await) {
            Reply::Body(body) if page::is_page(&body) => return Err(page::instead_of("a gem index", &specification)),
            Reply::Body(_) => {
                let files = vec![listing::file(&full, None, self.base)];
                return Ok(Heard::Listed(Version { files, withdrawn: None }));
            }
            Reply::Missing => {}
            Reply::Forbidden(status) => return Err(locked(&specification, status)),
            Reply::Says(said) => return Err(said),
        }
        let any = below(self.base, "prerelease_specs.4.8.gz");
        let heard = self.http.get(&any, PATIENCE).await;
        if matches!(heard, Err(HttpFault::TooLarge(_))) {
            return Ok(Heard::Unlisted("the index has no such gem".to_owned()));
        }
        match reply(&any, heard) {
            Reply::Body(body) if !page::is_page(&body) => Ok(Heard::Unlisted("the index has no such gem".to_owned())),
            Reply::Body(_) | Reply::Missing => Ok(Heard::NoList),
            Reply::Forbidden(status) => Err(locked(&any, status)),
            Reply::Says(said) => Err(said),
        }
    }

    /// Whether the list of all versions still remembers a yank. A large host's list is too long to be asked for that.
    async fn yanked(&self) -> bool {
        let answer = self.http.get(&below(self.base, "versions"), PATIENCE).await;
        answer.is_ok_and(|answer| answer.status == 200 && listing::is_yanked(&answer.body, self.asked))
    }
}

fn locked(address: &str, status: u16) -> Said {
    Said::Unknown {
        why: format!(
            "{} answers {status}: it wants to know who asks. Write an `index` with user and password, or one that may be read",
            shown(address)
        ),
    }
}

/// Lets bundler lock exactly this version, with caches and gems of its own: what is installed here must not count.
async fn by_bundler(client: &dyn Client, base: &str, asked: Asked<'_>) -> Result<Resolution, String> {
    let scratch = client.scratch()?;
    let unwritable = |error: std::io::Error| format!("the question can't be written: {error}");
    std::fs::write(scratch.path().join("Gemfile"), client::gemfile(asked, base)).map_err(unwritable)?;
    let (gems, cache) = (scratch.path().join("gems"), scratch.path().join("cache"));
    let variables = [
        ("BUNDLE_PATH", gems.to_string_lossy()),
        ("BUNDLE_USER_CACHE", cache.to_string_lossy()),
        ("BUNDLE_FROZEN", "false".into()),
        ("BUNDLE_RETRY", "1".into()),
    ];
    let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_ref())).collect();
    let ended = client.ask(&["bundle", "lock"], &variables, Where::Scratch(&scratch)).await?;
    let lock = std::fs::read_to_string(scratch.path().join("Gemfile.lock")).unwrap_or_default();
    Ok(match ended.end {
        End::Exited(0) if client::is_locked(&lock, asked) => {
            Resolution::Resolved { evidence: format!("bundler locks {} {}", asked.name, asked.version) }
        }
        End::Exited(_) => client::refused(&words::everything(&ended), asked),
        end => Resolution::Unknown {
            why: format!("bundler was asked, but {}", words::broken_off(end).unwrap_or_default()),
        },
    })
}

/// Lets gem fetch this version: its lists are empty, and all is well, where no host answers, and its exit status says nothing.
/// `--source` after `--clear-sources`, which would clear it too.
async fn by_gem(client: &dyn Client, base: &str, asked: Asked<'_>) -> Result<Resolution, String> {
    let (name, version) = (asked.name, asked.version);
    let question = ["gem", "fetch", name, "--version", version, "--clear-sources", "--source", base];
    let scratch = client.scratch()?;
    let ended = client.ask(&question, &[], Where::Scratch(&scratch)).await;
    let ended = ended.map_err(|why| format!("neither bundler nor gem can be asked: {why}"))?;
    let entries = std::fs::read_dir(scratch.path()).into_iter().flatten().filter_map(Result::ok);
    let full = listing::full_name(asked);
    let own = |file: String| file.strip_suffix(".gem").is_some_and(|file| file.starts_with(&full));
    let fetched = entries.into_iter().any(|entry| entry.file_name().into_string().is_ok_and(own));
    Ok(match ended.end {
        End::Exited(0) if fetched => Resolution::Resolved { evidence: format!("gem fetches {name} {version}") },
        End::Exited(_) => client::unfetched(&words::everything(&ended)),
        end => {
            Resolution::Unknown { why: format!("gem was asked, but {}", words::broken_off(end).unwrap_or_default()) }
        }
    })
}

/// Where a gem goes: the one host its gemspec allows, the host gem is told to push to, the project's own source, gem's source.
async fn located(client: &dyn Client, name: &str) -> Result<Index, String> {
    let folder = folder::of_project(client).await?;
    if let Some(host) = gemspec_in(&folder, name)?.and_then(|text| client::allowed_push_host(&text)) {
        return Ok(Index::At(host));
    }
    if let Some(host) = client.variable("RUBYGEMS_HOST").filter(|host| !host.is_empty()) {
        return Ok(Index::At(host));
    }
    let gemfile = folder::text(&folder.join("Gemfile"))?.unwrap_or_default();
    if !folder.is_dir() {
        return Err(folder::GONE.to_owned());
    }
    if let Some(source) = client::source_of(&gemfile) {
        let config = client.ask(&["bundle", "config", "--parseable"], &[], Where::Project).await;
        let config = config.map(|ended| words::stdout(&ended)).unwrap_or_default();
        return Ok(Index::At(client::mirror(&config, &source).unwrap_or(source)));
    }
    let ended = client.ask(&["gem", "sources"], &[], Where::Project).await?;
    match client::sources(&words::stdout(&ended)).as_slice() {
        [one] => Ok(Index::At(one.clone())),
        [] => Err("gem is configured with no source: write [registry.NAME] index in release.toml".to_owned()),
        several => Err(format!(
            "gem is configured with {} sources, and which of them the gem goes to can't be told: write [registry.NAME] index in release.toml",
            several.len()
        )),
    }
}

/// The package's own gemspec: called like it, or the only one there.
fn gemspec_in(folder: &Path, name: &str) -> Result<Option<String>, String> {
    if let Some(text) = folder::text(&folder.join(format!("{name}.gemspec")))? {
        return Ok(Some(text));
    }
    let entries = std::fs::read_dir(folder).map_err(|_| folder::GONE.to_owned())?;
    let paths = entries.filter_map(Result::ok).map(|entry| entry.path());
    let gemspecs: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|ending| ending == "gemspec")).collect();
    match gemspecs.as_slice() {
        [one] => folder::text(one),
        _ => Ok(None),
    }
}
