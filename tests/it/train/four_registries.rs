//! Four real registries, each behind a proxy that can lose what is said, and the clients that a release engineer has.

use std::path::Path;

use crate::common::proxy::Proxy;
use crate::common::registry::Registry;
use crate::common::registry::cargo::Cargo;
use crate::common::registry::npm::Npm;
use crate::common::registry::pypi::PyPiServer;
use crate::common::registry::rubygems::{KEY, RubyGems};

/// The registries.
pub(crate) struct FourRegistries {
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

impl FourRegistries {
    /// All of them up. They may be missing only where the whole story is.
    pub(crate) fn start() -> Self {
        let (node, python, rust, ruby) =
            (started::<Npm>(), started::<PyPiServer>(), started::<Cargo>(), started::<RubyGems>());
        let registries = Self {
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
        let _ = registries.rust.publisher(&registries.cargo.url(), Path::new(""));
        registries
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

    /// The tokens.
    pub(crate) fn variables(&self) -> [(&'static str, &str); 4] {
        [
            ("TWINE_USERNAME", "owner"),
            ("TWINE_PASSWORD", "a-secret-of-theirs"),
            ("CARGO_REGISTRIES_TRAIN_TOKEN", self.rust.token()),
            ("GEM_HOST_API_KEY", KEY),
        ]
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
