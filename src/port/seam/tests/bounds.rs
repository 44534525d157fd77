//! What is too large, too many or not there: told at once and in plain words, never "holds".

use super::bench::Bench;
use crate::port::seam::{Printed, Standings};
use crate::rollout::seam::{SeamState, Standing};

fn worktree() -> Standings {
    ["api", "web", "sdk"].map(|name| (name.parse().unwrap(), Standing::Worktree)).into()
}

#[test]
fn a_contract_of_200_gigabytes_is_refused_before_it_is_read() {
    let seam = r#"
producer = { repo = "api", file = "openapi.json", pointer = "/a", keys = true }
consumer = { repo = "web", file = "a", regex = '\w+' }
rule = "subset""#;
    let bench = Bench::new(seam);
    bench.write("web/a", "x");
    bench.write("api/openapi.json", "");
    let large = std::fs::OpenOptions::new().write(true).open(bench.root().join("api/openapi.json")).unwrap();
    large.set_len(200 << 30).unwrap();
    let seen = bench.look_at(&worktree(), &Printed::new());
    assert_eq!(seen.state, SeamState::Unknown);
    assert_eq!(seen.detail, "api: openapi.json: openapi.json has 214748364800 bytes; at most 33554432 are read");
}

#[test]
fn a_pattern_that_makes_others_stand_still_answers_at_once() {
    let seam = r#"
producer = { repo = "api", file = "a", regex = '^(a+)+$' }
consumer = { repo = "web", file = "a", regex = '(a|a)*!' }
rule = "subset""#;
    let bench = Bench::new(seam);
    for repo in ["api", "web"] {
        bench.write(&format!("{repo}/a"), &format!("{}b\n", "a".repeat(100_000)).repeat(20));
    }
    bench.commit_all();
    // whoever tries every way never comes back
    let seen = bench.look();
    assert_eq!(seen.state, SeamState::Unknown);
    assert_eq!(seen.detail, "api: a: nothing was found there: a producer that says nothing proves nothing");
}

#[test]
fn what_is_not_there_is_not_known() {
    let seam = r#"
producer = { repo = "api", file = "a", regex = '\w+' }
consumer = { repo = "web", files = "templates/*.j2", regex = '\w+' }
rule = "subset""#;
    let bench = Bench::new(seam);
    bench.write("api/a", "x");
    bench.write("web/other", "x");
    bench.commit_all();
    assert_eq!(bench.look().detail, "web: templates/*.j2: no such file is there");
    let mut standings = bench.frozen();
    standings.remove(&"api".parse().unwrap());
    let seen = bench.look_at(&standings, &Printed::new());
    assert_eq!(seen.detail, "api isn't frozen: `flightdeck freeze` it, or look `--at head`");
    std::fs::remove_dir_all(bench.root().join("api")).unwrap();
    let seen = bench.look_at(&worktree(), &Printed::new());
    assert!(seen.detail.starts_with("api: nothing is there"), "{}", seen.detail);
    assert_eq!(seen.state, SeamState::Unknown);
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_nowhere() {
    let seam = r#"
producer = { repo = "api", file = "secret", regex = '\w+' }
consumer = { repo = "web", file = "a", regex = '\w+' }
rule = "subset""#;
    let bench = Bench::new(seam);
    std::os::unix::fs::symlink("/etc/passwd", bench.root().join("api/secret")).unwrap();
    bench.write("web/a", "root");
    bench.commit_all();
    let detail = "api: it can't be read: secret: it is a symbolic link, which isn't followed: name the files so that it isn't among them";
    assert_eq!(bench.look().detail, detail);
    assert_eq!(bench.look_at(&worktree(), &Printed::new()).state, SeamState::Unknown);
}

const TEMPLATES: &str = r#"
producer = { repo = "api", file = "fields", regex = '\w+' }
consumer = { repo = "web", files = "templates/**/*.j2", regex = 'team\.(\w+)' }
rule = "subset""#;

/// A seam that holds, then with one thing more among its templates: what is said of it, committed and in the work tree.
#[cfg(unix)]
fn with(more: impl Fn(&std::path::Path)) -> [String; 2] {
    let bench = Bench::new(TEMPLATES);
    bench.write("api/fields", "name");
    bench.write("web/templates/a.j2", "team.name");
    bench.write("web/other/b.j2", "team.nam");
    bench.write("web/other/c.txt", "team.nam");
    bench.commit_all();
    assert_eq!(bench.look().state, SeamState::Holds);
    more(&bench.root().join("web"));
    let here = bench.look_at(&worktree(), &Printed::new());
    bench.commit_all();
    [bench.look(), here].map(|seen| {
        if seen.state == SeamState::Holds {
            return "holds".to_owned();
        }
        seen.detail
    })
}

#[cfg(unix)]
#[test]
fn nothing_among_the_files_is_left_out() {
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::symlink;
    use std::{ffi::OsStr, fs};
    let link = with(|web| symlink("../other/b.j2", web.join("templates/b.j2")).unwrap());
    let folder = with(|web| symlink("../other", web.join("templates/sub")).unwrap());
    let outside = with(|web| symlink("/nowhere", web.join("templates/sub")).unwrap());
    let odd = with(|web| fs::write(web.join("templates").join(OsStr::from_bytes(b"b\xff.j2")), "team.nam").unwrap());
    let utf16 = with(|web| fs::write(web.join("templates/b.j2"), b"\xff\xfet\0e\0a\0m\0.\0n\0a\0").unwrap());
    let lfs = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n";
    let lfs = with(|web| fs::write(web.join("templates/b.j2"), lfs).unwrap());
    for (told, said) in [
        (link, "web: it can't be read: templates/b.j2: it is a symbolic link"),
        (folder, "web: it can't be read: templates/sub: it is a symbolic link"),
        (outside, "web: it can't be read: templates/sub: it is a symbolic link"),
        (odd, "web: it can't be read: templates/b\u{fffd}.j2: its name isn't UTF-8"),
        (utf16, "web: templates/b.j2: it is UTF-16"),
        (lfs, "web: templates/b.j2: it is a pointer of git-lfs"),
    ] {
        assert!(told.iter().all(|told| told.starts_with(said)), "{said}: {told:?}");
    }
    let broken = with(|web| fs::write(web.join("templates/b\nc.j2"), "team.nam").unwrap());
    assert!(broken.iter().all(|told| told.contains("uses `nam`, which api doesn't have")), "{broken:?}");
}

#[cfg(unix)]
#[test]
fn what_lies_beside_the_files_is_nobodys_business() {
    use std::os::unix::fs::symlink;
    let file = with(|web| symlink("../other/c.txt", web.join("templates/notes.txt")).unwrap());
    let elsewhere = with(|web| symlink("/nowhere", web.join("other/sub")).unwrap());
    let binary = with(|web| std::fs::write(web.join("templates/logo.png"), b"\x89PNG\0").unwrap());
    for told in [file, elsewhere, binary] {
        assert_eq!(told, ["holds", "holds"]);
    }
}
