//! PyPI and every other index of Python packages. A version is what the simple API lists of it, since that page is what pip
//! and uv read: the JSON API of the exact version is often there first (its copies are kept elsewhere), so it is asked only to
//! say that a version which the page lacks is on its way, and never to say that it is live.

mod credentials;
mod names;
mod page;
mod said;
mod settings;
mod tags;
mod version;

use std::time::Duration;

use futures_util::future::BoxFuture;

use super::address::{below, part, shown, told};
use super::reply::{Reply, reply};
use super::words::{broken_off, everything, last, stdout, unknown};
use super::{Asked, Client, Complaint, Index, Protocol, Resolution, Said, Where};
use crate::port::http::Http;
use crate::port::process::{End, Ended};
use page::Page;
use settings::Settings;

/// The protocol.
pub(super) struct PyPi;

const PATIENCE: Duration = Duration::from_secs(30);
/// The longest page that is read: a project with thousands of files has some megabytes.
const LONGEST: usize = 64 * 1024 * 1024;
const ACCEPTED: &str =
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1";

impl Protocol for PyPi {
    fn locate<'a>(&'a self, client: &'a dyn Client, _name: &'a str) -> BoxFuture<'a, Result<Index, String>> {
        Box::pin(located(client))
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
                Index::At(index) => match said_at(http, index, asked).await {
                    Heard::Said(said) => said,
                    Heard::Forbidden(status) => said_to_a_user(http, client, index, asked, status).await,
                },
                Index::ClientAlone => unknown("no index is named: name one under [registry] in release.toml"),
            }
        })
    }

    fn resolve<'a>(&'a self, client: &'a dyn Client, index: &'a Index, asked: Asked<'a>) -> BoxFuture<'a, Resolution> {
        Box::pin(async move {
            let index = match index {
                Index::At(index) => Some(index.as_str()),
                Index::ClientAlone => None,
            };
            let first = resolved(client, index, asked).await.unwrap_or_else(|why| Resolution::Unknown { why });
            let Resolution::Unknown { .. } = first else { return first };
            // it may be the user's credentials that are missing
            match credentials_for(client, index.unwrap_or_default()).await {
                Some(index) => resolved(client, Some(&index), asked).await.unwrap_or(first),
                None => first,
            }
        })
    }

    fn complaint(&self, output: &str) -> Option<Complaint> {
        said::complaint(output)
    }

    /// No index tells whether a token may upload, but by an upload.
    fn credentials(&self, _index: &Index) -> Option<Vec<String>> {
        None
    }
}

enum Heard {
    Said(Said),
    Forbidden(u16),
}

async fn said_at(http: &Http, index: &str, asked: Asked<'_>) -> Heard {
    let address = format!("{}/", below(index, &part(&names::normalised(asked.name))));
    Heard::Said(match reply(&address, http.get_as(&address, ACCEPTED, PATIENCE, LONGEST).await) {
        Reply::Body(body) => match Page::read(&body, &address) {
            Ok(page) => listed(http, index, &page, asked).await,
            Err(why) => unknown(format!("{}: {why}", shown(&address))),
        },
        Reply::Missing => absent(http, index, format!("the index has no project {}", asked.name), asked).await,
        Reply::Forbidden(status) => return Heard::Forbidden(status),
        Reply::Says(said) => said,
    })
}

/// What the index says to this machine's user, since strangers aren't told.
async fn said_to_a_user(http: &Http, client: &dyn Client, index: &str, asked: Asked<'_>, status: u16) -> Said {
    let refused = |status: u16, whose: &str| {
        unknown(format!(
            "{} answers {status}: it wants credentials{whose}; write them into pip's or uv's own index address on this machine, as \
             in https://user:token@host/simple, or into ~/.netrc",
            shown(index)
        ))
    };
    match credentials_for(client, index).await {
        Some(index) => match said_at(http, &index, asked).await {
            Heard::Said(said) => said,
            Heard::Forbidden(status) => refused(status, " other than those that are configured here"),
        },
        None => refused(status, ""),
    }
}

/// The index with the user's credentials, where it has none yet and the user has some.
async fn credentials_for(client: &dyn Client, index: &str) -> Option<String> {
    // what can't be asked has no credentials to give
    let configured = configured(client).await.map(|(_, settings)| settings).unwrap_or_default();
    let addresses: Vec<String> = configured.index.into_iter().chain(configured.others).collect();
    let home = || client.variable("HOME").map(|home| format!("{home}/.netrc"));
    let netrc = client.variable("NETRC").or_else(home).and_then(|file| std::fs::read_to_string(file).ok());
    credentials::known(index, &addresses, netrc.as_deref())
}

async fn listed(http: &Http, index: &str, page: &Page, asked: Asked<'_>) -> Said {
    match page.version(asked) {
        Some(version) => Said::There(version),
        None if page.is_quarantined() => {
            unknown(format!("the project {} is quarantined: its index keeps all its files back", asked.name))
        }
        None => {
            let detail = format!("the simple API lists no file of {} {}", asked.name, asked.version);
            absent(http, index, detail, asked).await
        }
    }
}

/// Nothing on the page that clients read. Where the index has a JSON API beside it, that may know more.
async fn absent(http: &Http, index: &str, detail: String, asked: Asked<'_>) -> Said {
    if let Some(root) = index.trim_end_matches('/').strip_suffix("/simple") {
        let path = format!("pypi/{}/{}/json", part(&names::normalised(asked.name)), part(asked.version));
        let heard = http.get_as(&below(root, &path), "application/json", PATIENCE, LONGEST).await;
        if heard.is_ok_and(|answer| answer.status == 200 && answer.body.first() == Some(&b'{')) {
            return Said::Absent { detail: format!("visible on the JSON API, but {detail} yet") };
        }
    }
    Said::Absent { detail }
}

/// The one index that the client is configured to use. Several are nobody's to choose from: the owner says which.
async fn located(client: &dyn Client) -> Result<Index, String> {
    let (tool, found) = configured(client).await?;
    let found = match found.index {
        None => Settings { index: Some(built_in(client, tool).await?), ..found },
        Some(_) => found,
    };
    let index = found.index.unwrap_or_default();
    let others: Vec<String> = found.others.iter().filter(|other| **other != index).map(|other| shown(other)).collect();
    if others.is_empty() {
        return Ok(Index::At(index));
    }
    Err(format!(
        "{} reads packages from {} and from {}: name the one that has this package under [registry] in release.toml",
        tool.word(),
        shown(&index),
        others.join(", ")
    ))
}

/// What the project is installed with, and how that is configured here.
async fn configured(client: &dyn Client) -> Result<(Tool, Settings), String> {
    Ok(match project_uses_uv(client).await? {
        Some(project) => (Tool::Uv, uv_settings(client, project)),
        None => (Tool::Pip, pip_settings(client).await?),
    })
}

/// The project's own settings of uv, where uv is what it is developed with.
async fn project_uses_uv(client: &dyn Client) -> Result<Option<Settings>, String> {
    let listed = client.ask(&["ls"], &[], Where::Project).await?;
    let listed = stdout(&listed);
    let has = |name: &str| listed.lines().any(|line| line == name);
    if has("uv.toml") {
        let settings = read(client, "uv.toml").await?;
        return Ok(Some(settings::of_uv(&settings)));
    }
    let project = if has("pyproject.toml") { read(client, "pyproject.toml").await? } else { toml::Table::new() };
    let own = settings::tool_uv(&project).map(settings::of_uv);
    Ok(if has("uv.lock") { Some(own.unwrap_or_default()) } else { own })
}

async fn read(client: &dyn Client, name: &str) -> Result<toml::Table, String> {
    let ended = client.ask(&["cat", name], &[], Where::Project).await?;
    toml::from_str(&stdout(&ended)).map_err(|error| format!("{name} of the package can't be read: {}", error.message()))
}

fn uv_settings(client: &dyn Client, project: Settings) -> Settings {
    let variables = settings::of_uv_variables(|name| client.variable(name));
    let set = |name: &str| client.variable(name).filter(|value| !value.is_empty());
    let user = set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|home| format!("{home}/.config")));
    let files = match set("UV_CONFIG_FILE") {
        Some(file) => vec![file],
        None => {
            user.map(|user| format!("{user}/uv/uv.toml")).into_iter().chain(["/etc/uv/uv.toml".to_owned()]).collect()
        }
    };
    // what can't be read isn't configured: uv itself would say so
    let read = |file: &String| toml::from_str::<toml::Table>(&std::fs::read_to_string(file).ok()?).ok();
    let machine = files.iter().filter_map(read).map(|settings| settings::of_uv(&settings));
    machine.fold(variables.over(project), Settings::over)
}

async fn pip_settings(client: &dyn Client) -> Result<Settings, String> {
    let variables = settings::of_pip_variables(|name| client.variable(name));
    let ended = client.ask(&["python3", "-m", "pip", "config", "list"], &[], Where::Project).await;
    let configured = match ended {
        Ok(ended) if ended.end == End::Exited(0) => settings::of_pip(&stdout(&ended)),
        Ok(_) | Err(_) if variables.index.is_some() => Settings::default(),
        Ok(ended) => return Err(format!("pip can't be asked for its index: {}", told(last(&everything(&ended))))),
        Err(why) => return Err(format!("pip can't be asked for its index: {why}")),
    };
    Ok(Settings {
        others: if variables.others.is_empty() { configured.others } else { variables.others },
        index: variables.index.or(configured.index),
    })
}

/// What a Python project is installed with.
#[derive(Debug, Clone, Copy)]
enum Tool {
    Pip,
    Uv,
}

impl Tool {
    fn word(self) -> &'static str {
        match self {
            Self::Pip => "pip",
            Self::Uv => "uv",
        }
    }
}

/// The index that the client asks when nothing is configured, from its own help.
async fn built_in(client: &dyn Client, tool: Tool) -> Result<String, String> {
    let (argv, option, mark): (&[&str], _, _) = match tool {
        Tool::Uv => (&["uv", "pip", "install", "--help"], "--default-index", "by default: <"),
        Tool::Pip => (&["python3", "-m", "pip", "install", "--help"], "--index-url", "(default "),
    };
    let ended = client.ask(argv, &[], Where::Project).await?;
    settings::built_in(&stdout(&ended), option, mark).ok_or_else(|| {
        format!("{} doesn't tell which index it asks: name one under [registry] in release.toml", tool.word())
    })
}

/// Has the client that the project uses look for the version: nothing is built, and nothing big is fetched.
async fn resolved(client: &dyn Client, index: Option<&str>, asked: Asked<'_>) -> Result<Resolution, String> {
    let scratch = client.scratch()?;
    let place = Where::Scratch(&scratch);
    let wanted = format!("{}=={}", asked.name, asked.version);
    if project_uses_uv(client).await?.is_some() {
        std::fs::write(scratch.path().join("asked.in"), format!("{wanted}\n"))
            .map_err(|error| format!("no question can be put: {error}"))?;
        let argv = ["uv", "pip", "compile", "--refresh", "--no-deps", "--no-build", "asked.in"];
        // older releases know the second name alone
        let variables: Vec<(&str, &str)> =
            index.into_iter().flat_map(|index| [("UV_DEFAULT_INDEX", index), ("UV_INDEX_URL", index)]).collect();
        let ended = client.ask(&argv, &variables, place).await?;
        return Ok(of(&ended, |code, output| said::of_uv(code, output, asked)));
    }
    let variables: Vec<(&str, &str)> = index.map(|index| ("PIP_INDEX_URL", index)).into_iter().collect();
    // only at its wordiest does pip tell an index that fails from one that doesn't have it
    let common = ["-vv", "--no-input", "--retries", "0", "--no-cache-dir", "--disable-pip-version-check"];
    let argv = [&["python3", "-m", "pip", "index", "versions", asked.name, "--pre"], common.as_slice()].concat();
    let ended = client.ask(&argv, &variables, place).await?;
    if !everything(&ended).contains("unknown command \"index\"") {
        return Ok(of(&ended, |code, output| said::of_pip_index(code, output, asked)));
    }
    // pip before 21.2 finds a version only by fetching it
    let argv = [&["python3", "-m", "pip", "download", "--no-deps", "--pre", &wanted], common.as_slice()].concat();
    let ended = client.ask(&argv, &variables, place).await?;
    Ok(of(&ended, |code, output| said::of_pip_download(code, output, asked)))
}

fn of(ended: &Ended, read: impl Fn(i32, &str) -> Resolution) -> Resolution {
    match ended.end {
        End::Exited(code) => read(code, &everything(ended)),
        end => Resolution::Unknown { why: broken_off(end).unwrap_or_default() },
    }
}
