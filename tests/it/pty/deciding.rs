//! What keys, typed ahead, pasted or pressed elsewhere, decide: only what was seen.

use std::time::Duration;

use rustix::process::{Signal, kill_process_group};

use super::desk::{Desk, USUAL};
use super::terminal::Terminal;
use crate::common::release::Release as _;

/// Approves the step that waits, as an owner does who reads the dialog first.
#[track_caller]
pub(crate) fn approve(terminal: &mut Terminal) {
    terminal.keys("a");
    terminal.see("Approve step 1");
    terminal.keys("y");
}

#[test]
fn a_step_is_approved_by_two_keys_and_shows_its_evidence() {
    let desk = Desk::new();
    let mut terminal = desk.open_fresh();
    approve(&mut terminal);
    terminal.line(&["2 notifier", "waiting for you"]);
    terminal.line(&["1 consent", "✔"]);
    terminal.line(&["rlabs-consent", "live"]);
    assert_eq!(desk.step_state("consent"), "done");
    terminal.keys("k");
    terminal.see("1 · Deploy the consent service");
    terminal.keys("\r");
    terminal.see("production/main is at");
    terminal.keys("\x1b");
    terminal.keys("q");
    assert!(terminal.ended().success());
    terminal.is_as_found();
    desk.verify();
}

#[test]
fn a_paste_presses_no_key_and_is_text_where_text_is_asked_for() {
    let desk = Desk::new();
    let mut terminal = desk.open_fresh();
    terminal.paste("ay");
    // a key that shows follows: once it is seen, the paste was read
    terminal.keys("?");
    terminal.see("Shows exactly what the step does");
    assert!(!terminal.text().contains("Approve step"), "{}", terminal.text());
    terminal.keys("\x1b");
    terminal.see_no("Shows exactly what the step does");
    terminal.keys("v");
    terminal.see("Why? The reason is kept:");
    terminal.paste("ay, not today");
    terminal.see("> ay, not today");
    terminal.keys("\r");
    terminal.keys("\r");
    terminal.line(&["1 consent", "vetoed"]);
    let log = desk.run(&["log"]).all();
    assert!(log.contains("ay, not today"), "{log}");
    assert_eq!(desk.events_of("approved"), 0);
}

#[test]
fn a_second_cockpit_only_watches_and_follows_the_first() {
    let desk = Desk::new();
    let mut first = desk.open_fresh();
    let mut second = desk.open("the second cockpit");
    second.see("you only watch");
    second.line(&["process", &first.pid().to_string(), "has the controls"]);
    second.keys("a");
    second.keys("y");
    second.keys("h");
    second.keys("?");
    second.see("Shows exactly what the step does");
    second.keys("\x1b");
    assert_eq!(desk.step_state("consent"), "waiting");
    desk.slow_down();
    approve(&mut first);
    first.line(&["1 consent", "running"]);
    second.line(&["1 consent", "running"]);
    desk.let_go();
    first.line(&["2 notifier", "waiting for you"]);
    second.line(&["2 notifier", "waiting for you"]);
    second.line(&["1 consent", "✔"]);
    second.keys("q");
    assert!(second.ended().success());
    second.is_as_found();
    assert!(first.runs());
    assert_eq!(first.text().matches("you have the controls").count(), 1);
}

#[test]
fn a_cockpit_that_watches_says_when_nobody_has_the_controls_any_more() {
    let desk = Desk::new();
    let mut first = desk.open_fresh();
    let mut second = desk.open("the second cockpit");
    second.line(&["process", &first.pid().to_string(), "has the controls"]);
    first.signal(Signal::KILL);
    assert!(!first.ended().success());
    second.see("nobody has the controls any more");
    second.keys("q");
    assert!(second.ended().success());
}

/// A shell with job control, and a cockpit as its job.
fn job(desk: &Desk) -> Terminal {
    let mut shell = desk.program("sh", &["-m"]);
    shell.env("PS1", "ready> ");
    let mut terminal = Terminal::start("a shell", USUAL, shell);
    terminal.prompt("ready> ");
    terminal.keys(&format!("{}\n", desk.cockpit_line()));
    terminal.is_taken();
    terminal.line(&["1 consent", "waiting for you"]);
    terminal
}

/// Brings the job back with keys typed ahead: none of them may decide.
#[track_caller]
fn comes_back(terminal: &mut Terminal) {
    let taken = times_taken(terminal);
    terminal.keys("fg\nay");
    terminal.is_taken();
    terminal.line(&["1 consent", "waiting for you"]);
    terminal.keys("?");
    terminal.see("Shows exactly what the step does");
    terminal.keys("\x1b");
    terminal.see_no("Shows exactly what the step does");
    assert!(!terminal.text().contains("Approve step"), "{}", terminal.text());
    assert_eq!(times_taken(terminal), taken + 1, "taken twice, it forgets the keys pressed in between");
}

#[test]
fn a_key_pressed_in_the_moment_of_the_return_is_not_kept_for_later() {
    let desk = Desk::new();
    let mut terminal = job(&desk);
    for _ in 0..8 {
        terminal.keys("\x1a");
        terminal.prompt("ready> ");
        terminal.keys("fg\n");
        terminal.until("the return", vt100::Screen::alternate_screen);
        // heard or forgotten, as the moment falls
        terminal.keys("?");
        terminal.any(&["Shows exactly what the step does", "waiting for you"]);
        terminal.has_read_every_key();
        terminal.keys("\x1b");
        terminal.line(&["1 consent", "waiting for you"]);
    }
    terminal.keys("q");
    terminal.prompt("ready> ");
}

fn times_taken(terminal: &Terminal) -> usize {
    String::from_utf8_lossy(&terminal.raw()).matches("\x1b[?1049h").count()
}

#[test]
fn a_stop_hands_the_terminal_back_and_keys_typed_ahead_of_the_return_do_nothing() {
    let desk = Desk::new();
    let mut terminal = job(&desk);
    terminal.keys("\x1a");
    terminal.is_as_found();
    terminal.prompt("ready> ");
    terminal.keys("echo the shell has it\n");
    terminal.see("\nthe shell has it");
    comes_back(&mut terminal);
    // and by a signal from elsewhere
    let job = terminal.foreground();
    kill_process_group(job, Signal::TSTP).unwrap();
    terminal.is_as_found();
    terminal.prompt("ready> ");
    // time runs on for who is stopped: after a long stop every wait that it was in has ended
    std::thread::sleep(Duration::from_millis(1200));
    comes_back(&mut terminal);
    // and by one that can't be heard, after which another program has set the terminal's modes
    kill_process_group(job, Signal::STOP).unwrap();
    terminal.until_outside("the stop", || terminal.foreground() != job);
    desk.shell(&format!("stty -F {} sane", terminal.path()));
    terminal.keys("echo written over it\n");
    terminal.see("\nwritten over it");
    terminal.keys("fg\n");
    // the screen was never given back, so only what is painted anew tells that keys count
    terminal.see_no("written over it");
    terminal.is_taken();
    terminal.line(&["1 consent", "waiting for you"]);
    terminal.keys("?");
    terminal.see("Shows exactly what the step does");
    terminal.keys("\x1b");
    terminal.see_no("Shows exactly what the step does");
    terminal.keys("q");
    terminal.prompt("ready> ");
    terminal.keys("exit\n");
    terminal.ended();
    assert_eq!(desk.events_of("approved"), 0);
}

#[test]
fn a_stop_where_nobody_would_continue_it_is_none() {
    let desk = Desk::new();
    let mut terminal = desk.open_fresh();
    terminal.keys("\x1a");
    terminal.signal(Signal::TSTP);
    terminal.keys("?");
    terminal.see("Shows exactly what the step does");
    terminal.is_taken();
}
