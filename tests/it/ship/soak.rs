//! A soak of nine days: a bad check stops its clock, what nobody watched is a gap, and the owner ends it with a reason.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::common::demo::Demo;
use crate::common::plan_text::{only, quick};
use crate::common::release::Release as _;
use crate::common::waiting::within_patience;

/// A check that asks for a file, and counts how often it is made.
const MARKER: &str = "{ name = \"the marker\", command = [\"sh\", \"-c\", \"echo >> rounds; test -e well\"] }";

/// Waits until the checks were made some times more.
fn some_rounds(demo: &Demo) {
    let rounds = || fs::read_to_string(demo.file("rounds")).unwrap_or_default().lines().count();
    let before = rounds();
    assert!(within_patience(|| rounds() > before + 4), "nobody checks");
}

/// Waits until nobody has watched for three seconds, by the clock that a gap is told by.
fn a_gap(demo: &Demo) {
    let seen = soak(demo)["seen_at"].as_u64().unwrap();
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    assert!(within_patience(|| now() > u128::from(seen) + 3_000), "the clock stands still");
}

/// A soak that asks for a file in the world.
fn soaking(gaps: &str) -> Demo {
    let checks = format!("checks = [{MARKER}]");
    soaking_by(&format!("for = \"9d\", {checks}{gaps}"))
}

/// A soak that asks what it is told to, before a smoke step.
fn soaking_by(soak: &str) -> Demo {
    let demo = Demo::edited(|plan| {
        let plan = only(&plan, &["consent", "soak", "smoke", "record"]);
        let (before, after) = plan.split_once("smoke = {").unwrap();
        let (_, after) = after.split_once("] }").unwrap();
        let up = "{ name = \"consent answers\", http = \"http://127.0.0.1:8016/rlabs-consent/up\" }";
        let up = up.replace("8016", before.split("http://127.0.0.1:").nth(1).unwrap().split('/').next().unwrap());
        let plan = format!("{before}smoke = {{ checks = [{up}, {MARKER}] }}{after}");
        let plan = quick(&plan);
        let (before, after) = plan.split_once("soak  = {").unwrap();
        let (_, after) = after.split_once("] }").unwrap();
        format!("{before}soak  = {{ every = \"100ms\", {soak} }}{after}")
    });
    fs::write(demo.file("well"), "").unwrap();
    demo.frozen()
}

fn soak(demo: &Demo) -> Value {
    demo.step("soak")["soak"].clone()
}

#[test]
fn it_stops_for_what_is_bad_and_for_what_nobody_saw_and_ends_by_the_owners_word() {
    let demo = soaking("");
    demo.run(&["end-soak", "soak", "--reason", "too early"]).exits(4).says("no soak of step soak runs");
    let ship = demo.start_ship();
    assert!(within_patience(|| soak(&demo)["since"].is_u64()), "it doesn't begin");
    fs::remove_file(demo.file("well")).unwrap();
    assert!(within_patience(|| soak(&demo)["good"] == false), "{:#}", soak(&demo));
    demo.run(&["status"]).exits(0).says("not healthy, the clock stands: failed  the marker");
    let stood = soak(&demo)["good_for"].as_u64();
    some_rounds(&demo);
    assert_eq!(soak(&demo)["good_for"].as_u64(), stood, "the clock stands");
    fs::write(demo.file("well"), "").unwrap();
    assert!(within_patience(|| soak(&demo)["good"] == true), "{:#}", soak(&demo));

    ship.signal("TERM");
    ship.ended().exits(143).says("stopped by signal 15").says("go on with: ");
    let left = soak(&demo);
    assert_eq!(left["watched"], false, "{left:#}");
    demo.run(&["status"]).exits(0).says("nobody watches it");
    a_gap(&demo);
    let ship = demo.start_ship();
    assert!(within_patience(|| soak(&demo)["gaps"].as_array().is_some_and(|gaps| !gaps.is_empty())), "no gap");
    demo.run(&["log"]).exits(0).says("nobody watched for").says("not counted");
    demo.run(&["report"]).exits(0).says("soak-gap").says("not counted");
    let back = soak(&demo);
    assert_eq!((&back["gaps"][0]["counted"], &back["gaps"][0]["from"]), (&Value::Bool(false), &left["seen_at"]));
    assert!(back["unwatched"].as_u64() >= Some(3_000), "{back:#}");
    let since = back["seen_at"].as_u64().unwrap() - back["gaps"][0]["until"].as_u64().unwrap();
    assert!(back["good_for"].as_u64() <= Some(left["good_for"].as_u64().unwrap() + since + 100), "{left:#}{back:#}");
    demo.run(&["status"]).exits(0).says("nobody watched for");

    demo.run(&["end-soak", "soak", "--reason", "  "]).exits(2);
    demo.run(&["end-soak", "soak", "--reason", "the fair opens on Monday"]).exits(0);
    ship.ended().exits(0);
    demo.verify();
    assert!(demo.is_shipped());
    let told = demo.step("soak")["evidence"][0].as_str().unwrap().to_owned();
    assert!(told.starts_with("ended early by ") && told.ends_with("the fair opens on Monday"), "{told}");
    demo.run(&["report"]).exits(0).says("the fair opens on Monday");
    demo.run(&["log"]).exits(0).says("soak-gap soak").says("soak-cut soak");
}

#[test]
fn a_plan_may_count_what_nobody_saw() {
    let demo = soaking(", gaps = \"count\"");
    let ship = demo.start_ship();
    assert!(within_patience(|| soak(&demo)["since"].is_u64()), "it doesn't begin");
    ship.signal("HUP");
    ship.ended().exits(129);
    a_gap(&demo);
    let ship = demo.start_ship();
    assert!(within_patience(|| soak(&demo)["gaps"][0]["counted"] == true), "{:#}", soak(&demo));
    assert!(soak(&demo)["good_for"].as_u64() >= Some(3_000), "{:#}", soak(&demo));
    ship.signal("INT");
    ship.ended().exits(130);
    // nobody conducts: the word is kept, and whoever ships next goes on from it
    demo.run(&["end-soak", "soak", "--reason", "enough"]).exits(0).says("go on with: ");
    demo.ship().exits(0);
    assert!(demo.is_shipped());
    demo.verify();
}

#[test]
fn the_checks_of_a_smoke_step_watch_it_too() {
    let demo = soaking_by("for = \"12s\", smoke = [\"smoke\"]");
    let ship = demo.start_ship();
    assert!(within_patience(|| soak(&demo)["since"].is_u64()), "it doesn't begin");
    fs::remove_file(demo.file("well")).unwrap();
    assert!(within_patience(|| soak(&demo)["good"] == false), "{:#}", soak(&demo));
    let detail = soak(&demo)["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("the marker") && !detail.contains("consent answers"), "{detail}");
    let stood = soak(&demo)["good_for"].as_u64();
    assert!(stood < Some(12_000), "it ended before anything was bad");
    some_rounds(&demo);
    assert_eq!(soak(&demo)["good_for"].as_u64(), stood, "the clock stands");
    assert_eq!(demo.step_state("smoke"), "approved", "the step whose checks are made waits for its turn");
    ship.signal("TERM");
    ship.ended().exits(143);
    fs::write(demo.file("well"), "").unwrap();
    a_gap(&demo);
    demo.ship().exits(0);
    assert!(demo.is_shipped());
    let gap = &soak(&demo)["gaps"][0];
    assert_eq!(gap["counted"], false, "{gap:#}");
    demo.run(&["log"]).exits(0).says("soak-gap soak").says("bad after ").says("good after ");
    demo.run(&["report"]).exits(0).says("soak-gap").says("not counted");
    demo.verify();
}
