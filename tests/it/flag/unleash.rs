//! A real Unleash server on a real Postgres.

use flightdeck::plan::need::{Need, Wanted};
use flightdeck::port::http::{Http, Letter};
use flightdeck::port::world::{Frozen, Supply, World as _};
use flightdeck::rollout::event::Trace;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use super::flag_world::{FlagWorld, USERS, evidence, failure, plan};
use crate::common::daemon::{Daemon, free_port};
use crate::common::tools::{or_leave_out, tool};
use crate::common::waiting::{PATIENCE, within_patience};

const TOKEN: &str = "*:*.s3cret-admin-token";

const SERVER: &str = "
const [server, db, port, token] = process.argv.slice(2);
const { start } = await import(server);
await start({
  db: { host: '127.0.0.1', port: Number(db), user: 'postgres', password: 'x', database: 'postgres', ssl: false },
  server: { host: '127.0.0.1', port: Number(port) },
  authentication: { type: 'open-source', initApiTokens: [
    { environment: '*', project: '*', secret: token, type: 'admin', tokenName: 'tests' }] },
  versionCheck: { enable: false }, telemetry: false, disableScheduler: true, logLevel: 'error',
});
";

struct Unleash {
    server: Daemon,
    _database: Daemon,
    _folder: tempfile::TempDir,
}

/// Where Postgres keeps its programs; they aren't on the PATH.
fn postgres() -> Result<PathBuf, String> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut bins: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    bins.retain(|bin| bin.join("initdb").is_file());
    bins.sort();
    bins.pop().ok_or_else(|| "not installed: postgresql (tests/run installs it)".to_owned())
}

/// Postgres refuses to run as root: then it runs as the user that its package made.
fn as_nobody(command: &[&str]) -> Vec<String> {
    let root = rustix::process::geteuid().is_root();
    let prefix: &[&str] =
        if root { &["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] } else { &[] };
    prefix.iter().chain(command).map(|word| (*word).to_owned()).collect()
}

fn run(argv: &[String]) -> Result<(), String> {
    let ended = std::process::Command::new(&argv[0]).args(&argv[1..]).output().map_err(|error| error.to_string())?;
    if ended.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&ended.stderr).into_owned()) }
}

impl Unleash {
    fn start() -> Result<Self, String> {
        let server = tool("flags/node_modules/unleash-server/dist/lib/server-impl.js")?;
        let bin = postgres()?;
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let at = folder.path();
        let (data, web) = (at.join("data"), at.join("web"));
        for folder in [&data, &web] {
            std::fs::create_dir(folder).map_err(|error| error.to_string())?;
        }
        std::fs::set_permissions(at, std::fs::Permissions::from_mode(0o755)).map_err(|error| error.to_string())?;
        let (data, program) = (data.to_string_lossy(), |name: &str| bin.join(name).to_string_lossy().into_owned());
        if rustix::process::geteuid().is_root() {
            run(&["chown", "postgres", &data].map(str::to_owned))?;
        }
        run(&as_nobody(&[
            &program("initdb"),
            "-D",
            &data,
            "-A",
            "trust",
            "-U",
            "postgres",
            "--no-sync",
            "-E",
            "UTF8",
        ]))?;
        let (db, port) = (free_port().to_string(), free_port());
        let fast = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "unix_socket_directories="];
        let mut argv = vec![program("postgres"), "-D".to_owned(), data.into_owned(), "-p".to_owned(), db.clone()];
        argv.extend(fast.iter().flat_map(|setting| ["-c".to_owned(), (*setting).to_owned()]));
        let argv = as_nobody(&argv.iter().map(String::as_str).collect::<Vec<_>>());
        let argv: Vec<&str> = argv.iter().map(String::as_str).collect();
        let database = Daemon::start(&argv, at, db.parse().unwrap_or_default())?;
        // it listens before it has started up
        let ready = [program("pg_isready"), "-h".to_owned(), "127.0.0.1".to_owned(), "-p".to_owned(), db.clone()];
        if !within_patience(|| run(&ready).is_ok()) {
            return Err("postgres never gets ready".to_owned());
        }
        std::fs::write(web.join("server.mjs"), SERVER).map_err(|error| error.to_string())?;
        let argv = ["node", "server.mjs", &server.to_string_lossy(), &db, &port.to_string(), TOKEN];
        Ok(Self { server: Daemon::start(&argv, &web, port)?, _database: database, _folder: folder })
    }

    fn address(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// What somebody does there by hand.
    async fn by_hand(&self, method: &str, path: &str, body: &str) -> u16 {
        let headers = [("authorization".to_owned(), TOKEN.to_owned())];
        let address = format!("{}/api/admin/projects/default/features{path}", self.address());
        let letter = Letter { address: &address, method, body: Some(body), bearer: None, headers: &headers };
        Http::new().send(&letter, PATIENCE).await.unwrap().status
    }
}

#[tokio::test]
async fn a_flag_goes_through_its_states_and_is_read_back_as_the_server_evaluates_it() {
    let Some(unleash) = or_leave_out("Unleash", Unleash::start()) else { return };
    let world = FlagWorld::new(&[("UNLEASH_TOKEN", TOKEN), ("WRONG", "*:*.another")]);
    let provider = |token: &str| {
        format!(
            "{{ unleash = \"{}\", environment = \"development\", token = \"{token}\", cohorts = {{ beta = [\"u-2\"] }} }}",
            unleash.address()
        )
    };
    let flag = plan(&provider("UNLEASH_TOKEN"), USERS, "");
    let why = |seen: flightdeck::rollout::observed::FlagSeen| seen.contexts[0].why.clone().unwrap_or_default();
    // nobody made it yet
    let absent = why(world.seen(&flag).await);
    assert!(absent.contains("404: it knows no such flag in that project and environment"), "{absent}");
    assert_eq!(unleash.by_hand("POST", "", r#"{"name":"m3","type":"release"}"#).await, 201);
    let wrong = why(world.seen(&plan(&provider("WRONG"), USERS, "")).await);
    assert!(wrong.contains("401: it doesn't know who asks") && !wrong.contains("another"), "{wrong}");
    assert_eq!(world.state(&flag).await.as_deref(), Some("off"));
    for state in ["beta", "on", "beta", "off", "on", "off"] {
        let said = evidence(world.set(&flag, state).await);
        assert!(said.contains("3 of 3 agree") && !said.contains("s3cret"), "{said}");
        assert_eq!(world.state(&flag).await.as_deref(), Some(state));
    }
    let need = Need { step: None, what: Wanted::Provider };
    let checked = world.world().check(Arc::clone(&flag), need, Frozen::default()).await;
    assert_eq!(checked.supply, Supply::There, "{checked:?}");

    // what others put there is no state, and isn't written over; the way back doesn't ask
    let second = r#"{"name":"flexibleRollout","parameters":{"rollout":"50","stickiness":"default","groupId":"m3"}}"#;
    assert_eq!(unleash.by_hand("POST", "/m3/environments/development/strategies", second).await, 200);
    let (effect, said) = failure(world.set(&flag, "on").await);
    assert_eq!(effect, Trace::None);
    assert!(said.contains("2 strategies stand there"), "{said}");
    assert_eq!(unleash.by_hand("POST", "/m3/environments/development/on", "").await, 200);
    assert_eq!(world.state(&flag).await, None);
    evidence(world.set(&flag, "off").await);
    assert_eq!(world.state(&flag).await.as_deref(), Some("off"));
}
