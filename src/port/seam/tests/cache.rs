//! What didn't change isn't read again.

use super::bench::Bench;
use crate::port::seam::{Printed, Store};
use crate::rollout::seam::{SeamState, Standing};

const SEAM: &str = r#"
producer = { repo = "api", files = "names/*", regex = '\w+' }
consumer = { repo = "web", files = "uses/*", regex = '\w+' }
rule = "subset""#;

fn bench() -> Bench {
    let mut bench = Bench::new(SEAM);
    bench.store = Store::new(bench.root().join("store"));
    for number in 0..10 {
        bench.write(&format!("api/names/{number}"), &format!("n{number}"));
        bench.write(&format!("web/uses/{number}"), &format!("n{number}"));
    }
    bench.commit_all();
    bench
}

#[test]
fn unchanged_sides_cost_nothing() {
    let mut bench = bench();
    assert_eq!(bench.look().state, SeamState::Holds);
    assert_eq!(bench.store.reads(), 20);
    assert_eq!(bench.look().state, SeamState::Holds);
    bench.write("web/other", "no side reads this");
    bench.commit_all();
    assert_eq!(bench.look().state, SeamState::Holds);
    assert_eq!(bench.store.reads(), 20, "other commits with the same blobs");
    bench.store = Store::new(bench.root().join("store"));
    assert_eq!(bench.look().state, SeamState::Holds);
    assert_eq!(bench.store.reads(), 0, "another process");
}

#[test]
fn a_changed_side_is_read_and_the_other_is_not() {
    let bench = bench();
    bench.look();
    bench.write("web/uses/3", "missing");
    bench.commit_all();
    let seen = bench.look();
    assert_eq!(seen.detail, "web: uses/3:1 uses `missing`, which api doesn't have");
    assert_eq!(bench.store.reads(), 30);
}

#[test]
fn a_quote_names_the_commit_that_was_read() {
    let bench = bench();
    bench.write("web/uses/3", "missing");
    bench.commit_all();
    bench.look();
    bench.write("web/other", "no side reads this");
    bench.commit_all();
    let seen = bench.look();
    assert_eq!(seen.misfits[0].quotes[0].sha, Some(bench.head("web")));
    assert_eq!(seen.at[&"web".parse().unwrap()], Standing::Frozen(bench.head("web")));
    assert_eq!(bench.store.reads(), 20);
}

#[test]
fn a_work_tree_is_read_as_it_lies_there() {
    let bench = bench();
    bench.write("web/uses/new", "n1 fresh");
    let worktree = ["api", "web", "sdk"].map(|name| (name.parse().unwrap(), Standing::Worktree)).into();
    let seen = bench.look_at(&worktree, &Printed::new());
    assert_eq!(seen.detail, "web: uses/new:1 uses `fresh`, which api doesn't have");
    assert_eq!(seen.misfits[0].quotes[0].sha, None);
    assert_eq!(bench.look().state, SeamState::Holds, "what is committed is another thing");
}
