//! What somebody else moves while a cockpit is open.

use super::desk::Desk;
use crate::common::release::Release as _;

#[test]
fn a_flag_flipped_by_hand_alarms_and_is_accepted_with_a_typed_reason() {
    let desk = Desk::new();
    let mut terminal = desk.open_fresh();
    desk.write("flags.json", &desk.read("flags.json").replace("\"state\": \"off\"", "\"state\": \"beta\""));
    terminal.line(&["out of order: the flag m3_team_org_tier is beta", "R accepts it"]);
    terminal.line(&["flag m3_team_org_tier", "! not by us"]);
    terminal.keys("r");
    terminal.see("flag is out of order: accept it with R, or put it right first");
    terminal.keys("R");
    terminal.see("Accept flag");
    terminal.keys("support asked for it\r\r");
    terminal.see("flag is accepted");
    terminal.see("on hold: out of order");
    terminal.keys("r");
    terminal.see("Resume the release");
    terminal.keys("y");
    terminal.line(&["1 consent", "waiting for you"]);
    assert_eq!(desk.events_of("accepted"), 1);
    terminal.keys("q");
    assert!(terminal.ended().success());
    desk.verify();
}

#[test]
fn a_deploy_pushed_by_hand_marks_its_row() {
    let desk = Desk::new();
    let mut terminal = desk.open_fresh();
    let push = "git -C repos/rlabs-consent push -q production release/m3-team-org-tier:main";
    desk.shell(push);
    terminal.keys("s");
    terminal.line(&["!", "rlabs-consent", "not by us"]);
    terminal.line(&["out of order: production/main of rlabs-consent is at", "R accepts it"]);
    terminal.keys("e");
    terminal.see("waits for you");
    terminal.keys("\x1b");
    terminal.keys("q");
    assert!(terminal.ended().success());
    desk.verify();
}
