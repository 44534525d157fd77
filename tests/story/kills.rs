//! `kill -9` at exact and at random moments: nothing happens twice, nothing is forgotten, and the end is the undisturbed one.

use std::thread::sleep;
use std::time::Duration;

use crate::place::{Place, SHORT, kill_tree, signal, within};

/// What dies.
#[derive(Debug, Clone, Copy)]
enum Dies {
    Alone,
    WithItsChildren,
}

pub(crate) const ONCE: &[&str] = &["deploy rlabs-consent", "publish agentguard-lib", "migrate"];

/// Goes on as an owner would who believes what flightdeck says, until it is shipped.
#[track_caller]
fn goes_on(place: &Place, told: &mut String) {
    for _ in 0..12 {
        if place.is_shipped() {
            return;
        }
        let status = place.status();
        let go_on = status["go_on"].as_str().unwrap_or_default().to_owned();
        told.push_str(&format!("go on with: {go_on}\n"));
        assert!(!go_on.is_empty(), "{told}\nno way on: {status:#}");
        let said = if go_on.contains("resolve") {
            let step = go_on.split_whitespace().skip_while(|w| *w != "resolve").nth(1).unwrap().to_owned();
            let line = ONCE.iter().zip(["consent", "lib", "migrate"]).find(|(_, id)| *id == step).unwrap().0;
            let there = place.effects().iter().any(|effect| effect == line);
            let how = if there { "present" } else { "absent" };
            place.run(&["resolve", &step, "--as", how, "--reason", "I looked"])
        } else if go_on.contains("accept") {
            let step = go_on.split_whitespace().skip_while(|w| *w != "accept").nth(1).unwrap().to_owned();
            place.run(&["accept", &step, "--reason", "the orphan landed it after all"])
        } else if go_on.contains("resume") {
            place.resume()
        } else {
            place.ship()
        };
        told.push_str(&said.all());
    }
    panic!("it never shipped:\n{told}");
}

/// Every effect left its one line, and the world is as if nothing had happened.
#[track_caller]
fn is_as_undisturbed(place: &Place, told: &str) {
    let mut effects = place.effects();
    effects.sort();
    let mut once: Vec<_> = ONCE.iter().map(|line| (*line).to_owned()).collect();
    once.sort();
    assert_eq!(effects, once, "{told}");
    ends_as_undisturbed(place, told);
}

#[track_caller]
fn ends_as_undisturbed(place: &Place, told: &str) {
    place.verify();
    let probed = place.shell("bin/registry probe agentguard-lib 1.4.0");
    assert_eq!(probed.len(), 64, "the registry doesn't have the library: {probed}\n{told}");
    assert_eq!(place.shell("grep -c teams live/database/schema_migrations"), "1");
    assert!(place.shell("cat flags.json").contains("\"on\""), "{told}");
    {
        let repo = "rlabs-consent";
        let frozen = place.shell(&format!("git -C repos/{repo} rev-parse release/m3-team-org-tier"));
        assert_eq!(place.shell(&format!("git -C deploy/{repo}.git rev-parse main")), frozen);
        assert_eq!(place.shell(&format!("git -C remotes/{repo}.git rev-parse main")), frozen);
    }
}

fn killed_at(point: &str, step: &str, dies: Dies) {
    let place = Place::quick(SHORT).frozen();
    place.hold_at(point);
    let mut ship = place.start_ship();
    place.reached(point);
    match dies {
        Dies::Alone => signal(ship.id(), "KILL"),
        Dies::WithItsChildren => kill_tree(ship.id()),
    }
    ship.wait().unwrap();
    let mut told = String::new();
    if matches!(dies, Dies::Alone) {
        // the orphan lives: it is named, and nothing starts beside it
        let status = place.run(&["status"]).exits(0);
        told.push_str(&status.all());
        let ships = place.ship();
        assert_eq!(ships.code, 5, "{}", ships.all());
        if point.starts_with("before") {
            assert!(ships.all().contains("still at work"), "no orphan is named: {}", ships.all());
            assert_eq!(place.step_state(step), "in-doubt");
            // the owner's word doesn't end a process: nothing starts beside it
            place.run(&["resolve", step, "--as", "absent", "--reason", "I think so"]);
            place.resume();
        }
        place.let_pass(point);
        assert!(within(10, || !crate::place::at_work(&place)), "the orphan lives on");
    } else {
        place.let_pass(point);
        let ships = place.ship();
        told.push_str(&ships.all());
    }
    goes_on(&place, &mut told);
    is_as_undisturbed(&place, &told);
}

#[test]
fn before_a_deploy_lands_alone() {
    killed_at("before-rlabs-consent", "consent", Dies::Alone);
}

#[test]
fn before_a_deploy_lands_with_its_children() {
    killed_at("before-rlabs-consent", "consent", Dies::WithItsChildren);
}

#[test]
fn after_a_deploy_landed_alone() {
    killed_at("after-rlabs-consent", "consent", Dies::Alone);
}

#[test]
fn after_a_deploy_landed_with_its_children() {
    killed_at("after-rlabs-consent", "consent", Dies::WithItsChildren);
}

#[test]
fn before_a_publish_alone() {
    killed_at("before-push", "lib", Dies::Alone);
}

#[test]
fn before_a_publish_with_its_children() {
    killed_at("before-push", "lib", Dies::WithItsChildren);
}

#[test]
fn after_a_publish_alone() {
    killed_at("after-push", "lib", Dies::Alone);
}

#[test]
fn after_a_publish_with_its_children() {
    killed_at("after-push", "lib", Dies::WithItsChildren);
}

#[test]
fn before_a_migration_alone() {
    killed_at("before-migrate", "migrate", Dies::Alone);
}

#[test]
fn before_a_migration_with_its_children() {
    killed_at("before-migrate", "migrate", Dies::WithItsChildren);
}

#[test]
fn after_a_migration_alone() {
    killed_at("after-migrate", "migrate", Dies::Alone);
}

#[test]
fn after_a_migration_with_its_children() {
    killed_at("after-migrate", "migrate", Dies::WithItsChildren);
}

#[test]
fn at_ten_random_moments_alone() {
    at_random_moments(Dies::Alone);
}

#[test]
fn at_ten_random_moments_with_its_children() {
    at_random_moments(Dies::WithItsChildren);
}

fn at_random_moments(dies: Dies) {
    let place = Place::quick(SHORT).frozen();
    let mut told = String::new();
    let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().subsec_nanos();
    let mut random = u64::from(seed) | 1;
    told.push_str(&format!("seed {seed}\n"));
    for _ in 0..10 {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let digest = place.digest();
        let verb = if place.status()["hold"].is_null() { "ship" } else { "resume" };
        let mut ship = place.start(&[verb, "--yes", "--plan", &digest]);
        sleep(Duration::from_millis(100 + random % 900));
        match dies {
            Dies::Alone => signal(ship.id(), "KILL"),
            Dies::WithItsChildren => kill_tree(ship.id()),
        }
        let _ = ship.wait();
        // whatever was cut off, the ledger is sound
        place.verify();
    }
    assert!(within(20, || !crate::place::at_work(&place)));
    goes_on(&place, &mut told);
    match dies {
        Dies::Alone => is_as_undisturbed(&place, &told),
        Dies::WithItsChildren => {
            // a hook that dies between its effect and its line leaves none, but never two
            for line in ONCE {
                let times = place.effects().iter().filter(|effect| effect == line).count();
                assert!(times <= 1, "{line} happened {times} times\n{told}");
            }
            ends_as_undisturbed(&place, &told);
        }
    }
}
