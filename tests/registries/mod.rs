//! Real registries with their real clients, on loopback, each in a folder that goes away: what every story about packages is
//! told with. A file a registry; what they have in common is here.
#![allow(dead_code, unreachable_pub, reason = "each story uses a part of it")]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::format_push_string,
    clippy::match_bool,
    reason = "a story that can't be told ends here"
)]

pub mod cargo;
pub mod client;
pub mod daemon;
pub mod npm;
pub mod proxy;
pub mod pypi;
pub mod rubygems;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use flightdeck::plan::RegistryKind;
use flightdeck::port::registry::Hash;

pub use client::TestClient;

/// What a publisher said.
#[derive(Debug)]
pub struct Said {
    /// Its exit status; -1 for a signal.
    pub exit: i32,
    /// Everything that it printed.
    pub output: String,
}

/// Whether a registry can take a version back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withdrawal {
    /// It did.
    Done,
    /// It has no way to.
    Impossible,
}

/// A real registry that runs, one package of it, and its real clients.
pub trait Registry: Sized {
    /// What it speaks.
    const KIND: RegistryKind;

    /// Starts it; an error names what isn't installed.
    fn start() -> Result<Self, String>;

    /// Where it listens.
    fn address(&self) -> SocketAddr;

    /// Where packages are read from, if the registry is reached at this origin.
    fn index(&self, origin: &str) -> String;

    /// Has the client of [`Self::client`] resolve from this index, as a user would configure it.
    fn configure(&self, index: &str);

    /// A client with a home of its own, in the package's project.
    fn client(&self) -> TestClient;

    /// The package's name.
    fn package(&self) -> &str;

    /// Builds the artefacts of a version, with something in them that tells builds apart.
    fn build(&self, version: &str, salt: &str) -> Vec<PathBuf>;

    /// The command that publishes an artefact to the registry at this origin.
    fn publisher(&self, origin: &str, artefact: &Path) -> Vec<String>;

    /// Takes a version back.
    fn withdraw(&self, version: &str) -> Withdrawal;

    /// The digest that the registry shows of these bytes.
    fn digest(bytes: &[u8]) -> Hash;

    /// Publishes an artefact.
    fn publish(&self, origin: &str, artefact: &Path) -> Said {
        self.client().run(&self.publisher(origin, artefact))
    }
}

/// A file of the tools that `tests/run` installs; an error says which isn't there.
pub fn tool(path: &str) -> Result<PathBuf, String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools").join(path);
    if file.exists() { Ok(file) } else { Err(format!("not installed: target/tools/{path} (tests/run installs it)")) }
}

/// The folder of a program on the PATH.
pub fn on_path(program: &str) -> Result<PathBuf, String> {
    let path = std::env::vars_os().find(|(name, _)| name == "PATH").map(|(_, value)| value).unwrap_or_default();
    let mut folders = std::env::split_paths(&path);
    folders.find(|folder| folder.join(program).is_file()).ok_or_else(|| format!("not installed: {program}"))
}

/// Writes a file and the folders above it.
pub fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a new folder");
    std::fs::write(path, text).expect("a new file");
}

/// Starts a registry. Without its tools the story isn't told, which is no pass: whoever runs it without `tests/run` and
/// wants it so says `FLIGHTDECK_TESTS_WITHOUT_TOOLS=1`, and reads what was left out.
pub fn started<R: Registry>() -> Option<R> {
    match R::start() {
        Ok(registry) => Some(registry),
        Err(why) => {
            let allowed = std::env::vars_os().any(|(name, _)| name == "FLIGHTDECK_TESTS_WITHOUT_TOOLS");
            eprintln!("left out: {} stories: {why}", R::KIND.word());
            assert!(allowed, "{why}");
            None
        }
    }
}
