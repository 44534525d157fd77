//! Stories on the built binary about what comes later, told before the first step: what each step will need, and what each
//! will run.

use crate::common::demo::Demo;
use crate::common::release::Release as _;
use serde_json::Value;

/// What `preflight --json` says of what isn't there: `repo: what: state: detail`.
fn lacking(demo: &Demo, exit: i32, arguments: &[&str]) -> Vec<String> {
    let arguments = [&["preflight", "--json"], arguments].concat();
    let sheet: Value = demo.expect(exit, &arguments).json();
    assert_eq!((sheet["schema"].as_u64(), sheet["ok"].as_bool()), (Some(1), Some(exit == 0)));
    let needs = sheet["needs"].as_array().unwrap();
    assert!(!needs.is_empty());
    let text = |need: &Value, key: &str| need[key].as_str().unwrap_or("-").to_owned();
    let lacks = |need: &&Value| ["missing", "unknown"].contains(&text(need, "state").as_str());
    let line = |need: &Value| ["repo", "what", "state", "detail"].map(|key| text(need, key)).join(": ");
    needs.iter().filter(lacks).map(line).collect()
}

#[track_caller]
fn names(lacking: &[String], expected: &str) {
    assert!(lacking.iter().any(|line| line.contains(expected)), "{expected} isn't among {lacking:#?}");
}

#[test]
fn a_good_world_has_everything_and_is_left_as_it_was() {
    let demo = Demo::start();
    let untrusted = demo.expect(7, &["preflight"]);
    assert!(untrusted.stderr.contains("flightdeck trust"), "{}", untrusted.all());
    demo.expect(0, &["trust", "--yes"]);
    demo.expect(0, &["freeze", "--by", "Grace", "--yes"]);
    let before = refs(&demo);
    let said = demo.expect(0, &["preflight"]);
    for words in [
        "platform-api",
        "push to production/main",
        "agentguard-lib 1.4.0 free at",
        "the clock",
        "0 missing, 0 can't be told now",
    ] {
        assert!(said.stdout.contains(words), "no {words:?}: {}", said.all());
    }
    assert_eq!(lacking(&demo, 0, &[]), Vec::<String>::new());
    assert_eq!(refs(&demo), before);
    assert!(!demo.expect(0, &["log", "--json"]).stdout.contains("\"kind\":\"intent\""));
    demo.expect(2, &["preflight", "--until", "nothing-like-it"]);
}

fn refs(demo: &Demo) -> String {
    demo.shell("for r in repos/* remotes/* deploy/*; do echo $r; git -C $r show-ref || true; done")
}

#[test]
fn each_missing_thing_is_named() {
    let demo = Demo::start();
    demo.edit("release.toml", |text| {
        text.replacen("test       = [\"bin/test\"]", "test = [\"no-such-tool\"]\nsecrets = [\"CONSENT_TOKEN\"]", 1)
    });
    demo.expect(0, &["trust", "--yes"]);
    demo.expect(0, &["freeze", "--by", "Grace", "--yes"]);
    // main of one moved, the version of another was taken, and a third's remote lets nobody write
    demo.shell(
        "git clone -q remotes/rlabs-notifier.git other && cd other && git checkout -q main && echo x > x && git add x \
         && git -c user.name=Eve -c user.email=e@e commit -qm moved && git push -q origin main",
    );
    demo.shell("echo other > other.tar; bin/registry push agentguard-lib 1.4.0 other.tar");
    demo.shell(
        "printf '#!/bin/sh\\necho \"you may not write here\" >&2\\nexit 1\\n' > refuse; chmod +x refuse; \
         git -C repos/platform-api config remote.production.receivepack \"$PWD/refuse\"",
    );
    let found = lacking(&demo, 9, &[]);
    names(&found, "rlabs-consent: no-such-tool: missing: no-such-tool isn't on the PATH: install it");
    names(&found, "rlabs-consent: $CONSENT_TOKEN: missing: CONSENT_TOKEN isn't set: export it");
    names(&found, "rlabs-notifier: fast-forward origin/main: missing: origin/main is at");
    names(&found, "agentguard-lib: agentguard-lib 1.4.0 free at loopback: missing: the version is taken: bump it");
    names(&found, "platform-api: push to production/main: ");
    // git names the reason by whether the look at main beside it has fetched what is there already
    let reasons = ["fetch first", "non-fast-forward"]
        .map(|why| format!("rlabs-notifier: push to origin/main: missing: [rejected] ({why}): merge what is there"));
    let is_told = |line: &String| reasons.iter().any(|reason| line.contains(reason.as_str()));
    assert!(found.iter().any(is_told), "{reasons:?} aren't among {found:#?}");
    assert_eq!(found.len(), 6, "{found:#?}");
    let said = demo.expect(9, &["preflight"]);
    assert!(said.stdout.contains("you may not write here"), "{}", said.all());
    // only what is wanted up to a step
    let early = lacking(&demo, 9, &["--until", "notifier"]);
    assert_eq!(early.len(), 4, "{early:#?}");
}

#[test]
fn as_a_gate_it_keeps_a_step_from_starting_and_lets_it_start_once_all_is_there() {
    let demo = Demo::start();
    demo.edit("release.toml", |text| {
        text.replacen("gates  = [{ flag = \"off\" }, { tests = true }]", "gates  = [{ preflight = true }]", 1)
    });
    demo.expect(0, &["trust", "--yes"]);
    demo.expect(0, &["freeze", "--by", "Grace", "--yes"]);
    demo.shell("mv bin/registry bin/away");
    let said = demo.expect(9, &["ship", "--yes"]);
    assert!(said.stdout.contains("what later steps need is there isn't met: "), "{}", said.all());
    assert!(
        said.stdout.contains("`flightdeck preflight` lists them") || said.stdout.contains("registry"),
        "{}",
        said.all()
    );
    demo.shell("mv bin/away bin/registry");
    demo.expect(3, &["ship", "--yes"]);
    demo.expect(0, &["approve", "consent"]);
    demo.expect(3, &["ship", "--yes"]);
    let steps = demo.status()["steps"].clone();
    assert_eq!(steps[0]["state"], "done", "{steps:#}");
    assert!(steps[0]["gates"][0]["detail"].as_str().unwrap().contains("needs looked at"), "{steps:#}");
}

/// Every file and folder of the world and of the user, and what is in them.
fn everything(demo: &Demo) -> String {
    let script = "find . | sort; find . -type f -print0 | sort -z | xargs -0 sha256sum";
    demo.scratch().shell_in(&demo.scratch().path(""), script)
}

#[test]
fn a_dry_run_shows_every_command_and_touches_nothing() {
    let demo = Demo::trusted_and_frozen();
    let before = everything(&demo);
    let dry = demo.expect(0, &["ship", "--dry-run"]).stdout;
    assert_eq!(everything(&demo), before);
    for words in [
        "would start, in this order",
        "1 consent · ",
        "after you approve it",
        "if tests pass on what ships: $ bin/test",
        "$ git push origin ",
        "$ bin/build",
        "$ bin/publish {artifact}",
        "$ bin/migrate",
        "GET http://127.0.0.1:",
        "waiting for the gates of step consent",
    ] {
        assert!(dry.contains(words), "no {words:?}: {dry}");
    }
    let early = demo.expect(0, &["ship", "--dry-run", "--until", "notifier"]).stdout;
    assert!(early.contains("$ bin/deploy") && !early.contains("bin/publish"), "{early}");
    demo.expect(2, &["ship", "--dry-run", "--until", "nothing-like-it"]);
}
