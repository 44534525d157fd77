//! Runs the plan's commands: at their place, with the base environment and their own secrets, their last words filled in.

use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::watch;

use super::tree::{Lease, Use};
use super::{RealWorld, repo_of};
use crate::plan::{Command, Place, Plan, Words};
use crate::port::process::{self, End, Ended, Environment, Launch, Order};

/// How much of what a read-only question prints is read.
const CAPTURE: usize = 64 * 1024;

/// A command that can be started.
pub(super) struct Readied {
    pub(super) launch: Launch,
    /// Its worktree, which must outlive it.
    pub(super) lease: Option<Lease>,
}

impl RealWorld {
    /// Makes a command's place and fills in what is known only now. Starts nothing.
    pub(super) async fn ready_command(
        &self,
        plan: &Plan,
        command: &Command,
        wanted: Use,
        words: Words,
        limit: Duration,
    ) -> Result<Readied, String> {
        let lease = self.place(plan, &command.place, wanted).await?;
        self.ready_at(command, lease, words, limit)
    }

    /// The same at a place that is leased already.
    pub(super) fn ready_at(
        &self,
        command: &Command,
        lease: Option<Lease>,
        words: Words,
        limit: Duration,
    ) -> Result<Readied, String> {
        let words = match &lease {
            Some(lease) => words.with("worktree", lease.path().to_string_lossy()),
            None => words,
        };
        let argv = command.argv.fill(&words).map_err(|unfilled| unfilled.to_string())?;
        let (environment, secrets, missing) = Environment::with_secrets(&self.config.user_env, &command.secrets);
        if !missing.is_empty() {
            return Err(format!("{} isn't set: export it, then try again", missing.join(", ")));
        }
        let cwd = lease.as_ref().map_or(self.config.root.as_path(), Lease::path);
        let mut launch = Launch::new(argv.into_iter().map(OsString::from).collect(), cwd, environment, limit);
        launch.secrets = secrets;
        Ok(Readied { launch, lease })
    }

    /// Runs a read-only question to its end.
    pub(super) async fn ask_command(
        &self,
        plan: &Plan,
        command: &Command,
        words: Words,
        limit: Duration,
    ) -> Result<Ended, String> {
        let Readied { mut launch, lease } = self.ready_command(plan, command, Use::Ask, words, limit).await?;
        launch.capture = Some(CAPTURE);
        let ended = process::run(launch, watch::channel(Order::Run).1).await.map_err(|why| why.to_string());
        drop(lease);
        ended
    }

    async fn place(&self, plan: &Plan, place: &Place, wanted: Use) -> Result<Option<Lease>, String> {
        match place {
            Place::Root => Ok(None),
            Place::Worktree { repo, sha } => {
                let clone = self.folder_of(repo_of(plan, repo)?);
                self.trees.lease(&self.git, &clone, repo, sha, wanted).await.map(Some)
            }
        }
    }

    /// A new file for the whole output of a command.
    pub(super) fn log_file(&self, name: &str) -> Result<PathBuf, String> {
        let folder = &self.config.outputs;
        std::fs::create_dir_all(folder)
            .map_err(|error| format!("the folder for outputs {} can't be made: {error}", folder.display()))?;
        Ok(folder.join(format!("{name}.log")))
    }
}

/// Whether a launch's program is there to be started; says why not.
pub(super) fn findable(launch: &Launch) -> Result<(), String> {
    let Some(program) = launch.argv.first() else { return Err("no command was given".to_owned()) };
    let shown = program.to_string_lossy();
    let given = Path::new(program);
    if given.components().count() > 1 {
        let file = launch.cwd.join(given);
        return match file.metadata() {
            Ok(found) if found.is_file() && found.permissions().mode() & 0o111 != 0 => Ok(()),
            Ok(_) => Err(format!("{shown} can't be executed: check its permissions")),
            Err(_) => Err(format!("{shown} isn't in {}: correct the plan, or add it", launch.cwd.display())),
        };
    }
    let path = launch.environment.variables().get(OsStr::new("PATH")).cloned().unwrap_or_default();
    let executable =
        |file: PathBuf| file.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0);
    if std::env::split_paths(&path).any(|folder| executable(launch.cwd.join(folder).join(given))) {
        return Ok(());
    }
    Err(format!("{shown} isn't on the PATH: install it, or correct the plan"))
}

/// How a child ended, in words.
pub(super) fn end_words(end: End) -> String {
    match end {
        End::Exited(code) => format!("exit {code}"),
        End::Signalled(signal) => format!("it was ended by signal {signal}"),
        End::TimedOut => "it took longer than its time limit and was ended".to_owned(),
        End::Cancelled => "it was cancelled".to_owned(),
        End::LetGo => "it was left running".to_owned(),
    }
}

/// The first line a question printed, without its end.
pub(super) fn first_line(ended: &Ended) -> String {
    let stdout = ended.captured.as_ref().map(|captured| captured.stdout.as_slice()).unwrap_or_default();
    String::from_utf8_lossy(stdout).lines().next().unwrap_or_default().trim().to_owned()
}

/// The last line that says something.
pub(super) fn last_line(text: &str) -> &str {
    text.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default()
}
