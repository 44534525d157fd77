//! Seams on the built binary: what holds, what is quoted where it doesn't, and a gate that a step doesn't pass.

use crate::common::demo::Demo;
use crate::common::release::Release as _;
use serde_json::Value;

fn state(sheet: &Value, id: &str) -> String {
    let seams = sheet["seams"].as_array().unwrap();
    seams.iter().find(|seam| seam["id"] == id).unwrap()["state"].as_str().unwrap().to_owned()
}

const TEMPLATE: &str = "templates/team-invitation.txt.j2";

#[test]
fn a_renamed_field_is_quoted_from_both_sides() {
    let demo = Demo::start();
    let unfrozen = demo.expect(9, &["seams"]).stdout;
    assert!(unfrozen.contains("isn't frozen"), "{unfrozen}");
    let all = demo.expect(0, &["seams", "--at", "head"]).stdout;
    assert!(all.contains("✔ sdk-contract") && all.contains("4 hold, 0 broken, 0 can't be told"), "{all}");
    demo.edit(&format!("repos/rlabs-notifier/{TEMPLATE}"), |text| text.replace("team.seats", "team.seat_count"));
    demo.expect(0, &["seams", "--at", "head"]);
    let broken = demo.expect(9, &["seams", "--at", "worktree", "notifier-fields"]).stdout;
    for said in [
        "✖ notifier-fields",
        &format!("rlabs-notifier: {TEMPLATE}:4 uses `seat_count`, which platform-api doesn't have"),
        &format!("consumer rlabs-notifier@work tree {TEMPLATE}:4"),
        "| You take one of its {{ team.seat_count }} seats.",
        "producer platform-api@work tree openapi.json:",
        "\"seats\": { \"type\": \"integer\", \"minimum\": 1 }",
        "mend: platform-api: openapi.json:",
        "0 hold, 1 broken",
    ] {
        assert!(broken.contains(said), "{said:?} isn't in\n{broken}");
    }
    let sheet = demo.expect(9, &["seams", "--at", "worktree", "--json"]).json();
    assert_eq!((sheet["ok"].as_bool(), state(&sheet, "notifier-fields").as_str()), (Some(false), "broken"));
    assert_eq!(state(&sheet, "retry-budget"), "holds");
    let quote = &sheet["seams"][0]["misfits"][0]["quotes"][0];
    assert_eq!((quote["repo"].as_str(), quote["line"].as_u64()), (Some("rlabs-notifier"), Some(4)));
    assert!(demo.expect(2, &["seams", "sdk-contrakt"]).stderr.contains("it has: notifier-fields, sdk-contract"));
}

#[test]
fn what_is_not_committed_is_seen_in_the_work_tree_alone() {
    let demo = Demo::trusted_and_frozen();
    let stands = |at: &[&str], exit: i32| {
        let sheet = demo.expect(exit, &[&["seams", "notifier-fields", "--json"][..], at].concat()).json();
        let read = sheet["seams"][0]["at"]["rlabs-notifier"].clone();
        (state(&sheet, "notifier-fields"), read)
    };
    let frozen = stands(&[], 0);
    assert_eq!(frozen.0, "holds");
    assert!(frozen.1["frozen"].is_string(), "{}", frozen.1);
    let rename = |text: &str| text.replace("team.seats", "team.seat_count");
    demo.edit(&format!("repos/rlabs-notifier/{TEMPLATE}"), rename);
    assert_eq!(stands(&["--at", "worktree"], 9), ("broken".to_owned(), "worktree".into()));
    assert_eq!(stands(&["--at", "head"], 0).1["head"], frozen.1["frozen"]);
    assert_eq!(stands(&["--at", "frozen"], 0), frozen);
    assert_eq!(state(&demo.status(), "notifier-fields"), "holds", "what ships is what counts");

    demo.commit_edit("rlabs-notifier", "README.md", |text| format!("{text}\nmore\n"));
    let head = stands(&["--at", "head"], 9);
    assert_eq!(head.0, "broken");
    assert_ne!(head.1["head"], frozen.1["frozen"]);
    assert_eq!(stands(&["--at", "frozen"], 0), frozen, "it isn't what QA passed");
}

#[test]
fn a_step_does_not_start_while_its_seam_is_broken() {
    let demo = Demo::start();
    demo.commit_edit("platform-api", "api/limits.py", |text| text.replace("10s", "5s"));
    demo.commit_edit("rlabs-notifier", TEMPLATE, |text| text.replace("team.seats", "team.seat_count"));
    demo.trust_and_freeze();
    let status = demo.status();
    assert_eq!(state(&status, "notifier-fields"), "broken");
    assert_eq!(state(&status, "sdk-contract"), "holds");
    let budget = status["seams"].as_array().unwrap().iter().find(|seam| seam["id"] == "retry-budget").unwrap();
    let detail = budget["detail"].as_str().unwrap();
    assert!(detail.contains("comes to 9s, more than the 5s of platform-api: api/limits.py:3"), "{detail}");
    let shown = demo.expect(0, &["status"]).stdout;
    assert!(shown.contains("✖  seam notifier-fields    broken"), "{shown}");
    demo.expect(0, &["approve", "consent", "--yes"]);
    let shipped = demo.run(&["ship", "--until", "notifier", "--yes"]);
    assert_ne!(shipped.exit, 0, "{}", shipped.all());
    let status = demo.status();
    let notifier = status["steps"].as_array().unwrap().iter().find(|step| step["id"] == "notifier").unwrap();
    assert_ne!(notifier["state"], "done", "{notifier}");
    let gate = notifier["gates"].as_array().unwrap().iter().find(|gate| gate["wants"] == "seam notifier-fields holds");
    let gate = gate.unwrap();
    assert_eq!((gate["kind"].as_str(), gate["state"].as_str()), (Some("seam"), Some("unmet")), "{}", shipped.all());
    assert!(gate["detail"].as_str().unwrap().contains("`seat_count`, which platform-api doesn't have"), "{gate}");
}

const GENERATED: &str = r#"[[seam]]
id       = "generated-contract"
title    = "The notifier's contract is what the API generates"
producer = { repo = "platform-api", command = ["sh", "-c", "cp openapi.json made.json"], output = "made.json", pointer = "/components" }
consumer = { repo = "rlabs-notifier", file = "contract/openapi.json", pointer = "/components" }
rule     = "generated"

# The plan
"#;

#[test]
fn a_generator_runs_only_when_it_is_trusted_and_asked_for() {
    let demo = Demo::start();
    demo.edit("release.toml", |text| text.replacen("# The plan\n", GENERATED, 1));
    let untrusted = demo.expect(9, &["seams", "--at", "head", "generated-contract"]).stdout;
    assert!(untrusted.contains("this plan isn't trusted here"), "{untrusted}");
    let allowed = demo.expect(0, &["trust", "--yes"]).stdout;
    assert!(allowed.contains("cp openapi.json made.json") && allowed.contains("seam generated-contract"), "{allowed}");
    let before = state(&demo.status(), "generated-contract");
    assert_eq!(before, "unknown", "looking runs nothing");
    let held = demo.expect(0, &["seams", "--at", "head", "generated-contract"]).stdout;
    assert!(held.contains("✔ generated-contract"), "{held}");
    assert!(!demo.file("repos/platform-api/made.json").exists(), "it runs in a worktree of its own");
    assert_eq!(state(&demo.status(), "generated-contract"), "holds", "what was seen at these commits is remembered");
    demo.commit_edit("rlabs-notifier", "contract/openapi.json", |text| text.replace("owner_email", "owner_mail"));
    assert_eq!(state(&demo.status(), "generated-contract"), "unknown");
    let drifted = demo.expect(9, &["seams", "--at", "head", "generated-contract"]).stdout;
    assert!(drifted.contains("lacks /schemas/Team/properties/owner_email, which is generated"), "{drifted}");
    assert!(drifted.contains("mend: run `sh -c 'cp openapi.json made.json'` in platform-api"), "{drifted}");
    let worktree = demo.expect(9, &["seams", "--at", "worktree", "generated-contract"]).stdout;
    assert!(worktree.contains("a command runs at a commit"), "{worktree}");
}

#[test]
fn a_generator_that_writes_nothing_does_not_prove_what_is_checked_in() {
    let demo = Demo::start();
    let lazy = GENERATED.replace("cp openapi.json made.json", "true").replace("made.json", "openapi.json");
    demo.edit("release.toml", |text| text.replacen("# The plan\n", &lazy, 1));
    demo.expect(0, &["trust", "--yes"]);
    let told = demo.expect(9, &["seams", "--at", "head", "generated-contract"]).stdout;
    assert!(told.contains("it wrote no openapi.json") && told.contains("1 can't be told"), "{told}");
}

#[test]
fn check_judges_the_table() {
    let demo = Demo::start();
    demo.edit("release.toml", |text| {
        text.replace("owner    = { retry = \"rlabs-notifier\"", "owner    = { retry = \"rlabs-notifer\"")
            .replace("rule     = \"subset\"", "rule     = \"subsets\"")
            .replace(
                "{ repo = \"agentguard-sdk\", file = \"contract/openapi.json\" }",
                "{ repo = \"agent-sdk\", file = \"../x\" }",
            )
            .replace(
                "regex = 'invitation-duties owns: (\\w+)' }\nconsumer",
                "regex = 'invitation-duties (owns' }\nconsumer",
            )
            .replace("{ seam = \"retry-budget\" }", "{ seam = \"retry-budgets\" }")
    });
    let said = demo.expect(2, &["check"]).stdout;
    for expected in [
        "did you mean `subset`?",
        "no repo is named `agent-sdk`",
        "`file` must be a path inside the repository",
        "unclosed group",
        "no seam is named `retry-budgets`",
        "did you mean `retry-budget`?",
    ] {
        assert!(said.contains(expected), "{expected:?} isn't in\n{said}");
    }
}

#[cfg(unix)]
#[test]
fn a_template_that_is_not_read_is_told_and_never_left_out() {
    let demo = Demo::start();
    let more = demo.file("repos/rlabs-notifier/templates/more.txt.j2");
    std::os::unix::fs::symlink("../README.md", &more).unwrap();
    let told = demo.expect(9, &["seams", "--at", "worktree", "notifier-fields"]).stdout;
    assert!(told.contains("templates/more.txt.j2: it is a symbolic link, which isn't followed"), "{told}");
    assert!(told.contains("0 hold, 0 broken, 1 can't be told"), "{told}");
    std::fs::remove_file(&more).unwrap();
    std::fs::write(&more, b"\xff\xfe{\0{\0").unwrap();
    let told = demo.expect(9, &["seams", "--at", "worktree", "notifier-fields"]).stdout;
    assert!(told.contains("rlabs-notifier: templates/more.txt.j2: it is UTF-16; UTF-8 is read"), "{told}");
}

/// The notifier, which asks nothing of the flag, and the SDK go first; the API that both rely on follows.
fn consumers_first(plan: &str) -> String {
    let mut tables = plan.split("[[step]]\n");
    let head = tables.next().unwrap().to_owned();
    let steps: Vec<_> = tables.collect();
    let is = |step: &str, id: &str| step.lines().next().is_some_and(|line| line.ends_with(&format!("\"{id}\"")));
    let of = |id: &str| {
        let step = steps.iter().find(|step| is(step, id)).unwrap();
        let kept = step.lines().filter(|line| id != "notifier" || !line.starts_with("gates"));
        format!("[[step]]\n{}\n", kept.collect::<Vec<_>>().join("\n"))
    };
    head + &["notifier", "sdk", "migrate", "api"].map(of).concat()
}

#[test]
fn a_consumer_that_was_out_before_its_producer_is_told_with_its_time() {
    let demo = Demo::start();
    demo.edit("release.toml", consumers_first);
    demo.trust_and_freeze();
    let skew = |seam: &str| {
        let status = demo.status();
        status["skew"].as_array().unwrap().iter().find(|skew| skew["seam"] == seam).unwrap().clone()
    };
    let words = |skew: &Value| format!("{} {}", skew["order"], skew["met"]).replace('"', "");
    assert_eq!(words(&skew("notifier-fields")), "neither nothing");
    assert!(!demo.expect(0, &["report"]).stdout.contains("## Skew"), "nothing is out yet");

    let plan = demo.digest();
    for step in ["notifier", "sdk"] {
        demo.expect(0, &["approve", step, "--yes", "--plan", &plan]);
        demo.expect(0, &["ship", "--until", step, "--yes", "--plan", &plan]);
    }
    let (fields, contract) = (skew("notifier-fields"), skew("sdk-contract"));
    assert_eq!((words(&fields), words(&contract)), ("consumer-first could".into(), "consumer-first dormant".into()));
    assert_eq!((fields["from"].clone(), fields["until"].is_null()), (fields["consumer"]["at"].clone(), true));
    let report = demo.expect(0, &["report"]).stdout;
    for told in [
        "rlabs-notifier has been out for ",
        " without platform-api; users could meet it |",
        " without platform-api; dormant, the flag was proved off: users could not meet it |",
    ] {
        assert!(report.contains(told), "{told:?} isn't in\n{report}");
    }

    for step in ["migrate", "api"] {
        demo.expect(0, &["approve", step, "--yes"]);
        demo.expect(0, &["ship", "--until", step, "--yes", "--plan", &plan]);
    }
    let (fields, contract) = (skew("notifier-fields"), skew("sdk-contract"));
    assert_eq!((words(&fields), words(&contract)), ("consumer-first could".into(), "consumer-first dormant".into()));
    assert_eq!(fields["until"], fields["producer"]["at"]);
    let (from, until) = (fields["from"].as_u64().unwrap(), fields["until"].as_u64().unwrap());
    assert!(from < until && from < contract["from"].as_u64().unwrap(), "{fields} {contract}");
    let report = demo.expect(0, &["report"]).stdout;
    assert!(
        report.contains("| rlabs-notifier was out ") && report.contains(" before platform-api; users could meet it |")
    );
    assert!(!report.contains(" without platform-api"), "{report}");
    assert!(report.contains("The times are the ledger's, by the clocks of the machines that wrote them: advisory."));
}

const BUDGET: &str = "retry-budget";

#[test]
fn a_number_is_read_whole_or_not_at_all() {
    let demo = Demo::start();
    let client = "repos/agentguard-sdk/src/client.ts";
    let look = |exit: i32| demo.expect(exit, &["seams", "--at", "worktree", BUDGET]).stdout;
    demo.edit(client, |text| text.replace("3_000", "3 * 1000"));
    assert!(look(0).contains("comes to") || look(0).contains("1 hold"), "{}", look(0));
    demo.edit(client, |text| text.replace("3 * 1000", "60 * 1000"));
    let broken = look(9);
    assert!(broken.contains("comes to 3m, more than the 10s of platform-api: api/limits.py:"), "{broken}");
    demo.edit(client, |text| text.replace("60 * 1000", "3,000"));
    let unknown = look(9);
    assert!(unknown.contains("agentguard-sdk: src/client.ts: line "), "{unknown}");
    assert!(unknown.contains("gives PATIENCE_MS as `3,000`") && unknown.contains("1 can't be told"), "{unknown}");
    demo.edit(client, |text| text.replace("3,000", "-1"));
    assert!(look(9).contains("is below zero, which often stands for no limit at all"), "{}", look(9));
}

const CALLS: &str = r#"[[seam]]
id       = "calls"
title    = "What the notifier calls is there"
producer = { repo = "platform-api", file = "openapi.json", openapi = "operations" }
consumer = { repo = "rlabs-notifier", file = "calls.txt", regex = '(GET|POST) (\S+)' }
rule     = "subset"

# The plan
"#;

#[test]
fn what_stands_beside_a_variable_of_a_path_counts() {
    let demo = Demo::start();
    demo.edit("release.toml", |text| text.replacen("# The plan\n", CALLS, 1));
    let look = |exit: i32, call: &str| {
        std::fs::write(demo.file("repos/rlabs-notifier/calls.txt"), call).unwrap();
        demo.expect(exit, &["seams", "--at", "worktree", "calls"]).stdout
    };
    look(0, "GET /v1/teams/${team.id}\n");
    for call in ["GET /v1/teams/{id}:archive", "GET /v1/teams/$count", "GET /v1/teams/{id}.json"] {
        let broken = look(9, call);
        assert!(broken.contains(&format!("uses `{call}`, which platform-api doesn't have")), "{broken}");
    }
}

#[test]
fn a_contract_that_stands_elsewhere_does_not_hold() {
    let demo = Demo::start();
    let look = |exit: i32| demo.expect(exit, &["seams", "--at", "worktree", "sdk-contract"]).stdout;
    let promised = std::fs::read_to_string(demo.file("repos/platform-api/openapi.json")).unwrap();
    let below = |prefix: &str| {
        promised.replacen("\"paths\"", &format!("\"servers\": [{{ \"url\": \"{prefix}\" }}],\n  \"paths\""), 1)
    };
    demo.edit("repos/agentguard-sdk/contract/openapi.json", |_| below("https://api.example.com/"));
    demo.edit("repos/platform-api/openapi.json", |_| below("/"));
    look(0);
    demo.edit("repos/platform-api/openapi.json", |_| below("/v9"));
    let broken = look(9);
    assert!(broken.contains("GET /v1/me doesn't stand below / any more"), "{broken}");
}
