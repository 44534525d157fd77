//! The same train with a fault by name in each.

use std::fs;

use super::expected_end;
use super::six_repos::Train;
use crate::common::output::Output;
use crate::common::proxy::{Fault, Meets};
use crate::common::release::Release as _;

/// Ships until a fault stops it, mends, goes on to the end.
fn stopped_then_mended(train: &Train, exit: &[i32], words: &[&str], mend: impl FnOnce()) {
    let stopped = train.ship();
    assert!(exit.contains(&stopped.exit), "{}", stopped.all());
    // what is owed is said once a part of it is out
    let half: &[&str] =
        if stopped.all().contains("live: nothing yet") { &[] } else { &["owed:", "  ○ web: Deploy web ("] };
    for word in words.iter().chain(&["live:", "go on with: flightdeck resume"]).chain(half) {
        assert!(stopped.all().contains(word), "{word:?} isn't said: {}", stopped.all());
    }
    mend();
    ends_well(train);
}

fn ends_well(train: &Train) {
    let resumed = train.resume();
    assert_eq!(resumed.exit, 0, "{}", resumed.all());
    expected_end::like_the_undisturbed_one(train);
}

fn ships_at_once(train: &Train) -> Output {
    let shipped = train.ship();
    assert_eq!(shipped.exit, 0, "{}", shipped.all());
    expected_end::like_the_undisturbed_one(train);
    shipped
}

#[test]
fn a_registry_that_is_down_before_the_upload_stops_it() {
    let train = Train::new();
    train.registries.pypi.fault(Meets::all(), Fault::Down);
    stopped_then_mended(&train, &[1, 4, 5, 9], &["unavailable", "lib"], || train.registries.pypi.mend());
}

#[test]
fn a_registry_that_goes_down_during_the_upload_left_nothing() {
    let train = Train::new();
    train.registries.gems.fault(Meets::some("POST", "/api/v1/gems", u32::MAX), Fault::Down);
    stopped_then_mended(&train, &[1], &["kit", "nothing happened"], || train.registries.gems.mend());
}

#[test]
fn a_registry_that_goes_down_after_the_upload_is_waited_for() {
    let train = Train::new();
    train.registries.cargo.fault(Meets::some("GET", "/index/", 6).after_an_upload(), Fault::Down);
    ships_at_once(&train);
}

#[test]
fn an_upload_whose_reply_is_lost_is_done() {
    let train = Train::new();
    train.registries.npm.fault(Meets::some("PUT", "sdk", 1), Fault::ReplyLost);
    train.registries.pypi.fault(Meets::some("POST", "/", 1), Fault::ReplyLost);
    train.registries.gems.fault(Meets::some("POST", "/api/v1/gems", 1), Fault::ReplyLost);
    ships_at_once(&train);
}

#[test]
fn an_index_that_is_stale_for_some_reads_is_waited_for() {
    let train = Train::new();
    let stale = Fault::Answer { status: 404, headers: "", body: "not found" };
    train.registries.npm.fault(Meets::some("GET", "sdk", 5).after_an_upload(), stale.clone());
    train.registries.cargo.fault(Meets::some("GET", "/index/tr/", 5).after_an_upload(), stale.clone());
    train.registries.pypi.fault(Meets::some("GET", "/simple/", 5).after_an_upload(), stale.clone());
    train.registries.gems.fault(Meets::some("GET", "trainkit", 5).after_an_upload(), stale);
    ships_at_once(&train);
}

#[test]
fn another_digest_under_our_version_is_a_conflict_and_nothing_is_uploaded_over_it() {
    let train = Train::new();
    // somebody publishes 3.1.0 from their own machine
    train.shell(&format!(
        "cp -r kit theirs && cd theirs && echo '# theirs' >> lib/trainkit.rb && gem build trainkit.gemspec \
         && gem push --host {} trainkit-3.1.0.gem",
        train.registries.gems.url()
    ));
    let stopped = train.ship();
    assert_eq!(stopped.exit, 5, "{}", stopped.all());
    assert!(stopped.all().contains("kit"), "{}", stopped.all());
    // the owner's word isn't enough: ours is built, and its digest is another
    let refused = train.run(&["accept", "kit", "--reason", "it looks right"]);
    assert_eq!(refused.exit, 5, "{}", refused.all());
    assert!(refused.all().contains("conflict"), "{}", refused.all());
    assert_eq!(train.ship().exit, 5);
    let status = train.status();
    let kit = status["steps"].as_array().unwrap().iter().find(|step| step["id"] == "kit").unwrap();
    assert_eq!(kit["state"], "conflict", "{kit}");
    assert_eq!(train.registries.gems.accepted().len(), 1, "theirs alone");
    assert_eq!(train.status()["release"]["shipped"], false);
}

#[test]
fn a_yanked_version_stops_and_nothing_is_un_yanked() {
    let train = Train::new();
    // cargo itself would wait a minute for a version that it takes for gone
    let (from, to) = ("\"yanked\":false".to_owned(), "\"yanked\":true".to_owned());
    train.registries.cargo.fault(Meets::all().of("/index/tr/").asked_by("flightdeck/"), Fault::Rewritten { from, to });
    let stopped = train.ship();
    assert_eq!(stopped.exit, 5, "{}", stopped.all());
    assert!(stopped.all().contains("version yanked: bump and freeze again"), "{}", stopped.all());
    assert!(train.registries.cargo.passed().iter().all(|passed| !passed.path.contains("unyank")));
    assert_eq!(train.registries.cargo.accepted().len(), 1);
}

#[test]
fn a_registry_that_wants_it_later_is_tried_again_when_it_says() {
    let train = Train::new();
    // cargo repeats when it is wanted again; gem doesn't, and is given a minute
    let busy = Fault::Answer { status: 429, headers: "retry-after: 0\r\n", body: "too many requests" };
    train.registries.cargo.fault(Meets::some("PUT", "/api/v1/crates/new", 2), busy);
    ships_at_once(&train);
    let puts = train.registries.cargo.passed().into_iter().filter(|passed| passed.method == "PUT").count();
    assert_eq!(puts, 3, "refused twice, then taken");
}

#[test]
fn a_missing_right_that_npm_calls_not_found_is_translated() {
    let train = Train::new();
    let hidden = Fault::Answer { status: 404, headers: "", body: "{\"error\":\"Not found\"}" };
    train.registries.npm.fault(Meets::some("PUT", "sdk", 1), hidden);
    stopped_then_mended(&train, &[1], &["npm hides a missing right behind 404", "sdk"], || {});
}

#[test]
fn a_refused_push_stops_and_goes_on_once_it_is_taken() {
    let train = Train::new();
    let hook = train.at("remotes/web-live.git/hooks/pre-receive");
    fs::write(&hook, "#!/bin/sh\necho 'closed for lunch' >&2\nexit 1\n").unwrap();
    train.shell("chmod +x remotes/web-live.git/hooks/pre-receive");
    stopped_then_mended(&train, &[1], &["closed for lunch", "web", "flightdeck resume"], || {
        fs::remove_file(&hook).unwrap();
    });
}

#[test]
fn a_deploy_script_that_fails_after_deploying_has_deployed() {
    let train = Train::new();
    fs::write(train.at("deploy-fails"), "").unwrap();
    let shipped = ships_at_once(&train);
    assert!(shipped.all().contains("api"), "{}", shipped.all());
}
