//! One repository whose remotes are served by lighttpd through git's own HTTP back end, behind a proxy that loses answers.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::daemon::{Daemon, free_port};
use crate::common::proxy::Proxy;
use crate::common::release::Release;
use crate::common::scratch::Scratch;
use crate::common::tools::or_leave_out;

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

impl Release for Host {
    fn scratch(&self) -> &Scratch {
        &self.scratch
    }

    fn secrets(&self) -> &'static [&'static str] {
        &[PASSWORD]
    }
}

/// Where distributions put the server, which is on no user's PATH.
fn lighttpd() -> Result<&'static str, String> {
    let all = ["/usr/sbin/lighttpd", "/usr/bin/lighttpd", "/usr/local/sbin/lighttpd"];
    all.into_iter().find(|program| Path::new(program).is_file()).ok_or_else(|| "lighttpd isn't installed".to_owned())
}

impl Host {
    /// Everything up, the plan trusted and frozen; none where the story is left out.
    pub(crate) fn start() -> Option<Self> {
        let program = or_leave_out("remotes over HTTP", lighttpd())?;
        let scratch = Scratch::new().with("GIT_TERMINAL_PROMPT", "0");
        let config = scratch.path("home/.gitconfig");
        let scratch = scratch.with("GIT_CONFIG_GLOBAL", config);
        let at = scratch.path("").to_string_lossy().into_owned();
        for folder in ["www", "srv"] {
            fs::create_dir(scratch.path(folder)).unwrap();
        }
        scratch.write("users", format!("ada:{PASSWORD}\n"));
        let port = free_port();
        let backend = scratch.shell_in(&scratch.path(""), "echo $(git --exec-path)/git-http-backend");
        let config = SERVER.replace("@DIR@", &at).replace("@PORT@", &port.to_string()).replace("@BACKEND@", &backend);
        scratch.write("server.conf", config);
        let server = Daemon::start(&[program, "-D", "-f", "server.conf"], &scratch.path(""), port).unwrap();
        let proxy = Proxy::before(server.address());
        let host = Self { scratch, proxy, _server: server };
        host.repositories();
        host.scratch.write("release.toml", PLAN);
        host.trust_and_freeze();
        Some(host)
    }

    fn repositories(&self) {
        let url = self.proxy.url();
        self.log_in();
        self.scratch.write("home/.gitconfig", "[credential]\n\thelper = store\n");
        self.shell(&format!(
            "git init -q --bare -b main srv/sdk.git && git init -q --bare -b main srv/live.git \
             && git -C srv/sdk.git config http.receivepack true && git -C srv/live.git config http.receivepack true \
             && git init -q -b main sdk && cd sdk && git remote add origin {url}/git/sdk.git \
             && git remote add production {url}/git/live.git && echo one > file && git add . \
             && git -c user.name=Ada -c user.email=a@a commit -qm one && git push -q origin main \
             && git checkout -q -b release/m1 && echo two > file \
             && git -c user.name=Ada -c user.email=a@a commit -qam two && git push -q origin release/m1"
        ));
        self.program(
            "srv/live.git/hooks/post-receive",
            "read old new ref; echo $new > AT/srv/live; echo $new >> AT/srv/deploys",
        );
    }

    /// The user's git knows their password.
    pub(crate) fn log_in(&self) {
        let door = self.proxy.url().replace("http://", &format!("http://ada:{PASSWORD}@"));
        self.scratch.write("home/.git-credentials", format!("{door}\n"));
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.scratch.path(name)
    }

    pub(crate) fn program(&self, name: &str, script: &str) {
        self.scratch.script(name, script);
    }

    pub(crate) fn git(&self, repo: &str, arguments: &str) -> String {
        self.shell(&format!("git -C {repo} {arguments}"))
    }
}
