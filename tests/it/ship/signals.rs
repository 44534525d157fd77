//! SIGTERM, SIGHUP and ctrl-c while an action runs: it may end, nothing more starts, and the ledger is true.

use std::thread::sleep;
use std::time::Duration;

use crate::common::demo::Demo;
use crate::common::process::at_work;
use crate::common::release::Release as _;
use crate::common::waiting::within_patience;

const STEPS: &[&str] = &["consent", "lib"];

fn ended_by(name: &str) {
    let demo = Demo::quick(STEPS).frozen();
    demo.hold_at("before-rlabs-consent");
    let ship = demo.start_ship();
    demo.reached("before-rlabs-consent");
    ship.signal(name);
    sleep(Duration::from_millis(500));
    demo.let_pass("before-rlabs-consent");
    // the push ended and is recorded; its smoke and the publish never began
    let said = ship.ended().exits(3);
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
    ended_by("TERM");
}

#[test]
fn a_dropped_connection_lets_the_running_action_end() {
    ended_by("HUP");
}

#[test]
fn an_interrupt_without_anybody_to_ask_cancels() {
    let demo = Demo::quick(STEPS).frozen();
    demo.hold_at("before-rlabs-consent");
    let ship = demo.start_ship();
    demo.reached("before-rlabs-consent");
    ship.signal("INT");
    let said = ship.ended();
    assert!(within_patience(|| !at_work(&demo)), "its children live on: {}", said.all());
    assert_eq!(said.exit, 5, "{}", said.all());
    assert!(demo.effects().is_empty());
    demo.let_pass("before-rlabs-consent");
    demo.verify();
}

#[test]
fn a_second_signal_doesnt_break_the_first_promise() {
    let demo = Demo::quick(STEPS).frozen();
    demo.hold_at("before-rlabs-consent");
    let ship = demo.start_ship();
    demo.reached("before-rlabs-consent");
    for name in ["TERM", "TERM", "HUP"] {
        ship.signal(name);
        sleep(Duration::from_millis(150));
    }
    demo.let_pass("before-rlabs-consent");
    ship.ended().exits(3);
    assert_eq!(demo.effects(), ["deploy rlabs-consent"]);
    demo.verify();
}

#[test]
fn a_reader_that_went_away_ends_nothing_half() {
    let demo = Demo::quick(STEPS).frozen();
    let digest = demo.digest();
    let plan = demo.plan();
    // the pipe breaks with the first line
    let program = env!("CARGO_BIN_EXE_flightdeck");
    let script = format!("'{program}' ship --yes --plan {digest} --release '{}' 2>&1 | head -n 1", plan.display());
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
