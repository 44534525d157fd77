//! Reads the one flag wherever it can be read: at its provider, once for each context, and through every artefact that
//! reports it. What can't be read agrees with nothing.

use std::path::Path;

use serde_json::Value;

use super::{ASK_PATIENCE, HTTP_PATIENCE, RealWorld, document};
use crate::plan::{Argv, Command, Flag, FlagProvider, FlagState, Place, Plan, Words};
use crate::port::process::End;
use crate::rollout::observed::{ContextSeen, FlagSeen};

/// One reading.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    /// Who reads.
    name: String,
    value: Result<Value, String>,
    /// The states in which this reader would read that.
    states: Vec<FlagState>,
}

/// How far readings agree with a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Agreement {
    agree: usize,
    of: usize,
    /// How many couldn't be read.
    pub(super) unreadable: usize,
    lagging: Vec<String>,
}

impl Agreement {
    fn new(readings: &[Reading], state: &FlagState) -> Self {
        let others = readings.iter().filter(|reading| !reading.states.contains(state));
        let lagging: Vec<_> = others
            .map(|reading| match &reading.value {
                Ok(value) => format!("{} reads {}", reading.name, text(value)),
                Err(why) => format!("{} can't be read ({why})", reading.name),
            })
            .collect();
        Self {
            agree: readings.len() - lagging.len(),
            of: readings.len(),
            unreadable: readings.iter().filter(|reading| reading.value.is_err()).count(),
            lagging,
        }
    }

    /// Whether all agree; nobody at all agrees with nothing.
    pub(super) fn is_full(&self) -> bool {
        self.of > 0 && self.agree == self.of
    }

    /// "5 of 6 agree; lagging: …".
    pub(super) fn words(&self) -> String {
        let lagging =
            if self.lagging.is_empty() { String::new() } else { format!("; lagging: {}", self.lagging.join(", ")) };
        format!("{} of {} agree{lagging}", self.agree, self.of)
    }
}

impl RealWorld {
    /// Compares every reading there is with a state.
    pub(super) async fn agreement(&self, plan: &Plan, state: &FlagState) -> Agreement {
        let (provider, reports) = tokio::join!(self.provider_readings(plan), self.report_readings(plan));
        Agreement::new(&[provider, reports].concat(), state)
    }

    /// What the provider tells, in every context.
    pub(super) async fn provider_readings(&self, plan: &Plan) -> Vec<Reading> {
        let Some(flag) = &plan.document().flag else { return Vec::new() };
        match &flag.provider {
            FlagProvider::File { file, pointer } => {
                let path = self.config.root.join(file);
                let pointers = flag.contexts.iter().filter_map(|context| Some((context, context.pointer.as_deref()?)));
                let read = |pointer: &str| document::read(&path, pointer);
                let own = read(pointer);
                let mut readings = vec![Reading { name: file_name(&path), states: named(flag, &own), value: own }];
                readings.extend(pointers.map(|(context, pointer)| {
                    let value = read(pointer);
                    Reading { name: context.name.clone(), states: expected(&context.expect, &value), value }
                }));
                readings
            }
            FlagProvider::Command { command } => {
                let mut readings = Vec::new();
                for context in &flag.contexts {
                    let given = context.context.as_ref().map_or_else(|| "{}".to_owned(), Value::to_string);
                    let value = self.ask_flag(plan, command, &given).await;
                    let states = expected(&context.expect, &value);
                    readings.push(Reading { name: context.name.clone(), states, value });
                }
                if readings.is_empty() {
                    let value = self.ask_flag(plan, command, "{}").await;
                    readings.push(Reading { name: "the provider".to_owned(), states: named(flag, &value), value });
                }
                readings
            }
        }
    }

    /// What every deployed artefact that reports the flag reads.
    async fn report_readings(&self, plan: &Plan) -> Vec<Reading> {
        let Some(flag) = &plan.document().flag else { return Vec::new() };
        let addresses = plan.repos().iter().filter_map(|repo| Some((repo, repo.reports.as_ref()?.flag.as_deref()?)));
        let asked = addresses.map(async |(repo, address)| {
            let value = self.report(address).await;
            Reading { name: repo.name.to_string(), states: named(flag, &value), value }
        });
        futures_util::future::join_all(asked).await
    }

    /// Asks one address for a value.
    pub(super) async fn report(&self, address: &str) -> Result<Value, String> {
        self.http()?.json_pointer(address, HTTP_PATIENCE).await.map_err(|fault| fault.to_string())
    }

    async fn ask_flag(&self, plan: &Plan, argv: &Argv, context: &str) -> Result<Value, String> {
        let words = Words::default().with("context", context).with("release", plan.id().as_str());
        let command = Command { argv: argv.clone(), place: Place::Root, secrets: Vec::new() };
        let ended = self.ask_command(plan, &command, words, ASK_PATIENCE).await?;
        if ended.end != End::Exited(0) {
            let said = super::command::last_line(&ended.tail).to_owned();
            return Err(format!("{}: {said}", super::command::end_words(ended.end)));
        }
        let stdout = ended.captured.map(|captured| captured.stdout).unwrap_or_default();
        serde_json::from_slice(&stdout).map_err(|error| format!("it printed no JSON value: {error}"))
    }

    /// What is seen of the flag at its provider.
    pub(super) async fn flag_seen(&self, plan: &Plan) -> Result<FlagSeen, String> {
        let Some(flag) = &plan.document().flag else { return Err("the plan has no flag".to_owned()) };
        let readings = self.provider_readings(plan).await;
        let state = flag.states.iter().find(|state| Agreement::new(&readings, state).is_full()).cloned();
        let contexts = readings
            .into_iter()
            .map(|Reading { name, value, .. }| ContextSeen {
                name,
                value: value.as_ref().ok().map(text),
                why: value.err(),
            })
            .collect();
        Ok(FlagSeen { state, contexts })
    }

    /// Why the provider can't be read, if it can't.
    pub(super) async fn flag_unreadable(&self, plan: &Plan) -> Option<String> {
        let readings = self.provider_readings(plan).await;
        let faults = readings.iter().filter_map(|reading| Some((reading, reading.value.as_ref().err()?)));
        let faults: Vec<_> = faults.map(|(reading, why)| format!("{}: {why}", reading.name)).collect();
        if faults.is_empty() { None } else { Some(format!("the flag can't be read ({})", faults.join("; "))) }
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The states whose name is what was read.
fn named(flag: &Flag, value: &Result<Value, String>) -> Vec<FlagState> {
    let Ok(value) = value else { return Vec::new() };
    let read = text(value);
    flag.states.iter().filter(|state| state.as_str() == read).cloned().collect()
}

/// The states in which a context expects what was read.
fn expected(expect: &std::collections::BTreeMap<FlagState, Value>, value: &Result<Value, String>) -> Vec<FlagState> {
    let Ok(value) = value else { return Vec::new() };
    expect.iter().filter(|(_, expected)| *expected == value).map(|(state, _)| state.clone()).collect()
}

/// A value as people write it: texts without quotes.
pub(super) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
