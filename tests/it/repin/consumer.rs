//! Two repositories, one of which takes the other's package, real remotes, and a loopback registry whose files the test writes:
//! what every story of a repin starts from.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use flightdeck::plan::{Candidate, Package, Plan, RepoName, Sha};
use flightdeck::port::process::Order;
use flightdeck::port::real::{RealConfig, RealWorld};
use flightdeck::port::world::{Job, Line, Performed, Prepared, Signal, Tried, Unfit, World as _};
use tokio::sync::{mpsc, watch};

use crate::common::{scratch, tools};

pub(crate) const VERSION: &str = "2.3.0";

/// A registry's files by their paths; what isn't there is a 404.
#[derive(Clone, Default)]
pub(crate) struct Files(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

impl Files {
    pub(crate) fn put(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.0.lock().unwrap().insert(path.to_owned(), bytes.into());
    }

    fn answer(&self, request: &Request) -> Response {
        let path = request.uri().path().replace("%2f", "/").replace("%2F", "/");
        match self.0.lock().unwrap().get(&path) {
            Some(bytes) if path.starts_with("/simple/") => {
                ([("content-type", "text/html")], bytes.clone()).into_response()
            }
            Some(bytes) => bytes.clone().into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        }
    }
}

pub(crate) struct Consumer {
    _folder: tempfile::TempDir,
    pub(crate) home: PathBuf,
    pub(crate) files: Files,
    pub(crate) url: String,
    pub(crate) plan: Arc<Plan>,
    pub(crate) world: Arc<RealWorld>,
    pub(crate) candidates: BTreeMap<RepoName, Candidate>,
    pub(crate) told: mpsc::Receiver<Signal>,
    line: Line,
    pub(crate) orders: watch::Sender<Order>,
}

impl Consumer {
    /// A consumer with these files, frozen, and the pins that its table says. `{url}` is the registry's address.
    pub(crate) async fn new(files: &[(&str, &str)], package: &str, pins: &str) -> Self {
        let registry = "kind = \"generic\"\nprobe = [\"test\", \"-e\", \"{published}\"]\nduplicates = \"refused\"";
        Self::with_registry(files, package, pins, registry).await
    }

    /// The same with a registry of another kind.
    pub(crate) async fn with_registry(files: &[(&str, &str)], package: &str, pins: &str, kind: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = fs::canonicalize(folder.path()).unwrap();
        let registry = Files::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback({
            let files = registry.clone();
            async move |request: Request| files.answer(&request)
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        fs::write(
            home.join(".npmrc"),
            format!("registry={url}/\nfetch-retries=0\naudit=false\nfund=false\nupdate-notifier=false\n"),
        )
        .unwrap();
        let published = home.join("published").display().to_string();
        let kind = kind.replace("{published}", &published).replace("{url}", &url);
        let text = format!(
            r#"schema = 1
[release]
id = "m3"
title = "A repin"
mode = "quick"
root = "."
[owner]
name = "Ada Example"
email = "ada@example.com"
[registry.here]
{kind}
propagates = "10m"
[[repo]]
name = "sdk"
path = "sdk"
role = "package"
publish = {{ registry = "here", command = ["touch", "{published}"] }}
[[repo]]
name = "web"
path = "web"
role = "satellite"
depends_on = ["sdk"]
repin = {pins}
deploy = {{ push = "production", branch = "main" }}
[[step]]
id = "sdk"
stage = "Ship"
title = "Publish it"
publish = "sdk"
[[step]]
id = "pin"
stage = "Ship"
title = "Pin it"
repin = "web"
[[step]]
id = "web"
stage = "Ship"
title = "Deploy it"
deploy = "web"
"#
        );
        fs::write(home.join("release.toml"), &text).unwrap();
        let plan = flightdeck::config::load(text.as_bytes(), "release.toml").unwrap_or_else(|why| panic!("{why}")).plan;
        let (sender, told) = mpsc::channel(1024);
        let mut consumer = Self {
            world: Arc::new(world(&home)),
            home,
            _folder: folder,
            files: registry,
            url,
            plan: Arc::new(plan),
            candidates: BTreeMap::new(),
            told,
            line: Line(sender),
            orders: watch::channel(Order::Run).0,
        };
        let manifest = serde_json::json!({ "name": package, "version": VERSION }).to_string();
        consumer.repository("sdk", &[("package.json", &manifest)]);
        consumer.repository("web", files);
        let published = Package { name: package.to_owned(), version: VERSION.to_owned() };
        let (sdk, web) = (consumer.head("sdk"), consumer.head("web"));
        consumer.candidates.insert("sdk".parse().unwrap(), Candidate::frozen(sdk, Some(published)));
        consumer.candidates.insert("web".parse().unwrap(), Candidate::frozen(web, None));
        consumer
    }

    fn repository(&self, name: &str, files: &[(&str, &str)]) {
        let (clone, remote) = (self.home.join(name), self.remote(name));
        fs::create_dir_all(remote.parent().unwrap()).unwrap();
        self.git(&self.home, &["init", "--quiet", "--bare", remote.to_str().unwrap()]);
        self.git(&self.home, &["init", "--quiet", "-b", "main", name]);
        for (file, text) in files {
            let path = clone.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            match text.strip_prefix("-> ") {
                Some(target) => std::os::unix::fs::symlink(target, path).unwrap(),
                None => fs::write(path, text.replace("{url}", &self.url)).unwrap(),
            }
        }
        self.git(&clone, &["add", "-A"]);
        self.git(&clone, &["commit", "--quiet", "-m", "Start"]);
        self.git(&clone, &["remote", "add", "origin", remote.to_str().unwrap()]);
        self.git(&clone, &["push", "--quiet", "origin", "main", "main:release/m3"]);
        self.git(&clone, &["checkout", "--quiet", "-b", "release/m3"]);
        let live = self.home.join("live").join(format!("{name}.git"));
        fs::create_dir_all(live.parent().unwrap()).unwrap();
        self.git(&self.home, &["init", "--quiet", "--bare", live.to_str().unwrap()]);
        self.git(&clone, &["remote", "add", "production", live.to_str().unwrap()]);
    }

    pub(crate) fn remote(&self, name: &str) -> PathBuf {
        self.home.join("remotes").join(format!("{name}.git"))
    }

    /// Where the release branch is, here.
    pub(crate) fn head(&self, name: &str) -> Sha {
        self.git(&self.home.join(name), &["rev-parse", "refs/heads/release/m3"]).parse().unwrap()
    }

    /// Where the release branch is, at origin.
    pub(crate) fn there(&self, name: &str) -> Sha {
        self.git(&self.remote(name), &["rev-parse", "refs/heads/release/m3"]).parse().unwrap()
    }

    /// A file of the consumer as a commit has it.
    pub(crate) fn file(&self, at: &Sha, file: &str) -> String {
        self.raw(&self.home.join("web"), &["show", &format!("{at}:{file}")])
    }

    pub(crate) fn git(&self, folder: &Path, arguments: &[&str]) -> String {
        self.raw(folder, arguments).trim().to_owned()
    }

    fn raw(&self, folder: &Path, arguments: &[&str]) -> String {
        let mut command = std::process::Command::new("git");
        command.args(["-c", "user.name=Eve", "-c", "user.email=eve@example.com"]).args(arguments).current_dir(folder);
        command.env_clear().envs(scratch::variables(&self.home));
        // the same files are the same commit in every consumer
        command.envs([("GIT_AUTHOR_DATE", "1700000000 +0200"), ("GIT_COMMITTER_DATE", "1700000000 +0200")]);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) fn job(&self) -> Job {
        let step = self.plan.step(&"pin".parse().unwrap()).unwrap();
        let action = self.plan.compile(step, &self.candidates).unwrap().swap_remove(0);
        Job {
            plan: Arc::clone(&self.plan),
            step: "pin".parse().unwrap(),
            key: action.identity.key(self.plan.id(), 0),
            action,
            attempt: 1,
            artifact: None,
            made: None,
            soak: None,
            tried: Tried::Never,
            line: self.line.clone(),
            orders: self.orders.subscribe(),
        }
    }

    pub(crate) async fn prepare(&self, job: &Job) -> Result<Prepared, Unfit> {
        self.world.prepare(job.clone()).await
    }

    /// Readies and performs it; gives the commit.
    pub(crate) async fn repin(&self) -> Sha {
        let job = self.job();
        let prepared =
            self.prepare(&job).await.unwrap_or_else(|unfit| panic!("{}\n{}", unfit.why, unfit.tail.join("\n")));
        let made = prepared.made.clone().unwrap();
        match self.world.perform(job, prepared).await {
            Performed::Ok { .. } => made,
            other => panic!("{other:?}"),
        }
    }

    /// Runs flightdeck as the owner would; it must end with this status.
    pub(crate) fn flightdeck(&self, exit: i32, arguments: &[&str]) -> String {
        let (code, said) = self.run(arguments);
        assert_eq!(code, Some(exit), "{arguments:?}\n{said}");
        said
    }

    /// Runs flightdeck; no status if it was killed.
    pub(crate) fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let mut command = std::process::Command::new(scratch::FLIGHTDECK);
        command.env_clear().envs(scratch::variables(&self.home)).args(arguments).current_dir(&self.home);
        let output = command.stdin(std::process::Stdio::null()).output().unwrap();
        let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        (output.status.code(), out + &err)
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> serde_json::Value {
        serde_json::from_str(&self.flightdeck(0, arguments)).unwrap()
    }

    pub(crate) async fn unfit(&self) -> String {
        match self.prepare(&self.job()).await {
            Err(unfit) => unfit.why,
            Ok(prepared) => panic!("{prepared:?}"),
        }
    }
}

fn world(home: &Path) -> RealWorld {
    RealWorld::new(RealConfig {
        root: home.to_owned(),
        user_env: scratch::variables(home),
        work: home.join("state/work"),
        outputs: home.join("state/output"),
        steps: home.join("state/steps"),
    })
}

/// Whether a client is here, or its stories are left out.
pub(crate) fn is_installed(client: &str) -> bool {
    tools::or_leave_out(format_args!("{client} stories"), tools::on_path(client)).is_some()
}
