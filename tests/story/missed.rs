//! A way back that doesn't reach everyone: kept and timed like one that does, an alarm until it is mended, and nothing goes on.

use std::fs;

use serde_json::Value;

use crate::place::{Place, only, program, signal, within};

/// A world in which the consent service reads the flag from a file of its own while there is one. What the beta users see is
/// left alone for a while.
fn stubborn() -> Place {
    let place = Place::new(|plan| {
        let plan = only(&plan, &["beta", "soak", "record"]).replace("mode  = \"careful\"", "mode  = \"quick\"");
        let plan = plan.replacen("[flag]\n", "[flag]\nbudget = \"2s\"\n", 1);
        let (before, after) = plan.split_once("soak  = {").unwrap();
        let (_, after) = after.split_once("] }").unwrap();
        let checks = "[{ name = \"the marker\", command = [\"test\", \"-e\", \"release.toml\"] }]";
        let plan = format!("{before}soak  = {{ for = \"9d\", every = \"100ms\", checks = {checks} }}{after}");
        let (before, after) = plan.split_once("name       = \"rlabs-consent\"").unwrap();
        let (asked, rest) = after.split_once("reports    = { flag = \"").unwrap();
        let (_, rest) = rest.split_once('"').unwrap();
        let command = "reports    = { flag = { command = [\"bin/consent-reads\"] }";
        format!("{before}name       = \"rlabs-consent\"{asked}{command}{rest}")
    });
    let reads =
        "#!/bin/sh\n[ ! -e stuck ] || exec cat stuck\nsed -n 's/.*\"state\": *\\(\"[a-z]*\"\\).*/\\1/p' flags.json\n";
    program(&place.dir().join("bin/consent-reads"), reads);
    place.frozen()
}

fn flag(place: &Place) -> Value {
    place.status()["flag"].clone()
}

fn missed(place: &Place) -> Vec<Value> {
    let log = place.run(&["log", "--json"]).exits(0).out;
    let events = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    events.filter(|event| event["kind"] == "flag-missed").collect()
}

#[test]
fn who_lags_is_in_the_ledger_and_an_alarm_until_everyone_is_reached() {
    let place = stubborn();
    let ship = place.start_ship();
    assert!(within(60, || place.step("soak")["soak"]["good_for"].is_u64()), "{:#}", place.step("soak"));
    assert_eq!(flag(&place)["state"], "beta");
    fs::write(place.dir().join("stuck"), "\"beta\"\n").unwrap();
    // a conductor is at work: it is the one that writes
    place.run(&["flag", "off"]).exits(1).says("the flag may not be off").says("rlabs-consent reads beta");
    let events = missed(&place);
    let [event] = events.as_slice() else { panic!("{events:#?}") };
    assert!(event["actor"].as_str().unwrap().starts_with("ada@"), "{event:#}");
    assert_eq!((&event["body"]["from"], &event["body"]["to"]), (&"beta".into(), &"off".into()));
    assert!(event["body"]["took"].as_u64() >= Some(1_000), "{event:#}");
    assert!(event["body"]["why"].as_str().unwrap().contains("lagging: rlabs-consent reads beta"), "{event:#}");
    signal(ship.id(), "TERM");
    Place::end(ship).exits(5);

    let told = "flag off, ordered by ";
    place.run(&["status"]).exits(0).says(told).says("rlabs-consent reads beta");
    place.run(&["report"]).exits(0).says("**Alarm**: flag off, ordered by ").says("flag-missed");
    place.run(&["log"]).exits(0).says("beta → off not reached after ");
    place.ship().exits(5).says("flag off didn't reach everyone");
    assert_eq!(flag(&place)["missed"]["to"], "off");

    fs::remove_file(place.dir().join("stuck")).unwrap();
    assert_eq!(flag(&place)["alarm"], Value::Null, "everyone reads it as off after all");
    place.run(&["flag", "off"]).exits(0).says("the flag is off after ");
    assert_eq!(flag(&place)["missed"], Value::Null);
    place.run(&["log"]).exits(0).says("flag-set");
    place.verify();
}

#[test]
fn a_provider_that_refuses_is_in_the_ledger_though_nobody_conducts() {
    let place = stubborn();
    place.run(&["ship", "--yes", "--plan", &place.digest(), "--until", "beta"]).exits(0);
    place.shell("mv flags.json flags.kept && mkdir flags.json");
    place.run(&["flag", "off"]).exits(1).says("the flag may not be off");
    assert_eq!(missed(&place).len(), 1);
    place.shell("rmdir flags.json && mv flags.kept flags.json");
    let status = flag(&place);
    assert!(status["alarm"].as_str().unwrap().starts_with("flag off, ordered by "), "it isn't off: {status:#}");
    place.ship().exits(5);
    place.run(&["flag", "off"]).exits(0);
    assert_eq!((flag(&place)["missed"].clone(), flag(&place)["alarm"].clone()), (Value::Null, Value::Null));
    place.verify();
}

#[test]
fn where_nothing_can_be_written_a_way_back_that_failed_says_that_the_ledger_lacks_it() {
    let place = stubborn();
    place.run(&["ship", "--yes", "--plan", &place.digest(), "--until", "beta"]).exits(0);
    fs::write(place.dir().join("stuck"), "\"beta\"\n").unwrap();
    place.shell("for release in ../state/releases/*; do mkdir -p \"$release/controls.json/full\"; done");
    place.run(&["flag", "off"]).exits(1).says("rlabs-consent reads beta").says("not in the ledger yet");
    place.shell("rm -r ../state/releases/*/controls.json");
    assert_eq!(missed(&place).len(), 0);
    // whoever conducts next records it
    place.ship().exits(5).says("recorded later");
    assert_eq!(missed(&place).len(), 1);
    place.verify();
}
