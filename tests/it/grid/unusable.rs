//! Repositories that can't be used, in the grid: each with its own words, none of them green, and none in another's way.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::clones::{Clones, commit, git, truncate, try_git};
use flightdeck::port::world::{Frozen, Look, Sight, World as _};
use flightdeck::rollout::observed::{DirtySeen, LocalSeen, Seen};
use serde_json::Value;

/// How a repository is broken, what the grid says of it, and whether its work tree can still be told.
struct Case {
    name: &'static str,
    breaks: fn(&mut Clones, &str),
    says: &'static str,
    tree: Tree,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tree {
    Told,
    Unknown,
}

fn half_done(clones: &mut Clones, name: &str, verb: &[&str]) {
    let path = clones.healthy(name);
    git(&path, &["checkout", "-q", "-b", "other"]);
    commit(&path, "theirs");
    git(&path, &["checkout", "-q", "release/wide"]);
    commit(&path, "ours");
    assert!(!try_git(&path, verb).status.success());
}

fn init(clones: &mut Clones, name: &str, options: &[&str]) {
    clones.named(name);
    git(&clones.path("."), &[&["init", "-q"], options, &[name]].concat());
}

fn fifo(path: &Path) {
    let _ = fs::remove_file(path);
    let made = rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, 0o600.into(), 0);
    made.unwrap();
}

const CASES: [Case; 17] = [
    Case { name: "missing", breaks: |c, n| drop(c.named(n)), says: "nothing is there", tree: Tree::Unknown },
    Case {
        name: "file",
        breaks: |c, n| fs::write(c.named(n), "").unwrap(),
        says: "it is no git repository",
        tree: Tree::Unknown,
    },
    Case {
        name: "folder",
        breaks: |c, n| fs::create_dir(c.named(n)).unwrap(),
        says: "it is no git repository",
        tree: Tree::Unknown,
    },
    Case {
        name: "bare",
        breaks: |c, n| {
            let from = c.path("healthy");
            git(&c.path("."), &["clone", "-q", "--bare", from.to_str().unwrap(), n]);
            c.named(n);
        },
        says: "a bare repository has no work tree",
        tree: Tree::Unknown,
    },
    Case { name: "empty", breaks: |c, n| init(c, n, &[]), says: "no commit yet", tree: Tree::Told },
    Case {
        name: "detached",
        breaks: |c, n| drop(git(&c.healthy(n), &["checkout", "-q", "--detach"])),
        says: "detached",
        tree: Tree::Told,
    },
    Case {
        name: "rebasing",
        breaks: |c, n| half_done(c, n, &["rebase", "-q", "other"]),
        says: "a rebase in progress",
        tree: Tree::Told,
    },
    Case {
        name: "merging",
        breaks: |c, n| half_done(c, n, &["merge", "-q", "other"]),
        says: "a merge in progress",
        tree: Tree::Told,
    },
    Case {
        name: "cut-commit",
        breaks: |c, n| {
            let path = c.healthy(n);
            truncate(&path, &git(&path, &["rev-parse", "HEAD"]));
        },
        says: "is truncated or damaged: `git fsck` tells more",
        tree: Tree::Unknown,
    },
    Case {
        name: "cut-tree",
        breaks: |c, n| {
            let path = c.healthy(n);
            truncate(&path, &git(&path, &["rev-parse", "HEAD:deep"]));
        },
        says: "is truncated or damaged: `git fsck` tells more",
        tree: Tree::Unknown,
    },
    Case {
        name: "no-sha",
        breaks: |c, n| fs::write(c.healthy(n).join(".git/refs/heads/release/wide"), "not a commit").unwrap(),
        says: "it can't be read",
        tree: Tree::Unknown,
    },
    Case {
        name: "index",
        breaks: |c, n| fs::write(c.healthy(n).join(".git/index"), "garbage").unwrap(),
        says: "it can't be read",
        tree: Tree::Unknown,
    },
    Case {
        name: "reftable",
        breaks: |c, n| init(c, n, &["--ref-format=reftable"]),
        says: "this kind of repository can't be read",
        tree: Tree::Unknown,
    },
    Case {
        name: "sha256",
        breaks: |c, n| init(c, n, &["--object-format=sha256"]),
        says: "this kind of repository can't be read",
        tree: Tree::Unknown,
    },
    Case {
        name: "loop",
        breaks: |c, n| symlink(n, c.named(n)).unwrap(),
        says: "it can't be read: Too many levels of symbolic links",
        tree: Tree::Unknown,
    },
    Case {
        name: "lost",
        breaks: |c, n| {
            let path = c.named(n);
            fs::create_dir(&path).unwrap();
            fs::write(path.join(".git"), "gitdir: /nowhere/at/all").unwrap();
        },
        says: "it can't be read",
        tree: Tree::Unknown,
    },
    Case {
        name: "pipe",
        breaks: |c, n| fifo(&c.healthy(n).join(".git/config")),
        says: "it didn't answer within 10 s and was given up",
        tree: Tree::Unknown,
    },
];

async fn local(clones: &Clones, name: &str) -> Seen<LocalSeen> {
    let look = Look::Local(name.parse().unwrap());
    match clones.world().look(clones.plan(), look, Frozen::default()).await {
        Sight::Local(_, seen) => seen,
        other => panic!("{other:?}"),
    }
}

async fn dirty(clones: &Clones, name: &str) -> Seen<DirtySeen> {
    let look = Look::Dirty(name.parse().unwrap());
    match clones.world().look(clones.plan(), look, Frozen::default()).await {
        Sight::Dirty(_, seen) => seen,
        other => panic!("{other:?}"),
    }
}

fn every_case() -> Clones {
    let mut clones = Clones::new();
    clones.healthy("healthy");
    for case in &CASES {
        (case.breaks)(&mut clones, case.name);
    }
    clones.healthy("last");
    clones.write_plan(STEP);
    clones
}

const STEP: &str = "[[step]]\nid = \"run\"\nstage = \"All\"\ntitle = \"Run\"\nrun = { command = [\"true\"] }\n";

#[test]
fn a_look_says_what_is_wrong_and_calls_nothing_clean_that_it_didnt_see() {
    let clones = every_case();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        for case in CASES.iter().filter(|case| case.name != "pipe") {
            let (local, dirty) = (local(&clones, case.name).await, dirty(&clones, case.name).await);
            let said = [local.value.as_ref().and_then(|seen| seen.trouble.clone()), local.why, dirty.why.clone()];
            let said: Vec<_> = said.into_iter().flatten().collect();
            assert!(said.iter().any(|said| said.contains(case.says)), "{}: {said:?}", case.name);
            assert_eq!(dirty.value.is_some(), case.tree == Tree::Told, "{}: {dirty:?}", case.name);
        }
        assert_eq!(local(&clones, "healthy").await.value.unwrap().trouble, None);
        assert!(dirty(&clones, "healthy").await.value.unwrap().is_clean());
    });
}

#[test]
fn status_tells_each_by_its_words_and_none_keeps_another_waiting() {
    let clones = every_case();
    let output = clones.flightdeck(&["status", "--json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let status: Value = serde_json::from_slice(&output.stdout).unwrap();
    let of = |name: &str| status["repos"].as_array().unwrap().iter().find(|repo| repo["name"] == name).unwrap().clone();
    for case in &CASES {
        let repo = of(case.name);
        let said = format!("{} {}", repo["trouble"], repo["dirty"]["why"]);
        assert!(said.contains(case.says), "{}: {said}", case.name);
        assert_eq!(repo["dirty"]["value"].is_null(), case.tree == Tree::Unknown, "{}: {}", case.name, repo["dirty"]);
    }
    for name in ["healthy", "last"] {
        let repo = of(name);
        assert!(repo["trouble"].is_null() && repo["head"].is_string() && !repo["dirty"]["value"].is_null(), "{repo}");
    }
    let text = clones.flightdeck(&["status"]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("! missing: nothing is there"), "{text}");
}

#[test]
fn many_that_hang_keep_nobody_waiting() {
    let mut clones = Clones::new();
    for number in 0..12 {
        fifo(&clones.healthy(&format!("a{number}")).join(".git/config"));
    }
    clones.healthy("z");
    clones.write_plan(STEP);
    let mut watching = clones.start(&["status", "--watch", "--json"], std::process::Stdio::piped());
    let output = std::io::BufReader::new(watching.stdout.take().unwrap());
    let mut known = None;
    for line in std::io::BufRead::lines(output) {
        let status: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let last = status["repos"].as_array().unwrap().last().unwrap().clone();
        if last["head"].is_string() && !last["dirty"]["value"].is_null() {
            let (now, at) = (last["observed_at"].as_u64().unwrap(), last["dirty"]["at"].as_u64().unwrap());
            known = Some(at.abs_diff(now));
            break;
        }
    }
    watching.kill().unwrap();
    watching.wait().unwrap();
    assert!(known.is_some_and(|millis| millis < 10_000), "{known:?}");
}

#[test]
fn names_of_any_bytes_and_length_are_shown_as_what_they_are() {
    let mut clones = Clones::new();
    let long = format!("{}/{}", "a".repeat(150), "b".repeat(149));
    let names: [(&str, Vec<u8>); 4] = [
        ("option", b"--upload-pack=x".to_vec()),
        ("bidi", "a\u{202e}b\u{200b}".into()),
        ("bytes", b"bad\xff\xfe".to_vec()),
        ("long", long.clone().into()),
    ];
    for (name, branch) in &names {
        let path = clones.healthy(name);
        let sha = git(&path, &["rev-parse", "HEAD"]);
        let file = path.join(".git/refs/heads").join(std::ffi::OsStr::from_bytes(branch));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, format!("{sha}\n")).unwrap();
        fs::write(path.join(".git/HEAD"), [b"ref: refs/heads/", branch.as_slice(), b"\n"].concat()).unwrap();
    }
    // a name with a control character is none that git would take
    let path = clones.healthy("control");
    fs::write(path.join(".git/HEAD"), b"ref: refs/heads/a\x1b[31mb\n").unwrap();
    // a work tree that leads back into itself
    symlink(".", clones.healthy("round").join("round")).unwrap();
    clones.write_plan(STEP);
    let output = clones.flightdeck(&["status"]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    for hidden in ['\u{1b}', '\u{202e}', '\u{200b}', '\u{7f}'] {
        assert!(!text.contains(hidden), "{hidden:?} got through:\n{text}");
    }
    for shown in ["--upload-pack=x", "a\\u{202e}b\\u{200b}", "bad\u{fffd}\u{fffd}", "! control: ", "1 dirty"] {
        assert!(text.contains(shown), "{shown} isn't in:\n{text}");
    }
    assert!(text.contains(&long), "a long name is whole where there is room for it");
}

/// Only the superuser can give a folder away, and only others can be denied anything.
#[test]
fn what_belongs_to_others_or_is_denied_says_so() {
    let mut clones = Clones::new();
    let denied = clones.healthy("denied");
    let foreign = clones.healthy("foreign");
    clones.healthy("z");
    clones.write_plan(STEP);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(&foreign, Some(12_345), Some(12_345)).unwrap();
        std::os::unix::fs::chown(foreign.join(".git"), Some(12_345), Some(12_345)).unwrap();
        let seen = runtime.block_on(local(&clones, "foreign"));
        assert!(seen.why.as_ref().unwrap().contains("it belongs to another user"), "{seen:?}");
    } else {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&denied, fs::Permissions::from_mode(0o000)).unwrap();
        let (seen, tree) = runtime.block_on(async { (local(&clones, "denied").await, dirty(&clones, "denied").await) });
        fs::set_permissions(&denied, fs::Permissions::from_mode(0o700)).unwrap();
        assert!(seen.why.is_some() && tree.value.is_none(), "{seen:?} {tree:?}");
    }
}
