//! What the footer says of a key is what the key does, on every page.

use super::*;
use crate::cockpit::frame::hints;
use crate::cockpit::keymap::{Action, Binding, Context as Where};
use crate::cockpit::model::Page;
use crate::rollout::Fact;
use crate::rollout::event::Health;

fn states() -> Vec<(&'static str, State)> {
    vec![
        ("waiting", story::waiting().state()),
        ("running", story::running()),
        ("failed", story::failed()),
        ("doubt", story::in_doubt()),
        ("midway", story::midway()),
        ("order", story::out_of_order()),
        ("looking", story::looking()),
        ("soaking", story::soaking(Health::Bad)),
        ("shipped", story::shipped()),
        ("untrusted", story::untrusted()),
        ("spectator", story::spectator()),
        ("seams", story::Story::with_seams().state()),
        ("tests", story::Story::with_spoilt_tests().state()),
    ]
}

/// How each page is come to.
const WAYS: [&str; 13] = ["", "tab", "tab tab", "enter", "tab tab enter", "o", "c", "t", "L", "F", "S", "C", "e"];

fn shown(desk: &Desk) -> Vec<Binding> {
    let zone = jiff::tz::TimeZone::UTC;
    let context = Context { state: &desk.state, now: desk.now, zone: &zone, caps: desk.caps, themes: 2 };
    hints(&context.view(&desk.model))
}

#[test]
fn every_hint_does_what_it_says() {
    for (name, state) in states() {
        let mut looked_at = Vec::new();
        for way in WAYS {
            let mut before = Desk::new(state.clone(), 80, 24);
            before.press(way);
            // what was said on the way would hide the keys
            before.model.toast = None;
            let (seen, page, focus) = (before.see(), before.model.page.clone(), before.model.focus);
            // some keys lead nowhere in some states
            if looked_at.contains(&(page.clone(), focus)) {
                continue;
            }
            looked_at.push((page.clone(), focus));
            for hint in shown(&before) {
                let at = format!("{} {:?} on the {page} page of {name}, by {way:?}", hint.keys[0].shown(), hint.label);
                let mut after = Desk::new(state.clone(), 80, 24);
                after.press(way);
                after.model.toast = None;
                after.asked.clear();
                after.send(Message::Key(hint.keys[0]));
                let (now, themed) = (after.see(), after.model.theme != before.model.theme);
                let painted = (&now.glyphs, &now.roles) != (&seen.glyphs, &seen.roles);
                let acts = painted || themed || !after.asked.is_empty();
                // those that only move can be at an end, and aren't shown
                assert!(acts || hint.weight == 0, "nothing comes of {at}");
                let opens = after.model.page != page && !matches!(hint.action, Action::Open | Action::Back);
                assert!(!opens || hint.label == after.model.page.to_string(), "{at} opens {}", after.model.page);
            }
        }
    }
}

#[test]
fn a_page_says_how_it_is_left() {
    for keys in ["L", "F", "S", "e", "c", "enter"] {
        for width in [80, 120, 200] {
            let mut desk = Desk::new(story::waiting().state(), width, 24);
            let footer = |desk: &Desk| desk.see().glyphs.lines().last().unwrap_or_default().to_owned();
            assert!(!footer(&desk).contains("esc back"));
            assert!(footer(desk.press(keys)).contains("esc back"), "{keys} at {width}: {}", footer(&desk));
        }
    }
}

#[test]
fn a_key_for_a_page_that_the_step_has_not_says_so() {
    let mut desk = Desk::new(story::waiting().state(), 120, 36);
    desk.press("t");
    assert_eq!(desk.model.page, Page::Main);
    assert!(desk.see().glyphs.contains("step lib has neither a checklist nor tests"), "{}", desk.see().glyphs);
    let ticks = |desk: &Desk| shown(desk).iter().any(|hint| hint.context == Where::Step && hint.action == Action::Tick);
    assert!(!ticks(&desk));
    assert!(ticks(&Desk::new(story::looking(), 120, 36)));
}

#[test]
fn the_key_that_a_state_calls_for_fits_on_the_smallest_screen() {
    let mut vetoed = story::waiting();
    vetoed.fact("lib", Fact::Vetoed { reason: "the changelog is wrong".into() });
    let mut migrated = story::waiting();
    migrated.done("lib").done("sdk").done("migrate");
    let cases = [
        (story::waiting().state(), "", "a approve"),
        (vetoed.state(), "", "l lift"),
        (migrated.state(), "k", "u undo"),
        (story::failed(), "", "r resume"),
        (story::midway(), "", "r resume"),
        (story::in_doubt(), "", "R resolve"),
        (story::out_of_order(), "", "R accept"),
        (story::looking(), "", "t checklist"),
        (story::soaking(Health::Good), "", "x end soak"),
        (story::untrusted(), "", "P trust plan"),
    ];
    for (state, keys, wanted) in cases {
        let seen = Desk::new(state, 80, 24).press(keys).see().glyphs;
        let footer = seen.lines().last().unwrap_or_default();
        assert!(footer.contains(wanted), "{wanted}: {footer}");
    }
}

#[test]
fn the_way_back_is_never_left_out() {
    for (name, state) in states() {
        for way in WAYS {
            let mut desk = Desk::new(state.clone(), 80, 24);
            desk.press(way).model.toast = None;
            let works = shown(&desk).iter().any(|hint| hint.action == Action::FlagOff);
            let seen = desk.see().glyphs;
            let footer = seen.lines().last().unwrap_or_default();
            assert_eq!(footer.contains("f flag off"), works, "{name}, by {way:?}: {footer}");
        }
    }
}
