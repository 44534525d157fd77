//! A canary that must stay good: what was deployed, at the commit that shipped, check after check.

use crate::place::{Place, UP, within};

fn plan(gate: &str) -> String {
    let deploy = "[[step]]\nid = \"web\"\nstage = \"s\"\ntitle = \"Deploy\"\ndeploy = \"web\"\n";
    format!("{deploy}{UP}gates = [{gate}]\nbudget = \"20s\"\n")
}

#[test]
fn a_bad_check_starts_the_canary_over_and_only_then_the_step_starts() {
    let place = Place::frozen(&plan("{ canary = \"web\", checks = 6, over = \"3s\" }"), &[]);
    let ship = place.start_ship();
    let main = place.path("remotes/production.git/refs/heads/main");
    let deployed = || std::fs::read_to_string(&main).is_ok_and(|main| main.trim() == place.sha());
    assert!(within(60, deployed), "it isn't deployed");
    let before = place.service.asked("GET /version");
    assert!(within(30, || place.service.asked("GET /version") > before + 2), "nobody asks the canary");
    let before = place.service.asked("GET /version");
    place.service.says("/version", "200 OK", "{\"sha\":\"0000000000000000000000000000000000000000\"}");
    assert!(within(20, || place.service.asked("GET /version") > before + 2));
    place.reports_what_is_deployed();
    let output = ship.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("canary web to be good for 6 checks over 3s"), "{said}");
    assert!(said.contains("not good, so it starts over: it reports \"0000"), "{said}");
    let gate = &place.step("up")["gates"][0];
    assert!(gate["detail"].as_str().unwrap().contains("6 good checks in a row over 3s"), "{gate}");
    place.verify();
}

#[test]
fn who_will_not_wait_is_told_so_and_who_starts_anew_counts_from_one() {
    let place = Place::frozen(&plan("{ canary = \"web\", checks = 4, over = \"2s\" }"), &[]);
    place.ship_without_waiting(10);
    assert_eq!(place.step("up")["gates"][0]["state"], "unknown");
    let before = place.service.asked("GET /version");
    place.ship(0);
    assert!(place.service.asked("GET /version") >= before + 4, "checks of an earlier process were counted");
    place.verify();
}

#[test]
fn a_canary_that_never_gets_good_is_an_unmet_gate() {
    let place = Place::frozen(
        &plan("{ canary = \"web\", checks = 3, over = \"300ms\" }").replace("budget = \"20s\"", "budget = \"1s\""),
        &[],
    );
    place.expect(0, &["ship", "--yes", "--until", "web", "--plan", &place.digest()]);
    place.service.says("/version", "503 Oh", "");
    let said = place.ship(9);
    assert!(said.stdout.contains("it wasn't good for 3 checks in a row within 1s"), "{}", said.all());
    assert_eq!(place.shell("git -C remotes/web.git rev-parse -q --verify refs/heads/staging || echo none"), "none");
    place.verify();
}

#[test]
fn a_page_that_an_address_leads_to_is_no_good_answer() {
    let gate = "{ canary = \"web\", checks = 80, over = \"8s\" }";
    let place = Place::frozen(&plan(gate).replace("budget = \"20s\"", "budget = \"10s\""), &[]);
    place.service.says("/login", "200 OK", "please sign in");
    let ship = place.start_ship();
    assert!(within(60, || place.step("web")["state"] == "done"), "it isn't deployed");
    place.service.says("/up", "302 Found\r\nlocation: /login", "");
    let output = ship.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(9), "{said}");
    assert!(said.contains("/up answers 302, not 200: it leads to /login"), "{said}");
    assert_eq!(place.service.asked("GET /login"), 0, "{said}");
    place.verify();
}
