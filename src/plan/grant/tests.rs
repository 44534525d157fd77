//! Nothing of a document that runs or is asked may be missing from what trusting it allows.

use serde_json::Value;

use super::*;
use crate::config;
use crate::plan::Verb;

/// Every verb, gate and provider with every key that holds a command, an address or a remote.
const ALL: &str = r#"
schema = 1
release = { id = "m3", title = "M3" }
owner = { name = "Ada", email = "ada@example.com" }
[flag]
key = "f"
states = ["off", "on"]
provider = { command = ["bin/read-flag", "{context}"] }
set = ["bin/set-flag", "{flag.state}"]
contexts = [{ name = "anyone", context = { beta = ["x", "y"] }, expect = { off = false, on = true } }]
[registry.here]
kind = "generic"
probe = ["bin/probe", "{package}", "{version}"]
resolve = ["bin/resolve", "{package}", "{version}"]
[registry.mirror]
kind = "npm"
index = "http://127.0.0.1:1/npm/"
[[repo]]
name = "lib"
path = "lib"
url = "ssh://git@example.com/lib.git"
test = ["bin/test", "--at={sha}"]
publish = { registry = "here", build = ["bin/build"], artifacts = ["dist/x"], command = ["bin/upload", "{artifact}"] }
reports = { flag = { command = ["bin/reads", "f"] }, version = "http://127.0.0.1:1/lib/version#/sha" }
secrets = ["TOKEN"]
[[repo]]
name = "api"
path = "api"
deploy = { push = "production", branch = "live", smoke = "http://127.0.0.1:1/api/up" }
reports = { flag = { ofrep = "http://127.0.0.1:1/api", headers = ["X-API-Key: $API_KEY"] } }
[[repo]]
name = "sdk"
path = "sdk"
publish = { registry = "mirror", command = ["npm", "stage", "approve"], stage = { command = ["npm", "stage"], probe = ["bin/is-staged"] } }
[[repo]]
name = "web"
path = "web"
repin = [{ package = "lib", manifest = "package.json", lock = ["npm", "install", "--package-lock-only"] }]
test = ["bin/test"]
deploy = { script = ["bin/deploy", "{worktree}"], probe = ["bin/deployed", "{sha}"] }
[[seam]]
id = "generated"
title = "t"
producer = { repo = "lib", command = ["bin/generate", "--at={sha}"], output = "made.json" }
consumer = { repo = "web", file = "kept.json" }
rule = "generated"
[[step]]
id = "publish"
stage = "s"
title = "t"
publish = "lib"
gates = [{ flag = "off" }, { tests = true }, { command = ["bin/gate"] }]
[[step]]
id = "promote"
stage = "s"
title = "t"
promote = { repo = "api", to = "staging", remote = "upstream" }
[[step]]
id = "migrate"
stage = "s"
title = "t"
migrate = { repo = "api", command = ["bin/migrate"], probe = ["bin/migrate", "--status"] }
undo = ["bin/migrate", "--down"]
[[step]]
id = "deploy-api"
stage = "s"
title = "t"
deploy = "api"
gates = [{ step = "migrate" }]
[[step]]
id = "publish-sdk"
stage = "s"
title = "t"
publish = "sdk"
via = "dispatch"
dispatch = { http = "http://127.0.0.1:1/dispatches" }
[[step]]
id = "ci"
stage = "s"
title = "t"
promote = { repo = "sdk", to = "staging" }
via = "dispatch"
dispatch = { command = ["bin/start-ci", "{sha}"] }
[[step]]
id = "pin-web"
stage = "s"
title = "t"
repin = "web"
[[step]]
id = "deploy-web"
stage = "s"
title = "t"
deploy = "web"
[[step]]
id = "run"
stage = "s"
title = "t"
run = { command = ["bin/warm", "{release}"], probe = ["bin/is-warm"] }
undo = ["bin/cool"]
[[step]]
id = "smoke"
stage = "s"
title = "t"
smoke = { checks = [{ name = "up", http = "http://127.0.0.1:1/smoke" }, { name = "well", command = ["bin/well"], repo = "lib" }] }
[[step]]
id = "on"
stage = "s"
title = "t"
flag = "on"
[[step]]
id = "soak"
stage = "s"
title = "t"
soak = { for = "1s", checks = [{ name = "up", http = "http://127.0.0.1:1/soak" }, { name = "well", command = ["bin/soaked"] }] }
[[step]]
id = "look"
stage = "s"
title = "t"
checklist = { items = ["one", "two"] }
[[step]]
id = "by-command"
stage = "s"
title = "t"
promote = { repo = "lib", to = "rc" }
via = "dispatch"
dispatch = { command = ["bin/dispatch", "{sha}"] }
[[step]]
id = "by-call"
stage = "s"
title = "t"
promote = { repo = "lib", to = "live" }
via = "dispatch"
dispatch = { http = "http://127.0.0.1:1/dispatches/{version}", body = '{"ref":"{sha}"}', token = "TOKEN" }
[[step]]
id = "by-others"
stage = "s"
title = "t"
migrate = { repo = "lib", command = ["bin/theirs"], probe = ["bin/is-migrated"] }
via = "external"
waits_for = "the database people"
[[step]]
id = "record"
stage = "s"
title = "t"
record = { tag = "shipped" }
"#;

fn plan(text: &str) -> Plan {
    config::load(text.as_bytes(), "release.toml").unwrap_or_else(|complaints| panic!("{complaints:?}")).plan
}

/// Every list of texts that isn't known to be no command, and every text that could be an address.
fn written(value: &Value, argvs: &mut Vec<Argv>, addresses: &mut Vec<String>) {
    let no_commands = [
        "states",
        "depends_on",
        "secrets",
        "needs",
        "items",
        "context",
        "artifacts",
        "headers",
        "dimensions",
        "required",
    ];
    match value {
        Value::Object(fields) => {
            fields
                .iter()
                .filter(|(key, _)| !no_commands.contains(&key.as_str()))
                .for_each(|(_, value)| written(value, argvs, addresses));
        }
        Value::Array(values) => {
            let texts: Option<Vec<String>> = values.iter().map(|value| value.as_str().map(str::to_owned)).collect();
            match texts.filter(|texts| !texts.is_empty()) {
                Some(texts) => argvs.push(Argv::try_from(texts).unwrap()),
                None => values.iter().for_each(|value| written(value, argvs, addresses)),
            }
        }
        Value::String(text) if text.contains("://") => addresses.push(text.clone()),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn assert_nothing_is_missing(plan: &Plan) {
    let (mut argvs, mut addresses) = (Vec::new(), Vec::new());
    written(&serde_json::to_value(plan.document()).unwrap(), &mut argvs, &mut addresses);
    assert!(argvs.len() > 5 && addresses.len() > 3);
    let grants = plan.grants();
    let known = crate::plan::Words::default().with("release", plan.id().as_str());
    let is_theirs = |argv: &Argv| argv.as_written().iter().any(|argument| argument == "bin/theirs");
    // what somebody else runs isn't run here
    for argv in argvs.into_iter().filter(|argv| !is_theirs(argv)) {
        let argv = argv.fill_known(&known);
        let found = grants.iter().any(|grant| matches!(&grant.what, Granted::Runs { argv: runs, .. } if *runs == argv));
        assert!(found, "{argv} is hidden: {grants:#?}");
    }
    for address in addresses {
        let found = grants.iter().any(|grant| match &grant.what {
            Granted::Asks { address: asked } | Granted::Calls { address: asked, .. } => *asked == address,
            Granted::Requests { address: asked, .. } => asked.starts_with(&address),
            Granted::Consults { index, .. } => index.as_ref() == Some(&address),
            Granted::Reads { url, .. } => url.as_ref() == Some(&address),
            Granted::Runs { .. }
            | Granted::Pushes { .. }
            | Granted::Advances { .. }
            | Granted::Rewrites { .. }
            | Granted::Fetches { .. }
            | Granted::Commits { .. }
            | Granted::Untold { .. } => false,
        });
        assert!(found, "{address} is hidden: {grants:#?}");
    }
    assert!(!grants.iter().any(|grant| matches!(grant.what, Granted::Untold { .. })));
}

#[test]
fn every_command_and_address_of_every_verb_gate_and_provider_is_granted() {
    let plan = plan(ALL);
    for word in Verb::ALL {
        assert!(plan.steps().iter().any(|step| step.verb.word() == *word), "no step here has the verb {word}");
    }
    assert_nothing_is_missing(&plan);
}

#[test]
fn nothing_of_the_worked_example_is_missing() {
    let plan = plan(include_str!("../../../release.toml"));
    assert_nothing_is_missing(&plan);
    assert!(
        plan.grants().contains(&Grant { whose: Whose::Flag, what: Granted::Rewrites { file: "flags.json".into() } })
    );
}

/// Every other provider: what it asks, rewrites and sees.
#[test]
fn every_providers_addresses_files_and_secrets_are_granted() {
    let command = "{ command = [\"bin/read-flag\", \"{context}\"] }\nset = [\"bin/set-flag\", \"{flag.state}\"]";
    let granted = |provider: &str, contexts: &str| {
        let text = ALL.replacen(command, provider, 1).replacen(
            "contexts = [{ name = \"anyone\", context = { beta = [\"x\", \"y\"] }",
            contexts,
            1,
        );
        let plan = plan(&text);
        let of_flag = plan.grants().into_iter().filter(|grant| grant.whose == Whose::Flag);
        of_flag.map(|grant| format!("{} {}", grant.what, grant.what.secrets().join(","))).collect::<Vec<_>>()
    };
    let asked = "contexts = [{ name = \"anyone\", context = {}";
    let ofrep = "{ ofrep = \"http://127.0.0.1:1/\", headers = [\"Authorization: Bearer $FLAG\"] }\nset = [\"bin/set\"]";
    assert_eq!(granted(ofrep, asked), ["POST http://127.0.0.1:1/ofrep/v1/evaluate/flags/f FLAG", "bin/set "]);
    let http = "{ http = \"http://127.0.0.1:1/f\", pointer = \"/s\", headers = [\"X-Key: $KEY\"], writes = { off = { http = \"http://127.0.0.1:1/off\" }, on = { http = \"http://127.0.0.1:1/set\", method = \"POST\", body = '{\"s\":\"{flag.state}\"}' } } }";
    let pointed = "contexts = [{ name = \"anyone\", pointer = \"/t\"";
    assert_eq!(
        granted(http, pointed),
        [
            "GET http://127.0.0.1:1/f KEY",
            "PUT http://127.0.0.1:1/off KEY",
            "POST http://127.0.0.1:1/set: {\"s\":\"on\"} KEY"
        ]
    );
    let unleash = "{ unleash = \"http://127.0.0.1:1\", environment = \"e\", token = \"T\" }";
    let at = "http://127.0.0.1:1/api/admin/projects/default/features/f/environments/e";
    let expected = [
        format!("GET {at} T"),
        "POST http://127.0.0.1:1/api/admin/playground T".to_owned(),
        format!("POST {at}/off T"),
        format!("POST {at}/strategies T"),
        format!("PUT {at}/strategies/{{id}} T"),
        format!("POST {at}/on T"),
    ];
    assert_eq!(granted(unleash, asked), expected);
    let flagd = "{ flagd_file = \"f.json\", ofrep = \"http://127.0.0.1:1\", headers = [\"X-Key: $K\"] }";
    assert_eq!(granted(flagd, asked), ["POST http://127.0.0.1:1/ofrep/v1/evaluate/flags/f K", "rewrite f.json "]);
    let pushed = "{ flagd_file = \"f/f.json\", push = { remote = \"origin\", branch = \"live\" }, ofrep = \"http://127.0.0.1:1\" }";
    let expected = [
        "git fetch, ls-remote origin for f/f.json ",
        "POST http://127.0.0.1:1/ofrep/v1/evaluate/flags/f ",
        "git push origin … live: a commit that rewrites f/f.json ",
    ];
    assert_eq!(granted(pushed, asked), expected);
    assert_eq!(granted("{ file = \"f.yaml\", pointer = \"/s\" }", pointed), ["rewrite f.yaml "]);
}

#[test]
fn a_grant_says_where_it_runs_what_it_sees_and_what_is_pushed() {
    let said: Vec<String> = plan(ALL)
        .grants()
        .iter()
        .map(|grant| {
            let place = grant.what.repo().map_or("the root", RepoName::as_str);
            format!("{}: {} in {place} {}", grant.whose, grant.what, grant.what.secrets().join(","))
        })
        .collect();
    for line in [
        "repo lib: bin/probe {package} {version} in lib TOKEN",
        "repo lib: bin/test --at={sha} in lib TOKEN",
        "repo lib: git fetch, ls-remote origin (ssh://git@example.com/lib.git) in lib ",
        "repo api: git push origin … release/m3 in api ",
        "repo api: git push production … live in api ",
        "step promote: git push upstream … staging in api ",
        "step migrate: bin/migrate --down in api ",
        "step deploy-api: fast-forward main here in api ",
        "step run: bin/warm m3 in the root ",
        "step smoke: bin/well in lib TOKEN",
        "step record: git push origin … shipped in web ",
        "step by-command: bin/dispatch {sha} in lib TOKEN",
        "step by-call: POST http://127.0.0.1:1/dispatches/{version}: {\"ref\":\"{sha}\"} in the root TOKEN",
        "step by-others: bin/is-migrated in lib TOKEN",
        "flag: bin/read-flag {context} in the root ",
    ] {
        assert!(said.iter().any(|s| s == line), "{line} isn't among {said:#?}");
    }
}

#[test]
fn a_step_that_cannot_be_told_is_said_out_loud() {
    let mut document = plan(ALL).document().clone();
    document.repo.retain(|repo| repo.name.as_str() != "web");
    let grants = Plan::new(document).grants();
    assert!(grants.iter().any(|g| g.whose.name() == "pin-web" && matches!(g.what, Granted::Untold { .. })));
}
