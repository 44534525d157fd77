//! Publishing in two phases: a version is staged where nobody can install it, then approved.

use std::fs;

use crate::place::Place;

const APPROVES: &str =
    "mv AT/registry/staged AT/registry/bytes && sha256sum AT/registry/bytes | cut -c1-64 > AT/registry/sdk-2.3.0";

#[test]
fn a_version_is_staged_and_then_approved() {
    let place = Place::in_two_phases(APPROVES);
    let shown = place.expect(0, &["plan"]).stdout;
    assert!(shown.contains("stage sdk 2.3.0 at here") && shown.contains("publish sdk 2.3.0 to here"), "{shown}");
    place.ship(0);
    assert_eq!(place.step("sdk")["state"], "done");
    assert_eq!(place.logged("\"kind\":\"intent\""), 3, "staged, approved, recorded");
    place.verify();
}

#[test]
fn a_stage_that_fails_publishes_nothing_and_is_tried_again() {
    let place = Place::in_two_phases(APPROVES);
    fs::write(place.scratch.path("registry/no-stage"), "").unwrap();
    let stopped = place.ship(5);
    assert!(!place.scratch.path("registry/sdk-2.3.0").exists(), "{}", stopped.all());
    fs::remove_file(place.scratch.path("registry/no-stage")).unwrap();
    place.expect(0, &["resolve", "sdk", "--as", "absent", "--reason", "nothing is staged"]);
    place.resume(0);
    assert!(place.scratch.path("registry/sdk-2.3.0").exists());
    place.verify();
}

#[test]
fn an_approval_that_says_yes_and_does_nothing_is_not_published() {
    let place = Place::in_two_phases("echo approved");
    let text = fs::read_to_string(place.scratch.path("release.toml")).unwrap();
    let short = text.replace("kind = \"generic\"", "kind = \"generic\"\npropagates = \"2s\"");
    fs::write(place.scratch.path("release.toml"), short).unwrap();
    place.expect(0, &["trust", "--yes"]);
    let stopped = place.ship(5);
    assert!(stopped.all().contains("the effect isn't there"), "{}", stopped.all());
    assert_eq!(place.step("sdk")["state"], "in-doubt");
}
