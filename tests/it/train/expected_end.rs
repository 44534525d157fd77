//! How an undisturbed ship of the train ends, and so every other one.

use super::six_repos::Train;
use crate::common::proxy::Proxy;
use crate::common::release::Release as _;

/// What is accepted, pinned, locked, deployed, tagged and recorded.
pub(crate) fn like_the_undisturbed_one(train: &Train) {
    assert_eq!(train.registries.accepted(), [2, 1, 1, 1], "{:?}", train.registries.proxies().map(Proxy::passed));
    let status = train.status();
    assert_eq!(status["release"]["shipped"], true, "{status:#}");
    for step in status["steps"].as_array().unwrap() {
        assert_eq!(step["state"], "done", "{step:#}");
    }
    pinned(train, "api", &["pyproject.toml", "uv.lock", "Cargo.toml", "Cargo.lock"]);
    pinned(train, "web", &["package.json", "package-lock.json", "Gemfile", "Gemfile.lock"]);
    let at = |repo: &str, file: &str| train.shell(&format!("git -C remotes/{repo}.git show main:{file}"));
    assert!(at("api", "pyproject.toml").contains("\"trainlib==1.4.0\""), "{}", at("api", "pyproject.toml"));
    assert!(at("api", "pyproject.toml").contains("# QA tested the branch"));
    assert!(at("api", "uv.lock").contains("sha256:"), "{}", at("api", "uv.lock"));
    assert!(at("api", "Cargo.toml").contains("version = \"=0.3.0\""), "{}", at("api", "Cargo.toml"));
    assert!(at("api", "Cargo.lock").contains("checksum"), "{}", at("api", "Cargo.lock"));
    assert!(at("web", "package.json").contains("\"@train/sdk\": \"2.3.0\""), "{}", at("web", "package.json"));
    assert!(at("web", "package-lock.json").contains("sha512-"), "{}", at("web", "package-lock.json"));
    assert!(at("web", "Gemfile").contains("gem \"trainkit\", \"3.1.0\""), "{}", at("web", "Gemfile"));
    assert!(at("web", "Gemfile.lock").contains("trainkit (3.1.0)"), "{}", at("web", "Gemfile.lock"));

    // what ships is what was frozen and the one commit on top
    let sha = |repo: &str, name: &str| train.shell(&format!("git -C remotes/{repo}.git rev-parse {name}"));
    assert_eq!(std::fs::read_to_string(train.at("live/api/sha")).unwrap(), sha("api", "main"));
    assert_eq!(sha("web-live", "main"), sha("web", "main"));
    for repo in ["lib", "sdk", "core", "kit", "api", "web"] {
        assert_eq!(sha(repo, "train^{commit}"), sha(repo, "release/train"), "{repo}");
    }
    assert!(std::fs::read_to_string(train.at("flags.json")).unwrap().contains("\"on\""));
    let verified = train.run(&["log", "--verify"]);
    assert_eq!(verified.exit, 0, "{}", verified.all());
}

/// One commit on the frozen one, which touches these files alone.
fn pinned(train: &Train, repo: &str, files: &[&str]) {
    let git = format!("git -C remotes/{repo}.git");
    let status = train.status();
    let row = status["repos"].as_array().unwrap().iter().find(|row| row["name"] == repo).unwrap().clone();
    let (frozen, ships) = (row["qa_sha"].as_str().unwrap(), row["ship_sha"].as_str().unwrap());
    assert_eq!(train.shell(&format!("{git} rev-parse {ships}^@")), frozen, "{row:#}");
    let mut touched: Vec<String> =
        train.shell(&format!("{git} diff --name-only {frozen} {ships}")).lines().map(str::to_owned).collect();
    let mut wanted: Vec<String> = files.iter().map(|&file| file.to_owned()).collect();
    touched.sort();
    wanted.sort();
    assert_eq!(touched, wanted, "{repo}");
}
