//! `{ command = […] }`: a command at the root exits 0.

use super::super::RealWorld;
use super::words_of;
use crate::plan::{Argv, Command, Place, Words};
use crate::port::world::{GateJob, Judged};

impl RealWorld {
    pub(super) async fn command_gate(&self, job: &GateJob, argv: &Argv) -> Result<Judged, String> {
        let words = match &job.subject {
            Some((name, sha)) => words_of(job, name, sha),
            None => Words::default().with("release", job.plan.id().as_str()),
        };
        let command = Command { argv: argv.fill_known(&words), place: Place::Root, secrets: Vec::new() };
        self.run_gate(job, &command).await
    }
}
