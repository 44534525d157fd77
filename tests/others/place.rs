//! One package with a bare remote and a registry that is a folder, whose steps somebody else brings.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::cli_support::{Said, Scratch, said};

/// The world of one story.
pub(crate) struct Place {
    pub(crate) scratch: Scratch,
}

const HEAD: &str = r#"
schema = 1
release = { id = "m1", title = "M1", mode = "quick" }
owner = { name = "Ada", email = "ada@example.com" }
[registry.here]
kind = "generic"
probe = ["AT/bin/probe", "{package}", "{version}"]
[[repo]]
name = "sdk"
path = "sdk"
publish = { registry = "here", command = ["false"], manifest = "package.json" }
secrets = ["CI_TOKEN"]
"#;

/// One step of our own.
const LOCAL: &str = "[[step]]\nid = \"sdk\"\nstage = \"Libraries\"\ntitle = \"Publish the SDK\"\npublish = \"sdk\"\n";

/// The token that no output may show.
pub(crate) const TOKEN: &str = "tok-3f9c-never-seen";

impl Place {
    /// A world with these steps, trusted and frozen. `AT` is the world's folder.
    pub(crate) fn new(steps: &str) -> Self {
        let place = Self { scratch: Scratch::new() };
        for folder in ["bin", "registry", "remotes"] {
            fs::create_dir(place.scratch.path(folder)).unwrap();
        }
        place.program("probe", "if [ -e AT/registry/$1-$2 ]; then cat AT/registry/$1-$2; else exit 1; fi");
        place.shell(
            "git init -q --bare -b main remotes/sdk.git && git init -q -b main sdk && cd sdk \
             && git remote add origin ../remotes/sdk.git \
             && echo '{\"name\":\"sdk\",\"version\":\"2.3.0\"}' > package.json && git add . \
             && git -c user.name=Ada -c user.email=a@a commit -qm one && git push -q origin main \
             && git checkout -q -b release/m1 && echo new > new && git add . \
             && git -c user.name=Ada -c user.email=a@a commit -qm two && git push -q origin release/m1",
        );
        place.plan(steps);
        place
    }

    /// A world whose package is staged first and approved then, with the programs for both.
    pub(crate) fn in_two_phases(approve: &str) -> Self {
        let place = Self::new(LOCAL);
        place.program("build", "printf artefact > sdk.tgz");
        place.program("stage", "test -e AT/registry/no-stage && exit 1; cp \"$1\" AT/registry/staged; echo staged");
        place.program("is-staged", "test -e AT/registry/staged || test -e AT/registry/sdk-2.3.0");
        place.program("approve", approve);
        let two = "build = [\"AT/bin/build\"], artifacts = [\"sdk.tgz\"], command = [\"AT/bin/approve\"], \
                   stage = { command = [\"AT/bin/stage\", \"{artifact}\"], probe = [\"AT/bin/is-staged\"] }";
        place.written(&HEAD.replace("command = [\"false\"]", two), LOCAL);
        place
    }

    /// The plan with these steps, trusted and frozen.
    pub(crate) fn plan(&self, steps: &str) {
        self.written(HEAD, steps);
    }

    fn written(&self, head: &str, steps: &str) {
        let text = format!("{head}{steps}").replace("AT/", &format!("{}/", self.at()));
        fs::write(self.scratch.path("release.toml"), text).unwrap();
        self.expect(0, &["trust", "--yes"]);
        self.expect(0, &["freeze", "--by", "Grace", "--verdict", "passed", "--yes"]);
    }

    pub(crate) fn at(&self) -> String {
        self.scratch.path("").to_string_lossy().trim_end_matches('/').to_owned()
    }

    /// A shell script in the world's `bin`.
    pub(crate) fn program(&self, name: &str, script: &str) {
        let path = self.scratch.path(&format!("bin/{name}"));
        fs::write(&path, format!("#!/bin/sh\n{}\n", script.replace("AT/", &format!("{}/", self.at())))).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub(crate) fn shell(&self, script: &str) -> String {
        let mut command = self.hermetic("sh");
        let said = said(command.args(["-c", script]));
        assert_eq!(said.exit, 0, "{script}: {}", said.all());
        said.stdout.trim().to_owned()
    }

    fn hermetic(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env_clear().current_dir(self.scratch.path("")).stdin(Stdio::null());
        for (name, value) in [("LC_ALL", "C"), ("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")] {
            command.env(name, value);
        }
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.scratch.command(arguments);
        command.env("CI_TOKEN", TOKEN);
        command
    }

    pub(crate) fn expect(&self, exit: i32, arguments: &[&str]) -> Said {
        let said = said(&mut self.command(arguments));
        assert_eq!(said.exit, exit, "{arguments:?}: {}", said.all());
        assert!(!said.all().contains(TOKEN), "the token is shown: {}", said.all());
        said
    }

    pub(crate) fn digest(&self) -> String {
        let plan: serde_json::Value = serde_json::from_str(&self.expect(0, &["plan", "--json"]).stdout).unwrap();
        plan["plan_digest"].as_str().unwrap().to_owned()
    }

    pub(crate) fn ship(&self, exit: i32) -> Said {
        let digest = self.digest();
        self.expect(exit, &["ship", "--yes", "--plan", &digest])
    }

    pub(crate) fn resume(&self, exit: i32) -> Said {
        let digest = self.digest();
        self.expect(exit, &["resume", "--yes", "--plan", &digest])
    }

    /// A ship that runs beside the story.
    pub(crate) fn start_ship(&self) -> Child {
        let digest = self.digest();
        let mut command = self.command(&["ship", "--yes", "--plan", &digest]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    pub(crate) fn ended(child: Child) -> Said {
        let output = child.wait_with_output().unwrap();
        Said {
            exit: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub(crate) fn status(&self) -> serde_json::Value {
        serde_json::from_str(&self.expect(0, &["status", "--json"]).stdout).unwrap()
    }

    pub(crate) fn step(&self, id: &str) -> serde_json::Value {
        let status = self.status();
        status["steps"].as_array().unwrap().iter().find(|step| step["id"] == id).unwrap().clone()
    }

    /// How often the ledger holds a line with these words.
    pub(crate) fn logged(&self, words: &str) -> usize {
        self.expect(0, &["log", "--json"]).stdout.lines().filter(|line| line.contains(words)).count()
    }

    #[track_caller]
    pub(crate) fn verify(&self) {
        self.expect(0, &["log", "--verify"]);
    }

    /// The version appears at the registry.
    pub(crate) fn publish(&self) {
        fs::write(self.scratch.path("registry/sdk-2.3.0"), format!("{}\n", "ab".repeat(32))).unwrap();
    }

    pub(crate) fn frozen(&self) -> String {
        self.shell("git -C sdk rev-parse release/m1")
    }

    pub(crate) fn at_remote(&self, branch: &str) -> String {
        self.shell(&format!("git -C remotes/sdk.git rev-parse -q --verify refs/heads/{branch} || true"))
    }
}

/// Asks until it is so, or for so many seconds.
pub(crate) fn within(seconds: u64, mut is_so: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < end {
        if is_so() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    false
}

/// A service on loopback that answers so many requests, each with one of the answers, and tells what it was sent.
pub(crate) fn service(answers: &[&str]) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (told, tells) = mpsc::channel();
    let answers: Vec<String> = answers.iter().map(|answer| (*answer).to_owned()).collect();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut sent = Vec::new();
            let mut chunk = [0; 4096];
            // the body comes with the head or just after it
            stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
            while let Ok(read @ 1..) = stream.read(&mut chunk) {
                sent.extend_from_slice(&chunk[..read]);
            }
            told.send(String::from_utf8(sent).unwrap()).unwrap();
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (address, tells)
}
