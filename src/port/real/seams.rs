//! Holds seams together: at the commits that ship for a gate, as they stand for a look. A seam's commands run only where
//! somebody asked for them, in a clean worktree at the commit that is read.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::command::{Readied, end_words, last_line};
use super::settle::given;
use super::tree::Use;
use super::{RealWorld, off_loop, repo_of};
use crate::plan::seam::{Side, Source};
use crate::plan::{Argv, Command, Place, Plan, RepoName, Seam, SeamId, Sha, Words};
use crate::port::process::{self, Cut, End, Order};
use crate::port::repo::Repo;
use crate::port::seam::{self, Printed, Standings};
use crate::port::world::{GateJob, Judged, Look};
use crate::rollout::seam::{SeamSeen, SeamState, Standing};
use crate::seam::LARGEST_FILE;

/// How long both sides may take to be read.
const READING: Duration = Duration::from_secs(60);
/// How long a seam's command may take.
const RUNNING: Duration = Duration::from_secs(300);

/// What is read of repositories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// The commits that ship.
    Frozen,
    /// The heads of the release branches.
    Head,
    /// The work trees.
    Worktree,
}

impl RealWorld {
    /// The seam holds at the commits that ship; what isn't frozen proves nothing.
    pub(super) async fn seam_gate(&self, job: &GateJob, id: &SeamId) -> Result<Judged, String> {
        let standings = job.ships.iter().map(|(repo, sha)| (repo.clone(), Standing::Frozen(sha.clone()))).collect();
        let seen = self.seam(&job.plan, id, standings, job.orders.clone()).await?;
        Ok(Judged { holds: seen.state == SeamState::Holds, detail: seen.detail })
    }

    /// Holds a seam together, running what it has to.
    pub async fn seam(
        &self,
        plan: &Arc<Plan>,
        id: &SeamId,
        standings: Standings,
        orders: watch::Receiver<Order>,
    ) -> Result<SeamSeen, String> {
        let seam = seam_of(plan, id)?.clone();
        let mut printed = Printed::new();
        for side in Side::BOTH {
            for (at, source) in seam.side(side).iter().enumerate() {
                let Some(argv) = &source.command else { continue };
                let said = self.seam_printed(plan, source, argv, standings.get(&source.repo), orders.clone()).await;
                printed.insert((side, at), said);
            }
        }
        let (plan, root, store) = (Arc::clone(plan), self.config.root.clone(), Arc::clone(&self.seams));
        let read = off_loop(move || {
            let unwanted = Arc::default();
            let sight =
                seam::Sight { plan: &plan, root: &root, standings: &standings, printed: &printed, unwanted: &unwanted };
            let seen = seam::look(&seam, sight, &store);
            if seam.runs() && seen.state != SeamState::Unknown {
                seam::keep(&seam, &seen, &store);
            }
            seen
        });
        let mut orders = orders;
        tokio::select! {
            seen = tokio::time::timeout(READING, read) => {
                seen.map_err(|_| format!("seam {id} took longer than {} s to read", READING.as_secs()))?
            }
            _ = given(&mut orders) => Err("looking at it was cancelled".to_owned()),
        }
    }

    /// A seam as it stands: at the commits that ship where they are known, else at the heads of the release branches. Runs
    /// nothing: a seam with a command is what it was when somebody asked for it last.
    pub(super) async fn seam_seen(
        &self,
        plan: &Arc<Plan>,
        id: &SeamId,
        ships: &BTreeMap<RepoName, Sha>,
    ) -> Result<SeamSeen, String> {
        let look = Look::Seam(id.clone());
        let hangs = |repo: &&RepoName| self.at_work.hangs(&Look::Local((*repo).clone()));
        if let Some(repo) = seam_of(plan, id)?.repos().into_iter().find(hangs) {
            return Err(format!("{repo}: {}", super::patience::STILL_HANGS));
        }
        let (plan, id, ships) = (Arc::clone(plan), id.clone(), ships.clone());
        let (root, store) = (self.config.root.clone(), Arc::clone(&self.seams));
        let read = move |unwanted: &std::sync::atomic::AtomicBool| {
            let seam = seam_of(&plan, &id)?;
            let standings = standings(&plan, &root, seam, Some(&ships), Reads::Head)?;
            if seam.runs() {
                let known = seam::recall(seam, &standings, &store);
                return known.ok_or_else(|| {
                    format!(
                        "it runs a command, which looking doesn't: `flightdeck seams {id}` does, and so does a gate"
                    )
                });
            }
            let printed = Printed::new();
            let sight = seam::Sight { plan: &plan, root: &root, standings: &standings, printed: &printed, unwanted };
            Ok(seam::look(seam, sight, &store))
        };
        self.at_work.within(READING, &look, read).await
    }

    /// What is read of a seam's repositories.
    pub async fn standings(
        &self,
        plan: &Arc<Plan>,
        id: &SeamId,
        ships: &BTreeMap<RepoName, Sha>,
        reads: Reads,
    ) -> Result<Standings, String> {
        let (plan, id, ships, root) = (Arc::clone(plan), id.clone(), ships.clone(), self.config.root.clone());
        off_loop(move || {
            let ships = (reads == Reads::Frozen).then_some(&ships);
            standings(&plan, &root, seam_of(&plan, &id)?, ships, reads)
        })
        .await?
    }

    /// What a seam's command prints, or the file that it writes.
    async fn seam_printed(
        &self,
        plan: &Plan,
        source: &Source,
        argv: &Argv,
        standing: Option<&Standing>,
        orders: watch::Receiver<Order>,
    ) -> Result<Vec<u8>, String> {
        let repo = repo_of(plan, &source.repo)?;
        let sha = match standing {
            None => return Err("its repository isn't frozen: `flightdeck freeze` it, or look `--at head`".to_owned()),
            Some(Standing::Worktree) => return Err("a command runs at a commit: look `--at head`".to_owned()),
            Some(Standing::Frozen(sha) | Standing::Head(sha)) => sha.clone(),
        };
        let words = Words::default()
            .with("release", plan.id().as_str())
            .with("repo", source.repo.as_str())
            .with("sha", sha.as_str());
        let command = Command {
            argv: argv.fill_known(&words),
            place: Place::Worktree { repo: source.repo.clone(), sha },
            secrets: repo.secrets.clone(),
        };
        // a generator writes where it was checked out: nobody else is in there, and nothing of an earlier run
        let Readied { mut launch, lease } =
            self.ready_command(plan, &command, Use::Generate, Words::default(), RUNNING).await?;
        launch.capture = Some(LARGEST_FILE);
        if let (Some(output), Some(lease)) = (&source.output, &lease) {
            clear(lease.path(), output)?;
        }
        let ended = process::run(launch, orders).await.map_err(|why| why.to_string())?;
        if ended.end != End::Exited(0) {
            return Err(format!("{}: {}", end_words(ended.end), last_line(&ended.tail)));
        }
        if let (Some(output), Some(lease)) = (&source.output, &lease) {
            return file_in(lease.path(), output);
        }
        let captured = ended.captured.ok_or("what it printed wasn't kept")?;
        if captured.cut == Cut::Cut {
            return Err(format!("it printed more than {LARGEST_FILE} bytes"));
        }
        Ok(captured.stdout)
    }
}

/// Takes away what is checked in where a command writes: what lies there afterwards is what it wrote.
fn clear(folder: &Path, output: &str) -> Result<(), String> {
    match place_in(folder, output)? {
        None => Ok(()),
        Some(place) => std::fs::remove_file(place).map_err(|error| format!("{output} can't be cleared away: {error}")),
    }
}

/// A file that a command wrote in its worktree.
fn file_in(folder: &Path, output: &str) -> Result<Vec<u8>, String> {
    let place = place_in(folder, output)?.ok_or_else(|| format!("it wrote no {output}"))?;
    std::fs::read(&place).map_err(|error| format!("{output}: {error}"))
}

/// Where a file lies in a worktree, if it is there; a link leads elsewhere and isn't followed.
fn place_in(folder: &Path, output: &str) -> Result<Option<PathBuf>, String> {
    let wrong = |why: &dyn std::fmt::Display| format!("{output}: {why}");
    let mut place = folder.to_owned();
    for part in Path::new(output).components() {
        match part {
            Component::Normal(part) => place.push(part),
            Component::CurDir => continue,
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return Err(wrong(&"it lies outside")),
        }
        let found = match place.symlink_metadata() {
            Ok(found) => found,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(wrong(&error)),
        };
        if found.is_symlink() {
            return Err(wrong(&"it is a symbolic link, which isn't followed"));
        }
        if found.is_file() && found.len() > LARGEST_FILE as u64 {
            return Err(wrong(&format!("it has {} bytes; at most {LARGEST_FILE} are read", found.len())));
        }
    }
    Ok(Some(place))
}

fn seam_of<'a>(plan: &'a Plan, id: &SeamId) -> Result<&'a Seam, String> {
    plan.document().seam.iter().find(|seam| seam.id == *id).ok_or_else(|| format!("the plan has no seam {id}"))
}

/// What is read of a seam's repositories: the commits that ship where they are given and known, else what else is wanted. What
/// isn't frozen is left out where only what is frozen counts.
fn standings(
    plan: &Plan,
    root: &Path,
    seam: &Seam,
    ships: Option<&BTreeMap<RepoName, Sha>>,
    reads: Reads,
) -> Result<Standings, String> {
    let mut standings = Standings::new();
    for name in seam.repos() {
        let planned = repo_of(plan, name)?;
        let standing = match (ships.and_then(|ships| ships.get(name)), reads) {
            (Some(sha), _) => Standing::Frozen(sha.clone()),
            (None, Reads::Frozen) => continue,
            (None, Reads::Worktree) => Standing::Worktree,
            (None, Reads::Head) => {
                let clone = Repo::open(&root.join(&planned.path)).map_err(|why| format!("{name}: {why}"))?;
                let branch = plan.branch(planned);
                let head = clone.head_of(&branch).map_err(|why| format!("{name}: {why}"))?;
                Standing::Head(head.ok_or_else(|| format!("{name} has no branch {branch}"))?)
            }
        };
        standings.insert(name.clone(), standing);
    }
    Ok(standings)
}
