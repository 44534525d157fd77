//! Publishing in two phases: a version is staged where nobody can install it, then approved.

use std::fs;

use super::package::Package;
use crate::common::release::Release as _;

const APPROVES: &str =
    "mv AT/registry/staged AT/registry/bytes && sha256sum AT/registry/bytes | cut -c1-64 > AT/registry/sdk-2.3.0";

#[test]
fn a_version_is_staged_and_then_approved() {
    let package = Package::in_two_phases(APPROVES);
    let shown = package.expect(0, &["plan"]).stdout;
    assert!(shown.contains("stage sdk 2.3.0 at here") && shown.contains("publish sdk 2.3.0 to here"), "{shown}");
    package.ship().exits(0);
    assert_eq!(package.step("sdk")["state"], "done");
    assert_eq!(package.events_of("intent"), 3, "staged, approved, recorded");
    package.verify();
}

#[test]
fn a_stage_that_fails_publishes_nothing_and_is_tried_again() {
    let package = Package::in_two_phases(APPROVES);
    fs::write(package.scratch().path("registry/no-stage"), "").unwrap();
    let stopped = package.ship().exits(5);
    assert!(!package.scratch().path("registry/sdk-2.3.0").exists(), "{}", stopped.all());
    fs::remove_file(package.scratch().path("registry/no-stage")).unwrap();
    package.expect(0, &["resolve", "sdk", "--as", "absent", "--reason", "nothing is staged"]);
    package.resume().exits(0);
    assert!(package.scratch().path("registry/sdk-2.3.0").exists());
    package.verify();
}

#[test]
fn an_approval_that_says_yes_and_does_nothing_is_not_published() {
    let package = Package::in_two_phases("echo approved");
    let text = fs::read_to_string(package.scratch().path("release.toml")).unwrap();
    let short = text.replace("kind = \"generic\"", "kind = \"generic\"\npropagates = \"2s\"");
    fs::write(package.scratch().path("release.toml"), short).unwrap();
    package.expect(0, &["trust", "--yes"]);
    let stopped = package.ship().exits(5);
    assert!(stopped.all().contains("the effect isn't there"), "{}", stopped.all());
    assert_eq!(package.step("sdk")["state"], "in-doubt");
}
