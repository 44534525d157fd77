//! The order in which repositories become live, as a table of small plans.

use std::fmt::Write as _;

use super::said;

const HEAD: &str = "schema = 1\nrelease = { id = \"m1\", title = \"t\" }\nowner = { name = \"a\", email = \"a@a\" }\n\
    flag = { key = \"f\", states = [\"off\", \"on\"], provider = { file = \"f.json\", pointer = \"/s\" } }\n";

/// Repos as `name role deps…`, steps as `id verb repo needs…`; `-` stands for no needs at all.
fn plan(repos: &[&str], steps: &[&str]) -> String {
    let mut text = HEAD.to_owned();
    for repo in repos {
        let mut words = repo.split(' ');
        let (name, role) = (words.next().unwrap(), words.next().unwrap());
        let on: Vec<String> = words.map(|word| format!("\"{word}\"")).collect();
        write!(
            text,
            "[[repo]]\nname = \"{name}\"\npath = \"{name}\"\nrole = \"{role}\"\ndepends_on = [{}]\n\
             publish = {{ registry = \"npm\", command = [\"up\"], artifacts = [\"dist/x\"] }}\n\
             deploy = {{ push = \"live\", smoke = \"http://127.0.0.1:1/up\" }}\n",
            on.join(", ")
        )
        .unwrap();
    }
    for step in steps {
        let mut words = step.split(' ');
        let (id, verb, repo) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
        let needs: Vec<&str> = words.collect();
        let what = match verb {
            "promote" => format!("{{ repo = \"{repo}\", to = \"main\" }}"),
            _ => format!("\"{repo}\""),
        };
        writeln!(text, "[[step]]\nid = \"{id}\"\nstage = \"s\"\ntitle = \"t\"\n{verb} = {what}").unwrap();
        if !needs.is_empty() {
            let needs: Vec<String> =
                needs.iter().filter(|need| **need != "-").map(|need| format!("\"{need}\"")).collect();
            writeln!(text, "needs = [{}]", needs.join(", ")).unwrap();
        }
    }
    text
}

fn refused(repos: &[&str], steps: &[&str], expected: &str) {
    let got = said(&plan(repos, steps));
    assert!(got.len() == 1 && got[0].contains(expected), "{steps:?}\n  wanted {expected}\n  got {got:#?}");
}

fn sound(repos: &[&str], steps: &[&str]) {
    assert_eq!(said(&plan(repos, steps)), Vec::<String>::new(), "{steps:?}");
}

#[test]
fn a_producer_comes_before_its_consumer_by_needs_and_not_by_the_line_alone() {
    let repos = ["lib package", "web service lib"];
    sound(&repos, &["l publish lib", "w deploy web"]);
    refused(
        &repos,
        &["w deploy web", "l publish lib"],
        "step `w` ships `web` before step `l` ships `lib`, which it depends on | move step `l` up, above `w`",
    );
    refused(
        &repos,
        &["l publish lib", "w deploy web -"],
        "step `w` ships `web` without waiting for step `l`, which ships `lib`, which it depends on | add \"l\" to the",
    );
    // by way of another step
    let repos = ["lib package", "x service", "web service lib"];
    sound(&repos, &["l publish lib", "x deploy x l", "w deploy web x"]);
    refused(&repos, &["l publish lib", "x deploy x -", "w deploy web x"], "without waiting for step `l`");
    // by way of a repo that no step ships
    let repos = ["lib package", "x service lib", "web service x"];
    let got = said(&plan(&repos, &["w deploy web", "l publish lib"]));
    assert!(got.iter().any(|said| said.contains("step `w` ships `web` before step `l` ships `lib`")), "{got:#?}");
}

#[test]
fn what_is_deployed_waits_for_packages_and_for_what_runs() {
    let repos = ["core service", "web service core"];
    sound(&repos, &["c publish core", "r deploy core", "w deploy web"]);
    refused(&repos, &["c publish core", "w deploy web", "r deploy core"], "before step `r` ships `core`");
    // a package waits for packages, and for a service only where that has none
    sound(&repos, &["c publish core", "w publish web", "r deploy core"]);
    refused(&repos, &["w publish web", "r deploy core"], "step `w` ships `web` before step `r` ships `core`");
}

#[test]
fn among_equals_the_hub_comes_before_its_satellites() {
    let repos = ["hub hub", "one satellite", "two satellite hub"];
    sound(&repos, &["h deploy hub", "a deploy one", "b deploy two"]);
    refused(
        &repos,
        &["a deploy one", "h deploy hub", "b deploy two"],
        "step `a` ships `one` before step `h` ships `hub`, the hub: among equals a hub comes before its satellites",
    );
    refused(&repos, &["h deploy hub", "a deploy one -", "b deploy two"], "without waiting for step `h`");
    // a package of a satellite is no equal of the hub, and whom the hub depends on comes first
    sound(&repos, &["p publish one", "h deploy hub", "b deploy two"]);
    sound(&["hub hub one", "one satellite"], &["a deploy one", "h deploy hub"]);
}

#[test]
fn a_promotion_to_main_ships_and_is_the_deploys_own_push() {
    let repos = ["lib package", "web service lib"];
    refused(&repos, &["w promote web", "l publish lib"], "step `w` ships `web` before step `l` ships `lib`");
    refused(
        &["web service"],
        &["p promote web", "w deploy web"],
        "step `w` brings what step `p` has brought already | an effect happens once",
    );
}
