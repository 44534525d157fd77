//! Whole stories on the built binary: from an untrusted plan to a shipped release, and every way of standing still.

use crate::common::daemon::free_port;
use crate::common::demo::Demo;
use crate::common::release::Release as _;
use crate::common::scratch::Scratch;

fn state(status: &serde_json::Value, step: &str) -> String {
    let steps = status["steps"].as_array().unwrap();
    steps.iter().find(|s| s["id"] == step).unwrap()["state"].as_str().unwrap().to_owned()
}

#[test]
fn a_release_ships_step_by_step_and_the_ledger_proves_it() {
    let demo = Demo::start();
    let untrusted = demo.expect(7, &["ship", "--yes"]);
    assert!(untrusted.stdout.contains("go on with: flightdeck trust"), "{}", untrusted.all());
    let asked = demo.expect(2, &["trust"]);
    assert!(asked.stdout.contains("bin/deploy") && asked.stderr.contains("--yes"), "{}", asked.all());
    demo.expect(7, &["freeze", "--by", "Grace", "--yes"]);
    demo.expect(7, &["approve", "consent"]);
    demo.expect(0, &["trust", "--yes"]);
    assert!(demo.expect(3, &["ship", "--yes"]).stdout.contains("flightdeck freeze"));
    demo.expect(0, &["freeze", "--by", "Grace", "--verdict", "passed", "--yes"]);
    demo.expect(4, &["approve", "web"]);
    demo.expect(2, &["approve", "nothing-like-it"]);
    let plan = demo.digest();
    let mut approvals = 0;
    loop {
        let status = demo.status();
        if status["release"]["shipped"] == true {
            break;
        }
        let next = status["next"].as_str().unwrap().to_owned();
        if next == "look" {
            for line in ["1", "2", "3"] {
                demo.expect(0, &["tick", "look", line]);
            }
        }
        demo.expect(0, &["approve", &next]);
        if next == "lib" {
            // permanent: a yes alone, or one for another plan, publishes nothing
            demo.expect(2, &["ship", "--yes"]);
            demo.expect(2, &["ship", "--yes", "--plan", "0123456789abcdef"]);
            assert_eq!(state(&demo.status(), "lib"), "approved");
        }
        let shipped = demo.run(&["ship", "--yes", "--plan", &plan]);
        assert!(matches!(shipped.exit, 0 | 3), "{next}: {}", shipped.all());
        assert!(shipped.stdout.contains("live:"), "{}", shipped.all());
        approvals += 1;
        assert!(approvals <= 15, "{}", shipped.all());
    }
    let status = demo.status();
    assert!(status["steps"].as_array().unwrap().iter().all(|step| step["state"] == "done"), "{status}");
    assert_eq!(status["flag"]["state"], "on");
    let grid = demo.expect(0, &["status"]).stdout;
    assert!(grid.lines().any(|row| row.contains("agentguard-web") && row.contains("+1 repin")), "{grid}");
    assert_eq!(demo.expect(0, &["ship", "--yes"]).exit, 0, "shipping again does nothing");
    assert!(demo.expect(0, &["log", "--verify"]).stdout.contains("every invariant holds"));
    let kinds: Vec<_> = demo.events().into_iter().map(|event| event["kind"].clone()).collect();
    assert_eq!(kinds.first().unwrap(), "opened");
    assert_eq!(kinds.iter().filter(|kind| *kind == "shipped").count(), 1);
    let back = demo.expect(0, &["flag", "off"]);
    assert!(back.stdout.contains("off"), "{}", back.all());
    assert!(std::fs::read_to_string(demo.file("flags.json")).unwrap().contains("\"off\""));
    demo.expect(4, &["flag", "on"]);
}

#[test]
fn a_veto_and_a_hold_stop_a_ship_until_they_are_taken_back() {
    let demo = Demo::trusted_and_frozen();
    demo.expect(2, &["veto", "consent", "--reason", " "]);
    demo.expect(0, &["veto", "consent", "--reason", "not today"]);
    let vetoed = demo.expect(4, &["ship", "--yes"]);
    assert!(
        vetoed.stdout.contains("not today") && vetoed.stdout.contains("flightdeck lift consent"),
        "{}",
        vetoed.all()
    );
    demo.expect(4, &["approve", "consent"]);
    demo.expect(0, &["lift", "consent"]);
    demo.expect(4, &["lift", "consent"]);
    demo.expect(0, &["hold", "--reason", "the API is slow"]);
    let held = demo.expect(4, &["ship", "--yes"]);
    assert!(held.stdout.contains("the API is slow") && held.stdout.contains("flightdeck resume"), "{}", held.all());
    // the way back is open in a hold, and says what it passed over
    let back = demo.expect(0, &["flag", "off"]);
    assert!(back.stdout.contains("past the hold"), "{}", back.all());
    demo.expect(2, &["resume"]);
    demo.expect(3, &["resume", "--yes"]);
    demo.expect(0, &["approve", "consent"]);
    demo.expect(3, &["ship", "--yes"]);
    assert_eq!(state(&demo.status(), "consent"), "done");
    demo.expect(4, &["thaw", "--reason", "too late"]);
    demo.expect(4, &["undo", "consent", "--yes"]);
}

#[test]
fn a_quick_train_is_asked_once_and_stops_where_it_was_told_to() {
    let demo = Demo::start();
    demo.edit("release.toml", |text| text.replace("mode  = \"careful\"", "mode  = \"quick\""));
    demo.expect(0, &["trust", "--yes"]);
    demo.expect(0, &["freeze", "--by", "Grace", "--yes"]);
    let dry = demo.expect(0, &["ship", "--dry-run"]);
    assert!(dry.stdout.contains("consent"), "{}", dry.all());
    demo.expect(2, &["ship", "--yes"]);
    demo.expect(2, &["ship", "--yes", "--until", "nothing-like-it"]);
    // the train that is approved goes on to what is permanent, wherever this ship stops
    demo.expect(2, &["ship", "--yes", "--until", "notifier"]);
    let plan = demo.digest();
    demo.expect(0, &["ship", "--yes", "--until", "notifier", "--plan", &plan]);
    let status = demo.status();
    assert_eq!((state(&status, "notifier"), state(&status, "lib")), ("done".to_owned(), "approved".to_owned()));
    let stopped = demo.expect(3, &["ship", "--yes", "--plan", &plan]);
    assert!(stopped.stdout.contains("tick look"), "{}", stopped.all());
    for line in ["1", "2", "3"] {
        demo.expect(0, &["tick", "look", line]);
    }
    demo.expect(10, &["ship", "--yes", "--no-wait"]);
    demo.expect(0, &["ship", "--yes"]);
    assert_eq!(demo.status()["release"]["shipped"], true);
}

#[test]
fn a_failure_holds_the_release_and_a_changed_plan_needs_trust_again() {
    let demo = Demo::trusted_and_frozen();
    demo.expect(0, &["approve", "consent"]);
    demo.edit("release.toml", |text| text.replace("Deploy the web app", "Deploy the whole web app"));
    demo.expect(7, &["ship", "--yes"]);
    demo.expect(7, &["approve", "consent"]);
    let shown = demo.expect(0, &["trust", "--yes"]);
    assert!(shown.stdout.contains("Deploy the whole web app"), "{}", shown.all());
    // a commit on the release branch after the freeze
    let head = demo.file("repos/rlabs-consent/.git/refs/heads/release/m3-team-org-tier");
    let main = std::fs::read_to_string(demo.file("repos/rlabs-consent/.git/refs/heads/main")).unwrap();
    let frozen = std::fs::read_to_string(&head).unwrap();
    std::fs::write(&head, main).unwrap();
    demo.expect(0, &["approve", "consent"]);
    let drifted = demo.expect(5, &["ship", "--yes"]);
    assert!(drifted.stdout.contains("flightdeck resume"), "{}", drifted.all());
    std::fs::write(&head, frozen).unwrap();
    let resumed = demo.run(&["resume", "--yes"]);
    assert_eq!(resumed.exit, 3, "{}", resumed.all());
}

#[test]
fn a_second_conductor_is_turned_away_and_commands_reach_the_first() {
    let demo = Demo::start();
    demo.edit("release.toml", |text| {
        text.replace("for = \"3s\"", "for = \"60s\"").replace("mode  = \"careful\"", "mode  = \"quick\"")
    });
    demo.expect(0, &["trust", "--yes"]);
    demo.expect(0, &["freeze", "--by", "Grace", "--yes"]);
    let plan = demo.digest();
    demo.expect(3, &["ship", "--yes", "--plan", &plan]);
    for line in ["1", "2", "3"] {
        demo.expect(0, &["tick", "look", line]);
    }
    let first = demo.start(&["ship", "--yes"]);
    first.prints("soak-started");
    let second = demo.expect(6, &["ship", "--yes"]);
    assert!(second.stderr.contains("has the controls"), "{}", second.all());
    demo.expect(0, &["hold", "--reason", "over the socket"]);
    assert_eq!(demo.status()["hold"], "over the socket");
    first.signal("TERM");
    first.ended().exits(143).says("over the socket");
    assert!(demo.expect(0, &["log", "--verify"]).stdout.contains("every invariant holds"));
    assert!(demo.status()["controls"]["holder"].is_null());
}

#[test]
fn without_a_terminal_the_demo_ships_itself() {
    let scratch = Scratch::new();
    let port = free_port().to_string();
    let shipped = scratch.run(&["demo", "world", "--port", &port]);
    assert_eq!(shipped.exit, 0, "{}", shipped.all());
    assert!(shipped.stdout.contains("**shipped**") && shipped.stdout.contains("intent lib"), "{}", shipped.all());
    assert!(!shipped.stdout.contains('\x1b'));
}

#[test]
fn what_was_missed_between_the_repositories_is_caught() {
    let scratch = Scratch::new();
    let port = free_port().to_string();
    let caught = scratch.run(&["demo", "world", "--with-misses", "--port", &port]);
    assert_eq!(caught.exit, 9, "{}", caught.all());
    let said = caught.stdout.split("4 misses that no repository sees by itself, caught:").nth(1);
    let said = said.unwrap_or_else(|| panic!("{}", caught.all()));
    for line in [
        "out of order: loopback @agentguard/sdk 2.3.0 is live",
        "seam notifier-fields: rlabs-notifier: templates/team-invitation.txt.j2:4 uses `seats`",
        "seam sdk-contract: agentguard-sdk: contract/openapi.json:22: `renews_on` of Team is gone",
        "coverage: no test that passed has team × seller",
    ] {
        assert!(said.contains(line), "{line} is missing: {said}");
    }
    assert!(!caught.stdout.contains("intent notifier") && caught.stdout.contains("not shipped"), "{}", caught.all());
}

#[test]
fn the_flag_goes_back_though_release_toml_is_broken_or_gone() {
    let demo = Demo::trusted_and_frozen();
    let good = std::fs::read(demo.file("release.toml")).unwrap();
    for broken in [Some("half = ["), Some(""), None] {
        demo.edit("flags.json", |text| text.replace("\"off\"", "\"beta\""));
        match broken {
            Some(text) => std::fs::write(demo.file("release.toml"), text).unwrap(),
            None => std::fs::remove_file(demo.file("release.toml")).unwrap(),
        }
        assert_eq!(demo.run(&["status"]).exit, 2);
        let back = demo.expect(0, &["flag", "off"]);
        assert!(back.stdout.contains("the flag is off"), "{}", back.all());
        std::fs::write(demo.file("release.toml"), &good).unwrap();
        let log = demo.expect(0, &["log"]).stdout;
        assert!(log.contains("beta → off"), "{log}");
    }
}
