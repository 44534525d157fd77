//! The ladder of modules: each uses only what lies below it. What is pure names nothing that isn't.

use std::fs;
use std::path::{Path, PathBuf};

/// From the bottom up; modules of one rung don't use each other, but for the pairs below.
const RUNGS: [&[&str]; 8] = [
    &["shown"],
    &["plan"],
    &["suite"],
    &["rollout"],
    &["config", "ledger", "port", "seam"],
    &["engine"],
    &["cockpit", "demo"],
    &["cli"],
];

/// Within a rung: the port keeps its step locks and artefacts where the ledger's folder is, and reads the sides of seams.
const BESIDE: [(&str, &str); 2] = [("port", "ledger"), ("port", "seam")];

fn rung(module: &str) -> Option<usize> {
    RUNGS.iter().position(|rung| rung.contains(&module))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The module a file belongs to, and its text without its tests.
fn modules() -> Vec<(String, PathBuf, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut modules = Vec::new();
    for path in sources(&src) {
        let inside = path.strip_prefix(&src).expect("inside src");
        let first = inside.components().next().expect("a name").as_os_str().to_string_lossy();
        let module = first.trim_end_matches(".rs").to_owned();
        let is_test =
            inside.components().any(|part| part.as_os_str().to_string_lossy().trim_end_matches(".rs") == "tests");
        if !is_test {
            let text = fs::read_to_string(&path).expect("a source");
            let code = text.split("#[cfg(test)]\nmod tests {").next().expect("a first part").to_owned();
            modules.push((module, path, code));
        }
    }
    modules
}

/// Every `crate::name` in the code.
fn named(code: &str) -> Vec<String> {
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let mut names = Vec::new();
    for line in lines {
        for (at, _) in line.match_indices("crate::") {
            let rest = &line[at + "crate::".len()..];
            names.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    names
}

#[test]
fn a_module_uses_only_what_is_below_it() {
    let mut wrong = Vec::new();
    for (module, path, code) in modules() {
        if module == "lib" || module == "main" {
            continue;
        }
        let own = rung(&module).unwrap_or_else(|| panic!("{module} stands on no rung of the ladder"));
        for used in named(&code) {
            let allowed = used == module
                || rung(&used).is_some_and(|below| below < own)
                || BESIDE.contains(&(module.as_str(), used.as_str()))
                || rung(&used).is_none();
            if !allowed {
                wrong.push(format!("{} uses crate::{used}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_pure_names_nothing_that_is_not() {
    let impure = [
        "tokio",
        "git2",
        "ratatui",
        "crossterm",
        "std::fs",
        "std::process",
        "std::env",
        "std::time::System",
        "std::net",
        "reqwest",
    ];
    let mut wrong = Vec::new();
    for (module, path, code) in modules() {
        if !["plan", "rollout", "seam", "suite"].contains(&module.as_str()) {
            continue;
        }
        for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
            wrong.extend(
                impure
                    .iter()
                    .filter(|name| line.contains(*name))
                    .map(|name| format!("{} names {name}", path.display())),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_cockpit_reaches_the_world_through_the_engine_alone() {
    let forbidden = ["git2", "std::fs", "std::process", "crate::port", "reqwest"];
    let mut wrong = Vec::new();
    for (module, path, code) in modules() {
        if module != "cockpit" {
            continue;
        }
        for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
            wrong.extend(
                forbidden
                    .iter()
                    .filter(|name| line.contains(*name))
                    .map(|name| format!("{} names {name}", path.display())),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_test_is_forgotten() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let folder = tests.join("it");
    let mut forgotten = Vec::new();
    // another binary would link the whole house again, and tests/run wouldn't run it
    for entry in fs::read_dir(&tests).expect("a folder of tests") {
        let name = entry.expect("an entry").file_name();
        if !["it", "cargo-registry", "run", "tools.sh"].iter().any(|known| *known == name) {
            forgotten.push(format!("tests/{} belongs below tests/it", name.display()));
        }
    }
    for path in sources(&folder) {
        let inside = path.strip_prefix(&folder).expect("inside tests/it").with_extension("");
        if inside == Path::new("main") {
            continue;
        }
        let name = inside.file_name().expect("a name").to_string_lossy().into_owned();
        let parent = match inside.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            Some(parent) => folder.join(parent).with_extension("rs"),
            None => folder.join("main.rs"),
        };
        let text = fs::read_to_string(&parent).unwrap_or_default();
        let declared =
            |line: &str| line.trim_start_matches("pub(crate) ").strip_prefix("mod ") == Some(&format!("{name};"));
        if !text.lines().any(declared) {
            forgotten.push(format!("{} isn't named by {}", path.display(), parent.display()));
        }
    }
    assert!(forgotten.is_empty(), "{}", forgotten.join("\n"));
}
