//! One web app with a bare remote, a deploy target and whatever its release must prove.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use crate::common::output::Output;
use crate::common::release::Release;
use crate::common::scratch::Scratch;
use crate::common::service::Service;

/// The world of one story.
pub(crate) struct WebApp {
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

impl Release for WebApp {
    fn scratch(&self) -> &Scratch {
        &self.scratch
    }

    fn secrets(&self) -> &'static [&'static str] {
        &[TOKEN]
    }
}

impl WebApp {
    /// A world with these tables and steps. `AT` is its folder, `APP` its service. The files are those of the app.
    pub(crate) fn new(tables: &str, files: &[(&str, &str)]) -> Self {
        let app = Self { scratch: Scratch::new().with("CI_TOKEN", TOKEN), service: Service::start() };
        for folder in ["bin", "remotes", "web"] {
            fs::create_dir(app.scratch.path(folder)).unwrap();
        }
        for (name, text) in files {
            app.scratch.write(&format!("web/{name}"), app.filled(text));
            let mode = if text.starts_with("#!") { 0o755 } else { 0o644 };
            let path = app.scratch.path("web").join(name);
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        }
        app.shell(
            "for remote in web production; do git init -q --bare -b main remotes/$remote.git; done; git init -q -b main web \
             && cd web && git remote add origin ../remotes/web.git && git remote add production ../remotes/production.git \
             && echo one > one && git add . && git -c user.name=Ada -c user.email=a@a commit -qm one \
             && git push -q origin main && git push -q production main && git checkout -q -b release/m1 && echo two > two \
             && git add . && git -c user.name=Ada -c user.email=a@a commit -qm two && git push -q origin release/m1",
        );
        app.service.says("/up", "200 OK", "up");
        app.reports_what_is_deployed();
        app.scratch.write("release.toml", app.filled(&format!("{HEAD}{tables}")));
        app
    }

    /// The app reports the commit that its deploy target has.
    pub(crate) fn reports_what_is_deployed(&self) {
        let main = self.scratch.path("remotes/production.git/refs/heads/main");
        self.service.says("/version", "200 OK", &format!("{{\"sha\":\"@{}@\"}}", main.display()));
    }

    /// The same, trusted and frozen.
    pub(crate) fn frozen(tables: &str, files: &[(&str, &str)]) -> Self {
        let app = Self::new(tables, files);
        app.trust_and_freeze();
        app
    }

    fn filled(&self, text: &str) -> String {
        self.scratch.filled(text).replace("APP/", &format!("{}/", self.service.address))
    }

    /// A shell script in the world's `bin`.
    pub(crate) fn program(&self, name: &str, script: &str) {
        self.scratch.script(&format!("bin/{name}"), &self.filled(script));
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.scratch.path(name)
    }

    /// A file of the world.
    pub(crate) fn write(&self, name: &str, text: &str) {
        self.scratch.write(name, text);
    }

    pub(crate) fn ship_without_waiting(&self) -> Output {
        self.run(&["ship", "--yes", "--no-wait", "--plan", &self.digest()])
    }

    /// How each required flow of a step went.
    pub(crate) fn flows(&self, id: &str) -> Vec<String> {
        let step = self.step(id);
        let flows = step["suite"]["required"].as_array().unwrap().clone();
        flows.iter().map(|flow| format!("{} {}", flow["name"].as_str().unwrap(), flow["verdict"])).collect()
    }

    pub(crate) fn sha(&self) -> String {
        self.shell("git -C web rev-parse release/m1")
    }
}
