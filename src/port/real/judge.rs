//! Judges gates: one file a gate. What can't be evaluated doesn't hold, and its detail says why.

mod canary;
mod ci;
mod command;
mod dormant;
mod flag;
mod recorded;
mod tests;

use super::command::{end_words, last_line};
use super::tree::Use;
use super::{RealWorld, tell};
use crate::plan::{Command, Gate, RepoName, Sha, Words};
use crate::port::process::{self, End};
use crate::port::world::{GateJob, Judged};

impl RealWorld {
    pub(super) async fn judged(&self, job: &GateJob) -> Judged {
        let gate = job.plan.step(&job.step).and_then(|step| step.gates.get(usize::try_from(job.index).ok()?));
        let judged = match gate {
            Some(Gate::Flag(state)) => Ok(self.flag_gate(job, state).await),
            Some(Gate::Tests(_)) => self.tests_gate(job).await,
            Some(Gate::Command(argv)) => self.command_gate(job, argv).await,
            Some(Gate::Seam(id)) => self.seam_gate(job, id).await,
            Some(Gate::Preflight(_)) => self.preflight_gate(job).await,
            Some(Gate::Ci(contexts)) => self.ci_gate(job, contexts).await,
            Some(Gate::Canary(canary)) => self.canary_gate(job, canary).await,
            Some(Gate::Coverage(_)) => Err("what tests cover isn't seen outside: the ledger tells".to_owned()),
            Some(Gate::Dormant(_)) => self.dormant_gate(job).await,
            Some(Gate::Rehearsed(_)) => Err("whether it was rehearsed isn't seen outside: the ledger tells".to_owned()),
            Some(Gate::Step(step)) => Err(format!("whether {step} is done isn't seen outside: the ledger tells")),
            None => Err("the plan has no such gate".to_owned()),
        };
        judged.unwrap_or_else(|why| Judged { holds: false, detail: why })
    }

    /// Runs a command whose exit status is the judgement.
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
