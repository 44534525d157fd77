//! The real world: git and its remotes, registries and scripts, addresses and files. It carries out what the engine decided
//! and reports what it saw; an exit status is never taken for an effect where a probe can tell.
//!
//! It knows nothing of approvals, ledgers or order.

mod artefact;
mod candidate;
mod checks;
mod command;
mod discover;
mod dispatch;
mod document;
mod finding;
mod flag;
mod judge;
mod local;
mod look;
mod patience;
mod perform;
mod preflight;
mod prepare;
mod publish;
mod registry;
mod remote_head;
mod repin;
mod seams;
mod set_flag;
mod settle;
mod soak;
mod suite;
mod tree;
mod writer;

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

pub use candidate::NotACandidate;
pub use repin::{PinSight, Provisional, pins_at};
pub use seams::Reads;

use tokio::time::Instant;

use self::patience::AtWork;
use self::tree::Trees;
use self::writer::Desk;
use super::git::Git;
use super::http::Http;
use super::world::{
    Answer, Checked, Frozen, GateJob, Job, Judged, Line, Look, Performed, Prepared, Sight, Signal, Unfit, World,
};
use crate::plan::need::Need;
use crate::plan::{Place, Plan, RegistryKind, Repo, RepoName, StepId};
use crate::port::process::Tail;
use crate::port::registry::Index;
use crate::port::seam::Store;
use crate::rollout::Millis;

/// How long an address may take to answer.
const HTTP_PATIENCE: Duration = Duration::from_secs(5);
/// How long a read-only question to a command may take.
const ASK_PATIENCE: Duration = Duration::from_secs(30);
/// How many lines of an output are reported.
const TAIL_LINES: usize = 40;

/// Where the real world is, and what is known of the user.
#[derive(Debug, Clone)]
pub struct RealConfig {
    /// The folder that repository paths are relative to.
    pub root: PathBuf,
    /// The user's whole environment; commands see a small base of it and the secrets they name.
    pub user_env: BTreeMap<OsString, OsString>,
    /// Where worktrees and kept artefacts go.
    pub work: PathBuf,
    /// Where the whole output of commands goes.
    pub outputs: PathBuf,
    /// Where the locks and notes of steps are.
    pub steps: PathBuf,
}

/// The real world.
#[derive(Debug)]
pub struct RealWorld {
    config: RealConfig,
    git: Git,
    http: Http,
    trees: Trees,
    at_work: AtWork,
    desk: Arc<Desk>,
    indexes: tokio::sync::Mutex<Indexes>,
    /// Addresses that want to be asked again only later, and when.
    left_alone: std::sync::Mutex<HashMap<String, Instant>>,
    seams: Arc<Store>,
}

/// Where clients were found to resolve packages, and when.
type Indexes = HashMap<(RegistryKind, String, Place), (Instant, Index)>;

impl RealWorld {
    /// The world as this user sees it. Touches nothing.
    pub fn new(config: RealConfig) -> Self {
        Self {
            git: Git::new(&config.user_env),
            http: Http::new(),
            trees: Trees::new(config.work.clone()),
            at_work: AtWork::default(),
            desk: Arc::new(Desk::new(config.steps.clone())),
            indexes: tokio::sync::Mutex::default(),
            left_alone: std::sync::Mutex::default(),
            seams: Arc::new(Store::new(config.work.join("seams"))),
            config,
        }
    }

    fn folder_of(&self, repo: &Repo) -> PathBuf {
        self.config.root.join(&repo.path)
    }
}

impl World for RealWorld {
    fn now(&self) -> Millis {
        now()
    }

    async fn prepare(&self, job: Job) -> Result<Prepared, Unfit> {
        self.readied(&job).await
    }

    async fn perform(&self, job: Job, prepared: Prepared) -> Performed {
        self.performed(&job, &prepared).await
    }

    async fn rehearse(&self, job: Job) -> Performed {
        self.rehearsed(&job).await
    }

    async fn probe(&self, job: Job) -> Answer {
        self.answered(&job).await
    }

    async fn judge(&self, job: GateJob) -> Judged {
        self.judged(&job).await
    }

    async fn check(&self, plan: Arc<Plan>, need: Need, frozen: Frozen) -> Checked {
        self.supplied(&plan, &need, &frozen).await
    }

    async fn tidy(&self, plan: Arc<Plan>) -> Vec<String> {
        let clones = plan.repos().iter().map(|repo| (repo.name.clone(), self.config.root.join(&repo.path)));
        self.trees.remove_all(&self.git, clones.collect()).await
    }

    async fn look(&self, plan: Arc<Plan>, look: Look, frozen: Frozen) -> Sight {
        self.looked(plan, look, &frozen).await
    }
}

fn now() -> Millis {
    Millis::try_from(super::clock::now_ms()).unwrap_or_default()
}

/// A repository of the plan, or why there is none.
fn repo_of<'a>(plan: &'a Plan, name: &RepoName) -> Result<&'a Repo, String> {
    plan.repo(name).ok_or_else(|| format!("the plan has no repository {name}"))
}

/// Runs file work off the loop. A panic there is ours, and comes out as an error rather than as a wrong answer.
async fn off_loop<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.map_err(|error| format!("it couldn't be read: {error}"))
}

/// Tells that something prints. A screen that doesn't keep up misses nothing: the tail is asked, not sent.
async fn tell(line: &Line, step: &StepId, tail: &Tail) {
    // nobody listens any more: then nobody misses it
    let _ = line.0.send(Signal::Output(step.clone(), tail.clone())).await;
}

/// The last lines of a text.
fn last_lines(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    lines.iter().skip(lines.len().saturating_sub(TAIL_LINES)).map(|line| (*line).to_owned()).collect()
}
