//! Six repositories of four ecosystems, with bare remotes, before four real registries.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::cli_support::{Said, Scratch, said};
use crate::yard::Yard;

/// Where what the repositories hold says where things are: `AT` the world's folder, each registry's address by its name.
const REPOS: &[(&str, &[(&str, &str)])] = &[
    (
        "lib",
        &[
            (
                "pyproject.toml",
                "[build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n\n\
                 [project]\nname = \"trainlib\"\nversion = \"1.4.0\"\n\n[tool.setuptools]\npackages = [\"trainlib\"]\n",
            ),
            ("trainlib/__init__.py", "TEAMS = True\n"),
        ],
    ),
    (
        "sdk",
        &[
            (
                "package.json",
                "{\n  \"name\": \"@train/sdk\",\n  \"version\": \"2.3.0\",\n  \"main\": \"index.js\"\n}\n",
            ),
            ("index.js", "exports.teams = true;\n"),
        ],
    ),
    (
        "core",
        &[
            (
                "Cargo.toml",
                "[package]\nname = \"traincore\"\nversion = \"0.3.0\"\nedition = \"2021\"\nlicense = \"MIT\"\n\
                 description = \"The core\"\n\n[workspace]\n",
            ),
            (".gitignore", "target\nCargo.lock\n"),
            (".cargo/config.toml", "[registries.train]\nindex = \"sparse+@CARGO@\"\n"),
            ("src/lib.rs", "pub const TEAMS: bool = true;\n"),
        ],
    ),
    (
        "kit",
        &[
            (
                "trainkit.gemspec",
                "Gem::Specification.new do |spec|\n  spec.name = \"trainkit\"\n  spec.version = \"3.1.0\"\n  \
                 spec.summary = \"The kit\"\n  spec.authors = [\"Ada\"]\n  spec.files = [\"lib/trainkit.rb\"]\nend\n",
            ),
            ("lib/trainkit.rb", "TEAMS = true\n"),
        ],
    ),
    (
        "api",
        &[
            (
                "pyproject.toml",
                "[project]\nname = \"api\"\nversion = \"0.0.0\"\nrequires-python = \">=3.9\"\n\
                 # QA tested the branch\ndependencies = [\n    \"trainlib\",\n]\n\n\
                 [tool.uv.sources]\ntrainlib = { git = \"file://AT/remotes/lib.git\", branch = \"release/train\" }\n\n\
                 [[tool.uv.index]]\nname = \"train\"\nurl = \"@PYPI@\"\ndefault = true\n",
            ),
            (
                "Cargo.toml",
                "[package]\nname = \"api\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[dependencies]\n\
                 # QA tested the branch\ntraincore = { git = \"file://AT/remotes/core.git\", branch = \"release/train\" }\n\n\
                 [workspace]\n",
            ),
            (".cargo/config.toml", "[registries.train]\nindex = \"sparse+@CARGO@\"\n"),
            ("src/main.rs", "fn main() {\n    assert!(traincore::TEAMS);\n}\n"),
        ],
    ),
    (
        "web",
        &[
            (
                "package.json",
                "{\n  \"name\": \"web\",\n  \"private\": true,\n  \"dependencies\": {\n    \
                 \"@train/sdk\": \"git+file://AT/remotes/sdk.git#release/train\"\n  }\n}\n",
            ),
            (".npmrc", "@train:registry=@NPM@\n"),
            (
                "Gemfile",
                "source \"@GEMS@\"\n\n# QA tested the branch\ngem \"trainkit\", git: \"file://AT/remotes/kit.git\", \
                 branch: \"release/train\"\n",
            ),
        ],
    ),
];

/// The world of one story.
pub(crate) struct Place {
    pub(crate) scratch: Scratch,
    pub(crate) yard: Yard,
}

impl Place {
    /// Everything up, the plan trusted and frozen.
    pub(crate) fn new() -> Self {
        let place = Self { scratch: Scratch::new(), yard: Yard::start() };
        for folder in ["bin", "remotes", "live"] {
            fs::create_dir(place.at(folder)).unwrap();
        }
        place
            .program("deploy", "mkdir -p AT/live/$1 && printf %s \"$2\" > AT/live/$1/sha && test ! -e AT/deploy-fails");
        place.program("deployed", "test -e AT/live/$1/sha || exit 1; test \"$(cat AT/live/$1/sha)\" = \"$2\"");
        fs::write(place.at("flags.json"), "{ \"train\": \"off\" }\n").unwrap();
        fs::write(place.at("home/.npmrc"), place.yard.npmrc()).unwrap();
        for (name, files) in REPOS {
            place.repository(name, files);
        }
        fs::write(place.at("release.toml"), place.filled(include_str!("release.toml"))).unwrap();
        place.expect(0, &["trust", "--yes"]);
        place.expect(0, &["freeze", "--by", "Grace", "--verdict", "passed", "--yes"]);
        place
    }

    /// A path in the world.
    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.scratch.path(name)
    }

    fn filled(&self, text: &str) -> String {
        let at = self.at("").to_string_lossy().trim_end_matches('/').to_owned();
        let mut text = text.replace("AT/", &format!("{at}/"));
        for (word, address) in self.yard.addresses() {
            text = text.replace(word, &address);
        }
        text
    }

    fn repository(&self, name: &str, files: &[(&str, &str)]) {
        for (file, text) in files {
            let path = self.at(&format!("{name}/{file}"));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, self.filled(text)).unwrap();
        }
        self.shell(&format!(
            "git init -q --bare -b main remotes/{name}.git && git init -q --bare -b main remotes/{name}-live.git \
             && cd {name} && git init -q -b main && git remote add origin ../remotes/{name}.git \
             && git remote add production ../remotes/{name}-live.git \
             && git -c user.name=Ada -c user.email=a@a commit -q --allow-empty -m one && git push -q origin main \
             && git checkout -q -b release/train && git add -A && git -c user.name=Ada -c user.email=a@a commit -qm two \
             && git push -q origin release/train"
        ));
    }

    fn program(&self, name: &str, script: &str) {
        let path = self.at(&format!("bin/{name}"));
        fs::write(&path, self.filled(&format!("#!/bin/sh\n{script}\n"))).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Runs a line of shell in the world's folder.
    pub(crate) fn shell(&self, line: &str) -> String {
        let mut command = self.command(&[]);
        let shell = self.dressed(Command::new("sh"), &mut command);
        let said = said({ shell }.args(["-c", line]));
        assert_eq!(said.exit, 0, "{line}: {}", said.all());
        said.stdout.trim().to_owned()
    }

    /// The built binary with every client on its PATH and every token in its environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.scratch.command(arguments);
        let path = Yard::path();
        command.env("PATH", path);
        for (name, value) in self.yard.variables() {
            command.env(name, value);
        }
        command
    }

    fn dressed(&self, mut bare: Command, as_this: &mut Command) -> Command {
        let variables: BTreeMap<_, _> = as_this.get_envs().filter_map(|(name, value)| Some((name, value?))).collect();
        bare.env_clear().envs(variables).current_dir(self.at("")).stdin(Stdio::null());
        bare
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        said(&mut self.command(arguments))
    }

    pub(crate) fn expect(&self, exit: i32, arguments: &[&str]) -> Said {
        let said = self.run(arguments);
        assert_eq!(said.exit, exit, "{arguments:?}: {}", said.all());
        said
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// `status --json`.
    pub(crate) fn status(&self) -> serde_json::Value {
        serde_json::from_str(&self.expect(0, &["status", "--json"]).stdout).unwrap()
    }

    /// The digest that a confirmation of permanent steps names.
    pub(crate) fn digest(&self) -> String {
        self.status()["plan_digest"].as_str().unwrap().to_owned()
    }

    /// Ships, or goes on.
    pub(crate) fn ship(&self) -> Said {
        self.run(&["ship", "--yes", "--plan", &self.digest()])
    }

    pub(crate) fn resume(&self) -> Said {
        self.run(&["resume", "--yes", "--plan", &self.digest()])
    }

    /// What the ledger's head is, read where it lies: it changes with each event.
    pub(crate) fn head(&self) -> String {
        let releases = self.at("home/.local/state/flightdeck/releases");
        let store =
            fs::read_dir(releases).ok().and_then(|mut all| all.next()?.ok()).map(|one| one.path().join("store.git"));
        let reference = store.map(|store| store.join("refs/rollouts/train/ledger"));
        reference.and_then(|file| fs::read_to_string(file).ok()).unwrap_or_default()
    }

    /// Decides what no probe could, as an owner who looks would.
    pub(crate) fn decide(&self) {
        let status = self.status();
        let goes_on = status["go_on"].as_str().unwrap_or_default().to_owned();
        let words: Vec<&str> = goes_on.split_whitespace().collect();
        let step = words.get(2).copied().unwrap_or_default();
        match words.get(1).copied() {
            Some("resolve") => {
                let live = step == "api" && self.at("live/api/sha").exists();
                let verdict = if live { "present" } else { "absent" };
                self.expect(0, &["resolve", step, "--as", verdict, "--reason", "looked"]);
            }
            Some("accept") => drop(self.expect(0, &["accept", step, "--reason", "it is ours"])),
            Some("ship" | "resume" | "approve") => {}
            other => panic!("{other:?} is to be done: {status:#}"),
        }
    }
}
