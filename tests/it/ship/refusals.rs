//! What stops a step before it starts, and what is said of it.

use std::fs;

use crate::common::demo::Demo;
use crate::common::plan_text::only;
use crate::common::process::at_work;
use crate::common::release::Release as _;
use crate::common::scratch::write_program;
use crate::common::waiting::within_patience;

fn approved(demo: &Demo, step: &str) {
    demo.run(&["approve", step, "--yes", "--plan", &demo.digest()]).exits(0);
}

#[test]
fn what_is_approved_waits_to_be_started() {
    let demo = Demo::careful(&["consent"]).frozen();
    approved(&demo, "consent");
    let status = demo.status();
    assert!(status["waiting_for"].as_str().unwrap().ends_with(" to be started"), "{}", status["waiting_for"]);
    assert_eq!(status["go_on"], "flightdeck ship");
}

#[test]
fn a_hook_that_refuses_fails_the_step_and_the_next_try_passes() {
    let demo = Demo::quick(&["consent", "lib"]).frozen();
    let hook = demo.file("deploy/rlabs-consent.git/hooks/pre-receive");
    let kept = fs::read_to_string(&hook).unwrap();
    write_program(&hook, "#!/bin/sh\necho 'closed on fridays'\nexit 1\n");
    let said = demo.ship().exits(1);
    assert!(said.all().contains("closed on fridays") || said.all().contains("hook declined"), "{}", said.all());
    assert!(said.all().contains("go on with: "), "{}", said.all());
    assert_eq!(demo.step_state("consent"), "failed");
    // nothing goes on by itself
    demo.ship().exits(1);
    write_program(&hook, &kept);
    demo.resume().exits(0);
    assert_eq!(demo.effects(), ["deploy rlabs-consent", "publish agentguard-lib"]);
    demo.verify();
}

#[test]
fn a_hook_that_prints_all_of_its_build_fails_the_step_with_its_last_words() {
    let demo = Demo::quick(&["consent", "lib"]).frozen();
    let hook = demo.file("deploy/rlabs-consent.git/hooks/pre-receive");
    let line = "building a module of the application, all is well so far";
    write_program(
        &hook,
        &format!(
            "#!/bin/sh\ni=0\nwhile [ $i -lt 1500 ]; do echo \"$i {line}\"; i=$((i+1)); done\necho 'it broke'\nexit 1\n"
        ),
    );
    demo.ship().exits(1).says("it broke");
    assert_eq!(demo.step_state("consent"), "failed");
    demo.run(&["log", "--json"]).exits(0).says(" bytes left out ").says("it broke");
    demo.verify();
}

#[test]
fn a_main_that_moved_stops_the_step() {
    let demo = Demo::quick(&["consent", "lib"]).frozen();
    demo.shell(
        "git clone -q remotes/rlabs-consent.git other && cd other && git checkout -q main && echo x > x && git add x \
         && git -c user.name=Eve -c user.email=e@e commit -qm moved && git push -q origin main",
    );
    let said = demo.ship().exits(5);
    assert!(demo.effects().is_empty(), "{}", said.all());
    demo.verify();
}

fn drifted(script: &str) {
    let demo = Demo::quick(&["consent", "lib"]).frozen();
    demo.shell(script);
    let said = demo.ship().exits(5);
    assert!(demo.effects().is_empty(), "{}", said.all());
    assert!(said.all().contains("rlabs-consent"), "{}", said.all());
    demo.verify();
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
    let demo = Demo::quick(&["consent", "lib"]).frozen();
    demo.shell("mv repos/rlabs-consent repos/gone");
    demo.ship().exits(9).says("missing");
    assert!(demo.effects().is_empty());
    demo.shell("mv repos/gone repos/rlabs-consent");
    demo.ship().exits(0);
    demo.verify();
}

#[test]
fn a_remote_that_went_away_stops_the_step() {
    let demo = Demo::quick(&["consent", "lib"]).frozen();
    demo.shell("mv remotes/rlabs-consent.git remotes/gone.git");
    let said = demo.ship();
    assert_ne!(said.exit, 0);
    assert!(demo.effects().is_empty(), "{}", said.all());
    demo.shell("mv remotes/gone.git remotes/rlabs-consent.git");
    demo.resume().exits(0);
    demo.verify();
}

#[test]
fn another_digest_under_the_same_version_is_a_conflict_whatever_the_reason() {
    let demo = Demo::quick(&["lib", "migrate"]).frozen();
    demo.shell("echo other > other.tar; bin/registry.inner push agentguard-lib 1.4.0 other.tar");
    // it is seen before the step starts: nothing is uploaded over it, and the owner is asked
    let said = demo.ship().exits(5);
    assert!(said.all().contains("agentguard-lib 1.4.0 is live") && said.all().contains("not by us"), "{}", said.all());
    let said = demo.run(&["accept", "lib", "--reason", "Eve did it"]).exits(5);
    assert!(said.all().contains("isn't accepted") && said.all().contains("but ours is"), "{}", said.all());
    assert_eq!(demo.step_state("lib"), "conflict", "{}", said.all());
    // looking again, and again by another process, doesn't make it ours
    demo.ship().exits(5).says("lib");
    demo.run(&["resume", "--yes"]).exits(5);
    assert_eq!(demo.step_state("lib"), "conflict");
    assert!(demo.effects().is_empty());
    // what was built is gone, and with it what could be compared: that is no proof either
    demo.shell("kept=$(find state -type d -name artifacts) && test -n \"$kept\" && rm -r $kept");
    demo.ship().exits(5).says("lib");
    assert_eq!(demo.step_state("lib"), "conflict");
    demo.run(&["resolve", "lib", "--as", "present", "--reason", "these bytes shall ship"]).exits(0);
    demo.resume().exits(0);
    assert_eq!(demo.effects(), ["migrate"]);
    demo.verify();
}

#[test]
fn what_has_begun_to_ship_is_frozen_for_good_and_nothing_is_pushed_in_its_place() {
    let demo = Demo::quick(&["consent", "lib"]).frozen();
    demo.ship_until("consent").exits(0);
    let refs = || demo.shell("git --git-dir=remotes/agentguard-lib.git for-each-ref");
    let before = refs();
    demo.shell("git -C repos/agentguard-lib commit -q --allow-empty -m unseen");
    demo.run(&["freeze", "--by", "Eve", "--yes"]).exits(4);
    assert_eq!(refs(), before);
}

#[test]
fn what_somebody_published_by_hand_is_for_the_owner_to_accept() {
    let demo = Demo::quick(&["lib", "migrate"]).frozen();
    demo.shell(
        "cp -a repos/agentguard-lib mine && cd mine && git checkout -q release/m3-team-org-tier && bin/build && \
         ../bin/registry.inner push agentguard-lib 1.4.0 dist/agentguard-lib-1.4.0.tar",
    );
    let said = demo.ship().exits(5);
    assert!(demo.effects().is_empty(), "{}", said.all());
    let accepted = demo.run(&["accept", "lib", "--reason", "Eve did it"]);
    assert_eq!(accepted.exit, 0, "{}\n{}", said.all(), accepted.all());
    let said = demo.resume();
    assert_eq!(said.exit, 0, "{}", said.all());
    assert_eq!(demo.effects(), ["migrate"]);
    demo.verify();
}

#[test]
fn red_tests_stop_a_step() {
    let demo = Demo::edited(|plan| {
        let plan = only(&plan, &["consent", "lib"]);
        plan.replacen("test       = [\"bin/test\"]", "test       = [\"sh\", \"-c\", \"echo two failed; exit 1\"]", 1)
    })
    .frozen();
    let said = demo.run(&["ship", "--yes"]).exits(9);
    assert!(said.all().contains("exit 1"), "{}", said.all());
    demo.run(&["approve", "consent", "--yes"]).exits(9);
    assert!(demo.effects().is_empty());
    demo.verify();
}

#[test]
fn a_flag_that_was_flipped_voids_the_approval() {
    let demo = Demo::careful(&["consent", "lib"]).frozen();
    approved(&demo, "consent");
    demo.shell("sed -i 's/\"off\"/\"beta\"/' flags.json");
    let said = demo.run(&["ship", "--yes"]);
    // by its gate, by its approval, or as out of order: whichever is seen first
    assert!([3, 5, 9].contains(&said.exit), "{}", said.all());
    assert!(demo.effects().is_empty());
    demo.shell("sed -i 's/\"beta\"/\"off\"/' flags.json");
    demo.verify();
}

#[test]
fn a_flag_that_was_flipped_stops_a_train() {
    let demo = Demo::quick(&["consent", "lib"]).frozen();
    demo.hold_at("after-rlabs-consent");
    let ship = demo.start_ship();
    demo.reached("after-rlabs-consent");
    demo.shell("sed -i 's/\"off\"/\"beta\"/' flags.json");
    demo.let_pass("after-rlabs-consent");
    let said = ship.ended();
    // by its gate, or as out of order: whichever is seen first
    assert!([5, 9].contains(&said.exit), "{}", said.all());
    assert_eq!(demo.effects(), ["deploy rlabs-consent"], "{}", said.all());
    demo.shell("sed -i 's/\"beta\"/\"off\"/' flags.json");
    if said.exit == 9 { demo.ship() } else { demo.resume() }.exits(0);
    demo.verify();
}

#[test]
fn a_plan_edited_while_it_ships_stops_the_ship() {
    let demo = Demo::quick(&["consent", "lib", "migrate"]).frozen();
    demo.hold_at("before-rlabs-consent");
    let ship = demo.start_ship();
    demo.reached("before-rlabs-consent");
    let plan = fs::read_to_string(demo.plan()).unwrap();
    fs::write(demo.plan(), plan.replace("timeout = \"5m\"", "timeout = \"6m\"")).unwrap();
    demo.let_pass("before-rlabs-consent");
    let said = ship.ended().exits(7);
    assert_eq!(demo.effects(), ["deploy rlabs-consent"], "{}", said.all());
    demo.ship().exits(7);
    let said = demo.run(&["trust", "--yes"]).exits(0);
    assert!(said.all().contains("6m"), "the change isn't shown: {}", said.all());
    demo.ship().exits(0);
    assert_eq!(demo.effects(), ["deploy rlabs-consent", "publish agentguard-lib", "migrate"]);
    demo.verify();
}

#[test]
fn what_is_done_cant_be_changed() {
    let demo = Demo::quick(&["consent", "lib"]).frozen();
    demo.ship_until("consent").exits(0);
    assert_eq!(demo.effects(), ["deploy rlabs-consent"]);
    let plan = fs::read_to_string(demo.plan()).unwrap();
    fs::write(demo.plan(), only(&plan, &["lib"])).unwrap();
    let said = demo.run(&["trust", "--yes"]);
    assert_ne!(said.exit, 0, "{}", said.all());
    demo.ship().exits(7);
    fs::write(demo.plan(), plan).unwrap();
    demo.ship().exits(0);
    demo.verify();
}

#[test]
fn a_line_from_the_history_publishes_no_changed_plan() {
    let demo = Demo::quick(&["consent", "lib"]).frozen();
    let said = demo.run(&["ship", "--yes"]);
    assert_ne!(said.exit, 0);
    demo.run(&["ship", "--yes", "--plan", "0123"]);
    demo.run(&["ship"]).exits(2);
    assert!(demo.effects().is_empty(), "{}", said.all());
}

#[test]
fn a_soak_isnt_waited_for_where_nobody_wants_to() {
    let demo = Demo::quick(&["consent", "soak"]).frozen();
    let said = demo.run(&["ship", "--yes", "--plan", &demo.digest(), "--no-wait"]).exits(10);
    assert!(said.all().contains("go on with: "), "{}", said.all());
    demo.ship().exits(0);
    demo.verify();
}

#[test]
fn every_way_to_be_called_wrongly_is_two() {
    let demo = Demo::quick(&["consent"]);
    demo.run(&["ship", "--nonsense"]).exits(2);
    demo.run(&["ship", "--yes", "--until", "nowhere"]);
    demo.ship().exits(7);
    for bad in ["", "schema = 1\n", "\u{0}\u{1}binary", "schema = 1\n[release]\nid = \"m3"] {
        fs::write(demo.plan(), bad).unwrap();
        for command in ["check", "ship", "status", "plan", "trust"] {
            demo.run(&[command]).exits(2);
        }
    }
    fs::write(demo.plan(), "x = \"".to_owned() + &"y".repeat(30_000_000) + "\"\n").unwrap();
    demo.run(&["check"]).exits(2);
    fs::remove_file(demo.plan()).unwrap();
    demo.run(&["check"]).exits(2);
    // what was typed or pasted comes back harmless
    let said = demo.run(&["approve", "x\u{9b}2J\u{202e}\u{1b}[31m"]).exits(2);
    assert!(!said.all().contains(['\u{9b}', '\u{202e}', '\u{1b}']), "{:?}", said.all());
}

#[test]
fn a_command_that_ignores_its_end_is_ended() {
    let demo = Demo::edited(|plan| {
        let plan = only(&plan, &["consent"]);
        let stubborn = "trap '' TERM; sh -c 'trap \\\"\\\" TERM; sleep 600' & sleep 600";
        plan + &format!(
            "[[step]]\nid = \"slow\"\nstage = \"x\"\ntitle = \"Slow\"\ntimeout = \"1s\"\nrun = {{ command = [\"sh\", \"-c\", \"{stubborn}\"] }}\n"
        )
    })
    .frozen();
    approved(&demo, "consent");
    demo.run(&["ship", "--yes"]).exits(3);
    approved(&demo, "slow");
    let said = demo.run(&["ship", "--yes"]);
    assert_eq!(said.exit, 5, "{}", said.all());
    assert!(within_patience(|| !at_work(&demo)), "it lives on");
    demo.verify();
}
