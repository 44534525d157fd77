//! Which steps need what, as a table of one plan.

use super::*;
use crate::config;
use crate::plan::Package;

const PLAN: &str = r#"
schema = 1
release = { id = "m3", title = "M3" }
owner = { name = "Ada", email = "ada@example.com" }
[flag]
key = "f"
states = ["off", "on"]
provider = { file = "f.json", pointer = "/s" }
set = ["bin/set", "{flag.state}"]
[registry.here]
kind = "generic"
probe = ["bin/ask", "{package}"]
[registry.crates]
kind = "cargo"
index = "http://127.0.0.1:1/index/"
[[repo]]
name = "lib"
path = "lib"
test = ["make", "test"]
publish = { registry = "here", build = ["make"], artifacts = ["dist/x"], command = ["dist/upload", "{artifact}"] }
secrets = ["TOKEN"]
[[repo]]
name = "one"
path = "one"
publish = { registry = "crates", command = ["cargo", "publish"] }
[[repo]]
name = "two"
path = "two"
publish = { registry = "crates", command = ["cargo", "publish"] }
[[repo]]
name = "web"
path = "web"
deploy = { push = "production", branch = "live", smoke = "http://127.0.0.1:1/up" }
[[step]]
id = "lib"
stage = "s"
title = "t"
publish = "lib"
gates = [{ flag = "off" }, { tests = true }, { command = ["bin/gate"] }]
undo = ["bin/withdraw"]
[[step]]
id = "one"
stage = "s"
title = "t"
publish = "one"
[[step]]
id = "two"
stage = "s"
title = "t"
publish = "two"
[[step]]
id = "web"
stage = "s"
title = "t"
deploy = "web"
[[step]]
id = "theirs"
stage = "s"
title = "t"
promote = { repo = "web", to = "rc" }
via = "dispatch"
dispatch = { command = ["bin/dispatch"] }
[[step]]
id = "on"
stage = "s"
title = "t"
flag = "on"
"#;

fn plan() -> Plan {
    config::load(PLAN.as_bytes(), "release.toml").unwrap_or_else(|complaints| panic!("{complaints:?}")).plan
}

fn candidates(plan: &Plan) -> BTreeMap<RepoName, Candidate> {
    let package = |name: &RepoName| Package { name: name.to_string(), version: "1.0".to_owned() };
    let candidate = |name: &RepoName| Candidate::frozen("a".repeat(40).parse().unwrap(), Some(package(name)));
    plan.repos().iter().map(|repo| (repo.name.clone(), candidate(&repo.name))).collect()
}

/// Each need as `step repo: label`.
fn said(steps: &[&str]) -> Vec<String> {
    let plan = plan();
    let wanted = plan.steps().iter().filter(|step| steps.contains(&step.id.as_str()));
    let line = |need: &Need| {
        let step = need.step.as_ref().map_or("-", StepId::as_str);
        let repo = need.what.repo().map_or("-", RepoName::as_str);
        format!("{step} {repo}: {}", need.what)
    };
    plan.needs_of(wanted, &candidates(&plan)).iter().map(line).collect()
}

#[test]
fn a_publication_needs_its_tools_its_secrets_its_version_and_its_way_back() {
    let expected = [
        "lib -: bin/set",
        "lib -: the flag's provider",
        "lib lib: make",
        "lib lib: $TOKEN",
        "lib -: bin/gate",
        // its upload is made by its build
        "lib lib: bin/ask",
        "lib lib: lib 1.0 free at here",
        "lib lib: credentials for here",
        "lib lib: bin/withdraw",
        "- -: room in the state folder",
        "- lib: room beside the clone",
        "- -: the clock",
    ];
    assert_eq!(said(&["lib"]), expected);
}

#[test]
fn a_deploy_needs_its_branches_to_move_forward_and_its_remotes_to_take_them() {
    let expected = [
        "web web: release branch as it was frozen",
        "web web: fast-forward main here",
        "web web: fast-forward origin/main",
        "web web: push to origin/main",
        "web web: fast-forward production/live",
        "web web: push to production/live",
        "- -: room in the state folder",
        "- web: room beside the clone",
        "- -: the clock",
    ];
    assert_eq!(said(&["web"]), expected);
}

#[test]
fn a_thing_is_needed_once_and_versions_of_one_registry_are_counted() {
    let both = said(&["one", "two"]);
    assert!(both.contains(&"- -: 2 versions in a row at crates".to_owned()), "{both:#?}");
    assert_eq!(both.iter().filter(|line| line.ends_with("room in the state folder")).count(), 1);
    assert!(!said(&["one"]).iter().any(|line| line.contains("in a row")));
    let plan = plan();
    let clock = |steps: &[&str]| {
        let wanted = plan.steps().iter().filter(|step| steps.contains(&step.id.as_str()));
        plan.needs_of(wanted, &candidates(&plan)).into_iter().find_map(|need| match need.what {
            Wanted::Clock { address } => address,
            _ => None,
        })
    };
    // a registry's clock before an app's
    assert_eq!(clock(&["one", "web"]).as_deref(), Some("http://127.0.0.1:1/index/"));
    assert_eq!(clock(&["web"]).as_deref(), Some("http://127.0.0.1:1/up"));
    assert_eq!(clock(&["on"]), None);
}

#[test]
fn a_flag_that_is_pushed_needs_a_remote_that_takes_it() {
    let provider = "{ flagd_file = \"f/f.json\", push = { remote = \"origin\", branch = \"live\" } }";
    let own = "{ file = \"f.json\", pointer = \"/s\" }\nset = [\"bin/set\", \"{flag.state}\"]";
    let needed = |provider: &str| {
        let text = PLAN.replacen(own, provider, 1);
        let plan = config::load(text.as_bytes(), "release.toml").unwrap().plan;
        let step = plan.steps().iter().filter(|step| step.id.as_str() == "on");
        plan.needs_of(step, &candidates(&plan)).iter().map(|need| need.what.to_string()).collect::<Vec<_>>()
    };
    let push = "push the flag's file to origin/live".to_owned();
    assert!(needed(provider).contains(&push), "{:?}", needed(provider));
    // whoever sets it by a command pushes nothing
    assert!(!needed(&format!("{provider}\nset = [\"bin/set\"]")).contains(&push));
}

#[test]
fn what_others_bring_needs_only_what_starts_it() {
    let theirs = said(&["theirs"]);
    assert_eq!(theirs.first().map(String::as_str), Some("theirs web: bin/dispatch"));
    assert!(!theirs.iter().any(|line| line.contains("push to")), "{theirs:#?}");
}

#[test]
fn a_step_that_cannot_be_compiled_says_so() {
    let plan = plan();
    let needs = plan.needs_of(plan.steps().iter().filter(|step| step.id.as_str() == "web"), &BTreeMap::new());
    assert!(matches!(&needs[0].what, Wanted::Untold { why } if why.contains("web isn't frozen")), "{needs:?}");
}
