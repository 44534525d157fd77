//! What other people's pipelines are told, row by row.

use serde_json::json;

use super::world::{Pen, failed, id, ok, plan_of, step, with};
use crate::rollout::Order;
use crate::rollout::allows::{Allowed, Digits, Word, allows};
use crate::rollout::event::Trace;

const SHA: &str = "9f31c2a0000000000000000000000000000000ab";

fn pen() -> Pen {
    let gated = with(step("web", "deploy", json!("r1")), "gates", json!([{ "command": ["gate"] }]));
    let steps =
        [step("lib", "publish", json!("r0")), gated, step("up", "promote", json!({ "repo": "r0", "to": "rc" }))];
    Pen::new(plan_of("careful", 3, &steps))
}

fn asked(pen: &Pen, repo: &str, sha: &str, step: Option<&str>) -> Allowed {
    let digits: Digits = sha.parse().unwrap();
    allows(&pen.plan, &pen.rollout, &repo.parse().unwrap(), &digits, step.map(id).as_ref())
}

#[track_caller]
fn says(pen: &Pen, repo: &str, word: Word, step: Option<&str>, why: &str) {
    let answer = asked(pen, repo, SHA, None);
    assert_eq!((answer.word, answer.step), (word, step.map(id)), "{}", answer.why);
    assert!(answer.why.contains(why), "wanted {why}: {}", answer.why);
}

#[test]
fn a_commit_may_go_out_when_it_is_its_turn_and_approved() {
    let mut pen = pen();
    says(&pen, "r0", Word::No, Some("lib"), "r0 isn't frozen");
    pen.freeze();
    says(&pen, "r0", Word::No, Some("lib"), "its owner hasn't approved step lib");
    says(&pen, "r1", Word::No, Some("web"), "step web comes after step lib, which isn't done");
    says(&pen, "r2", Word::No, None, "no step of the plan ships r2");
    pen.approve("lib").unwrap();
    says(&pen, "r0", Word::Yes, Some("lib"), "it is the turn of step lib");
    pen.ship("lib");
    says(&pen, "r0", Word::No, Some("up"), "step up comes after step web, which isn't done");
    assert_eq!(asked(&pen, "r0", SHA, Some("lib")).word, Word::Yes);
    assert!(asked(&pen, "r0", SHA, Some("lib")).why.contains("step lib has shipped it already"));
    assert!(asked(&pen, "r0", SHA, Some("web")).why.contains("step web doesn't ship r0; what does: lib, up"));
    says(&pen, "r1", Word::No, Some("web"), "the command gate of step web hasn't been judged yet");
    pen.judge("web", false);
    says(&pen, "r1", Word::No, Some("web"), "the command gate of step web isn't met: seen");
    pen.judge("web", true);
    pen.approve("web").unwrap();
    says(&pen, "r1", Word::Yes, Some("web"), "it is the turn of step web");
    pen.ship("web");
    pen.ship("up");
    says(&pen, "r0", Word::Yes, Some("up"), "step up has shipped it already");
    says(&pen, "r1", Word::Yes, Some("web"), "step web has shipped it already");
}

#[test]
fn only_the_commit_that_ships_may() {
    let mut pen = pen();
    pen.freeze();
    pen.approve("lib").unwrap();
    let answer = |sha: &str| asked(&pen, "r0", sha, None);
    for good in [SHA, "9f31c2a", "9F31C2A0"] {
        assert_eq!(answer(good).word, Word::Yes, "{good}");
    }
    for (sha, why) in [
        ("9f31c2", "9f31c2 is ambiguous: write all 40 digits"),
        ("9f31c2b", "9f31c2b isn't what ships of r0: that is 9f31c2a0"),
        ("0f31c2a0000000000000000000000000000000ab", "isn't what ships of r0"),
    ] {
        let answer = answer(sha);
        assert!(answer.word == Word::No && answer.why.contains(why), "{sha}: {}", answer.why);
    }
    for bad in ["", "main", "9f31c2a0000000000000000000000000000000ab0", "9f31c2a "] {
        assert!(bad.parse::<Digits>().is_err(), "{bad}");
    }
    pen.rollout.candidates.get_mut(&"r0".parse().unwrap()).unwrap().repinned = Some("1".repeat(40).parse().unwrap());
    let frozen = asked(&pen, "r0", SHA, None);
    assert!(frozen.why.contains("is what QA froze, but 1111111 ships: the repin commit"), "{}", frozen.why);
    assert_eq!(asked(&pen, "r0", &"1".repeat(40), None).word, Word::Yes);
}

#[test]
fn a_hold_a_veto_a_doubt_and_a_changed_plan_say_no() {
    let mut pen = pen();
    pen.freeze();
    pen.approve("lib").unwrap();
    let good = pen.clone();
    pen.order(&Order::Hold { reason: "lunch".to_owned() }).unwrap();
    says(&pen, "r0", Word::No, Some("lib"), "the release is on hold: lunch");
    let mut pen = good.clone();
    pen.order(&Order::Veto { step: id("lib"), reason: "not today".to_owned() }).unwrap();
    says(&pen, "r0", Word::No, Some("lib"), "step lib is vetoed: not today");
    let mut pen = good.clone();
    pen.write(pen.intent("lib", 1));
    says(&pen, "r0", Word::Yes, Some("lib"), "it is the turn of step lib");
    pen.end(failed(Trace::Unknown));
    says(&pen, "r0", Word::No, Some("lib"), "step lib is in doubt or in conflict");
    let mut pen = good.clone();
    pen.write(pen.intent("lib", 1));
    pen.end(failed(Trace::None));
    says(&pen, "r0", Word::No, Some("lib"), "the release is on hold: step lib");
    let mut pen = good;
    pen.write(pen.intent("lib", 1));
    pen.end(ok());
    pen.plan = plan_of("quick", 3, &[step("lib", "publish", json!("r0"))]);
    says(&pen, "r0", Word::No, None, "the plan has changed since the ledger was written");
}
