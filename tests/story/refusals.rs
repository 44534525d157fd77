//! What stops a step before it starts, and what is said of it.

use std::fs;

use crate::place::{Place, program};

fn approved(place: &Place, step: &str) {
    place.run(&["approve", step, "--yes", "--plan", &place.digest()]).exits(0);
}

#[test]
fn what_is_approved_waits_to_be_started() {
    let place = Place::careful(&["consent"]).frozen();
    approved(&place, "consent");
    let status = place.status();
    assert!(status["waiting_for"].as_str().unwrap().ends_with(" to be started"), "{}", status["waiting_for"]);
    assert_eq!(status["go_on"], "flightdeck ship");
}

#[test]
fn a_hook_that_refuses_fails_the_step_and_the_next_try_passes() {
    let place = Place::quick(&["consent", "lib"]).frozen();
    let hook = place.dir().join("deploy/rlabs-consent.git/hooks/pre-receive");
    let kept = fs::read_to_string(&hook).unwrap();
    program(&hook, "#!/bin/sh\necho 'closed on fridays'\nexit 1\n");
    let said = place.ship().exits(1);
    assert!(said.all().contains("closed on fridays") || said.all().contains("hook declined"), "{}", said.all());
    assert!(said.all().contains("go on with: "), "{}", said.all());
    assert_eq!(place.step_state("consent"), "failed");
    // nothing goes on by itself
    place.ship().exits(1);
    program(&hook, &kept);
    place.resume().exits(0);
    assert_eq!(place.effects(), ["deploy rlabs-consent", "publish agentguard-lib"]);
    place.verify();
}

#[test]
fn a_hook_that_prints_all_of_its_build_fails_the_step_with_its_last_words() {
    let place = Place::quick(&["consent", "lib"]).frozen();
    let hook = place.dir().join("deploy/rlabs-consent.git/hooks/pre-receive");
    let line = "building a module of the application, all is well so far";
    program(
        &hook,
        &format!(
            "#!/bin/sh\ni=0\nwhile [ $i -lt 1500 ]; do echo \"$i {line}\"; i=$((i+1)); done\necho 'it broke'\nexit 1\n"
        ),
    );
    place.ship().exits(1).says("it broke");
    assert_eq!(place.step_state("consent"), "failed");
    place.run(&["log", "--json"]).exits(0).says(" bytes left out ").says("it broke");
    place.verify();
}

#[test]
fn a_main_that_moved_stops_the_step() {
    let place = Place::quick(&["consent", "lib"]).frozen();
    place.shell(
        "git clone -q remotes/rlabs-consent.git other && cd other && git checkout -q main && echo x > x && git add x \
         && git -c user.name=Eve -c user.email=e@e commit -qm moved && git push -q origin main",
    );
    let said = place.ship().exits(5);
    assert!(place.effects().is_empty(), "{}", said.all());
    place.verify();
}

fn drifted(script: &str) {
    let place = Place::quick(&["consent", "lib"]).frozen();
    place.shell(script);
    let said = place.ship().exits(5);
    assert!(place.effects().is_empty(), "{}", said.all());
    assert!(said.all().contains("rlabs-consent"), "{}", said.all());
    place.verify();
}

const COMMIT: &str = "echo x > x && git add x && git -c user.name=Eve -c user.email=e@e commit -qm drift";

#[test]
fn a_local_drift_stops_the_step() {
    drifted(&format!("cd repos/rlabs-consent && git checkout -q release/m3-team-org-tier && {COMMIT}"));
}

#[test]
fn a_drift_on_the_remote_stops_the_step() {
    drifted(&format!(
        "git clone -q -b release/m3-team-org-tier remotes/rlabs-consent.git other && cd other && {COMMIT} && git push -q"
    ));
}

#[test]
fn a_dirty_tree_stops_the_step() {
    drifted("cd repos/rlabs-consent && git checkout -q release/m3-team-org-tier && echo x >> VERSION");
}

#[test]
fn a_repository_that_went_away_stops_the_step() {
    let place = Place::quick(&["consent", "lib"]).frozen();
    place.shell("mv repos/rlabs-consent repos/gone");
    place.ship().exits(9).says("missing");
    assert!(place.effects().is_empty());
    place.shell("mv repos/gone repos/rlabs-consent");
    place.ship().exits(0);
    place.verify();
}

#[test]
fn a_remote_that_went_away_stops_the_step() {
    let place = Place::quick(&["consent", "lib"]).frozen();
    place.shell("mv remotes/rlabs-consent.git remotes/gone.git");
    let said = place.ship();
    assert_ne!(said.code, 0);
    assert!(place.effects().is_empty(), "{}", said.all());
    place.shell("mv remotes/gone.git remotes/rlabs-consent.git");
    place.resume().exits(0);
    place.verify();
}

#[test]
fn another_digest_under_the_same_version_is_a_conflict_whatever_the_reason() {
    let place = Place::quick(&["lib", "migrate"]).frozen();
    place.shell("echo other > other.tar; bin/registry.inner push agentguard-lib 1.4.0 other.tar");
    // it is seen before the step starts: nothing is uploaded over it, and the owner is asked
    let said = place.ship().exits(5);
    assert!(said.all().contains("agentguard-lib 1.4.0 is live") && said.all().contains("not by us"), "{}", said.all());
    let said = place.run(&["accept", "lib", "--reason", "Eve did it"]).exits(5);
    assert!(said.all().contains("isn't accepted") && said.all().contains("but ours is"), "{}", said.all());
    assert_eq!(place.step_state("lib"), "conflict", "{}", said.all());
    // looking again, and again by another process, doesn't make it ours
    place.ship().exits(5).says("lib");
    place.run(&["resume", "--yes"]).exits(5);
    assert_eq!(place.step_state("lib"), "conflict");
    assert!(place.effects().is_empty());
    // what was built is gone, and with it what could be compared: that is no proof either
    place.shell("kept=$(find \"$FLIGHTDECK_STATE\" -type d -name artifacts) && test -n \"$kept\" && rm -r $kept");
    place.ship().exits(5).says("lib");
    assert_eq!(place.step_state("lib"), "conflict");
    place.run(&["resolve", "lib", "--as", "present", "--reason", "these bytes shall ship"]).exits(0);
    place.resume().exits(0);
    assert_eq!(place.effects(), ["migrate"]);
    place.verify();
}

#[test]
fn what_has_begun_to_ship_is_frozen_for_good_and_nothing_is_pushed_in_its_place() {
    let place = Place::quick(&["consent", "lib"]).frozen();
    place.run(&["ship", "--yes", "--plan", &place.digest(), "--until", "consent"]).exits(0);
    let refs = || place.shell("git --git-dir=remotes/agentguard-lib.git for-each-ref");
    let before = refs();
    place.shell("git -C repos/agentguard-lib commit -q --allow-empty -m unseen");
    place.run(&["freeze", "--by", "Eve", "--yes"]).exits(4);
    assert_eq!(refs(), before);
}

#[test]
fn what_somebody_published_by_hand_is_for_the_owner_to_accept() {
    let place = Place::quick(&["lib", "migrate"]).frozen();
    place.shell(
        "cp -a repos/agentguard-lib mine && cd mine && git checkout -q release/m3-team-org-tier && bin/build && \
         ../bin/registry.inner push agentguard-lib 1.4.0 dist/agentguard-lib-1.4.0.tar",
    );
    let said = place.ship().exits(5);
    assert!(place.effects().is_empty(), "{}", said.all());
    let accepted = place.run(&["accept", "lib", "--reason", "Eve did it"]);
    assert_eq!(accepted.code, 0, "{}\n{}", said.all(), accepted.all());
    let said = place.resume();
    assert_eq!(said.code, 0, "{}", said.all());
    assert_eq!(place.effects(), ["migrate"]);
    place.verify();
}

#[test]
fn red_tests_stop_a_step() {
    let place = Place::new(|plan| {
        let plan = crate::place::only(&plan, &["consent", "lib"]);
        plan.replacen("test       = [\"bin/test\"]", "test       = [\"sh\", \"-c\", \"echo two failed; exit 1\"]", 1)
    })
    .frozen();
    let said = place.run(&["ship", "--yes"]).exits(9);
    assert!(said.all().contains("exit 1"), "{}", said.all());
    place.run(&["approve", "consent", "--yes"]).exits(9);
    assert!(place.effects().is_empty());
    place.verify();
}

#[test]
fn a_flag_that_was_flipped_voids_the_approval() {
    let place = Place::careful(&["consent", "lib"]).frozen();
    approved(&place, "consent");
    place.shell("sed -i 's/\"off\"/\"beta\"/' flags.json");
    let said = place.run(&["ship", "--yes"]);
    // by its gate, by its approval, or as out of order: whichever is seen first
    assert!([3, 5, 9].contains(&said.code), "{}", said.all());
    assert!(place.effects().is_empty());
    place.shell("sed -i 's/\"beta\"/\"off\"/' flags.json");
    place.verify();
}

#[test]
fn a_flag_that_was_flipped_stops_a_train() {
    let place = Place::quick(&["consent", "lib"]).frozen();
    place.hold_at("after-rlabs-consent");
    let ship = place.start_ship();
    place.reached("after-rlabs-consent");
    place.shell("sed -i 's/\"off\"/\"beta\"/' flags.json");
    place.let_pass("after-rlabs-consent");
    let said = Place::end(ship);
    // by its gate, or as out of order: whichever is seen first
    assert!([5, 9].contains(&said.code), "{}", said.all());
    assert_eq!(place.effects(), ["deploy rlabs-consent"], "{}", said.all());
    place.shell("sed -i 's/\"beta\"/\"off\"/' flags.json");
    if said.code == 9 { place.ship() } else { place.resume() }.exits(0);
    place.verify();
}

#[test]
fn a_plan_edited_while_it_ships_stops_the_ship() {
    let place = Place::quick(&["consent", "lib", "migrate"]).frozen();
    place.hold_at("before-rlabs-consent");
    let ship = place.start_ship();
    place.reached("before-rlabs-consent");
    let plan = fs::read_to_string(place.plan()).unwrap();
    fs::write(place.plan(), plan.replace("timeout = \"5m\"", "timeout = \"6m\"")).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(600));
    place.let_pass("before-rlabs-consent");
    let said = Place::end(ship).exits(7);
    assert_eq!(place.effects(), ["deploy rlabs-consent"], "{}", said.all());
    place.ship().exits(7);
    let said = place.run(&["trust", "--yes"]).exits(0);
    assert!(said.all().contains("6m"), "the change isn't shown: {}", said.all());
    place.ship().exits(0);
    assert_eq!(place.effects(), ["deploy rlabs-consent", "publish agentguard-lib", "migrate"]);
    place.verify();
}

#[test]
fn what_is_done_cant_be_changed() {
    let place = Place::quick(&["consent", "lib"]).frozen();
    place.run(&["ship", "--yes", "--plan", &place.digest(), "--until", "consent"]).exits(0);
    assert_eq!(place.effects(), ["deploy rlabs-consent"]);
    let plan = fs::read_to_string(place.plan()).unwrap();
    fs::write(place.plan(), crate::place::only(&plan, &["lib"])).unwrap();
    let said = place.run(&["trust", "--yes"]);
    assert_ne!(said.code, 0, "{}", said.all());
    place.ship().exits(7);
    fs::write(place.plan(), plan).unwrap();
    place.ship().exits(0);
    place.verify();
}

#[test]
fn a_line_from_the_history_publishes_no_changed_plan() {
    let place = Place::quick(&["consent", "lib"]).frozen();
    let said = place.run(&["ship", "--yes"]);
    assert_ne!(said.code, 0);
    place.run(&["ship", "--yes", "--plan", "0123"]);
    place.run(&["ship"]).exits(2);
    assert!(place.effects().is_empty(), "{}", said.all());
}

#[test]
fn a_soak_isnt_waited_for_where_nobody_wants_to() {
    let place = Place::quick(&["consent", "soak"]).frozen();
    let said = place.run(&["ship", "--yes", "--plan", &place.digest(), "--no-wait"]).exits(10);
    assert!(said.all().contains("go on with: "), "{}", said.all());
    place.ship().exits(0);
    place.verify();
}

#[test]
fn every_way_to_be_called_wrongly_is_two() {
    let place = Place::quick(&["consent"]);
    place.run(&["ship", "--nonsense"]).exits(2);
    place.run(&["ship", "--yes", "--until", "nowhere"]);
    place.ship().exits(7);
    for bad in ["", "schema = 1\n", "\u{0}\u{1}binary", "schema = 1\n[release]\nid = \"m3"] {
        fs::write(place.plan(), bad).unwrap();
        for command in ["check", "ship", "status", "plan", "trust"] {
            place.run(&[command]).exits(2);
        }
    }
    fs::write(place.plan(), "x = \"".to_owned() + &"y".repeat(30_000_000) + "\"\n").unwrap();
    place.run(&["check"]).exits(2);
    fs::remove_file(place.plan()).unwrap();
    place.run(&["check"]).exits(2);
    // what was typed or pasted comes back harmless
    let said = place.run(&["approve", "x\u{9b}2J\u{202e}\u{1b}[31m"]).exits(2);
    assert!(!said.all().contains(['\u{9b}', '\u{202e}', '\u{1b}']), "{:?}", said.all());
}

#[test]
fn a_command_that_ignores_its_end_is_ended() {
    let place = Place::new(|plan| {
        let plan = crate::place::only(&plan, &["consent"]);
        let stubborn = "trap '' TERM; sh -c 'trap \\\"\\\" TERM; sleep 600' & sleep 600";
        plan + &format!(
            "[[step]]\nid = \"slow\"\nstage = \"x\"\ntitle = \"Slow\"\ntimeout = \"1s\"\nrun = {{ command = [\"sh\", \"-c\", \"{stubborn}\"] }}\n"
        )
    })
    .frozen();
    approved(&place, "consent");
    place.run(&["ship", "--yes"]).exits(3);
    approved(&place, "slow");
    let said = place.run(&["ship", "--yes"]);
    assert_eq!(said.code, 5, "{}", said.all());
    assert!(crate::place::within(5, || !crate::place::at_work(&place)), "it lives on");
    place.verify();
}
