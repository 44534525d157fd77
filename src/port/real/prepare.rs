//! Readies an action: everything that can be told or made before its intent is written, with nothing changed outside.

use std::sync::Arc;

use super::command::findable;
use super::local::Target;
use super::tree::Use;
use super::{RealWorld, off_loop, repo_of};
use crate::plan::{Action, Command, Effect, FlagState, Place, Plan, Probe, RepoName, Sha, Starting, Words};
use crate::port::repo::NotTagged;
use crate::port::world::{Job, Prepared, Unfit};
use crate::rollout::event::Finding;

impl RealWorld {
    pub(super) async fn readied(&self, job: &Job) -> Result<Prepared, Unfit> {
        // waiting starts nothing, and what a workflow's starter left running must not keep it from waiting
        if !matches!(job.action.effect, Effect::Await { .. }) {
            let (desk, step, key, attempt) = (Arc::clone(&self.desk), job.step.clone(), job.key.clone(), job.attempt);
            off_loop(move || desk.ready(&step, &key, attempt)).await??;
        }
        let before = match &job.action.probe {
            Probe::LocalBranch { .. }
            | Probe::RemoteBranch { .. }
            | Probe::RemoteTag { .. }
            | Probe::Command { .. }
            | Probe::Repinned { .. }
            | Probe::Started { .. }
            | Probe::Flag { .. } => Some(self.finding(job, job.artifact.as_ref()).await),
            // a package is asked for with the digest of the artefact that is kept
            Probe::Package { .. } | Probe::Itself | Probe::Nothing => None,
        };
        let plan = &*job.plan;
        let mut prepared = Prepared { before, ..Prepared::default() };
        match &job.action.effect {
            Effect::Advance { repo, branch, to } => {
                prepared.preconditions = self.standing(plan, repo, to).await?;
                self.addresses(plan, repo, "origin").await?;
                prepared.preconditions.push(self.local_forward(plan, repo, branch, to).await?);
                let target = Target { remote: "origin", branch };
                prepared.preconditions.push(self.forward(plan, repo, target, to).await?);
            }
            Effect::Push { repo, remote, branch, sha } => {
                prepared.preconditions = self.standing(plan, repo, sha).await?;
                self.addresses(plan, repo, remote).await?;
                prepared.preconditions.push(self.forward(plan, repo, Target { remote, branch }, sha).await?);
            }
            Effect::Tag { repo, remote, tag, sha, .. } => {
                prepared.preconditions = self.standing(plan, repo, sha).await?;
                self.addresses(plan, repo, remote).await?;
                if let Some(Finding::Conflict { detail }) = &prepared.before {
                    return Err(format!("{detail}: name another tag in the plan, or delete that one").into());
                }
                prepared.preconditions.push(self.tag_free(plan, repo, tag, sha).await?);
            }
            Effect::Run { command } => prepared.preconditions = self.command_fit(job, command).await?,
            Effect::Publish { upload, .. } => {
                prepared.preconditions = self.command_fit(job, upload).await?;
                self.ready_publish(job, &mut prepared).await?;
            }
            Effect::SetFlag { state } => prepared.preconditions = self.flag_fit(plan, state).await?,
            Effect::Smoke { commands, .. } | Effect::Soak { commands, .. } => {
                for command in commands.iter().flatten() {
                    self.place_fit(job, command, Use::Ask).await?;
                }
            }
            Effect::Suite { command, .. } => drop(self.place_fit(job, command, Use::Test).await?),
            Effect::Repin { .. } => self.ready_repin(job, &mut prepared).await?,
            Effect::Dispatch { start: Starting::Command { command } } => {
                self.can_be_told(job).await?;
                prepared.preconditions = self.command_fit(job, command).await?;
            }
            Effect::Dispatch { start: start @ Starting::Call { .. } } => {
                self.can_be_told(job).await?;
                prepared.preconditions = self.call_fit(job, start).await?;
            }
            Effect::Resolve { .. } | Effect::Await { .. } | Effect::Confirm { .. } => {}
        }
        Ok(prepared)
    }

    /// Whether it can be told what a workflow brings: one whose evidence nobody can read isn't started.
    async fn can_be_told(&self, job: &Job) -> Result<(), String> {
        let Probe::Started { evidence } = &job.action.probe else { return Ok(()) };
        let evidence = Job { action: Action { probe: (**evidence).clone(), ..job.action.clone() }, ..job.clone() };
        match self.finding(&evidence, None).await {
            Finding::Unknown { why } => {
                Err(format!("whether it is there already isn't known: {why}. Nothing was started"))
            }
            Finding::Present { .. } | Finding::Absent { .. } | Finding::Conflict { .. } => Ok(()),
        }
    }

    /// A command's repository is where it was frozen (unless it is the way back), and its program is there.
    async fn command_fit(&self, job: &Job, command: &Command) -> Result<Vec<String>, String> {
        let mut seen = match &command.place {
            Place::Worktree { repo, sha } if !is_way_back(&job.action) => self.standing(&job.plan, repo, sha).await?,
            Place::Worktree { .. } | Place::Root => Vec::new(),
        };
        let wanted = if matches!(job.action.effect, Effect::Publish { .. }) { Use::Built } else { Use::Ship };
        seen.extend(self.place_fit(job, command, wanted).await?);
        Ok(seen)
    }

    async fn place_fit(&self, job: &Job, command: &Command, wanted: Use) -> Result<Vec<String>, String> {
        let words = Words::default().with("artifact", "");
        let ready = self.ready_command(&job.plan, command, wanted, words, job.action.limit.duration()).await?;
        // a build may make the program that uploads
        if !matches!(job.action.effect, Effect::Publish { build: Some(_), .. }) {
            findable(&ready.launch)?;
        }
        Ok(match &command.place {
            Place::Worktree { repo, sha } => vec![format!("a clean worktree of {repo} at {} is ready", sha.short())],
            Place::Root => Vec::new(),
        })
    }

    async fn tag_free(&self, plan: &Plan, name: &RepoName, tag: &str, sha: &Sha) -> Result<String, String> {
        let repo = repo_of(plan, name)?;
        let (path, wanted) = (self.folder_of(repo), tag.to_owned());
        let found = off_loop(move || super::perform::tag_commit(&path, &wanted)).await?;
        match found.map_err(|why| format!("{name}: {why}"))? {
            None => Ok(format!("{name} has no tag {tag} yet")),
            Some(at) if at == *sha => Ok(format!("the local tag {tag} is at {}", sha.short())),
            Some(at) => Err(format!("{name}: {} ({tag} at {})", NotTagged::Taken { found: at.clone() }, at.short())),
        }
    }

    async fn flag_fit(&self, plan: &Plan, state: &FlagState) -> Result<Vec<String>, String> {
        let Some(flag) = &plan.document().flag else { return Err("the plan has no flag".to_owned()) };
        match self.flag_unreadable(plan).await {
            None => Ok(vec![format!("before: {}", self.agreement(plan, state).await.words())]),
            // the way back is open also where nothing can be read
            Some(why) if flag.states.first() == Some(state) => Ok(vec![format!("warning: {why}")]),
            Some(why) => Err(format!("{why}: a flag that can't be read isn't set")),
        }
    }
}

fn is_way_back(action: &Action) -> bool {
    action.identity.verb == "undo"
}
