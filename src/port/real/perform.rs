//! Brings effects about: takes the step's lock, lets the child inherit it, notes who the child is, stays with it, and leaves
//! it to [`super::settle`] to find out what became of the effect.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use super::settle::{How, Try};
use super::soak::Soaking;
use super::tree::Use;
use super::writer::Stage;
use super::{RealWorld, last_lines, off_loop, repo_of, tell};
use crate::plan::{Command, Effect, Plan, Probe, RepoName, Sha, Words};
use crate::port::git::{FullRef, Place, PushOutcome, PushRun, read_push};
use crate::port::process::{self, End, Ended, Input, Launch, NotSpawned};
use crate::port::repo::{NotAdvanced, NotTagged, Repo, Tagger, Unreadable};
use crate::port::world::{Job, Performed, Prepared};
use crate::rollout::event::{Finding, Trace};

impl RealWorld {
    /// Takes the lock of an action's step, which its children inherit; none where the action may pass whoever has it.
    pub(super) async fn step_lock(&self, job: &Job) -> Result<Option<File>, Performed> {
        let (desk, step) = (Arc::clone(&self.desk), job.step.clone());
        match off_loop(move || desk.take(&step)).await {
            Ok(Ok(Some(lock))) => Ok(Some(lock)),
            // the way back of the flag is open also past an orphan; forward, readying has refused before
            Ok(Ok(None)) if is_flag(&job.action.effect) => Ok(None),
            // waiting starts nothing: what a workflow's starter left running doesn't keep it from waiting
            Ok(Ok(None)) if matches!(job.action.effect, Effect::Await { .. }) => Ok(None),
            Ok(Ok(None)) => {
                let why = "a process of an earlier attempt still holds the step's lock; nothing more was started";
                Err(failed(Trace::Unknown, why))
            }
            Ok(Err(error)) => Err(failed(Trace::None, &format!("the step can't be locked: {error}"))),
            Err(why) => Err(failed(Trace::None, &why)),
        }
    }

    pub(super) async fn performed(&self, job: &Job, prepared: &Prepared) -> Performed {
        let lock = match self.step_lock(job).await {
            Ok(lock) => lock,
            Err(refused) => return refused,
        };
        // what is there already isn't done again: an earlier attempt brought it after all, or it came along with another
        if let (Some(Finding::Present { evidence }), false) = (&prepared.before, is_flag(&job.action.effect)) {
            return Performed::Ok { evidence: vec![evidence.clone()] };
        }
        let (plan, held) = (&*job.plan, lock.as_ref());
        let tried = match &job.action.effect {
            Effect::Advance { repo, branch, to } => self.advance(job, held, repo, branch, to).await,
            Effect::Push { repo, remote, branch, sha } => {
                self.push(job, held, repo, remote, sha, FullRef::branch(branch)).await
            }
            Effect::Tag { repo, remote, tag, sha, message } => match self.tag(plan, repo, tag, sha, message).await {
                Ok(object) => self.push(job, held, repo, remote, &object, FullRef::tag(tag)).await,
                Err(why) => Try::nothing(why),
            },
            Effect::Run { command } => self.command(job, held, command, Use::Ship, Words::default()).await,
            Effect::Publish { upload, .. } => {
                let package = match &job.action.probe {
                    Probe::Package { package, .. } => Some(&**package),
                    _ => None,
                };
                self.uploaded(job, held, upload, package, prepared).await
            }
            Effect::Repin { .. } => {
                let job = Job { made: prepared.made.clone(), ..job.clone() };
                let tried = self.repinned(&job, held).await;
                return self.settled(&job, None, tried).await;
            }
            Effect::Dispatch { start } => self.dispatched(job, held, start).await,
            Effect::Resolve { package } => return self.resolved(job, package).await,
            Effect::Await { who, what } => return self.awaited_from(job, who, what).await,
            Effect::SetFlag { state } => self.set_flag(job, held, state).await,
            Effect::Smoke { checks, commands } => return self.smoked(job, checks, commands).await,
            Effect::Suite { suite, command } => return self.suite_run(job, suite, command).await,
            Effect::Soak { lasts, every, checks, commands, gaps } => {
                let soak = Soaking { lasts: *lasts, every: *every, checks, commands, gaps: *gaps };
                return self.soaked(job, &soak).await;
            }
            Effect::Confirm { items } => {
                return Performed::Ok { evidence: vec![format!("{} lines confirmed", items.len())] };
            }
        };
        let artifact = prepared.artifact.as_ref().map(|kept| &kept.digest).or(job.artifact.as_ref());
        let performed = self.settled(job, artifact, tried).await;
        // held to here, so that nobody else starts while we still look
        drop(lock);
        performed
    }

    pub(super) async fn advance(&self, job: &Job, lock: Option<&File>, name: &RepoName, branch: &str, to: &Sha) -> Try {
        let path = match repo_of(&job.plan, name) {
            Ok(repo) => self.folder_of(repo),
            Err(why) => return Try::nothing(why),
        };
        let (wanted, new) = (branch.to_owned(), to.clone());
        let moved = off_loop(move || {
            let repo = Repo::open(&path)?;
            let from = repo.head_of(&wanted)?;
            repo.advance_branch(&wanted, from.as_ref(), &new)
        });
        match moved.await {
            Ok(Ok(())) => Try::ended(How::Well, &format!("{branch} of {name} moved to {to}")),
            Ok(Err(NotAdvanced::CheckedOut(place))) => {
                let launch = self.git.merge_ff_only_launch(&place, to);
                let (_, ended) = self.child(job, lock, launch).await;
                Try::of_child(ended)
            }
            Ok(Err(why)) => Try::nothing(format!("{branch} of {name} can't be moved: {why}")),
            Err(why) => Try::nothing(why),
        }
    }

    pub(super) async fn push(
        &self,
        job: &Job,
        lock: Option<&File>,
        name: &RepoName,
        remote: &str,
        sha: &Sha,
        to: Result<FullRef, crate::port::git::NotAFullRef>,
    ) -> Try {
        let (repo, to) = match (repo_of(&job.plan, name), to) {
            (Ok(repo), Ok(to)) => (repo, to),
            (Err(why), _) => return Try::nothing(why),
            (_, Err(why)) => return Try::nothing(why.to_string()),
        };
        self.push_from(job, lock, &Place::WorkTree(self.folder_of(repo)), remote, sha, &to).await
    }

    /// Pushes a commit from a clone, as the step's child.
    pub(super) async fn push_from(
        &self,
        job: &Job,
        lock: Option<&File>,
        place: &Place,
        remote: &str,
        sha: &Sha,
        to: &FullRef,
    ) -> Try {
        let launch = self.git.push_launch(place, remote, sha, to, PushRun::Real);
        let (tail, ended) = self.child(job, lock, launch).await;
        let ended = match ended {
            Err(Unstarted::NotNoted(why)) => return Try::nothing(why),
            Err(Unstarted::NotSpawned(why)) => Err(why),
            Ok(ended) => Ok(ended),
        };
        let how = match read_push(&ended, to) {
            _ if ended.as_ref().is_ok_and(|ended| ended.end == End::LetGo) => How::LetGo,
            PushOutcome::Updated => return Try { how: How::Well, said: format!("{remote} took {sha}"), tail },
            PushOutcome::UpToDate => return Try { how: How::Well, said: format!("{remote} had {sha} already"), tail },
            PushOutcome::Rejected { reason } => return Try { how: How::Refused, said: reason, tail },
            PushOutcome::Unknown { why } => return Try { how: How::Unclear, said: why, tail },
        };
        Try { how, said: "it was left running".to_owned(), tail }
    }

    async fn tag(&self, plan: &Plan, name: &RepoName, tag: &str, sha: &Sha, message: &str) -> Result<Sha, String> {
        let path = self.folder_of(repo_of(plan, name)?);
        let owner = plan.document().owner.clone();
        let (wanted, at, text) = (tag.to_owned(), sha.clone(), message.to_owned());
        let made = off_loop(move || {
            // the commit's own time: on any machine and any day it is the same tag
            let tagger = Tagger { name: owner.name, email: owner.email, at: commit_time(&path, &at)? };
            Repo::open(&path)?.create_tag_annotated(&wanted, &at, &text, &tagger)
        });
        made.await?.map_err(|why: NotTagged| format!("{name} can't be tagged {tag}: {why}"))
    }

    /// Runs a command of the plan as the step's child.
    pub(super) async fn command(
        &self,
        job: &Job,
        lock: Option<&File>,
        command: &Command,
        wanted: Use,
        words: Words,
    ) -> Try {
        let limit = job.action.limit.duration();
        let ready = match self.ready_command(&job.plan, command, wanted, words, limit).await {
            Ok(ready) => ready,
            Err(why) => return Try::nothing(why),
        };
        let (_, ended) = self.child(job, lock, ready.launch).await;
        drop(ready.lease);
        Try::of_child(ended)
    }

    /// Starts a child that inherits the step's lock, notes who it is, and stays with it.
    async fn child(
        &self,
        job: &Job,
        lock: Option<&File>,
        mut launch: Launch,
    ) -> (Vec<String>, Result<Ended, Unstarted>) {
        let started = match self.started(job, lock, &mut launch).await {
            Ok(()) => process::start(launch).map_err(Unstarted::NotSpawned),
            Err(why) => Err(Unstarted::NotNoted(why)),
        };
        let started = match started {
            Ok(started) => started,
            Err(why) => {
                // should this note fail, the next start only knows less
                let _ = self.note(job, Stage::Readied).await;
                return (Vec::new(), Err(why));
            }
        };
        // a note that fails now stays at `starting`, from which nobody concludes that the child is gone
        let _ = self.note(job, Stage::Started(started.record.clone())).await;
        tell(&job.line, &job.step, &started.tail).await;
        let ended = started.wait(job.orders.clone()).await;
        (last_lines(&ended.tail), Ok(ended))
    }

    async fn started(&self, job: &Job, lock: Option<&File>, launch: &mut Launch) -> Result<(), String> {
        launch.time_limit = job.action.limit.duration();
        launch.log = Some(self.log_file(&format!("{}-{}-{}", job.step, job.key, job.attempt))?);
        if let Some(lock) = lock {
            let shared = lock.try_clone().map_err(|error| format!("the lock can't be shared: {error}"))?;
            launch.stdin = Input::Lock(shared);
        }
        let (desk, step, key, attempt) = (Arc::clone(&self.desk), job.step.clone(), job.key.clone(), job.attempt);
        off_loop(move || desk.starting(&step, &key, attempt)).await?
    }

    async fn note(&self, job: &Job, stage: Stage) -> Result<(), String> {
        let (desk, step, key, attempt) = (Arc::clone(&self.desk), job.step.clone(), job.key.clone(), job.attempt);
        off_loop(move || desk.note(&step, &key, attempt, stage)).await?
    }
}

/// Why there was no child.
#[derive(Debug)]
pub(super) enum Unstarted {
    /// It couldn't be noted, so it wasn't started.
    NotNoted(String),
    /// The system didn't start it.
    NotSpawned(NotSpawned),
}

/// A failure without output.
pub(super) fn failed(effect: Trace, why: &str) -> Performed {
    Performed::Failed { effect, why: why.to_owned(), tail: Vec::new(), found: None }
}

fn commit_time(path: &Path, sha: &Sha) -> Result<i64, Unreadable> {
    let git = git2::Repository::open(path)?;
    Ok(git.find_commit(git2::Oid::from_str(sha.as_str())?)?.time().seconds())
}

/// The commit that a local tag points to.
pub(super) fn tag_commit(path: &Path, tag: &str) -> Result<Option<Sha>, Unreadable> {
    // opened first as all else is, for the same words where it can't be
    Repo::open(path)?;
    let git = git2::Repository::open(path)?;
    let found = match git.find_reference(&format!("refs/tags/{tag}")) {
        Ok(found) => found,
        Err(error) if error.code() == git2::ErrorCode::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let at = found.peel_to_commit()?.id().to_string();
    at.parse().map(Some).map_err(|error: crate::plan::sha::NotASha| Unreadable::Unsupported(error.to_string()))
}

fn is_flag(effect: &Effect) -> bool {
    matches!(effect, Effect::SetFlag { .. })
}
