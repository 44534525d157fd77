//! A way back that meets something on its way forward: a flag that is being turned on, one that an orphan is about to turn on,
//! and a soak of what is turned off.

use crate::common::demo::Demo;
use crate::common::plan_text::{only, quick};
use crate::common::process::at_work;
use crate::common::release::Release as _;
use crate::common::scratch::write_program;
use crate::common::waiting::within_patience;

/// The flag and what follows it, set by a program that on the way forward waits until it is let go.
fn slow() -> Demo {
    let demo = Demo::edited(|plan| {
        let plan = quick(&only(&plan, &["beta", "soak", "record"]));
        let (before, after) = plan.split_once("soak  = {").unwrap();
        let (_, after) = after.split_once("] }").unwrap();
        let checks = "[{ name = \"the plan\", command = [\"test\", \"-e\", \"release.toml\"] }]";
        let plan = format!("{before}soak  = {{ for = \"9d\", every = \"100ms\", checks = {checks} }}{after}");
        let (before, after) = plan.split_once("provider = {").unwrap();
        let (_, after) = after.split_once("}\n").unwrap();
        let flag = "provider = { command = [\"bin/flag-reads\"] }\n\
                    contexts = [{ name = \"anyone\", context = {}, expect = { off = \"off\", beta = \"beta\", on = \"on\" } }]\nset      = [\"bin/flag-sets\", \"{flag.state}\"]\n";
        format!("{before}{flag}{after}")
    });
    let reads = "#!/bin/sh\nsed -n 's/.*\"state\": *\\(\"[a-z]*\"\\).*/\\1/p' flags.json\n";
    write_program(&demo.file("bin/flag-reads"), reads);
    let sets = "#!/bin/sh\n[ $1 != off ] || touch gone-back\n[ $1 = off ] || [ -e fast ] || { touch setting; while [ ! -e go ] && [ -e release.toml ]; do sleep 0.02; done; }\n\
                sed -i \"s/\\\"state\\\": *\\\"[a-z]*\\\"/\\\"state\\\": \\\"$1\\\"/\" flags.json\n";
    write_program(&demo.file("bin/flag-sets"), sets);
    demo.frozen()
}

fn state_of(demo: &Demo) -> String {
    demo.shell("bin/flag-reads")
}

/// Whatever was on its way is let go, and has ended.
fn stays_off(demo: &Demo) {
    assert_eq!(state_of(demo), "\"off\"");
    demo.write("go", "");
    assert!(within_patience(|| !at_work(demo)), "something is still on its way");
    assert_eq!(state_of(demo), "\"off\"", "it was turned on behind the way back");
}

#[test]
fn a_flag_step_at_work_is_ended_before_the_flag_goes_back() {
    let demo = slow();
    let ship = demo.start_ship();
    assert!(within_patience(|| demo.file("setting").exists()), "{}", demo.status());
    demo.run(&["flag", "off"]).exits(0).says("the flag is off after ");
    let ended = ship.ended();
    stays_off(&demo);
    assert_ne!(demo.step_state("beta"), "done");
    assert!([4, 5].contains(&ended.exit), "{}", ended.all());
    assert!(demo.status()["hold"].is_string(), "nothing turns it on again by itself: {}", demo.status());
    demo.verify();
}

#[test]
fn what_an_interrupted_try_left_behind_doesnt_turn_the_flag_on_again() {
    let demo = slow();
    let mut ship = demo.start_ship();
    assert!(within_patience(|| demo.file("setting").exists()), "{}", demo.status());
    ship.signal("KILL");
    ship.wait().unwrap();
    // it is waited for, so that it can't turn the flag on behind the way back
    let back = demo.start(&["flag", "off"]);
    assert!(within_patience(|| demo.file("gone-back").exists()), "the flag isn't set back");
    demo.write("go", "");
    back.ended().exits(0).says("the flag is off after ");
    stays_off(&demo);
    demo.verify();
}

#[test]
fn a_soak_of_what_is_turned_off_ends_with_it() {
    let demo = slow();
    demo.shell("touch fast");
    let ship = demo.start_ship();
    assert!(within_patience(|| demo.step("soak")["soak"]["good_for"].is_u64()), "{:#}", demo.step("soak"));
    // while somebody has turned the flag off by hand, nothing of it is soaked
    demo.shell("bin/flag-sets off");
    assert!(within_patience(|| demo.step("soak")["soak"]["good"] == false), "{:#}", demo.step("soak"));
    assert!(demo.run(&["log"]).stdout.contains("the flag isn't beta for everyone"), "{:#}", demo.step("soak"));
    demo.shell("bin/flag-sets beta");
    assert!(within_patience(|| demo.step("soak")["soak"]["good"] == true), "{:#}", demo.step("soak"));
    demo.run(&["flag", "off"]).exits(0);
    let ended = ship.ended();
    assert_eq!(ended.exit, 4, "{}", ended.all());
    let status = demo.status();
    assert_eq!(status["hold"], "the flag went back to off");
    assert_eq!(status["waiting_for"], "you to resume", "and not for a soak of nothing: {status:#}");
    assert_eq!((demo.step_state("beta"), demo.step_state("soak")), ("undone".to_owned(), "pending".to_owned()));
    // going on turns it on and soaks anew
    let again = demo.start(&["resume", "--yes", "--plan", &demo.digest()]);
    assert!(within_patience(|| demo.step_state("soak") == "running"), "{}", demo.status());
    assert_eq!(state_of(&demo), "\"beta\"");
    again.signal("TERM");
    again.ended().exits(143);
    demo.verify();
}
