//! How long two sides of a seam disagreed, and whether users could meet it.

use serde_json::{Value, json};

use super::world::{Pen, id, plan_of, present, step, with};
use crate::plan::Seam;
use crate::rollout::event::{Draft, Fact, Proof};
use crate::rollout::out_of_order;
use crate::rollout::skew::{Met, Order, Skew, skews};

fn seams() -> Vec<Seam> {
    let side = |repo: &str| json!({ "repo": repo, "file": "api.json", "pointer": "/paths", "keys": true });
    let seam = json!({ "id": "sdk-contract", "title": "The SDK calls what the API has", "rule": "subset",
        "producer": side("r0"), "consumer": side("r1") });
    vec![serde_json::from_value(seam).unwrap()]
}

/// An API in r0 and an SDK in r1; which goes first is up to the test.
fn release(gates: &Value) -> Pen {
    let of = |id: &str, verb: &str, repo: &str| {
        with(with(step(id, verb, json!(repo)), "gates", gates.clone()), "needs", json!([]))
    };
    Pen::frozen(plan_of(
        "careful",
        2,
        &[of("api", "deploy", "r0"), of("sdk", "publish", "r1"), step("on", "flag", json!("on"))],
    ))
}

fn told(pen: &Pen) -> Skew {
    skews(&pen.plan, &seams(), &pen.rollout).remove(0)
}

/// Brings a step out, whatever else waits.
fn ship(pen: &mut Pen, step: &str) {
    pen.judge(step, true);
    pen.approve(step).unwrap();
    for nth in 1..=pen.actions(step).len() {
        pen.write(pen.intent(step, u32::try_from(nth).unwrap()));
        pen.end(super::world::ok());
    }
}

#[test]
fn a_consumer_that_was_out_first_is_told_with_its_time() {
    let mut pen = release(&json!([]));
    assert_eq!((told(&pen).order, told(&pen).met), (Order::Neither, Met::Nothing));
    ship(&mut pen, "sdk");
    let out = pen.now;
    let open = told(&pen);
    assert_eq!((open.order, open.from, open.until, open.met), (Order::ConsumerFirst, Some(out), None, Met::Could));
    pen.now += 172_800_000;
    ship(&mut pen, "api");
    let ended = pen.rollout.step(&id("api")).ended_at;
    let closed = told(&pen);
    assert_eq!((closed.order, closed.from, closed.until), (Order::ConsumerFirst, Some(out), ended));
    assert!(ended.unwrap() - out >= 172_800_000);
    assert_eq!(closed.met, Met::Could, "no gate said that the flag was off");
    assert_eq!(closed.says("48h"), "r1 was out 48h before r0; users could meet it");
    assert_eq!(open.lasted(out + 5), Some(5));
}

#[test]
fn behind_a_flag_that_was_proved_off_users_could_not_meet_it() {
    let mut pen = release(&json!([{ "flag": "off" }]));
    ship(&mut pen, "api");
    ship(&mut pen, "sdk");
    let dormant = told(&pen);
    assert_eq!((dormant.order, dormant.met), (Order::ProducerFirst, Met::Dormant));
    let says = "r1 followed r0 after 1m; dormant, the flag was proved off: users could not meet it";
    assert_eq!(dormant.says("1m"), says);
    pen.ship("on");
    assert_eq!(told(&pen).met, Met::Dormant, "it was lit after both were out");
    let mut pen = release(&json!([{ "flag": "off" }]));
    ship(&mut pen, "api");
    let seen = Some("on".to_owned());
    pen.write(Draft::release(Fact::OutOfOrder { item: "flag".parse().unwrap(), seen, says: "lit".to_owned() }));
    assert_eq!(told(&pen).met, Met::Could, "somebody lit it by hand while one side was out");
}

#[test]
fn what_others_brought_counts_from_when_it_was_first_seen() {
    let mut pen = release(&json!([]));
    let says = "sdk is live".to_owned();
    let (item, seen) = ("r1:package".parse().unwrap(), "1.0.0 live".to_owned());
    let found = Fact::OutOfOrder { item, seen: Some(seen), says };
    pen.write(Draft { step: Some(id("sdk")), ..Draft::release(found) });
    let first_seen = pen.now;
    pen.now += 9_000;
    pen.write(pen.probe("sdk", 1, present(), Proof::Conclusive));
    let item = "r1:package".parse().unwrap();
    let item = out_of_order::as_logged(&item, &pen.rollout.out_of_order[&item]);
    for draft in out_of_order::accept(&pen.rollout, &item, "by hand") {
        pen.write(draft);
    }
    let told = told(&pen);
    assert_eq!((told.order, told.from, told.consumer.by_others), (Order::ConsumerFirst, Some(first_seen), true));
}

#[test]
fn a_side_that_this_release_doesnt_bring_out_has_no_skew() {
    let pen = Pen::frozen(plan_of("careful", 2, &[step("api", "deploy", json!("r0"))]));
    assert_eq!(skews(&pen.plan, &seams(), &pen.rollout), []);
}
