//! The Cargo team's own test registry, as tests/run builds it, with cargo.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use flightdeck::plan::{Digest, RegistryKind};
use flightdeck::port::registry::Hash;

use super::{Registry, TestClient, Withdrawal, write};
use crate::common::tools::{on_path, tool};

const PACKAGE: &str = "tiny-crate";

/// The server, its owner's cargo and their crate. It ends with this.
#[derive(Debug)]
pub(crate) struct Cargo {
    server: Child,
    // what it prints later must not meet a closed pipe
    _stdout: BufReader<ChildStdout>,
    address: SocketAddr,
    token: String,
    folder: tempfile::TempDir,
}

impl Cargo {
    /// Starts it with arguments of its own, such as `--delay 2` from an upload to its being listed.
    pub(crate) fn with(arguments: &[&str]) -> Result<Self, String> {
        let program = tool("cargo-registry")?;
        on_path("cargo")?;
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path().join("server");
        for folder in [&at, &folder.path().join("project")] {
            std::fs::create_dir(folder).expect("a folder");
        }
        let mut command = Command::new(program);
        command.arg(&at).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = command.spawn().map_err(|error| format!("cargo-registry can't be started: {error}"))?;
        let mut stdout = BufReader::new(server.stdout.take().expect("its stdout"));
        let mut line = || {
            let mut line = String::new();
            stdout.read_line(&mut line).expect("a line");
            line.trim().to_owned()
        };
        let (index, token) = (line(), line());
        let address = index.trim_start_matches("sparse+http://").split('/').next().unwrap_or_default();
        let address = address.parse().map_err(|_| format!("cargo-registry printed {index:?}"))?;
        let registry = Self { server, _stdout: stdout, address, token, folder };
        registry.configure(&registry.index(&registry.origin()));
        Ok(registry)
    }

    /// Where it is reached without a proxy.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The token that it takes uploads with.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// A folder of its owner's.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file of the served index.
    fn served(&self, name: &str) -> PathBuf {
        self.path("server/cit/registry/registry").join(name)
    }

    fn cargo(&self, arguments: &[&str]) -> String {
        let argv: Vec<String> = ["cargo"].iter().chain(arguments).map(|&argument| argument.to_owned()).collect();
        let said = self.client().run(&argv);
        assert_eq!(said.exit, 0, "{argv:?}: {}", said.all());
        said.printed()
    }
}

impl Registry for Cargo {
    const KIND: RegistryKind = RegistryKind::Cargo;

    fn start() -> Result<Self, String> {
        Self::with(&[])
    }

    fn address(&self) -> SocketAddr {
        self.address
    }

    fn index(&self, origin: &str) -> String {
        format!("sparse+{origin}/index/")
    }

    fn configure(&self, index: &str) {
        let config = format!(
            "[source.crates-io]\nreplace-with = \"ours\"\n\n[registries.ours]\nindex = \"{index}\"\n\n[registry]\nglobal-credential-providers = [\"cargo:token\"]\n"
        );
        write(&self.path("home/.cargo/config.toml"), &config);
        let credentials = format!("[registries.ours]\ntoken = \"{}\"\n", self.token);
        write(&self.path("home/.cargo/credentials.toml"), &credentials);
    }

    fn client(&self) -> TestClient {
        let client = TestClient::new(&self.path("home"), &self.path("project"), &[]);
        client.with("CARGO_HOME", &self.path("home/.cargo").to_string_lossy())
    }

    fn package(&self) -> &str {
        PACKAGE
    }

    fn build(&self, version: &str, salt: &str) -> Vec<PathBuf> {
        let manifest = format!(
            "[package]\nname = \"{PACKAGE}\"\nversion = \"{version}\"\nedition = \"2021\"\ndescription = \"tiny\"\nlicense = \"MIT\"\n"
        );
        write(&self.path("project/Cargo.toml"), &manifest);
        write(&self.path("project/src/lib.rs"), &format!("//! {salt}\n"));
        self.cargo(&["package", "--quiet", "--no-verify", "--allow-dirty"]);
        let built = self.path(&format!("project/target/package/{PACKAGE}-{version}.crate"));
        let kept = self.path(&format!("built/{salt}/{PACKAGE}-{version}.crate"));
        std::fs::create_dir_all(kept.parent().expect("a folder")).expect("a folder");
        std::fs::copy(built, &kept).expect("an artefact");
        vec![kept]
    }

    /// Cargo packs what stands in the project, the same files to the same bytes; what was built last is what it uploads.
    fn publisher(&self, origin: &str, _artefact: &Path) -> Vec<String> {
        let config = format!(r#"{{"dl":"{origin}/dl","api":"{origin}/"}}"#);
        write(&self.served("config.json"), &config);
        self.configure(&self.index(origin));
        let argv = ["cargo", "publish", "--registry", "ours", "--no-verify", "--allow-dirty"];
        argv.map(str::to_owned).to_vec()
    }

    /// The registry says yes to a yank and does nothing: the line is changed where it is served.
    fn withdraw(&self, version: &str) -> Withdrawal {
        self.cargo(&["yank", "--registry", "ours", &format!("{PACKAGE}@{version}")]);
        let file = self.served("ti/ny").join(PACKAGE);
        let own = format!("\"vers\":\"{version}\"");
        let line = |line: &str| {
            let yanked = line.replace("\"yanked\":false", "\"yanked\":true");
            if line.contains(&own) { yanked + "\n" } else { line.to_owned() + "\n" }
        };
        let lines: String = std::fs::read_to_string(&file).expect("an index file").lines().map(line).collect();
        std::fs::write(&file, lines).expect("an index file");
        Withdrawal::Done
    }

    fn digest(bytes: &[u8]) -> Hash {
        Hash::Sha256(Digest::of(bytes))
    }
}

impl Drop for Cargo {
    fn drop(&mut self) {
        // its stdin closes, and it ends by itself
        drop(self.server.stdin.take());
        let _ = self.server.wait();
    }
}
