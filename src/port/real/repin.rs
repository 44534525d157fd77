//! Makes the one commit in which a consumer's references become published versions, and brings it to the release branch.
//! The same files on the same base make the same commit on any machine, so that the intent can name it before anything moves.

mod files;
mod lock;
mod provisional;
mod sight;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::atomic::AtomicBool;

pub use provisional::Provisional;
pub use sight::{PinSight, pins_at};

use self::files::{allowed, is_repin, manifests, message};
use self::provisional::Locks;
use super::local::Local;
use super::settle::{How, Try};
use super::tree::{Lease, Use};
use super::{RealWorld, off_loop, repo_of};
use crate::plan::{Effect, PinTo, RepoName, Sha};
use crate::port::git::FullRef;
use crate::port::repo::{NewFile, Repo, Tagger};
use crate::port::world::{Job, Prepared, Unfit};
use crate::rollout::event::Finding;

/// A repin as its action says it.
#[derive(Debug, Clone, Copy)]
struct Task<'a> {
    name: &'a RepoName,
    remote: &'a str,
    branch: &'a str,
    base: &'a Sha,
    pins: &'a [PinTo],
}

impl<'a> Task<'a> {
    fn of(effect: &'a Effect) -> Option<Self> {
        match effect {
            Effect::Repin { repo, remote, branch, base, pins } => Some(Self { name: repo, remote, branch, base, pins }),
            Effect::Advance { .. }
            | Effect::Push { .. }
            | Effect::Run { .. }
            | Effect::Publish { .. }
            | Effect::Resolve { .. }
            | Effect::Dispatch { .. }
            | Effect::Await { .. }
            | Effect::SetFlag { .. }
            | Effect::Smoke { .. }
            | Effect::Suite { .. }
            | Effect::Soak { .. }
            | Effect::Confirm { .. }
            | Effect::Tag { .. } => None,
        }
    }
}

/// A new worktree, before anything was done in it.
struct Fresh {
    lease: Lease,
    /// What git takes for changed all the same: filters and line ends that only the user's own git knows.
    differs: Vec<String>,
}

impl RealWorld {
    /// Makes the commit, or finds the one that an earlier attempt made.
    pub(super) async fn ready_repin(&self, job: &Job, prepared: &mut Prepared) -> Result<(), Unfit> {
        let Some(task) = Task::of(&job.action.effect) else { return Ok(()) };
        match &prepared.before {
            Some(Finding::Present { .. }) => {
                prepared.made.clone_from(&job.made);
                return Ok(());
            }
            Some(Finding::Conflict { detail }) => return Err(detail.clone().into()),
            Some(Finding::Unknown { why }) => return Err(why.clone().into()),
            Some(Finding::Absent { detail }) => prepared.preconditions.push(detail.clone()),
            None => {}
        }
        self.addresses(&job.plan, task.name, task.remote).await?;
        let (seen, there) = self.where_it_stands(job, task).await?;
        prepared.preconditions.extend(seen);
        let made = match there {
            Some(made) => made,
            None => match self.made_before(job, task).await? {
                Some(made) => made,
                None => self.make(job, task, &mut prepared.preconditions).await?,
            },
        };
        prepared.preconditions.push(self.local_forward(&job.plan, task.name, task.branch, &made).await?);
        prepared.made = Some(made);
        Ok(())
    }

    /// The local branch is at the frozen commit, or at a repin of it that an earlier attempt moved it to.
    async fn where_it_stands(&self, job: &Job, task: Task<'_>) -> Result<(Vec<String>, Option<Sha>), String> {
        let repo = repo_of(&job.plan, task.name)?;
        self.fetched(repo, task.remote, task.branch, task.base).await?;
        let (path, branch) = (self.folder_of(repo), task.branch.to_owned());
        let (base, pins) = (task.base.clone(), task.pins.to_vec());
        let read = off_loop(move || {
            let local = Local::read(&path, &branch).map_err(|why| why.to_string())?;
            let ahead = local.release.clone().filter(|at| *at != base);
            let ours = ahead.map(|at| {
                let repo = Repo::open(&path).map_err(|why| why.to_string())?;
                is_repin(&repo, &base, &at, &pins).map(|()| at)
            });
            Ok::<_, String>((local, ours))
        });
        let (local, ours) = read.await?.map_err(|why| format!("{}: {why}", task.name))?;
        let there = match ours {
            // what else is wrong is told before what stands there
            Some(Err(_)) => {
                return Err(self.standing(&job.plan, task.name, task.base).await.map_or_else(
                    |why| why,
                    |_| format!("{}: {} moved while it was looked at: try again", task.name, task.branch),
                ));
            }
            Some(Ok(made)) => Some(made),
            None => None,
        };
        let at = there.as_ref().unwrap_or(task.base);
        let mut seen = local.seen(task.name, task.branch, at)?;
        if let Some(made) = &there {
            seen.push(format!("an earlier attempt made {} on {}", made.short(), task.base.short()));
        }
        Ok((seen, there))
    }

    /// The commit that an earlier attempt meant to bring, if it is here and right.
    async fn made_before(&self, job: &Job, task: Task<'_>) -> Result<Option<Sha>, String> {
        let Some(made) = job.made.clone() else { return Ok(None) };
        let path = self.folder_of(repo_of(&job.plan, task.name)?);
        let (base, pins) = (task.base.clone(), task.pins.to_vec());
        off_loop(move || {
            let repo = Repo::open(&path).ok()?;
            is_repin(&repo, &base, &made, &pins).is_ok().then_some(made)
        })
        .await
    }

    /// Makes the commit; the frozen one itself where nothing is left to pin.
    async fn make(&self, job: &Job, task: Task<'_>, seen: &mut Vec<String>) -> Result<Sha, Unfit> {
        let clone = self.folder_of(repo_of(&job.plan, task.name)?);
        let (path, base, pins) = (clone.clone(), task.base.clone(), task.pins.to_vec());
        let read = off_loop(move || {
            let repo = Repo::open(&path).map_err(|why| why.to_string())?;
            if is_repin(&repo, &base, &base, &pins).is_ok() {
                return Ok(None);
            }
            manifests(&repo, &base, &pins).map(Some)
        });
        let Some(manifests) = read.await?.map_err(|why| format!("{}: {why}", task.name))? else {
            seen.push(format!("{} was frozen with these versions: nothing is left to pin", task.base.short()));
            return Ok(task.base.clone());
        };
        let texts: BTreeMap<String, String> = manifests.into_iter().map(|(file, pinned)| (file, pinned.text)).collect();
        let fresh = self.fresh(&clone, task).await?;
        let locked = self.lock(job, task, &fresh.lease, &texts).await?;
        seen.extend(locked);
        self.committed(job, task, &fresh, texts, Locks::Held)
            .await
            .map_err(|why| format!("{}: {why}", task.name).into())
    }

    /// A new worktree of the base.
    async fn fresh(&self, clone: &Path, task: Task<'_>) -> Result<Fresh, String> {
        let lease = self.trees.lease(&self.git, clone, task.name, task.base, Use::Repin).await?;
        let tree = lease.path().to_owned();
        let differs = off_loop(move || Repo::open(&tree)?.changed_files(&AtomicBool::new(false))).await?;
        Ok(Fresh { lease, differs: differs.map_err(|why| format!("{}: {why}", task.name))? })
    }

    async fn committed(
        &self,
        job: &Job,
        task: Task<'_>,
        fresh: &Fresh,
        texts: BTreeMap<String, String>,
        locks: Locks,
    ) -> Result<Sha, String> {
        let (tree, base, pins) = (fresh.lease.path().to_owned(), task.base.clone(), task.pins.to_vec());
        let differs = fresh.differs.clone();
        let owner = job.plan.document().owner.clone();
        off_loop(move || {
            let repo = Repo::open(&tree).map_err(|why| why.to_string())?;
            let files = changed(&repo, &tree, &base, &pins, &texts, &differs)?;
            if files.is_empty() {
                return Ok(base);
            }
            let at = repo.commit_time(&base).map_err(|why| why.to_string())?;
            let author = Tagger { name: owner.name, email: owner.email, at };
            let made = repo.commit_on(&base, &files, &message(&pins), &author).map_err(|why| why.to_string())?;
            match locks {
                Locks::Held => is_repin(&repo, &base, &made, &pins)?,
                Locks::Later => {}
            }
            Ok(made)
        })
        .await?
    }

    /// Moves the release branch to the commit, here and at the remote.
    pub(super) async fn repinned(&self, job: &Job, lock: Option<&File>) -> Try {
        let (Some(task), Some(made)) = (Task::of(&job.action.effect), job.made.as_ref()) else {
            return Try::nothing("there is no commit to bring".to_owned());
        };
        let moved = self.advance(job, lock, task.name, task.branch, made).await;
        if moved.how != How::Well {
            return moved;
        }
        self.push(job, lock, task.name, task.remote, made, FullRef::branch(task.branch)).await
    }

    /// Whether the release branch on the remote has the commit that the intent names.
    pub(super) async fn repin_finding(
        &self,
        job: &Job,
        repo: &RepoName,
        remote: &str,
        branch: &str,
        base: &Sha,
    ) -> Result<Finding, String> {
        let at = self.at_remote(&job.plan, repo, remote, FullRef::branch(branch)).await?.map(|found| found.sha);
        Ok(match at {
            Some(at) if Some(&at) == job.made.as_ref() => {
                Finding::Present { evidence: format!("{remote}/{branch} is at {at}") }
            }
            Some(at) if at == *base => Finding::Absent { detail: format!("{remote}/{branch} is at {}", base.short()) },
            Some(at) => Finding::Conflict {
                detail: format!(
                    "{remote}/{branch} of {repo} moved: frozen at {}, now at {}. Put it back, or thaw, let QA look at it, and freeze again",
                    base.short(),
                    at.short()
                ),
            },
            None => Finding::Conflict {
                detail: format!(
                    "{remote} of {repo} has no {branch}: push it (`flightdeck freeze` does), or thaw and freeze again"
                ),
            },
        })
    }
}

/// The files of the commit; refuses if the lock command touched any other that git knows.
fn changed(
    repo: &Repo,
    tree: &Path,
    base: &Sha,
    pins: &[PinTo],
    texts: &BTreeMap<String, String>,
    differed: &[String],
) -> Result<Vec<NewFile>, String> {
    let named = allowed(pins, &|file| !matches!(files::read_in(tree, file), Ok(None)))?;
    let touched = repo.changed_files(&AtomicBool::new(false)).map_err(|why| why.to_string())?;
    let others: Vec<&String> =
        touched.iter().filter(|file| !named.contains(*file) && !differed.contains(file)).collect();
    if let Some(first) = others.first() {
        let more = if others.len() > 1 { format!(" and {} more", others.len() - 1) } else { String::new() };
        return Err(format!(
            "the lock command touched {first}{more}: a repin may touch the manifests and their lock files alone. Give the pin a `lock` that leaves the rest as it is"
        ));
    }
    let mut changed = Vec::new();
    for file in named {
        let Some(now) = files::read_in(tree, &file)? else { continue };
        let was = repo.blob_at(base, &file).map_err(|why| why.to_string())?;
        let now = match texts.get(&file) {
            Some(text) if now != text.as_bytes() => {
                return Err(format!("the lock command changed {file} as well: use one that leaves the manifest alone"));
            }
            Some(text) => text.clone().into_bytes(),
            None => files::with_ends_of(was.as_deref(), now),
        };
        if was.as_ref() != Some(&now) {
            changed.push((file, now));
        }
    }
    Ok(changed)
}
