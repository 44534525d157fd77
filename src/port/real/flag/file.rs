//! The state's name in a file.

use std::fs::File;
use std::path::Path;

use super::{Reading, Source, Told};
use crate::plan::flag::FileFlag;
use crate::plan::{Flag, FlagState, Plan};
use crate::port::real::settle::{How, Try};
use crate::port::real::{RealWorld, document, off_loop};
use crate::port::world::Job;

impl Source for FileFlag {
    async fn readings(&self, world: &RealWorld, _plan: &Plan, flag: &Flag) -> Vec<Reading> {
        let path = world.config.root.join(&self.file);
        let read = |pointer: &str| document::read(&path, pointer).map(Told::Value);
        let own = Reading::of_state(flag, file_name(&path), read(&self.pointer));
        let contexts = flag.contexts.iter().filter_map(|context| Some((context, context.pointer.as_deref()?)));
        std::iter::once(own).chain(contexts.map(|(context, pointer)| Reading::of(context, read(pointer)))).collect()
    }

    async fn set(&self, world: &RealWorld, _job: &Job, _lock: Option<&File>, _flag: &Flag, state: &FlagState) -> Try {
        let (path, pointer, value) = (world.config.root.join(&self.file), self.pointer.clone(), state.to_string());
        match off_loop(move || document::write(&path, &pointer, &value)).await {
            Ok(Ok(())) => Try::ended(How::Well, &format!("{} says {state}", self.file.display())),
            // the rename may have happened before the disk complained
            Ok(Err(why)) => Try::ended(How::Badly, &why),
            Err(why) => Try::ended(How::Unclear, &why),
        }
    }
}

pub(super) fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
