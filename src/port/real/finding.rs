//! Asks whether an effect is there. What couldn't be asked is unknown, and a thing that isn't ours is a conflict.

use super::command::{end_words, last_line};
use super::{ASK_PATIENCE, RealWorld, now, off_loop, repo_of};
use crate::plan::{Action, Digest, Effect, FlagState, Plan, Probe, RepoName, Sha, Words};
use crate::port::git::{FullRef, Place, RemoteRef};
use crate::port::process::{End, Ended};
use crate::port::repo::{Repo, Unreadable};
use crate::port::world::{Answer, Job, Tried};
use crate::rollout::event::{Finding, Proof, Writer};

impl RealWorld {
    pub(super) async fn answered(&self, job: &Job) -> Answer {
        let (desk, step, key) = (std::sync::Arc::clone(&self.desk), job.step.clone(), job.key.clone());
        let (attempt, tried) = (job.attempt, job.tried);
        // the writer first: one that ends between the two questions may still have brought the effect
        let known = off_loop(move || desk.known(&step, &key, attempt, tried)).await;
        let finding = self.compared_finding(job).await;
        let (writer, orphans) = match known {
            Ok(known) => (known.writer, known.orphans),
            Err(why) => (Writer::Unknown, Some(why)),
        };
        let over = job.tried == Tried::Never || (writer == Writer::Gone && self.had_its_time(job).await);
        let proof = if over && job.action.probe.absence_is_proof() { Proof::Conclusive } else { Proof::Inconclusive };
        Answer { finding, writer, proof, orphans }
    }

    /// Asks the action's own question. Where bytes of ours would be uploaded, only a comparison with them tells whether what is
    /// there is the effect.
    async fn compared_finding(&self, job: &Job) -> Finding {
        let ours = match self.bytes_of(job).await {
            Ok(ours) => ours,
            Err(why) => return Finding::Unknown { why },
        };
        let uploads = matches!(&job.action.effect, Effect::Publish { artifact: Some(_), .. });
        match self.finding(job, ours.as_ref()).await {
            Finding::Present { evidence } if uploads && ours.is_none() => {
                Finding::Unknown { why: format!("{evidence}: ours isn't built on this machine") }
            }
            found => found,
        }
    }

    /// Whether what we sent to another machine can't be at work there any more: a push that was killed here still runs its
    /// hooks there. On this machine they belong to the push's own session.
    async fn had_its_time(&self, job: &Job) -> bool {
        let (Probe::RemoteBranch { repo, remote, .. }
        | Probe::RemoteTag { repo, remote, .. }
        | Probe::Repinned { repo, remote, .. }) = &job.action.probe
        else {
            return true;
        };
        let Ok(repo) = repo_of(&job.plan, repo) else { return false };
        let urls = self.git.effective_urls(&Place::WorkTree(self.folder_of(repo)), remote).await;
        if urls.is_ok_and(|urls| urls.push.iter().all(|url| is_of_this_machine(url))) {
            return true;
        }
        let (desk, step, key) = (std::sync::Arc::clone(&self.desk), job.step.clone(), job.key.clone());
        let noted = off_loop(move || desk.noted_at(&step, &key)).await;
        noted.ok().flatten().is_some_and(|noted| now().saturating_sub(noted) > job.action.limit.millis())
    }

    /// Asks the action's own question.
    pub(super) async fn finding(&self, job: &Job, artifact: Option<&Digest>) -> Finding {
        let plan = &job.plan;
        let found = match &job.action.probe {
            Probe::LocalBranch { repo, branch, sha } => self.local_branch(plan, repo, branch, sha).await,
            Probe::RemoteBranch { repo, remote, branch, sha } => {
                self.remote_branch(plan, repo, remote, branch, sha).await
            }
            Probe::RemoteTag { repo, remote, tag, sha } => self.remote_tag(plan, repo, remote, tag, sha).await,
            Probe::Command { command } => {
                self.ask_command(plan, command, Words::default(), ASK_PATIENCE).await.map(|ended| of_command(&ended))
            }
            Probe::Package { package, file } => {
                Ok(self.package_finding(plan, package, file.as_deref(), artifact).await)
            }
            Probe::Repinned { repo, remote, branch, base } => self.repin_finding(job, repo, remote, branch, base).await,
            Probe::Started { evidence } => {
                let evidence =
                    Job { action: Action { probe: (**evidence).clone(), ..job.action.clone() }, ..job.clone() };
                Box::pin(async move { Ok(of_started(self.finding(&evidence, None).await)) }).await
            }
            Probe::Flag { state } => Ok(self.flag_finding(plan, state).await),
            Probe::Itself => Ok(Finding::Absent { detail: "it only looks or waits: it is simply done again".into() }),
            Probe::Nothing => Ok(Finding::Unknown { why: "nothing outside tells whether it happened".into() }),
        };
        found.unwrap_or_else(|why| Finding::Unknown { why })
    }

    async fn local_branch(&self, plan: &Plan, name: &RepoName, branch: &str, sha: &Sha) -> Result<Finding, String> {
        let path = self.folder_of(repo_of(plan, name)?);
        let (branch, sha) = (branch.to_owned(), sha.clone());
        let found = off_loop(move || {
            let repo = Repo::open(&path)?;
            let at = repo.head_of(&branch)?;
            let behind = at.as_ref().is_none_or(|at| is_behind(&repo, at, &sha));
            Ok::<_, Unreadable>(compared(&branch, at.as_ref(), &sha, behind))
        });
        found.await?.map_err(|why| format!("{name}: {why}"))
    }

    async fn remote_branch(
        &self,
        plan: &Plan,
        name: &RepoName,
        remote: &str,
        branch: &str,
        sha: &Sha,
    ) -> Result<Finding, String> {
        let at = self.at_remote(plan, name, remote, FullRef::branch(branch)).await?.map(|found| found.sha);
        let (path, old, new) = (self.folder_of(repo_of(plan, name)?), at.clone(), sha.clone());
        let behind = off_loop(move || match &old {
            Some(old) => Repo::open(&path).is_ok_and(|repo| is_behind(&repo, old, &new)),
            None => true,
        });
        Ok(compared(&format!("{remote}/{branch}"), at.as_ref(), sha, behind.await?))
    }

    async fn remote_tag(
        &self,
        plan: &Plan,
        name: &RepoName,
        remote: &str,
        tag: &str,
        sha: &Sha,
    ) -> Result<Finding, String> {
        let found = self.at_remote(plan, name, remote, FullRef::tag(tag)).await?;
        Ok(match found {
            None => Finding::Absent { detail: format!("{remote} has no tag {tag}") },
            Some(RemoteRef { peeled: Some(at), .. }) if at == *sha => {
                Finding::Present { evidence: format!("{remote} has the tag {tag} at {sha}") }
            }
            Some(RemoteRef { peeled: Some(at), .. }) => {
                Finding::Conflict { detail: format!("{remote} has a tag {tag}, but at {at}") }
            }
            Some(RemoteRef { sha: at, peeled: None }) => {
                Finding::Conflict { detail: format!("{remote} has {tag} as a plain tag without a message, at {at}") }
            }
        })
    }

    /// Asks a remote for one ref.
    pub(super) async fn at_remote(
        &self,
        plan: &Plan,
        name: &RepoName,
        remote: &str,
        wanted: Result<FullRef, crate::port::git::NotAFullRef>,
    ) -> Result<Option<RemoteRef>, String> {
        let place = Place::WorkTree(self.folder_of(repo_of(plan, name)?));
        let wanted = wanted.map_err(|error| error.to_string())?;
        let asked = self.git.ls_remote_all(&place, remote, std::slice::from_ref(&wanted)).await;
        let mut refs = asked.map_err(|fault| format!("{remote} of {name} couldn't be asked: {fault}"))?;
        Ok(refs.remove(&wanted))
    }

    async fn flag_finding(&self, plan: &Plan, state: &FlagState) -> Finding {
        self.agreement(plan, state).await.finding()
    }
}

/// Whether a commit is known here and an ancestor of the other.
pub(super) fn is_behind(repo: &Repo, old: &Sha, new: &Sha) -> bool {
    repo.is_ancestor(old, new).unwrap_or(false)
}

/// Whether git takes an address for a path.
fn is_of_this_machine(url: &str) -> bool {
    url.starts_with("file://") || url.starts_with(['/', '.']) || !url.contains(':')
}

fn compared(branch: &str, at: Option<&Sha>, sha: &Sha, behind: bool) -> Finding {
    match at {
        Some(at) if at == sha => Finding::Present { evidence: format!("{branch} is at {sha}") },
        Some(at) if behind => Finding::Absent { detail: format!("{branch} is at {at}, which is behind") },
        Some(at) => Finding::Conflict {
            detail: format!("{branch} is at {at}: someone pushed on top of {}, or it diverged", sha.short()),
        },
        None => Finding::Absent { detail: format!("{branch} doesn't exist") },
    }
}

fn of_command(ended: &Ended) -> Finding {
    let said = match last_line(&ended.tail) {
        "" => String::new(),
        line => format!(": {line}"),
    };
    match ended.end {
        End::Exited(0) => Finding::Present { evidence: format!("the probe says present{said}") },
        End::Exited(1) => Finding::Absent { detail: format!("the probe says absent{said}") },
        End::Exited(_) | End::Signalled(_) | End::TimedOut | End::Cancelled | End::LetGo => {
            Finding::Unknown { why: format!("the probe can't tell ({}){said}", end_words(ended.end)) }
        }
    }
}

/// Only what a workflow brings tells that it was started; that nothing is there yet tells nothing.
fn of_started(evidence: Finding) -> Finding {
    match evidence {
        Finding::Absent { detail } => {
            Finding::Unknown { why: format!("whether the workflow was started isn't told outside; so far: {detail}") }
        }
        Finding::Present { .. } | Finding::Conflict { .. } | Finding::Unknown { .. } => evidence,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_away_may_go_on_there() {
        for url in ["/srv/a.git", "../a.git", "file:///srv/a.git", "a.git"] {
            assert!(is_of_this_machine(url), "{url}");
        }
        for url in ["git@example.com:acme/a.git", "https://example.com/a.git", "ssh://example.com/a", "host:a"] {
            assert!(!is_of_this_machine(url), "{url}");
        }
    }
}
