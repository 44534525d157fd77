//! A soak of nine days: a bad check stops its clock, what nobody watched is a gap, and the owner ends it with a reason.

use std::fs;
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::place::{Place, signal, within};

/// A soak that asks for a file in the world.
fn soaking(gaps: &str) -> Place {
    let checks = "checks = [{ name = \"the marker\", command = [\"test\", \"-e\", \"well\"] }]";
    soaking_by(&format!("for = \"9d\", {checks}{gaps}"))
}

/// A soak that asks what it is told to, before a smoke step.
fn soaking_by(soak: &str) -> Place {
    let place = Place::new(|plan| {
        let plan = crate::place::only(&plan, &["consent", "soak", "smoke", "record"]);
        let (before, after) = plan.split_once("smoke = {").unwrap();
        let (_, after) = after.split_once("] }").unwrap();
        let up = "{ name = \"consent answers\", http = \"http://127.0.0.1:8016/rlabs-consent/up\" }";
        let up = up.replace("8016", before.split("http://127.0.0.1:").nth(1).unwrap().split('/').next().unwrap());
        let well = "{ name = \"the marker\", command = [\"test\", \"-e\", \"well\"] }";
        let plan = format!("{before}smoke = {{ checks = [{up}, {well}] }}{after}");
        let plan = plan.replace("mode  = \"careful\"", "mode  = \"quick\"");
        let (before, after) = plan.split_once("soak  = {").unwrap();
        let (_, after) = after.split_once("] }").unwrap();
        format!("{before}soak  = {{ every = \"100ms\", {soak} }}{after}")
    });
    fs::write(place.dir().join("well"), "").unwrap();
    place.frozen()
}

fn soak(place: &Place) -> Value {
    place.step("soak")["soak"].clone()
}

#[test]
fn it_stops_for_what_is_bad_and_for_what_nobody_saw_and_ends_by_the_owners_word() {
    let place = soaking("");
    place.run(&["end-soak", "soak", "--reason", "too early"]).exits(4).says("no soak of step soak runs");
    let ship = place.start_ship();
    assert!(within(60, || soak(&place)["since"].is_u64()), "it doesn't begin");
    fs::remove_file(place.dir().join("well")).unwrap();
    assert!(within(20, || soak(&place)["good"] == false), "{:#}", soak(&place));
    place.run(&["status"]).exits(0).says("not healthy, the clock stands: failed  the marker");
    let stood = soak(&place)["good_for"].as_u64();
    sleep(Duration::from_millis(600));
    assert_eq!(soak(&place)["good_for"].as_u64(), stood, "the clock stands");
    fs::write(place.dir().join("well"), "").unwrap();
    assert!(within(20, || soak(&place)["good"] == true), "{:#}", soak(&place));

    signal(ship.id(), "TERM");
    Place::end(ship).exits(10).says("stopped: waiting for time").says("go on with: ");
    let left = soak(&place);
    assert_eq!(left["watched"], false, "{left:#}");
    place.run(&["status"]).exits(0).says("nobody watches it");
    sleep(Duration::from_secs(3));
    let ship = place.start_ship();
    assert!(within(60, || soak(&place)["gaps"].as_array().is_some_and(|gaps| !gaps.is_empty())), "no gap");
    place.run(&["log"]).exits(0).says("nobody watched for").says("not counted");
    place.run(&["report"]).exits(0).says("soak-gap").says("not counted");
    let back = soak(&place);
    assert_eq!((&back["gaps"][0]["counted"], &back["gaps"][0]["from"]), (&Value::Bool(false), &left["seen_at"]));
    assert!(back["unwatched"].as_u64() >= Some(3_000), "{back:#}");
    assert!(back["good_for"].as_u64() < Some(left["good_for"].as_u64().unwrap() + 2_000), "{left:#}{back:#}");
    place.run(&["status"]).exits(0).says("nobody watched for");

    place.run(&["end-soak", "soak", "--reason", "  "]).exits(2);
    place.run(&["end-soak", "soak", "--reason", "the fair opens on Monday"]).exits(0);
    Place::end(ship).exits(0);
    place.verify();
    assert!(place.is_shipped());
    let told = place.step("soak")["evidence"][0].as_str().unwrap().to_owned();
    assert!(told.starts_with("ended early by ") && told.ends_with("the fair opens on Monday"), "{told}");
    place.run(&["report"]).exits(0).says("the fair opens on Monday");
    place.run(&["log"]).exits(0).says("soak-gap soak").says("soak-cut soak");
}

#[test]
fn a_plan_may_count_what_nobody_saw() {
    let place = soaking(", gaps = \"count\"");
    let ship = place.start_ship();
    assert!(within(60, || soak(&place)["since"].is_u64()), "it doesn't begin");
    signal(ship.id(), "HUP");
    Place::end(ship).exits(10);
    sleep(Duration::from_secs(3));
    let ship = place.start_ship();
    assert!(within(60, || soak(&place)["gaps"][0]["counted"] == true), "{:#}", soak(&place));
    assert!(soak(&place)["good_for"].as_u64() >= Some(3_000), "{:#}", soak(&place));
    signal(ship.id(), "INT");
    Place::end(ship).exits(10);
    // nobody conducts: the word is kept, and whoever ships next goes on from it
    place.run(&["end-soak", "soak", "--reason", "enough"]).exits(0).says("go on with: ");
    place.ship().exits(0);
    assert!(place.is_shipped());
    place.verify();
}

#[test]
fn the_checks_of_a_smoke_step_watch_it_too() {
    let place = soaking_by("for = \"4s\", smoke = [\"smoke\"]");
    let ship = place.start_ship();
    assert!(within(60, || soak(&place)["since"].is_u64()), "it doesn't begin");
    fs::remove_file(place.dir().join("well")).unwrap();
    assert!(within(20, || soak(&place)["good"] == false), "{:#}", soak(&place));
    let detail = soak(&place)["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("the marker") && !detail.contains("consent answers"), "{detail}");
    let stood = soak(&place)["good_for"].as_u64();
    assert!(stood < Some(4_000), "it ended before anything was bad");
    sleep(Duration::from_millis(600));
    assert_eq!(soak(&place)["good_for"].as_u64(), stood, "the clock stands");
    assert_eq!(place.step_state("smoke"), "approved", "the step whose checks are made waits for its turn");
    signal(ship.id(), "TERM");
    Place::end(ship).exits(10);
    fs::write(place.dir().join("well"), "").unwrap();
    sleep(Duration::from_secs(3));
    place.ship().exits(0);
    assert!(place.is_shipped());
    let gap = &soak(&place)["gaps"][0];
    assert_eq!(gap["counted"], false, "{gap:#}");
    place.run(&["log"]).exits(0).says("soak-gap soak").says("bad after ").says("good after ");
    place.run(&["report"]).exits(0).says("soak-gap").says("not counted");
    place.verify();
}
