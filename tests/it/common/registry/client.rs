//! An ecosystem's client with a home and a project of its own: as the protocols ask it, and as a publisher.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use flightdeck::port::process::{self, Ended, Environment, Launch, Order};
use flightdeck::port::registry::{Client, Scratch, Where};
use futures_util::future::BoxFuture;
use tokio::sync::watch;

use crate::common::output::Output;
use crate::common::tools::path;
use crate::common::waiting::PATIENCE;

/// The client.
#[derive(Debug, Clone)]
pub(crate) struct TestClient {
    home: PathBuf,
    project: PathBuf,
    environment: BTreeMap<OsString, OsString>,
}

impl TestClient {
    /// A client whose user lives and works here, with more folders before the user's own PATH.
    pub(crate) fn new(home: &Path, project: &Path, before: &[PathBuf]) -> Self {
        let own = path();
        let folders = before.iter().cloned().chain(std::env::split_paths(&own));
        let path = std::env::join_paths(folders).expect("folders without colons");
        let set = [
            ("HOME", home.as_os_str().to_owned()),
            ("PATH", path),
            ("LC_ALL", "C.UTF-8".into()),
            ("TMPDIR", std::env::temp_dir().into()),
        ];
        let environment = set.into_iter().map(|(name, value)| (OsString::from(name), value)).collect();
        Self { home: home.to_owned(), project: project.to_owned(), environment }
    }

    /// The same client with one more variable in its user's environment.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// Its user's home.
    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    /// Runs a command in the project, to its end.
    pub(crate) fn run(&self, argv: &[String]) -> Output {
        let (program, arguments) = argv.split_first().expect("a command");
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.project).env_clear().envs(&self.environment).stdin(Stdio::null());
        Output::of(&mut command)
    }
}

impl Client for TestClient {
    fn ask<'a>(
        &'a self,
        argv: &'a [&'a str],
        variables: &'a [(&'a str, &'a str)],
        place: Where<'a>,
    ) -> BoxFuture<'a, Result<Ended, String>> {
        Box::pin(async move {
            let mut environment = Environment::base(&self.environment);
            for (name, value) in variables {
                environment.set(*name, *value);
            }
            let cwd = match place {
                Where::Project => &self.project,
                Where::Scratch(scratch) => scratch.path(),
            };
            let argv = argv.iter().map(OsString::from).collect();
            let mut launch = Launch::new(argv, cwd, environment, PATIENCE);
            launch.capture = Some(1024 * 1024);
            process::run(launch, watch::channel(Order::Run).1).await.map_err(|why| why.to_string())
        })
    }

    fn scratch(&self) -> Result<Scratch, String> {
        Scratch::within(&self.home)
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.environment.get(std::ffi::OsStr::new(name))?.to_str().map(str::to_owned)
    }
}
