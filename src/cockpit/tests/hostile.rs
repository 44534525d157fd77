//! Text from outside that means harm: it is seen, and it moves, hides and restyles nothing.

use std::sync::Arc;

use unicode_width::UnicodeWidthStr as _;

use super::*;
use crate::engine::state::{Notice, Weight};

const EVIL: &str = "main\u{202e}\x1b[2J\x1b]52;c;ZXZpbA==\x07\u{200b}\u{9b}31m\r\nok\u{feff}\t漢字e\u{301}";

fn poisoned(mut state: State) -> State {
    let mut status = (*state.status).clone();
    status.release.title = EVIL.into();
    status.owner.name = EVIL.into();
    status.waiting_for = EVIL.into();
    status.hold = Some(EVIL.into());
    status.controls.holder = Some(EVIL.into());
    for repo in &mut status.repos {
        repo.branch = Some(EVIL.into());
        repo.drift.local = EVIL.into();
        repo.trouble = Some(EVIL.into());
    }
    for step in &mut status.steps {
        step.title = EVIL.into();
        step.stage = EVIL.into();
        step.evidence = vec![EVIL.into()];
        step.gates.iter_mut().for_each(|gate| gate.detail = EVIL.into());
        step.actions.iter_mut().for_each(|action| {
            action.command = Some(EVIL.into());
            action.detail = vec![EVIL.into()];
        });
    }
    if let Some(flag) = &mut status.flag {
        flag.key = EVIL.into();
        flag.readings.iter_mut().for_each(|reading| reading.why = Some(EVIL.into()));
    }
    state.status = Arc::new(status);
    state.complaint = Some(EVIL.into());
    state.notices = Arc::new([Notice { at: state.now, weight: Weight::Alarm, text: EVIL.into() }]);
    if let Some(work) = &mut state.work {
        work.title = EVIL.into();
        work.output = Some(story::printed(vec![EVIL.into(); 50]));
    }
    state
}

#[test]
fn no_cell_of_any_page_holds_anything_that_hides() {
    for state in [story::waiting().state(), story::running(), story::failed(), story::in_doubt(), story::shipped()] {
        for (width, height) in [(80, 24), (120, 36), (200, 60)] {
            for keys in [
                "",
                "a",
                "v",
                "R",
                "r",
                "f",
                "q",
                "enter",
                "o",
                "c",
                "L",
                "F",
                "e",
                "tab tab enter",
                "/ \u{202e} enter",
            ] {
                let mut desk = Desk::new(poisoned(state.clone()), width, height);
                let seen = desk.press(keys).see();
                for cell in seen.buffer.content() {
                    let symbol = cell.symbol();
                    assert!(!symbol.chars().any(crate::shown::hides), "{symbol:?} after {keys:?}");
                    assert!(symbol.width() > 0, "{symbol:?} after {keys:?}");
                }
            }
        }
    }
}

#[test]
fn evil_is_seen() {
    let seen = Desk::new(poisoned(story::waiting().state()), 200, 60).see();
    assert!(seen.glyphs.contains("main\\u{202e}␛[2J"), "{}", seen.glyphs);
}
