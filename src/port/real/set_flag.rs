//! Sets the one flag: at its provider, or by the plan's own command. Reading it back is not done here.

use std::fs::File;

use super::RealWorld;
use super::settle::Try;
use super::tree::Use;
use crate::plan::{Command, FlagState, Place, Words};
use crate::port::world::Job;

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
}
