//! Pins a repository before it is frozen, so that QA tests what ships: the commit goes onto the local release branch, and what
//! the registry can't lock yet is left to the step.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use super::Task;
use super::files::{is_repin, manifests};
use super::lock::Round;
use crate::plan::{Candidate, Effect, Plan, RepoName, Sha};
use crate::port::process::Order;
use crate::port::real::{RealWorld, off_loop, repo_of};
use crate::port::repo::{NotAdvanced, Repo};
use crate::port::world::{Job, Line, Tried};

/// What became of a provisional pin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provisional {
    /// Where the release branch is now.
    pub at: Sha,
    /// What was seen and done, in words.
    pub said: Vec<String>,
}

/// Whether the lock files hold what the manifests say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Locks {
    /// They do.
    Held,
    /// The step will see to it: they stay as they are.
    Later,
}

impl RealWorld {
    /// Pins the references of a repository to the versions of these candidates, on its release branch here. None where no
    /// step of ours repins it.
    pub async fn pin_provisionally(
        &self,
        plan: &Arc<Plan>,
        name: &RepoName,
        candidates: &BTreeMap<RepoName, Candidate>,
    ) -> Result<Option<Provisional>, String> {
        let steps = plan.steps().iter().filter(|step| step.verb.repo() == Some(name));
        let mut actions = Vec::new();
        for step in steps {
            let compiled = plan.compile(step, candidates).map_err(|why| why.to_string())?;
            actions.extend(compiled.into_iter().map(|action| (step.id.clone(), action)));
        }
        let Some((step, action)) =
            actions.into_iter().find(|(_, action)| matches!(action.effect, Effect::Repin { .. }))
        else {
            return Ok(None);
        };
        // nobody listens, and nobody gives orders
        let (sender, _) = mpsc::channel(1);
        let job = Job {
            plan: Arc::clone(plan),
            step,
            key: action.identity.key(plan.id(), 0),
            action,
            attempt: 0,
            artifact: None,
            made: None,
            soak: None,
            tried: Tried::Never,
            line: Line(sender),
            orders: watch::channel(Order::Run).1,
        };
        let Some(task) = Task::of(&job.action.effect) else { return Ok(None) };
        self.pin_now(&job, task).await.map(Some)
    }

    async fn pin_now(&self, job: &Job, task: Task<'_>) -> Result<Provisional, String> {
        let clone = self.folder_of(repo_of(&job.plan, task.name)?);
        let (path, base, pins) = (clone.clone(), task.base.clone(), task.pins.to_vec());
        let read = off_loop(move || {
            let repo = Repo::open(&path).map_err(|why| why.to_string())?;
            let done = is_repin(&repo, &base, &base, &pins).is_ok();
            manifests(&repo, &base, &pins).map(|manifests| (!done).then_some(manifests))
        });
        let Some(manifests) = read.await?? else {
            let said = vec![format!("{} names the versions already", task.base.short())];
            return Ok(Provisional { at: task.base.clone(), said });
        };
        let mut said = Vec::new();
        for (file, pinned) in &manifests {
            let lines = pinned.replaced.iter().map(|was| format!("{file}:{} had {}", was.line, was.written));
            said.extend(lines);
        }
        let texts: BTreeMap<String, String> = manifests.into_iter().map(|(file, pinned)| (file, pinned.text)).collect();
        let fresh = self.fresh(&clone, task).await?;
        let round = self.lock_round(job, task, &fresh.lease, &texts, 1).await;
        let locks = match round.map_err(|unfit| [vec![unfit.why], unfit.tail].concat().join("\n"))? {
            Round::Held(proofs) => {
                said.extend(proofs);
                Locks::Held
            }
            Round::NotThere(why) => {
                said.push(format!(
                    "its lock file can't be made before the packages are published ({why}): step {} makes it",
                    job.step
                ));
                self.restored(task, &fresh.lease, &texts).await?;
                Locks::Later
            }
            Round::Wrong(fault) => return Err(fault.to_string()),
        };
        let at = self.committed(job, task, &fresh, texts, locks).await?;
        drop(fresh);
        self.move_here(&clone, task, &at).await?;
        Ok(Provisional { at, said })
    }

    /// Moves the release branch here, and the work tree with it where it is checked out.
    async fn move_here(&self, clone: &std::path::Path, task: Task<'_>, to: &Sha) -> Result<(), String> {
        if to == task.base {
            return Ok(());
        }
        let (path, branch, base, made) = (clone.to_owned(), task.branch.to_owned(), task.base.clone(), to.clone());
        match off_loop(move || Repo::open(&path)?.advance_branch(&branch, Some(&base), &made)).await? {
            Ok(()) => Ok(()),
            Err(NotAdvanced::CheckedOut(place)) => {
                let merged = self.git.merge_ff_only(&place, to).await;
                merged.map_err(|fault| format!("{} can't be moved to {}: {fault}", task.branch, to.short()))
            }
            Err(why) => Err(format!("{} can't be moved: {why}", task.branch)),
        }
    }
}
