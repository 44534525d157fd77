//! What is too large, too many or not there: told at once and in plain words, never "holds".

use std::time::{Duration, Instant};

use super::bench::Bench;
use crate::port::seam::{Printed, Standings};
use crate::rollout::seam::{SeamState, Standing};

fn worktree() -> Standings {
    ["api", "web", "sdk"].map(|name| (name.parse().unwrap(), Standing::Worktree)).into()
}

#[test]
fn a_contract_of_200_megabytes_is_refused_before_it_is_read() {
    let seam = r#"
producer = { repo = "api", file = "openapi.json", pointer = "/a", keys = true }
consumer = { repo = "web", file = "a", regex = '\w+' }
rule = "subset""#;
    let bench = Bench::new(seam);
    bench.write("web/a", "x");
    bench.write("api/openapi.json", "");
    let large = std::fs::OpenOptions::new().write(true).open(bench.root().join("api/openapi.json")).unwrap();
    large.set_len(200 << 20).unwrap();
    let began = Instant::now();
    let seen = bench.look_at(&worktree(), &Printed::new());
    assert!(began.elapsed() < Duration::from_secs(1));
    assert_eq!(seen.state, SeamState::Unknown);
    assert_eq!(seen.detail, "api: openapi.json: openapi.json has 209715200 bytes; at most 33554432 are read");
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
    let began = Instant::now();
    let seen = bench.look();
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
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
    assert_eq!(bench.look().detail, "api: secret: no such file is there");
    assert_eq!(bench.look_at(&worktree(), &Printed::new()).state, SeamState::Unknown);
}
