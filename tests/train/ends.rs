//! How an undisturbed ship of the train ends, and so every other one.

use crate::place::Place;
use crate::registries::proxy::Proxy;

/// What is accepted, pinned, locked, deployed, tagged and recorded.
pub(crate) fn like_the_undisturbed_one(place: &Place) {
    assert_eq!(place.yard.accepted(), [2, 1, 1, 1], "{:?}", place.yard.proxies().map(Proxy::passed));
    let status = place.status();
    assert_eq!(status["release"]["shipped"], true, "{status:#}");
    for step in status["steps"].as_array().unwrap() {
        assert_eq!(step["state"], "done", "{step:#}");
    }
    pinned(place, "api", &["pyproject.toml", "uv.lock", "Cargo.toml", "Cargo.lock"]);
    pinned(place, "web", &["package.json", "package-lock.json", "Gemfile", "Gemfile.lock"]);
    let at = |repo: &str, file: &str| place.shell(&format!("git -C remotes/{repo}.git show main:{file}"));
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
    let sha = |repo: &str, name: &str| place.shell(&format!("git -C remotes/{repo}.git rev-parse {name}"));
    assert_eq!(std::fs::read_to_string(place.at("live/api/sha")).unwrap(), sha("api", "main"));
    assert_eq!(sha("web-live", "main"), sha("web", "main"));
    for repo in ["lib", "sdk", "core", "kit", "api", "web"] {
        assert_eq!(sha(repo, "train^{commit}"), sha(repo, "release/train"), "{repo}");
    }
    assert!(std::fs::read_to_string(place.at("flags.json")).unwrap().contains("\"on\""));
    let verified = place.run(&["log", "--verify"]);
    assert_eq!(verified.exit, 0, "{}", verified.all());
}

/// One commit on the frozen one, which touches these files alone.
fn pinned(place: &Place, repo: &str, files: &[&str]) {
    let git = format!("git -C remotes/{repo}.git");
    let status = place.status();
    let row = status["repos"].as_array().unwrap().iter().find(|row| row["name"] == repo).unwrap().clone();
    let (frozen, ships) = (row["qa_sha"].as_str().unwrap(), row["ship_sha"].as_str().unwrap());
    assert_eq!(place.shell(&format!("{git} rev-parse {ships}^@")), frozen, "{row:#}");
    let mut touched: Vec<String> =
        place.shell(&format!("{git} diff --name-only {frozen} {ships}")).lines().map(str::to_owned).collect();
    let mut wanted: Vec<String> = files.iter().map(|&file| file.to_owned()).collect();
    touched.sort();
    wanted.sort();
    assert_eq!(touched, wanted, "{repo}");
}
