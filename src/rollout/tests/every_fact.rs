//! Every kind of fact as it stands in the ledger: its word, its bytes, and that no number in it is a float.

use serde_json::Value;

use super::world::{Pen, absent, id, ok, plan_of, present, run, state};
use crate::plan::{Digest, Nature};
use crate::rollout::event::{
    Covers, Direction, Draft, Event, Fact, Finding, Health, Holder, Outcome, Sighted, Trace, Verdict,
};

/// One of every kind, with every shape that its body can have.
fn every(pen: &Pen) -> Vec<Draft> {
    let (step, reason) = (id("a"), || "because \u{202e} é".to_owned());
    let digest = || Digest::of(b"x");
    let item = || "r0:origin/main".parse().unwrap();
    let of_step = |fact| Draft::step(&step, fact);
    let release = Draft::release;
    let failed = |effect| Outcome::Failed { effect, why: reason(), tail: vec![reason()] };
    let action = &pen.actions("a")[0];
    let finding = |finding| pen.probe("a", 1, finding, crate::rollout::event::Proof::Inconclusive);
    let key = action.identity.key(pen.plan.id(), 0);
    let of_action = |fact| Draft::action(&step, &key, 2, fact);
    let mut intent = pen.intent("a", 1);
    if let Fact::Intent(intent) = &mut intent.fact {
        (intent.artifact, intent.nature) = (Some(digest()), Nature::Observation);
    }
    let gate = |subject| Fact::GateJudged { gate: 1, holds: false, detail: reason(), subject };
    let holder = Holder { host: reason(), user: "u".to_owned(), pid: u32::MAX, what: "ship".to_owned() };
    let flag = |from| Fact::FlagSet {
        from,
        to: state("off"),
        reopens: vec![id("a")],
        bypassed: vec![reason()],
        evidence: reason(),
        took: Some(u64::MAX),
    };
    let missed =
        |from| Fact::FlagMissed { from, to: state("off"), why: reason(), bypassed: vec![reason()], took: u64::MAX };
    vec![
        release(Fact::Opened { title: reason() }),
        release(Fact::Replanned { from: digest(), changes: vec![reason()], reopens: vec![step.clone()] }),
        pen.freeze_draft(),
        release(Fact::Thawed { reason: reason() }),
        release(Fact::Trusted),
        release(Fact::ControlsTaken(holder)),
        release(Fact::ControlsReleased),
        of_step(Fact::Approved { digest: digest(), covers: Covers::Step }),
        release(Fact::Approved { digest: digest(), covers: Covers::Train { steps: vec![id("a")] } }),
        of_step(Fact::ApprovalVoided { why: reason() }),
        of_step(Fact::Vetoed { reason: reason() }),
        of_step(Fact::Lifted),
        release(Fact::Held { reason: reason() }),
        release(Fact::Resumed),
        intent,
        pen.intent_of("a", action, 1, 1, Direction::Back),
        of_action(Fact::Outcome(ok())),
        of_action(Fact::Outcome(failed(Trace::None))),
        of_action(Fact::Outcome(failed(Trace::Unknown))),
        finding(present()),
        finding(absent()),
        finding(Finding::Conflict { detail: reason() }),
        finding(Finding::Unknown { why: reason() }),
        of_action(Fact::Resolved { verdict: Verdict::Present, reason: reason() }),
        of_action(Fact::Resolved { verdict: Verdict::Absent, reason: reason() }),
        of_step(Fact::Accepted { reason: reason(), item: None }),
        of_step(Fact::Accepted { reason: reason(), item: Some(Sighted { item: item(), seen: reason() }) }),
        of_step(Fact::OutOfOrder { item: item(), seen: Some(reason()), says: reason() }),
        release(Fact::OutOfOrder { item: item(), seen: None, says: reason() }),
        of_step(gate(None)),
        of_step(gate(Some(digest()))),
        release(flag(None)),
        release(flag(Some(state("on")))),
        release(missed(None)),
        release(missed(Some(state("on")))),
        release(Fact::FlagRehearsed { flag: digest(), took: 1, evidence: reason() }),
        of_step(Fact::SoakStarted { lasts: u64::MAX }),
        of_step(Fact::SoakChanged { health: Health::Bad, detail: reason(), good_for: 1 }),
        of_step(Fact::SoakWatched { good_for: 2, until: 3 }),
        of_step(Fact::SoakGap { from: 3, until: 9, counted: true, good_for: 2 }),
        of_step(Fact::SoakCut { reason: reason() }),
        of_step(Fact::SoakEnded { elapsed: 3 }),
        of_step(Fact::SuiteRan(Box::new(suite()))),
        of_step(Fact::Ticked { item: reason() }),
        of_step(Fact::Undone { reopens: vec![id("a")] }),
        release(Fact::Shipped),
    ]
}

fn suite() -> crate::suite::Record {
    use crate::suite::{Item, Record, Verdict};
    let item = |verdict: &Verdict| Item { name: "x".to_owned(), verdict: *verdict, why: "w".to_owned() };
    let met = serde_json::json!({ "tags": ["team"], "sets": [{ "tags": [0], "passed": 1, "other": 2 }] });
    Record {
        required: Verdict::ALL.iter().map(item).collect(),
        others: Verdict::ALL.iter().map(item).collect(),
        more: 3,
        troubles: vec!["t".to_owned()],
        report: Some(crate::plan::Digest::of(b"r")),
        met: serde_json::from_value(met).ok(),
        ..Record::default()
    }
}

fn floats(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Array(items) => items.iter().any(floats),
        Value::Object(fields) => fields.values().any(floats),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}

#[test]
fn every_fact_is_byte_stable_named_by_its_kind_and_free_of_floats() {
    let pen = Pen::frozen(plan_of("careful", 1, &[run("a")]));
    let mut kinds = std::collections::BTreeSet::new();
    for draft in every(&pen) {
        kinds.insert(draft.fact.kind());
        let event = pen.stamp(draft);
        let text = serde_json::to_string(&event).unwrap();
        let back: Event = serde_json::from_str(&text).unwrap();
        assert_eq!(back, event);
        assert_eq!(serde_json::to_string(&back).unwrap(), text);
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["kind"], event.draft.fact.kind(), "{text}");
        assert!(!floats(&value), "{text}");
        // the canonical form sorts the keys: it must read back the same
        let sorted: Event = serde_json::from_str(&value.to_string()).unwrap();
        assert_eq!(sorted, event);
    }
    assert_eq!(kinds.len(), 33, "a kind is missing here: {kinds:?}");
}
