//! A rehearsal of the way back: the flag, which is off, is set to off by the very way that `flag off` takes, and read back
//! everywhere. Nobody notices; how long it took and who agreed is kept.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::asks::fault_reply;
use super::command::Reply;
use super::jobs::Done;
use super::run::Engine;
use crate::plan::{Digest, Period};
use crate::port::world::{Job, Performed, World};
use crate::rollout::event::Fact;
use crate::rollout::{Draft, Millis};

impl<W: World> Engine<W> {
    pub(super) fn rehearse(&mut self, answer: oneshot::Sender<Reply>) {
        match self.rehearsal() {
            Ok((flag, job)) => {
                let (world, since) = (Arc::clone(&self.world), self.now());
                self.jobs.spawn(async move {
                    let performed = world.rehearse(job).await;
                    Done::Rehearsed { flag, since, performed, answer }
                });
            }
            // whoever asked may be gone
            Err(reply) => drop(answer.send(reply)),
        }
    }

    fn rehearsal(&self) -> Result<(Digest, Job), Reply> {
        if let Some(refused) = self.forbidden() {
            return Err(refused);
        }
        let flag = self.plan.document().flag.as_ref().zip(self.plan.flag_digest());
        let (flag, digest) = flag.ok_or_else(|| Reply::refused(2, "the plan has no flag"))?;
        let seen = self.observed.flag.value.as_ref().and_then(|seen| seen.state.as_ref());
        let off = flag.states.first().ok_or_else(|| Reply::refused(2, "the flag has no states"))?;
        if seen != Some(off) {
            let is = seen.map_or_else(|| "can't be told".to_owned(), |state| format!("is {state}"));
            let why = format!(
                "the flag {is}: what is rehearsed must be off already, so that nobody notices. In earnest: flightdeck flag {off}"
            );
            return Err(Reply::refused(4, why));
        }
        let job = self.flag_job(Arc::clone(&self.plan), off);
        let job = job.ok_or_else(|| Reply::refused(2, "the plan has no step"))?;
        Ok((digest, job))
    }

    pub(super) async fn rehearsed(
        &mut self,
        flag: Digest,
        since: Millis,
        performed: Performed,
        answer: oneshot::Sender<Reply>,
    ) {
        self.looks.flag(&self.plan);
        let took = self.now().saturating_sub(since);
        let reply = match performed {
            Performed::Ok { evidence } => {
                let evidence = evidence.join("; ");
                let said = format!("flag off is rehearsed: {evidence}, in {}", Period::from(took));
                match self.record(Draft::release(Fact::FlagRehearsed { flag, took, evidence })).await {
                    Ok(()) => Reply::done(said),
                    Err(fault) => fault_reply(&fault),
                }
            }
            Performed::Failed { why, .. } => {
                Reply::refused(1, format!("the rehearsal failed: {why}. The way back isn't proven to work"))
            }
            Performed::LetGo => Reply::refused(1, "the rehearsal was left before its end"),
        };
        let _ = answer.send(reply);
    }
}
