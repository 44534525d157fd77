//! Registries as their protocols speak: where a version's files are told, how an ecosystem's own client is asked, and what its
//! complaints mean. Each protocol is one file here and one line in [`protocol`]. Nothing here decides; no registry's address
//! stands here either.

mod address;
mod busy;
mod cargo;
mod folder;
mod later;
mod npm;
mod page;
mod pypi;
mod reply;
mod rubygems;
mod words;

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::http::Http;
use super::process::Ended;
use crate::plan::{Digest, RegistryKind};

/// A version that is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The package's name.
    pub name: &'a str,
    /// The version.
    pub version: &'a str,
}

/// Where an ecosystem's packages are read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Index {
    /// An address that speaks the protocol.
    At(String),
    /// Only the client knows: it is asked everything.
    ClientAlone,
}

/// What a registry says of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// It isn't there.
    Absent {
        /// In its own words.
        detail: String,
    },
    /// It is there.
    There(Version),
    /// It wants to be asked later.
    Limited {
        /// When, if it said so.
        after: Option<Duration>,
        /// In its own words.
        why: String,
    },
    /// It doesn't answer, or says that it can't.
    Unavailable {
        /// Why.
        why: String,
    },
    /// It answered something that can't be understood, or let us not ask.
    Unknown {
        /// Why.
        why: String,
    },
}

/// A version as its registry lists it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Version {
    /// Its files.
    pub files: Vec<File>,
    /// Why it must not be used any more: yanked or deprecated, in the registry's words.
    pub withdrawn: Option<String>,
}

/// A file of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name; empty where the registry names none.
    pub name: String,
    /// The digests that the registry shows.
    pub digests: Vec<Hash>,
    /// Where its bytes are, so that a digest that isn't shown can be computed.
    pub url: Option<String>,
}

/// A digest in hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hash {
    /// SHA-256.
    Sha256(Digest),
    /// SHA-512, in lowercase hexadecimal digits.
    Sha512(String),
}

/// What a publisher's complaint means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Complaint {
    /// Too many requests.
    Limited {
        /// When it may be tried again, if it said so.
        after: Option<Duration>,
    },
    /// The registry has this version already, shown or not.
    AlreadyThere,
    /// Something that its own words hide, translated.
    Means(String),
}

/// What a client says of resolving a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// It resolves.
    Resolved {
        /// What it said.
        evidence: String,
    },
    /// Not yet.
    NotYet {
        /// What it said.
        detail: String,
    },
    /// It can't be asked.
    Unknown {
        /// Why.
        why: String,
    },
}

/// Where a client is asked.
#[derive(Debug, Clone, Copy)]
pub enum Where<'a> {
    /// In a clean worktree of the package: its own configuration counts.
    Project,
    /// In a folder of its own.
    Scratch(&'a Scratch),
}

/// A folder for questions that need files; it goes with this.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// Makes one.
    pub fn within(folder: &Path) -> Result<Self, String> {
        let path = folder.join(format!("scratch-{}", ulid::Ulid::r#gen()));
        std::fs::create_dir_all(&path).map_err(|error| format!("no folder for a question can be made: {error}"))?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // what can't be removed is litter in our own folder
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs an ecosystem's client to ask it something.
pub trait Client: Send + Sync {
    /// Runs it to its end with these variables on top of the base. An error says why it couldn't be started.
    fn ask<'a>(
        &'a self,
        argv: &'a [&'a str],
        variables: &'a [(&'a str, &'a str)],
        place: Where<'a>,
    ) -> BoxFuture<'a, Result<Ended, String>>;

    /// A folder for a question that needs files.
    fn scratch(&self) -> Result<Scratch, String>;

    /// The value of a variable of the user's environment that is no secret.
    fn variable(&self, name: &str) -> Option<String>;
}

/// A registry's protocol.
pub trait Protocol: Send + Sync {
    /// Asks the client where it resolves this package.
    fn locate<'a>(&'a self, client: &'a dyn Client, name: &'a str) -> BoxFuture<'a, Result<Index, String>>;

    /// Asks for a version, past every cache that can be passed.
    fn version<'a>(
        &'a self,
        http: &'a Http,
        client: &'a dyn Client,
        index: &'a Index,
        asked: Asked<'a>,
    ) -> BoxFuture<'a, Said>;

    /// Asks the client to resolve a version, past its own caches.
    fn resolve<'a>(&'a self, client: &'a dyn Client, index: &'a Index, asked: Asked<'a>) -> BoxFuture<'a, Resolution>;

    /// What a publisher's output means beyond its words.
    fn complaint(&self, output: &str) -> Option<Complaint>;

    /// The client's own question whether its credentials are accepted, where it has one, and how it is called.
    fn credentials(&self, index: &Index) -> Option<Vec<String>>;
}

/// The protocol of a kind; none where the registry's own commands are asked.
pub fn protocol(kind: RegistryKind) -> Option<&'static dyn Protocol> {
    match kind {
        RegistryKind::PyPi => Some(&pypi::PyPi),
        RegistryKind::Npm => Some(&npm::Npm),
        RegistryKind::Cargo => Some(&cargo::Cargo),
        RegistryKind::RubyGems => Some(&rubygems::RubyGems),
        RegistryKind::Generic => None,
    }
}
