//! `kill -9` at exact and at random moments: nothing happens twice, nothing is forgotten, and the end is the undisturbed one.

use std::thread::sleep;
use std::time::Duration;

use crate::common::demo::{Demo, SHORT};
use crate::common::process::{at_work, kill_tree};
use crate::common::release::Release as _;
use crate::common::sampling::Random;
use crate::common::waiting::within_patience;

/// What dies.
#[derive(Debug, Clone, Copy)]
enum Dies {
    Alone,
    WithItsChildren,
}

pub(crate) const ONCE: &[&str] = &["deploy rlabs-consent", "publish agentguard-lib", "migrate"];

/// Goes on as an owner would who believes what flightdeck says, until it is shipped.
#[track_caller]
fn goes_on(demo: &Demo, told: &mut String) {
    for _ in 0..12 {
        if demo.is_shipped() {
            return;
        }
        let status = demo.status();
        let go_on = status["go_on"].as_str().unwrap_or_default().to_owned();
        told.push_str(&format!("go on with: {go_on}\n"));
        assert!(!go_on.is_empty(), "{told}\nno way on: {status:#}");
        let said = if go_on.contains("resolve") {
            let step = go_on.split_whitespace().skip_while(|w| *w != "resolve").nth(1).unwrap().to_owned();
            let how = if has_happened(demo, &step) { "present" } else { "absent" };
            demo.run(&["resolve", &step, "--as", how, "--reason", "I looked"])
        } else if go_on.contains("accept") {
            let step = go_on.split_whitespace().skip_while(|w| *w != "accept").nth(1).unwrap().to_owned();
            demo.run(&["accept", &step, "--reason", "the orphan landed it after all"])
        } else if go_on.contains("resume") {
            demo.resume()
        } else {
            demo.ship()
        };
        told.push_str(&said.all());
    }
    panic!("it never shipped:\n{told}");
}

/// What an owner finds who looks.
#[track_caller]
fn has_happened(demo: &Demo, step: &str) -> bool {
    let left = |line: &str| demo.effects().iter().any(|effect| effect == line);
    match step {
        "consent" => left(ONCE[0]),
        "lib" => left(ONCE[1]),
        "migrate" => left(ONCE[2]),
        "on" => demo.shell("cat flags.json").contains("\"on\""),
        "record" => ["rlabs-consent", "agentguard-lib"]
            .iter()
            .all(|repo| !demo.shell(&format!("git -C remotes/{repo}.git tag --list m3-team-org-tier")).is_empty()),
        _ => panic!("nothing is known of {step}"),
    }
}

/// Every effect left its one line, and the world is as if nothing had happened.
#[track_caller]
fn is_as_undisturbed(demo: &Demo, told: &str) {
    let mut effects = demo.effects();
    effects.sort();
    let mut once: Vec<_> = ONCE.iter().map(|line| (*line).to_owned()).collect();
    once.sort();
    assert_eq!(effects, once, "{told}");
    ends_as_undisturbed(demo, told);
}

#[track_caller]
fn ends_as_undisturbed(demo: &Demo, told: &str) {
    demo.verify();
    let probed = demo.shell("bin/registry probe agentguard-lib 1.4.0");
    assert_eq!(probed.len(), 64, "the registry doesn't have the library: {probed}\n{told}");
    assert_eq!(demo.shell("grep -c teams live/database/schema_migrations"), "1");
    assert!(demo.shell("cat flags.json").contains("\"on\""), "{told}");
    {
        let repo = "rlabs-consent";
        let frozen = demo.shell(&format!("git -C repos/{repo} rev-parse release/m3-team-org-tier"));
        assert_eq!(demo.shell(&format!("git -C deploy/{repo}.git rev-parse main")), frozen);
        assert_eq!(demo.shell(&format!("git -C remotes/{repo}.git rev-parse main")), frozen);
    }
}

fn killed_at(point: &str, step: &str, dies: Dies) {
    let demo = Demo::quick(SHORT).frozen();
    demo.hold_at(point);
    let mut ship = demo.start_ship();
    demo.reached(point);
    match dies {
        Dies::Alone => ship.signal("KILL"),
        Dies::WithItsChildren => kill_tree(ship.id()),
    }
    ship.wait().unwrap();
    let mut told = String::new();
    if matches!(dies, Dies::Alone) {
        // the orphan lives: it is named, and nothing starts beside it
        let status = demo.run(&["status"]).exits(0);
        told.push_str(&status.all());
        let ships = demo.ship();
        assert_eq!(ships.exit, 5, "{}", ships.all());
        if point.starts_with("before") {
            assert!(ships.all().contains("still at work"), "no orphan is named: {}", ships.all());
            assert_eq!(demo.step_state(step), "in-doubt");
            // the owner's word doesn't end a process: nothing starts beside it
            demo.run(&["resolve", step, "--as", "absent", "--reason", "I think so"]);
            demo.resume();
        }
        demo.let_pass(point);
        assert!(within_patience(|| !at_work(&demo)), "the orphan lives on");
    } else {
        demo.let_pass(point);
        let ships = demo.ship();
        told.push_str(&ships.all());
    }
    goes_on(&demo, &mut told);
    is_as_undisturbed(&demo, &told);
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
    let demo = Demo::quick(SHORT).frozen();
    let mut told = String::new();
    let mut random = Random::new();
    for _ in 0..10 {
        let digest = demo.digest();
        let verb = if demo.status()["hold"].is_null() { "ship" } else { "resume" };
        let mut ship = demo.start(&[verb, "--yes", "--plan", &digest]);
        sleep(Duration::from_millis(100 + random.below(900)));
        match dies {
            Dies::Alone => ship.signal("KILL"),
            Dies::WithItsChildren => kill_tree(ship.id()),
        }
        let _ = ship.wait();
        // whatever was cut off, the ledger is sound
        demo.verify();
    }
    assert!(within_patience(|| !at_work(&demo)));
    goes_on(&demo, &mut told);
    match dies {
        Dies::Alone => is_as_undisturbed(&demo, &told),
        Dies::WithItsChildren => {
            // a hook that dies between its effect and its line leaves none, but never two
            for line in ONCE {
                let times = demo.effects().iter().filter(|effect| effect == line).count();
                assert!(times <= 1, "{line} happened {times} times\n{told}");
            }
            ends_as_undisturbed(&demo, &told);
        }
    }
}
