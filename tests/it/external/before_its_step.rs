//! Something is there before the plan reaches it.

use std::fs;

use crate::common::demo::Demo;
use crate::common::release::Release as _;

/// The things out of order, each as its name and what became of it.
pub(crate) fn items(demo: &Demo) -> Vec<(String, String)> {
    let text = |item: &serde_json::Value, key: &str| item[key].as_str().unwrap().to_owned();
    let status = demo.status();
    status["out_of_order"].as_array().unwrap().iter().map(|item| (text(item, "id"), text(item, "state"))).collect()
}

pub(crate) fn one(id: &str, state: &str) -> Vec<(String, String)> {
    vec![(id.to_owned(), state.to_owned())]
}

pub(crate) fn flip(demo: &Demo, from: &str, to: &str) {
    let flags = demo.file("flags.json");
    let before = fs::read_to_string(&flags).unwrap();
    let after = before.replace(&format!("\"state\": \"{from}\""), &format!("\"state\": \"{to}\""));
    assert_ne!(before, after, "the flag isn't {from}");
    fs::write(flags, after).unwrap();
}

#[test]
fn a_release_branch_merged_by_hand_is_named_before_anything_is_published() {
    let demo = Demo::quick(&["lib", "consent"]).frozen();
    demo.shell(
        "git clone -q remotes/rlabs-consent.git other && cd other && git checkout -q main && \
         git -c user.name=Eve -c user.email=e@e merge -q --no-ff -m 'Ship it' origin/release/m3-team-org-tier && \
         git push -q origin main && git push -q ../deploy/rlabs-consent.git main",
    );
    let said = demo.ship().exits(5).says("origin/main of rlabs-consent is at ");
    assert!(said.all().contains("with commits that the frozen one hasn't: step 1 (consent) can't bring it to"));
    assert!(demo.effects().iter().all(|effect| !effect.contains("publish")), "{:?}", demo.effects());
    let status = demo.status();
    let consent = status["repos"].as_array().unwrap().iter().find(|repo| repo["name"] == "rlabs-consent").unwrap();
    assert_eq!(consent["deploy"]["state"], "other", "{consent:#}");
    demo.verify();
}

#[test]
fn a_tag_that_somebody_has_taken_is_named_before_the_last_step_meets_it() {
    let demo = Demo::quick(&["consent", "on", "record"]).frozen();
    demo.shell(
        "git clone -q remotes/rlabs-consent.git other && cd other && git checkout -q main && \
         git push -q origin main:refs/tags/m3-team-org-tier",
    );
    demo.ship().exits(5).says("origin/tags/m3-team-org-tier of rlabs-consent is at ").says("can't put it at");
    assert!(demo.effects().is_empty(), "{:?}", demo.effects());
    demo.shell("git --git-dir=remotes/rlabs-consent.git tag -d m3-team-org-tier");
    demo.resume().exits(0);
    assert!(demo.is_shipped());
    demo.verify();
}

#[test]
fn a_version_published_by_hand_holds_the_plan_before_its_first_step() {
    let demo = Demo::quick(&["consent", "lib"]).frozen();
    demo.shell(
        "cp -a repos/agentguard-lib mine && cd mine && git checkout -q release/m3-team-org-tier && bin/build && \
         ../bin/registry.inner push agentguard-lib 1.4.0 dist/agentguard-lib-1.4.0.tar",
    );
    let seq = demo.status()["seq"].clone();
    assert_eq!(items(&demo), one("agentguard-lib:package", "seen"));
    assert_eq!(demo.status()["seq"], seq, "looking appends nothing");

    demo.ship()
        .exits(5)
        .says("loopback agentguard-lib 1.4.0 is live, the plan publishes it in step 2 (lib), not by us");
    assert!(demo.effects().is_empty(), "{:?}", demo.effects());
    assert_eq!(items(&demo), one("agentguard-lib:package", "waiting"));
    let status = demo.status();
    assert_eq!(status["go_on"], "flightdeck accept agentguard-lib:package --reason TEXT");
    assert_eq!((&status["out_of_order"][0]["step"], &status["out_of_order"][0]["number"]), (&"lib".into(), &2.into()));
    demo.run(&["status"]).exits(0).says("! out of order: loopback agentguard-lib 1.4.0 is live");
    demo.resume().exits(5);
    demo.run(&["accept", "agentguard-lib:package", "--reason", " "]).exits(2);
    demo.run(&["accept", "platform-api:package", "--reason", "no such thing"]).exits(4);
    let seq = demo.status()["seq"].as_u64().unwrap();
    demo.ship().exits(5);
    let told = demo.run(&["log", "--json"]).exits(0).stdout.matches("\"out-of-order\"").count();
    assert_eq!(told, 1, "told once, however often it is looked at (seq {seq})");

    demo.run(&["accept", "agentguard-lib:package", "--reason", "Grace published it"])
        .exits(0)
        .says("by their own probes");
    demo.resume().exits(0);
    assert_eq!(demo.effects(), ["deploy rlabs-consent"], "nothing is published over what is there");
    assert!(demo.is_shipped());
    demo.run(&["report"]).exits(0).says("Grace published it");
    demo.verify();
}

#[test]
fn a_deploy_pushed_by_hand_is_accepted_by_its_steps_name_and_not_pushed_again() {
    let demo = Demo::quick(&["consent", "lib"]).frozen();
    demo.shell("git -C repos/rlabs-consent push -q production release/m3-team-org-tier:main");
    assert_eq!(demo.effects(), ["deploy rlabs-consent"]);
    demo.ship().exits(5).says("production/main of rlabs-consent is at").says("not by us");
    // the service may report what it runs before its remote was asked: then both are told
    let found = items(&demo);
    assert!(found.contains(&("rlabs-consent:production/main".to_owned(), "waiting".to_owned())), "{found:?}");
    let of_the_deploy = |(id, state): &(String, String)| id.starts_with("rlabs-consent:") && state == "waiting";
    assert!(found.iter().all(of_the_deploy), "{found:?}");
    demo.run(&["accept", "consent", "--reason", "it had to go out"]).exits(0).says("of 4 actions of step consent");
    assert_eq!(items(&demo), []);
    demo.resume().exits(0);
    assert_eq!(demo.effects(), ["deploy rlabs-consent", "publish agentguard-lib"]);
    demo.verify();
}

#[test]
fn main_merged_on_the_git_host_before_its_step_is_told() {
    let demo = Demo::quick(&["consent"]).frozen();
    demo.shell("git -C repos/rlabs-consent push -q origin release/m3-team-org-tier:main");
    demo.ship().exits(5).says("origin/main of rlabs-consent is at").says("the plan brings it in step 1 (consent)");
    demo.run(&["accept", "rlabs-consent:origin/main", "--reason", "merged in the pull request"]).exits(0);
    demo.resume().exits(0);
    assert_eq!(demo.effects(), ["deploy rlabs-consent"]);
    demo.verify();
}

#[test]
fn a_flag_flipped_by_hand_is_an_alarm_and_put_right_needs_no_word() {
    let demo = Demo::quick(&["consent", "on"]).frozen();
    flip(&demo, "off", "on");
    demo.ship().exits(5).says("the flag m3_team_org_tier is on, the plan sets it in step 2 (on), not by us");
    assert!(demo.effects().is_empty());
    flip(&demo, "on", "off");
    // seen again as it should be, which ends the alarm; the hold is still the owner's to end
    demo.ship().exits(5);
    assert_eq!(items(&demo), []);
    demo.run(&["log"]).exits(0).says("it is as it should be again");
    demo.resume().exits(0);
    assert!(demo.is_shipped());
    demo.verify();
}

#[test]
fn flag_off_works_while_something_is_out_of_order() {
    let demo = Demo::quick(&["consent", "on"]).frozen();
    flip(&demo, "off", "beta");
    demo.ship().exits(5).says("no step of the plan sets that");
    demo.run(&["flag", "off"]).exits(0).says("the flag is off").says("past the hold");
    assert_eq!(items(&demo), [], "what we moved ourselves is no surprise");
    demo.resume().exits(0);
    demo.verify();
}

#[test]
fn flag_off_works_though_the_disk_takes_nothing_and_the_ledger_hears_of_it_later() {
    let demo = Demo::quick(&["consent", "on", "record"]).frozen();
    demo.ship_until("on").exits(0);
    // what the controls are written to can't be replaced, as on a full disk
    demo.shell("for release in state/releases/*; do mkdir -p \"$release/controls.json/full\"; done");
    demo.ship().exits(1);
    demo.run(&["flag", "off"]).exits(0).says("the flag is off").says("not in the ledger yet");
    demo.shell("rm -r state/releases/*/controls.json");
    // the clock is put right: what was noted seems to lie long before the flag was set
    demo.shell("sed -i 's/\"at\":[0-9]*/\"at\":1/' state/releases/*/flag-back.json");
    demo.ship().exits(4).says("the flag went back to off");
    demo.run(&["log"]).exits(0).says("on → off").says("recorded later");
    assert_eq!(items(&demo), [], "it was our own doing");
    assert_eq!(demo.step_state("on"), "undone");
    demo.ship().exits(4);
    assert_eq!(demo.run(&["log", "--json"]).exits(0).stdout.matches("\"flag-set\"").count(), 1, "told once");
    demo.verify();
}
