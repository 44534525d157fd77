//! The order of repins, and what their pins may name.

use super::said;

const HEAD: &str = "schema = 1\nrelease = { id = \"m1\", title = \"t\" }\nowner = { name = \"a\", email = \"a@a\" }\n\
    flag = { key = \"f\", states = [\"off\", \"on\"], provider = { file = \"f.json\", pointer = \"/s\" } }\n\
    [[repo]]\nname = \"lib\"\npath = \"lib\"\nrole = \"package\"\npublish = { registry = \"npm\", command = [\"up\"], artifacts = [\"dist/x\"] }\n\
    [[repo]]\nname = \"web\"\npath = \"web\"\nrole = \"satellite\"\ndeploy = { push = \"live\", smoke = \"http://127.0.0.1:1/up\" }\n";

/// Steps as `id verb repo needs…`; `-` stands for no needs at all.
fn plan(pin: &str, steps: &[&str]) -> String {
    let mut text = format!("{HEAD}repin = [{pin}]\n");
    for step in steps {
        let mut words = step.split(' ');
        let (id, verb, repo) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
        let what = match verb {
            "promote" => format!("{{ repo = \"{repo}\", to = \"main\" }}"),
            _ => format!("\"{repo}\""),
        };
        let needs: Vec<String> = words.filter(|need| *need != "-").map(|need| format!("\"{need}\"")).collect();
        let needs =
            if step.split(' ').count() > 3 { format!("needs = [{}]\n", needs.join(", ")) } else { String::new() };
        text = format!("{text}[[step]]\nid = \"{id}\"\nstage = \"s\"\ntitle = \"t\"\n{verb} = {what}\n{needs}");
    }
    text
}

const PIN: &str = "{ package = \"lib\", manifest = \"package.json\" }";

fn refused(pin: &str, steps: &[&str], expected: &str) {
    let got = said(&plan(pin, steps));
    assert!(got.len() == 1 && got[0].contains(expected), "{steps:?}\n  wanted {expected}\n  got {got:#?}");
}

#[test]
fn a_repin_stands_between_the_packages_and_its_own_ship() {
    for steps in [
        ["l publish lib", "p repin web", "w deploy web"],
        ["l publish lib -", "p repin web l", "w deploy web p"],
        ["l publish lib", "p repin web", "w promote web"],
    ] {
        assert_eq!(said(&plan(PIN, &steps)), Vec::<String>::new(), "{steps:?}");
    }
    refused(
        PIN,
        &["p repin web", "l publish lib", "w deploy web"],
        "step `p` pins `lib` before step `l` publishes it | move step `l` up, above `p`",
    );
    refused(
        PIN,
        &["l publish lib", "p repin web -", "w deploy web"],
        "step `p` pins `lib` without waiting for step `l`, which publishes it | add \"l\" to the `needs` of step `p`",
    );
    refused(
        PIN,
        &["l publish lib", "w deploy web", "p repin web"],
        "step `w` ships `web` before step `p` repins it | move step `p` up, above `w`",
    );
    refused(PIN, &["l publish lib", "w promote web", "p repin web"], "step `w` ships `web` before step `p` repins it");
    refused(
        PIN,
        &["l publish lib", "p repin web", "w deploy web l"],
        "step `w` ships `web` without waiting for step `p`, which repins it | add \"p\" to the `needs` of step `w`",
    );
    refused(PIN, &["p repin web", "w deploy web"], "step `p` pins `lib`, but no step publishes it | add a step");
    refused(
        PIN,
        &["l publish lib", "p repin web", "q repin web", "w deploy web"],
        "step `q` brings what step `p` has brought already",
    );
}

#[test]
fn a_pin_names_files_that_are_understood() {
    let steps = ["l publish lib", "p repin web", "w deploy web"];
    refused("{ package = \"lib\", manifest = \"setup.py\" }", &steps, "setup.py is no manifest that can be pinned");
    refused(
        "{ package = \"lib\", manifest = \"package.json\", lock_file = \"bun.lock\" }",
        &steps,
        "bun.lock is no lock file that is understood",
    );
    refused(
        PIN,
        &["l publish lib", "w deploy web"],
        "`web` says what it pins, but no step repins it | add a step with repin = \"web\"",
    );
}
