//! The train, killed with kill -9 again and again, each time a little further from its start: at intents, at outcomes, between
//! a repin's commit and its push. (The engine's own tests die around every single append.)

use std::time::{Duration, Instant};

use super::expected_end;
use super::six_repos::Train;
use crate::common::release::Release as _;
use crate::common::waiting::PATIENCE;

/// The number of events in the ledger.
fn events(train: &Train) -> usize {
    train.run(&["log", "--json"]).stdout.lines().count()
}

/// Starts it, and kills it as soon as the ledger has grown so often.
fn ships_for(train: &Train, events: u32, arguments: &[&str]) -> Option<i32> {
    let (mut head, mut grown) = (train.head(), 0);
    let mut child = train.start(arguments);
    let began = Instant::now();
    loop {
        if let Some(ended) = child.try_wait().unwrap() {
            return ended.code();
        }
        let now = train.head();
        if now != head {
            (head, grown) = (now, grown + 1);
        }
        if grown == events {
            child.kill().unwrap();
            child.wait().unwrap();
            return None;
        }
        assert!(began.elapsed() < PATIENCE, "it stands still");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn killed_again_and_again_it_ends_like_the_undisturbed_one() {
    let train = Train::new();
    let digest = train.digest();
    let mut kills = 0;
    loop {
        // on hold or not, this goes on
        let arguments = ["resume", "--yes", "--plan", &digest];
        match ships_for(&train, 3 + kills % 6, &arguments) {
            None => kills += 1,
            Some(0) if train.status()["release"]["shipped"] == true => break,
            Some(_) => train.decide(),
        }
        assert!(kills < 300, "it never ends: {} events", events(&train));
    }
    assert!(kills > 10, "only {kills} kills");
    expected_end::like_the_undisturbed_one(&train);
}
