//! Real registries with their real clients, on loopback, each in a folder that goes away: what every story about packages is
//! told with. A file a registry; what they have in common is here.

pub(crate) mod cargo;
pub(crate) mod client;
pub(crate) mod npm;
pub(crate) mod pypi;
pub(crate) mod rubygems;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use flightdeck::plan::RegistryKind;
use flightdeck::port::registry::Hash;

use crate::common::output::Output;
use crate::common::tools::or_leave_out;

pub(crate) use client::TestClient;

/// Whether a registry can take a version back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Withdrawal {
    /// It did.
    Done,
    /// It has no way to.
    Impossible,
}

/// A real registry that runs, one package of it, and its real clients.
pub(crate) trait Registry: Sized {
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
    fn publish(&self, origin: &str, artefact: &Path) -> Output {
        self.client().run(&self.publisher(origin, artefact))
    }
}

/// Writes a file and the folders above it.
pub(crate) fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a new folder");
    std::fs::write(path, text).expect("a new file");
}

/// Starts a registry; none where its stories are left out.
pub(crate) fn started<R: Registry>() -> Option<R> {
    or_leave_out(format_args!("{} stories", R::KIND.word()), R::start())
}
