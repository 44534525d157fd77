//! `flightdeck seams --discover` on the demo: what it proposes can be pasted, passes `check`, and holds or shows what is broken.

use crate::common::demo::Demo;
use crate::common::release::Release as _;
use serde_json::Value;

#[test]
fn what_is_proposed_can_be_pasted_and_holds() {
    let demo = Demo::start();
    // nothing is declared any more, and no gate asks for it
    demo.edit("release.toml", |text| {
        let tables = text.split_inclusive('\n').fold((String::new(), false), |(kept, is_seam), line| {
            let is_seam = if line.starts_with('[') { line.starts_with("[[seam]]") } else { is_seam };
            (if is_seam { kept } else { kept + line }, is_seam)
        });
        let gate = regex::Regex::new(r"\{ seam = [^}]*\},? ?").unwrap();
        gate.replace_all(&tables.0, "").into_owned()
    });
    demo.expect(0, &["check"]);
    let said = demo.expect(0, &["seams", "--discover", "--at", "head", "--json"]);
    let sheet: Value = said.json();
    assert_eq!(sheet["schema"], 1);
    assert!(sheet["notes"].as_array().unwrap().is_empty(), "{}", said.stdout);
    let proposals = sheet["proposals"].as_array().unwrap();
    let pair = |at: &Value| format!("{} {} {}", at["kind"], at["producer"], at["consumer"]).replace('"', "");
    let first: Vec<_> = proposals.iter().take(12).map(pair).collect();
    for real in [
        "contract platform-api rlabs-notifier",
        "fields platform-api rlabs-notifier",
        "fields platform-api agentguard-sdk",
        "fields platform-api agentguard-web",
        "routes platform-api agentguard-sdk",
        "package agentguard-sdk agentguard-web",
    ] {
        assert!(first.iter().any(|line| line == real), "{real}: {first:#?}");
    }
    let text = demo.expect(0, &["seams", "--discover", "--at", "head"]).stdout;
    assert!(text.contains("[[seam]]") && text.contains("→") && text.contains("seams that nobody declared"), "{text}");

    demo.edit("release.toml", |text| {
        let tables: Vec<_> = proposals.iter().map(|proposal| proposal["toml"].as_str().unwrap()).collect();
        format!("{text}\n{}", tables.join("\n"))
    });
    demo.expect(0, &["check"]);
    let said = demo.run(&["seams", "--at", "head", "--json"]);
    let sheet: Value = said.json();
    let seams = sheet["seams"].as_array().unwrap();
    assert_eq!(seams.len(), proposals.len());
    for seam in seams {
        // the web app asks for the SDK's release branch until it is repinned: that one is broken, and says so
        let expected = if seam["rule"] == "equal" { "broken" } else { "holds" };
        assert_eq!(seam["state"], expected, "{seam:#}");
    }
    let again = demo.expect(0, &["seams", "--discover", "--at", "head", "--json"]);
    let sheet: Value = again.json();
    let left: Vec<_> = sheet["proposals"].as_array().unwrap().iter().map(pair).collect();
    assert!(left.iter().all(|line| line.starts_with("flag")), "what is declared isn't proposed again: {left:#?}");
}

/// The proposals about exceptions, as "producer consumer name", and what was said besides.
fn exceptions(demo: &Demo, arguments: &[&str]) -> (Vec<String>, String) {
    let said = demo.expect(0, &[&["seams", "--discover", "--json"][..], arguments].concat());
    let sheet: Value = said.json();
    let of = |proposal: &Value| {
        let named =
            proposal["shared"].as_array().unwrap().iter().map(|shared| shared["name"].as_str().unwrap().to_owned());
        format!("{} {} {}", proposal["producer"], proposal["consumer"], named.collect::<Vec<_>>().join(" "))
            .replace('"', "")
    };
    let proposals = sheet["proposals"].as_array().unwrap();
    (proposals.iter().filter(|p| p["kind"] == "exceptions").map(of).collect(), sheet["notes"].to_string())
}

#[test]
fn what_is_not_committed_is_found_in_the_work_tree_alone() {
    let demo = Demo::start();
    let (none, notes) = exceptions(&demo, &[]);
    assert_eq!(none, [""; 0]);
    assert!(notes.contains("not frozen, so the heads of the release branches were read: rlabs-consent"), "{notes}");
    demo.trust_and_freeze();
    let found = vec!["platform-api rlabs-notifier SeatsExhaustedError".to_owned()];

    std::fs::write(demo.file("repos/platform-api/api/errors.py"), "class SeatsExhaustedError(Exception):\n    pass\n")
        .unwrap();
    let used = "try:\n    invite()\nexcept SeatsExhaustedError:\n    pass\n";
    std::fs::write(demo.file("repos/rlabs-notifier/notifier/full.py"), used).unwrap();
    assert_eq!(exceptions(&demo, &["--at", "worktree"]), (found.clone(), "[]".to_owned()));
    for at in ["head", "frozen"] {
        assert_eq!(exceptions(&demo, &["--at", at]), (Vec::new(), "[]".to_owned()), "{at}");
    }

    demo.commit("platform-api", "api/more.py", "import errors\n");
    demo.commit("rlabs-notifier", "notifier/more.py", "import full\n");
    assert_eq!(exceptions(&demo, &["--at", "head"]).0, found);
    assert_eq!(exceptions(&demo, &["--at", "frozen"]).0, [""; 0], "it isn't what QA passed");
}
