//! verdaccio, with npm.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use flightdeck::plan::RegistryKind;
use flightdeck::port::registry::Hash;
use sha2::{Digest as _, Sha512};

use super::{Registry, TestClient, Withdrawal, write};
use crate::common::daemon::{Daemon, free_port};
use crate::common::tools::{on_path, tool};

const CONFIG: &str = "storage: ./storage
auth: { htpasswd: { file: ./htpasswd, max_users: 10 } }
uplinks: {}
packages:
  '@private/*': { access: $authenticated, publish: $authenticated, unpublish: $authenticated }
  '**': { access: $all, publish: $authenticated, unpublish: $authenticated }
middlewares: { audit: { enabled: false } }
web: { enable: false }
log: { type: stdout, format: json, level: warn }
";

/// The server, its user's token and their package.
#[derive(Debug)]
pub(crate) struct Npm {
    server: Daemon,
    token: String,
    folder: tempfile::TempDir,
    package: String,
}

impl Npm {
    /// A registry for a package of this name; below `@private` only its members see it.
    pub(crate) fn with(package: &str) -> Result<Self, String> {
        let program = tool("npm/node_modules/verdaccio/bin/verdaccio")?;
        on_path("node")?;
        on_path("npm")?;
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path().join("server");
        write(&at.join("config.yaml"), CONFIG);
        let port = free_port();
        let listen = format!("127.0.0.1:{port}");
        let program = program.to_string_lossy();
        let server = Daemon::start(&["node", &program, "--config", "config.yaml", "--listen", &listen], &at, port)?;
        let npm = Self { token: token(server.address()), server, folder, package: package.to_owned() };
        npm.log_in(&format!("http://{listen}"));
        fs::create_dir_all(npm.project()).expect("a folder");
        Ok(npm)
    }

    /// Gives the user's client the token for an origin.
    pub(crate) fn log_in(&self, origin: &str) {
        let file = self.home().join(".npmrc");
        let host = origin.trim_start_matches("http:");
        let before = fs::read_to_string(&file).unwrap_or_default();
        write(&file, &format!("{before}{host}/:_authToken={}\n", self.token));
    }

    /// The token that the registry gave its user.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    fn project(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    fn npm(&self, arguments: &[&str]) -> String {
        let argv: Vec<String> = ["npm"].iter().chain(arguments).map(|&argument| argument.to_owned()).collect();
        let said = self.client().run(&argv);
        assert_eq!(said.exit, 0, "{argv:?}: {}", said.all());
        said.printed()
    }
}

/// Makes a user.
fn token(server: SocketAddr) -> String {
    use std::io::{Read as _, Write as _};
    let body = r#"{"name":"owner","password":"a-secret-of-theirs"}"#;
    let mut stream = std::net::TcpStream::connect(server).expect("a connection");
    let head = format!(
        "PUT /-/user/org.couchdb.user:owner HTTP/1.1\r\nhost: {server}\r\ncontent-type: application/json\r\n\
         connection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("a question");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let after = answer.split("\"token\"").nth(1).unwrap_or_else(|| panic!("no token: {answer}"));
    after.split('"').nth(1).expect("a token").to_owned()
}

impl Registry for Npm {
    const KIND: RegistryKind = RegistryKind::Npm;

    fn start() -> Result<Self, String> {
        Self::with("@demo/tiny")
    }

    fn address(&self) -> SocketAddr {
        self.server.address()
    }

    fn index(&self, origin: &str) -> String {
        format!("{origin}/")
    }

    fn configure(&self, index: &str) {
        let scope = self.package.split_once('/').map(|(scope, _)| format!("{scope}:")).unwrap_or_default();
        write(&self.project().join(".npmrc"), &format!("{scope}registry={index}\n"));
        self.log_in(index.trim_end_matches('/'));
    }

    fn client(&self) -> TestClient {
        TestClient::new(&self.home(), &self.project(), &[])
    }

    fn package(&self) -> &str {
        &self.package
    }

    fn build(&self, version: &str, salt: &str) -> Vec<PathBuf> {
        let manifest = format!(r#"{{"name":"{}","version":"{version}","files":["index.js"]}}"#, self.package);
        write(&self.project().join("package.json"), &manifest);
        write(&self.project().join("index.js"), &format!("module.exports = '{salt}';\n"));
        let into = self.folder.path().join(format!("built-{version}-{salt}"));
        fs::create_dir_all(&into).expect("a folder");
        self.npm(&["pack", "--pack-destination", &into.to_string_lossy()]);
        fs::read_dir(&into).expect("a folder").map(|entry| entry.expect("an entry").path()).collect()
    }

    fn publisher(&self, origin: &str, artefact: &Path) -> Vec<String> {
        self.log_in(origin);
        let scope = self.package.split_once('/').map(|(scope, _)| format!("--{scope}:registry={origin}/"));
        let registry = format!("--registry={origin}/");
        let argv = ["npm", "publish", &artefact.to_string_lossy(), "--fetch-retries=0", &registry].map(str::to_owned);
        argv.into_iter().chain(scope).collect()
    }

    fn withdraw(&self, version: &str) -> Withdrawal {
        let registry = format!("--registry=http://{}/", self.address());
        let scoped =
            self.package.split_once('/').map(|(scope, _)| format!("--{scope}:registry=http://{}/", self.address()));
        let wanted = format!("{}@{version}", self.package);
        let mut arguments = vec!["deprecate", &wanted, "it eats data", &registry];
        arguments.extend(scoped.as_deref());
        self.npm(&arguments);
        Withdrawal::Done
    }

    fn digest(bytes: &[u8]) -> Hash {
        let hexadecimal = |hex: String, byte: &u8| hex + &format!("{byte:02x}");
        Hash::Sha512(Sha512::digest(bytes).iter().fold(String::new(), hexadecimal))
    }
}
