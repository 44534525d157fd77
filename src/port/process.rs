//! Runs one child: its own session, a complete environment, no terminal, a time limit, its output to a file and to a
//! bounded tail, and an end that is told apart from every other end. Knows nothing of steps, nor of what an end means.

pub mod environment;
mod life;
mod pump;
pub mod redact;
pub mod tail;
#[cfg(test)]
mod tests;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{ErrorKind, PipeReader};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use process_wrap::tokio::{ChildWrapper, CommandWrap, ProcessSession};
use tokio::net::unix::pipe::Receiver;
use tokio::sync::watch;

pub use environment::Environment;
pub use redact::Secrets;
pub use tail::{Tail, TailView};

use crate::plan::Digest;
use crate::port::session::SessionRecord;
use life::Guard;
use pump::{Pump, Source};

/// The way from TERM to KILL when the caller has no reason for another.
pub const GRACE: Duration = Duration::from_secs(5);

/// Everything a child is started with.
#[derive(Debug)]
pub struct Launch {
    /// The program and its arguments; never a shell line.
    pub argv: Vec<OsString>,
    /// Where it runs; a relative program is looked up from here.
    pub cwd: PathBuf,
    /// All it sees: nothing of our own environment is added.
    pub environment: Environment,
    /// What is cut out of everything it prints.
    pub secrets: Secrets,
    /// From the start to [`End::TimedOut`].
    pub time_limit: Duration,
    /// From TERM to KILL.
    pub grace: Duration,
    /// Where its whole output goes, redacted; an existing file is replaced.
    pub log: Option<PathBuf>,
    /// How much of each of stdout and stderr is also kept apart, in bytes. Without it the two share one pipe, so that the
    /// log has them in the very order they were written.
    pub capture: Option<usize>,
    /// What it reads.
    pub stdin: Input,
}

impl Launch {
    /// A launch with no log, no capture, nothing to read and the usual grace.
    pub fn new(argv: Vec<OsString>, cwd: &Path, environment: Environment, time_limit: Duration) -> Self {
        Self {
            argv,
            cwd: cwd.to_owned(),
            environment,
            secrets: Secrets::default(),
            time_limit,
            grace: GRACE,
            log: None,
            capture: None,
            stdin: Input::Nothing,
        }
    }
}

/// What a child reads.
#[derive(Debug)]
pub enum Input {
    /// End of file at once.
    Nothing,
    /// An empty file, open for reading, whose `flock` the caller holds. The child and whatever it forks inherit that lock,
    /// in the very act of forking: a lock that is still held when we are gone proves an orphan.
    Lock(File),
}

/// Why a child was never started. Nothing happened.
#[derive(Debug, thiserror::Error)]
pub enum NotSpawned {
    /// An empty argv.
    #[error("no command was given")]
    NoCommand,
    /// The program isn't in the folder or on the child's `PATH`.
    #[error("{0:?} was not found: install it, or correct the path")]
    Missing(OsString),
    /// The file is there, but not to be executed (or its interpreter isn't).
    #[error("{0:?} can't be executed: check its permissions and its first line")]
    NotExecutable(OsString),
    /// The folder to run in isn't there.
    #[error("the folder {0:?} is missing")]
    NoFolder(PathBuf),
    /// The log file can't be written.
    #[error("the log {path:?} can't be written: {error}")]
    Log {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The system refused.
    #[error("the system refused to start it: {0}")]
    System(#[from] std::io::Error),
}

/// What the holder of a running child wants of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Let it run.
    Run,
    /// TERM to all of its session, a grace, then KILL.
    Cancel,
    /// Leave it running and stop reading: what it prints from then on is lost, and writing it may end it.
    LetGo,
}

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// By itself, with this exit status.
    Exited(i32),
    /// By a signal that wasn't ours.
    Signalled(i32),
    /// By us, at its time limit.
    TimedOut,
    /// By us, on [`Order::Cancel`].
    Cancelled,
    /// Not at all: it was left running on [`Order::LetGo`].
    LetGo,
}

/// All that is known of a child at its end.
#[derive(Debug)]
pub struct Ended {
    /// How it ended.
    pub end: End,
    /// The last lines it printed, redacted.
    pub tail: String,
    /// stdout and stderr apart, if that was asked for.
    pub captured: Option<Captured>,
    /// How many bytes the log has.
    pub log_bytes: u64,
    /// The digest of those bytes; none without a log, or if it couldn't be written whole.
    pub log_digest: Option<Digest>,
    /// Why the log isn't whole.
    pub log_fault: Option<String>,
    /// From start to end.
    pub took: Duration,
    /// Processes of the child that outlived it: started in the background, or beyond our reach.
    pub left_behind: Vec<i32>,
}

/// The beginning of each stream, redacted.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Captured {
    /// What came on stdout.
    pub stdout: Vec<u8>,
    /// What came on stderr.
    pub stderr: Vec<u8>,
    /// Whether either was longer than the bound.
    pub cut: Cut,
}

/// Whether a text is whole.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// All of it is there.
    #[default]
    Whole,
    /// The rest was dropped here (and is in the log, where there is one).
    Cut,
}

/// A child that runs. Dropping it kills its session: nothing is left behind by accident.
#[derive(Debug)]
pub struct Started {
    /// Who it is, to be written beside the step lock at once.
    pub record: SessionRecord,
    /// What it prints, as it comes.
    pub tail: Tail,
    // before the child: it is dropped first, while the child's number is still its own
    guard: Guard,
    child: Box<dyn ChildWrapper>,
    pump: Pump,
    begun: tokio::time::Instant,
    time_limit: Duration,
    grace: Duration,
}

/// Starts a child. Must be called within a tokio runtime.
pub fn start(launch: Launch) -> Result<Started, NotSpawned> {
    let Some((program, arguments)) = launch.argv.split_first() else { return Err(NotSpawned::NoCommand) };
    if !launch.cwd.is_dir() {
        return Err(NotSpawned::NoFolder(launch.cwd));
    }
    let log = launch.log.as_deref().map(open_log).transpose()?;
    let stdin = match launch.stdin {
        Input::Nothing => Stdio::null(),
        Input::Lock(lock) => Stdio::from(lock),
    };
    let pipes = Pipes::new(launch.capture)?;
    let mut command = CommandWrap::with_new(program, |command| {
        command.args(arguments).current_dir(&launch.cwd).env_clear().envs(launch.environment.variables());
        command.stdin(stdin).stdout(pipes.stdout).stderr(pipes.stderr);
    });
    command.wrap(ProcessSession);
    let spawned = command.spawn();
    // the command holds our copies of the pipes' writing ends and of the lock
    drop(command);
    let child = spawned.map_err(|error| why_not(program, &launch.cwd, error))?.into_inner();
    let begun = tokio::time::Instant::now();
    let pid =
        child.id().and_then(|pid| i32::try_from(pid).ok()).ok_or_else(|| std::io::Error::other("no process id"))?;
    let record = SessionRecord::of_child(pid);
    let guard = Guard::new(record.clone());
    let tail = Tail::default();
    let sources = pipes.readers.into_iter().map(|reader| Source::new(reader, &launch.secrets)).collect();
    let pump = Pump::new(sources, log, tail.clone(), launch.capture);
    Ok(Started { record, tail, guard, child, pump, begun, time_limit: launch.time_limit, grace: launch.grace })
}

/// Starts a child and stays with it to its end. Dropping the future kills the child's session.
pub async fn run(launch: Launch, orders: watch::Receiver<Order>) -> Result<Ended, NotSpawned> {
    Ok(start(launch)?.wait(orders).await)
}

struct Pipes {
    stdout: Stdio,
    stderr: Stdio,
    readers: Vec<Receiver>,
}

impl Pipes {
    fn new(capture: Option<usize>) -> std::io::Result<Self> {
        let (reader, stdout) = std::io::pipe()?;
        let mut readers = vec![receiver(reader)?];
        let stderr = if capture.is_some() {
            let (reader, stderr) = std::io::pipe()?;
            readers.push(receiver(reader)?);
            stderr
        } else {
            stdout.try_clone()?
        };
        Ok(Self { stdout: Stdio::from(stdout), stderr: Stdio::from(stderr), readers })
    }
}

fn receiver(reader: PipeReader) -> std::io::Result<Receiver> {
    Receiver::from_owned_fd(OwnedFd::from(reader))
}

fn open_log(path: &Path) -> Result<File, NotSpawned> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let opened = File::options().write(true).create(true).truncate(true).mode(0o600).open(path);
    opened.map_err(|error| NotSpawned::Log { path: path.to_owned(), error })
}

fn why_not(program: &OsStr, cwd: &Path, error: std::io::Error) -> NotSpawned {
    match error.kind() {
        // the file is there, so what the system didn't find is what its first line names
        ErrorKind::NotFound if Path::new(program).components().count() > 1 && cwd.join(program).exists() => {
            NotSpawned::NotExecutable(program.to_owned())
        }
        ErrorKind::NotFound => NotSpawned::Missing(program.to_owned()),
        ErrorKind::PermissionDenied => NotSpawned::NotExecutable(program.to_owned()),
        _ => NotSpawned::System(error),
    }
}
