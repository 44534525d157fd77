//! One repository whose remotes are served by lighttpd through git's own HTTP back end, behind a proxy that loses answers.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::cli_support::{Said, Scratch, said};
use crate::registries::daemon::{Daemon, free_port};
use crate::registries::proxy::Proxy;

/// What no output may show.
pub(crate) const PASSWORD: &str = "pw-7a1e-never-seen";

const PLAN: &str = r#"
schema = 1
release = { id = "m1", title = "M1", mode = "quick" }
owner = { name = "Ada", email = "ada@example.com" }
[[repo]]
name = "sdk"
path = "sdk"
deploy = { push = "production" }
[[step]]
id = "promote"
stage = "s"
title = "Promote to staging"
promote = { repo = "sdk", to = "staging" }
[[step]]
id = "deploy"
stage = "s"
title = "Deploy it"
deploy = "sdk"
"#;

const SERVER: &str = r#"
server.modules = ("mod_alias", "mod_cgi", "mod_setenv", "mod_auth", "mod_authn_file", "mod_access")
server.document-root = "@DIR@/www"
server.port = @PORT@
server.bind = "127.0.0.1"
server.errorlog = "@DIR@/server.err"
server.upload-dirs = ("@DIR@/www")
alias.url += ( "/git" => "@BACKEND@" )
$HTTP["url"] =~ "^/git" {
  cgi.assign = ("" => "")
  setenv.add-environment = ( "GIT_PROJECT_ROOT" => "@DIR@/srv", "GIT_HTTP_EXPORT_ALL" => "1", "HOME" => "@DIR@" )
}
auth.backend = "plain"
auth.backend.plain.userfile = "@DIR@/users"
$HTTP["querystring"] =~ "service=git-receive-pack" {
  auth.require = ( "/git/" => ( "method" => "basic", "realm" => "git", "require" => "valid-user" ) )
}
$HTTP["url"] =~ "^/git/.*/git-receive-pack$" {
  auth.require = ( "/git/" => ( "method" => "basic", "realm" => "git", "require" => "valid-user" ) )
}
"#;

/// The host and its user.
pub(crate) struct Host {
    scratch: Scratch,
    pub(crate) proxy: Proxy,
    _server: Daemon,
}

impl Host {
    /// Everything up, the plan trusted and frozen. None, said loudly, where the server isn't installed and may be missing.
    pub(crate) fn start() -> Option<Self> {
        let program = ["/usr/sbin/lighttpd", "/usr/bin/lighttpd", "/usr/local/sbin/lighttpd"];
        let Some(program) = program.into_iter().find(|program| PathBuf::from(program).is_file()) else {
            let allowed = std::env::vars_os().any(|(name, _)| name == "FLIGHTDECK_TESTS_WITHOUT_TOOLS");
            eprintln!("not installed: lighttpd");
            assert!(allowed, "not installed: lighttpd (tests/run installs it)");
            return None;
        };
        let scratch = Scratch::new();
        let at = scratch.path("").to_string_lossy().trim_end_matches('/').to_owned();
        for folder in ["www", "srv"] {
            fs::create_dir(scratch.path(folder)).unwrap();
        }
        fs::write(scratch.path("users"), format!("ada:{PASSWORD}\n")).unwrap();
        let port = free_port();
        let backend = Command::new("git").arg("--exec-path").output().unwrap();
        let backend = format!("{}/git-http-backend", String::from_utf8(backend.stdout).unwrap().trim());
        let config = SERVER.replace("@DIR@", &at).replace("@PORT@", &port.to_string()).replace("@BACKEND@", &backend);
        fs::write(scratch.path("server.conf"), config).unwrap();
        let server = Daemon::start(&[program, "-D", "-f", "server.conf"], &scratch.path(""), port).unwrap();
        let proxy = Proxy::before(server.address());
        let host = Self { scratch, proxy, _server: server };
        host.repositories();
        fs::write(host.at("release.toml"), PLAN).unwrap();
        host.expect(0, &["trust", "--yes"]);
        host.expect(0, &["freeze", "--by", "Grace", "--yes"]);
        Some(host)
    }

    fn repositories(&self) {
        let url = self.proxy.url();
        self.log_in();
        fs::write(self.at("home/.gitconfig"), "[credential]\n\thelper = store\n").unwrap();
        self.shell(&format!(
            "git init -q --bare -b main srv/sdk.git && git init -q --bare -b main srv/live.git \
             && git -C srv/sdk.git config http.receivepack true && git -C srv/live.git config http.receivepack true \
             && git init -q -b main sdk && cd sdk && git remote add origin {url}/git/sdk.git \
             && git remote add production {url}/git/live.git && echo one > file && git add . \
             && git -c user.name=Ada -c user.email=a@a commit -qm one && git push -q origin main \
             && git checkout -q -b release/m1 && echo two > file \
             && git -c user.name=Ada -c user.email=a@a commit -qam two && git push -q origin release/m1"
        ));
        let at = self.at("srv").to_string_lossy().into_owned();
        let hook = format!("read old new ref; echo $new > {at}/live; echo $new >> {at}/deploys");
        self.program("srv/live.git/hooks/post-receive", &hook);
    }

    /// The user's git knows their password.
    pub(crate) fn log_in(&self) {
        let door = self.proxy.url().replace("http://", &format!("http://ada:{PASSWORD}@"));
        fs::write(self.at("home/.git-credentials"), format!("{door}\n")).unwrap();
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.scratch.path(name)
    }

    pub(crate) fn program(&self, name: &str, script: &str) {
        fs::write(self.at(name), format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(self.at(name), fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn dressed(&self, mut command: Command) -> Command {
        command.env("GIT_CONFIG_GLOBAL", self.at("home/.gitconfig")).env("HOME", self.at("home"));
        command
    }

    pub(crate) fn shell(&self, line: &str) -> String {
        let mut command = self.dressed(Command::new("sh"));
        command.args(["-c", line]).current_dir(self.at("")).stdin(Stdio::null()).env("GIT_TERMINAL_PROMPT", "0");
        let said = said(&mut command);
        assert_eq!(said.exit, 0, "{line}: {}", said.all());
        said.stdout.trim().to_owned()
    }

    pub(crate) fn git(&self, repo: &str, arguments: &str) -> String {
        self.shell(&format!("git -C {repo} {arguments}"))
    }

    pub(crate) fn expect(&self, exit: i32, arguments: &[&str]) -> Said {
        let said = said(&mut self.dressed(self.scratch.command(arguments)));
        assert_eq!(said.exit, exit, "{arguments:?}: {}", said.all());
        assert!(!said.all().contains(PASSWORD), "the password is shown: {}", said.all());
        said
    }

    pub(crate) fn ship(&self, exit: i32) -> Said {
        self.expect(exit, &["ship", "--yes"])
    }

    pub(crate) fn resume(&self, exit: i32) -> Said {
        self.expect(exit, &["resume", "--yes"])
    }
}
