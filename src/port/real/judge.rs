//! Judges gates. What can't be evaluated doesn't hold, and its detail says why.

use super::command::{end_words, last_line};
use super::tree::Use;
use super::{RealWorld, repo_of, tell};
use crate::plan::{Argv, Command, FlagState, Gate, Place, RepoName, Sha, Words};
use crate::port::process::{self, End};
use crate::port::world::{GateJob, Judged};

impl RealWorld {
    pub(super) async fn judged(&self, job: &GateJob) -> Judged {
        let gate = job.plan.step(&job.step).and_then(|step| step.gates.get(usize::try_from(job.index).ok()?));
        let judged = match gate {
            Some(Gate::Flag(state)) => Ok(self.flag_gate(job, state).await),
            Some(Gate::Tests(_)) => self.tests_gate(job).await,
            Some(Gate::Command(argv)) => self.command_gate(job, argv).await,
            Some(Gate::Preflight(_)) => self.preflight_gate(job).await,
            Some(Gate::Step(step)) => Err(format!("whether {step} is done isn't seen outside: the ledger tells")),
            None => Err("the plan has no such gate".to_owned()),
        };
        judged.unwrap_or_else(|why| Judged { holds: false, detail: why })
    }

    async fn flag_gate(&self, job: &GateJob, state: &FlagState) -> Judged {
        let agreement = self.agreement(&job.plan, state).await;
        Judged { holds: agreement.is_full(), detail: format!("flag {state}: {}", agreement.words()) }
    }

    async fn tests_gate(&self, job: &GateJob) -> Result<Judged, String> {
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

    async fn command_gate(&self, job: &GateJob, argv: &Argv) -> Result<Judged, String> {
        let words = match &job.subject {
            Some((name, sha)) => words_of(job, name, sha),
            None => Words::default().with("release", job.plan.id().as_str()),
        };
        let command = Command { argv: argv.fill_known(&words), place: Place::Root, secrets: Vec::new() };
        self.run_gate(job, &command).await
    }

    async fn run_gate(&self, job: &GateJob, command: &Command) -> Result<Judged, String> {
        let limit = job.plan.step(&job.step).map_or(super::ASK_PATIENCE, |step| step.timeout.duration());
        let ready = self.ready_command(&job.plan, command, Use::Test, Words::default(), limit).await?;
        let mut launch = ready.launch;
        launch.log = Some(self.log_file(&format!("{}-gate-{}", job.step, job.index))?);
        let started = process::start(launch).map_err(|why| format!("it can't be started: {why}"))?;
        tell(&job.line, &job.step, &started.tail).await;
        let ended = started.wait(job.orders.clone()).await;
        drop(ready.lease);
        let detail = match last_line(&ended.tail) {
            "" => end_words(ended.end),
            line => format!("{line} ({})", end_words(ended.end)),
        };
        Ok(Judged { holds: ended.end == End::Exited(0), detail })
    }
}

fn words_of(job: &GateJob, name: &RepoName, sha: &Sha) -> Words {
    Words::default().with("release", job.plan.id().as_str()).with("repo", name.as_str()).with("sha", sha.as_str())
}
