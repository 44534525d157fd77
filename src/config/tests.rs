//! Complaints as a table: what is changed in a good file, what is said about it, and where.

mod flags;
mod others;
mod random;
mod rendered;
mod repins;
mod ships;

use super::*;

pub(super) const EXAMPLE: &str = include_str!("tests/example.toml");

/// The complaint messages with places, and help after " | ".
fn said(text: &str) -> Vec<String> {
    let list = match load(text.as_bytes(), "release.toml") {
        Ok(checked) => checked.warnings,
        Err(complaints) => complaints.list().to_vec(),
    };
    list.iter()
        .map(|c| format!("{}:{} {} | {}", c.line, c.column, c.message, c.help.as_deref().unwrap_or("")))
        .collect()
}

/// The example with one piece replaced.
fn with(from: &str, to: &str) -> String {
    assert!(EXAMPLE.contains(from), "{from}");
    EXAMPLE.replacen(from, to, 1)
}

#[test]
fn the_example_is_a_plan_without_complaint_or_warning() {
    assert_eq!(said(EXAMPLE), Vec::<String>::new());
    let crlf = format!("\u{feff}{}", EXAMPLE.replace('\n', "\r\n"));
    assert_eq!(said(&crlf), Vec::<String>::new());
    let (one, other) = (load(EXAMPLE.as_bytes(), "a").unwrap(), load(crlf.as_bytes(), "b").unwrap());
    assert_eq!(one.plan.digest(), other.plan.digest());
}

#[test]
fn the_worked_example_of_the_project_is_sound() {
    assert_eq!(said(include_str!("../../release.toml")), Vec::<String>::new());
}

#[test]
fn a_soak_makes_checks_and_runs_no_suite() {
    let (before, after) = EXAMPLE.split_once("smoke = { checks = [").unwrap();
    let (_, after) = after.split_once('\n').unwrap();
    let suite =
        "smoke = { suite = { junit = { command = [\"bin/flows\"], files = \"build/flows.xml\" }, repo = \"api\" } }";
    let plan = format!("{before}{suite}\n{after}").replacen("for = \"3s\", ", "for = \"3s\", smoke = [\"look\"], ", 1);
    let complaints = said(&plan);
    assert!(complaints.iter().any(|said| said.contains("`look` has no checks, and its suite")), "{complaints:#?}");
}

/// One change, and the one complaint it gives.
fn table(cases: &[(&str, &str, &str)]) {
    let mut wrong = Vec::new();
    for (from, to, expected) in cases {
        let got = said(&with(from, to));
        if got.len() != 1 || !got[0].contains(expected) {
            wrong.push(format!("{to}\n  wanted {expected}\n  got    {got:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_effect_that_two_steps_bring_and_an_id_that_git_refuses() {
    let again = |verb: &str| format!("[[step]]\nid = \"again\"\nstage = \"s\"\ntitle = \"t\"\n{verb}\n\n");
    let before = "[[step]]\nid = \"record\"";
    let (publish, deploy) = (again("publish = \"sdk\""), again("deploy = \"api\""));
    let promote = again("promote = { repo = \"api\", to = \"staging\" }");
    let other = again("promote = { repo = \"api\", to = \"rc\" }");
    let added = |step: &str| said(&with(before, &format!("{step}{before}")));
    for (step, first) in [(&publish, "sdk"), (&deploy, "api"), (&promote, "stage")] {
        let got = added(step);
        let expected = format!("124:1 step `again` brings what step `{first}` has brought already | an effect happens");
        assert!(got.iter().any(|said| said.starts_with(&expected)), "{got:#?}");
        assert_eq!(got.iter().filter(|said| said.contains("brings what")).count(), 1, "{got:#?}");
    }
    assert_eq!(added(&other), Vec::<String>::new());
    table(&[
        ("id = \"m3\"", "id = \"m..3\"", "4:6 git takes no ref of that name: it holds '..' | the ledger, the release"),
        ("id = \"m3\"", "id = \"m3.lock\"", "4:6 git takes no ref of that name: a part of it ends with '.lock'"),
        ("id = \"m3\"", "id = \"m3.\"", "4:6 git takes no ref of that name: it ends with a dot"),
    ]);
}

#[test]
fn shapes() {
    table(&[
        ("schema = 1", "schema = 2", "1:10 `schema` must be 1"),
        ("schema = 1", "", "1:1 the file has no `schema` | for example: schema = 1"),
        ("schema = 1", "schema = \"1\"", "1:10 `schema` must be a whole number, not a text | for example: schema = 1"),
        ("schema = 1", "schema = 1\nshema = 1", "2:1 unknown key `shema` in the file | "),
        ("mode = \"careful\"", "mode = \"quik\"", "6:8 `mode` can't be \"quik\" | did you mean `quick`?"),
        ("mode = \"careful\"", "mode = \"auto\"", "6:8 `mode` can't be \"auto\" | there are: `careful`, `quick`"),
        ("id = \"m3\"", "id = \"m 3\"", "4:6 `id`: ' ' can't stand in a name | use letters, digits"),
        ("title = \"Team and organisation tier\"", "", "3:1 [release] has no `title` | for example: title ="),
        (
            "[owner]\nname = \"Ada Example\"\nemail = \"ada@example.com\"",
            "",
            "1:1 the file has no `owner` | add a [owner] table",
        ),
        ("stage = \"API\"", "stge = \"API\"", "unknown key `stge` in [[step]] | did you mean `stage`?"),
        ("publish = \"sdk\"", "pubish = \"sdk\"", "unknown key `pubish` in [[step]] | did you mean `publish`?"),
        ("publish = \"sdk\"", "", "54:1 [[step]] doesn't say what: one of these is needed | write `publish`"),
        (
            "publish = \"sdk\"",
            "publish = \"sdk\"\nrun = { command = [\"x\"] }",
            "59:1 `run` stands beside `publish`: there is exactly one verb in [[step]]",
        ),
        ("publish = \"sdk\"", "release = \"sdk\"\npublish = \"sdk\"", "58:1 unknown key `release` in [[step]]"),
        ("{ tests = true }", "{ tests = false }", "`tests` can't be false | leave it out"),
        (
            "{ tests = true }",
            "{ tests = true, flag = \"off\" }",
            "`flag` stands beside `tests`: there is only one key in an entry of `gates`",
        ),
        ("{ tests = true }", "{ green = \"api\" }", "unknown key `green` in an entry of `gates`"),
        ("{ tests = true }", "{}", "an entry of `gates` doesn't say what"),
        ("timeout = \"10m\"", "timeout = \"10\"", "60:11 `timeout`: \"10\" is not a length of time | write a number"),
        (
            "timeout = \"10m\"",
            "timeout = 10",
            "60:11 `timeout` must be a text, not a whole number | for example: timeout = \"10m\"",
        ),
        (
            "\"bin/withdraw\", \"{version}\"",
            "\"bin/withdraw\", \"{versoin}\"",
            "62:25 {versoin} is not a template word | use one of",
        ),
        ("[\"bin/migrate\"]", "[]", "`command` names at least a program"),
        ("[\"bin/migrate\"]", "\"bin/migrate\"", "`command` must be a list, not a text | for example: command = "),
        ("[\"bin/migrate\"]", "[\"bin/migrate\", 1]", "an entry of `command` must be a text, not a whole number"),
        ("push = \"production\"", "push = \"production\", script = [\"x\"]", "`script` doesn't go with `push`"),
        (
            "push = \"production\", branch = \"main\", smoke = \"http://127.0.0.1:8016/up\"",
            "",
            "`deploy` doesn't say what: one of these is needed | write `push`, or `script` with `probe`",
        ),
        ("status = 200", "status = 20", "`status` must be from 100 to 599"),
        ("beta = true }, expect", "beta = 2020-01-01 }, expect", "`context` holds a date"),
        ("[registry.files]", "[registry.\"my files\"]", "23:11 \"my files\" is no name"),
        (
            "checks = [{ name = \"up\", http = \"http://127.0.0.1:8016/up\" }]",
            "checks = 1",
            "`checks` must be a list, not a whole number",
        ),
        ("for = \"3s\", ", "", "`soak` has no `for` | for example: for = \"9d\""),
    ]);
}

#[test]
fn meanings_of_repos_and_flag() {
    table(&[
        ("path = \"api\"", "path = \"./x/../sdk/\"", "`api` has the path of `sdk`"),
        (
            "depends_on = [\"sdk\", \"api\"]",
            "depends_on = [\"skd\", \"api\"]",
            "50:15 no repo is named `skd` | did you mean `sdk`?",
        ),
        ("depends_on = [\"sdk\", \"api\"]", "depends_on = [\"web\"]", "50:15 `web` can't depend on itself"),
        ("branch = \"release/m3\"", "branch = \"re..lease\"", "git takes no branch of that name: it holds '..'"),
        ("branch = \"release/m3\"", "branch = \"-f\"", "git takes no branch of that name: it starts with '-'"),
        ("branch = \"release/m3\"", "branch = \"main\"", "main and the release branch of `sdk` are both `main`"),
        (
            "[[repo]]\nname = \"sdk\"",
            "[registry.inside]\nkind = \"pypi\"\nindex = \"https://ada:pw@packages.example.com/@x\"\n\n[[repo]]\nname = \"sdk\"",
            "30:9 a plan is shared, and holds no password",
        ),
        ("registry = \"files\"", "registry = \"file\"", "no [registry] is named `file` | did you mean `files`?"),
        ("artifacts = [\"dist/{package}-{version}.tar\"], ", "", "{artifact} has no value without `artifacts"),
        (
            "artifacts = [\"dist/{package}-{version}.tar\"]",
            "artifacts = [\"../x\"]",
            "an artefact must be a path inside the worktree",
        ),
        ("secrets = [\"TOKEN\"]", "secrets = [\"TOKEN=abc\"]", "this is no name of an environment variable"),
        ("push = \"production\"", "push = \"--all\"", "git takes no remote of that name: it starts with '-'"),
        (
            "smoke = \"http://127.0.0.1:8016/up\"",
            "smoke = \"127.0.0.1/up\"",
            "an address starts with http:// or https://",
        ),
        (
            "flag = \"http://127.0.0.1:8016/flags#/m3\"",
            "flag = \"http://127.0.0.1:8016/flags\"",
            "it doesn't say where in the answer to look | add `#`",
        ),
        (
            "flag = \"http://127.0.0.1:8016/flags#/m3\"",
            "flag = \"http://127.0.0.1:8016/flags#m3\"",
            "a JSON pointer starts with '/'",
        ),
        (
            "states = [\"off\", \"beta\", \"on\"]",
            "states = [\"off\", \"beta\", \"on\", \"on\"]",
            "16:32 the state `on` stands twice",
        ),
        (
            "states = [\"off\", \"beta\", \"on\"]",
            "states = [\"off\"]",
            "16:10 `states` has at least 2, this list has 1",
        ),
        (
            "expect = { off = false, beta = false, on = true }",
            "expect = { off = false, on = true }",
            "19:58 `anyone` doesn't say what is read when the flag is `beta`",
        ),
        (
            "expect = { off = false, beta = false, on = true }",
            "expect = { off = false, beta = false, on = true, no = 1 }",
            "`no` is not a state of the flag",
        ),
        (
            "expect = { off = false, beta = true, on = true }",
            "expect = { off = false, beta = false, on = true }",
            "18:1 `off` and `beta` read the same in every context",
        ),
        (
            "set = [\"bin/set-flag\", \"{flag.state}\"]",
            "",
            "step `beta` sets the flag, but a command provider can only read it",
        ),
        ("context = { targetingKey = \"u-1\" }, ", "", "`anyone` has no `context`"),
        ("context = { targetingKey = \"u-1\" }", "pointer = \"/x\"", "a command provider takes no pointer"),
    ]);
}

#[test]
fn meanings_of_steps() {
    table(&[
        ("id = \"warm\"", "id = \"stage\"", "two steps have the id `stage`"),
        ("publish = \"sdk\"", "publish = \"sdkk\"", "58:11 no [[repo]] is named \"sdkk\" | did you mean `sdk`?"),
        ("deploy = \"api\"", "deploy = \"sdk\"", "80:10 sdk doesn't say how it is deployed | give its"),
        ("timeout = \"10m\"", "timeout = \"0s\"", "60:11 nothing can be done in no time"),
        ("needs = [\"sdk\", \"migrate\"]", "needs = [\"api\"]", "`api` can't wait for itself"),
        ("needs = [\"sdk\", \"migrate\"]", "needs = [\"web\"]", "`web` comes later than `api` | move step `web` up"),
        ("needs = [\"sdk\", \"migrate\"]", "needs = [\"skd\"]", "no step is named `skd` | did you mean `sdk`?"),
        ("{ step = \"stage\" }", "{ step = \"soak\" }", "`soak` comes later than `api`"),
        ("{ flag = \"off\" }", "{ flag = \"of\" }", "no state of the flag is named `of` | did you mean `off`?"),
        (
            "{ flag = \"off\" }",
            "{ dormant = true }",
            "`sdk` doesn't say which tests of main must pass | give its [[repo]] a dormant = { tests = [\"tests\"] }",
        ),
        (
            "{ flag = \"off\" }",
            "{ flag = \"on\" }",
            "what `sdk` publishes is public at once, so the flag must be off by then | write { flag = \"off\" }",
        ),
        ("{ step = \"stage\" }", "{ tests = true }", "`api` has no `test` command"),
        (
            "path = \"sdk\"",
            "path = \"sdk\"\ndormant = { tests = [\"t\"], recorded = \"/recordings/*.json\" }",
            "a path stays inside the repository",
        ),
        ("flag = \"beta\"", "flag = \"betta\"", "\"betta\" is not a state of the flag"),
        ("to = \"staging\"", "to = \"sta ging\"", "git takes no branch of that name: it holds a space"),
        ("tag = \"m3\"", "tag = \"m3.lock\"", "git takes no tag of that name"),
        (
            "contains = \"ok\" }",
            "contains = \"ok\" }, { name = \"x\", http = \"ftp://x\" }",
            "an address starts with http:// or https://",
        ),
        ("[\"bin/warm\", \"{sha}\"], repo = \"web\"", "[\"bin/warm\", \"{sha}\"]", "{sha} has no value without `repo"),
        (
            "title = \"Record\"\nrecord = { tag = \"m3\" }",
            "title = \"Record\"\nrecord = { tag = \"m3\" }\n[[step]]\nid=\"z\"\nstage=\"\"\ntitle=\"\"\nflag=\"on\"",
            "`record` must be the last step",
        ),
        ("for = \"3s\", ", "for = \"3s\", smoke = [\"sdk\"], ", "no smoke step is named `sdk` | the smoke steps: look"),
        ("items = [\"Support knows what to answer\"]", "items = []", "`items` has at least 1, this list has 0"),
        (
            "items = [\"Support knows what to answer\"]",
            "items = [\"a\", \"a\"]",
            "this line stands twice | a tick couldn't tell which",
        ),
    ]);
    let recorded = with("path = \"sdk\"", "path = \"sdk\"\ndormant = { tests = [\"t\"], recorded = \"r/*.json\" }");
    let complaints = said(&recorded.replacen("{ flag = \"off\" }", "{ dormant = true }", 1));
    let wanted = "what `sdk` recorded is held against a contract, and its `dormant` names none | add contract = ";
    assert!(complaints.iter().any(|said| said.contains(wanted)), "{complaints:#?}");
    let circle = with("name = \"sdk\"\npath = \"sdk\"", "name = \"sdk\"\npath = \"sdk\"\ndepends_on = [\"web\"]");
    assert!(
        said(&circle)[1].starts_with("51:15 these depend on each other in a circle: sdk → web → sdk"),
        "{:?}",
        said(&circle)
    );
    let early = with(
        "id = \"stage\"\nstage = \"API\"\ntitle = \"Promote the API\"",
        "id = \"w\"\nstage = \"\"\ntitle = \"\"\ndeploy = \"web\"\n[[step]]\nid = \"stage\"\nstage = \"API\"\ntitle = \"Promote the API\"",
    );
    assert!(said(&early)[0].contains("step `w` ships `web` before step `api` ships `api`"), "{:?}", said(&early));
}

#[test]
fn oddities_are_warnings() {
    let free = with("{ flag = \"off\" }, ", "");
    assert!(load(free.as_bytes(), "f").is_ok());
    table(&[
        (
            "[[step]]\nid = \"sdk\"",
            "[[repo]]\nname = \"idle\"\npath = \"idle\"\n[[step]]\nid = \"sdk\"",
            "no step does anything with `idle`",
        ),
        (
            ", smoke = \"http://127.0.0.1:8016/up\" }\nreports = { flag = \"http://127.0.0.1:8016/flags#/m3\", version = \"http://127.0.0.1:8016/version#/sha\" }",
            "}",
            "51:1 nothing shows that `web` is live",
        ),
    ]);
    let bare = "schema = 1\n[release]\nid = 'x'\ntitle = 'x'\n[owner]\nname = 'a'\nemail = 'b'\n[[step]]\nid = 'a'\nstage = 's'\ntitle = 't'\nrun = { command = ['x'] }\n";
    assert!(said(bare)[0].starts_with("2:1 there is no [flag]"), "{:?}", said(bare));
    assert_eq!(load(bare.as_bytes(), "f").unwrap().plan.steps().len(), 2);
}

#[test]
fn what_is_no_text_file_is_refused_in_one_line() {
    let first = |bytes: &[u8]| {
        let complaints = load(bytes, "release.toml").unwrap_err();
        let first = &complaints.list()[0];
        format!("{} {}:{} {}", complaints.list().len(), first.line, first.column, first.message)
    };
    assert_eq!(first(b""), "1 1:1 this file says nothing");
    assert_eq!(first("\u{feff}\r\n# x\n".as_bytes()), "1 1:1 this file says nothing");
    assert_eq!(first(b"schema = 1\nx = \"\xff\""), "1 2:6 the byte 0xff (at offset 16) is no UTF-8 text");
    assert_eq!(first(b"schema = 1\n\0"), "1 2:1 a NUL byte can't stand in this file");
    assert!(first(&vec![b'#'; 5 << 20]).contains("5242880 bytes are too many"));
    assert!(first(b"schema = 1\n[rele").starts_with("1 2:6 unclosed table"));
    assert!(first(format!("a = {}", "[".repeat(100_000)).as_bytes()).starts_with("1 1:"));
    assert!(first(format!("[{}a]", "a.".repeat(200_000)).as_bytes()).contains("more than 100 dots"));
    assert!(first("a = { b = ".repeat(100_000).as_bytes()).starts_with("1 1:"));
    let before_steps = EXAMPLE.find("[[step]]").unwrap();
    for cut in 0..before_steps {
        // a file that an editor has half saved
        assert!(load(&EXAMPLE.as_bytes()[..cut], "release.toml").is_err());
    }
}

#[test]
fn much_of_anything_is_answered() {
    let step = |n| format!("[[step]]\nid='s{n}'\nstage=''\ntitle=''\nneeds=['t{n}']\nrun={{command=['x']}}\n");
    let numbered = (0..300).map(step).collect::<Vec<_>>().concat();
    let full = |piece: &str| piece.repeat(20_000 / piece.len());
    for text in [
        full("x y "),
        full("a\n"),
        full("[[step]]\n"),
        full("[[repo]]\nname='a'\npath='b'\n"),
        format!("x = \"{}\"", full("\u{202e}").split_at(19_998).0),
        format!("x = [{}]", full("1,").split_at(19_998).0),
        numbered,
    ] {
        let complaints = load(text.as_bytes(), "release.toml").unwrap_err();
        assert!(complaints.list().len() <= MOST && complaints.to_string().len() < 200_000);
    }
}

#[test]
fn what_is_broken_hides_nothing_else() {
    let broken = EXAMPLE
        .replace("timeout = \"10m\"", "timeout = \"ten\"")
        .replace("to = \"staging\"", "too = \"staging\"")
        .replace("role = \"hub\"", "role = \"hubb\"")
        .replace("needs = [\"sdk\", \"migrate\"]", "needs = [\"sdkk\"]");
    let said = said(&broken);
    assert_eq!(said.len(), 4, "{said:#?}");
    assert!(said[3].contains("no step is named `sdkk`"), "{said:#?}");
}

#[test]
fn every_key_of_the_example_is_in_the_reference() {
    let page = reference();
    for line in EXAMPLE.lines() {
        if let Some((key, _)) = line.split_once(" = ").filter(|(key, _)| !key.contains(' ')) {
            assert!(page.contains(&format!("| `{key}` |")), "{key}");
        }
    }
}
