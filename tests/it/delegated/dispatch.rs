//! Workflows that are started: by a command, by a call, once.

use super::package::{Package, TOKEN, service};
use crate::common::release::Release as _;

fn promote(dispatch: &str) -> String {
    format!(
        "[[step]]\nid = \"up\"\nstage = \"s\"\ntitle = \"Staging\"\npromote = {{ repo = \"sdk\", to = \"staging\" }}\n\
         via = \"dispatch\"\nwaits_for = \"the deploy workflow\"\nbudget = \"1m\"\ndispatch = {dispatch}\n"
    )
}

#[test]
fn a_workflow_that_a_command_starts_goes_on_after_it_and_brings_the_branch() {
    let package = Package::new(&promote("{ command = [\"AT/bin/dispatch\", \"{sha}\"] }"));
    // what stays behind even has the step's lock as its input
    package.program(
        "dispatch",
        "echo \"token $CI_TOKEN\"; exec 3<&0\n\
         (while [ ! -e AT/go ] && [ -e AT/release.toml ]; do sleep 0.02; done; git -C AT/remotes/sdk.git update-ref refs/heads/staging $1; echo up >> AT/effects) <&3 >/dev/null 2>&1 &\n\
         echo started",
    );
    let ship = package.start_ship();
    ship.prints("waits for the deploy workflow: push ");
    package.scratch().write("go", "");
    let said = package.without_secrets(ship.ended()).exits(0);
    assert!(said.stdout.contains("start the workflow: push "), "{}", said.all());
    assert!(said.stdout.contains("waits for the deploy workflow: push "), "{}", said.all());
    assert_eq!(package.at_remote("staging"), package.frozen());
    assert_eq!(package.shell("cat effects"), "up");
    assert_eq!(package.status()["release"]["shipped"], true);
    package.verify();
}

#[test]
fn a_call_is_sent_once_with_its_token_and_refusing_it_proves_that_nothing_started() {
    let refused = format!("HTTP/1.1 422 Unprocessable\r\nconnection: close\r\n\r\nno such input; you sent {TOKEN}\n");
    let good = "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";
    let (address, sent) = service(&[&refused, good]);
    let call = format!("{{ http = \"{address}/dispatches\", body = '{{\"ref\":\"{{sha}}\"}}', token = \"CI_TOKEN\" }}");
    let package = Package::new(&promote(&call));
    let planned = package.expect(0, &["plan"]).stdout;
    assert!(
        planned.contains(&format!("POST {address}/dispatches with the token of $CI_TOKEN: {{\"ref\":\"")),
        "{planned}"
    );
    let said = package.ship().exits(1);
    assert!(said.stdout.contains("answers 422: refused"), "{}", said.all());
    assert!(said.stdout.contains("nothing was started") && said.stdout.contains("no such input"), "{}", said.all());
    assert_eq!(package.step("up")["state"], "failed");
    let request = sent.recv().unwrap();
    let frozen = package.frozen();
    assert!(request.starts_with("POST /dispatches HTTP/1.1\r\n"), "{request}");
    assert!(request.to_lowercase().contains("content-type: application/json"), "{request}");
    assert!(request.contains(&format!("Bearer {TOKEN}")) && request.ends_with(&format!("{{\"ref\":\"{frozen}\"}}")));
    // no token in the ledger, in the state folder or in any output
    let found = package.shell(&format!("grep -rl {TOKEN} home || true"));
    assert_eq!(found, "");
    let digest = package.digest();
    package.expect(10, &["resume", "--yes", "--no-wait", "--plan", &digest]);
    sent.recv().unwrap();
    package.shell(&format!("git -C remotes/sdk.git update-ref refs/heads/staging {frozen}"));
    package.ship().exits(0);
    package.verify();
}

#[test]
fn what_cannot_be_told_of_a_call_is_for_the_owner_and_is_never_sent_again() {
    for (answer, words) in [
        ("HTTP/1.1 500 Oh\r\nconnection: close\r\n\r\n", "answers 500"),
        ("HTTP/1.1 302 Found\r\nlocation: /else\r\nconnection: close\r\n\r\n", "a redirect, which isn't followed"),
        ("", "the conversation failed"),
    ] {
        let (address, sent) = service(&[answer, "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n"]);
        let package = Package::new(&promote(&format!("{{ http = \"{address}/x\" }}")));
        let said = package.ship().exits(5);
        assert!(said.stdout.contains(words), "no {words:?}: {}", said.all());
        assert_eq!(package.step("up")["state"], "in-doubt", "{}", said.all());
        package.ship().exits(5);
        sent.recv().unwrap();
        assert!(sent.try_recv().is_err(), "it was sent again");
        package.expect(0, &["resolve", "up", "--as", "present", "--reason", "I see it run"]);
        package.shell(&format!("git -C remotes/sdk.git update-ref refs/heads/staging {}", package.frozen()));
        package.resume().exits(0);
        assert!(sent.try_recv().is_err(), "it was sent again");
        package.verify();
    }
}

#[test]
fn a_call_that_reaches_nobody_fails_without_a_doubt() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let package = Package::new(&promote(&format!("{{ http = \"http://127.0.0.1:{port}/x\" }}")));
    let said = package.ship().exits(1);
    assert!(said.stdout.contains("it was never started") && said.stdout.contains("refused"), "{}", said.all());
    assert_eq!(package.step("up")["state"], "failed");
    package.verify();
}
