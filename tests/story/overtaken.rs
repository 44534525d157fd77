//! A way back that meets something on its way forward: a flag that is being turned on, one that an orphan is about to turn on,
//! and a soak of what is turned off.

use std::thread::sleep;
use std::time::Duration;

use crate::place::{Place, only, program, signal, within};

/// How long the flag takes to be set to beta.
const SLOW: Duration = Duration::from_secs(5);

/// The flag and what follows it, set by a program that takes its time on the way forward.
fn slow() -> Place {
    let place = Place::new(|plan| {
        let plan = only(&plan, &["beta", "soak", "record"]).replace("mode  = \"careful\"", "mode  = \"quick\"");
        let (before, after) = plan.split_once("soak  = {").unwrap();
        let (_, after) = after.split_once("] }").unwrap();
        let checks = "[{ name = \"the plan\", command = [\"test\", \"-e\", \"release.toml\"] }]";
        let plan = format!("{before}soak  = {{ for = \"9d\", every = \"100ms\", checks = {checks} }}{after}");
        let (before, after) = plan.split_once("provider = {").unwrap();
        let (_, after) = after.split_once("}\n").unwrap();
        let flag = "provider = { command = [\"bin/flag-reads\"] }\n\
                    contexts = [{ name = \"anyone\", context = {}, expect = { off = \"off\", beta = \"beta\", on = \"on\" } }]\nset      = [\"bin/flag-sets\", \"{flag.state}\"]\n";
        format!("{before}{flag}{after}")
    });
    let reads = "#!/bin/sh\nsed -n 's/.*\"state\": *\\(\"[a-z]*\"\\).*/\\1/p' flags.json\n";
    program(&place.dir().join("bin/flag-reads"), reads);
    let sets = format!(
        "#!/bin/sh\n[ $1 = off ] || [ -e fast ] || {{ touch setting; sleep {}; }}\n\
         sed -i \"s/\\\"state\\\": *\\\"[a-z]*\\\"/\\\"state\\\": \\\"$1\\\"/\" flags.json\n",
        SLOW.as_secs()
    );
    program(&place.dir().join("bin/flag-sets"), &sets);
    place.frozen()
}

fn state_of(place: &Place) -> String {
    place.shell("bin/flag-reads")
}

/// Whatever was on its way has had its time.
fn stays_off(place: &Place) {
    assert_eq!(state_of(place), "\"off\"");
    sleep(SLOW + Duration::from_secs(1));
    assert_eq!(state_of(place), "\"off\"", "it was turned on behind the way back");
}

#[test]
fn a_flag_step_at_work_is_ended_before_the_flag_goes_back() {
    let place = slow();
    let ship = place.start_ship();
    assert!(within(60, || place.dir().join("setting").exists()), "{}", place.status());
    place.run(&["flag", "off"]).exits(0).says("the flag is off after ");
    stays_off(&place);
    assert_ne!(place.step_state("beta"), "done");
    let ended = Place::end(ship);
    assert!([4, 5].contains(&ended.code), "{}", ended.all());
    assert!(place.status()["hold"].is_string(), "nothing turns it on again by itself: {}", place.status());
    place.verify();
}

#[test]
fn what_an_interrupted_try_left_behind_doesnt_turn_the_flag_on_again() {
    let place = slow();
    let mut ship = place.start_ship();
    assert!(within(60, || place.dir().join("setting").exists()), "{}", place.status());
    signal(ship.id(), "KILL");
    ship.wait().unwrap();
    place.run(&["flag", "off"]).exits(0).says("the flag is off after ");
    stays_off(&place);
    place.verify();
}

#[test]
fn a_soak_of_what_is_turned_off_ends_with_it() {
    let place = slow();
    place.shell("touch fast");
    let ship = place.start_ship();
    assert!(within(60, || place.step("soak")["soak"]["good_for"].is_u64()), "{:#}", place.step("soak"));
    // while somebody has turned the flag off by hand, nothing of it is soaked
    place.shell("bin/flag-sets off");
    assert!(within(30, || place.step("soak")["soak"]["good"] == false), "{:#}", place.step("soak"));
    assert!(place.run(&["log"]).out.contains("the flag isn't beta for everyone"), "{:#}", place.step("soak"));
    place.shell("bin/flag-sets beta");
    assert!(within(30, || place.step("soak")["soak"]["good"] == true), "{:#}", place.step("soak"));
    place.run(&["flag", "off"]).exits(0);
    let ended = Place::end(ship);
    assert_eq!(ended.code, 4, "{}", ended.all());
    let status = place.status();
    assert_eq!(status["hold"], "the flag went back to off");
    assert_eq!(status["waiting_for"], "you to resume", "and not for a soak of nothing: {status:#}");
    assert_eq!((place.step_state("beta"), place.step_state("soak")), ("undone".to_owned(), "pending".to_owned()));
    // going on turns it on and soaks anew
    let again = place.start(&["resume", "--yes", "--plan", &place.digest()]);
    assert!(within(60, || place.step_state("soak") == "running"), "{}", place.status());
    assert_eq!(state_of(&place), "\"beta\"");
    signal(again.id(), "TERM");
    Place::end(again).exits(10);
    place.verify();
}
