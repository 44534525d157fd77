//! A command that prints what each context reads.

use serde_json::Value;

use super::{Reading, Source, Told};
use crate::plan::flag::CommandFlag;
use crate::plan::{Argv, Command, Flag, Place, Plan, Words};
use crate::port::process::End;
use crate::port::real::command::{end_words, last_line};
use crate::port::real::{ASK_PATIENCE, RealWorld};

impl Source for CommandFlag {
    async fn readings(&self, world: &RealWorld, plan: &Plan, flag: &Flag) -> Vec<Reading> {
        let mut readings = Vec::new();
        for context in &flag.contexts {
            let given = context.context.as_ref().map_or_else(|| "{}".to_owned(), Value::to_string);
            readings.push(Reading::of(context, world.printed(plan, &self.command, &given).await));
        }
        if readings.is_empty() {
            let told = world.printed(plan, &self.command, "{}").await;
            readings.push(Reading::of_state(flag, "the provider".to_owned(), told));
        }
        readings
    }
}

impl RealWorld {
    /// The JSON value that a command prints.
    pub(super) async fn printed(&self, plan: &Plan, argv: &Argv, context: &str) -> Result<Told, String> {
        let words = Words::default().with("context", context).with("release", plan.id().as_str());
        let command = Command { argv: argv.clone(), place: Place::Root, secrets: Vec::new() };
        let ended = self.ask_command(plan, &command, words, ASK_PATIENCE).await?;
        if ended.end != End::Exited(0) {
            return Err(format!("{}: {}", end_words(ended.end), last_line(&ended.tail)));
        }
        let stdout = ended.captured.map(|captured| captured.stdout).unwrap_or_default();
        match crate::port::json::read(&stdout) {
            Ok(Value::Null) => Ok(Told::CodeDefault("the command prints null".to_owned())),
            Ok(value) => Ok(Told::Value(value)),
            Err(error) => Err(format!("it printed no JSON value: {error}")),
        }
    }
}
