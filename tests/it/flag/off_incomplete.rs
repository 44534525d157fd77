//! A way back that doesn't reach everyone: kept and timed like one that does, an alarm until it is mended, and nothing goes on.

use std::fs;

use serde_json::Value;

use crate::common::demo::Demo;
use crate::common::plan_text::{only, quick};
use crate::common::release::Release as _;
use crate::common::scratch::write_program;
use crate::common::waiting::within_patience;

/// A world in which the consent service reads the flag from a file of its own while there is one. What the beta users see is
/// left alone for a while.
fn stubborn() -> Demo {
    let demo = Demo::edited(|plan| {
        let plan = quick(&only(&plan, &["beta", "soak", "record"]));
        let plan = plan.replacen("[flag]\n", "[flag]\nbudget = \"10s\"\n", 1);
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
    write_program(&demo.file("bin/consent-reads"), reads);
    demo.frozen()
}

fn flag(demo: &Demo) -> Value {
    demo.status()["flag"].clone()
}

fn missed(demo: &Demo) -> Vec<Value> {
    let log = demo.run(&["log", "--json"]).exits(0).stdout;
    let events = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    events.filter(|event| event["kind"] == "flag-missed").collect()
}

#[test]
fn who_lags_is_in_the_ledger_and_an_alarm_until_everyone_is_reached() {
    let demo = stubborn();
    let ship = demo.start_ship();
    assert!(within_patience(|| demo.step("soak")["soak"]["good_for"].is_u64()), "{:#}", demo.step("soak"));
    assert_eq!(flag(&demo)["state"], "beta");
    fs::write(demo.file("stuck"), "\"beta\"\n").unwrap();
    // a conductor is at work: it is the one that writes
    demo.run(&["flag", "off"]).exits(1).says("the flag may not be off").says("rlabs-consent reads beta");
    let events = missed(&demo);
    let [event] = events.as_slice() else { panic!("{events:#?}") };
    assert!(event["actor"].as_str().unwrap().starts_with("ada@"), "{event:#}");
    assert_eq!((&event["body"]["from"], &event["body"]["to"]), (&"beta".into(), &"off".into()));
    assert!(event["body"]["took"].as_u64() >= Some(1_000), "{event:#}");
    assert!(event["body"]["why"].as_str().unwrap().contains("lagging: rlabs-consent reads beta"), "{event:#}");
    ship.signal("TERM");
    ship.ended().exits(143);

    let told = "flag off, ordered by ";
    demo.run(&["status"]).exits(0).says(told).says("rlabs-consent reads beta");
    demo.run(&["report"]).exits(0).says("**Alarm**: flag off, ordered by ").says("flag-missed");
    demo.run(&["log"]).exits(0).says("beta → off not reached after ");
    demo.ship().exits(5).says("flag off didn't reach everyone");
    assert_eq!(flag(&demo)["missed"]["to"], "off");

    fs::remove_file(demo.file("stuck")).unwrap();
    assert_eq!(flag(&demo)["alarm"], Value::Null, "everyone reads it as off after all");
    demo.run(&["flag", "off"]).exits(0).says("the flag is off after ");
    assert_eq!(flag(&demo)["missed"], Value::Null);
    demo.run(&["log"]).exits(0).says("flag-set");
    demo.verify();
}

#[test]
fn a_provider_that_refuses_is_in_the_ledger_though_nobody_conducts() {
    let demo = stubborn();
    demo.ship_until("beta").exits(0);
    demo.shell("mv flags.json flags.kept && mkdir flags.json");
    demo.run(&["flag", "off"]).exits(1).says("the flag may not be off");
    assert_eq!(missed(&demo).len(), 1);
    demo.shell("rmdir flags.json && mv flags.kept flags.json");
    let status = flag(&demo);
    assert!(status["alarm"].as_str().unwrap().starts_with("flag off, ordered by "), "it isn't off: {status:#}");
    demo.ship().exits(5);
    demo.run(&["flag", "off"]).exits(0);
    assert_eq!((flag(&demo)["missed"].clone(), flag(&demo)["alarm"].clone()), (Value::Null, Value::Null));
    demo.verify();
}

#[test]
fn where_nothing_can_be_written_a_way_back_that_failed_says_that_the_ledger_lacks_it() {
    let demo = stubborn();
    demo.ship_until("beta").exits(0);
    fs::write(demo.file("stuck"), "\"beta\"\n").unwrap();
    demo.shell("for release in state/releases/*; do mkdir -p \"$release/controls.json/full\"; done");
    demo.run(&["flag", "off"]).exits(1).says("rlabs-consent reads beta").says("not in the ledger yet");
    demo.shell("rm -r state/releases/*/controls.json");
    assert_eq!(missed(&demo).len(), 0);
    // whoever conducts next records it
    demo.ship().exits(5).says("recorded later");
    assert_eq!(missed(&demo).len(), 1);
    demo.verify();
}
