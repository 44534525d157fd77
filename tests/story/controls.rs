//! Two at once, the socket of a running ship, and the way back of the flag in every state.

use std::fs;
use std::sync::Arc;

use flightdeck::engine::{Command, Reply, socket};
use flightdeck::ledger::place::StateDir;
use flightdeck::rollout::Order;

use crate::place::{Place, SHORT, signal, within};

#[test]
fn a_second_ship_is_turned_away_and_a_third_goes_on() {
    let place = Place::quick(&["consent"]).frozen();
    place.hold_at("before-rlabs-consent");
    let ship = place.start_ship();
    place.reached("before-rlabs-consent");
    let second = place.ship().exits(6);
    assert!(second.all().contains("process"), "who has the controls isn't said: {}", second.all());
    assert_eq!(place.status()["controls"]["alive"], true);
    place.let_pass("before-rlabs-consent");
    Place::end(ship).exits(0);
    assert_eq!(place.effects(), ["deploy rlabs-consent"]);
    place.ship().exits(0);
    place.verify();
}

#[test]
fn two_that_start_together_do_everything_once() {
    let place = Place::quick(&["consent", "lib"]).frozen();
    let ships: Vec<_> = (0..3).map(|_| place.start_ship()).collect();
    let codes: Vec<_> = ships.into_iter().map(|ship| Place::end(ship).code).collect();
    assert!(codes.contains(&0) && codes.iter().all(|code| [0, 6].contains(code)), "{codes:?}");
    assert_eq!(place.effects(), ["deploy rlabs-consent", "publish agentguard-lib"]);
    place.verify();
}

#[test]
fn decisions_reach_a_running_ship() {
    let place = Place::quick(&["consent", "lib", "migrate"]).frozen();
    place.hold_at("before-rlabs-consent");
    let ship = place.start_ship();
    place.reached("before-rlabs-consent");
    place.run(&["veto", "lib", "--reason", "the changelog lies"]).exits(0);
    place.run(&["hold"]).exits(0);
    place.let_pass("before-rlabs-consent");
    let said = Place::end(ship);
    assert_eq!(said.code, 4, "{}", said.all());
    assert_eq!(place.effects(), ["deploy rlabs-consent"]);
    place.ship().exits(4);
    place.resume().exits(4);
    place.run(&["lift", "lib"]).exits(0);
    place.ship().exits(0);
    assert_eq!(place.effects(), ["deploy rlabs-consent", "publish agentguard-lib", "migrate"]);
    place.verify();
}

#[test]
fn a_socket_without_a_conductor_stands_in_nobodys_way() {
    let place = Place::quick(&["consent", "lib"]).frozen();
    place.hold_at("before-rlabs-consent");
    let mut ship = place.start_ship();
    place.reached("before-rlabs-consent");
    signal(ship.id(), "KILL");
    ship.wait().unwrap();
    place.let_pass("before-rlabs-consent");
    place.run(&["veto", "lib", "--reason", "not yet"]).exits(0);
    place.run(&["lift", "lib"]).exits(0);
    place.run(&["status"]).exits(0);
}

#[test]
fn what_is_asked_about_another_release_is_refused() {
    let place = Place::quick(&["consent"]).frozen();
    place.hold_at("before-rlabs-consent");
    let ship = place.start_ship();
    place.reached("before-rlabs-consent");
    let ours = "m3-team-org-tier".parse().unwrap();
    let state = StateDir::open(&place.state()).unwrap();
    let socket = state.release(&ours, &place.plan()).unwrap().socket().unwrap();
    let hold = || Command::Decide { decision: Order::Hold { reason: "for another".to_owned() } };
    let asked = socket::ask(&socket, &"another".parse().unwrap(), &hold()).unwrap();
    assert!(matches!(asked, Some(Reply::Refused { exit: 6, .. })), "{asked:?}");
    assert!(place.status()["hold"].is_null());
    place.let_pass("before-rlabs-consent");
    Place::end(ship).exits(0);
}

#[test]
fn a_conductor_whose_state_lies_too_deep_for_a_socket_is_reached_all_the_same() {
    let place = Arc::new(Place::quick(&["consent", "lib"]));
    let deep = format!("export FLIGHTDECK_STATE=$FLIGHTDECK_STATE/{}", "deep/".repeat(40));
    place.run_after(&deep, &["trust", "--yes"]).exits(0);
    place.run_after(&deep, &["freeze", "--by", "Grace", "--yes"]).exits(0);
    place.hold_at("before-rlabs-consent");
    let digest = place.digest();
    let ship = std::thread::spawn({
        let (place, deep) = (Arc::clone(&place), deep.clone());
        move || place.run_after(&deep, &["ship", "--yes", "--plan", &digest])
    });
    place.reached("before-rlabs-consent");
    place.run_after(&deep, &["hold"]).exits(0);
    place.let_pass("before-rlabs-consent");
    ship.join().unwrap().exits(4);
    assert_eq!(place.effects(), ["deploy rlabs-consent"]);
}

/// The flag stands in the middle of things and goes back while `stuck` holds everything else up.
fn goes_back(stuck: impl FnOnce(&Place)) {
    let place = Place::quick(SHORT).frozen();
    stuck(&place);
    place.shell("sed -i 's/\"off\"/\"on\"/' flags.json");
    let said = place.run(&["flag", "off"]).exits(0);
    assert!(place.shell("cat flags.json").contains("\"off\""), "{}", said.all());
    place.let_pass("before-rlabs-consent");
    assert!(within(15, || place.run(&["log"]).out.contains("flag-set")), "not in the ledger: {}", said.all());
    place.verify();
}

#[test]
fn the_flag_goes_back_on_hold() {
    goes_back(|place| drop(place.run(&["hold"]).exits(0)));
}

#[test]
fn the_flag_goes_back_in_doubt() {
    goes_back(|place| {
        place.hold_at("before-rlabs-consent");
        let mut ship = place.start_ship();
        place.reached("before-rlabs-consent");
        signal(ship.id(), "KILL");
        ship.wait().unwrap();
    });
}

#[test]
fn the_flag_goes_back_under_an_edited_plan() {
    goes_back(|place| {
        let plan = fs::read_to_string(place.plan()).unwrap();
        fs::write(
            place.plan(),
            plan.replace("provider = { file = \"flags.json\"", "provider = { file = \"other.json\""),
        )
        .unwrap();
    });
}

#[test]
fn the_flag_goes_back_under_a_broken_plan_that_was_about_two_releases() {
    let place = Place::quick(SHORT).frozen();
    let later = fs::read_to_string(place.plan()).unwrap().replace("\"m3-team-org-tier\"", "\"a-later-one\"");
    fs::write(place.plan(), &later).unwrap();
    place.run(&["trust", "--yes"]).exits(0);
    place.run(&["hold"]).exits(0);
    place.shell("sed -i 's/\"off\"/\"on\"/' flags.json");
    fs::write(place.plan(), format!("{later}\nbroken [")).unwrap();
    place.run(&["status"]).exits(2);
    place.run(&["flag", "off"]).exits(0);
    assert!(place.shell("cat flags.json").contains("\"off\""));
    fs::write(place.plan(), &later).unwrap();
    place.run(&["log"]).exits(0).says("flag-set");
    place.verify();
}

#[test]
fn a_record_of_trust_that_cannot_be_read_is_what_a_refusal_tells() {
    let place = Place::quick(&["consent"]).frozen();
    fs::write(place.state().join("trust.json"), "{ nope").unwrap();
    for refused in [&["flag", "off"][..], &["approve", "consent"], &["trust", "--yes"]] {
        let said = place.run(refused);
        assert_ne!(said.code, 0, "{refused:?}");
        assert!(said.all().contains("trust.json can't be understood"), "{refused:?}: {}", said.all());
        assert!(!said.all().contains("never trusted"), "{refused:?}: {}", said.all());
    }
}

#[test]
fn the_flag_goes_back_while_a_ship_runs() {
    let place = Place::quick(&["consent", "lib"]).frozen();
    place.hold_at("after-rlabs-consent");
    let ship = place.start_ship();
    place.reached("after-rlabs-consent");
    place.shell("sed -i 's/\"off\"/\"on\"/' flags.json");
    place.run(&["flag", "off"]).exits(0);
    assert!(place.shell("cat flags.json").contains("\"off\""));
    place.let_pass("after-rlabs-consent");
    Place::end(ship);
    assert!(place.run(&["log"]).out.contains("flag-set"));
    place.verify();
}

#[test]
fn the_flag_goes_back_while_a_conductor_is_stopped() {
    let place = Place::quick(&["consent", "lib"]).frozen();
    place.hold_at("after-rlabs-consent");
    let ship = place.start_ship();
    place.reached("after-rlabs-consent");
    signal(ship.id(), "STOP");
    place.shell("sed -i 's/\"off\"/\"on\"/' flags.json");
    let back = place.start(&["flag", "off"]);
    let off = within(60, || place.shell("cat flags.json").contains("\"off\""));
    signal(ship.id(), "CONT");
    place.let_pass("after-rlabs-consent");
    let said = Place::end(back);
    Place::end(ship);
    assert!(off, "a stopped conductor closed the way back: {}", said.all());
    let log = place.run(&["log"]).exits(0).out;
    assert!(log.contains("flag-set") || said.all().contains("not in the ledger yet"), "{log}{}", said.all());
    assert!(!said.all().contains("only looks"), "{}", said.all());
    place.ship();
    assert!(place.run(&["log"]).out.contains("flag-set"), "nobody recorded it: {}", said.all());
    place.verify();
}

#[test]
fn the_flag_never_goes_forward_by_hand() {
    let place = Place::quick(&["consent"]).frozen();
    place.run(&["flag", "on"]).exits(4);
    place.run(&["flag", "sideways"]).exits(2);
    place.shell("rm flags.json");
    place.run(&["flag", "beta"]).exits(4);
    place.run(&["flag"]).exits(9);
}
