//! A folder that goes away, with a home of its own. Nothing of the environment of whoever runs the tests gets in but the PATH.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::output::Output;
use super::tools;

/// The built binary.
pub(crate) const FLIGHTDECK: &str = env!("CARGO_BIN_EXE_flightdeck");

/// Set by whoever wants to look at the folders of stories afterwards.
const KEEP: &str = "FLIGHTDECK_TESTS_KEEP";

/// The folder, and the variables that every program in it sees.
pub(crate) struct Scratch {
    _dir: tempfile::TempDir,
    root: PathBuf,
    variables: BTreeMap<OsString, OsString>,
}

impl Scratch {
    /// A folder with nothing but a home in it.
    pub(crate) fn new() -> Self {
        let mut dir = tempfile::tempdir().unwrap();
        if std::env::var_os(KEEP).is_some() {
            dir.disable_cleanup(true);
            eprintln!("kept: {}", dir.path().display());
        }
        let root = fs::canonicalize(dir.path()).unwrap();
        fs::create_dir(root.join("home")).unwrap();
        let variables = variables(&root.join("home"));
        Self { _dir: dir, root, variables }
    }

    /// The same with one more variable.
    pub(crate) fn with(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// What every program here sees.
    pub(crate) fn variables(&self) -> &BTreeMap<OsString, OsString> {
        &self.variables
    }

    /// A path below the folder; the folder itself for an empty name.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        if name.is_empty() { self.root.clone() } else { self.root.join(name) }
    }

    /// A text in which `AT/` stands for the folder.
    pub(crate) fn filled(&self, text: &str) -> String {
        text.replace("AT/", &format!("{}/", self.root.display()))
    }

    /// Writes a file and the folders above it.
    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Writes a shell script in which `AT/` stands for the folder.
    pub(crate) fn script(&self, name: &str, lines: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        write_program(&path, &self.filled(&format!("#!/bin/sh\n{lines}\n")));
    }

    /// A program that is started in the folder.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(&self.variables).current_dir(&self.root).stdin(Stdio::null());
        command
    }

    /// The built binary, started in the folder.
    pub(crate) fn flightdeck(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(FLIGHTDECK);
        command.args(arguments);
        command
    }

    /// Runs the built binary in the folder.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        Output::of(&mut self.flightdeck(arguments))
    }

    /// Runs a script that must succeed in a folder; what it printed.
    #[track_caller]
    pub(crate) fn shell_in(&self, folder: &Path, script: &str) -> String {
        let mut command = self.command("sh");
        let output = Output::of(command.args(["-c", script]).current_dir(folder));
        assert_eq!(output.exit, 0, "{script}: {}", output.all());
        output.stdout.trim().to_owned()
    }
}

/// An environment that knows nothing of the user but where programs are.
pub(crate) fn variables(home: &Path) -> BTreeMap<OsString, OsString> {
    let set = [
        ("HOME", home.as_os_str()),
        ("USER", OsStr::new("ada")),
        ("TZ", OsStr::new("UTC")),
        ("LC_ALL", OsStr::new("C.UTF-8")),
        ("GIT_CONFIG_GLOBAL", OsStr::new("/dev/null")),
        ("GIT_CONFIG_NOSYSTEM", OsStr::new("1")),
    ];
    let mut variables: BTreeMap<_, _> = set.into_iter().map(|(name, value)| (name.into(), value.to_owned())).collect();
    variables.insert("PATH".into(), tools::path());
    variables
}

/// Writes a file that can be run.
pub(crate) fn write_program(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}
