//! JUnit XML that a command writes: this run's own, whole, with every required flow in it.

use super::web_app::{UP, WebApp};
use crate::common::release::Release as _;

const SUITE: &str = "[[step]]\nid = \"e2e\"\nstage = \"s\"\ntitle = \"End to end\"\n\
    smoke = { suite = { junit = { command = [\"AT/bin/tests\"], files = \"reports/*.xml\" }, repo = \"web\", \
    required = [\"a seller invites\"] } }\n";

const COVERAGE: &str = "[coverage]\ndimensions = [\"team\", \"seller\", \"invite\"]\n";

fn plan(gates: &str) -> String {
    format!("{COVERAGE}{SUITE}{UP}{gates}")
}

#[test]
fn a_report_must_be_this_runs_own_and_whole() {
    let app = WebApp::frozen(&plan(""), &[(".gitignore", "reports\n")]);
    let good = "<testsuite><testcase name=\"a seller invites\"/></testsuite>";
    for (script, words) in [
        ("true", "it wrote no report: nothing matches reports/*.xml"),
        ("mkdir -p reports; echo '<testsuite><testcase' > reports/a.xml", "cut off in the middle"),
        ("true", "left from an earlier run"),
        ("mkdir -p reports; echo '<testsuite/>' > reports/a.xml", "no tests"),
        ("echo '<html/>' > reports/a.xml", "no JUnit XML report"),
        (
            "echo '<testsuite><testcase name=\"a seller invites\"><skipped/></testcase><testcase name=\"x\"/></testsuite>' > reports/a.xml",
            "a seller invites: skipped",
        ),
        ("echo '<testsuite><testcase name=\"x\"/></testsuite>' > reports/a.xml", "a seller invites: absent"),
        (
            "echo '<testsuite><testcase name=\"a seller invites\"><failure>no luck</failure></testcase></testsuite>' > reports/a.xml",
            "a seller invites: failed (no luck)",
        ),
        ("echo 'GOOD' > reports/a.xml; exit 3", "its report is good, but its command wasn't: exit 3"),
        ("echo 'GOOD' > reports/a.xml; kill -9 $$", "ended by signal 9"),
    ] {
        app.program("tests", &script.replace("GOOD", good));
        let said = if app.step("e2e")["state"] == "failed" { app.resume().exits(1) } else { app.ship().exits(1) };
        assert!(said.stdout.contains(words), "no {words:?}: {}", said.all());
        assert_eq!(app.step("e2e")["suite"]["good"], false);
    }
    app.program("tests", &format!("echo '{good}' > reports/a.xml"));
    app.resume().exits(0);
    assert_eq!(app.flows("e2e"), ["a seller invites \"passed\""]);
    app.verify();
}

#[test]
fn an_intersection_that_no_passing_test_covers_stops_the_step_that_wants_it() {
    let app = WebApp::frozen(&plan("gates = [{ coverage = true }]\n"), &[]);
    let before = app.status();
    assert_eq!((&before["coverage"]["covered"], &before["coverage"]["of"]), (&0.into(), &3.into()));
    app.program(
        "tests",
        "mkdir -p reports; cat > reports/a.xml <<'X'\n<testsuite><testcase name=\"a seller invites @seller @invite\"/>\
         <testcase name=\"a team invites @team @invite\"/></testsuite>\nX",
    );
    let said = app.ship().exits(9);
    assert!(said.stdout.contains("no passing test covers team × seller"), "{}", said.all());
    assert_eq!(app.status()["coverage"]["covered"], 2);
    assert_eq!(app.step("up")["gates"][0]["state"], "unmet");
    let report = app.expect(0, &["report"]).stdout;
    assert!(report.contains("| team × seller | 0 | 0 |"), "{report}");
    let sheet = app.expect(0, &["status"]).stdout;
    assert!(sheet.contains("coverage: 2 of 3 intersections are covered"), "{sheet}");
    app.verify();
}

#[test]
fn what_a_plan_runs_and_what_it_gets_wrong_is_told_before() {
    let app = WebApp::new(&plan("gates = [{ coverage = true }]\n"), &[]);
    let granted = app.expect(2, &["trust"]).stdout;
    assert!(granted.contains("bin/tests"), "{granted}");
    for (from, to, words) in [
        ("required = [\"a seller invites\"]", "required = [\"\"]", "a flow needs a name"),
        ("files = \"reports/*.xml\"", "files = \"../*.xml\"", "inside"),
        ("\"seller\", \"invite\"]", "\"seller\", \"seller\"]", "`seller` stands twice"),
        ("dimensions = [\"team\"", "strength = 4\ndimensions = [\"team\"", "can't meet 4 at a time"),
        (COVERAGE, "", "there is no [coverage] table"),
        (
            "gates = [{ coverage = true }]",
            "gates = [{ canary = \"nobody\", checks = 5, over = \"5s\" }]",
            "no step is named",
        ),
        (
            "gates = [{ coverage = true }]",
            "gates = [{ canary = \"web\", checks = 5, over = \"5h\" }]",
            "within a budget of 2h",
        ),
        (
            "gates = [{ coverage = true }]",
            "gates = [{ canary = \"e2e\", checks = 5, over = \"5s\" }]",
            "deploys nothing",
        ),
        ("gates = [{ coverage = true }]", "gates = [{ ci = [\"build\"] }]", "doesn't say where its statuses are"),
    ] {
        let path = format!("{}-bad.toml", from.len());
        let text = std::fs::read_to_string(app.path("release.toml")).unwrap();
        let changed = text.replacen(from, to, 1);
        assert_ne!(text, changed, "{from}");
        app.write(&path, &changed);
        let said = app.expect(2, &["check", "--release", &path]);
        assert!(said.all().contains(words), "no {words:?}: {}", said.all());
    }
}
