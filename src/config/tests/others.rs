//! What somebody else may bring, and what must be said of it.

use super::{said, table, with};

const BY_CALL: &str = "via = \"dispatch\"\ndispatch = { http = \"https://ci.example.com/x/{version}\", \
    body = '{\"ref\":\"{sha}\"}', token = \"TOKEN\" }";

fn published(more: &str) -> String {
    format!("publish = \"sdk\"\n{more}")
}

#[test]
fn what_others_bring_is_sound() {
    for more in [
        "via = \"external\"\nwaits_for = \"the CI\"\nbudget = \"30m\"",
        "via = \"dispatch\"\ndispatch = { command = [\"bin/dispatch\", \"{sha}\", \"{worktree}\"] }",
        BY_CALL,
    ] {
        assert_eq!(said(&with("publish = \"sdk\"", &published(more))), Vec::<String>::new(), "{more}");
    }
}

#[test]
fn what_others_cannot_bring_is_said_with_a_caret() {
    let publish = "publish = \"sdk\"";
    let cases = [
        ("via = \"dispatch\"", "59:7 nothing says how the workflow is started | add dispatch = {"),
        ("dispatch = { command = [\"x\"] }", "59:1 nothing here starts a workflow | say via = \"dispatch\""),
        ("via = \"external\"\ndispatch = { command = [\"x\"] }", "60:1 nothing here starts a workflow"),
        ("waits_for = \"the CI\"", "59:1 `waits_for` says nothing here: flightdeck itself does this step | drop it"),
        ("budget = \"1h\"", "59:1 `budget` says nothing here: flightdeck itself does this step | drop it, or say via"),
        ("via = \"external\"\nbudget = \"0s\"", "60:10 nobody can bring anything in no time"),
        ("via = \"external\"\nwaits_for = \" \"", "60:13 it names nobody"),
        ("via = \"extern\"", "59:7 `via` can't be \"extern\" | did you mean `external`?"),
    ];
    let mut wrong = Vec::new();
    for (more, expected) in cases {
        let got = said(&with(publish, &published(more)));
        if got.len() != 1 || !got[0].contains(expected) {
            wrong.push(format!("{more}\n  wanted {expected}\n  got    {got:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let call = |from: &str, to: &str| {
        assert!(BY_CALL.contains(from), "{from}");
        said(&with(publish, &published(&BY_CALL.replacen(from, to, 1))))
    };
    for (from, to, expected) in [
        ("\"TOKEN\"", "\"OTHER\"", "`OTHER` isn't among the `secrets` of `sdk` | add it there"),
        ("https://ci", "http://ci", "`TOKEN` is sent where anybody on the way can read it | write an https:// address"),
        ("https://ci", "ci", "an address starts with http:// or https://"),
        ("{version}", "{worktree}", "{worktree} has no value in a call | what there is: {sha}"),
        ("{version}", "{versoin}", "{versoin} is not a template word | what there is: {sha}"),
        ("{sha}", "{flag.state}", "{flag.state} has no value in a call"),
        ("'{\"ref\":\"{sha}\"}'", "'ref={sha}'", "the body isn't JSON: "),
        (", token", ", method = \"GET\", token", "a workflow is started by POST, PUT or PATCH"),
    ] {
        let got = call(from, to);
        assert!(got.len() == 1 && got[0].contains(expected), "{to}: {got:#?}");
    }
}

#[test]
fn only_what_is_told_outside_can_be_waited_for() {
    table(&[
        (
            "flag = \"beta\"",
            "flag = \"beta\"\nvia = \"external\"",
            "`flag` is done here, by nobody else | only publish",
        ),
        ("soak = {", "via = \"external\"\nsoak = {", "`soak` is done here, by nobody else"),
        (
            ", repo = \"web\", probe = [\"bin/warm\", \"--status\"] }",
            ", repo = \"web\" }\nvia = \"external\"",
            "without a `probe` nothing tells that somebody else has done it | give `run` a probe",
        ),
    ]);
    let warm = with(
        "run = { command = [\"bin/warm\", \"{sha}\"]",
        "via = \"external\"\nrun = { command = [\"bin/warm\", \"{sha}\"]",
    );
    assert_eq!(said(&warm), Vec::<String>::new());
}

#[test]
fn a_canary_says_which_version_answers() {
    let step = "id = \"beta\"\nstage = \"Beta\"\ntitle = \"Flag to beta\"\n";
    let gated =
        |repo: &str| format!("{step}gates = [{{ canary = \"{repo}\", checks = 3, over = \"3s\" }}]\nbudget = \"1m\"\n");
    for repo in ["api", "web"] {
        assert_eq!(said(&with(step, &gated(repo))), Vec::<String>::new(), "{repo}");
    }
    let version = ", version = \"http://127.0.0.1:8016/version#/sha\"";
    let got = said(&with(step, &gated("web")).replacen(version, "", 1));
    let expected =
        "nothing tells which version of `web` answers once it is deployed | give its [[repo]] `reports.version`";
    assert!(got.len() == 1 && got[0].contains(expected), "{got:#?}");
}
