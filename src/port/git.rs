//! The one hardened way to the user's own `git`, for all that touches the network, a work tree or a hook: no shell, full
//! ref names behind `--`, no prompt, known protocols, a time limit, their credentials and their ssh. Every operation is a
//! [`Launch`] and a pure reading of its end, so that a caller who must note the child before it waits can do so.

mod push;
mod refname;
mod remote;
#[cfg(test)]
mod tests;
mod worktree;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::watch;

pub use push::{PushLine, PushOutcome, PushRun, parse_push_line, read_push};
pub use refname::{FullRef, NotAFullRef};
pub use remote::{RemoteRef, Urls};

use super::process::{self, Captured, End, Ended, Environment, Launch, NotSpawned, Order, Secrets};

/// How much of git's own output is read.
const CAPTURE: usize = 64 * 1024;
/// What the user may say of git's ways in the environment, beyond the base that every child sees.
const FOR_GIT: [&str; 19] = [
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSH_VARIANT",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_SSL_CAINFO",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "GNUPGHOME",
    "KRB5CCNAME",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
];

/// Where git runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A clone or a linked worktree, by its work tree.
    WorkTree(PathBuf),
    /// A repository without a work tree.
    Bare(PathBuf),
}

impl Place {
    fn folder(&self) -> &Path {
        match self {
            Self::WorkTree(path) | Self::Bare(path) => path,
        }
    }
}

/// Whose hooks run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hooks {
    /// Nobody's: no hook, no file system monitor, no lock that isn't needed.
    Off,
    /// The user's own; git-lfs lives there.
    Users,
}

/// Why git couldn't tell or didn't do it.
#[derive(Debug, thiserror::Error)]
pub enum GitFault {
    /// git never ran.
    #[error(transparent)]
    NotSpawned(#[from] NotSpawned),
    /// git said no; what it printed on stderr is raw.
    #[error("git ended with status {code}: {stderr}")]
    Failed {
        /// Its exit status.
        code: i32,
        /// All it printed on stderr.
        stderr: String,
    },
    /// It took too long.
    #[error("git didn't answer within {} seconds", .0.as_secs())]
    TimedOut(Duration),
    /// It was stopped by us.
    #[error("git was cancelled")]
    Cancelled,
    /// It was ended by somebody else.
    #[error("git was ended by signal {0}")]
    Signalled(i32),
    /// It said what this reader doesn't understand.
    #[error("git's answer can't be read: {0:?}")]
    Garbled(String),
}

/// The user's git.
#[derive(Debug, Clone)]
pub struct Git {
    environment: Environment,
    secrets: Secrets,
    patience: Duration,
    orders: watch::Receiver<Order>,
}

impl Git {
    /// Takes what concerns git out of the user's environment; `GIT_DIR` and its like stay out.
    pub fn new(user: &BTreeMap<OsString, OsString>) -> Self {
        let mut environment = Environment::base(user);
        for name in FOR_GIT {
            if let Some(value) = user.get(OsStr::new(name)) {
                environment.set(name, value);
            }
        }
        for (name, value) in [
            ("LC_ALL", "C"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_ASKPASS", ""),
            ("SSH_ASKPASS_REQUIRE", "never"),
            ("GCM_INTERACTIVE", "never"),
            ("GIT_ALLOW_PROTOCOL", "file:git:http:https:ssh"),
        ] {
            environment.set(name, value);
        }
        let orders = watch::channel(Order::Run).1;
        Self { environment, secrets: Secrets::default(), patience: Duration::from_secs(60), orders }
    }

    /// The same git with another time limit for each call.
    #[must_use]
    pub fn within(&self, patience: Duration) -> Self {
        Self { patience, ..self.clone() }
    }

    /// The same git, ended when this says so.
    #[must_use]
    pub fn obeying(&self, orders: watch::Receiver<Order>) -> Self {
        Self { orders, ..self.clone() }
    }

    /// The same git, whose output holds none of these.
    #[must_use]
    pub fn hiding(&self, secrets: Secrets) -> Self {
        Self { secrets, ..self.clone() }
    }

    fn launch<S: AsRef<OsStr>>(&self, place: &Place, hooks: Hooks, arguments: &[S]) -> Launch {
        let mut argv: Vec<OsString> = vec!["git".into()];
        let mut settings = vec!["safe.bareRepository=explicit", "gc.auto=0", "maintenance.auto=false"];
        match hooks {
            Hooks::Off => {
                argv.push("--no-optional-locks".into());
                settings.extend(["core.hooksPath=/dev/null", "core.fsmonitor=false"]);
            }
            Hooks::Users => {}
        }
        for setting in settings {
            argv.extend(["-c".into(), setting.into()]);
        }
        if let Place::Bare(path) = place {
            let mut option = OsString::from("--git-dir=");
            option.push(path);
            argv.push(option);
        }
        argv.extend(arguments.iter().map(|argument| argument.as_ref().to_owned()));
        let mut launch = Launch::new(argv, place.folder(), self.environment.clone(), self.patience);
        launch.secrets = self.secrets.clone();
        launch.capture = Some(CAPTURE);
        launch
    }

    async fn run<S: AsRef<OsStr>>(&self, place: &Place, hooks: Hooks, arguments: &[S]) -> Result<Captured, GitFault> {
        let launch = self.launch(place, hooks, arguments);
        success(process::run(launch, self.orders.clone()).await?, self.patience)
    }
}

/// What git printed, if it was content.
fn success(ended: Ended, patience: Duration) -> Result<Captured, GitFault> {
    let captured = ended.captured.unwrap_or_default();
    match ended.end {
        End::Exited(0) => Ok(captured),
        End::Exited(code) => {
            Err(GitFault::Failed { code, stderr: String::from_utf8_lossy(&captured.stderr).into_owned() })
        }
        End::TimedOut => Err(GitFault::TimedOut(patience)),
        End::Cancelled | End::LetGo => Err(GitFault::Cancelled),
        End::Signalled(signal) => Err(GitFault::Signalled(signal)),
    }
}
