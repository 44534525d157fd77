//! The train, killed with kill -9 again and again, each time a little further from its start: at intents, at outcomes, between
//! a repin's commit and its push. (The engine's own tests die around every single append.)

use std::time::{Duration, Instant};

use crate::ends;
use crate::place::Place;

/// The number of events in the ledger.
fn events(place: &Place) -> usize {
    place.run(&["log", "--json"]).stdout.lines().count()
}

/// Starts it, and kills it as soon as the ledger has grown so often.
fn ships_for(place: &Place, events: u32, arguments: &[&str]) -> Option<i32> {
    let (mut head, mut grown) = (place.head(), 0);
    let mut child = place.start(arguments);
    let began = Instant::now();
    loop {
        if let Some(ended) = child.try_wait().unwrap() {
            return ended.code();
        }
        let now = place.head();
        if now != head {
            (head, grown) = (now, grown + 1);
        }
        if grown == events {
            child.kill().unwrap();
            child.wait().unwrap();
            return None;
        }
        assert!(began.elapsed() < Duration::from_secs(120), "it stands still");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn killed_again_and_again_it_ends_like_the_undisturbed_one() {
    let place = Place::new();
    let digest = place.digest();
    let mut kills = 0;
    loop {
        // on hold or not, this goes on
        let arguments = ["resume", "--yes", "--plan", &digest];
        match ships_for(&place, 3 + kills % 6, &arguments) {
            None => kills += 1,
            Some(0) if place.status()["release"]["shipped"] == true => break,
            Some(_) => place.decide(),
        }
        assert!(kills < 300, "it never ends: {} events", events(&place));
    }
    assert!(kills > 10, "only {kills} kills");
    ends::like_the_undisturbed_one(&place);
}
