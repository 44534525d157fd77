//! Where the flag may live, and what must be said of it.

use super::{said, with};

const COMMAND: &str = "provider = { command = [\"bin/read-flag\", \"{context}\"] }";
const REPORT: &str = "flag = \"http://127.0.0.1:8016/flags#/m3\"";

/// The example with another provider; with pointers in place of contexts where it reads once.
fn lives(provider: &str) -> String {
    with(COMMAND, &format!("provider = {provider}"))
}

fn pointed(text: &str) -> String {
    text.replace("context = { targetingKey = \"u-1\" }", "pointer = \"/anyone\"")
        .replace("context = { targetingKey = \"u-2\", beta = true }", "pointer = \"/beta\"")
}

fn check(cases: &[(String, &str)]) {
    for (text, expected) in cases {
        let got = said(text);
        assert!(got.len() == 1 && got[0].contains(expected), "wanted {expected}, got {got:#?}\n{text}");
    }
}

#[test]
fn every_provider_is_sound() {
    let calls = |more: &str| format!("{{ http = \"http://127.0.0.1:1/f\", pointer = \"/s\"{more} }}");
    let write = "{ http = \"http://127.0.0.1:1/{flag.state}\", body = '{\"s\":\"{flag.state}\"}' }";
    for text in [
        lives("{ ofrep = \"http://127.0.0.1:8016\", headers = [\"Authorization: Bearer $FLAG_TOKEN\"] }"),
        pointed(&lives(&calls(""))),
        pointed(&lives(&calls(&format!(", writes = {{ off = {write}, beta = {write}, on = {write} }}")))),
        lives(&calls(", method = \"POST\", body = '{\"for\":{context}}'")),
        pointed(&lives("{ file = \"flags.yaml\", pointer = \"/m3\" }")),
    ] {
        assert_eq!(said(&text), Vec::<String>::new(), "{text}");
    }
    let cohorts = "{ unleash = \"https://unleash.example.com\", environment = \"production\", token = \"UNLEASH_TOKEN\", cohorts = { beta = [\"u-2\"] } }";
    assert_eq!(said(&lives(cohorts)), Vec::<String>::new());
    let served = "{ flagd_file = \"flags.json\", ofrep = \"http://127.0.0.1:8016\", writes = { beta = { variant = \"off\", targeting = { if = [true, \"on\", \"off\"] } } } }";
    assert_eq!(said(&lives(served)), Vec::<String>::new());
    let pushed = served.replacen("ofrep", "push = { remote = \"origin\", branch = \"main\" }, ofrep", 1);
    assert_eq!(said(&lives(&pushed)), Vec::<String>::new());
    for report in [
        "{ ofrep = \"http://127.0.0.1:1\", context = { targetingKey = \"u-1\" }, expect = { off = false, beta = false, on = true } }",
        "{ http = \"http://127.0.0.1:1/f\", pointer = \"/m3\", headers = [\"X-Key: $KEY\"] }",
        "{ command = [\"bin/reads\"], expect = { off = false, beta = true, on = true } }",
    ] {
        assert_eq!(said(&with(REPORT, &format!("flag = {report}"))), Vec::<String>::new(), "{report}");
    }
}

#[test]
fn what_a_provider_gets_wrong_is_said_with_a_caret() {
    let ofrep = |more: &str| lives(&format!("{{ ofrep = \"http://127.0.0.1:8016\"{more} }}"));
    let http = |more: &str| pointed(&lives(&format!("{{ http = \"http://127.0.0.1:1/f\", pointer = \"/s\"{more} }}")));
    let write = "{ http = \"http://127.0.0.1:1/f\" }";
    let two = format!(", writes = {{ off = {write}, on = {write} }}");
    let garbled = format!(
        ", writes = {{ off = {write}, beta = {write}, on = {{ http = \"http://127.0.0.1:1/f\", body = \"on\" }} }}"
    );
    check(&[
        (lives("{ ofrep = \"127.0.0.1:8016\" }"), "15:22 an address starts with http:// or https://"),
        (ofrep(", pointer = \"/x\""), "`pointer` doesn't go with `ofrep`"),
        (
            ofrep(", headers = [\"Authorization: Bearer abc\"]"),
            "a plan is shared, and holds no token | write $NAME for it",
        ),
        (ofrep(", headers = [\"Authorization\"]"), "a header is written"),
        (http(", method = \"get\""), "a method is written in capitals"),
        (http(", body = \"{sha}\""), "{sha} has no value in a call | what there is: {context}"),
        (http(&two), "no call sets `beta` | the way back needs one too"),
        (http(&garbled), "the body must be JSON"),
        (
            pointed(&lives("{ file = \"flags.ini\", pointer = \"/m3\" }")),
            "the file must be JSON, TOML or YAML, by its name",
        ),
        (lives("{ offrep = \"http://127.0.0.1:8016\" }"), "unknown key `offrep` in `provider` | did you mean `ofrep`?"),
    ]);
    let unleash = |more: &str| {
        lives(&format!("{{ unleash = \"http://127.0.0.1:1\", environment = \"e\", token = \"T\"{more} }}"))
    };
    check(&[
        (unleash(""), "nothing says who has the flag in `beta` | add cohorts = { beta = [\"u-1\"] }"),
        (unleash(", cohorts = { beta = [] }"), "`beta` names nobody"),
        (unleash(", cohorts = { beta = [\"u\"], on = [\"v\"] }"), "`on` has no cohort"),
        (unleash(", cohorts = { beta = [\"u\"], bta = [\"v\"] }"), "`bta` is not a state of the flag"),
        (
            unleash(", cohorts = { beta = [\"u\"] }").replace("\"T\"", "\"a token\""),
            "no name of an environment variable",
        ),
    ]);
    let flagd = |more: &str| lives(&format!("{{ flagd_file = \"flags.json\"{more} }}"));
    check(&[
        (flagd(", ofrep = \"x\""), "an address starts with http:// or https://"),
        (
            flagd(", ofrep = \"http://127.0.0.1:1\", writes = { beta = { variant = \"off\" } }"),
            "`off` and `beta` are written alike | nothing tells them apart",
        ),
        (
            flagd(", ofrep = \"http://127.0.0.1:1\", writes = { beta = { varient = \"off\" } }"),
            "unknown key `varient` in `beta` | did you mean `variant`?",
        ),
    ]);
    let served = |push: &str| flagd(&format!(", ofrep = \"http://127.0.0.1:1\", push = {push}"));
    let to_main = "{ remote = \"origin\", branch = \"main\" }";
    let at = |file: &str| served(to_main).replace("\"flags.json\"", &format!("\"{file}\""));
    check(&[
        (served("{ remote = \"origin\" }"), "`push` has no `branch`"),
        (served("{ remot = \"origin\", branch = \"main\" }"), "unknown key `remot` in `push` | did you mean `remote`?"),
        (
            served("{ remote = \"https://example.com/a\", branch = \"main\" }"),
            "git takes no remote of that name: it holds a character that git refuses",
        ),
        (
            served("{ remote = \"origin\", branch = \"-f\" }"),
            "git takes no branch of that name: it starts with '-' and would be read as an option",
        ),
        (at("../flags.json"), "a file that is pushed lies in a clone below the root"),
        (at("/srv/flags.json"), "a file that is pushed lies in a clone below the root"),
        (
            at("./sdk/conf/flags.json"),
            "the release moves `main` of `sdk`, and a commit of the flag would be in its way",
        ),
    ]);
    let blind = said(&flagd(""));
    assert!(
        blind.len() == 2 && blind[0].contains("a flagd provider tells the state itself, and reads no context"),
        "{blind:#?}"
    );
    let unset =
        lives("{ ofrep = \"http://127.0.0.1:8016\" }").replace("set = [\"bin/set-flag\", \"{flag.state}\"]\n", "");
    check(&[(unset, "step `beta` sets the flag, but an OFREP provider can only read it")]);
}

#[test]
fn what_a_report_gets_wrong_is_said_with_a_caret() {
    let report = |written: &str| with(REPORT, &format!("flag = {written}"));
    check(&[
        (report("1"), "`flag` must be a table, not a whole number"),
        (report("{ http = \"http://127.0.0.1:1\" }"), "`flag` has no `pointer`"),
        (report("{ http = \"http://127.0.0.1:1\", pointer = \"m3\" }"), "a JSON pointer starts with '/'"),
        (report("{ ofrep = \"http://127.0.0.1:1\", comand = [\"x\"] }"), "unknown key `comand`"),
        (
            report("{ ofrep = \"http://127.0.0.1:1\", expect = { off = false, on = true } }"),
            "it doesn't say what is read when the flag is `beta` | add beta = … to `expect`",
        ),
        (
            report("{ command = [\"x\"], expect = { off = 0, beta = 1, on = 2, oh = 3 } }"),
            "`oh` is not a state of the flag",
        ),
    ]);
}
