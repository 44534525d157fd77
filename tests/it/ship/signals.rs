//! Signals while an action runs: it may end, nothing more starts, and the ledger is true. A question whether it stops stops it.

use flightdeck::engine::{Command, Reply, socket};

use crate::common::demo::{Demo, RELEASE};
use crate::common::process::at_work;
use crate::common::release::Release as _;
use crate::common::scratch::FLIGHTDECK;
use crate::common::started::Started;
use crate::common::waiting::within_patience;

const STEPS: &[&str] = &["consent", "lib"];

/// A ship whose first effect is held up.
fn held_up() -> (Demo, Started) {
    let demo = Demo::quick(STEPS).frozen();
    demo.hold_at("before-rlabs-consent");
    let ship = demo.start_ship();
    demo.reached("before-rlabs-consent");
    (demo, ship)
}

fn ended_by(name: &str, exit: i32) {
    let (demo, ship) = held_up();
    ship.signal(name);
    ship.complains("what runs may end, nothing more starts");
    demo.let_pass("before-rlabs-consent");
    // the push ended and is recorded; its smoke and the publish never began
    let said = ship.ended().exits(exit).says("go on with: ");
    assert_eq!(demo.effects(), ["deploy rlabs-consent"], "{}", said.all());
    let log = demo.run(&["log"]).exits(0).stdout;
    assert!(log.contains("production took"), "{log}");
    assert!(!log.contains("intent lib"), "{log}");
    demo.verify();
    demo.ship().exits(0);
    assert_eq!(demo.effects(), ["deploy rlabs-consent", "publish agentguard-lib"]);
}

#[test]
fn a_termination_lets_the_running_action_end() {
    ended_by("TERM", 143);
}

#[test]
fn a_dropped_connection_lets_the_running_action_end() {
    ended_by("HUP", 129);
}

#[test]
fn an_interrupt_without_anybody_to_ask_lets_the_running_action_end() {
    ended_by("INT", 130);
}

#[test]
fn a_second_signal_doesnt_break_the_first_promise() {
    let (demo, ship) = held_up();
    ship.signal("TERM");
    ship.complains("what runs may end, nothing more starts");
    for name in ["TERM", "HUP", "INT"] {
        ship.signal(name);
    }
    demo.let_pass("before-rlabs-consent");
    ship.ended().exits(143);
    assert_eq!(demo.effects(), ["deploy rlabs-consent"]);
    demo.verify();
}

/// Asks the running ship for something, as a cockpit or another terminal does.
fn ask(demo: &Demo, command: &Command) -> Reply {
    socket::ask(&demo.socket(), &RELEASE.parse().unwrap(), command).unwrap().unwrap()
}

#[test]
fn whoever_asked_whether_it_stops_and_went_away_has_stopped_it() {
    let (demo, ship) = held_up();
    let asked = ask(&demo, &Command::Pause);
    assert!(matches!(asked, Reply::Done { .. }), "{asked:?}");
    // looking at it doesn't answer it
    for _ in 0..2 {
        let status = demo.status();
        assert_eq!((&status["paused"], &status["go_on"]), (&true.into(), &"flightdeck status --watch".into()));
        demo.run(&["report"]).exits(0);
    }
    demo.let_pass("before-rlabs-consent");
    ship.ended().exits(3).says("nothing more starts until somebody says how it goes on");
    assert_eq!(demo.effects(), ["deploy rlabs-consent"]);
    assert_eq!(demo.status()["paused"], false, "nobody conducts, so nobody is asked");
    demo.verify();
    demo.ship().exits(0);
    assert_eq!(demo.effects(), ["deploy rlabs-consent", "publish agentguard-lib"]);
}

#[test]
fn a_resume_answers_the_question_of_somebody_who_went_away() {
    let (demo, ship) = held_up();
    ask(&demo, &Command::Pause);
    demo.resume().exits(0).says("going on");
    assert_eq!(demo.status()["paused"], false);
    demo.let_pass("before-rlabs-consent");
    ship.ended().exits(0);
    assert_eq!(demo.effects(), ["deploy rlabs-consent", "publish agentguard-lib"]);
    demo.verify();
}

#[test]
fn a_reader_that_went_away_ends_nothing_half() {
    let demo = Demo::quick(STEPS).frozen();
    let digest = demo.digest();
    let plan = demo.plan();
    // the pipe breaks with the first line
    let script = format!("'{FLIGHTDECK}' ship --yes --plan {digest} --release '{}' 2>&1 | head -n 1", plan.display());
    demo.shell(&script);
    assert!(within_patience(|| !at_work(&demo)));
    demo.verify();
    if !demo.is_shipped() {
        let status = demo.status();
        assert!(status["steps"].as_array().unwrap().iter().all(|step| step["state"] != "running"), "{status:#}");
        demo.ship().exits(0);
    }
    let mut effects = demo.effects();
    effects.sort();
    assert_eq!(effects, ["deploy rlabs-consent", "publish agentguard-lib"]);
}
