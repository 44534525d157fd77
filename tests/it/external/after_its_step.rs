//! Something isn't as we left it.

use super::before_its_step::{flip, items, one};
use crate::common::demo::Demo;
use crate::common::plan_text::{only, quick};
use crate::common::release::Release as _;
use crate::common::waiting::within_patience;

/// Somebody deploys one more commit, with the name of the day on it.
fn deploy_another(demo: &Demo, word: &str) {
    demo.shell(&format!(
        "rm -rf other && git clone -q deploy/rlabs-consent.git other && cd other && git checkout -q main \
         && echo {word} > {word} && git add {word} && git -c user.name=Eve -c user.email=e@e commit -qm {word} \
         && git push -q origin main"
    ));
}

#[test]
fn another_commit_deployed_after_ours_is_accepted_as_it_is_and_the_next_one_is_asked_again() {
    let demo = Demo::quick(&["consent", "lib", "on"]).frozen();
    demo.ship_until("consent").exits(0);
    deploy_another(&demo, "hotfix");
    demo.ship().exits(5).says("production/main of rlabs-consent is at").says("moved not by us");
    assert_eq!(items(&demo), one("rlabs-consent:production/main", "waiting"));
    assert_eq!(demo.step_state("consent"), "done", "what we did stays done");
    demo.run(&["accept", "rlabs-consent:production/main", "--reason", "a hotfix"]).exits(0).says("as it is");
    assert_eq!(items(&demo), one("rlabs-consent:production/main", "accepted"));
    demo.run(&["resume", "--yes", "--plan", &demo.digest(), "--until", "lib"]).exits(0);

    deploy_another(&demo, "another");
    demo.ship().exits(5);
    assert_eq!(items(&demo), one("rlabs-consent:production/main", "waiting"));
    demo.run(&["accept", "consent", "--reason", "and one more"]).exits(0);
    demo.resume().exits(0);
    assert!(demo.is_shipped());
    assert_eq!(items(&demo), [], "what goes on after a release has shipped is no part of it");
    demo.verify();
}

#[test]
fn a_flag_set_back_by_hand_while_the_release_goes_on_is_told_at_once() {
    let demo = Demo::edited(|plan| {
        let plan = only(&plan, &["consent", "beta", "soak", "on"]);
        let plan = quick(&plan).replace("for = \"3s\"", "for = \"10m\"");
        // the web app and the API aren't deployed here: the health of the consent service will do
        plan.replace("/platform-api/up", "/rlabs-consent/up").replace("/agentguard-web/up", "/rlabs-consent/up")
    })
    .frozen();
    let child = demo.start_ship();
    assert!(within_patience(|| demo.step_state("soak") == "running"), "{}", demo.status());
    flip(&demo, "beta", "off");
    assert!(within_patience(|| items(&demo) == one("flag", "waiting")), "{}", demo.status());
    let said = demo.status()["out_of_order"][0]["says"].as_str().unwrap().to_owned();
    assert_eq!(said, "the flag m3_team_org_tier is off, the ledger put it to beta, changed not by us");
    child.signal("TERM");
    child.ended().exits(143).says("not by us");
    demo.run(&["accept", "flag", "--reason", "support asked for it"]).exits(0);
    assert_eq!(items(&demo), one("flag", "accepted"));
    flip(&demo, "off", "on");
    demo.run(&["status"]).exits(0).says("the flag m3_team_org_tier is on");
    demo.verify();
}

#[test]
fn what_is_being_shipped_is_never_out_of_order() {
    let demo = Demo::quick(&["consent", "lib", "migrate", "beta", "on"]).frozen();
    let child = demo.start_ship();
    let mut seen = Vec::new();
    assert!(within_patience(|| {
        seen.extend(items(&demo));
        demo.is_shipped()
    }));
    child.ended().exits(0);
    assert_eq!(seen, []);
    assert!(!demo.run(&["log", "--json"]).exits(0).stdout.contains("out-of-order"));
    demo.verify();
}
