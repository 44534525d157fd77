//! A forge that is asked whether CI passed: only its plain yes, at the commit that ships, is one.

use super::web_app::{TOKEN, UP, WebApp};
use crate::common::release::Release as _;

fn plan(forge: &str) -> String {
    format!("ci = {{ {forge} = \"APP/api\", token = \"CI_TOKEN\" }}\n{UP}gates = [{{ ci = [\"build\", \"lint\"] }}]\n")
}

/// What the gate said when it was asked again.
fn detail(app: &WebApp, exit: i32) -> String {
    app.ship().exits(exit);
    app.step("up")["gates"][0]["detail"].as_str().unwrap().to_owned()
}

fn check(id: u32, name: &str, status: &str, conclusion: &str, sha: &str) -> String {
    format!(
        "{{\"id\":{id},\"name\":\"{name}\",\"head_sha\":\"{sha}\",\"status\":\"{status}\",\"conclusion\":{conclusion},\"app\":{{\"slug\":\"actions\"}}}}"
    )
}

#[test]
fn github_tells_in_statuses_and_in_pages_of_checks() {
    let app = WebApp::frozen(&plan("github"), &[]);
    let sha = app.sha();
    let statuses = format!("/api/commits/{sha}/status?per_page=100&page=1");
    let checks = |page: u32| format!("/api/commits/{sha}/check-runs?filter=latest&per_page=100&page={page}");
    let of = |total: u32, runs: &[String]| format!("{{\"total_count\":{total},\"check_runs\":[{}]}}", runs.join(","));
    let status = |state: &str| {
        format!(
            "{{\"sha\":\"{sha}\",\"total_count\":1,\"statuses\":[{{\"id\":1,\"context\":\"lint\",\"state\":\"{state}\"}}]}}"
        )
    };
    let none = format!("{{\"sha\":\"{sha}\",\"state\":\"pending\",\"total_count\":0,\"statuses\":[]}}");

    for (status, words) in [
        ("404 Not Found", "it knows no such repository or commit"),
        ("401 No", "doesn't accept the token of $CI_TOKEN"),
        ("403 No", "it forbids that"),
        ("429 Slow\r\nretry-after: 30", "too many requests: it wants to be asked again in 30 s"),
        ("502 Bad", "it has a fault of its own (502)"),
        ("302 Found\r\nlocation: /elsewhere", "points elsewhere"),
        ("200 OK", "a web page instead of JSON"),
    ] {
        app.service.says(&statuses, status, "<html>sign in</html>");
        let told = detail(&app, 9);
        assert!(told.contains(words), "no {words:?}: {told}");
    }
    app.service.says(&statuses, "200 OK", &none);
    app.service.says(&checks(1), "200 OK", &of(0, &[]));
    assert!(detail(&app, 9).contains("there are no statuses at this commit"));
    app.service.says(&statuses, "200 OK", &status("success"));
    app.service.says(&checks(1), "200 OK", &of(2, &[check(7, "build", "completed", "\"success\"", &sha)]));
    app.service.says(&checks(2), "200 OK", &of(2, &[]));
    assert!(detail(&app, 9).contains("it says that there are 2, and shows 1"));
    for (status, conclusion, word) in [
        ("in_progress", "null", "pending"),
        ("completed", "\"skipped\"", "skipped"),
        ("completed", "\"neutral\"", "neutral"),
        ("completed", "\"cancelled\"", "cancelled"),
        ("completed", "\"stale\"", "stale"),
    ] {
        // the second page has the later word on it
        app.service.says(&checks(2), "200 OK", &of(2, &[check(9, "build", status, conclusion, &sha)]));
        let told = detail(&app, 9);
        assert!(told.ends_with(&format!("build: {word}; lint: passed")), "{told}");
    }
    app.service.says(&checks(2), "200 OK", &of(2, &[check(9, "build", "completed", "\"success\"", &sha)]));
    assert!(detail(&app, 0).ends_with("build: passed; lint: passed"));
    assert!(app.service.asked(&format!("Bearer {TOKEN}")) > 0);
    assert_eq!(app.shell(&format!("grep -rl {TOKEN} home || true")), "");
    app.verify();
}

#[test]
fn gitlab_and_gitea_tell_in_lists_that_end_where_nothing_more_comes() {
    let app = WebApp::frozen(&plan("gitlab"), &[]);
    let path = |page: u32| format!("/api/repository/commits/{}/statuses?per_page=100&page={page}", app.sha());
    app.service.says(&path(1), "200 OK", "[{\"id\":1,\"name\":\"build\",\"status\":\"success\"}]");
    app.service.says(&path(2), "200 OK", "[{\"id\":2,\"name\":\"lint\",\"status\":\"manual\"}]");
    app.service.says(&path(3), "200 OK", "[]");
    assert!(detail(&app, 9).ends_with("build: passed; lint: waits for a person"));
    app.service.says(&path(2), "200 OK", "[{\"id\":2,\"name\":\"lint\",\"status\":\"success\"}]");
    detail(&app, 0);

    let app = WebApp::frozen(&plan("gitea"), &[]);
    let path = |page: u32| format!("/api/commits/{}/statuses?limit=50&page={page}", app.sha());
    let all = "[{\"id\":3,\"context\":\"lint\",\"status\":\"success\"},{\"id\":2,\"context\":\"build\",\"status\":\"failure\"}]";
    app.service.says(&path(1), "200 OK", all);
    app.service.says(&path(2), "200 OK", all);
    assert!(detail(&app, 9).ends_with("build: failed; lint: passed"), "a server that knows no pages ends all the same");
    app.service.says(&path(1), "200 OK", &all.replace("failure", "success"));
    app.service.says(&path(2), "200 OK", "[]");
    detail(&app, 0);
}

#[test]
fn what_is_asked_and_the_token_that_is_needed_are_told_before() {
    let app = WebApp::new(&plan("github"), &[]);
    let granted = app.expect(2, &["trust"]).stdout;
    assert!(!granted.contains("starts elsewhere"), "who asks starts nothing: {granted}");
    assert!(granted.contains("/api/commits/{sha}/check-runs"), "{granted}");
    assert!(granted.contains("CI_TOKEN"), "{granted}");
}
