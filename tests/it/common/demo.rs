//! The demo's world with its servers up: six repositories with real remotes, a registry, a flag and deploy targets.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Stdio};

use flightdeck::ledger::place::StateDir;

use super::daemon::free_port;
use super::effects;
use super::plan_text::{only, quick};
use super::release::Release;
use super::scratch::Scratch;

/// A plan of few steps that still has every kind of effect: push, hook, publish, migration, flag, tag.
pub(crate) const SHORT: &[&str] = &["consent", "lib", "migrate", "on", "record"];

/// What the demo ships.
pub(crate) const RELEASE: &str = "m3-team-org-tier";

/// One world of its own.
pub(crate) struct Demo {
    scratch: Scratch,
    server: Child,
}

impl Release for Demo {
    fn scratch(&self) -> &Scratch {
        &self.scratch
    }

    fn folder(&self) -> PathBuf {
        self.dir()
    }
}

impl Demo {
    /// The world as the demo builds it, served.
    pub(crate) fn start() -> Self {
        let scratch = Scratch::new();
        let port = free_port();
        let mut command = scratch.flightdeck(&["demo", "world", "--serve", "--port", &port.to_string()]);
        let mut server = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(server.stdout.take().unwrap()).lines();
        let up = lines.map_while(Result::ok).any(|line| line.contains("serving it on"));
        assert!(up, "the demo isn't served");
        Self { scratch, server }
    }

    /// A world whose plan was edited before anybody trusted it, and whose effects are counted.
    pub(crate) fn edited(edit: impl FnOnce(String) -> String) -> Self {
        let demo = Self::start();
        let plan = edit(fs::read_to_string(demo.plan()).unwrap());
        fs::write(demo.plan(), plan).unwrap();
        effects::count(&demo);
        demo
    }

    /// A world of the given steps, approved as a whole.
    pub(crate) fn quick(steps: &[&str]) -> Self {
        Self::edited(|plan| quick(&only(&plan, steps)))
    }

    /// A world of the given steps, approved one by one.
    pub(crate) fn careful(steps: &[&str]) -> Self {
        Self::edited(|plan| only(&plan, steps))
    }

    /// Trusted and frozen.
    pub(crate) fn frozen(self) -> Self {
        self.trust_and_freeze();
        self
    }

    /// The world as the demo builds it, trusted and frozen.
    pub(crate) fn trusted_and_frozen() -> Self {
        Self::start().frozen()
    }

    pub(crate) fn dir(&self) -> PathBuf {
        self.scratch.path("world")
    }

    pub(crate) fn plan(&self) -> PathBuf {
        self.file("release.toml")
    }

    /// Where its conductor listens.
    pub(crate) fn socket(&self) -> PathBuf {
        let state = StateDir::open(&self.state()).unwrap();
        state.release(&RELEASE.parse().unwrap(), &self.plan()).unwrap().socket().unwrap()
    }

    /// Where the demo keeps its state.
    pub(crate) fn state(&self) -> PathBuf {
        self.file("state")
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.dir().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.file(name), text).unwrap();
    }

    /// Rewrites a file of the world, which must change by it.
    #[track_caller]
    pub(crate) fn edit(&self, name: &str, change: impl FnOnce(&str) -> String) {
        let before = self.read(name);
        let after = change(&before);
        assert_ne!(before, after, "nothing was changed in {name}");
        self.write(name, after);
    }

    /// Commits everything in a clone, as somebody at another terminal.
    pub(crate) fn commit_all(&self, repo: &str) {
        let git = "git -c user.name=Grace -c user.email=grace@example.com";
        self.shell(&format!("cd repos/{repo} && git add . && {git} commit --quiet --message more"));
    }

    /// Commits a file to a repository's release branch.
    pub(crate) fn commit(&self, repo: &str, path: &str, text: &str) {
        self.write(&format!("repos/{repo}/{path}"), text);
        self.commit_all(repo);
    }

    /// Changes a file on the release branch and commits it.
    #[track_caller]
    pub(crate) fn commit_edit(&self, repo: &str, path: &str, change: impl FnOnce(&str) -> String) {
        self.edit(&format!("repos/{repo}/{path}"), change);
        self.commit_all(repo);
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
