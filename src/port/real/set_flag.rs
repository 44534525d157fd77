//! Sets the one flag: in the provider's file, or by the plan's own command. Reading it back is not done here.

use std::fs::File;

use super::settle::{How, Try};
use super::tree::Use;
use super::{RealWorld, document, off_loop};
use crate::plan::{Command, FlagProvider, FlagState, Place, Words};
use crate::port::world::Job;

impl RealWorld {
    pub(super) async fn set_flag(&self, job: &Job, lock: Option<&File>, state: &FlagState) -> Try {
        let Some(flag) = &job.plan.document().flag else { return Try::nothing("the plan has no flag".to_owned()) };
        if let Some(argv) = &flag.set {
            let words = Words::default().with("flag.state", state.as_str()).with("release", job.plan.id().as_str());
            let command = Command { argv: argv.clone(), place: Place::Root, secrets: Vec::new() };
            return self.command(job, lock, &command, Use::Ship, words).await;
        }
        let FlagProvider::File { file, pointer } = &flag.provider else {
            return Try::nothing("the flag's provider can't write: give [flag] a `set` command".to_owned());
        };
        let (path, pointer, value) = (self.config.root.join(file), pointer.clone(), state.to_string());
        match off_loop(move || document::write(&path, &pointer, &value)).await {
            Ok(Ok(())) => Try::ended(How::Well, &format!("{} says {state}", file.display())),
            // the rename may have happened before the disk complained
            Ok(Err(why)) => Try::ended(How::Badly, &why),
            Err(why) => Try::ended(How::Unclear, &why),
        }
    }
}
