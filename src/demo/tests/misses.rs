//! The world with misses: each repository is as sound as in the other one, and four things don't fit between them.

use super::*;

#[test]
fn no_repository_sees_a_miss_by_itself() {
    let demo = Demo::told(Telling::WithMisses);
    for (name, heads) in demo.world.heads() {
        let tree = demo.worktree(name, &heads.release);
        let said = demo.ok(&tree, &["bin/test"]);
        assert!(said.ends_with("all passed\n"), "{name}: {said}");
    }
}

#[test]
fn the_sdk_is_out_before_its_api() {
    for (telling, status) in [(Telling::Sound, 404), (Telling::WithMisses, 200)] {
        let demo = Demo::told(telling);
        assert_eq!(demo.get("registry/@agentguard/sdk/2.3.0").0, status, "{telling:?}");
        assert_eq!(demo.get("registry/agentguard-lib/1.4.0").0, 404);
        assert_eq!(demo.get("platform-api/version").1["version"], json!("5.6.0"));
    }
}

#[test]
fn flows_that_are_walked_are_reported_and_one_that_is_left_out_is_not() {
    for (telling, tests) in [(Telling::Sound, 4), (Telling::WithMisses, 3)] {
        let demo = Demo::told(telling);
        let tree = demo.worktree("agentguard-web", &demo.heads("agentguard-web").release);
        demo.ok(&tree, &["bin/flows"]);
        let report = fs::read_to_string(tree.join("build/flows.xml")).unwrap();
        assert_eq!(report.matches("<testcase").count(), tests, "{report}");
        assert_eq!(report.contains("@team @seller"), telling == Telling::Sound, "{report}");
        assert_eq!(demo.ok(&tree, &["git", "status", "--porcelain"]), "");
    }
}

#[test]
fn a_flow_that_leads_nowhere_fails_and_says_where() {
    let demo = Demo::new();
    let sha = demo.commit("agentguard-web", "flows.txt", "flow a guest <pays> @team\nvisit /till\nsee total\n");
    let tree = demo.worktree("agentguard-web", &sha);
    let output = demo.run(&tree, &["bin/flows"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let report = fs::read_to_string(tree.join("build/flows.xml")).unwrap();
    assert!(
        report.contains("name=\"a guest &lt;pays&gt; @team\"><failure message=\"nothing is at /till\"/>"),
        "{report}"
    );
}

#[test]
fn one_folder_holds_one_world() {
    let demo = Demo::new();
    let misses = Options { telling: Telling::WithMisses, ..options(&demo.home) };
    assert!(matches!(build(demo.world.root(), &misses), Err(DemoError::Sound(_))));
    let demo = Demo::told(Telling::WithMisses);
    let again = build(demo.world.root(), &options(&demo.home)).unwrap();
    assert_eq!((again.origin(), again.telling()), (Origin::Reopened, Telling::WithMisses));
}
