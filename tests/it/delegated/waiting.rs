//! Waiting for others: they bring it, they don't, flightdeck dies meanwhile, or nobody wants to wait.

use super::package::Package;
use crate::common::release::Release as _;
use crate::common::waiting::within_patience;

const EXTERNAL: &str = r#"
[[step]]
id = "sdk"
stage = "Libraries"
title = "Publish the SDK"
publish = "sdk"
via = "external"
waits_for = "the CI of sdk"
budget = "BUDGET"
"#;

fn external(budget: &str) -> Package {
    Package::new(&EXTERNAL.replace("BUDGET", budget))
}

#[test]
fn a_version_that_others_publish_is_waited_for_and_proven() {
    let package = external("60s");
    let dry = package.expect(0, &["ship", "--dry-run"]);
    let who = "wait for the CI of sdk, at most 1m: publish sdk 2.3.0 to here";
    assert!(dry.stdout.contains(who) && dry.stdout.contains("permanent"), "{}", dry.all());
    assert!(package.expect(0, &["plan"]).stdout.contains(who));
    let ship = package.start_ship();
    ship.prints("waits for the CI of sdk");
    package.publish();
    let said = ship.ended();
    assert_eq!(said.exit, 0, "{}", said.all());
    for words in [
        "waits for the CI of sdk: publish sdk 2.3.0 to here, since ",
        "at most until ",
        "the CI of sdk: the registry shows sdk 2.3.0",
        "digest not compared",
        "✔ sdk: publish sdk 2.3.0 to here",
    ] {
        assert!(said.stdout.contains(words), "no {words:?}: {}", said.all());
    }
    assert_eq!(package.status()["release"]["shipped"], true);
    // what others have published can't be thawed away
    package.expect(4, &["thaw", "--reason", "too late"]);
    package.verify();
}

#[test]
fn nobody_has_to_wait_and_a_killed_wait_is_taken_up_again() {
    let package = external("5m");
    let digest = package.digest();
    let left = package.expect(10, &["ship", "--yes", "--no-wait", "--plan", &digest]);
    assert!(left.stdout.contains("waits for the CI of sdk"), "{}", left.all());
    let mut ship = package.start_ship();
    let begun = package.events_of("intent");
    assert!(within_patience(|| package.events_of("intent") > begun), "it doesn't wait");
    ship.kill().unwrap();
    ship.wait().unwrap();
    assert_eq!(package.status()["hold"], serde_json::Value::Null);
    let again = package.expect(10, &["ship", "--yes", "--no-wait", "--plan", &digest]);
    assert!(again.stdout.contains("waits for the CI of sdk"), "{}", again.all());
    package.publish();
    package.ship().exits(0);
    package.verify();
}

#[test]
fn a_budget_that_is_over_says_who_did_not_bring_what_and_resume_waits_again() {
    let package = external("2s");
    let said = package.ship().exits(1);
    assert!(said.stdout.contains("the CI of sdk didn't bring it within 2s"), "{}", said.all());
    assert!(said.stdout.contains("publish sdk 2.3.0 to here") && said.stdout.contains("flightdeck resume"));
    assert_eq!(package.step("sdk")["state"], "failed");
    assert!(said.stdout.contains("live: nothing yet"), "{}", said.all());
    // nothing of ours happened: what is frozen may still be thawed
    package.publish();
    package.resume().exits(0);
    assert_eq!(package.status()["release"]["shipped"], true);
    package.verify();
}

#[test]
fn something_else_in_its_place_stops_the_wait() {
    let package = Package::new(
        "[[step]]\nid = \"up\"\nstage = \"s\"\ntitle = \"t\"\npromote = { repo = \"sdk\", to = \"staging\" }\n\
         via = \"external\"\nbudget = \"1m\"\n",
    );
    package.shell(
        "git clone -q remotes/sdk.git other && cd other && git checkout -q --orphan staging && git rm -rfq . \
         && echo x > x && git add x && git -c user.name=Eve -c user.email=e@e commit -qm other && git push -q origin staging",
    );
    let said = package.ship().exits(1);
    assert!(said.stdout.contains("somebody else was to push"), "{}", said.all());
    assert!(said.stdout.contains("but something else is there: origin/staging is at"), "{}", said.all());
    package.verify();
}
