//! SIGTERM, SIGHUP and ctrl-c while an action runs: it may end, nothing more starts, and the ledger is true.

use std::thread::sleep;
use std::time::Duration;

use crate::place::{Place, at_work, signal, within};

const STEPS: &[&str] = &["consent", "lib"];

fn ended_by(name: &str) {
    let place = Place::quick(STEPS).frozen();
    place.hold_at("before-rlabs-consent");
    let ship = place.start_ship();
    place.reached("before-rlabs-consent");
    signal(ship.id(), name);
    sleep(Duration::from_millis(500));
    place.let_pass("before-rlabs-consent");
    // the push ended and is recorded; its smoke and the publish never began
    let said = Place::end(ship).exits(3);
    assert_eq!(place.effects(), ["deploy rlabs-consent"], "{}", said.all());
    let log = place.run(&["log"]).exits(0).out;
    assert!(log.contains("production took"), "{log}");
    assert!(!log.contains("intent lib"), "{log}");
    place.verify();
    place.ship().exits(0);
    assert_eq!(place.effects(), ["deploy rlabs-consent", "publish agentguard-lib"]);
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
    let place = Place::quick(STEPS).frozen();
    place.hold_at("before-rlabs-consent");
    let ship = place.start_ship();
    place.reached("before-rlabs-consent");
    signal(ship.id(), "INT");
    let said = Place::end(ship);
    assert!(within(10, || !at_work(&place)), "its children live on: {}", said.all());
    assert_eq!(said.code, 5, "{}", said.all());
    assert!(place.effects().is_empty());
    place.let_pass("before-rlabs-consent");
    place.verify();
}

#[test]
fn a_second_signal_doesnt_break_the_first_promise() {
    let place = Place::quick(STEPS).frozen();
    place.hold_at("before-rlabs-consent");
    let ship = place.start_ship();
    place.reached("before-rlabs-consent");
    for name in ["TERM", "TERM", "HUP"] {
        signal(ship.id(), name);
        sleep(Duration::from_millis(150));
    }
    place.let_pass("before-rlabs-consent");
    Place::end(ship).exits(3);
    assert_eq!(place.effects(), ["deploy rlabs-consent"]);
    place.verify();
}

#[test]
fn a_reader_that_went_away_ends_nothing_half() {
    let place = Place::quick(STEPS).frozen();
    let digest = place.digest();
    let plan = place.plan();
    // the pipe breaks with the first line
    let program = env!("CARGO_BIN_EXE_flightdeck");
    let script = format!("'{program}' ship --yes --plan {digest} --release '{}' 2>&1 | head -n 1", plan.display());
    place.shell(&script);
    assert!(within(20, || !at_work(&place)));
    place.verify();
    if !place.is_shipped() {
        let status = place.status();
        assert!(status["steps"].as_array().unwrap().iter().all(|step| step["state"] != "running"), "{status:#}");
        place.ship().exits(0);
    }
    let mut effects = place.effects();
    effects.sort();
    assert_eq!(effects, ["deploy rlabs-consent", "publish agentguard-lib"]);
}
