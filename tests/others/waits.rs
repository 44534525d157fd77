//! Waiting for others: they bring it, they don't, flightdeck dies meanwhile, or nobody wants to wait.

use std::time::Duration;

use crate::place::{Place, within};

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

fn external(budget: &str) -> Place {
    Place::new(&EXTERNAL.replace("BUDGET", budget))
}

#[test]
fn a_version_that_others_publish_is_waited_for_and_proven() {
    let place = external("60s");
    let dry = place.expect(0, &["ship", "--dry-run"]);
    let who = "wait for the CI of sdk, at most 1m: publish sdk 2.3.0 to here";
    assert!(dry.stdout.contains(who) && dry.stdout.contains("permanent"), "{}", dry.all());
    assert!(place.expect(0, &["plan"]).stdout.contains(who));
    let ship = place.start_ship();
    let waits = || place.expect(0, &["log", "--json"]).stdout.contains("\"kind\":\"intent\"");
    assert!(within(60, waits), "it doesn't wait");
    std::thread::sleep(Duration::from_secs(2));
    place.publish();
    let said = Place::ended(ship);
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
    assert_eq!(place.status()["release"]["shipped"], true);
    // what others have published can't be thawed away
    place.expect(4, &["thaw", "--reason", "too late"]);
    place.verify();
}

#[test]
fn nobody_has_to_wait_and_a_killed_wait_is_taken_up_again() {
    let place = external("5m");
    let digest = place.digest();
    let left = place.expect(10, &["ship", "--yes", "--no-wait", "--plan", &digest]);
    assert!(left.stdout.contains("waits for the CI of sdk"), "{}", left.all());
    let mut ship = place.start_ship();
    let begun = place.logged("\"kind\":\"intent\"");
    assert!(within(60, || place.logged("\"kind\":\"intent\"") > begun), "it doesn't wait");
    ship.kill().unwrap();
    ship.wait().unwrap();
    assert_eq!(place.status()["hold"], serde_json::Value::Null);
    let again = place.expect(10, &["ship", "--yes", "--no-wait", "--plan", &digest]);
    assert!(again.stdout.contains("waits for the CI of sdk"), "{}", again.all());
    place.publish();
    place.ship(0);
    place.verify();
}

#[test]
fn a_budget_that_is_over_says_who_did_not_bring_what_and_resume_waits_again() {
    let place = external("2s");
    let said = place.ship(1);
    assert!(said.stdout.contains("the CI of sdk didn't bring it within 2s"), "{}", said.all());
    assert!(said.stdout.contains("publish sdk 2.3.0 to here") && said.stdout.contains("flightdeck resume"));
    assert_eq!(place.step("sdk")["state"], "failed");
    assert!(said.stdout.contains("live: nothing yet"), "{}", said.all());
    // nothing of ours happened: what is frozen may still be thawed
    place.publish();
    place.resume(0);
    assert_eq!(place.status()["release"]["shipped"], true);
    place.verify();
}

#[test]
fn something_else_in_its_place_stops_the_wait() {
    let place = Place::new(
        "[[step]]\nid = \"up\"\nstage = \"s\"\ntitle = \"t\"\npromote = { repo = \"sdk\", to = \"staging\" }\n\
         via = \"external\"\nbudget = \"1m\"\n",
    );
    place.shell(
        "git clone -q remotes/sdk.git other && cd other && git checkout -q --orphan staging && git rm -rfq . \
         && echo x > x && git add x && git -c user.name=Eve -c user.email=e@e commit -qm other && git push -q origin staging",
    );
    let said = place.ship(1);
    assert!(said.stdout.contains("somebody else was to push"), "{}", said.all());
    assert!(said.stdout.contains("but something else is there: origin/staging is at"), "{}", said.all());
    place.verify();
}
