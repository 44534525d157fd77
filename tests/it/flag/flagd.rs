//! flagd's own evaluator behind OFREP, and the file that it reads.

use std::fs;
use std::path::Path;

use super::flag_world::{FlagWorld, USERS, evidence, failure, plan};
use crate::common::daemon::{Daemon, free_port};
use crate::common::tools::{on_path, or_leave_out, tool};

/// Serves a flagd file as flagd does, read anew for each question.
const SERVER: &str = r"
const [core, file, port] = process.argv.slice(2);
const { FlagdCore } = require(core);
const quiet = { error() {}, warn() {}, info() {}, debug() {} };
require('http').createServer((request, response) => {
  let body = '';
  request.on('data', (part) => { body += part; });
  request.on('end', () => {
    const say = (status, document) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(document));
    };
    const key = decodeURIComponent((/^\/ofrep\/v1\/evaluate\/flags\/([^/]+)$/.exec(request.url) || [])[1] || '');
    if (!key || request.method !== 'POST') return say(404, {});
    if (request.headers['x-api-key'] !== 'k-1') return say(401, { message: 'no key' });
    const flagd = new FlagdCore(undefined, quiet);
    flagd.setConfigurations(require('fs').readFileSync(file, 'utf8'));
    const said = flagd.resolveBooleanEvaluation(key, false, JSON.parse(body).context, quiet);
    if (said.errorCode === 'FLAG_NOT_FOUND') return say(404, { key, errorCode: said.errorCode });
    if (said.errorCode) return say(400, { key, errorCode: said.errorCode, errorDetails: said.errorMessage });
    // without a variant nothing was evaluated: the value is the one that the caller gave
    const value = said.variant === undefined ? {} : { value: said.value, variant: said.variant };
    say(200, { key, reason: said.reason, ...value });
  });
}).listen(Number(port), '127.0.0.1');
";

const FLAGS: &str = r#"{
    "$schema": "https://flagd.dev/schema/v0/flags.json",
    "flags": {
        "other": { "state": "ENABLED", "variants": { "a": 1 }, "defaultVariant": "a" },
        "m3": {
            "state":   "ENABLED",
            "variants": { "on": true, "off": false },
            "defaultVariant": "off"
        }
    }
}
"#;

const BETA: &str = r#"writes = { beta = { variant = "off", targeting = { if = [{ in = [{ var = "targetingKey" }, ["u-2"]] }, "on", "off"] } } }"#;

fn server(file: &Path, folder: &Path) -> Result<Daemon, String> {
    let core = tool("flags/node_modules/@openfeature/flagd-core")?;
    on_path("node")?;
    fs::write(folder.join("server.cjs"), SERVER).map_err(|error| error.to_string())?;
    let port = free_port();
    let (core, file) = (core.to_string_lossy(), file.to_string_lossy());
    Daemon::start(&["node", "server.cjs", &core, &file, &port.to_string()], folder, port)
}

#[tokio::test]
async fn a_flagd_file_goes_through_its_states_as_flagds_own_evaluator_reads_it() {
    let world = FlagWorld::new(&[("FLAG_KEY", "k-1")]);
    let file = world.file("flags.json");
    fs::write(&file, FLAGS).unwrap();
    let Some(server) = or_leave_out("flagd", server(&file, world.root())) else { return };
    let address = format!("http://{}", server.address());
    let provider = format!(
        "{{ flagd_file = \"flags.json\", {BETA}, ofrep = \"{address}\", headers = [\"X-API-Key: $FLAG_KEY\"] }}"
    );
    let report = format!(
        "reports = {{ flag = {{ ofrep = \"{address}\", context = {{ targetingKey = \"u-2\" }}, headers = [\"X-API-Key: $FLAG_KEY\"], expect = {{ off = false, beta = true, on = true }} }} }}"
    );
    let all = plan(&provider, USERS, &report);
    assert_eq!(world.state(&all).await.as_deref(), Some("off"));
    let said = evidence(world.set(&all, "beta").await);
    assert!(said.contains("4 of 4 agree"), "{said}");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("\"state\":   \"ENABLED\"") && text.contains("\"other\": { \"state\""), "{text}");
    for state in ["on", "beta", "off"] {
        evidence(world.set(&all, state).await);
        assert_eq!(world.state(&all).await.as_deref(), Some(state));
    }
    // back to what it was, but for rules that say nothing
    let back = fs::read_to_string(&file).unwrap();
    assert_eq!(back.replace("\n            \"targeting\": {},", ""), FLAGS);

    let read_only = plan(
        &format!("{{ ofrep = \"{address}\", headers = [\"X-API-Key: $FLAG_KEY\"] }}"),
        &format!("set = [\"true\"]\n{USERS}"),
        "",
    );
    assert_eq!(world.state(&read_only).await.as_deref(), Some("off"));
    // a disabled flag has no value: whatever the code says counts, and that isn't off
    fs::write(&file, FLAGS.replacen("\"state\":   \"ENABLED\"", "\"state\": \"DISABLED\"", 1)).unwrap();
    for flag in [&read_only, &all] {
        let seen = world.seen(flag).await;
        assert_eq!(seen.state, None);
        assert!(seen.contexts.iter().all(|context| context.value.as_deref() == Some("code default")), "{seen:?}");
    }
    fs::write(&file, FLAGS.replace("\"m3\"", "\"m4\"")).unwrap();
    let seen = world.seen(&read_only).await;
    assert!(seen.contexts[0].why.as_ref().unwrap().contains("404: it knows no flag m3"), "{seen:?}");
    let nobody = plan(&format!("{{ ofrep = \"{address}\" }}"), &format!("set = [\"true\"]\n{USERS}"), "");
    let seen = world.seen(&nobody).await;
    assert!(seen.contexts[0].why.as_ref().unwrap().contains("401: it doesn't know who asks (no key)"), "{seen:?}");
}

#[tokio::test]
async fn what_a_flagd_file_lacks_is_said_and_nothing_is_written() {
    let world = FlagWorld::new(&[]);
    let file = world.file("flags.json");
    let plan = plan("{ flagd_file = \"flags.json\" }", "", "");
    for (text, why) in [
        (FLAGS.to_owned(), "\"beta\" is no variant of m3 in the file: there are off, on"),
        (FLAGS.replace("\"m3\"", "\"m4\""), "it has no flag m3"),
        (FLAGS.replace("\"flags\"", "\"flgs\""), "it is no flagd file"),
        ("{".to_owned(), "it isn't JSON"),
    ] {
        fs::write(&file, &text).unwrap();
        let (_, said) = failure(world.set(&plan, "beta").await);
        assert!(said.contains(why), "{said}");
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
}
