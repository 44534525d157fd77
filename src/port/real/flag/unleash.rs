//! Unleash's admin API (seen on 8.2): a flag's environment has a switch and strategies. One strategy is written: for
//! everyone, or constrained to a list of user ids. Whatever else stands there was put there by others, and is left alone.

use std::collections::BTreeSet;
use std::fs::File;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::ask::Question;
use super::{Reading, Source, Told};
use crate::plan::flag::{Cohort, UnleashFlag};
use crate::plan::written::in_address;
use crate::plan::{Flag, FlagState, Plan};
use crate::port::real::RealWorld;
use crate::port::real::settle::{How, Try};
use crate::port::world::Job;

/// The strategy that is written.
const STRATEGY: &str = "flexibleRollout";
/// Strategies that are on for whoever meets their constraints.
const FOR_ALL: [&str; 2] = [STRATEGY, "default"];

const WHEN_ABSENT: &str = "it knows no such flag in that project and environment: create it there, or correct the plan";

impl Source for UnleashFlag {
    async fn readings(&self, world: &RealWorld, _plan: &Plan, flag: &Flag) -> Vec<Reading> {
        let (address, headers) = (self.address(&flag.key), self.headers());
        let question =
            Question { method: "GET", address: &address, body: None, headers: &headers, when_absent: WHEN_ABSENT };
        let environment = world.document(&question).await.and_then(|document| Found::of(&document));
        let own = match environment {
            Ok(found) => Reading {
                name: "Unleash".to_owned(),
                states: flag
                    .states
                    .iter()
                    .filter(|state| self.cohort(flag, state).is_some_and(|c| found.is(c)))
                    .cloned()
                    .collect(),
                told: Ok(Told::Value(found.words().into())),
            },
            Err(why) => Reading { name: "Unleash".to_owned(), told: Err(why), states: Vec::new() },
        };
        let asked = flag.contexts.iter().map(async |context| {
            Reading::of(context, self.evaluated(world, &flag.key, context.context.as_ref(), &headers).await)
        });
        std::iter::once(own).chain(join_all(asked).await).collect()
    }

    async fn set(&self, world: &RealWorld, job: &Job, _lock: Option<&File>, flag: &Flag, state: &FlagState) -> Try {
        let (address, headers) = (self.address(&flag.key), self.headers());
        let switch = async |way: &str| {
            let tried = world.told_to(job, "POST", &format!("{address}/{way}"), None, &headers).await;
            if tried.how == How::Well {
                Try::ended(How::Well, &format!("Unleash turned {} {way}", flag.key))
            } else {
                tried
            }
        };
        let users = match self.cohort(flag, state) {
            None => return Try::nothing(format!("the plan doesn't say who has the flag in {state}")),
            // the way back is one call, whatever stands there
            Some(Cohort::Nobody) => return switch("off").await,
            Some(Cohort::Users(users)) => Some(users),
            Some(Cohort::Everyone) => None,
        };
        let question =
            Question { method: "GET", address: &address, body: None, headers: &headers, when_absent: WHEN_ABSENT };
        let ours = match world.document(&question).await.and_then(|document| Found::of(&document)?.ours()) {
            Ok(ours) => ours,
            Err(why) => return Try::nothing(why),
        };
        let body = strategy(&flag.key, users).to_string();
        let (method, way) = match ours {
            Some(id) => ("PUT", format!("{address}/strategies/{}", in_address(&id))),
            None => ("POST", format!("{address}/strategies")),
        };
        // who has it first, then the switch: at no instant has anyone else
        let tried = world.told_to(job, method, &way, Some(&body), &headers).await;
        if tried.how == How::Well { switch("on").await } else { tried }
    }
}

impl UnleashFlag {
    /// What a user reads, as the server itself evaluates it.
    async fn evaluated(
        &self,
        world: &RealWorld,
        key: &str,
        context: Option<&Value>,
        headers: &[String],
    ) -> Result<Told, String> {
        let mut context = context.and_then(Value::as_object).cloned().unwrap_or_default();
        context.entry("appName").or_insert_with(|| "flightdeck".into());
        // OpenFeature's name for the user
        if let Some(user) = context.remove("targetingKey") {
            context.entry("userId").or_insert(user);
        }
        let body =
            json!({ "environment": self.environment, "projects": [self.project], "context": context }).to_string();
        let address = self.playground();
        let when_absent = "this server has no playground: leave `contexts` out";
        let question = Question { method: "POST", address: &address, body: Some(&body), headers, when_absent };
        let document = world.document(&question).await?;
        let features = document.get("features").and_then(Value::as_array).ok_or("it evaluates no flags")?;
        let feature = features.iter().find(|feature| feature.get("name").is_some_and(|name| name == key));
        let on = feature.and_then(|feature| feature.get("isEnabled")).filter(|on| on.is_boolean());
        Ok(match on {
            Some(on) => Told::Value(on.clone()),
            None => Told::CodeDefault(format!("it evaluates no flag {key}")),
        })
    }
}

/// The strategy that turns the flag on for these users, or for everyone.
fn strategy(key: &str, users: Option<&[String]>) -> Value {
    let constraint = |users| json!({ "contextName": "userId", "operator": "IN", "values": users });
    json!({
        "name": STRATEGY,
        "parameters": { "rollout": "100", "stickiness": "default", "groupId": key },
        "constraints": users.into_iter().map(constraint).collect::<Vec<_>>(),
    })
}

/// What stands in an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    switched_on: bool,
    strategies: Vec<Strategy>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Strategy {
    id: String,
    /// For whom it is on, where that is one of our ways to say it.
    on_for: Option<OnFor>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum OnFor {
    Everyone,
    Users(BTreeSet<String>),
}

impl Found {
    fn of(environment: &Value) -> Result<Self, String> {
        let switched_on = environment.get("enabled").and_then(Value::as_bool);
        let strategies = environment.get("strategies").and_then(Value::as_array);
        match (switched_on, strategies) {
            (Some(switched_on), Some(strategies)) => {
                Ok(Self { switched_on, strategies: strategies.iter().map(Strategy::of).collect() })
            }
            (_, _) => Err("its answer is no flag of Unleash: correct `unleash`".to_owned()),
        }
    }

    fn is(&self, cohort: Cohort<'_>) -> bool {
        let on_for = match self.strategies.as_slice() {
            _ if !self.switched_on => return cohort == Cohort::Nobody,
            [one] => &one.on_for,
            _ => return false,
        };
        match cohort {
            Cohort::Nobody => false,
            Cohort::Everyone => *on_for == Some(OnFor::Everyone),
            Cohort::Users(users) => *on_for == Some(OnFor::Users(users.iter().cloned().collect())),
        }
    }

    /// The one strategy, which is replaced; none where there is none yet.
    fn ours(&self) -> Result<Option<String>, String> {
        match self.strategies.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one.id.clone())),
            several => Err(format!("{} strategies stand there: leave one, which is then rewritten", several.len())),
        }
    }

    fn words(&self) -> String {
        if !self.switched_on {
            return "off".to_owned();
        }
        match self.strategies.as_slice() {
            [Strategy { on_for: Some(OnFor::Everyone), .. }] => "on for everyone".to_owned(),
            [Strategy { on_for: Some(OnFor::Users(users)), .. }] => format!("on for {} users", users.len()),
            [_] => "on by a strategy that the plan doesn't know".to_owned(),
            several => format!("on by {} strategies", several.len()),
        }
    }
}

impl Strategy {
    fn of(strategy: &Value) -> Self {
        let id = strategy.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        Self { id, on_for: on_for(strategy) }
    }
}

fn on_for(strategy: &Value) -> Option<OnFor> {
    let name = strategy.get("name")?.as_str()?;
    let list = |key: &str| strategy.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let off = strategy.get("disabled").is_some_and(|off| *off == json!(true));
    let rollout = strategy.pointer("/parameters/rollout");
    let whole = rollout.is_none_or(|share| *share == json!("100") || *share == json!(100));
    if !FOR_ALL.contains(&name) || off || !whole || !list("segments").is_empty() {
        return None;
    }
    let constraint = match list("constraints") {
        [] => return Some(OnFor::Everyone),
        [one] => one,
        _ => return None,
    };
    let is = |key: &str, wanted: &str| constraint.get(key).is_some_and(|value| value == wanted);
    let inverted = constraint.get("inverted").is_some_and(|inverted| *inverted == json!(true));
    if !is("contextName", "userId") || !is("operator", "IN") || inverted {
        return None;
    }
    let users = constraint.get("values")?.as_array()?.iter();
    users.map(|user| user.as_str().map(str::to_owned)).collect::<Option<_>>().map(OnFor::Users)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(switched_on: bool, strategies: &[Value]) -> Found {
        Found::of(&json!({ "enabled": switched_on, "strategies": strategies })).unwrap()
    }

    #[test]
    fn what_is_written_is_read_as_what_it_is() {
        let (two, one) = (["u-1".to_owned(), "u-2".to_owned()], ["u-1".to_owned()]);
        let beta = found(true, &[strategy("m3", Some(&two))]);
        assert!(beta.is(Cohort::Users(&two)) && !beta.is(Cohort::Users(&one)) && !beta.is(Cohort::Everyone));
        let everyone = found(true, &[strategy("m3", None)]);
        assert!(everyone.is(Cohort::Everyone) && !everyone.is(Cohort::Users(&two)) && !everyone.is(Cohort::Nobody));
        let off = found(false, &[strategy("m3", None)]);
        assert!(off.is(Cohort::Nobody) && !off.is(Cohort::Everyone));
    }

    #[test]
    fn what_others_wrote_is_no_state() {
        let with = |key: &str, value: Value| {
            let mut strategy = strategy("m3", None);
            strategy[key] = value;
            found(true, &[strategy])
        };
        for other in [
            with("disabled", json!(true)),
            with("parameters", json!({ "rollout": "50" })),
            with("segments", json!([1])),
            with("name", json!("gradualRolloutRandom")),
            with("constraints", json!([{ "contextName": "userId", "operator": "NOT_IN", "values": ["u-1"] }])),
            with(
                "constraints",
                json!([{ "contextName": "userId", "operator": "IN", "values": ["u-1"], "inverted": true }]),
            ),
            found(true, &[]),
            found(true, &[strategy("m3", None), strategy("m3", None)]),
        ] {
            let users = ["u-1".to_owned()];
            assert!(
                [Cohort::Nobody, Cohort::Users(&users), Cohort::Everyone].into_iter().all(|c| !other.is(c)),
                "{other:?}"
            );
        }
        assert!(found(true, &[json!({}), json!({})]).ours().unwrap_err().contains("2 strategies"));
        assert!(Found::of(&json!({ "enabled": "yes" })).is_err());
    }
}
