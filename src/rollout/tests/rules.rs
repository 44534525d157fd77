//! Single rules, each as the small story that broke it once.

use serde_json::json;

use super::world::{Pen, absent, failed, id, ok, plan_of, present, run, state, step, with};
use crate::plan::{Candidate, Plan};
use crate::rollout::event::{Direction, Draft, Fact, Frozen, Health, Proof, Trace, Verdict};
use crate::rollout::fold::{SoakLog, soak_beat, soak_remaining};
use crate::rollout::replan::replan;
use crate::rollout::state::step_state;
use crate::rollout::status::{Session, status};
use crate::rollout::{Breach, Next, Observed, Order, Refusal, StepState, next};

pub(super) fn two() -> Pen {
    let undoable = |id| with(run(id), "undo", json!(["undo"]));
    Pen::frozen(plan_of("quick", 1, &[undoable("a"), undoable("b")]))
}

pub(super) fn stands(pen: &Pen, step: &str) -> StepState {
    step_state(&pen.plan, &pen.rollout, pen.plan.step(&id(step)).unwrap())
}

pub(super) fn start(pen: &mut Pen, step: &str) {
    pen.approve(step).unwrap();
    pen.write(pen.intent(step, 1));
}

#[test]
fn on_off_on_are_three_effects() {
    let flags = [step("x", "flag", json!("on")), step("y", "flag", json!("off")), step("z", "flag", json!("on"))];
    let mut pen = Pen::frozen(plan_of("careful", 1, &flags));
    for each in ["x", "y"] {
        pen.ship(each);
    }
    start(&mut pen, "z");
    pen.end(ok());
    assert_eq!(pen.rollout.flag, Some(state("on")));
}

#[test]
fn an_effect_that_an_earlier_step_brought_is_no_surprise() {
    let flags = [step("x", "flag", json!("on")), step("y", "flag", json!("on"))];
    let mut pen = Pen::frozen(plan_of("careful", 1, &flags));
    pen.ship("x");
    pen.approve("y").unwrap();
    assert!(matches!(pen.try_write(pen.intent("y", 1)), Err(Breach::AlreadyDone { .. })));
    pen.write(pen.probe("y", 1, present(), Proof::Conclusive));
    assert_eq!(stands(&pen, "y"), StepState::Done);
    assert!(pen.rollout.hold.is_none());
}

#[test]
fn a_deploy_target_that_is_origins_main_is_pushed_once() {
    let mut document = plan_of("careful", 1, &[step("d", "deploy", json!("r0"))]).document().clone();
    document.repo[0].deploy = serde_json::from_value(json!({ "push": "origin" })).unwrap();
    let pen = Pen::frozen(Plan::new(document));
    assert_eq!(pen.actions("d").len(), 2);
}

#[test]
fn letting_go_of_the_controls_puts_what_runs_in_doubt() {
    let mut pen = two();
    start(&mut pen, "a");
    pen.write(Draft::release(Fact::ControlsReleased));
    assert_eq!(stands(&pen, "a"), StepState::InDoubt);
    let shown =
        status(&pen.plan, &pen.rollout, &Observed::default(), &Session { alive: Some(true), ..Session::default() });
    assert_eq!((shown.controls.holder, shown.controls.alive, shown.controls.since), (None, None, None));
}

#[test]
fn between_two_actions_a_step_is_approved_and_nothing_of_it_runs() {
    let mut pen = Pen::frozen(plan_of("careful", 1, &[step("d", "deploy", json!("r0"))]));
    start(&mut pen, "d");
    assert_eq!(stands(&pen, "d"), StepState::Running);
    pen.crash();
    pen.write(pen.probe("d", 1, present(), Proof::Conclusive));
    assert_eq!((stands(&pen, "d"), next(&pen.plan, &pen.rollout)), (StepState::Approved, Next::Resume));
    let shown = status(&pen.plan, &pen.rollout, &Observed::default(), &Session::default());
    assert_eq!(shown.steps[0].partly().as_deref(), Some("1 of 4 done"));
    pen.order(&Order::Resume).unwrap();
    pen.write(pen.intent("d", 2));
    assert_eq!(stands(&pen, "d"), StepState::Running);
}

#[test]
fn who_looks_on_is_told_what_whoever_has_the_controls_takes() {
    let mut pen = two();
    let led = Session { trusted: true, alive: Some(true), ..Session::default() };
    let go_on = |pen: &Pen| status(&pen.plan, &pen.rollout, &Observed::default(), &led).go_on.unwrap();
    assert_eq!(go_on(&pen), "flightdeck approve a");
    start(&mut pen, "a");
    assert_eq!(go_on(&pen), "flightdeck status --watch");
    pen.end(ok());
    pen.approve("b").unwrap();
    assert_eq!(go_on(&pen), "flightdeck resume");
}

#[test]
fn gates_are_judged_again_after_a_failure_and_after_an_acceptance() {
    let steps = [with(step("d", "deploy", json!("r0")), "gates", json!([{ "flag": "off" }]))];
    let mut pen = Pen::frozen(plan_of("careful", 1, &steps));
    pen.write(pen.probe("d", 1, present(), Proof::Conclusive));
    pen.order(&Order::Accept { step: id("d"), reason: "by hand".to_owned() }).unwrap();
    pen.order(&Order::Resume).unwrap();
    assert_eq!(next(&pen.plan, &pen.rollout), Next::Judge(id("d")));
    pen.judge("d", true);
    pen.approve("d").unwrap();
    pen.write(pen.intent("d", 2));
    pen.end(failed(Trace::None));
    pen.order(&Order::Resume).unwrap();
    assert_eq!(next(&pen.plan, &pen.rollout), Next::Judge(id("d")));
    pen.judge("d", false);
    assert_eq!(stands(&pen, "d"), StepState::Blocked);
}

#[test]
fn an_unmet_gate_lets_no_intent_pass() {
    let steps = [with(run("a"), "gates", json!([{ "flag": "off" }]))];
    let mut pen = Pen::frozen(plan_of("careful", 1, &steps));
    pen.judge("a", true);
    pen.approve("a").unwrap();
    pen.judge("a", false);
    assert_eq!(pen.try_write(pen.intent("a", 1)), Err(Breach::Unmet { step: id("a") }));
}

#[test]
fn what_was_found_and_is_gone_again_is_forgotten() {
    let mut pen = two();
    pen.write(pen.probe("a", 1, present(), Proof::Conclusive));
    assert_eq!(stands(&pen, "a"), StepState::Conflict);
    assert!(matches!(pen.order(&Order::Resume), Err(Refusal::Undecided(_))));
    pen.write(pen.probe("a", 1, absent(), Proof::Inconclusive));
    pen.order(&Order::Resume).unwrap();
    assert_eq!(stands(&pen, "a"), StepState::Waiting);
}

#[test]
fn skipped_means_that_nothing_of_ours_was_tried() {
    let mut pen = Pen::frozen(plan_of("careful", 1, &[step("d", "deploy", json!("r0"))]));
    for nth in 1..=3 {
        pen.write(pen.probe("d", nth, present(), Proof::Conclusive));
    }
    pen.order(&Order::Accept { step: id("d"), reason: "by hand".to_owned() }).unwrap();
    pen.ship("d");
    assert_eq!(stands(&pen, "d"), StepState::Done);
    let mut pen = two();
    pen.write(pen.probe("a", 1, present(), Proof::Conclusive));
    pen.order(&Order::Accept { step: id("a"), reason: "by hand".to_owned() }).unwrap();
    assert_eq!(stands(&pen, "a"), StepState::Skipped);
    pen.order(&Order::Resume).unwrap();
    start(&mut pen, "b");
    pen.crash();
    pen.order(&Order::Resolve { step: id("b"), verdict: Verdict::Absent, reason: "no".to_owned() }).unwrap();
    pen.order(&Order::Resume).unwrap();
    pen.write(pen.probe("b", 1, present(), Proof::Conclusive));
    pen.order(&Order::Accept { step: id("b"), reason: "it landed late".to_owned() }).unwrap();
    assert_eq!(stands(&pen, "b"), StepState::Done);
    assert!(matches!(pen.order(&Order::Thaw { reason: "no".to_owned() }), Err(Refusal::Shipped)));
}

#[test]
fn absent_by_word_then_tried_again_can_be_in_doubt_again() {
    let mut pen = two();
    for _ in 0..3 {
        start(&mut pen, "a");
        pen.crash();
        pen.write(pen.probe("a", 1, absent(), Proof::Inconclusive));
        assert_eq!(stands(&pen, "a"), StepState::InDoubt);
        pen.order(&Order::Resolve { step: id("a"), verdict: Verdict::Absent, reason: "no".to_owned() }).unwrap();
        assert!(matches!(pen.try_write(pen.intent("a", 1)), Err(Breach::OnHold)));
        pen.order(&Order::Resume).unwrap();
        assert!(matches!(pen.try_write(pen.intent("a", 1)), Err(Breach::NotApproved { .. })));
    }
}

#[test]
fn a_train_leaves_out_what_asks_always_and_what_was_vetoed_since() {
    let steps = [run("a"), with(run("b"), "confirm", json!("always")), run("c")];
    let mut pen = Pen::frozen(plan_of("quick", 1, &steps));
    pen.approve_train().unwrap();
    pen.order(&Order::Veto { step: id("c"), reason: "wait".to_owned() }).unwrap();
    pen.order(&Order::Lift { step: id("c") }).unwrap();
    pen.ship("a");
    assert_eq!(next(&pen.plan, &pen.rollout), Next::Approve(id("b")));
    pen.ship("b");
    assert_eq!(next(&pen.plan, &pen.rollout), Next::Approve(id("c")));
}

#[test]
fn what_runs_cant_be_vetoed_and_what_provably_failed_can() {
    let mut pen = two();
    let veto = Order::Veto { step: id("a"), reason: "no".to_owned() };
    start(&mut pen, "a");
    assert_eq!(pen.order(&veto), Err(Refusal::Started(id("a"))));
    assert_eq!(pen.approve("a"), Err(Refusal::Running(id("a"))));
    pen.end(failed(Trace::None));
    assert_eq!(pen.order(&veto), Ok(()));
}

#[test]
fn one_resume_lets_every_failed_action_be_approved_afresh() {
    let steps = [run("a"), with(run("b"), "needs", json!([]))];
    let mut pen = Pen::frozen(plan_of("careful", 1, &steps));
    pen.approve("a").unwrap();
    pen.approve("b").unwrap();
    pen.write(pen.intent("a", 1));
    pen.write(pen.intent("b", 1));
    pen.end(failed(Trace::None));
    pen.end(failed(Trace::None));
    pen.order(&Order::Resume).unwrap();
    for step in ["a", "b"] {
        assert_eq!(stands(&pen, step), StepState::Waiting);
    }
}

#[test]
fn approvals_and_gates_dont_survive_thaw_freeze_or_another_plan() {
    let mut pen = two();
    for change in 0..3 {
        pen.approve("a").unwrap();
        match change {
            0 => pen.order(&Order::Thaw { reason: "a fix".to_owned() }).unwrap(),
            1 => pen.freeze(),
            _other => {
                let mut document = pen.plan.document().clone();
                document.release.title = "new".to_owned();
                let new = Plan::new(document);
                let draft = replan(&pen.plan, &new, &pen.rollout, Vec::new()).unwrap();
                pen.plan = new;
                pen.write(draft);
            }
        }
        pen.freeze();
        assert!(matches!(pen.try_write(pen.intent("a", 1)), Err(Breach::NotApproved { .. })));
    }
}

#[test]
fn a_plan_may_lose_what_lies_ahead_or_failed_but_not_what_was_brought() {
    let mut pen = two();
    let without = |pen: &Pen, lost: &str| {
        let mut document = pen.plan.document().clone();
        document.step.retain(|step| step.id.as_str() != lost);
        Plan::new(document)
    };
    pen.ship("a");
    assert_eq!(replan(&pen.plan, &without(&pen, "a"), &pen.rollout, Vec::new()), Err(Refusal::Fixed(id("a"))));
    start(&mut pen, "b");
    pen.end(failed(Trace::None));
    pen.order(&Order::Resume).unwrap();
    let new = without(&pen, "b");
    let draft = replan(&pen.plan, &new, &pen.rollout, Vec::new()).unwrap();
    pen.plan = new;
    pen.write(draft);
    while next(&pen.plan, &pen.rollout) != Next::Nothing {
        pen.follow();
    }
}

#[test]
fn a_repository_that_a_plan_adds_on_the_way_can_be_frozen_and_no_other_moved() {
    let mut pen = two();
    pen.ship("a");
    pen.plan = plan_of("quick", 2, &[run("a"), run("b")]);
    let from = pen.rollout.plan_digest.clone().unwrap();
    pen.write(Draft::release(Fact::Replanned { from, changes: Vec::new(), reopens: Vec::new() }));
    assert!(matches!(next(&pen.plan, &pen.rollout), Next::Freeze(_)));
    pen.freeze();
    let moved = Candidate { sha: "1".repeat(40).parse().unwrap(), package: None, repinned: None };
    let candidates = vec![Frozen { repo: "r0".parse().unwrap(), candidate: moved }];
    let (by, verdict, notes) = ("QA".to_owned(), String::new(), String::new());
    let draft = Draft::release(Fact::Frozen { candidates, by, verdict, notes });
    assert_eq!(pen.try_write(draft), Err(Breach::Started));
}

#[test]
fn a_replan_names_the_plan_it_replaces() {
    let mut pen = two();
    let from = crate::plan::Digest::of(b"another");
    let draft = Draft::release(Fact::Replanned { from, changes: Vec::new(), reopens: Vec::new() });
    assert_eq!(pen.try_write(draft), Err(Breach::PlanChanged));
}

#[test]
fn an_interrupted_look_is_made_again_and_a_failed_one_asks() {
    let checks = json!([{ "name": "up", "http": "http://localhost/up" }]);
    let mut pen = Pen::frozen(plan_of("careful", 1, &[step("s", "soak", json!({ "for": "9d", "checks": checks }))]));
    start(&mut pen, "s");
    pen.write(Draft::step(&id("s"), Fact::SoakStarted { lasts: 777_600_000 }));
    pen.crash();
    assert!(pen.rollout.hold.is_none());
    assert!(pen.rollout.step(&id("s")).soak.is_some(), "the clock survives whoever watched it");
    pen.write(pen.intent("s", 1));
    pen.end(failed(Trace::Unknown));
    assert_eq!(stands(&pen, "s"), StepState::Failed);
    pen.order(&Order::Resume).unwrap();
    assert_eq!(next(&pen.plan, &pen.rollout), Next::Approve(id("s")));
    assert!(pen.rollout.step(&id("s")).soak.is_none(), "a failed soak starts from nothing");
}

#[test]
fn a_soak_that_has_begun_is_watched_again_without_a_word_and_nothing_else_is() {
    let checks = json!([{ "name": "up", "http": "http://localhost/up" }]);
    let soak = step("s", "soak", json!({ "for": "9d", "checks": checks }));
    let mut pen = Pen::frozen(plan_of("quick", 1, &[soak, run("r")]));
    let digest = crate::rollout::train_digest(&pen.plan, &pen.rollout.candidates).unwrap();
    pen.order(&Order::ApproveTrain { digest }).unwrap();
    let watches = |pen: &Pen| next(&pen.plan, &pen.rollout).only_watches(&pen.rollout);
    assert!(!watches(&pen), "it hasn't begun: the owner says go");
    pen.write(pen.intent("s", 1));
    pen.write(Draft::step(&id("s"), Fact::SoakStarted { lasts: 777_600_000 }));
    assert!(!watches(&pen), "it is being watched");
    pen.crash();
    assert!(watches(&pen));
    pen.order(&Order::Hold { reason: "the fair".to_owned() }).unwrap();
    assert!(!watches(&pen), "on hold");
    pen.order(&Order::Resume).unwrap();
    assert!(watches(&pen));
    pen.order(&Order::Veto { step: id("s"), reason: "no".to_owned() }).unwrap();
    assert!(!watches(&pen), "vetoed");
    pen.order(&Order::Lift { step: id("s") }).unwrap();
    assert!(!watches(&pen), "a veto takes the approval with it");
    let digest = pen.digest("s");
    pen.order(&Order::Approve { step: id("s"), digest }).unwrap();
    assert!(watches(&pen));
    pen.order(&Order::EndSoak { step: id("s"), reason: "enough".to_owned() }).unwrap();
    assert!(!watches(&pen), "ended early: the owner says go");
    pen.write(pen.intent("s", 1));
    pen.end(ok());
    assert!(!watches(&pen), "what comes next has an effect");
}

#[test]
fn a_soaks_clock_stands_while_its_checks_fail_and_never_runs_backwards() {
    let log = SoakLog { good_for: 100, seen_at: 2_000, ..SoakLog::begun(1_000, 500) };
    assert_eq!(soak_remaining(&log, 2_000), 400);
    assert_eq!(soak_remaining(&log, 2_150), 250);
    assert_eq!(soak_remaining(&log, 1_500), 400, "a clock that was set back takes nothing away");
    assert_eq!(soak_remaining(&log, u64::MAX), 0);
    assert_eq!(soak_remaining(&SoakLog { health: Health::Bad, ..log.clone() }, 9_000), 400);
    assert_eq!(soak_remaining(&SoakLog { watched: false, ..log.clone() }, 9_000), 400, "nobody watches");
    assert_eq!(soak_remaining(&SoakLog { ended: Some(3), health: Health::Bad, ..log }, 9_000), 0);
    let long = SoakLog::begun(0, 777_600_000);
    let believed = 777_600_000 - soak_remaining(&long, u64::MAX);
    assert_eq!(believed, 2 * soak_beat(777_600_000), "a watcher who died without a word isn't believed for long");
}

#[test]
fn a_soak_that_nobody_watches_keeps_its_gaps_and_ends_early_by_the_owners_word_alone() {
    let checks = json!([{ "name": "up", "http": "http://localhost/up" }]);
    let mut pen = Pen::frozen(plan_of("careful", 1, &[step("s", "soak", json!({ "for": "9d", "checks": checks }))]));
    let cut = |reason: &str| Order::EndSoak { step: id("s"), reason: reason.to_owned() };
    assert_eq!(pen.order(&cut("now")), Err(Refusal::NoSoak(id("s"))));
    start(&mut pen, "s");
    pen.write(Draft::step(&id("s"), Fact::SoakStarted { lasts: 777_600_000 }));
    pen.write(Draft::step(&id("s"), Fact::SoakWatched { good_for: 60_000, until: 61_000 }));
    pen.crash();
    assert!(!pen.rollout.step(&id("s")).soak.unwrap().watched);
    pen.write(pen.intent("s", 1));
    for n in 0..30 {
        let fact = Fact::SoakGap { from: n * 100, until: n * 100 + 50, counted: false, good_for: 60_000 };
        pen.write(Draft::step(&id("s"), fact));
    }
    let soak = pen.rollout.step(&id("s")).soak.unwrap();
    assert_eq!((soak.unwatched, soak.gaps.len(), soak.good_for), (1_500, 20, 60_000));
    assert_eq!(pen.order(&cut("  ")), Err(Refusal::NoReason));
    pen.order(&cut("the fair opens on Monday")).unwrap();
    assert_eq!(pen.order(&cut("again")), Err(Refusal::NoSoak(id("s"))));
    let again = Draft::step(&id("s"), Fact::SoakCut { reason: "again".to_owned() });
    assert_eq!(pen.try_write(again), Err(Breach::NoSoak { step: id("s") }));
    assert_eq!(pen.rollout.step(&id("s")).soak.unwrap().cut.unwrap().reason, "the fair opens on Monday");
}

#[test]
fn an_intent_neither_skips_an_action_nor_writes_over_one() {
    let mut pen = Pen::frozen(plan_of("careful", 1, &[step("d", "deploy", json!("r0"))]));
    pen.approve("d").unwrap();
    let misplaced = Err(Breach::Misplaced { step: id("d") });
    assert_eq!(pen.try_write(pen.intent("d", 2)), misplaced);
    pen.write(pen.intent("d", 1));
    pen.end(ok());
    let actions = pen.actions("d");
    let over = pen.intent_of("d", &actions[1], 1, 4, Direction::Forward);
    assert_eq!(pen.try_write(over), misplaced);
    let shorter = pen.intent_of("d", &actions[1], 2, 2, Direction::Forward);
    assert_eq!(pen.try_write(shorter), misplaced);
}

#[test]
fn a_plan_without_repositories_ends() {
    let mut pen = Pen::new(plan_of("careful", 0, &[step("c", "checklist", json!({ "items": ["one"] }))]));
    for _ in 0..6 {
        pen.follow();
    }
    assert_eq!(next(&pen.plan, &pen.rollout), Next::Nothing);
}

#[test]
fn a_veto_stands_even_against_an_approval() {
    let mut pen = two();
    pen.order(&Order::Veto { step: id("a"), reason: "no".to_owned() }).unwrap();
    assert_eq!(pen.approve("a"), Err(Refusal::Vetoed(id("a"))));
    let digest = pen.digest("a");
    let covers = crate::rollout::event::Covers::Step;
    pen.write(Draft::step(&id("a"), Fact::Approved { digest, covers }));
    assert_eq!(pen.try_write(pen.intent("a", 1)), Err(Breach::Vetoed { step: id("a") }));
}

/// Freezes every repository at another commit.
fn freeze_another(pen: &mut Pen) -> Result<(), Breach> {
    let mut draft = pen.freeze_draft();
    let Fact::Frozen { candidates, .. } = &mut draft.fact else { panic!("it freezes nothing") };
    for frozen in candidates {
        frozen.candidate.sha = "1".repeat(40).parse().unwrap();
    }
    pen.try_write(draft)
}

#[test]
fn what_only_looked_looks_again_once_another_commit_is_frozen() {
    let smoke = step("s", "smoke", json!({ "checks": [{ "name": "up", "http": "http://localhost/up" }] }));
    let list = step("c", "checklist", json!({ "items": ["one", "two"] }));
    for thaw in [false, true] {
        let mut pen = Pen::frozen(plan_of("careful", 1, &[smoke.clone(), list.clone(), run("r")]));
        pen.ship("s");
        pen.order(&Order::Tick { step: id("c"), item: "one".to_owned() }).unwrap();
        pen.freeze();
        assert_eq!(stands(&pen, "s"), StepState::Done, "it looked at these very commits");
        if thaw {
            pen.order(&Order::Thaw { reason: "a fix".to_owned() }).unwrap();
        }
        freeze_another(&mut pen).unwrap();
        assert_eq!(stands(&pen, "s"), StepState::Waiting);
        assert!(pen.rollout.step(&id("c")).ticks.is_empty());
        pen.ship("s");
        pen.ship("c");
    }
}

#[test]
fn what_provably_failed_keeps_nothing_frozen_and_what_may_be_there_does() {
    let mut pen = two();
    start(&mut pen, "a");
    assert_eq!(freeze_another(&mut pen), Err(Breach::Started));
    pen.end(failed(Trace::Unknown));
    assert_eq!(freeze_another(&mut pen), Err(Breach::Started));
    pen.order(&Order::Resolve { step: id("a"), verdict: Verdict::Absent, reason: "I looked".to_owned() }).unwrap();
    freeze_another(&mut pen).unwrap();
    pen.order(&Order::Resume).unwrap();
    pen.ship("a");
    assert!(matches!(pen.order(&Order::Thaw { reason: "no".to_owned() }), Err(Refusal::Shipped)));
}

#[test]
fn a_look_that_another_plan_wants_otherwise_is_made_again() {
    let smoke = |path: &str| {
        let checks = json!([{ "name": "up", "http": format!("http://localhost/{path}") }]);
        plan_of("careful", 1, &[step("s", "smoke", json!({ "checks": checks })), run("r")])
    };
    let mut pen = Pen::frozen(smoke("up"));
    pen.ship("s");
    for (path, state) in [("up", StepState::Done), ("health", StepState::Waiting)] {
        let new = smoke(path);
        let draft = replan(&pen.plan, &new, &pen.rollout, Vec::new()).unwrap();
        pen.plan = new;
        pen.write(draft);
        assert_eq!(stands(&pen, "s"), state, "{path}");
    }
}

#[test]
fn a_line_is_ticked_when_its_turn_has_come() {
    let list = step("c", "checklist", json!({ "items": ["one", "two"] }));
    let mut pen = Pen::frozen(plan_of("careful", 1, &[run("a"), list]));
    let tick = Order::Tick { step: id("c"), item: "one".to_owned() };
    assert_eq!(pen.order(&tick), Err(Refusal::TooEarly { step: id("c"), needs: id("a") }));
    pen.ship("a");
    pen.order(&tick).unwrap();
}
