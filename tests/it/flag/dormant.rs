//! What is shown before anything becomes public: that it is dormant while the flag is off, and that the way back works.

use crate::common::demo::Demo;
use crate::common::plan_text::{only, quick};
use crate::common::release::Release as _;

/// The library alone, with both gates.
fn guarded() -> Demo {
    Demo::edited(|plan| {
        let plan = quick(&only(&plan, &["lib", "record"]));
        let plan = plan.replacen("[flag]\n", "[flag]\ndormant = \"required\"\n", 1);
        let (before, after) = plan.split_once("name       = \"agentguard-lib\"\n").unwrap();
        let library = "name       = \"agentguard-lib\"\ndormant    = { tests = [\"bin/test\"] }\n";
        let plan = format!("{before}{library}{after}");
        plan.replacen("{ tests = true }]", "{ tests = true }, { dormant = true }, { rehearsed = \"flag-off\" }]", 1)
    })
}

fn gate(demo: &Demo, kind: &str) -> serde_json::Value {
    let step = demo.step("lib");
    step["gates"].as_array().unwrap().iter().find(|gate| gate["kind"] == kind).unwrap().clone()
}

#[test]
fn a_publish_waits_for_the_rehearsal_and_for_mains_tests() {
    let demo = guarded().frozen();
    demo.ship().exits(9).says("flightdeck flag off --rehearse");
    assert_eq!(gate(&demo, "rehearsed")["state"], "unmet");
    let dormant = gate(&demo, "dormant");
    assert_eq!(dormant["state"], "holds", "{dormant:#}");
    let detail = dormant["detail"].as_str().unwrap();
    assert!(detail.starts_with("main's tests at ") && detail.contains("flag off: "), "{detail}");
    assert!(demo.effects().is_empty());

    demo.run(&["flag", "beta", "--rehearse"]).exits(2);
    demo.run(&["flag", "off", "--rehearse"]).exits(0).says("flag off is rehearsed: ");
    let status = demo.status();
    assert_eq!(status["flag"]["state"], "off", "nobody noticed");
    assert!(status["flag"]["rehearsed"]["took"].is_u64(), "{:#}", status["flag"]);
    demo.run(&["status"]).exits(0).says("flag off was rehearsed");
    demo.ship().exits(0);
    assert_eq!(demo.effects(), ["publish agentguard-lib"]);
    assert!(gate(&demo, "rehearsed")["detail"].as_str().unwrap().starts_with("flag off took "));
    demo.run(&["log"]).exits(0).says("flag-rehearsed");
    demo.verify();
}

#[test]
fn what_changes_for_users_while_the_flag_is_off_isnt_dormant() {
    let demo = guarded();
    // its own tests were bent so that they pass; main's weren't
    demo.shell(
        "cd repos/agentguard-lib && printf '#!/bin/sh\\nexit 0\\n' > bin/test && \
         echo 'from agentguard.gone import nothing' >> agentguard/__init__.py && \
         git -c user.name=Grace -c user.email=grace@example.com commit --quiet --all --message 'Bend the tests'",
    );
    let demo = demo.frozen();
    demo.run(&["flag", "off", "--rehearse"]).exits(0);
    demo.ship().exits(9);
    let (tests, dormant) = (gate(&demo, "tests"), gate(&demo, "dormant"));
    assert_eq!((&tests["state"], &dormant["state"]), (&"holds".into(), &"unmet".into()), "{tests:#}{dormant:#}");
    assert!(demo.effects().is_empty());
    demo.verify();
}

#[test]
fn main_is_where_origin_has_it_whatever_lies_here() {
    let demo = guarded();
    // a colleague's test reached origin's main; here main is behind it, and the release has dropped the test again
    demo.shell(
        "git clone --quiet remotes/agentguard-lib.git theirs && cd theirs && \
         git config user.name Grace && git config user.email grace@example.com && \
         printf 'exit 1 # what the release breaks\n' >> bin/test && git commit --quiet --all -m 'Test it' && \
         git push --quiet origin HEAD:main && cd ../repos/agentguard-lib && git fetch --quiet origin && \
         git -c user.name=Grace -c user.email=grace@example.com merge --quiet -s ours origin/main -m 'Take main in, without its test'",
    );
    let demo = demo.frozen();
    demo.run(&["flag", "off", "--rehearse"]).exits(0);
    demo.ship().exits(9);
    let (tests, dormant) = (gate(&demo, "tests"), gate(&demo, "dormant"));
    assert_eq!((&tests["state"], &dormant["state"]), (&"holds".into(), &"unmet".into()), "{tests:#}{dormant:#}");
    assert!(demo.effects().is_empty());
    demo.verify();
}

/// The library alone, with these fields in its contract and an answer that main gave, after its release branch was changed.
fn recorded(files: &str, fields: &str, change: &str) -> Demo {
    let demo = Demo::edited(|plan| {
        let plan = quick(&only(&plan, &["lib", "record"]));
        let name = "name       = \"agentguard-lib\"\n";
        let dormant = format!("dormant    = {{ contract = \"api.json\", recorded = \"{files}\" }}\n");
        let plan = plan.replacen(name, &format!("{name}{dormant}"), 1);
        plan.replacen("{ tests = true }]", "{ tests = true }, { dormant = true }]", 1)
    });
    let clone = demo.dir().join("repos/agentguard-lib");
    demo.shell("cd repos/agentguard-lib && git switch --quiet main && mkdir recordings");
    let contract = r#"{"openapi": "3.0.3", "paths": {"/teams/{id}": {"get": {"responses": {"200": {"content":
{"application/json": {"schema": {"type": "object", "properties": FIELDS}}}}}}}}}"#;
    std::fs::write(clone.join("api.json"), contract.replace("FIELDS", fields)).unwrap();
    let answer = r#"{"request": {"method": "GET", "path": "/teams/7"},
 "response": {"status": 200, "body": {
  "id": 7,
  "plan": "team"}}}
"#;
    std::fs::write(clone.join("recordings/team.json"), answer).unwrap();
    let git = "git -c user.name=Grace -c user.email=grace@example.com";
    demo.shell(&format!(
        "cd repos/agentguard-lib && git add . && {git} commit --quiet --message 'Record' && git push --quiet origin main && \
         git switch --quiet - && {git} merge --quiet --no-edit main && {{ {change}; }} && \
         {{ git diff --quiet || {git} commit --quiet --all --message 'Change'; }}"
    ));
    demo.frozen()
}

const FILES: &str = "recordings/*.json";
const BOTH: &str = r#"{"id": {"type": "integer"}, "plan": {"type": "string"}}"#;

#[test]
fn what_main_answered_is_still_promised_and_still_answered() {
    let demo = recorded(FILES, BOTH, "sed -i 's/\"team\"/\"solo\"/' recordings/team.json");
    demo.ship().exits(0);
    let detail = gate(&demo, "dormant")["detail"].to_string();
    assert!(detail.contains("api.json keeps what it promised at "), "{detail}");
    assert!(detail.contains("1 recorded answer of "), "{detail}");
    assert!(detail.contains(" is still promised, 1 of them recorded anew"), "{detail}");
    demo.verify();
}

#[test]
fn what_main_answered_and_is_not_answered_any_more_isnt_dormant() {
    for (fields, change, because) in [
        // the contract never told of it: only what was recorded does
        (
            r#"{"id": {"type": "integer"}}"#,
            "true",
            "`plan` of the 200 answer of GET /teams/{id} was answered, and isn't promised",
        ),
        (
            BOTH,
            "sed -i 's/\"plan\"/\"tier\"/' recordings/team.json",
            "GET /teams/7: `plan` of its body is gone (recordings/",
        ),
        (BOTH, "sed -i 's/200/503/' recordings/team.json", "its status was 200, and is 503"),
        (BOTH, "echo broken > recordings/team.json", "recordings/team.json at "),
    ] {
        let demo = recorded(FILES, fields, change);
        demo.ship().exits(9);
        let dormant = gate(&demo, "dormant");
        assert_eq!(dormant["state"], "unmet", "{dormant:#}");
        let detail = dormant["detail"].as_str().unwrap();
        assert!(detail.contains("recordings/team.json ") && detail.contains(because), "{detail}");
        assert!(demo.effects().is_empty());
    }
}

#[test]
fn where_nothing_was_recorded_nothing_is_shown() {
    let demo = recorded("answers/*.json", BOTH, "true");
    demo.ship().exits(9);
    let dormant = gate(&demo, "dormant");
    assert!(dormant["detail"].as_str().unwrap().contains("no such file is there"), "{dormant:#}");
    assert!(demo.effects().is_empty());
}

#[test]
fn a_plan_that_requires_dormancy_says_so_before_anything_is_public() {
    let demo = Demo::edited(|plan| {
        only(&plan, &["lib", "record"]).replacen("[flag]\n", "[flag]\ndormant = \"required\"\n", 1)
    });
    let said = demo.run(&["check"]).exits(2);
    said.says("`lib` makes something public before anything has shown that it is dormant");
}

#[test]
fn a_flag_that_is_on_isnt_rehearsed() {
    let demo = Demo::quick(&["consent", "beta", "on", "record"]).frozen();
    demo.ship().exits(0);
    demo.run(&["flag", "off", "--rehearse"]).exits(4).says("must be off already, so that nobody notices");
    assert_eq!(demo.status()["flag"]["state"], "on");
}
