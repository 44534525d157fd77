//! A gem host: a real static index, made by `gem generate_index` and served over loopback, with the API, the compact index and
//! the push endpoint that a public host has on top. The latter are simulated: no push server can be installed here. Their words
//! and statuses are those of the public host's source. The clients are real.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use flightdeck::plan::{Digest, RegistryKind};
use flightdeck::port::registry::Hash;

use super::{Registry, TestClient, Withdrawal, write};
use crate::common::tools::on_path;

const PACKAGE: &str = "tiny-gem";
/// The key that it takes gems with.
pub(crate) const KEY: &str = "rubygems_0123456789abcdef";
const LARGEST: usize = 16 * 1024 * 1024;

/// What a host has beyond its static index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// API, compact index and list of all versions.
    Public,
    /// Nothing: what `gem generate_index` makes is served.
    Static,
}

/// When a host shows what was pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shows {
    AtOnce,
    /// Once [`RubyGems::shows_all`] is called.
    Late,
}

/// A running host, its owner's gem and bundler and their gem. It ends with this.
#[derive(Debug)]
pub(crate) struct RubyGems {
    address: SocketAddr,
    host: Arc<Host>,
    runtime: Option<tokio::runtime::Runtime>,
    folder: tempfile::TempDir,
}

impl RubyGems {
    /// Starts an empty one on a free port of loopback, which shows a gem so long after it was pushed.
    pub(crate) fn with(kind: Kind, shows: Shows) -> Result<Self, String> {
        for program in ["ruby", "gem", "bundle"] {
            on_path(program)?;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path().join("server");
        std::fs::create_dir_all(at.join("gems")).expect("a folder");
        std::fs::create_dir_all(folder.path().join("project")).expect("a folder");
        let host = Arc::new(Host { folder: at, kind, shows, gems: Mutex::default() });
        host.index();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket");
        let address = listener.local_addr().expect("an address");
        let router = axum::Router::new().fallback(answer).with_state(Arc::clone(&host));
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            axum::serve(listener, router).await
        });
        let registry = Self { address, host, runtime: Some(runtime), folder };
        registry.configure(&registry.index(&registry.origin()));
        Ok(registry)
    }

    /// Where it is reached without a proxy.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The host catches up: whatever was pushed is shown.
    pub(crate) fn shows_all(&self) {
        self.host.gems().iter_mut().for_each(|gem| gem.shown = true);
        self.host.index();
    }

    /// A folder of its owner's.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn client_runs(&self, argv: &[&str]) -> String {
        let argv: Vec<String> = argv.iter().map(|&argument| argument.to_owned()).collect();
        let said = self.client().run(&argv);
        assert_eq!(said.exit, 0, "{argv:?}: {}", said.all());
        said.printed()
    }
}

impl Registry for RubyGems {
    const KIND: RegistryKind = RegistryKind::RubyGems;

    fn start() -> Result<Self, String> {
        Self::with(Kind::Public, Shows::AtOnce)
    }

    fn address(&self) -> SocketAddr {
        self.address
    }

    fn index(&self, origin: &str) -> String {
        format!("{origin}/")
    }

    fn configure(&self, index: &str) {
        write(&self.path("home/.gemrc"), &format!(":sources:\n- {index}\n"));
    }

    fn client(&self) -> TestClient {
        let client = TestClient::new(&self.path("home"), &self.path("project"), &[]);
        client.with("GEM_HOST_API_KEY", KEY)
    }

    fn package(&self) -> &str {
        PACKAGE
    }

    fn build(&self, version: &str, salt: &str) -> Vec<PathBuf> {
        let gemspec = format!(
            "Gem::Specification.new do |spec|\n  spec.name = \"{PACKAGE}\"\n  spec.version = \"{version}\"\n  spec.summary = \"tiny\"\n  spec.description = \"{salt}\"\n  spec.authors = [\"Ada\"]\n  spec.license = \"MIT\"\n  spec.homepage = \"http://example.com\"\n  spec.files = [\"lib/tiny.rb\"]\nend\n"
        );
        write(&self.path(&format!("project/{PACKAGE}.gemspec")), &gemspec);
        write(&self.path("project/lib/tiny.rb"), "module Tiny\nend\n");
        let built = self.path(&format!("built/{salt}/{PACKAGE}-{version}.gem"));
        std::fs::create_dir_all(built.parent().expect("a folder")).expect("a folder");
        let (gemspec, output) = (format!("{PACKAGE}.gemspec"), built.to_string_lossy());
        self.client_runs(&["gem", "build", "--quiet", &gemspec, "--output", &output]);
        vec![built]
    }

    fn publisher(&self, origin: &str, artefact: &Path) -> Vec<String> {
        ["gem", "push", &artefact.to_string_lossy(), "--host", origin].map(str::to_owned).to_vec()
    }

    fn withdraw(&self, version: &str) -> Withdrawal {
        self.client_runs(&["gem", "yank", PACKAGE, "--version", version, "--host", &self.origin()]);
        match self.host.kind {
            Kind::Public => Withdrawal::Done,
            // it forgets that it ever had it
            Kind::Static => Withdrawal::Impossible,
        }
    }

    fn digest(bytes: &[u8]) -> Hash {
        Hash::Sha256(Digest::of(bytes))
    }
}

impl Drop for RubyGems {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

#[derive(Debug)]
struct Host {
    folder: PathBuf,
    kind: Kind,
    /// Whether what is pushed is shown at once; else once the story says so.
    shows: Shows,
    gems: Mutex<Vec<Pushed>>,
}

#[derive(Debug, Clone)]
struct Pushed {
    name: String,
    version: String,
    sha256: String,
    shown: bool,
    yanked: bool,
}

async fn answer(State(host): State<Arc<Host>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LARGEST).await.unwrap_or_default();
    let key = parts.headers.get("authorization").and_then(|key| key.to_str().ok()).map(str::to_owned);
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let (method, path) = (parts.method.to_string(), parts.uri.path().to_owned());
    let answered = tokio::task::spawn_blocking(move || host.route(&method, &path, &query, key.as_deref(), &body));
    answered.await.expect("an answer")
}

fn said(status: u16, body: impl Into<Vec<u8>>) -> Response<Body> {
    let mut response = Response::new(Body::from(body.into()));
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    response
}

impl Host {
    fn route(&self, method: &str, path: &str, query: &str, key: Option<&str>, body: &[u8]) -> Response<Body> {
        let last = path.rsplit('/').next().unwrap_or_default();
        match (method, path) {
            ("POST" | "DELETE", "/api/v1/gems" | "/api/v1/gems/yank") if key != Some(KEY) => {
                said(401, "Access Denied. Please sign up for an account.")
            }
            ("POST", "/api/v1/gems") => self.push(body),
            ("DELETE", "/api/v1/gems/yank") => self.yank(&format!("{query}&{}", String::from_utf8_lossy(body))),
            ("GET", path) if self.kind == Kind::Public && path.starts_with("/api/v1/versions/") => {
                self.versions_of(last.trim_end_matches(".json"))
            }
            ("GET", path) if self.kind == Kind::Public && path.starts_with("/info/") => self.info(last),
            ("GET", "/versions") if self.kind == Kind::Public => compact(self.versions()),
            // what the public host leaves out, its clients don't miss
            ("GET", path) => self.file(path),
            _ => said(404, "not found"),
        }
    }

    fn gems(&self) -> std::sync::MutexGuard<'_, Vec<Pushed>> {
        self.gems.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shown(&self, name: &str) -> Vec<Pushed> {
        self.gems().iter().filter(|gem| gem.name == name && !gem.yanked && gem.shown).cloned().collect()
    }

    fn push(&self, gem: &[u8]) -> Response<Body> {
        let incoming = self.folder.join("incoming.gem");
        std::fs::write(&incoming, gem).expect("a file");
        let script = "s = Gem::Package.new(ARGV[0]).spec; puts s.name, s.version";
        let output =
            Command::new("ruby").args(["-rrubygems/package", "-e", script]).arg(&incoming).output().expect("ruby");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut lines = text.lines();
        let (Some(name), Some(version)) = (lines.next(), lines.next()) else {
            return said(422, "The host cannot process this gem.");
        };
        let sha256 = Digest::of(gem).to_string();
        let full = format!("{name}-{version}");
        let there = self.gems().iter().find(|gem| gem.name == name && gem.version == version).cloned();
        match there {
            Some(there) if there.yanked => said(
                409,
                format!(
                    "A yanked version already exists ({full}).\nRepushing of gem versions is not allowed. Please use a new version and retry"
                ),
            ),
            Some(there) if there.sha256 == sha256 => said(200, format!("Gem was already pushed: {name} ({version})")),
            Some(_) => said(
                409,
                "Repushing of gem versions is not allowed.\nPlease use `gem yank` to remove bad gem releases.",
            ),
            None => {
                std::fs::rename(&incoming, self.folder.join(format!("gems/{full}.gem"))).expect("a gem");
                let shown = self.shows == Shows::AtOnce;
                let (name, version) = (name.to_owned(), version.to_owned());
                let registered = format!("Successfully registered gem: {name} ({version})");
                self.gems().push(Pushed { name, version, sha256, shown, yanked: false });
                // what is served statically is shown when it is indexed
                if shown {
                    self.index();
                }
                said(200, registered)
            }
        }
    }

    fn yank(&self, form: &str) -> Response<Body> {
        let fields: BTreeMap<&str, &str> = form.split('&').filter_map(|field| field.split_once('=')).collect();
        let (name, version) = (fields.get("gem_name").copied(), fields.get("version").copied());
        let mut gems = self.gems();
        let found =
            gems.iter_mut().find(|gem| Some(gem.name.as_str()) == name && Some(gem.version.as_str()) == version);
        let Some(gem) = found else { return said(404, "This gem could not be found") };
        gem.yanked = true;
        let full = format!("{}-{}", gem.name, gem.version);
        drop(gems);
        std::fs::remove_file(self.folder.join(format!("gems/{full}.gem"))).expect("a gem");
        self.index();
        said(200, format!("Successfully deleted gem: {full}"))
    }

    fn versions_of(&self, name: &str) -> Response<Body> {
        let shown = self.shown(name);
        if shown.is_empty() {
            return said(404, "This rubygem could not be found.");
        }
        let listed: Vec<_> = shown
            .iter()
            .map(|gem| serde_json::json!({"number": gem.version, "platform": "ruby", "sha": gem.sha256, "prerelease": false}))
            .collect();
        said(200, serde_json::Value::from(listed).to_string())
    }

    fn info(&self, name: &str) -> Response<Body> {
        match self.info_of(name) {
            Some(info) => compact(info),
            None => said(404, "This gem could not be found"),
        }
    }

    fn info_of(&self, name: &str) -> Option<String> {
        let shown = self.shown(name);
        let lines = shown.iter().map(|gem| format!("{} |checksum:{}\n", gem.version, gem.sha256));
        (!shown.is_empty()).then(|| format!("---\n{}", lines.collect::<String>()))
    }

    fn versions(&self) -> String {
        let gems = self.gems().clone();
        let line = |gem: &Pushed| {
            let info = digest("md5sum", self.info_of(&gem.name).unwrap_or_default().as_bytes());
            let yank = if gem.yanked { format!("{} -{} {info}\n", gem.name, gem.version) } else { String::new() };
            format!("{} {} {info}\n{yank}", gem.name, gem.version)
        };
        let lines: String = gems.iter().filter(|gem| gem.shown).map(line).collect();
        format!("created_at: 2026-01-01T00:00:00Z\n---\n{lines}")
    }

    fn file(&self, path: &str) -> Response<Body> {
        if path.contains("..") || path.contains("incoming") {
            return said(404, "not found");
        }
        std::fs::read(self.folder.join(path.trim_start_matches('/')))
            .map_or_else(|_| said(404, "not found"), |file| said(200, file))
    }

    fn index(&self) {
        let indexed = Command::new("gem").args(["generate_index", "-d"]).arg(&self.folder).output().expect("gem");
        assert!(indexed.status.success(), "{}", String::from_utf8_lossy(&indexed.stderr));
    }
}

/// The compact index's clients compare what they got with its tag.
fn compact(text: String) -> Response<Body> {
    let tag = format!("\"{}\"", digest("md5sum", text.as_bytes()));
    let mut response = said(200, text);
    response.headers_mut().insert("etag", tag.parse().expect("a tag"));
    response
}

fn digest(program: &str, bytes: &[u8]) -> String {
    let mut child = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("coreutils");
    child.stdin.take().expect("its stdin").write_all(bytes).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    String::from_utf8_lossy(&output.stdout).split(' ').next().unwrap_or_default().to_owned()
}
