//! Reads the one flag wherever it can be read: at its provider, once for each context, and through every artefact that
//! reports it. What can't be read agrees with nothing, and neither does a value that is missing.

mod ask;
mod command;
mod converge;
mod file;
mod flagd;
mod http;
mod ofrep;
mod push;
mod report;
mod unleash;

pub(super) use push::Way;

use std::fs::File;

use serde_json::Value;

use super::RealWorld;
use super::settle::Try;
use crate::plan::flag::text;
use crate::plan::{Flag, FlagContext, FlagProvider, FlagState, Plan};
use crate::port::world::Job;
use crate::rollout::event::Finding;
use crate::rollout::observed::{ContextSeen, FlagSeen};

/// What is told of a value that is missing: whoever reads it uses the default in its code, whatever that is.
const CODE_DEFAULT: &str = "code default";

/// What one reader was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Told {
    /// A value.
    Value(Value),
    /// None, and why: the code's own default counts.
    CodeDefault(String),
}

impl Told {
    /// What stands at a pointer.
    fn at(document: &Value, pointer: &str) -> Self {
        match document.pointer(pointer) {
            Some(Value::Null) | None => Self::CodeDefault(format!("the answer has no value at {pointer}")),
            Some(value) => Self::Value(value.clone()),
        }
    }
}

/// One reading.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    /// Who reads.
    name: String,
    told: Result<Told, String>,
    /// The states in which this reader would read that.
    states: Vec<FlagState>,
}

impl Reading {
    /// A reading of a context.
    fn of(context: &FlagContext, told: Result<Told, String>) -> Self {
        let states = match &told {
            Ok(Told::Value(value)) => Flag::expecting(&context.expect, value),
            Ok(Told::CodeDefault(_)) | Err(_) => Vec::new(),
        };
        Self { name: context.name.clone(), told, states }
    }

    /// A reading of the state's name itself.
    fn of_state(flag: &Flag, name: String, told: Result<Told, String>) -> Self {
        let states = match &told {
            Ok(Told::Value(value)) => flag.named(value),
            Ok(Told::CodeDefault(_)) | Err(_) => Vec::new(),
        };
        Self { name, told, states }
    }

    /// What is read, in words.
    fn words(&self) -> String {
        match &self.told {
            Ok(Told::Value(value)) => format!("{} reads {}", self.name, text(value)),
            Ok(Told::CodeDefault(why)) => format!("{} reads its {CODE_DEFAULT} ({why})", self.name),
            Err(why) => format!("{} can't be read ({why})", self.name),
        }
    }
}

/// How far readings agree with a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Agreement {
    agree: usize,
    of: usize,
    /// How many couldn't be read.
    unreadable: usize,
    lagging: Vec<String>,
}

impl Agreement {
    fn new(readings: &[Reading], state: &FlagState) -> Self {
        let others = readings.iter().filter(|reading| !reading.states.contains(state));
        let lagging: Vec<_> = others.map(Reading::words).collect();
        Self {
            agree: readings.len() - lagging.len(),
            of: readings.len(),
            unreadable: readings.iter().filter(|reading| reading.told.is_err()).count(),
            lagging,
        }
    }

    /// Whether all agree; nobody at all agrees with nothing.
    pub(super) fn is_full(&self) -> bool {
        self.of > 0 && self.agree == self.of
    }

    /// Whether the flag is in that state; what can't be read decides nothing.
    pub(super) fn finding(&self) -> Finding {
        if self.is_full() {
            Finding::Present { evidence: self.words() }
        } else if self.unreadable == 0 {
            Finding::Absent { detail: self.words() }
        } else {
            Finding::Unknown { why: self.words() }
        }
    }

    /// "5 of 6 agree; lagging: …".
    pub(super) fn words(&self) -> String {
        let lagging =
            if self.lagging.is_empty() { String::new() } else { format!("; lagging: {}", self.lagging.join(", ")) };
        format!("{} of {} agree{lagging}", self.agree, self.of)
    }
}

/// What a provider can do in the real world.
trait Source {
    /// Reads it in every context.
    async fn readings(&self, world: &RealWorld, plan: &Plan, flag: &Flag) -> Vec<Reading>;

    /// Sets it by itself, once; a child that does it inherits the lock.
    async fn set(&self, _world: &RealWorld, _job: &Job, _lock: Option<&File>, _flag: &Flag, _state: &FlagState) -> Try {
        Try::nothing("the flag's provider can't write: give [flag] a `set` command".to_owned())
    }
}

macro_rules! sources {
    ($($variant:ident)*) => {
        impl Source for FlagProvider {
            async fn readings(&self, world: &RealWorld, plan: &Plan, flag: &Flag) -> Vec<Reading> {
                match self { $(Self::$variant(form) => form.readings(world, plan, flag).await,)* }
            }

            async fn set(
                &self,
                world: &RealWorld,
                job: &Job,
                lock: Option<&File>,
                flag: &Flag,
                state: &FlagState,
            ) -> Try {
                match self { $(Self::$variant(form) => form.set(world, job, lock, flag, state).await,)* }
            }
        }
    };
}

sources! { File Command Flagd Ofrep Unleash Http }

impl RealWorld {
    /// Compares every reading there is with a state.
    pub(super) async fn agreement(&self, plan: &Plan, state: &FlagState) -> Agreement {
        let (provider, reports) = tokio::join!(self.provider_readings(plan), self.report_readings(plan));
        Agreement::new(&[provider, reports].concat(), state)
    }

    /// What the provider tells, in every context.
    pub(super) async fn provider_readings(&self, plan: &Plan) -> Vec<Reading> {
        let Some(flag) = &plan.document().flag else { return Vec::new() };
        flag.provider.readings(self, plan, flag).await
    }

    /// Sets the flag as its provider does it by itself.
    pub(super) async fn set_at_provider(&self, job: &Job, lock: Option<&File>, flag: &Flag, state: &FlagState) -> Try {
        flag.provider.set(self, job, lock, flag, state).await
    }

    /// What is seen of the flag at its provider.
    pub(super) async fn flag_seen(&self, plan: &Plan) -> Result<FlagSeen, String> {
        let Some(flag) = &plan.document().flag else { return Err("the plan has no flag".to_owned()) };
        let readings = self.provider_readings(plan).await;
        let state = flag.states.iter().find(|state| Agreement::new(&readings, state).is_full()).cloned();
        let contexts = readings.into_iter().map(|Reading { name, told, .. }| {
            let (value, why) = seen(told);
            ContextSeen { name, value, why }
        });
        Ok(FlagSeen { state, contexts: contexts.collect() })
    }

    /// Why the provider can't be read, if it can't.
    pub(super) async fn flag_unreadable(&self, plan: &Plan) -> Option<String> {
        let readings = self.provider_readings(plan).await;
        let faults = readings.iter().filter_map(|reading| Some((reading, reading.told.as_ref().err()?)));
        let faults: Vec<_> = faults.map(|(reading, why)| format!("{}: {why}", reading.name)).collect();
        if faults.is_empty() { None } else { Some(format!("the flag can't be read ({})", faults.join("; "))) }
    }
}

/// A reading as it is shown: a value, and why there is none of its own.
fn seen(told: Result<Told, String>) -> (Option<String>, Option<String>) {
    match told {
        Ok(Told::Value(value)) => (Some(text(&value)), None),
        Ok(Told::CodeDefault(why)) => (Some(CODE_DEFAULT.to_owned()), Some(why)),
        Err(why) => (None, Some(why)),
    }
}
