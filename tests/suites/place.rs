//! One web app with a bare remote, a deploy target and whatever its release must prove.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::cli_support::{Said, Scratch, said};
use crate::service::Service;

/// The world of one story.
pub(crate) struct Place {
    scratch: Scratch,
    pub(crate) service: Service,
}

const HEAD: &str = r#"
schema = 1
release = { id = "m1", title = "M1", mode = "quick" }
owner = { name = "Ada", email = "ada@example.com" }
[[repo]]
name = "web"
path = "web"
deploy = { push = "production", branch = "main", smoke = "APP/up" }
reports = { version = "APP/version#/sha" }
"#;

/// A step after those that prove something.
pub(crate) const UP: &str = "[[step]]\nid = \"up\"\nstage = \"s\"\ntitle = \"Staging\"\n\
    promote = { repo = \"web\", to = \"staging\" }\n";

/// The token that no output may show.
pub(crate) const TOKEN: &str = "tok-77aa-never-seen";

impl Place {
    /// A world with these tables and steps. `AT` is its folder, `APP` its service. The files are those of the app.
    pub(crate) fn new(tables: &str, files: &[(&str, &str)]) -> Self {
        let place = Self { scratch: Scratch::new(), service: Service::start() };
        for folder in ["bin", "remotes", "web"] {
            fs::create_dir(place.scratch.path(folder)).unwrap();
        }
        for (name, text) in files {
            let path = place.scratch.path("web").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, place.filled(text)).unwrap();
            let mode = if text.starts_with("#!") { 0o755 } else { 0o644 };
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        }
        place.shell(
            "for remote in web production; do git init -q --bare -b main remotes/$remote.git; done; git init -q -b main web \
             && cd web && git remote add origin ../remotes/web.git && git remote add production ../remotes/production.git \
             && echo one > one && git add . && git -c user.name=Ada -c user.email=a@a commit -qm one \
             && git push -q origin main && git push -q production main && git checkout -q -b release/m1 && echo two > two \
             && git add . && git -c user.name=Ada -c user.email=a@a commit -qm two && git push -q origin release/m1",
        );
        place.service.says("/up", "200 OK", "up");
        place.reports_what_is_deployed();
        fs::write(place.scratch.path("release.toml"), place.filled(&format!("{HEAD}{tables}"))).unwrap();
        place
    }

    /// The app reports the commit that its deploy target has.
    pub(crate) fn reports_what_is_deployed(&self) {
        let main = self.scratch.path("remotes/production.git/refs/heads/main");
        self.service.says("/version", "200 OK", &format!("{{\"sha\":\"@{}@\"}}", main.display()));
    }

    /// The same, trusted and frozen.
    pub(crate) fn frozen(tables: &str, files: &[(&str, &str)]) -> Self {
        let place = Self::new(tables, files);
        place.expect(0, &["trust", "--yes"]);
        place.expect(0, &["freeze", "--by", "Grace", "--verdict", "passed", "--yes"]);
        place
    }

    fn filled(&self, text: &str) -> String {
        let at = self.scratch.path("").to_string_lossy().trim_end_matches('/').to_owned();
        text.replace("AT/", &format!("{at}/")).replace("APP/", &format!("{}/", self.service.address))
    }

    /// A shell script in the world's `bin`.
    pub(crate) fn program(&self, name: &str, script: &str) {
        let path = self.scratch.path(&format!("bin/{name}"));
        fs::write(&path, format!("#!/bin/sh\n{}\n", self.filled(script))).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.scratch.path(name)
    }

    /// A file of the world.
    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.scratch.path(name), text).unwrap();
    }

    pub(crate) fn shell(&self, script: &str) -> String {
        let mut command = Command::new("sh");
        command.env_clear().current_dir(self.scratch.path("")).stdin(Stdio::null());
        for (name, value) in [("LC_ALL", "C"), ("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")] {
            command.env(name, value);
        }
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        let said = said(command.args(["-c", script]));
        assert_eq!(said.exit, 0, "{script}: {}", said.all());
        said.stdout.trim().to_owned()
    }

    fn command(&self, arguments: &[&str]) -> Command {
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

    pub(crate) fn ship_without_waiting(&self, exit: i32) -> Said {
        let digest = self.digest();
        self.expect(exit, &["ship", "--yes", "--no-wait", "--plan", &digest])
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

    pub(crate) fn status(&self) -> serde_json::Value {
        serde_json::from_str(&self.expect(0, &["status", "--json"]).stdout).unwrap()
    }

    pub(crate) fn step(&self, id: &str) -> serde_json::Value {
        let status = self.status();
        status["steps"].as_array().unwrap().iter().find(|step| step["id"] == id).unwrap().clone()
    }

    /// How each required flow of a step went.
    pub(crate) fn flows(&self, id: &str) -> Vec<String> {
        let step = self.step(id);
        let flows = step["suite"]["required"].as_array().unwrap().clone();
        flows.iter().map(|flow| format!("{} {}", flow["name"].as_str().unwrap(), flow["verdict"])).collect()
    }

    #[track_caller]
    pub(crate) fn verify(&self) {
        self.expect(0, &["log", "--verify"]);
    }

    pub(crate) fn sha(&self) -> String {
        self.shell("git -C web rev-parse release/m1")
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
