//! A flagd file (flagd's JSON schema for flags): `state`, `variants`, `defaultVariant`, `targeting`. A flag that is disabled
//! is evaluated to no value, so the code's own default counts; a state is therefore always written as an enabled flag.

use std::fs::File;

use futures_util::future::join_all;
use serde_json::{Map, Value, json};

use super::file::file_name;
use super::{Reading, Source, Told};
use crate::plan::flag::{FlagdFlag, FlagdState, OfrepFlag};
use crate::plan::{Flag, FlagState, Plan};
use crate::port::real::settle::{How, Try};
use crate::port::real::{RealWorld, document, off_loop};
use crate::port::world::Job;

impl Source for FlagdFlag {
    async fn readings(&self, world: &RealWorld, _plan: &Plan, flag: &Flag) -> Vec<Reading> {
        let path = world.config.root.join(&self.flagd_file);
        let (name, document) = match &self.push {
            Some(to) => {
                let text = world.served_text(&self.flagd_file, to).await;
                (
                    format!("{} at {}/{}", file_name(&path), to.remote, to.branch),
                    text.and_then(|t| document::parsed(&t)),
                )
            }
            None => (file_name(&path), document::read(&path, "")),
        };
        let written: Vec<_> = flag.states.iter().map(|state| self.written(state)).collect();
        let found = document.and_then(|document| Found::of(&document, &flag.key));
        let found = found.and_then(|found| found.alike(&written).map(|()| found));
        let states = match &found {
            Ok(found) => flag.states.iter().filter(|state| found.is(&self.written(state))).cloned().collect(),
            Err(_) => Vec::new(),
        };
        let own = Reading { name, told: found.map(|found| found.told()), states };
        let Some(server) = &self.ofrep else { return vec![own] };
        let server = OfrepFlag { ofrep: server.clone(), headers: self.headers.clone() };
        let address = server.address(&flag.key);
        let asked = flag.contexts.iter().map(async |context| {
            let told = world.evaluated(&address, &flag.key, context.context.as_ref(), &server.headers).await;
            Reading::of(context, told)
        });
        std::iter::once(own).chain(join_all(asked).await).collect()
    }

    async fn set(&self, world: &RealWorld, job: &Job, lock: Option<&File>, flag: &Flag, state: &FlagState) -> Try {
        let (path, key, wanted) = (world.config.root.join(&self.flagd_file), flag.key.clone(), self.written(state));
        if let Some(to) = &self.push {
            let edit = move |text: &str| {
                let found = Found::of(&document::parsed(text)?, &key)?;
                if found.is(&wanted) {
                    return Ok(None);
                }
                document::edited(text, |_| found.changes(&key, &wanted)).map(Some)
            };
            return world.push_state(job, lock, &self.flagd_file, to, (flag, state), edit).await;
        }
        let edit = move |document: &Value| Found::of(document, &key)?.changes(&key, &wanted);
        match off_loop(move || document::edit(&path, edit)).await {
            Ok(Ok(())) => Try::ended(How::Well, &format!("{} says {state}", self.flagd_file.display())),
            // the rename may have happened before the disk complained
            Ok(Err(why)) => Try::ended(How::Badly, &why),
            Err(why) => Try::ended(How::Unclear, &why),
        }
    }
}

/// What a file says of a flag.
#[derive(Debug, Clone, PartialEq)]
struct Found {
    enabled: bool,
    /// Each variant with its value.
    variants: Map<String, Value>,
    default: Option<String>,
    /// Its rules; none where they are empty.
    targeting: Option<Value>,
    fields: Vec<String>,
}

impl Found {
    fn of(document: &Value, key: &str) -> Result<Self, String> {
        let flags = document.get("flags").and_then(Value::as_object).ok_or("it is no flagd file: it has no `flags`")?;
        let flag = flags.get(key).ok_or_else(|| format!("it has no flag {key}: add it, or correct `flag.key`"))?;
        let fields = flag.as_object().ok_or_else(|| format!("its flag {key} is no table"))?;
        let variants = fields.get("variants").and_then(Value::as_object).cloned();
        let targeting = fields.get("targeting").filter(|rules| !rules.is_null() && **rules != json!({})).cloned();
        Ok(Self {
            enabled: fields.get("state").and_then(Value::as_str) == Some("ENABLED"),
            variants: variants.ok_or_else(|| format!("its flag {key} has no variants"))?,
            default: fields.get("defaultVariant").and_then(Value::as_str).map(str::to_owned),
            targeting,
            fields: fields.keys().cloned().collect(),
        })
    }

    fn is(&self, state: &FlagdState) -> bool {
        self.enabled
            && self.variants.contains_key(&state.variant)
            && self.default.as_ref() == Some(&state.variant)
            && self.targeting == state.targeting.clone().filter(|rules| *rules != json!({}))
    }

    /// That two states come to the same value for everybody: the file can't say which of them it is in.
    fn alike(&self, states: &[FlagdState]) -> Result<(), String> {
        for (index, one) in states.iter().enumerate() {
            let Some(value) = self.variants.get(&one.variant) else { continue };
            let earlier = states.iter().take(index);
            let same = |other: &&FlagdState| {
                self.variants.get(&other.variant) == Some(value) && other.targeting == one.targeting
            };
            if let Some(other) = earlier.clone().find(same) {
                let (one, other) = (&one.variant, &other.variant);
                return Err(format!("its variants {other} and {one} both have the value {value}: give each its own"));
            }
        }
        Ok(())
    }

    fn told(&self) -> Told {
        match &self.default {
            _ if !self.enabled => Told::CodeDefault("the file says that it is disabled".to_owned()),
            None => Told::CodeDefault("the file names no default variant".to_owned()),
            Some(default) if !self.variants.contains_key(default) => {
                Told::CodeDefault(format!("the file's default variant {default:?} is none of its variants"))
            }
            Some(default) if self.targeting.is_none() => Told::Value(default.clone().into()),
            Some(default) => Told::Value(format!("{default}, but for those targeted").into()),
        }
    }

    /// What has to change so that the file says a state.
    fn changes(&self, key: &str, state: &FlagdState) -> Result<Vec<document::Change>, String> {
        if !self.variants.contains_key(&state.variant) {
            let known = self.variants.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            return Err(format!("{:?} is no variant of {key} in the file: there are {known}", state.variant));
        }
        let flag = vec!["flags".to_owned(), key.to_owned()];
        let change = |field: &str, value: Value| document::Change { at: flag.clone(), key: field.to_owned(), value };
        let mut changes = vec![change("defaultVariant", state.variant.clone().into())];
        // nobody is turned on before the rules that say who
        match &state.targeting {
            Some(rules) => changes.insert(0, change("targeting", rules.clone())),
            None if self.fields.iter().any(|field| field == "targeting") => {
                changes.push(change("targeting", json!({})));
            }
            None => {}
        }
        changes.push(change("state", "ENABLED".into()));
        Ok(changes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(variants: &Value) -> Found {
        let flag = json!({ "state": "ENABLED", "variants": variants, "defaultVariant": "off" });
        Found::of(&json!({ "flags": { "m3": flag } }), "m3").unwrap()
    }

    fn state(variant: &str) -> FlagdState {
        FlagdState { variant: variant.to_owned(), targeting: None }
    }

    #[test]
    fn a_default_that_is_no_variant_is_no_value() {
        let gone = found(&json!({ "on": true }));
        assert!(!gone.is(&state("off")));
        assert!(matches!(gone.told(), Told::CodeDefault(_)), "{:?}", gone.told());
        let there = found(&json!({ "on": true, "off": false }));
        assert!(there.is(&state("off")) && !there.is(&state("on")));
    }

    #[test]
    fn states_of_one_value_are_told_apart_by_their_targeting_alone() {
        let (off, on) = (state("off"), state("on"));
        let same = found(&json!({ "on": true, "off": true }));
        let why = same.alike(&[off.clone(), on.clone()]).unwrap_err();
        assert_eq!(why, "its variants off and on both have the value true: give each its own");
        let targeted = FlagdState { targeting: Some(json!({ "if": [] })), ..on.clone() };
        assert_eq!(same.alike(&[off.clone(), targeted]), Ok(()));
        assert_eq!(found(&json!({ "on": true, "off": false })).alike(&[off, on]), Ok(()));
    }
}
