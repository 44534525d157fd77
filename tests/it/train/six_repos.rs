//! Six repositories of four ecosystems, with bare remotes, before four real registries.

use std::fs;
use std::path::PathBuf;

use super::four_registries::FourRegistries;
use crate::common::release::Release;
use crate::common::scratch::Scratch;

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
pub(crate) struct Train {
    scratch: Scratch,
    pub(crate) registries: FourRegistries,
}

impl Release for Train {
    fn scratch(&self) -> &Scratch {
        &self.scratch
    }
}

impl Train {
    /// Everything up, the plan trusted and frozen.
    pub(crate) fn new() -> Self {
        let registries = FourRegistries::start();
        let variables = registries.variables();
        let scratch = variables.into_iter().fold(Scratch::new(), |scratch, (name, value)| scratch.with(name, value));
        let train = Self { scratch, registries };
        for folder in ["bin", "remotes", "live"] {
            fs::create_dir(train.at(folder)).unwrap();
        }
        train
            .program("deploy", "mkdir -p AT/live/$1 && printf %s \"$2\" > AT/live/$1/sha && test ! -e AT/deploy-fails");
        train.program("deployed", "test -e AT/live/$1/sha || exit 1; test \"$(cat AT/live/$1/sha)\" = \"$2\"");
        train.write("flags.json", "{ \"train\": \"off\" }\n");
        train.write("home/.npmrc", &train.registries.npmrc());
        for (name, files) in REPOS {
            train.repository(name, files);
        }
        train.write("release.toml", &train.filled(include_str!("release.toml")));
        train.trust_and_freeze();
        train
    }

    /// A path in the world.
    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.scratch.path(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        self.scratch.write(name, text);
    }

    fn filled(&self, text: &str) -> String {
        let mut text = self.scratch.filled(text);
        for (word, address) in self.registries.addresses() {
            text = text.replace(word, &address);
        }
        text
    }

    fn repository(&self, name: &str, files: &[(&str, &str)]) {
        for (file, text) in files {
            self.write(&format!("{name}/{file}"), &self.filled(text));
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
        self.scratch.script(&format!("bin/{name}"), &self.filled(script));
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
