//! Four real registries, each behind a proxy that can lose what is said, and the clients that a release engineer has.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::registries::cargo::Cargo;
use crate::registries::npm::Npm;
use crate::registries::proxy::Proxy;
use crate::registries::pypi::PyPiServer;
use crate::registries::rubygems::{KEY, RubyGems};
use crate::registries::{Registry, daemon, tool};

/// The registries.
pub(crate) struct Yard {
    pub(crate) npm: Proxy,
    pub(crate) pypi: Proxy,
    pub(crate) cargo: Proxy,
    pub(crate) gems: Proxy,
    node: Npm,
    rust: Cargo,
    _python: PyPiServer,
    _ruby: RubyGems,
}

fn started<R: Registry>() -> R {
    R::start().unwrap_or_else(|why| panic!("{why}"))
}

impl Yard {
    /// All of them up. They may be missing only where the whole story is.
    pub(crate) fn start() -> Self {
        let (node, python, rust, ruby) =
            (started::<Npm>(), started::<PyPiServer>(), started::<Cargo>(), started::<RubyGems>());
        let yard = Self {
            npm: Proxy::before(node.address()),
            pypi: Proxy::before(python.address()),
            cargo: Proxy::before(rust.address()),
            gems: Proxy::before(ruby.address()),
            node,
            rust,
            _python: python,
            _ruby: ruby,
        };
        // its index says where its files and its API are
        let _ = yard.rust.publisher(&yard.cargo.url(), Path::new(""));
        yard
    }

    /// What stands for each address in files.
    pub(crate) fn addresses(&self) -> [(&'static str, String); 6] {
        [
            ("@NPM@", format!("{}/", self.npm.url())),
            ("@PYPI@", format!("{}/simple/", self.pypi.url())),
            ("@UPLOAD@", format!("{}/", self.pypi.url())),
            ("@CARGO@", format!("{}/index/", self.cargo.url())),
            ("@GEMS@", format!("{}/", self.gems.url())),
            ("@HOST@", self.gems.url()),
        ]
    }

    /// The user's own npm configuration: the token for this registry.
    pub(crate) fn npmrc(&self) -> String {
        let host = self.npm.url().trim_start_matches("http:").to_owned();
        format!("{host}/:_authToken={}\n", self.node.token())
    }

    /// The PATH with every client on it.
    pub(crate) fn path() -> OsString {
        let python = tool("python/bin/python3").expect("a Python");
        let bin = python.parent().expect("a folder").to_owned();
        let own = daemon::path();
        std::env::join_paths([bin].into_iter().chain(std::env::split_paths(&own))).expect("folders without colons")
    }

    /// The tokens, and where the user's tool chains are.
    pub(crate) fn variables(&self) -> Vec<(&'static str, OsString)> {
        let own = |wanted: &str| std::env::vars_os().find(|(name, _)| name == wanted).map(|(_, value)| value);
        let home = own("HOME").map(PathBuf::from).unwrap_or_default();
        let rustup = own("RUSTUP_HOME").unwrap_or_else(|| home.join(".rustup").into());
        let mut variables = vec![
            ("TWINE_USERNAME", "owner".into()),
            ("TWINE_PASSWORD", "a-secret-of-theirs".into()),
            ("CARGO_REGISTRIES_TRAIN_TOKEN", self.rust.token().into()),
            ("GEM_HOST_API_KEY", KEY.into()),
            ("RUSTUP_HOME", rustup),
        ];
        variables.extend(own("RUSTUP_TOOLCHAIN").map(|toolchain| ("RUSTUP_TOOLCHAIN", toolchain)));
        variables
    }

    /// Every proxy.
    pub(crate) fn proxies(&self) -> [&Proxy; 4] {
        [&self.pypi, &self.cargo, &self.gems, &self.npm]
    }

    /// How many uploads each registry took: Python's two files, one of each other.
    pub(crate) fn accepted(&self) -> [usize; 4] {
        self.proxies().map(|proxy| proxy.accepted().len())
    }
}
