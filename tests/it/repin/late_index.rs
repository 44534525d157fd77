//! Repins with the clients of Ruby and Python, whose registries show the version late: what they cached of its absence isn't
//! believed.

use std::path::Path;

use flightdeck::plan::{Digest, Sha};
use flightdeck::port::world::{Signal, World as _};

use super::consumer::{Consumer, VERSION, is_installed};
use crate::common::waiting::PATIENCE;

/// Readies a repin on a registry that shows the version only once it is waited for.
async fn late(consumer: &mut Consumer, publish: impl Fn(&Consumer)) -> Sha {
    let (world, job) = (consumer.world.clone(), consumer.job());
    let preparing = tokio::spawn(async move { world.prepare(job).await });
    loop {
        tokio::select! {
            told = consumer.told.recv() => if matches!(told, Some(Signal::Waiting(_, Some(_)))) { break },
            () = tokio::time::sleep(PATIENCE) => panic!("nobody waits"),
        }
    }
    publish(consumer);
    let prepared = preparing.await.unwrap().unwrap_or_else(|unfit| panic!("{}\n{}", unfit.why, unfit.tail.join("\n")));
    prepared.made.unwrap()
}

fn run(folder: &Path, argv: &[&str]) {
    let output = std::process::Command::new(argv[0]).args(&argv[1..]).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{argv:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A static gem server's files with these versions.
fn publish_gems(consumer: &Consumer, versions: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let gems = folder.path().join("gems");
    std::fs::create_dir(&gems).unwrap();
    for version in versions {
        let text = format!(
            "Gem::Specification.new do |s|\n s.name='acme-sdk'\n s.version='{version}'\n s.summary='x'\n s.authors=['a']\n s.files=[]\nend\n"
        );
        std::fs::write(gems.join("a.gemspec"), text).unwrap();
        run(&gems, &["gem", "build", "--quiet", "a.gemspec"]);
    }
    std::fs::remove_file(gems.join("a.gemspec")).unwrap();
    run(folder.path(), &["gem", "generate_index", "--quiet", "-d", "."]);
    let mut folders = vec![folder.path().to_owned()];
    while let Some(at) = folders.pop() {
        for entry in std::fs::read_dir(at).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
                continue;
            }
            let path = format!("/{}", entry.strip_prefix(folder.path()).unwrap().display());
            consumer.files.put(&path, std::fs::read(&entry).unwrap());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bundler_turns_a_git_reference_into_the_published_version() {
    if !is_installed("bundle") || !is_installed("gem") {
        return;
    }
    let gemfile =
        "source '{url}'\n\ngem 'acme-sdk', git: 'https://example.com/sdk', branch: 'main', require: false # why\n";
    let lock = "GIT\n  remote: https://example.com/sdk\n  revision: 0123456789012345678901234567890123456789\n  branch: main\n  specs:\n    acme-sdk (2.2.0)\n\nGEM\n  remote: {url}/\n  specs:\n\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n  acme-sdk!\n\nBUNDLED WITH\n   2.3.15\n";
    let pins = r#"[{ package = "sdk", manifest = "Gemfile", lock = ["bundle", "lock"] }]"#;
    let mut consumer = Consumer::new(&[("Gemfile", gemfile), ("Gemfile.lock", lock)], "acme-sdk", pins).await;
    publish_gems(&consumer, &["2.2.0"]);
    let made = late(&mut consumer, |consumer| publish_gems(consumer, &["2.2.0", VERSION])).await;
    let expected = gemfile.replace("git: 'https://example.com/sdk', branch: 'main'", "'2.3.0'");
    assert_eq!(consumer.file(&made, "Gemfile"), expected.replace("{url}", &consumer.url));
    let lock = consumer.file(&made, "Gemfile.lock");
    assert!(lock.contains("acme-sdk (2.3.0)") && !lock.contains("GIT"), "{lock}");
}

/// A simple repository with wheels of these versions.
fn publish_wheels(consumer: &Consumer, versions: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let mut page = String::new();
    for version in versions {
        let file = format!("acme_sdk-{version}-py3-none-any.whl");
        let script = format!(
            "import zipfile\nz = zipfile.ZipFile('{file}', 'w')\nd = 'acme_sdk-{version}.dist-info/'\nz.writestr(d + 'METADATA', 'Metadata-Version: 2.1\\nName: acme-sdk\\nVersion: {version}\\n')\nz.writestr(d + 'WHEEL', 'Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')\nz.writestr(d + 'RECORD', '')\nz.close()\n"
        );
        run(folder.path(), &["python3", "-c", &script]);
        let bytes = std::fs::read(folder.path().join(&file)).unwrap();
        page = format!("{page}<a href=\"{}/files/{file}#sha256={}\">{file}</a>\n", consumer.url, Digest::of(&bytes));
        consumer.files.put(&format!("/files/{file}"), bytes);
    }
    consumer.files.put("/simple/acme-sdk/", format!("<!DOCTYPE html><html><body>{page}</body></html>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn uv_turns_a_source_into_the_published_version() {
    if !is_installed("uv") || !is_installed("python3") {
        return;
    }
    let manifest = "[project]\nname = \"web\"\nversion = \"1\"\nrequires-python = \">=3.8\"\ndependencies = [\n    \"Acme_SDK\", # why\n]\n\n[tool.uv.sources]\nacme-sdk = { git = \"https://example.com/sdk\", branch = \"main\" }\n\n[[tool.uv.index]]\nurl = \"{url}/simple\"\ndefault = true\n";
    let pins = r#"[{ package = "sdk", manifest = "pyproject.toml", lock = ["uv", "lock"] }]"#;
    let mut consumer = Consumer::new(&[("pyproject.toml", manifest)], "acme-sdk", pins).await;
    publish_wheels(&consumer, &["2.2.0"]);
    let made = late(&mut consumer, |consumer| publish_wheels(consumer, &["2.2.0", VERSION])).await;
    let text = consumer.file(&made, "pyproject.toml");
    assert!(text.contains("    \"Acme_SDK==2.3.0\", # why") && !text.contains("git"), "{text}");
    let lock = consumer.file(&made, "uv.lock");
    assert!(lock.contains("version = \"2.3.0\"") && lock.contains("sha256:"), "{lock}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pip_compile_turns_an_editable_into_the_published_version() {
    if !is_installed("pip-compile") || !is_installed("python3") {
        return;
    }
    let manifest = "--index-url {url}/simple\n-e git+https://example.com/sdk@main#egg=acme-sdk  # why\n";
    let pins = r#"[{ package = "sdk", manifest = "requirements.in", lock = ["pip-compile", "--quiet", "--generate-hashes", "--strip-extras", "requirements.in"] }]"#;
    let old = "-e git+https://example.com/sdk@main#egg=acme-sdk\n";
    let mut consumer =
        Consumer::new(&[("requirements.in", manifest), ("requirements.txt", old)], "acme-sdk", pins).await;
    publish_wheels(&consumer, &["2.2.0"]);
    let made = late(&mut consumer, |consumer| publish_wheels(consumer, &["2.2.0", VERSION])).await;
    assert!(consumer.file(&made, "requirements.in").ends_with("/simple\nacme-sdk==2.3.0  # why\n"));
    let lock = consumer.file(&made, "requirements.txt");
    assert!(lock.contains("acme-sdk==2.3.0 \\\n    --hash=sha256:"), "{lock}");
}

#[tokio::test(flavor = "multi_thread")]
async fn poetry_turns_a_git_table_into_the_published_version() {
    if !is_installed("poetry") || !is_installed("python3") {
        return;
    }
    let manifest = "[tool.poetry]\nname = \"web\"\nversion = \"1\"\ndescription = \"\"\nauthors = []\npackage-mode = false\n\n[tool.poetry.dependencies]\npython = \">=3.8\"\nacme-sdk = { git = \"https://example.com/sdk\", branch = \"main\" } # why\n\n[[tool.poetry.source]]\nname = \"here\"\nurl = \"{url}/simple/\"\npriority = \"primary\"\n";
    let pins = r#"[{ package = "sdk", manifest = "pyproject.toml", lock = ["poetry", "lock", "--no-interaction"] }]"#;
    let mut consumer = Consumer::new(&[("pyproject.toml", manifest)], "acme-sdk", pins).await;
    publish_wheels(&consumer, &["2.2.0"]);
    let made = late(&mut consumer, |consumer| publish_wheels(consumer, &["2.2.0", VERSION])).await;
    assert!(consumer.file(&made, "pyproject.toml").contains("acme-sdk = { version = \"2.3.0\" } # why\n"));
    let lock = consumer.file(&made, "poetry.lock");
    assert!(lock.contains("version = \"2.3.0\"") && lock.contains("sha256:"), "{lock}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pnpm_turns_a_link_into_the_published_version() {
    if !is_installed("pnpm") {
        return;
    }
    let manifest = "{\"name\":\"web\",\"version\":\"1.0.0\",\"devDependencies\":{\"@acme/sdk\":\"link:../sdk\"}}";
    let lock = "lockfileVersion: '9.0'\n\nsettings:\n  autoInstallPeers: true\n  excludeLinksFromLockfile: false\n\nimporters:\n\n  .:\n    devDependencies:\n      '@acme/sdk':\n        specifier: link:../sdk\n        version: link:../sdk\n";
    let pins = r#"[{ package = "sdk", manifest = "package.json", lock = ["pnpm", "install", "--lockfile-only"] }]"#;
    let mut consumer = Consumer::new(&[("package.json", manifest), ("pnpm-lock.yaml", lock)], "@acme/sdk", pins).await;
    super::publish_npm(&consumer, &["2.2.0"]);
    let made = late(&mut consumer, |consumer| super::publish_npm(consumer, &["2.2.0", VERSION])).await;
    assert_eq!(consumer.file(&made, "package.json"), manifest.replace("link:../sdk", VERSION));
    let lock = consumer.file(&made, "pnpm-lock.yaml");
    assert!(
        lock.contains("'@acme/sdk@2.3.0'") && lock.contains("sha512-cmVwaW4=") && !lock.contains("link:"),
        "{lock}"
    );
}
