//! What happens beside the cockpit shows in it: a plan that is edited, a commit in another terminal.

use std::time::Instant;

use super::desk::Desk;
use crate::common::release::Release as _;
use crate::common::waiting::within_patience;

#[test]
fn a_plan_that_is_edited_badly_is_complained_about_and_the_last_good_one_stays() {
    let desk = Desk::new();
    let mut terminal = desk.open_fresh();
    let good = desk.read("release.toml");
    let half = &good[..good.len() / 2];
    for broken in [&half[..half.rfind('"').unwrap()], "", "\u{0}\u{1}\u{2}"] {
        desk.write("release.toml", broken);
        terminal.see("the last good plan");
        terminal.line(&["1 consent", "waiting for you"]);
        desk.write("release.toml", &good);
        terminal.see_no("the last good plan");
    }
    desk.write("release.toml", &good.replacen("Deploy the consent service", "Deploy what asks", 1));
    terminal.see("Deploy what asks");
    terminal.line(&["P shows its commands"]);
    terminal.keys("P");
    terminal.see("Trust this plan?");
    terminal.line(&["rewrite flags.json"]);
    terminal.keys("y");
    terminal.see_no("P shows its commands");
    terminal.keys("q");
    terminal.ended();
    terminal.is_as_found();
}

#[test]
fn a_commit_in_another_terminal_shows_by_itself() {
    let desk = Desk::new();
    let terminal = desk.open_fresh();
    let repo = desk.file("repos/platform-api").display().to_string();
    let git = format!("git -C {repo} -c user.name=Ada -c user.email=ada@example.com");
    desk.shell(&format!("{git} commit --quiet --allow-empty -m 'One more'"));
    terminal.line(&["platform-api", "1 ahead"]);
    desk.shell(&format!("{git} switch --quiet --create elsewhere"));
    terminal.line(&["platform-api", "elsewhere"]);
}

#[test]
fn a_soak_whose_watcher_was_killed_is_watched_again_by_the_next_cockpit_and_nothing_else_starts() {
    let desk = Desk::new();
    desk.built(|plan| {
        let plan = plan.replace("mode  = \"careful\"", "mode  = \"quick\"");
        let mut parts = plan.split("[[step]]");
        let head = parts.next().unwrap().to_owned();
        let part =
            |id: &str| parts.clone().find(|part| part.contains(&format!(" = \"{id}\"\nstage"))).unwrap().to_owned();
        let (before, after) = part("soak").split_once("soak  = {").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        let (_, after) = after.split_once("] }").unwrap();
        let checks = "[{ name = \"the marker\", command = [\"test\", \"-e\", \"well\"] }]";
        let soak = format!("{before}soak  = {{ for = \"15s\", every = \"200ms\", checks = {checks} }}{after}");
        // the seams and the coverage of what doesn't ship here are of no matter
        let head = head.split("[[seam]]").next().unwrap().to_owned();
        format!("{head}[[step]]{soak}[[step]]{}", part("consent").split("[[seam]]").next().unwrap())
    });
    desk.write("well", "");
    let digest = desk.digest();
    let soak = || desk.step("soak")["soak"].clone();
    let wait = |fits: &dyn Fn() -> bool| assert!(within_patience(fits), "{:#}", soak());
    let mut ship = desk.start(&["ship", "--yes", "--plan", &digest]);
    wait(&|| soak()["good_for"].as_u64() >= Some(2_000));
    ship.kill().unwrap();
    ship.wait().unwrap();
    let (left, since) = (soak(), Instant::now());
    wait(&|| since.elapsed().as_secs() >= 4);

    let mut terminal = desk.open_built("the next cockpit");
    wait(&|| soak()["good_for"].as_u64() >= Some(left["good_for"].as_u64().unwrap() + 4_000));
    let back = soak();
    assert_eq!(back["gaps"][0]["counted"], false, "{back:#}");
    assert!(back["unwatched"].as_u64() >= Some(3_000), "{back:#}");
    wait(&|| desk.step_state("soak") == "done");
    // whether its gates hold is asked meanwhile
    terminal.any(&["parked, nothing starts by itself: r goes on", "waits for a gate of step consent"]);
    assert_eq!(desk.step_state("consent"), "approved", "what has an effect waits for the owner");
    terminal.keys("q");
    terminal.ended();
    terminal.is_as_found();
    desk.verify();
}
