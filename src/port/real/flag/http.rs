//! Any address that answers JSON, and the calls that the plan gives for its states.

use std::fs::File;

use futures_util::future::join_all;
use serde_json::Value;

use super::ask::{Question, refusal};
use super::{Reading, Source, Told};
use crate::plan::flag::HttpFlag;
use crate::plan::{Flag, FlagState, Plan};
use crate::port::http::{Answer, Letter};
use crate::port::real::RealWorld;
use crate::port::real::settle::{How, Try};
use crate::port::world::Job;

const WHEN_ABSENT: &str = "nothing is at this address: correct `http`";

impl Source for HttpFlag {
    async fn readings(&self, world: &RealWorld, _plan: &Plan, flag: &Flag) -> Vec<Reading> {
        let question = Question {
            method: &self.method,
            address: &self.http,
            body: self.body.as_deref(),
            headers: &self.headers,
            when_absent: WHEN_ABSENT,
        };
        if self.sends_context() {
            let asked = flag.contexts.iter().map(async |context| {
                let given = context.context.as_ref().map_or_else(|| "{}".to_owned(), Value::to_string);
                let body = self.body.as_deref().unwrap_or_default().replace("{context}", &given);
                let told = world.value_at(&Question { body: Some(&body), ..question }, &self.pointer).await;
                Reading::of(context, told)
            });
            return join_all(asked).await;
        }
        let document = world.document(&question).await;
        let at = |pointer: &str| match &document {
            Ok(document) => Ok(Told::at(document, pointer)),
            Err(why) => Err(why.clone()),
        };
        let own = Reading::of_state(flag, "the provider".to_owned(), at(&self.pointer));
        let contexts = flag.contexts.iter().filter_map(|context| Some((context, context.pointer.as_deref()?)));
        std::iter::once(own).chain(contexts.map(|(context, pointer)| Reading::of(context, at(pointer)))).collect()
    }

    async fn set(&self, world: &RealWorld, job: &Job, _lock: Option<&File>, _flag: &Flag, state: &FlagState) -> Try {
        let Some(call) = self.call(state) else { return Try::nothing(format!("no call of the plan sets {state}")) };
        world.told_to(job, &call.method, &call.http, call.body.as_deref(), &self.headers).await
    }
}

impl RealWorld {
    /// Makes a call that changes something, once.
    pub(super) async fn told_to(
        &self,
        job: &Job,
        method: &str,
        address: &str,
        body: Option<&str>,
        headers: &[String],
    ) -> Try {
        let filled = match self.headers(headers) {
            Ok(filled) => filled,
            Err(why) => return Try::nothing(why),
        };
        let letter = Letter { address, method, body, bearer: None, headers: &filled };
        match self.sent(job, &letter).await {
            Ok(answer) => self.taken(&letter, &answer, headers),
            Err(tried) => tried,
        }
    }

    fn taken(&self, letter: &Letter<'_>, answer: &Answer, headers: &[String]) -> Try {
        let call = format!("{} {}", letter.method, letter.address);
        let how = match answer.status {
            200..300 => return Try::ended(How::Well, &format!("{call} answers {}", answer.status)),
            // a gateway may say so of a call that has arrived
            408 | 409 | 425 | 500.. => How::Unclear,
            400..500 => How::Refused,
            _ => How::Unclear,
        };
        let said = refusal(answer.status, answer, WHEN_ABSENT);
        Try::ended(how, &self.hidden(headers, &format!("{call}: {said}")))
    }
}
