//! What a terminal can show: sizes, colours, signs; and what a screen that nobody touches costs.

use std::time::Duration;

use super::desk::{Desk, USUAL};
use super::terminal::Terminal;
use crate::common::process::cpu_ticks;
use crate::common::release::Release as _;

/// The parameters of every SGR sequence among the bytes.
fn styles(raw: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(raw);
    text.split("\x1b[")
        .skip(1)
        .filter_map(|rest| {
            let end = rest.find(|c: char| !(c.is_ascii_digit() || c == ';' || c == ':'))?;
            rest[end..].starts_with('m').then(|| rest[..end].to_owned())
        })
        .collect()
}

/// Whether a style sets a colour of its own.
fn is_colour(style: &str) -> bool {
    let mut numbers = style.split([';', ':']).filter_map(|number| number.parse::<u8>().ok());
    numbers.any(|number| matches!(number, 30..=38 | 40..=48 | 58 | 90..=97 | 100..=107))
}

fn opened(desk: &Desk, name: &str, set: &[(&str, &str)], more: &[&str]) -> Terminal {
    let mut command = desk.cockpit(more);
    for (name, value) in set {
        command.env(name, value);
    }
    let terminal = Terminal::start(name, USUAL, command);
    terminal.is_taken();
    terminal.line(&["1 consent", "waiting for you"]);
    terminal
}

#[track_caller]
fn leave(mut terminal: Terminal) -> Vec<u8> {
    terminal.keys("q");
    assert!(terminal.ended().success());
    terminal.is_as_found();
    terminal.raw()
}

#[test]
fn every_size_shows_what_it_can_and_one_line_says_what_is_needed() {
    let desk = Desk::new();
    let mut terminal = desk.open_fresh();
    for size in [(200, 60), (80, 24), (200, 60), (120, 36)] {
        terminal.resize(size);
        terminal.until(&format!("the whole screen at {size:?}"), |screen| {
            let text = screen.contents();
            let last = text.lines().last().unwrap_or_default();
            text.contains("1 consent")
                && last.trim_end().ends_with("q quit")
                && last.chars().count() <= size.0.into()
                && text.lines().count() == usize::from(size.1)
        });
    }
    terminal.keys("a");
    terminal.see("Approve step 1");
    terminal.resize((60, 10));
    terminal.see("flightdeck needs 80x24, this is 60x10");
    assert_eq!(terminal.text().trim().lines().count(), 1, "{}", terminal.text());
    // what can't be seen can't be confirmed
    terminal.keys("y");
    terminal.resize((12, 2));
    terminal.see("needs 80x24");
    terminal.resize((1, 1));
    terminal.resize((80, 24));
    terminal.see("Approve step 1");
    terminal.keys("\x1b");
    terminal.line(&["q quit"]);
    assert_eq!(desk.events_of("approved"), 0);
    leave(terminal);
}

#[test]
fn no_colour_keeps_bold_and_reverse() {
    let desk = Desk::new();
    let raw = leave(opened(&desk, "without colour", &[("NO_COLOR", "1"), ("COLORTERM", "truecolor")], &[]));
    let clean = b"\x1b[?1049h\x1b[2J";
    assert!(
        raw.windows(clean.len()).any(|bytes| bytes == clean),
        "blanks that aren't painted would keep what was there"
    );
    let styles = styles(&raw);
    let coloured: Vec<_> = styles.iter().filter(|style| is_colour(style)).collect();
    assert!(coloured.is_empty(), "{coloured:?}");
    assert!(styles.iter().any(|style| style == "1"), "bold was lost: {styles:?}");
    assert!(styles.iter().any(|style| style == "7"), "reverse was lost: {styles:?}");

    let raw = leave(opened(&desk, "256 colours", &[], &[]));
    assert!(raw.windows(5).any(|bytes| bytes == b"38;5;"), "no colour of the 256 is used");
    assert!(!raw.windows(5).any(|bytes| bytes == b"38;2;"), "a true colour was sent to a terminal of 256");

    let raw = leave(opened(&desk, "true colour", &[("COLORTERM", "truecolor")], &[]));
    assert!(raw.windows(5).any(|bytes| bytes == b"38;2;"), "no true colour is used");

    let terminal = opened(&desk, "ascii", &[], &["--ascii"]);
    assert!(terminal.text().is_ascii(), "{}", terminal.text());
    let raw = leave(terminal);
    let shown = String::from_utf8_lossy(&raw);
    let beyond: String = shown.chars().filter(|c| !c.is_ascii()).collect();
    assert_eq!(beyond, "");
}

#[test]
fn a_screen_that_nobody_touches_costs_next_to_nothing() {
    let desk = Desk::new();
    let terminal = desk.open_fresh();
    // what a fresh release has to look at is looked at
    terminal.line(&["rlabs-consent", "="]);
    let ticks = || cpu_ticks(terminal.pid().as_raw_nonzero().get().unsigned_abs());
    idle_for(Duration::from_secs(2));
    let (before, bytes) = (ticks(), terminal.raw().len());
    idle_for(Duration::from_secs(5));
    let (after, more) = (ticks(), terminal.raw().len() - bytes);
    let Some((before, after)) = before.zip(after) else { return };
    println!("five idle seconds cost {} ticks and {more} bytes", after - before);
    assert!(after - before < 100, "five idle seconds cost {} ticks", after - before);
    assert!(more < 20_000, "an idle screen wrote {more} bytes in five seconds");
    leave(terminal);
}

fn idle_for(time: Duration) {
    std::thread::sleep(time);
}
