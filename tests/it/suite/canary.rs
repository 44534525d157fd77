//! A canary that must stay good: what was deployed, at the commit that shipped, check after check.

use super::web_app::{UP, WebApp};
use crate::common::release::Release as _;
use crate::common::waiting::within_patience;

fn plan(gate: &str) -> String {
    let deploy = "[[step]]\nid = \"web\"\nstage = \"s\"\ntitle = \"Deploy\"\ndeploy = \"web\"\n";
    format!("{deploy}{UP}gates = [{gate}]\nbudget = \"5m\"\n")
}

#[test]
fn a_bad_check_starts_the_canary_over_and_only_then_the_step_starts() {
    let app = WebApp::frozen(&plan("{ canary = \"web\", checks = 6, over = \"3s\" }"), &[]);
    let ship = app.start_ship();
    let main = app.path("remotes/production.git/refs/heads/main");
    let deployed = || std::fs::read_to_string(&main).is_ok_and(|main| main.trim() == app.sha());
    assert!(within_patience(deployed), "it isn't deployed");
    let before = app.service.asked("GET /version");
    assert!(within_patience(|| app.service.asked("GET /version") > before + 2), "nobody asks the canary");
    let before = app.service.asked("GET /version");
    app.service.says("/version", "200 OK", "{\"sha\":\"0000000000000000000000000000000000000000\"}");
    assert!(within_patience(|| app.service.asked("GET /version") > before + 2));
    app.reports_what_is_deployed();
    let said = ship.ended().exits(0).stdout;
    assert!(said.contains("canary web to be good for 6 checks over 3s"), "{said}");
    assert!(said.contains("not good, so it starts over: it reports \"0000"), "{said}");
    let gate = &app.step("up")["gates"][0];
    assert!(gate["detail"].as_str().unwrap().contains("6 good checks in a row over 3s"), "{gate}");
    app.verify();
}

#[test]
fn who_will_not_wait_is_told_so_and_who_starts_anew_counts_from_one() {
    let app = WebApp::frozen(&plan("{ canary = \"web\", checks = 4, over = \"2s\" }"), &[]);
    app.ship_without_waiting().exits(10);
    assert_eq!(app.step("up")["gates"][0]["state"], "unknown");
    let before = app.service.asked("GET /version");
    app.ship().exits(0);
    assert!(app.service.asked("GET /version") >= before + 4, "checks of an earlier process were counted");
    app.verify();
}

#[test]
fn a_canary_that_never_gets_good_is_an_unmet_gate() {
    let app = WebApp::frozen(
        &plan("{ canary = \"web\", checks = 3, over = \"300ms\" }").replace("budget = \"5m\"", "budget = \"1s\""),
        &[],
    );
    app.expect(0, &["ship", "--yes", "--until", "web", "--plan", &app.digest()]);
    app.service.says("/version", "503 Oh", "");
    let said = app.ship().exits(9);
    assert!(said.stdout.contains("it wasn't good for 3 checks in a row within 1s"), "{}", said.all());
    assert_eq!(app.shell("git -C remotes/web.git rev-parse -q --verify refs/heads/staging || echo none"), "none");
    app.verify();
}

#[test]
fn a_page_that_an_address_leads_to_is_no_good_answer() {
    let gate = "{ canary = \"web\", checks = 80, over = \"20s\" }";
    let app = WebApp::frozen(&plan(gate).replace("budget = \"5m\"", "budget = \"22s\""), &[]);
    app.service.says("/login", "200 OK", "please sign in");
    let ship = app.start_ship();
    assert!(within_patience(|| app.step("web")["state"] == "done"), "it isn't deployed");
    app.service.says("/up", "302 Found\r\nlocation: /login", "");
    let said = ship.ended().exits(9).stdout;
    assert!(said.contains("/up answers 302, not 200: it leads to /login"), "{said}");
    assert_eq!(app.service.asked("GET /login"), 0, "{said}");
    app.verify();
}
