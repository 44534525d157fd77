//! Two at once, the socket of a running ship, and the way back of the flag in every state.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use flightdeck::engine::{Command, Reply, socket};
use flightdeck::rollout::Order;

use crate::common::demo::{Demo, RELEASE, SHORT};
use crate::common::release::Release as _;
use crate::common::waiting::within_patience;

#[test]
fn a_second_ship_is_turned_away_and_a_third_goes_on() {
    let demo = Demo::quick(&["consent"]).frozen();
    demo.hold_at("before-rlabs-consent");
    let ship = demo.start_ship();
    demo.reached("before-rlabs-consent");
    let second = demo.ship().exits(6);
    assert!(second.all().contains("process"), "who has the controls isn't said: {}", second.all());
    assert_eq!(demo.status()["controls"]["alive"], true);
    demo.let_pass("before-rlabs-consent");
    ship.ended().exits(0);
    assert_eq!(demo.effects(), ["deploy rlabs-consent"]);
    demo.ship().exits(0);
    demo.verify();
}

#[test]
fn two_that_start_together_do_everything_once() {
    let demo = Demo::quick(&["consent", "lib"]).frozen();
    let ships: Vec<_> = (0..3).map(|_| demo.start_ship()).collect();
    let codes: Vec<_> = ships.into_iter().map(|ship| ship.ended().exit).collect();
    assert!(codes.contains(&0) && codes.iter().all(|code| [0, 6].contains(code)), "{codes:?}");
    assert_eq!(demo.effects(), ["deploy rlabs-consent", "publish agentguard-lib"]);
    demo.verify();
}

#[test]
fn decisions_reach_a_running_ship() {
    let demo = Demo::quick(&["consent", "lib", "migrate"]).frozen();
    demo.hold_at("before-rlabs-consent");
    let ship = demo.start_ship();
    demo.reached("before-rlabs-consent");
    demo.run(&["veto", "lib", "--reason", "the changelog lies"]).exits(0);
    demo.run(&["hold"]).exits(0);
    demo.let_pass("before-rlabs-consent");
    let said = ship.ended();
    assert_eq!(said.exit, 4, "{}", said.all());
    assert_eq!(demo.effects(), ["deploy rlabs-consent"]);
    demo.ship().exits(4);
    demo.resume().exits(4);
    demo.run(&["lift", "lib"]).exits(0);
    demo.ship().exits(0);
    assert_eq!(demo.effects(), ["deploy rlabs-consent", "publish agentguard-lib", "migrate"]);
    demo.verify();
}

#[test]
fn a_socket_without_a_conductor_stands_in_nobodys_way() {
    let demo = Demo::quick(&["consent", "lib"]).frozen();
    demo.hold_at("before-rlabs-consent");
    let mut ship = demo.start_ship();
    demo.reached("before-rlabs-consent");
    ship.signal("KILL");
    ship.wait().unwrap();
    demo.let_pass("before-rlabs-consent");
    demo.run(&["veto", "lib", "--reason", "not yet"]).exits(0);
    demo.run(&["lift", "lib"]).exits(0);
    demo.run(&["status"]).exits(0);
}

#[test]
fn who_crowds_the_conductor_keeps_nobody_from_holding() {
    let demo = Demo::quick(&["consent", "lib"]).frozen();
    demo.hold_at("before-rlabs-consent");
    let ship = demo.start_ship();
    demo.reached("before-rlabs-consent");
    let crowd = |line: &str| {
        let connect = |_| {
            let mut connection = UnixStream::connect(demo.socket()).unwrap();
            connection.write_all(line.as_bytes()).unwrap();
            connection
        };
        (0..300).map(connect).collect::<Vec<_>>()
    };
    let asking = crowd(&format!("{{\"release\":\"{RELEASE}\",\"ask\":\"status\"}}\n"));
    let silent = crowd("");
    demo.run(&["hold", "--reason", "somebody crowds the door"]).exits(0);
    for mut connection in asking {
        let mut reply = String::new();
        connection.read_to_string(&mut reply).unwrap();
        assert!(reply.contains("\"reply\":"), "{reply:?}");
    }
    // whoever says nothing is sent away
    for mut connection in silent {
        assert_eq!(connection.read(&mut [0]).unwrap_or(0), 0);
    }
    demo.let_pass("before-rlabs-consent");
    ship.ended().exits(4);
    assert_eq!(demo.effects(), ["deploy rlabs-consent"]);
    demo.verify();
}

#[test]
fn what_is_asked_about_another_release_is_refused() {
    let demo = Demo::quick(&["consent"]).frozen();
    demo.hold_at("before-rlabs-consent");
    let ship = demo.start_ship();
    demo.reached("before-rlabs-consent");
    let hold = || Command::Decide { decision: Order::Hold { reason: "for another".to_owned() } };
    let asked = socket::ask(&demo.socket(), &"another".parse().unwrap(), &hold()).unwrap();
    assert!(matches!(asked, Some(Reply::Refused { exit: 6, .. })), "{asked:?}");
    assert!(demo.status()["hold"].is_null());
    demo.let_pass("before-rlabs-consent");
    ship.ended().exits(0);
}

#[test]
fn a_conductor_whose_state_lies_too_deep_for_a_socket_is_reached_all_the_same() {
    let demo = Arc::new(Demo::quick(&["consent", "lib"]));
    let deep = format!("export FLIGHTDECK_STATE={}/{}", demo.state().display(), "deep/".repeat(40));
    demo.run_after(&deep, &["trust", "--yes"]).exits(0);
    demo.run_after(&deep, &["freeze", "--by", "Grace", "--yes"]).exits(0);
    demo.hold_at("before-rlabs-consent");
    let digest = demo.digest();
    let ship = std::thread::spawn({
        let (demo, deep) = (Arc::clone(&demo), deep.clone());
        move || demo.run_after(&deep, &["ship", "--yes", "--plan", &digest])
    });
    demo.reached("before-rlabs-consent");
    demo.run_after(&deep, &["hold"]).exits(0);
    demo.let_pass("before-rlabs-consent");
    ship.join().unwrap().exits(4);
    assert_eq!(demo.effects(), ["deploy rlabs-consent"]);
}

/// The flag stands in the middle of things and goes back while `stuck` holds everything else up.
fn goes_back(stuck: impl FnOnce(&Demo)) {
    let demo = Demo::quick(SHORT).frozen();
    stuck(&demo);
    demo.shell("sed -i 's/\"off\"/\"on\"/' flags.json");
    let said = demo.run(&["flag", "off"]).exits(0);
    assert!(demo.shell("cat flags.json").contains("\"off\""), "{}", said.all());
    demo.let_pass("before-rlabs-consent");
    assert!(within_patience(|| demo.run(&["log"]).stdout.contains("flag-set")), "not in the ledger: {}", said.all());
    demo.verify();
}

#[test]
fn the_flag_goes_back_on_hold() {
    goes_back(|demo| drop(demo.run(&["hold"]).exits(0)));
}

#[test]
fn the_flag_goes_back_in_doubt() {
    goes_back(|demo| {
        demo.hold_at("before-rlabs-consent");
        let mut ship = demo.start_ship();
        demo.reached("before-rlabs-consent");
        ship.signal("KILL");
        ship.wait().unwrap();
    });
}

#[test]
fn the_flag_goes_back_under_an_edited_plan() {
    goes_back(|demo| {
        let plan = fs::read_to_string(demo.plan()).unwrap();
        fs::write(
            demo.plan(),
            plan.replace("provider = { file = \"flags.json\"", "provider = { file = \"other.json\""),
        )
        .unwrap();
    });
}

#[test]
fn the_flag_goes_back_under_a_broken_plan_that_was_about_two_releases() {
    let demo = Demo::quick(SHORT).frozen();
    let later = fs::read_to_string(demo.plan()).unwrap().replace("\"m3-team-org-tier\"", "\"a-later-one\"");
    fs::write(demo.plan(), &later).unwrap();
    demo.run(&["trust", "--yes"]).exits(0);
    demo.run(&["hold"]).exits(0);
    demo.shell("sed -i 's/\"off\"/\"on\"/' flags.json");
    fs::write(demo.plan(), format!("{later}\nbroken [")).unwrap();
    demo.run(&["status"]).exits(2);
    demo.run(&["flag", "off"]).exits(0);
    assert!(demo.shell("cat flags.json").contains("\"off\""));
    fs::write(demo.plan(), &later).unwrap();
    demo.run(&["log"]).exits(0).says("flag-set");
    demo.verify();
}

#[test]
fn a_record_of_trust_that_cannot_be_read_is_what_a_refusal_tells() {
    let demo = Demo::quick(&["consent"]).frozen();
    fs::write(demo.state().join("trust.json"), "{ nope").unwrap();
    for refused in [&["flag", "off"][..], &["approve", "consent"], &["trust", "--yes"]] {
        let said = demo.run(refused);
        assert_ne!(said.exit, 0, "{refused:?}");
        assert!(said.all().contains("trust.json can't be understood"), "{refused:?}: {}", said.all());
        assert!(!said.all().contains("never trusted"), "{refused:?}: {}", said.all());
    }
}

#[test]
fn the_flag_goes_back_while_a_ship_runs() {
    let demo = Demo::quick(&["consent", "lib"]).frozen();
    demo.hold_at("after-rlabs-consent");
    let ship = demo.start_ship();
    demo.reached("after-rlabs-consent");
    demo.shell("sed -i 's/\"off\"/\"on\"/' flags.json");
    demo.run(&["flag", "off"]).exits(0);
    assert!(demo.shell("cat flags.json").contains("\"off\""));
    demo.let_pass("after-rlabs-consent");
    ship.ended();
    assert!(demo.run(&["log"]).stdout.contains("flag-set"));
    demo.verify();
}

#[test]
fn the_flag_goes_back_while_a_conductor_is_stopped() {
    let demo = Demo::quick(&["consent", "lib"]).frozen();
    demo.hold_at("after-rlabs-consent");
    let ship = demo.start_ship();
    demo.reached("after-rlabs-consent");
    ship.signal("STOP");
    demo.shell("sed -i 's/\"off\"/\"on\"/' flags.json");
    let back = demo.start(&["flag", "off"]);
    let off = within_patience(|| demo.shell("cat flags.json").contains("\"off\""));
    ship.signal("CONT");
    demo.let_pass("after-rlabs-consent");
    let said = back.ended();
    ship.ended();
    assert!(off, "a stopped conductor closed the way back: {}", said.all());
    let log = demo.run(&["log"]).exits(0).stdout;
    assert!(log.contains("flag-set") || said.all().contains("not in the ledger yet"), "{log}{}", said.all());
    assert!(!said.all().contains("only looks"), "{}", said.all());
    demo.ship();
    assert!(demo.run(&["log"]).stdout.contains("flag-set"), "nobody recorded it: {}", said.all());
    demo.verify();
}

#[test]
fn the_flag_never_goes_forward_by_hand() {
    let demo = Demo::quick(&["consent"]).frozen();
    demo.run(&["flag", "on"]).exits(4);
    demo.run(&["flag", "sideways"]).exits(2);
    demo.shell("rm flags.json");
    demo.run(&["flag", "beta"]).exits(4);
    demo.run(&["flag"]).exits(9);
}
