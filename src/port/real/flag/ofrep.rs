//! The OpenFeature Remote Evaluation Protocol 0.3.0 (open-feature/protocol, `service/openapi.yaml`): one flag, one context.
//! An answer without a value means that the code's own default counts, whatever its reason says.

use futures_util::future::join_all;
use serde_json::Value;

use super::ask::{Question, json, refusal};
use super::{Reading, Source, Told};
use crate::plan::flag::OfrepFlag;
use crate::plan::{Flag, Plan};
use crate::port::http::Answer;
use crate::port::real::RealWorld;

/// Reasons with which a value isn't an evaluation: nobody can say what users read.
const NO_EVALUATION: [&str; 2] = ["ERROR", "STALE"];

impl Source for OfrepFlag {
    async fn readings(&self, world: &RealWorld, _plan: &Plan, flag: &Flag) -> Vec<Reading> {
        let address = self.address(&flag.key);
        let asked = flag.contexts.iter().map(async |context| {
            let told = world.evaluated(&address, &flag.key, context.context.as_ref(), &self.headers).await;
            Reading::of(context, told)
        });
        join_all(asked).await
    }
}

impl RealWorld {
    /// Evaluates one flag in one context.
    pub(super) async fn evaluated(
        &self,
        address: &str,
        key: &str,
        context: Option<&Value>,
        headers: &[String],
    ) -> Result<Told, String> {
        let nobody = Value::Object(serde_json::Map::new());
        let body = serde_json::json!({ "context": context.unwrap_or(&nobody) }).to_string();
        let when_absent = "nothing speaks OFREP at this address: correct `ofrep`";
        let question = Question { method: "POST", address, body: Some(&body), headers, when_absent };
        let answer = self.replied(&question).await?;
        evaluation(&answer, key, when_absent).map_err(|why| self.hidden(headers, &why))
    }
}

/// What an answer says of a flag.
fn evaluation(answer: &Answer, key: &str, when_absent: &str) -> Result<Told, String> {
    let status = answer.status;
    let document = match status {
        200..300 => json(&answer.body)?,
        404 if is_unknown(&answer.body) => {
            return Err(format!("404: it knows no flag {key}: create it there, or correct `flag.key`"));
        }
        _ => return Err(refusal(status, answer, when_absent)),
    };
    let Some(fields) = document.as_object() else { return Err("its answer is no evaluation of a flag".to_owned()) };
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    if let Some(other) = text("key").filter(|other| *other != key) {
        return Err(format!("it was asked for {key} and answers for {other}"));
    }
    let reason = text("reason");
    if let Some(code) = text("errorCode") {
        return Err(format!("it couldn't evaluate the flag: {code}"));
    }
    if let Some(reason) = reason.filter(|reason| NO_EVALUATION.contains(reason)) {
        let value = fields.get("value").map(|value| format!(" and reads {value}")).unwrap_or_default();
        return Err(format!("it says {reason}{value}: what users read can't be told from that"));
    }
    Ok(match fields.get("value") {
        Some(Value::Null) | None => Told::CodeDefault(match reason {
            Some(reason) => format!("no value, reason {reason}"),
            None => "no value, and no reason".to_owned(),
        }),
        Some(value) => Told::Value(value.clone()),
    })
}

fn is_unknown(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body)
        .is_ok_and(|said| said.get("errorCode").is_some_and(|code| code == "FLAG_NOT_FOUND"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(status: u16, body: &str) -> Result<Told, String> {
        evaluation(&Answer { status, body: body.into(), later: None, leads_to: None }, "m3", "nothing is there")
    }

    #[test]
    fn a_value_is_a_value_and_a_missing_one_is_the_codes_default() {
        let off = said(200, r#"{"key":"m3","value":false,"reason":"STATIC","variant":"off"}"#);
        assert_eq!(off, Ok(Told::Value(Value::Bool(false))));
        assert_eq!(said(200, r#"{"value":"beta","reason":"MADE_UP"}"#), Ok(Told::Value("beta".into())));
        for (body, why) in [
            (r#"{"key":"m3","reason":"DISABLED"}"#, "no value, reason DISABLED"),
            (r#"{"key":"m3","reason":"DEFAULT","value":null}"#, "no value, reason DEFAULT"),
            (r#"{"key":"m3"}"#, "no value, and no reason"),
        ] {
            assert_eq!(said(200, body), Ok(Told::CodeDefault(why.to_owned())), "{body}");
        }
    }

    #[test]
    fn what_is_no_evaluation_is_never_a_value() {
        for (status, body, why) in [
            (200, r#"{"value":false,"reason":"ERROR"}"#, "it says ERROR and reads false"),
            (200, r#"{"value":false,"reason":"STALE"}"#, "it says STALE and reads false"),
            (200, r#"{"errorCode":"PARSE_ERROR"}"#, "PARSE_ERROR"),
            (200, r#"{"key":"other","value":false}"#, "answers for other"),
            (200, "[false]", "no evaluation"),
            (200, "false", "no evaluation"),
            (404, r#"{"key":"m3","errorCode":"FLAG_NOT_FOUND"}"#, "404: it knows no flag m3"),
            (404, r#"{"status":404}"#, "404: nothing is there"),
            (400, r#"{"errorCode":"TARGETING_KEY_MISSING","errorDetails":"no key"}"#, "question (no key)"),
            (500, r#"{"errorDetails":"disk full"}"#, "in trouble (disk full)"),
        ] {
            let told = said(status, body);
            assert!(told.as_ref().is_err_and(|said| said.contains(why)), "{body}: {told:?}");
        }
    }
}
