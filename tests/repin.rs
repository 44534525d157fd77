//! Repins on real repositories with real clients: what is made, moved, found again after an interruption, and refused.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a story that breaks off is a failed story"
)]

#[path = "repin/bench.rs"]
mod bench;
#[path = "repin/clients.rs"]
mod clients;

use std::fs;

use bench::{Bench, VERSION, is_installed};
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

fn publish_npm(bench: &Bench, versions: &[&str]) {
    let version = |version: &&str| {
        let url = &bench.url;
        format!(
            r#""{version}":{{"name":"@acme/sdk","version":"{version}","dist":{{"tarball":"{url}/sdk-{version}.tgz","integrity":"sha512-cmVwaW4=","shasum":"00"}}}}"#
        )
    };
    let all: Vec<String> = versions.iter().map(version).collect();
    let latest = versions.last().unwrap();
    let text =
        format!(r#"{{"name":"@acme/sdk","dist-tags":{{"latest":"{latest}"}},"versions":{{{}}}}}"#, all.join(","));
    bench.files.put("/@acme/sdk", text);
}

async fn npm_world() -> Bench {
    let bench = Bench::new(&[("package.json", PACKAGE_JSON), ("package-lock.json", OLD_LOCK)], "@acme/sdk", NPM).await;
    publish_npm(&bench, &["2.2.0", VERSION]);
    bench
}

#[tokio::test(flavor = "multi_thread")]
async fn npm_turns_a_git_reference_into_the_published_version() {
    if !is_installed("npm") {
        return;
    }
    let bench = npm_world().await;
    let base = bench.head("web");
    let made = bench.repin().await;
    assert_eq!((bench.head("web"), bench.there("web")), (made.clone(), made.clone()));
    let expected = PACKAGE_JSON.replace("git+https://example.com/sdk.git#main", VERSION);
    assert_eq!(bench.file(&made, "package.json"), expected);
    let lock = bench.file(&made, "package-lock.json");
    assert!(lock.contains("sha512-cmVwaW4=") && !lock.contains("git+"), "{lock}");
    let web = bench.home.join("web");
    assert_eq!(bench.git(&web, &["rev-parse", &format!("{made}^@")]), base.to_string());
    assert_eq!(bench.git(&web, &["status", "--porcelain"]), "");
    let said = bench.git(&web, &["log", "-1", "--format=%an <%ae> %at=%ct %s", made.as_str()]);
    let time = bench.git(&web, &["log", "-1", "--format=%ct", base.as_str()]);
    assert_eq!(said, format!("Ada Example <ada@example.com> {time}={time} Pin @acme/sdk to {VERSION}"));

    // asked again: it is there; without its commit known it isn't ours
    let job = Job { made: Some(made.clone()), tried: Tried::Before, ..bench.job() };
    assert!(matches!(bench.world.probe(job.clone()).await.finding, Finding::Present { .. }));
    assert!(matches!(bench.world.probe(bench.job()).await.finding, Finding::Conflict { .. }));
    assert_eq!(bench.prepare(&job).await.unwrap().made, Some(made));
}

#[tokio::test(flavor = "multi_thread")]
async fn cargo_turns_a_git_reference_into_the_published_version() {
    let manifest = "[package]\nname = \"web\"\nversion = \"1.0.0\"\nedition = \"2021\"\n\n[dependencies]\nacme-sdk = { git = \"https://example.com/sdk\", branch = \"main\", features = [\"fast\"] } # why\n";
    let lock = "version = 4\n\n[[package]]\nname = \"acme-sdk\"\nversion = \"2.2.0\"\nsource = \"git+https://example.com/sdk?branch=main#0123456789012345678901234567890123456789\"\n\n[[package]]\nname = \"web\"\nversion = \"1.0.0\"\ndependencies = [\n \"acme-sdk\",\n]\n";
    let bench = Bench::new(
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
    bench.files.put("/index/config.json", format!(r#"{{"dl":"{}/dl"}}"#, bench.url));
    let sum = "ab".repeat(32);
    let line = |version: &str| {
        format!(
            r#"{{"name":"acme-sdk","vers":"{version}","deps":[],"cksum":"{sum}","features":{{"fast":[]}},"yanked":false}}"#
        )
    };
    bench.files.put("/index/ac/me/acme-sdk", format!("{}\n{}\n", line("2.2.0"), line(VERSION)));
    let made = bench.repin().await;
    let expected = manifest.replace("git = \"https://example.com/sdk\", branch = \"main\"", "version = \"=2.3.0\"");
    assert_eq!(bench.file(&made, "Cargo.toml"), expected);
    let lock = bench.file(&made, "Cargo.lock");
    assert!(lock.contains(&sum) && lock.contains(VERSION) && !lock.contains("git+"), "{lock}");
    assert_eq!(bench.there("web"), made);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_waits_for_a_registry_that_propagates() {
    if !is_installed("npm") {
        return;
    }
    let mut bench = npm_world().await;
    publish_npm(&bench, &["2.2.0"]);
    let (world, job) = (bench.world.clone(), bench.job());
    let preparing = tokio::spawn(async move { world.prepare(job).await });
    let waited = loop {
        match bench.told.recv().await.unwrap() {
            Signal::Waiting(_, Some(wait)) => break wait,
            Signal::Waiting(_, None) => panic!("it waited for nothing"),
            Signal::Output(..) | Signal::Soak(..) | Signal::Suite(..) => {}
        }
    };
    assert!(waited.what.contains("npm install") || waited.what.contains("lock command"), "{waited:?}");
    publish_npm(&bench, &["2.2.0", VERSION]);
    assert!(preparing.await.unwrap().unwrap().made.is_some());

    // cancelled while it waits: nothing happened
    publish_npm(&bench, &["2.2.0"]);
    let (world, job) = (bench.world.clone(), bench.job());
    let preparing = tokio::spawn(async move { world.prepare(job).await });
    while !matches!(bench.told.recv().await.unwrap(), Signal::Waiting(_, Some(_))) {}
    bench.orders.send(Order::Cancel).unwrap();
    assert!(preparing.await.unwrap().unwrap_err().why.contains("cancelled"));
    assert_eq!(bench.head("web"), bench.there("web"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interruption_between_the_branch_and_the_push_is_carried_on() {
    if !is_installed("npm") {
        return;
    }
    let bench = npm_world().await;

    let prepared = bench.prepare(&bench.job()).await.unwrap();
    let made = prepared.made.unwrap();
    // killed when the branch here had moved, and nothing else
    let web = bench.home.join("web");
    bench.git(&web, &["merge", "--quiet", "--ff-only", made.as_str()]);
    let job = Job { made: Some(made.clone()), tried: Tried::Before, attempt: 2, ..bench.job() };
    assert!(matches!(bench.world.probe(job.clone()).await.finding, Finding::Absent { .. }));
    // the registry is gone meanwhile: what was made is used again
    bench.files.put("/@acme/sdk", "gone");
    let prepared = bench.prepare(&job).await.unwrap();
    assert_eq!(prepared.made.as_ref(), Some(&made));
    assert!(matches!(bench.world.perform(job, prepared).await, Performed::Ok { .. }));
    assert_eq!((bench.head("web"), bench.there("web")), (made.clone(), made));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_moved_meanwhile_stops_it() {
    if !is_installed("npm") {
        return;
    }
    let bench = npm_world().await;
    let web = bench.home.join("web");
    let job = bench.job();
    let prepared = bench.prepare(&job).await.unwrap();
    bench.git(&web, &["commit", "--quiet", "--allow-empty", "-m", "Meanwhile"]);
    let Performed::Failed { why, .. } = bench.world.perform(job, prepared).await else { panic!("it went over it") };
    assert!(why.contains("exit 128"), "{why}");
    assert_ne!(bench.head("web"), bench.there("web"));
    let why = bench.unfit().await;
    assert!(why.contains("the local release/m3 moved"), "{why}");
    bench.git(&web, &["push", "--quiet", "origin", "release/m3"]);
    let why = bench.unfit().await;
    assert!(why.contains("origin/release/m3 of web moved"), "{why}");
    assert!(matches!(bench.world.probe(bench.job()).await.finding, Finding::Conflict { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_that_moved_at_origin_is_never_overwritten() {
    let manifest = PACKAGE_JSON.replace("git+https://example.com/sdk.git#main", "^2");
    let pins = r#"[{ package = "sdk", manifest = "package.json" }]"#;
    let bench = Bench::new(&[("package.json", &manifest)], "@acme/sdk", pins).await;
    let (web, base) = (bench.home.join("web"), bench.head("web"));
    bench.git(&web, &["checkout", "--quiet", "main"]);
    let job = bench.job();
    let prepared = bench.prepare(&job).await.unwrap();
    let made = prepared.made.clone().unwrap();
    let tree = format!("{base}^{{tree}}");
    let theirs = bench.git(&bench.remote("web"), &["commit-tree", &tree, "-p", base.as_str(), "-m", "Theirs"]);
    bench.git(&bench.remote("web"), &["update-ref", "refs/heads/release/m3", &theirs]);
    let Performed::Failed { why, found, .. } = bench.world.perform(job.clone(), prepared).await else {
        panic!("it went over it")
    };
    assert!(matches!(found, Some(Finding::Conflict { .. })), "{why}");
    assert_eq!((bench.head("web"), bench.there("web").to_string()), (made.clone(), theirs));
    // put back, it goes on with what was made
    bench.git(&bench.remote("web"), &["update-ref", "refs/heads/release/m3", base.as_str()]);
    assert_eq!(bench.repin().await, made);
    assert_eq!(bench.there("web"), made);

    // another machine, whose clone is still where QA looked, is told the one command
    bench.git(&web, &["update-ref", "refs/heads/release/m3", base.as_str()]);
    let mut candidates = bench.candidates.clone();
    candidates.get_mut(&"web".parse().unwrap()).unwrap().repinned = Some(made.clone());
    let step = bench.plan.step(&"web".parse().unwrap()).unwrap();
    let action = bench.plan.compile(step, &candidates).unwrap().swap_remove(0);
    let why = bench.prepare(&Job { action, step: "web".parse().unwrap(), ..job }).await.unwrap_err().why;
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
        let bench = Bench::new(&files, "@acme/sdk", &script(text)).await;
        let why = bench.unfit().await;
        assert!(why.contains(said), "{text}: {why}");
        assert_eq!(bench.head("web"), bench.there("web"));
    }
    let files = files("");
    let files: Vec<(&str, &str)> = files.iter().map(|(file, text)| (*file, text.as_str())).collect();
    let litter = script("cp right package-lock.json; touch litter");
    let elsewhere = Bench::new(&files, "@acme/sdk", &litter).await;
    // a user's own line ends are no part of what ships
    fs::write(elsewhere.home.join("gitconfig"), "[core]\n\tautocrlf = true\n").unwrap();
    let bench = Bench::new(&files, "@acme/sdk", &litter).await;
    assert_eq!(bench.repin().await, elsewhere.repin().await, "the same files on the same base are the same commit");
    let made = bench.head("web");
    let web = bench.home.join("web");
    assert_eq!(
        bench.git(&web, &["diff", "--name-only", &format!("{made}^"), made.as_str()]),
        "package-lock.json\npackage.json"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn manifests_that_lead_out_of_the_tree_are_refused() {
    for (file, target) in [("package.json", "-> ../../outside.json"), ("package.json", "-> /etc/passwd")] {
        let bench = Bench::new(&[(file, target)], "@acme/sdk", NPM).await;
        fs::write(bench.home.join("outside.json"), PACKAGE_JSON).unwrap();
        let why = bench.unfit().await;
        assert!(why.contains("symbolic link"), "{why}");
        assert_eq!(fs::read_to_string(bench.home.join("outside.json")).unwrap(), PACKAGE_JSON);
    }
    let bench = Bench::new(&[("package.json", "{}")], "a\"b", NPM).await;
    assert!(bench.unfit().await.contains("can't be written to a manifest"));
    let bench = Bench::new(&[("package.json", "{}")], "@acme/sdk", NPM).await;
    assert!(bench.unfit().await.contains("package.json doesn't mention @acme/sdk"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_frozen_pinned_is_content() {
    let manifest = PACKAGE_JSON.replace("git+https://example.com/sdk.git#main", VERSION);
    let bench =
        Bench::new(&[("package.json", &manifest)], "@acme/sdk", r#"[{ package = "sdk", manifest = "package.json" }]"#)
            .await;
    let base = bench.head("web");
    assert_eq!(bench.repin().await, base);
    assert_eq!((bench.head("web"), bench.there("web")), (base.clone(), base));
}

fn web(status: &serde_json::Value) -> serde_json::Value {
    let repos = status["repos"].as_array().unwrap();
    repos.iter().find(|repo| repo["name"] == "web").unwrap().clone()
}

fn ship(bench: &Bench) -> serde_json::Value {
    let digest = bench.json(&["plan", "--json"])["plan_digest"].as_str().unwrap().to_owned();
    bench.flightdeck(0, &["ship", "--yes", "--plan", &digest]);
    web(&bench.json(&["status", "--json"]))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ships_is_the_repinned_commit_and_the_report_says_what_qa_tested() {
    if !is_installed("npm") {
        return;
    }
    let bench = npm_world().await;
    let base = bench.head("web");
    bench.flightdeck(0, &["check"]);
    bench.flightdeck(0, &["trust", "--yes"]);
    bench.flightdeck(0, &["freeze", "--by", "Grace", "--yes"]);
    for arguments in [&["plan"][..], &["ship", "--dry-run"]] {
        let said = bench.run(arguments).1;
        assert_eq!(said.matches("at the commit that step pin makes on top").count(), 1, "{said}");
    }
    let status = ship(&bench);
    let made = bench.head("web");
    assert_eq!(bench.git(&bench.home.join("web"), &["rev-parse", &format!("{made}^")]), base.to_string());
    assert_eq!((status["qa_sha"].as_str(), status["ship_sha"].as_str()), (Some(base.as_str()), Some(made.as_str())));
    assert_eq!((&status["drift"]["local"], &status["drift"]["remote"]), (&"+1 repin".into(), &"+1 repin".into()));
    assert_eq!(bench.git(&bench.home.join("live/web.git"), &["rev-parse", "main"]), made.to_string());
    assert_eq!(bench.git(&bench.remote("web"), &["rev-parse", "main", "m3^{commit}"]), format!("{made}\n{made}"));
    let report = bench.flightdeck(0, &["report"]);
    assert!(report.contains("QA tested a branch reference: package.json:4 \"git+https://"), "{report}");
    assert!(report.contains(&format!("| web | {} | {} |", base.short(), made.short())), "{report}");
    let tested = bench.json(&["report", "--json"])["tested"].clone();
    assert_eq!(tested[1]["references"][0]["manifest"], "package.json");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provisional_pin_is_what_qa_tests() {
    if !is_installed("npm") {
        return;
    }
    // the version is on the registry already
    let bench = npm_world().await;
    bench.flightdeck(0, &["trust", "--yes"]);
    let said = bench.flightdeck(0, &["freeze", "--by", "Grace", "--repin", "--yes"]);
    assert!(said.contains("package.json:4") && said.contains("sha512-cmVwaW4="), "{said}");
    let pinned = bench.head("web");
    assert_eq!(bench.there("web"), pinned);
    assert!(bench.file(&pinned, "package-lock.json").contains("sha512-cmVwaW4="));
    let status = ship(&bench);
    assert_eq!(
        (status["qa_sha"].as_str(), status["ship_sha"].as_str()),
        (Some(pinned.as_str()), Some(pinned.as_str()))
    );
    assert_eq!(status["drift"]["local"], "=");
    let report = bench.flightdeck(0, &["report"]);
    assert!(!report.contains("branch reference") && report.contains("ships as tested"), "{report}");

    // it isn't: the manifest is pinned, and the step makes the lock
    let bench = npm_world().await;
    publish_npm(&bench, &["2.2.0"]);
    bench.flightdeck(0, &["trust", "--yes"]);
    let said = bench.flightdeck(0, &["freeze", "--by", "Grace", "--repin", "--yes"]);
    assert!(said.contains("step pin makes it"), "{said}");
    let pinned = bench.head("web");
    bench.flightdeck(0, &["freeze", "--by", "Grace", "--repin", "--yes"]);
    assert_eq!(bench.head("web"), pinned, "pinning twice is pinning once");
    assert_eq!(bench.file(&pinned, "package-lock.json"), OLD_LOCK);
    assert!(bench.file(&pinned, "package.json").contains(VERSION));
    publish_npm(&bench, &["2.2.0", VERSION]);
    let status = ship(&bench);
    assert_ne!(status["ship_sha"], status["qa_sha"]);
    let web = bench.home.join("web");
    assert_eq!(bench.git(&web, &["diff", "--name-only", "HEAD^", "HEAD"]), "package-lock.json");
    assert!(!bench.flightdeck(0, &["report"]).contains("branch reference"));
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_the_branch_and_the_push_it_goes_on_from_there() {
    if !is_installed("npm") {
        return;
    }
    let bench = npm_world().await;
    bench.flightdeck(0, &["trust", "--yes"]);
    bench.flightdeck(0, &["freeze", "--by", "Grace", "--yes"]);
    let (base, web) = (bench.head("web"), bench.home.join("web"));
    let hook = web.join(".git/hooks/pre-push");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    fs::write(&hook, "#!/bin/sh\nkill -9 $(ps -o ppid= -p $PPID)\nexit 1\n").unwrap();
    fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let digest = bench.json(&["plan", "--json"])["plan_digest"].as_str().unwrap().to_owned();
    let (code, said) = bench.run(&["ship", "--yes", "--plan", &digest]);
    assert_eq!(code, None, "{said}");
    let made = bench.head("web");
    assert!(made != base && bench.there("web") == base);

    fs::remove_file(&hook).unwrap();
    // nothing that was made is made again: the registry is gone
    bench.files.put("/@acme/sdk", "gone");
    let status = resumed(&bench, &digest);
    assert_eq!(status["ship_sha"].as_str(), Some(made.as_str()));
    assert_eq!((bench.head("web"), bench.there("web")), (made.clone(), made));
}

/// Goes on after a kill, and past the hold that it left.
fn resumed(bench: &Bench, digest: &str) -> serde_json::Value {
    for _ in 0..3 {
        let (code, said) = bench.run(&["ship", "--yes", "--plan", digest]);
        if code == Some(0) {
            return web(&bench.json(&["status", "--json"]));
        }
        eprintln!("{said}");
        bench.run(&["resume", "--yes"]);
    }
    panic!("it doesn't go on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_of_cargos_own_is_named_and_waited_for() {
    let manifest = "[package]\nname = \"web\"\nversion = \"1.0.0\"\nedition = \"2021\"\n\n[dependencies]\nacme-sdk = { path = \"../sdk\" }\n";
    let lock = "version = 4\n\n[[package]]\nname = \"acme-sdk\"\nversion = \"2.2.0\"\n\n[[package]]\nname = \"web\"\nversion = \"1.0.0\"\ndependencies = [\n \"acme-sdk\",\n]\n";
    let config = "[registries.here]\nindex = \"sparse+{url}/index/\"\n";
    let mut bench = Bench::with_registry(
        &[("Cargo.toml", manifest), ("Cargo.lock", lock), ("src/lib.rs", ""), (".cargo/config.toml", config)],
        "acme-sdk",
        r#"[{ package = "sdk", manifest = "Cargo.toml", lock = ["cargo", "update", "--workspace"] }]"#,
        "kind = \"cargo\"\nindex = \"sparse+{url}/index/\"",
    )
    .await;
    bench.files.put("/index/config.json", format!(r#"{{"dl":"{}/dl"}}"#, bench.url));
    let line = |version: &str| {
        let sum = "cd".repeat(32);
        format!(
            r#"{{"name":"acme-sdk","vers":"{version}","deps":[],"cksum":"{sum}","features":{{}},"yanked":false}}{}"#,
            "\n"
        )
    };
    bench.files.put("/index/ac/me/acme-sdk", line("2.2.0"));
    let (world, job) = (bench.world.clone(), bench.job());
    let preparing = tokio::spawn(async move { world.prepare(job).await });
    while !matches!(bench.told.recv().await.unwrap(), Signal::Waiting(_, Some(_))) {}
    bench.files.put("/index/ac/me/acme-sdk", line("2.2.0") + &line(VERSION));
    let prepared = preparing.await.unwrap().unwrap_or_else(|unfit| panic!("{unfit:?}"));
    let made = prepared.made.unwrap();
    let expected = manifest.replace("path = \"../sdk\"", "version = \"=2.3.0\", registry = \"here\"");
    assert_eq!(bench.file(&made, "Cargo.toml"), expected);
    assert!(bench.file(&made, "Cargo.lock").contains(&"cd".repeat(32)));
}
