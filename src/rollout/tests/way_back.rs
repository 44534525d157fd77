//! Undo and flag off: the way back, when it works, fails, is cut short, or overtakes what runs.

use serde_json::json;

use super::rules::{stands, start, two};
use super::world::{Pen, failed, id, ok, plan_of, present, run, state, step, with};
use crate::rollout::decide::{reopened_by_flag, reopened_by_undo};
use crate::rollout::event::{Direction, Draft, Fact, Finding, Proof, Trace, Verdict};
use crate::rollout::undo::{approve_undo, undo};
use crate::rollout::{Breach, Next, Order, Refusal, StepState, next};

fn start_undo(pen: &mut Pen, step: &str) {
    let action = undo(&pen.plan, &pen.rollout, &id(step)).unwrap();
    pen.write(approve_undo(&id(step), &crate::plan::Digest::of(b"undo")));
    pen.write(pen.intent_of(step, &action, 1, 1, Direction::Back));
}

fn flag_back(pen: &mut Pen, to: &str) {
    let to = state(to);
    let reopens = reopened_by_flag(&pen.plan, &pen.rollout, &to);
    let (bypassed, evidence) = (Vec::new(), "1 of 1".to_owned());
    pen.write(Draft::release(Fact::FlagSet { from: None, to, reopens, bypassed, evidence, took: Some(1_400) }));
}

#[test]
fn a_way_back_that_missed_somebody_holds_everything_and_is_told_until_one_reaches_everyone() {
    let mut pen = Pen::frozen(plan_of("quick", 1, &[step("on", "flag", json!("on")), run("r")]));
    start(&mut pen, "on");
    pen.end(ok());
    let missed = |why: &str| {
        let (to, why, bypassed) = (state("off"), why.to_owned(), Vec::new());
        Draft::release(Fact::FlagMissed { from: Some(state("on")), to, why, bypassed, took: 20_000 })
    };
    pen.write(missed("web reads on"));
    let told = pen.rollout.flag_missed.clone().unwrap();
    assert_eq!((told.to, told.why.as_str(), told.took), (state("off"), "web reads on", 20_000));
    assert_eq!(next(&pen.plan, &pen.rollout), Next::Resume);
    assert_eq!(pen.rollout.flag, Some(state("on")), "nobody knows better");
    pen.order(&Order::Resume).unwrap();
    assert!(pen.rollout.flag_missed.is_some(), "the owner's word doesn't turn a flag off");
    pen.write(missed("api reads on"));
    assert_eq!(pen.rollout.flag_missed.clone().unwrap().why, "api reads on");
    flag_back(&mut pen, "off");
    assert_eq!((pen.rollout.flag_missed.clone(), pen.rollout.flag.clone()), (None, Some(state("off"))));
    pen.write(missed("web reads on"));
    pen.order(&Order::Resume).unwrap();
    start(&mut pen, "on");
    pen.end(ok());
    assert_eq!(pen.rollout.flag_missed, None, "the owner has put the flag somewhere");
}

#[test]
fn an_undo_that_ended_reopens_its_step_even_if_nobody_lives_to_say_so() {
    let mut pen = two();
    pen.ship("a");
    start_undo(&mut pen, "a");
    pen.end(ok());
    pen.crash();
    assert_eq!(stands(&pen, "a"), StepState::Undone);
    assert_eq!(next(&pen.plan, &pen.rollout), Next::Approve(id("a")));
    let reopens = reopened_by_undo(&pen.plan, &pen.rollout, pen.plan.step(&id("a")).unwrap());
    pen.write(Draft::step(&id("a"), Fact::Undone { reopens }));
    start(&mut pen, "a");
}

#[test]
fn an_undo_that_failed_leaves_its_step_done_and_can_be_tried_again() {
    let mut pen = two();
    pen.ship("a");
    start_undo(&mut pen, "a");
    pen.end(failed(Trace::None));
    assert_eq!(stands(&pen, "a"), StepState::Failed);
    pen.order(&Order::Resume).unwrap();
    assert_eq!(stands(&pen, "a"), StepState::Done);
    start_undo(&mut pen, "a");
}

#[test]
fn an_undo_in_doubt_holds_everything_until_the_owner_says() {
    let mut pen = two();
    pen.ship("a");
    start_undo(&mut pen, "a");
    pen.crash();
    assert_eq!(stands(&pen, "a"), StepState::InDoubt);
    assert_eq!(undo(&pen.plan, &pen.rollout, &id("a")), Err(Refusal::Undecided(id("a"))));
    let reason = "it is gone".to_owned();
    pen.order(&Order::Resolve { step: id("a"), verdict: Verdict::Present, reason }).unwrap();
    assert_eq!(stands(&pen, "a"), StepState::Undone);
}

#[test]
fn approving_an_undo_doesnt_approve_going_on() {
    let steps = [with(step("d", "deploy", json!("r0")), "undo", json!(["undo"]))];
    let mut pen = Pen::frozen(plan_of("careful", 1, &steps));
    start(&mut pen, "d");
    pen.end(ok());
    pen.write(pen.intent("d", 2));
    pen.end(failed(Trace::None));
    start_undo(&mut pen, "d");
    pen.end(failed(Trace::None));
    pen.order(&Order::Resume).unwrap();
    assert_eq!(next(&pen.plan, &pen.rollout), Next::Approve(id("d")));
}

#[test]
fn what_came_later_is_taken_back_first_and_what_has_no_way_back_bars_none() {
    let undoable = |id| with(run(id), "undo", json!(["undo"]));
    let apart = with(undoable("apart"), "needs", json!([]));
    let steps = [undoable("a"), run("plain"), undoable("b"), apart, step("on", "flag", json!("on"))];
    let mut pen = Pen::frozen(plan_of("careful", 1, &steps));
    for each in ["a", "plain", "b", "apart", "on"] {
        pen.ship(each);
    }
    let refused = |pen: &Pen, step: &str| match undo(&pen.plan, &pen.rollout, &id(step)) {
        Ok(_) => "goes".to_owned(),
        Err(Refusal::LaterFirst { later, .. }) => format!("first {later}"),
        Err(other) => other.to_string(),
    };
    assert_eq!(refused(&pen, "a"), "first b");
    // nothing that can be taken back stands on these; the flag never bars a way
    assert_eq!(refused(&pen, "apart"), "goes");
    assert_eq!(refused(&pen, "b"), "goes");
    start_undo(&mut pen, "b");
    pen.end(failed(Trace::None));
    pen.order(&Order::Resume).unwrap();
    assert_eq!(refused(&pen, "a"), "first b");
    start_undo(&mut pen, "b");
    pen.end(ok());
    // `plain` has no way back of its own
    assert_eq!(refused(&pen, "a"), "goes");
}

#[test]
fn nothing_is_taken_back_that_wasnt_brought() {
    let mut pen = two();
    assert_eq!(undo(&pen.plan, &pen.rollout, &id("a")), Err(Refusal::NothingToUndo(id("a"))));
    let undone = |reopens| Draft::step(&id("a"), Fact::Undone { reopens });
    assert_eq!(pen.try_write(undone(vec![id("a")])), Err(Breach::NotUndone { step: id("a") }));
    pen.ship("a");
    let (bypassed, evidence) = (Vec::new(), String::new());
    let set = Fact::FlagSet { from: None, to: state("off"), reopens: vec![id("a")], bypassed, evidence, took: None };
    assert_eq!(pen.try_write(Draft::release(set)), Err(Breach::NotUndone { step: id("a") }));
}

#[test]
fn a_flag_effect_in_doubt_isnt_forgotten_by_flag_off() {
    let mut pen = Pen::frozen(plan_of("careful", 1, &[step("on", "flag", json!("on"))]));
    start(&mut pen, "on");
    flag_back(&mut pen, "off");
    assert_eq!(stands(&pen, "on"), StepState::Running);
    pen.crash();
    assert_eq!(stands(&pen, "on"), StepState::InDoubt);
    flag_back(&mut pen, "off");
    assert_eq!(next(&pen.plan, &pen.rollout), Next::Decide(id("on")));
    pen.write(pen.probe("on", 1, present(), Proof::Conclusive));
    assert_eq!(stands(&pen, "on"), StepState::Done);
}

#[test]
fn flag_off_after_shipping_reopens_what_went_further_and_a_release_without_flag_steps_stays_shipped() {
    let mut pen = Pen::frozen(plan_of("careful", 1, &[run("a"), step("on", "flag", json!("on"))]));
    while next(&pen.plan, &pen.rollout) != Next::Nothing {
        pen.follow();
    }
    flag_back(&mut pen, "off");
    assert_eq!(next(&pen.plan, &pen.rollout), Next::Resume, "whoever turns it off wants nothing to turn it on");
    pen.order(&Order::Resume).unwrap();
    assert_eq!(next(&pen.plan, &pen.rollout), Next::Approve(id("on")));
    assert_eq!(pen.try_write(Draft::release(Fact::Shipped)), Err(Breach::NotAllDone { step: id("on") }));
    for _ in 0..4 {
        pen.follow();
    }
    assert_eq!(next(&pen.plan, &pen.rollout), Next::Nothing);
    let mut pen = two();
    while next(&pen.plan, &pen.rollout) != Next::Nothing {
        pen.follow();
    }
    flag_back(&mut pen, "off");
    assert_eq!(next(&pen.plan, &pen.rollout), Next::Nothing);
}

#[test]
fn an_earlier_generation_is_refused_and_an_action_is_still_asked_for_by_its_old_name() {
    let flags = [step("x", "flag", json!("on")), run("a"), step("z", "flag", json!("on"))];
    let mut pen = Pen::frozen(plan_of("careful", 1, &flags));
    pen.ship("x");
    let old = pen.probe("x", 1, Finding::Unknown { why: "?".to_owned() }, Proof::Inconclusive);
    flag_back(&mut pen, "off");
    assert!(matches!(pen.try_write(old), Err(Breach::Generation { .. })));
    pen.order(&Order::Resume).unwrap();
    start(&mut pen, "x");
    pen.crash();
    pen.write(pen.probe("x", 1, present(), Proof::Inconclusive));
    assert_eq!(stands(&pen, "x"), StepState::Done);
}

#[test]
fn a_flag_that_goes_back_stops_what_was_let_go_before_it_was_ever_on() {
    let steps = [run("a"), step("on", "flag", json!("on"))];
    for train in [true, false] {
        let mut pen = Pen::frozen(plan_of("quick", 1, &steps));
        if train {
            pen.approve_train().unwrap();
        } else {
            pen.approve("a").unwrap();
        }
        flag_back(&mut pen, "off");
        assert_eq!((next(&pen.plan, &pen.rollout), pen.rollout.train.clone()), (Next::Resume, None));
    }
    let mut pen = Pen::frozen(plan_of("quick", 1, &steps));
    flag_back(&mut pen, "off");
    assert_eq!(next(&pen.plan, &pen.rollout), Next::Approve(id("a")), "nothing was let go");
}
