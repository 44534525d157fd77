//! `{ tests = true }`: the repository's own tests pass on the tree that ships.

use super::super::{RealWorld, repo_of};
use super::words_of;
use crate::plan::{Command, Place};
use crate::port::world::{GateJob, Judged};

impl RealWorld {
    pub(super) async fn tests_gate(&self, job: &GateJob) -> Result<Judged, String> {
        let Some((name, sha)) = &job.subject else { return Err("no frozen commit is known to test".to_owned()) };
        let repo = repo_of(&job.plan, name)?;
        let argv = repo.test.as_ref().ok_or_else(|| format!("{name} has no `test` command in the plan"))?;
        let command = Command {
            argv: argv.fill_known(&words_of(job, name, sha)),
            place: Place::Worktree { repo: name.clone(), sha: sha.clone() },
            secrets: repo.secrets.clone(),
        };
        self.run_gate(job, &command).await
    }
}
