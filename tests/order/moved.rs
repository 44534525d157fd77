//! Something isn't as we left it.

use crate::by_hand::{flip, items, one};
use crate::place::{Place, within};

/// Somebody deploys one more commit, with the name of the day on it.
fn deploy_another(place: &Place, word: &str) {
    place.shell(&format!(
        "rm -rf other && git clone -q deploy/rlabs-consent.git other && cd other && git checkout -q main \
         && echo {word} > {word} && git add {word} && git -c user.name=Eve -c user.email=e@e commit -qm {word} \
         && git push -q origin main"
    ));
}

#[test]
fn another_commit_deployed_after_ours_is_accepted_as_it_is_and_the_next_one_is_asked_again() {
    let place = Place::quick(&["consent", "lib", "on"]).frozen();
    place.run(&["ship", "--yes", "--plan", &place.digest(), "--until", "consent"]).exits(0);
    deploy_another(&place, "hotfix");
    place.ship().exits(5).says("production/main of rlabs-consent is at").says("moved not by us");
    assert_eq!(items(&place), one("rlabs-consent:production/main", "waiting"));
    assert_eq!(place.step_state("consent"), "done", "what we did stays done");
    place.run(&["accept", "rlabs-consent:production/main", "--reason", "a hotfix"]).exits(0).says("as it is");
    assert_eq!(items(&place), one("rlabs-consent:production/main", "accepted"));
    place.run(&["resume", "--yes", "--plan", &place.digest(), "--until", "lib"]).exits(0);

    deploy_another(&place, "another");
    place.ship().exits(5);
    assert_eq!(items(&place), one("rlabs-consent:production/main", "waiting"));
    place.run(&["accept", "consent", "--reason", "and one more"]).exits(0);
    place.resume().exits(0);
    assert!(place.is_shipped());
    assert_eq!(items(&place), [], "what goes on after a release has shipped is no part of it");
    place.verify();
}

#[test]
fn a_flag_set_back_by_hand_while_the_release_goes_on_is_told_at_once() {
    let place = Place::new(|plan| {
        let plan = crate::place::only(&plan, &["consent", "beta", "soak", "on"]);
        let plan = plan.replace("mode  = \"careful\"", "mode  = \"quick\"").replace("for = \"3s\"", "for = \"10m\"");
        // the web app and the API aren't deployed here: the health of the consent service will do
        plan.replace("/platform-api/up", "/rlabs-consent/up").replace("/agentguard-web/up", "/rlabs-consent/up")
    })
    .frozen();
    let child = place.start_ship();
    assert!(within(60, || place.step_state("soak") == "running"), "{}", place.status());
    flip(&place, "beta", "off");
    assert!(within(60, || items(&place) == one("flag", "waiting")), "{}", place.status());
    let said = place.status()["out_of_order"][0]["says"].as_str().unwrap().to_owned();
    assert_eq!(said, "the flag m3_team_org_tier is off, the ledger put it to beta, changed not by us");
    crate::place::signal(child.id(), "TERM");
    Place::end(child).exits(5).says("not by us");
    place.run(&["accept", "flag", "--reason", "support asked for it"]).exits(0);
    assert_eq!(items(&place), one("flag", "accepted"));
    flip(&place, "off", "on");
    place.run(&["status"]).exits(0).says("the flag m3_team_org_tier is on");
    place.verify();
}

#[test]
fn what_is_being_shipped_is_never_out_of_order() {
    let place = Place::quick(&["consent", "lib", "migrate", "beta", "on"]).frozen();
    let child = place.start_ship();
    let mut seen = Vec::new();
    assert!(within(120, || {
        seen.extend(items(&place));
        place.is_shipped()
    }));
    Place::end(child).exits(0);
    assert_eq!(seen, []);
    assert!(!place.run(&["log", "--json"]).exits(0).out.contains("out-of-order"));
    place.verify();
}
