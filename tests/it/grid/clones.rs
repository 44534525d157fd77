//! A plan over a folder of clones in every state that people and machines leave them in.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;

use flightdeck::plan::Plan;
use flightdeck::port::real::{RealConfig, RealWorld};

use crate::common::scratch::FLIGHTDECK;

const HERMETIC: [(&str, &str); 8] = [
    ("PATH", "/usr/local/bin:/usr/bin:/bin"),
    ("LC_ALL", "C.UTF-8"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_AUTHOR_NAME", "Ada"),
    ("GIT_AUTHOR_EMAIL", "ada@example.com"),
    ("GIT_COMMITTER_NAME", "Ada"),
    ("GIT_COMMITTER_EMAIL", "ada@example.com"),
];

/// A folder with a plan and its clones.
pub(crate) struct Clones {
    folder: tempfile::TempDir,
    names: Vec<String>,
}

impl Clones {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), names: Vec::new() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    /// A name in the plan; nothing is made for it.
    pub(crate) fn named(&mut self, name: &str) -> PathBuf {
        self.names.push(name.to_owned());
        self.path(name)
    }

    /// A repository with one commit on its release branch.
    pub(crate) fn healthy(&mut self, name: &str) -> PathBuf {
        let path = self.named(name);
        git(&self.path("."), &["init", "-q", "-b", "release/wide", name]);
        commit(&path, "one");
        path
    }

    /// Writes release.toml; `more` are further tables.
    pub(crate) fn write_plan(&self, more: &str) -> PathBuf {
        let mut plan = "schema = 1\n[release]\nid = \"wide\"\ntitle = \"Wide\"\nmode = \"quick\"\n\
            [owner]\nname = \"Ada\"\nemail = \"ada@example.com\"\n"
            .to_owned();
        for name in &self.names {
            writeln!(
                plan,
                "[[repo]]\nname = \"{name}\"\npath = \"{name}\"\nrole = \"service\"\nvisibility = \"private\""
            )
            .unwrap();
        }
        plan.push_str(more);
        let path = self.path("release.toml");
        fs::write(&path, plan).unwrap();
        path
    }

    pub(crate) fn plan(&self) -> Arc<Plan> {
        let bytes = fs::read(self.path("release.toml")).unwrap();
        Arc::new(flightdeck::config::load(&bytes, "release.toml").unwrap().plan)
    }

    pub(crate) fn world(&self) -> RealWorld {
        let place = |name: &str| self.path("place").join(name);
        RealWorld::new(RealConfig {
            root: self.path("."),
            user_env: BTreeMap::new(),
            work: place("work"),
            outputs: place("output"),
            steps: place("steps"),
        })
    }

    fn program(&self, arguments: &[&str]) -> Command {
        let mut program = Command::new(FLIGHTDECK);
        program.args(arguments).current_dir(self.path(".")).env_clear().envs(HERMETIC);
        program.env("HOME", self.path("home")).env("FLIGHTDECK_STATE", self.path("state")).stdin(Stdio::null());
        program
    }

    pub(crate) fn flightdeck(&self, arguments: &[&str]) -> Output {
        self.program(arguments).output().unwrap()
    }

    pub(crate) fn start(&self, arguments: &[&str], stdout: Stdio) -> Child {
        self.program(arguments).stdout(stdout).stderr(Stdio::null()).spawn().unwrap()
    }
}

pub(crate) fn try_git(folder: &Path, arguments: &[&str]) -> Output {
    Command::new("git").args(arguments).current_dir(folder).env_clear().envs(HERMETIC).output().unwrap()
}

pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = try_git(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

pub(crate) fn commit(path: &Path, text: &str) -> String {
    fs::create_dir_all(path.join("deep")).unwrap();
    fs::write(path.join("file"), text).unwrap();
    fs::write(path.join("deep/file"), text).unwrap();
    git(path, &["add", "."]);
    git(path, &["commit", "-q", "-m", text]);
    git(path, &["rev-parse", "HEAD"])
}

/// Cuts a loose object in half.
pub(crate) fn truncate(path: &Path, object: &str) {
    let (fan, rest) = object.split_at(2);
    let file = path.join(".git/objects").join(fan).join(rest);
    let bytes = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
}
