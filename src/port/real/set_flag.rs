//! Sets the one flag: at its provider, or by the plan's own command. Reading it back is not done here.

use std::fs::File;

use super::RealWorld;
use super::flag::Way;
use super::perform::failed;
use super::settle::{How, Try};
use super::tree::Use;
use crate::plan::{Command, Effect, FlagState, Place, Plan, Words};
use crate::port::world::{Checked, Job, Performed, Supply};
use crate::rollout::event::Trace;

impl RealWorld {
    pub(super) async fn set_flag(&self, job: &Job, lock: Option<&File>, state: &FlagState) -> Try {
        let Some(flag) = &job.plan.document().flag else { return Try::nothing("the plan has no flag".to_owned()) };
        if let Some(argv) = &flag.set {
            let words = Words::default().with("flag.state", state.as_str()).with("release", job.plan.id().as_str());
            let command = Command { argv: argv.clone(), place: Place::Root, secrets: Vec::new() };
            return self.command(job, lock, &command, Use::Ship, words).await;
        }
        self.set_at_provider(job, lock, flag, state).await
    }

    /// Sets the flag to what it is already, and asks what such a try leaves out: whether a push would be taken.
    pub(super) async fn rehearsed(&self, job: &Job) -> Performed {
        let Effect::SetFlag { state } = &job.action.effect else { return failed(Trace::None, "it sets no flag") };
        let lock = match self.step_lock(job).await {
            Ok(lock) => lock,
            Err(refused) => return refused,
        };
        let tried = self.set_flag(job, lock.as_ref(), state).await;
        match tried.how {
            How::Well | How::LetGo => {}
            How::Badly | How::Refused | How::Never | How::Unclear => {
                return Performed::Failed { effect: Trace::Unknown, why: tried.said, tail: tried.tail, found: None };
            }
        }
        let pushed = match self.push_rehearsed(&job.plan).await {
            Some(Checked { supply: Supply::There, detail }) => Some(detail),
            Some(Checked { detail, .. }) => return failed(Trace::None, &detail),
            None => None,
        };
        match self.settled(job, None, tried).await {
            Performed::Ok { evidence } => Performed::Ok { evidence: evidence.into_iter().chain(pushed).collect() },
            other @ (Performed::Failed { .. } | Performed::LetGo) => other,
        }
    }

    /// Where the flag is pushed: whether a push would be taken. There is nothing to push while it is what it should be.
    async fn push_rehearsed(&self, plan: &Plan) -> Option<Checked> {
        let by_command = plan.document().flag.as_ref().is_some_and(|flag| flag.set.is_some());
        if by_command { None } else { self.flag_pushable(plan, Way::Back).await }
    }
}
