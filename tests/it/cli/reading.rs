//! The reading commands: what they say, in which shape, and with which exit status.

use crate::common::demo::Demo;
use crate::common::output::Output;
use crate::common::release::Release as _;
use crate::common::scratch::{FLIGHTDECK, Scratch};

#[test]
fn a_wrong_call_is_told_and_is_a_2() {
    let scratch = Scratch::new();
    for wrong in [
        &["frobnicate"][..],
        &["veto", "lib"],
        &["plan", "--dot"],
        &["resolve", "lib", "--as", "maybe", "--reason", "x"],
    ] {
        let said = scratch.run(wrong);
        assert_eq!(said.exit, 2, "{}", said.all());
        assert!(said.stderr.contains("error:"), "{}", said.all());
    }
    let nowhere = scratch.run(&["status"]);
    assert_eq!(nowhere.exit, 2, "{}", nowhere.all());
    assert!(nowhere.stderr.contains("release.toml") && nowhere.stderr.contains("try:"), "{}", nowhere.all());
    let alone = scratch.run(&[]);
    assert_eq!(alone.exit, 2, "{}", alone.all());
    assert!(alone.stderr.contains("terminal"), "{}", alone.all());
}

#[test]
fn every_command_has_help_that_says_its_exit_statuses() {
    let scratch = Scratch::new();
    let help = scratch.run(&["--help"]).stdout;
    let names =
        help.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1).take_while(|line| !line.is_empty());
    let names: Vec<_> = names.filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next()).collect();
    assert!(names.len() > 20 && !names.contains(&"demo-registry"), "{names:?}");
    for name in names {
        let said = scratch.run(&[name, "--help"]);
        assert_eq!(said.exit, 0, "{name}: {}", said.all());
        assert!(said.stdout.contains("Exit status") && said.stdout.contains("Example:"), "{name}: {}", said.stdout);
        assert_eq!(scratch.run(&["man", name]).exit, 0, "{name}");
    }
    for shell in ["bash", "zsh", "fish"] {
        assert!(scratch.run(&["completions", shell]).stdout.contains("flightdeck"), "{shell}");
    }
}

#[test]
fn complaints_come_all_at_once_and_as_fields() {
    let demo = Demo::start();
    demo.expect(0, &["check"]);
    demo.edit("release.toml", |text| {
        text.replace("mode  =", "moode =").replace("flag  = \"beta\"", "flag  = \"betta\"")
    });
    let text = demo.expect(2, &["check"]);
    assert!(
        text.stdout.contains("moode") && text.stdout.contains("betta") && text.stdout.contains('^'),
        "{}",
        text.all()
    );
    let json: serde_json::Value = demo.expect(2, &["check", "--json"]).json();
    assert_eq!(json["ok"], false);
    let complaints = json["complaints"].as_array().unwrap();
    assert!(complaints.len() >= 2 && complaints.iter().all(|c| c["line"].as_u64() > Some(0)), "{json}");
    assert_eq!(demo.run(&["ship"]).exit, 2);
}

#[test]
fn a_clone_that_cannot_ship_is_told_by_check() {
    let demo = Demo::start();
    std::fs::rename(demo.file("repos/agentguard-sdk/.git/HEAD"), demo.file("repos/agentguard-sdk/.git/DAEH")).unwrap();
    std::fs::remove_dir_all(demo.file("repos/agentguard-web")).unwrap();
    let said = demo.expect(1, &["check"]);
    assert!(said.stdout.contains("error: agentguard-sdk"), "{}", said.all());
    assert!(said.stdout.contains("warning: agentguard-web"), "{}", said.all());
}

#[test]
fn status_json_has_every_key_that_is_promised() {
    let demo = Demo::trusted_and_frozen();
    let status = demo.status();
    let has = |value: &serde_json::Value, keys: &str| {
        for key in keys.split(',') {
            assert!(value.get(key).is_some(), "{key} is missing in {value}");
        }
    };
    has(
        &status,
        "schema,release,phase,plan_digest,trusted,owner,controls,flag,repos,steps,seams,next,waiting_for,live,out_of_order,reachable_states",
    );
    has(&status["controls"], "holder,host,since,mine,alive");
    has(&status["flag"], "key,state,agree,readings");
    has(&status["repos"][2], "name,branch,head,qa_sha,ship_sha,main_sha,drift,dirty,publish,deploy,step,observed_at");
    has(&status["repos"][2]["drift"], "state,local,remote");
    has(&status["repos"][2]["publish"], "registry,package,version,state");
    has(&status["repos"][0]["deploy"], "target,sha,state");
    has(&status["repos"][0]["step"], "id,state");
    has(&status["steps"][0], "id,stage,title,verb,repo,state,approval,gates,attempts,evidence,reversibility");
    has(&status["steps"][0]["gates"][0], "kind,state,detail");
    assert_eq!(status["flag"]["state"], "off", "{status}");
    assert_eq!(status["repos"][2]["publish"]["version"], "1.4.0");
    assert_eq!(status["repos"][0]["drift"]["state"], "same");
    let text = demo.expect(0, &["status"]).stdout;
    assert!(text.contains("agentguard-lib") && text.contains("waiting for the gates of step consent"), "{text}");
    assert!(!text.contains('\x1b'), "{text:?}");
    let report = demo.expect(0, &["report"]).stdout;
    assert!(report.starts_with("# Team and organisation tier"), "{report}");
    assert!(report.contains("**So far**: the tests of `flows` have yet to run."), "{report}");
    let plan = demo.expect(0, &["plan"]).stdout;
    assert!(plan.contains("bin/publish dist/agentguard-lib-1.4.0.tar") && plan.contains("permanent"), "{plan}");
    assert!(demo.expect(0, &["plan", "--graph", "--dot"]).stdout.contains("\"consent\" -> \"notifier\""));
}

#[test]
fn looking_appends_nothing_and_a_reader_that_goes_away_is_no_error() {
    let demo = Demo::start();
    demo.status();
    demo.expect(0, &["log"]);
    demo.expect(0, &["plan"]);
    assert!(demo.expect(0, &["log", "--verify"]).stdout.contains("0 events"));
    let pipe = format!("'{FLIGHTDECK}' schema --reference | head -1; '{FLIGHTDECK}' schema | true");
    let piped = Output::of(demo.scratch().command("sh").args(["-c", &pipe]));
    assert!(!piped.stderr.contains("panicked"), "{}", piped.all());
}

/// Takes a ref out of the consent service's clone.
fn forget(demo: &Demo, name: &str) {
    demo.shell(&format!("git -C repos/rlabs-consent update-ref -d {name}"));
}

#[test]
fn the_flag_is_looked_for_in_the_code_that_claims_to_read_it() {
    let demo = Demo::start();
    let heads = demo.expect(0, &["check"]).stdout;
    assert!(heads.contains("stands in 6 of 6 repositories that claim to read it, at the heads"), "{heads}");
    demo.commit("rlabs-consent", "consent/extra.py", "import flags\n\nflags.on(\"m3_other\")\n");
    demo.trust_and_freeze();
    demo.edit("release.toml", |text| {
        let pattern = "pattern  = 'flags\\.on\\(\"(\\w+)\"\\)'";
        text.replacen("key      = \"m3_team_org_tier\"", &format!("key      = \"m3_team_org_tier\"\n{pattern}"), 1)
    });
    let frozen = demo.expect(0, &["check"]).stdout;
    assert!(frozen.contains("6 of 6 repositories that claim to read it, at the frozen commits"), "{frozen}");
    let other = "warning: rlabs-consent: it brings another flag, m3_other (consent/extra.py:3 at";
    assert!(frozen.contains(other), "{frozen}");
    let json = demo.expect(0, &["check", "--json"]).json();
    assert_eq!(json["flag"]["others"][0]["key"], "m3_other", "{json}");
    assert_eq!(json["flag"]["readers"][0]["at"]["what"], "frozen", "{json}");
    assert!(frozen.contains("\n  rlabs-consent: FLAGS:1 and 2 more files\n"), "{frozen}");
    assert!(json["flag"]["readers"][0]["place"]["line"].as_u64() > Some(0), "{json}");
    forget(&demo, "refs/heads/main");
    assert!(demo.expect(0, &["check"]).stdout.contains(other), "origin's main was here before");
    forget(&demo, "refs/remotes/origin/main");
    let alone = demo.expect(1, &["check"]).stdout;
    assert!(alone.contains("warning: rlabs-consent: which flags it brings can't be told at"), "{alone}");
    assert!(alone.contains("neither main nor origin/main is here to compare with"), "{alone}");
    demo.edit("release.toml", |text| text.replacen("key      = \"m3_team_org_tier\"", "key      = \"m3_other\"", 1));
    let said = demo.expect(1, &["check"]).stdout;
    let missing =
        "error: platform-api: `reports.flag` says that it reads the flag, but m3_other stands nowhere in its code at";
    assert!(said.contains(missing) && said.contains("as it is frozen") && said.contains("in 1 of 6"), "{said}");
    assert!(!said.contains("another flag"), "the one flag isn't another one: {said}");
}
