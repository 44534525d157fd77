//! Repins on real repositories with real clients: what is made, moved, found again after an interruption, and refused.

mod consumer;
mod late_index;

use std::fs;

use consumer::{Consumer, VERSION, is_installed};
use flightdeck::port::process::Order;
use flightdeck::port::world::{Job, Performed, Signal, Tried, World as _};
use flightdeck::rollout::event::Finding;

const PACKAGE_JSON: &str = "{\r\n\t\"name\": \"web\",\r\n\t\"version\": \"1.0.0\",\r\n\t\"dependencies\": {\"@acme/sdk\": \"git+https://example.com/sdk.git#main\"}\r\n}\r\n";
const OLD_LOCK: &str = r#"{
  "name": "web", "version": "1.0.0", "lockfileVersion": 3, "requires": true,
  "packages": {
    "": {"name": "web", "version": "1.0.0", "dependencies": {"@acme/sdk": "git+https://example.com/sdk.git#main"}},
    "node_modules/@acme/sdk": {"version": "2.2.0", "resolved": "git+ssh://git@example.com/sdk.git#0123456789012345678901234567890123456789"}
  }
}
"#;
const NPM: &str = r#"[{ package = "sdk", manifest = "package.json", lock = ["npm", "install", "--package-lock-only", "--ignore-scripts"] }]"#;

fn publish_npm(consumer: &Consumer, versions: &[&str]) {
    let version = |version: &&str| {
        let url = &consumer.url;
        format!(
            r#""{version}":{{"name":"@acme/sdk","version":"{version}","dist":{{"tarball":"{url}/sdk-{version}.tgz","integrity":"sha512-cmVwaW4=","shasum":"00"}}}}"#
        )
    };
    let all: Vec<String> = versions.iter().map(version).collect();
    let latest = versions.last().unwrap();
    let text =
        format!(r#"{{"name":"@acme/sdk","dist-tags":{{"latest":"{latest}"}},"versions":{{{}}}}}"#, all.join(","));
    consumer.files.put("/@acme/sdk", text);
}

async fn npm_world() -> Consumer {
    let consumer =
        Consumer::new(&[("package.json", PACKAGE_JSON), ("package-lock.json", OLD_LOCK)], "@acme/sdk", NPM).await;
    publish_npm(&consumer, &["2.2.0", VERSION]);
    consumer
}

#[tokio::test(flavor = "multi_thread")]
async fn npm_turns_a_git_reference_into_the_published_version() {
    if !is_installed("npm") {
        return;
    }
    let consumer = npm_world().await;
    let base = consumer.head("web");
    let made = consumer.repin().await;
    assert_eq!((consumer.head("web"), consumer.there("web")), (made.clone(), made.clone()));
    let expected = PACKAGE_JSON.replace("git+https://example.com/sdk.git#main", VERSION);
    assert_eq!(consumer.file(&made, "package.json"), expected);
    let lock = consumer.file(&made, "package-lock.json");
    assert!(lock.contains("sha512-cmVwaW4=") && !lock.contains("git+"), "{lock}");
    let web = consumer.home.join("web");
    assert_eq!(consumer.git(&web, &["rev-parse", &format!("{made}^@")]), base.to_string());
    assert_eq!(consumer.git(&web, &["status", "--porcelain"]), "");
    let said = consumer.git(&web, &["log", "-1", "--format=%an <%ae> %at=%ct %s", made.as_str()]);
    let time = consumer.git(&web, &["log", "-1", "--format=%ct", base.as_str()]);
    assert_eq!(said, format!("Ada Example <ada@example.com> {time}={time} Pin @acme/sdk to {VERSION}"));

    // asked again: it is there; without its commit known it isn't ours
    let job = Job { made: Some(made.clone()), tried: Tried::Before, ..consumer.job() };
    assert!(matches!(consumer.world.probe(job.clone()).await.finding, Finding::Present { .. }));
    assert!(matches!(consumer.world.probe(consumer.job()).await.finding, Finding::Conflict { .. }));
    assert_eq!(consumer.prepare(&job).await.unwrap().made, Some(made));
}

#[tokio::test(flavor = "multi_thread")]
async fn cargo_turns_a_git_reference_into_the_published_version() {
    let manifest = "[package]\nname = \"web\"\nversion = \"1.0.0\"\nedition = \"2021\"\n\n[dependencies]\nacme-sdk = { git = \"https://example.com/sdk\", branch = \"main\", features = [\"fast\"] } # why\n";
    let lock = "version = 4\n\n[[package]]\nname = \"acme-sdk\"\nversion = \"2.2.0\"\nsource = \"git+https://example.com/sdk?branch=main#0123456789012345678901234567890123456789\"\n\n[[package]]\nname = \"web\"\nversion = \"1.0.0\"\ndependencies = [\n \"acme-sdk\",\n]\n";
    let consumer = Consumer::new(
        &[
            ("Cargo.toml", manifest),
            ("Cargo.lock", lock),
            ("src/lib.rs", ""),
            (
                ".cargo/config.toml",
                "[source.crates-io]\nreplace-with = \"here\"\n[source.here]\nregistry = \"sparse+{url}/index/\"\n",
            ),
        ],
        "acme-sdk",
        r#"[{ package = "sdk", manifest = "Cargo.toml", lock = ["cargo", "update", "--workspace"] }]"#,
    )
    .await;
    consumer.files.put("/index/config.json", format!(r#"{{"dl":"{}/dl"}}"#, consumer.url));
    let sum = "ab".repeat(32);
    let line = |version: &str| {
        format!(
            r#"{{"name":"acme-sdk","vers":"{version}","deps":[],"cksum":"{sum}","features":{{"fast":[]}},"yanked":false}}"#
        )
    };
    consumer.files.put("/index/ac/me/acme-sdk", format!("{}\n{}\n", line("2.2.0"), line(VERSION)));
    let made = consumer.repin().await;
    let expected = manifest.replace("git = \"https://example.com/sdk\", branch = \"main\"", "version = \"=2.3.0\"");
    assert_eq!(consumer.file(&made, "Cargo.toml"), expected);
    let lock = consumer.file(&made, "Cargo.lock");
    assert!(lock.contains(&sum) && lock.contains(VERSION) && !lock.contains("git+"), "{lock}");
    assert_eq!(consumer.there("web"), made);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_waits_for_a_registry_that_propagates() {
    if !is_installed("npm") {
        return;
    }
    let mut consumer = npm_world().await;
    publish_npm(&consumer, &["2.2.0"]);
    let (world, job) = (consumer.world.clone(), consumer.job());
    let preparing = tokio::spawn(async move { world.prepare(job).await });
    let waited = loop {
        match consumer.told.recv().await.unwrap() {
            Signal::Waiting(_, Some(wait)) => break wait,
            Signal::Waiting(_, None) => panic!("it waited for nothing"),
            Signal::Output(..) | Signal::Soak(..) | Signal::Suite(..) => {}
        }
    };
    assert!(waited.what.contains("npm install") || waited.what.contains("lock command"), "{waited:?}");
    publish_npm(&consumer, &["2.2.0", VERSION]);
    assert!(preparing.await.unwrap().unwrap().made.is_some());

    // cancelled while it waits: nothing happened
    publish_npm(&consumer, &["2.2.0"]);
    let (world, job) = (consumer.world.clone(), consumer.job());
    let preparing = tokio::spawn(async move { world.prepare(job).await });
    while !matches!(consumer.told.recv().await.unwrap(), Signal::Waiting(_, Some(_))) {}
    consumer.orders.send(Order::Cancel).unwrap();
    assert!(preparing.await.unwrap().unwrap_err().why.contains("cancelled"));
    assert_eq!(consumer.head("web"), consumer.there("web"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interruption_between_the_branch_and_the_push_is_carried_on() {
    if !is_installed("npm") {
        return;
    }
    let consumer = npm_world().await;

    let prepared = consumer.prepare(&consumer.job()).await.unwrap();
    let made = prepared.made.unwrap();
    // killed when the branch here had moved, and nothing else
    let web = consumer.home.join("web");
    consumer.git(&web, &["merge", "--quiet", "--ff-only", made.as_str()]);
    let job = Job { made: Some(made.clone()), tried: Tried::Before, attempt: 2, ..consumer.job() };
    assert!(matches!(consumer.world.probe(job.clone()).await.finding, Finding::Absent { .. }));
    // the registry is gone meanwhile: what was made is used again
    consumer.files.put("/@acme/sdk", "gone");
    let prepared = consumer.prepare(&job).await.unwrap();
    assert_eq!(prepared.made.as_ref(), Some(&made));
    assert!(matches!(consumer.world.perform(job, prepared).await, Performed::Ok { .. }));
    assert_eq!((consumer.head("web"), consumer.there("web")), (made.clone(), made));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_moved_meanwhile_stops_it() {
    if !is_installed("npm") {
        return;
    }
    let consumer = npm_world().await;
    let web = consumer.home.join("web");
    let job = consumer.job();
    let prepared = consumer.prepare(&job).await.unwrap();
    consumer.git(&web, &["commit", "--quiet", "--allow-empty", "-m", "Meanwhile"]);
    let Performed::Failed { why, .. } = consumer.world.perform(job, prepared).await else { panic!("it went over it") };
    assert!(why.contains("exit 128"), "{why}");
    assert_ne!(consumer.head("web"), consumer.there("web"));
    let why = consumer.unfit().await;
    assert!(why.contains("the local release/m3 moved"), "{why}");
    consumer.git(&web, &["push", "--quiet", "origin", "release/m3"]);
    let why = consumer.unfit().await;
    assert!(why.contains("origin/release/m3 of web moved"), "{why}");
    assert!(matches!(consumer.world.probe(consumer.job()).await.finding, Finding::Conflict { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_that_moved_at_origin_is_never_overwritten() {
    let manifest = PACKAGE_JSON.replace("git+https://example.com/sdk.git#main", "^2");
    let pins = r#"[{ package = "sdk", manifest = "package.json" }]"#;
    let consumer = Consumer::new(&[("package.json", &manifest)], "@acme/sdk", pins).await;
    let (web, base) = (consumer.home.join("web"), consumer.head("web"));
    consumer.git(&web, &["checkout", "--quiet", "main"]);
    let job = consumer.job();
    let prepared = consumer.prepare(&job).await.unwrap();
    let made = prepared.made.clone().unwrap();
    let tree = format!("{base}^{{tree}}");
    let theirs = consumer.git(&consumer.remote("web"), &["commit-tree", &tree, "-p", base.as_str(), "-m", "Theirs"]);
    consumer.git(&consumer.remote("web"), &["update-ref", "refs/heads/release/m3", &theirs]);
    let Performed::Failed { why, found, .. } = consumer.world.perform(job.clone(), prepared).await else {
        panic!("it went over it")
    };
    assert!(matches!(found, Some(Finding::Conflict { .. })), "{why}");
    assert_eq!((consumer.head("web"), consumer.there("web").to_string()), (made.clone(), theirs));
    // put back, it goes on with what was made
    consumer.git(&consumer.remote("web"), &["update-ref", "refs/heads/release/m3", base.as_str()]);
    assert_eq!(consumer.repin().await, made);
    assert_eq!(consumer.there("web"), made);

    // another machine, whose clone is still where QA looked, is told the one command
    consumer.git(&web, &["update-ref", "refs/heads/release/m3", base.as_str()]);
    let mut candidates = consumer.candidates.clone();
    candidates.get_mut(&"web".parse().unwrap()).unwrap().repinned = Some(made.clone());
    let step = consumer.plan.step(&"web".parse().unwrap()).unwrap();
    let action = consumer.plan.compile(step, &candidates).unwrap().swap_remove(0);
    let why = consumer.prepare(&Job { action, step: "web".parse().unwrap(), ..job }).await.unwrap_err().why;
    assert!(why.contains("is behind") && why.contains(&format!("git fetch . {made}:release/m3")), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_command_that_does_something_else_is_told() {
    let script =
        |text: &str| format!(r#"[{{ package = "sdk", manifest = "package.json", lock = ["sh", "-c", '{text}'] }}]"#);
    let right = OLD_LOCK
        .replace(
            "git+ssh://git@example.com/sdk.git#0123456789012345678901234567890123456789",
            "http://127.0.0.1:1/sdk.tgz\",\"integrity\":\"sha512-cmVwaW4=",
        )
        .replace("2.2.0", VERSION);
    let files = |lock: &str| {
        [
            ("package.json", PACKAGE_JSON),
            ("package-lock.json", OLD_LOCK),
            ("right", right.as_str()),
            ("README", "one\n"),
            ("lock.txt", lock),
        ]
        .map(|(file, text)| (file, text.to_owned()))
    };
    for (text, said) in [
        ("true", "from git+ssh"),
        ("echo boom; exit 7", "exit 7"),
        ("cp right package-lock.json; echo two > README", "touched README"),
        ("cp right package-lock.json; echo {} > package.json", "changed package.json as well"),
        ("rm package-lock.json; ln -s /etc/passwd package-lock.json", "symbolic link"),
        ("rm package-lock.json", "no lock file lies beside"),
        ("sed s/2.3.0/2.2.0/ right > package-lock.json", "still has @acme/sdk 2.2.0, not 2.3.0"),
    ] {
        let files = files("");
        let files: Vec<(&str, &str)> = files.iter().map(|(file, text)| (*file, text.as_str())).collect();
        let consumer = Consumer::new(&files, "@acme/sdk", &script(text)).await;
        let why = consumer.unfit().await;
        assert!(why.contains(said), "{text}: {why}");
        assert_eq!(consumer.head("web"), consumer.there("web"));
    }
    let files = files("");
    let files: Vec<(&str, &str)> = files.iter().map(|(file, text)| (*file, text.as_str())).collect();
    let litter = script("cp right package-lock.json; touch litter");
    let elsewhere = Consumer::new(&files, "@acme/sdk", &litter).await;
    // a user's own line ends are no part of what ships
    fs::write(elsewhere.home.join("gitconfig"), "[core]\n\tautocrlf = true\n").unwrap();
    let consumer = Consumer::new(&files, "@acme/sdk", &litter).await;
    assert_eq!(consumer.repin().await, elsewhere.repin().await, "the same files on the same base are the same commit");
    let made = consumer.head("web");
    let web = consumer.home.join("web");
    assert_eq!(
        consumer.git(&web, &["diff", "--name-only", &format!("{made}^"), made.as_str()]),
        "package-lock.json\npackage.json"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn manifests_that_lead_out_of_the_tree_are_refused() {
    for (file, target) in [("package.json", "-> ../../outside.json"), ("package.json", "-> /etc/passwd")] {
        let consumer = Consumer::new(&[(file, target)], "@acme/sdk", NPM).await;
        fs::write(consumer.home.join("outside.json"), PACKAGE_JSON).unwrap();
        let why = consumer.unfit().await;
        assert!(why.contains("symbolic link"), "{why}");
        assert_eq!(fs::read_to_string(consumer.home.join("outside.json")).unwrap(), PACKAGE_JSON);
    }
    let consumer = Consumer::new(&[("package.json", "{}")], "a\"b", NPM).await;
    assert!(consumer.unfit().await.contains("can't be written to a manifest"));
    let consumer = Consumer::new(&[("package.json", "{}")], "@acme/sdk", NPM).await;
    assert!(consumer.unfit().await.contains("package.json doesn't mention @acme/sdk"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_frozen_pinned_is_content() {
    let manifest = PACKAGE_JSON.replace("git+https://example.com/sdk.git#main", VERSION);
    let consumer = Consumer::new(
        &[("package.json", &manifest)],
        "@acme/sdk",
        r#"[{ package = "sdk", manifest = "package.json" }]"#,
    )
    .await;
    let base = consumer.head("web");
    assert_eq!(consumer.repin().await, base);
    assert_eq!((consumer.head("web"), consumer.there("web")), (base.clone(), base));
}

fn web(status: &serde_json::Value) -> serde_json::Value {
    let repos = status["repos"].as_array().unwrap();
    repos.iter().find(|repo| repo["name"] == "web").unwrap().clone()
}

fn ship(consumer: &Consumer) -> serde_json::Value {
    let digest = consumer.json(&["plan", "--json"])["plan_digest"].as_str().unwrap().to_owned();
    consumer.flightdeck(0, &["ship", "--yes", "--plan", &digest]);
    web(&consumer.json(&["status", "--json"]))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ships_is_the_repinned_commit_and_the_report_says_what_qa_tested() {
    if !is_installed("npm") {
        return;
    }
    let consumer = npm_world().await;
    let base = consumer.head("web");
    consumer.flightdeck(0, &["check"]);
    consumer.flightdeck(0, &["trust", "--yes"]);
    consumer.flightdeck(0, &["freeze", "--by", "Grace", "--yes"]);
    for arguments in [&["plan"][..], &["ship", "--dry-run"]] {
        let said = consumer.run(arguments).1;
        assert_eq!(said.matches("at the commit that step pin makes on top").count(), 1, "{said}");
    }
    let status = ship(&consumer);
    let made = consumer.head("web");
    assert_eq!(consumer.git(&consumer.home.join("web"), &["rev-parse", &format!("{made}^")]), base.to_string());
    assert_eq!((status["qa_sha"].as_str(), status["ship_sha"].as_str()), (Some(base.as_str()), Some(made.as_str())));
    assert_eq!((&status["drift"]["local"], &status["drift"]["remote"]), (&"+1 repin".into(), &"+1 repin".into()));
    assert_eq!(consumer.git(&consumer.home.join("live/web.git"), &["rev-parse", "main"]), made.to_string());
    assert_eq!(consumer.git(&consumer.remote("web"), &["rev-parse", "main", "m3^{commit}"]), format!("{made}\n{made}"));
    let report = consumer.flightdeck(0, &["report"]);
    assert!(report.contains("QA tested a branch reference: package.json:4 \"git+https://"), "{report}");
    assert!(report.contains(&format!("| web | {} | {} |", base.short(), made.short())), "{report}");
    let tested = consumer.json(&["report", "--json"])["tested"].clone();
    assert_eq!(tested[1]["references"][0]["manifest"], "package.json");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provisional_pin_is_what_qa_tests() {
    if !is_installed("npm") {
        return;
    }
    // the version is on the registry already
    let consumer = npm_world().await;
    consumer.flightdeck(0, &["trust", "--yes"]);
    let said = consumer.flightdeck(0, &["freeze", "--by", "Grace", "--repin", "--yes"]);
    assert!(said.contains("package.json:4") && said.contains("sha512-cmVwaW4="), "{said}");
    let pinned = consumer.head("web");
    assert_eq!(consumer.there("web"), pinned);
    assert!(consumer.file(&pinned, "package-lock.json").contains("sha512-cmVwaW4="));
    let status = ship(&consumer);
    assert_eq!(
        (status["qa_sha"].as_str(), status["ship_sha"].as_str()),
        (Some(pinned.as_str()), Some(pinned.as_str()))
    );
    assert_eq!(status["drift"]["local"], "=");
    let report = consumer.flightdeck(0, &["report"]);
    assert!(!report.contains("branch reference") && report.contains("ships as tested"), "{report}");

    // it isn't: the manifest is pinned, and the step makes the lock
    let consumer = npm_world().await;
    publish_npm(&consumer, &["2.2.0"]);
    consumer.flightdeck(0, &["trust", "--yes"]);
    let said = consumer.flightdeck(0, &["freeze", "--by", "Grace", "--repin", "--yes"]);
    assert!(said.contains("step pin makes it"), "{said}");
    let pinned = consumer.head("web");
    consumer.flightdeck(0, &["freeze", "--by", "Grace", "--repin", "--yes"]);
    assert_eq!(consumer.head("web"), pinned, "pinning twice is pinning once");
    assert_eq!(consumer.file(&pinned, "package-lock.json"), OLD_LOCK);
    assert!(consumer.file(&pinned, "package.json").contains(VERSION));
    publish_npm(&consumer, &["2.2.0", VERSION]);
    let status = ship(&consumer);
    assert_ne!(status["ship_sha"], status["qa_sha"]);
    let web = consumer.home.join("web");
    assert_eq!(consumer.git(&web, &["diff", "--name-only", "HEAD^", "HEAD"]), "package-lock.json");
    assert!(!consumer.flightdeck(0, &["report"]).contains("branch reference"));
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_the_branch_and_the_push_it_goes_on_from_there() {
    if !is_installed("npm") {
        return;
    }
    let consumer = npm_world().await;
    consumer.flightdeck(0, &["trust", "--yes"]);
    consumer.flightdeck(0, &["freeze", "--by", "Grace", "--yes"]);
    let (base, web) = (consumer.head("web"), consumer.home.join("web"));
    let hook = web.join(".git/hooks/pre-push");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    fs::write(&hook, "#!/bin/sh\nkill -9 $(ps -o ppid= -p $PPID)\nexit 1\n").unwrap();
    fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let digest = consumer.json(&["plan", "--json"])["plan_digest"].as_str().unwrap().to_owned();
    let (code, said) = consumer.run(&["ship", "--yes", "--plan", &digest]);
    assert_eq!(code, None, "{said}");
    let made = consumer.head("web");
    assert!(made != base && consumer.there("web") == base);

    fs::remove_file(&hook).unwrap();
    // nothing that was made is made again: the registry is gone
    consumer.files.put("/@acme/sdk", "gone");
    let status = resumed(&consumer, &digest);
    assert_eq!(status["ship_sha"].as_str(), Some(made.as_str()));
    assert_eq!((consumer.head("web"), consumer.there("web")), (made.clone(), made));
}

/// Goes on after a kill, and past the hold that it left.
fn resumed(consumer: &Consumer, digest: &str) -> serde_json::Value {
    for _ in 0..3 {
        let (code, said) = consumer.run(&["ship", "--yes", "--plan", digest]);
        if code == Some(0) {
            return web(&consumer.json(&["status", "--json"]));
        }
        eprintln!("{said}");
        consumer.run(&["resume", "--yes"]);
    }
    panic!("it doesn't go on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_of_cargos_own_is_named_and_waited_for() {
    let manifest = "[package]\nname = \"web\"\nversion = \"1.0.0\"\nedition = \"2021\"\n\n[dependencies]\nacme-sdk = { path = \"../sdk\" }\n";
    let lock = "version = 4\n\n[[package]]\nname = \"acme-sdk\"\nversion = \"2.2.0\"\n\n[[package]]\nname = \"web\"\nversion = \"1.0.0\"\ndependencies = [\n \"acme-sdk\",\n]\n";
    let config = "[registries.here]\nindex = \"sparse+{url}/index/\"\n";
    let mut consumer = Consumer::with_registry(
        &[("Cargo.toml", manifest), ("Cargo.lock", lock), ("src/lib.rs", ""), (".cargo/config.toml", config)],
        "acme-sdk",
        r#"[{ package = "sdk", manifest = "Cargo.toml", lock = ["cargo", "update", "--workspace"] }]"#,
        "kind = \"cargo\"\nindex = \"sparse+{url}/index/\"",
    )
    .await;
    consumer.files.put("/index/config.json", format!(r#"{{"dl":"{}/dl"}}"#, consumer.url));
    let line = |version: &str| {
        let sum = "cd".repeat(32);
        format!(
            r#"{{"name":"acme-sdk","vers":"{version}","deps":[],"cksum":"{sum}","features":{{}},"yanked":false}}{}"#,
            "\n"
        )
    };
    consumer.files.put("/index/ac/me/acme-sdk", line("2.2.0"));
    let (world, job) = (consumer.world.clone(), consumer.job());
    let preparing = tokio::spawn(async move { world.prepare(job).await });
    while !matches!(consumer.told.recv().await.unwrap(), Signal::Waiting(_, Some(_))) {}
    consumer.files.put("/index/ac/me/acme-sdk", line("2.2.0") + &line(VERSION));
    let prepared = preparing.await.unwrap().unwrap_or_else(|unfit| panic!("{unfit:?}"));
    let made = prepared.made.unwrap();
    let expected = manifest.replace("path = \"../sdk\"", "version = \"=2.3.0\", registry = \"here\"");
    assert_eq!(consumer.file(&made, "Cargo.toml"), expected);
    assert!(consumer.file(&made, "Cargo.lock").contains(&"cd".repeat(32)));
}
