//! Every way out: the terminal is as it was found, the ledger is true, and the next cockpit goes on from there.

use portable_pty::ExitStatus;
use rustix::process::Signal;

use super::deciding::approve;
use super::desk::{Desk, Served, USUAL};
use super::terminal::Terminal;
use crate::common::plan_text::{only, quick};
use crate::common::process::at_work;
use crate::common::release::Release as _;
use crate::common::waiting::within_patience;

/// A cockpit whose first step is held up in the deploy.
#[track_caller]
fn running(desk: &Desk) -> Terminal {
    let mut terminal = desk.open_fresh();
    desk.slow_down();
    approve(&mut terminal);
    terminal.see("the hook waits");
    terminal
}

#[track_caller]
fn asked(terminal: &mut Terminal) {
    terminal.keys("\x03");
    terminal.see("Leave while something runs?");
}

#[track_caller]
fn left(mut terminal: Terminal) -> ExitStatus {
    let status = terminal.ended();
    terminal.is_as_found();
    status
}

/// Goes on with a step that was interrupted, whatever the probe has found, until the next one waits.
#[track_caller]
fn goes_on(desk: &Desk) {
    let mut terminal = desk.open("the next cockpit");
    terminal.line(&["1 consent"]);
    // whatever became of it, the line that tells so names the key that goes on
    let states = ["waits for you to approve step notifier", "r goes on", "waits for you to approve step consent"];
    loop {
        match terminal.any(&states) {
            0 => break,
            1 => {
                terminal.keys("r");
                // what it described may change at any moment: then it closes, and is asked again
                if terminal.any(&["[Cancel]", "nothing is on hold", "closed, because", "waits for you to approve"]) == 0
                {
                    terminal.keys("y");
                    terminal.see_no("[Cancel]");
                }
            }
            _ => {
                approve(&mut terminal);
                terminal.see_no("waits for you to approve step consent");
            }
        }
    }
    terminal.line(&["2 notifier", "waiting for you"]);
    assert_eq!(desk.step_state("consent"), "done");
    desk.verify();
}

#[test]
fn behind_the_question_of_leaving_nothing_starts() {
    for key in ["q", "\x03", "h"] {
        let desk = Desk::new();
        let mut terminal = running(&desk);
        terminal.keys(key);
        terminal.see("Nothing more starts until you answer");
        let intents = desk.events_of("intent");
        let outcomes = desk.events_of("outcome");
        desk.let_go();
        // the push ends behind the question; the smoke that would follow it waits for the answer
        terminal.until_outside("the push to end", || desk.events_of("outcome") > outcomes);
        terminal.see("Nothing more starts until you answer");
        assert_eq!(desk.events_of("intent"), intents, "{key:?}: something started behind the question");
        terminal.keys("\x1b");
        terminal.see_no("Nothing more starts until you answer");
        terminal.line(&["2 notifier", "waiting for you"]);
        assert_eq!(desk.step_state("consent"), "done", "{key:?}: it didn't go on");
        terminal.keys("q");
        assert!(left(terminal).success());
        desk.verify();
    }
}

#[test]
fn a_cockpit_that_is_killed_at_the_question_starts_nothing_and_the_next_one_goes_on() {
    let desk = Desk::new();
    let mut terminal = running(&desk);
    asked(&mut terminal);
    let intents = desk.events_of("intent");
    terminal.signal(Signal::KILL);
    terminal.ended();
    desk.let_go();
    assert!(within_patience(|| !at_work(&desk)), "what ran lives on");
    assert_eq!(desk.events_of("intent"), intents);
    assert_eq!(desk.status()["paused"], false, "nobody conducts, so nobody is asked");
    goes_on(&desk);
}

/// `ship` at a terminal, whose first step is held up in the deploy.
fn shipping(desk: &Desk) -> Terminal {
    desk.slow_down();
    let terminal = desk.at_a_terminal(&["ship", "--yes", "--plan", &desk.digest()]);
    terminal.see("the hook waits");
    terminal
}

fn quick_desk() -> (Desk, Served) {
    let desk = Desk::new();
    desk.built(|plan| quick(&only(&plan, &["consent", "lib", "record"])));
    let served = desk.serve();
    (desk, served)
}

#[test]
fn behind_the_question_of_ctrl_c_in_a_ship_nothing_starts() {
    let (desk, _served) = quick_desk();
    let mut terminal = shipping(&desk);
    let intents = desk.events_of("intent");
    terminal.keys("\x03");
    terminal.see("Something runs.");
    // asked twice is no answer
    terminal.keys("\x03");
    terminal.see("ctrl-c again cancels nothing");
    desk.let_go();
    terminal.see("it has ended; nothing more starts until you answer");
    assert_eq!(desk.events_of("intent"), intents, "something started behind the question");
    assert!(desk.status()["paused"] == true, "other terminals aren't told");
    terminal.keys("\n");
    assert!(terminal.ended().success(), "{}", terminal.text());
    assert!(desk.is_shipped());
    desk.verify();
}

#[test]
fn a_ship_whose_terminal_takes_no_output_starts_nothing_after_ctrl_c() {
    let (desk, _served) = quick_desk();
    let mut terminal = shipping(&desk);
    let (intents, outcomes) = (desk.events_of("intent"), desk.events_of("outcome"));
    // whatever is printed from now on waits, and the end of the push is printed
    terminal.hold_output();
    terminal.signal(Signal::INT);
    terminal.until_outside("the others to be told", || desk.status()["paused"] == true);
    desk.let_go();
    terminal.until_outside("the push to end", || desk.events_of("outcome") > outcomes);
    assert_eq!(desk.events_of("intent"), intents, "something started behind the question");
    terminal.let_output_go();
    terminal.see("Nothing runs. [w] to stop here");
    terminal.keys("w\n");
    assert_eq!(terminal.ended().exit_code(), 3, "{}", terminal.text());
    assert_eq!(desk.events_of("intent"), intents);
    desk.verify();
}

#[test]
fn a_resume_elsewhere_answers_the_question_of_a_ship() {
    let (desk, _served) = quick_desk();
    let mut terminal = shipping(&desk);
    terminal.keys("\x03");
    terminal.see("Something runs.");
    desk.resume().exits(0).says("going on");
    terminal.see("somebody went on elsewhere: it goes on; ctrl-c asks again");
    // a line for a question that is gone answers the next one, if nobody takes it back
    terminal.keys("\x03");
    terminal.see("nothing more starts until you answer");
    desk.let_go();
    terminal.see("it has ended; nothing more starts until you answer");
    terminal.keys("\n");
    assert!(terminal.ended().success(), "{}", terminal.text());
    assert!(desk.is_shipped());
    desk.verify();
}

#[test]
fn the_answers_to_ctrl_c_in_a_ship_do_what_they_say() {
    let (desk, _served) = quick_desk();
    let mut terminal = shipping(&desk);
    terminal.keys("\x03");
    terminal.see("Something runs.");
    terminal.keys("perhaps\n");
    terminal.see("w, d, c or enter");
    terminal.keys("w\n");
    desk.let_go();
    assert_eq!(terminal.ended().exit_code(), 3, "{}", terminal.text());
    assert_eq!(desk.step_state("lib"), "approved");
    assert!(terminal.text().contains("go on with: flightdeck ship"), "{}", terminal.text());
    desk.verify();
}

#[test]
fn ctrl_c_asks_nothing_while_nothing_runs() {
    let desk = Desk::new();
    let mut terminal = desk.open_fresh();
    terminal.keys("\x03");
    assert!(left(terminal).success());
}

#[test]
fn leaving_by_waiting_lets_the_step_end_first() {
    let desk = Desk::new();
    let mut terminal = running(&desk);
    asked(&mut terminal);
    // the key that opened it doesn't answer it, and esc goes back
    terminal.keys("\x1b");
    terminal.see_no("Leave while something runs?");
    asked(&mut terminal);
    terminal.keys("w");
    terminal.see_no("Leave while something runs?");
    assert!(terminal.runs());
    desk.let_go();
    assert!(left(terminal).success());
    goes_on(&desk);
}

#[test]
fn leaving_by_detaching_lets_the_step_run_on_and_the_next_cockpit_finds_it() {
    let desk = Desk::new();
    let before = desk_live_after(&desk);
    let mut terminal = before.0;
    asked(&mut terminal);
    terminal.keys("d");
    assert!(left(terminal).success());
    let live = before.1;
    assert_eq!(desk.read("live/rlabs-consent/current"), live, "it was held up");
    desk.let_go();
    let gone = within_patience(|| desk.read("live/rlabs-consent/current") != live);
    assert!(gone, "what was let run has ended without its effect");
    goes_on(&desk);
}

fn desk_live_after(desk: &Desk) -> (Terminal, String) {
    let terminal = running(desk);
    (terminal, desk.read("live/rlabs-consent/current"))
}

#[test]
fn leaving_by_stopping_the_step_leaves_it_to_be_done_again() {
    let desk = Desk::new();
    let mut terminal = running(&desk);
    asked(&mut terminal);
    terminal.keys("x");
    assert!(left(terminal).success());
    desk.let_go();
    goes_on(&desk);
}

#[test]
fn every_signal_that_ends_gives_the_terminal_back_and_lets_the_step_end() {
    for signal in [Signal::TERM, Signal::HUP, Signal::QUIT, Signal::USR1, Signal::USR2, Signal::ALARM, Signal::XCPU] {
        let desk = Desk::new();
        let mut terminal = running(&desk);
        terminal.signal(signal);
        terminal.is_as_found();
        assert!(terminal.runs(), "{signal:?}: what ran was cut off");
        desk.let_go();
        let number = u32::try_from(signal.as_raw()).unwrap();
        assert_eq!(left(terminal).exit_code(), 128 + number, "{signal:?}");
        goes_on(&desk);
    }
}

#[test]
fn an_interrupt_from_outside_asks_and_nothing_starts_behind_the_question() {
    let desk = Desk::new();
    let mut terminal = running(&desk);
    // whatever lies over the page
    terminal.keys("?");
    terminal.see("Shows exactly what the step does");
    terminal.signal(Signal::INT);
    terminal.see("Leave while something runs?");
    let intents = desk.events_of("intent");
    desk.let_go();
    terminal.see("What ran has ended; nothing else was started.");
    // asked again, it is still the same question
    terminal.signal(Signal::INT);
    terminal.keys("d");
    terminal.see("What ran has ended; nothing else was started.");
    assert_eq!(desk.events_of("intent"), intents);
    terminal.keys("w");
    assert!(left(terminal).success());
    goes_on(&desk);
}

#[test]
fn a_dropped_line_lets_the_running_action_end() {
    let desk = Desk::new();
    let mut terminal = Terminal::start("a login shell", USUAL, desk.program("sh", &["-m"]));
    terminal.keys(&format!("{}\n", desk.cockpit_line()));
    terminal.is_taken();
    terminal.line(&["1 consent", "waiting for you"]);
    desk.slow_down();
    approve(&mut terminal);
    terminal.see("the hook waits");
    // the shell that leads the session dies: the kernel hangs the terminal up
    terminal.signal(Signal::KILL);
    terminal.ended();
    desk.let_go();
    terminal.until_outside("the controls to be free", || desk.status()["controls"]["holder"].is_null());
    desk.verify();
    goes_on(&desk);
}

#[test]
fn killed_at_once_the_next_cockpit_says_what_is_in_doubt_and_goes_on() {
    let desk = Desk::new();
    let mut terminal = running(&desk);
    terminal.signal(Signal::KILL);
    terminal.ended();
    // the orphan still works: nothing may be repeated beside it
    let mut next = desk.open("the cockpit after the kill");
    next.line(&["1 consent", "in doubt"]);
    next.see("still at work");
    next.keys("R");
    assert_eq!(desk.events_of("resolved"), 0);
    next.signal(Signal::TERM);
    next.ended();
    next.is_as_found();
    desk.let_go();
    goes_on(&desk);
}
