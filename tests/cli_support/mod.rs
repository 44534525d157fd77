//! A demo world for the built binary, in a folder that goes away, with nothing of the user's own environment.
#![allow(dead_code, reason = "each story uses a part of it")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story that can't be told ends here")]

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// What a command said.
pub(crate) struct Said {
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Said {
    /// Both, for a test's own complaint.
    pub(crate) fn all(&self) -> String {
        format!("exit {}\n{}\n{}", self.exit, self.stdout, self.stderr)
    }
}

/// A scratch folder with its own home.
pub(crate) struct Scratch {
    pub(crate) dir: tempfile::TempDir,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("home")).unwrap();
        Self { dir }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The binary in this folder's environment.
    #[allow(clippy::disallowed_methods, reason = "a story starts the built binary")]
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flightdeck"));
        command.env_clear().args(arguments).current_dir(self.dir.path()).stdin(Stdio::null());
        for (name, value) in [("TZ", "UTC"), ("LC_ALL", "C.UTF-8"), ("GIT_CONFIG_GLOBAL", "/dev/null"), ("USER", "ada")]
        {
            command.env(name, value);
        }
        let path = std::env::vars_os().find(|(name, _)| name == "PATH").map(|(_, value)| value).unwrap_or_default();
        command.env("PATH", path).env("HOME", self.path("home"));
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        said(&mut self.command(arguments))
    }
}

pub(crate) fn said(command: &mut Command) -> Said {
    let output = command.output().unwrap();
    Said {
        exit: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A built demo with its servers up.
pub(crate) struct Demo {
    pub(crate) scratch: Scratch,
    server: Child,
}

impl Demo {
    pub(crate) fn start() -> Self {
        let scratch = Scratch::new();
        // any free port: several stories run at once
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = scratch.command(&["demo", "world", "--serve", "--port", &port.to_string()]);
        let mut server = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(server.stdout.take().unwrap()).lines();
        let up = lines.map_while(Result::ok).any(|line| line.contains("serving it on"));
        assert!(up, "the demo isn't served");
        Self { scratch, server }
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.scratch.path("world").join(name)
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.scratch.command(arguments);
        command.current_dir(self.scratch.path("world"));
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        said(&mut self.command(arguments))
    }

    /// Runs a command that must end with this status.
    pub(crate) fn expect(&self, exit: i32, arguments: &[&str]) -> Said {
        let said = self.run(arguments);
        assert_eq!(said.exit, exit, "{arguments:?}: {}", said.all());
        said
    }

    pub(crate) fn status(&self) -> serde_json::Value {
        serde_json::from_str(&self.expect(0, &["status", "--json"]).stdout).unwrap()
    }

    pub(crate) fn plan_digest(&self) -> String {
        let plan: serde_json::Value = serde_json::from_str(&self.expect(0, &["plan", "--json"]).stdout).unwrap();
        plan["plan_digest"].as_str().unwrap().to_owned()
    }

    pub(crate) fn trusted_and_frozen() -> Self {
        let demo = Self::start();
        demo.expect(0, &["trust", "--yes"]);
        demo.expect(0, &["freeze", "--by", "Grace", "--verdict", "passed", "--yes"]);
        demo
    }

    /// Commits a file to a repository's release branch.
    #[allow(clippy::disallowed_methods, reason = "git as the user runs it in another terminal")]
    pub(crate) fn commit(&self, repo: &str, path: &str, text: &str) {
        let clone = self.file("repos").join(repo);
        std::fs::write(clone.join(path), text).unwrap();
        for arguments in [&["add", "."][..], &["commit", "--quiet", "--message", "more"]] {
            let mut git = Command::new("git");
            git.args(["-c", "user.name=Grace", "-c", "user.email=grace@example.com"]).args(arguments);
            assert!(git.current_dir(&clone).status().unwrap().success(), "{arguments:?}");
        }
    }

    /// Takes a ref out of a repository.
    #[allow(clippy::disallowed_methods, reason = "git as the user runs it in another terminal")]
    pub(crate) fn forget(&self, repo: &str, name: &str) {
        let mut git = Command::new("git");
        git.args(["update-ref", "-d", name]).current_dir(self.file("repos").join(repo));
        assert!(git.status().unwrap().success(), "{name}");
    }

    /// Rewrites a file of the world.
    pub(crate) fn edit(&self, name: &str, change: impl Fn(&str) -> String) {
        let before = std::fs::read_to_string(self.file(name)).unwrap();
        let after = change(&before);
        assert_ne!(before, after, "nothing was changed in {name}");
        std::fs::write(self.file(name), after).unwrap();
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
