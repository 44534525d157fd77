//! What keys do: nothing that acts sits on a single one, and what is asked names exactly what was shown.

use crossterm::event::KeyCode;
use proptest::prelude::*;
use ratatui::layout::Position;

use super::*;
use crate::cockpit::keymap::{KEYMAP, Key};
use crate::cockpit::model::{Page, Pane, Popup};
use crate::cockpit::update::{Pointer, Press};
use crate::engine::{Command, Drive, Leave, Reply};
use crate::rollout::event::{Health, Verdict};
use crate::rollout::{Draft, Fact, Order};

/// The keys that a word stands for.
pub(super) fn parse(word: &str) -> Vec<Key> {
    match word {
        "enter" => vec![Key::named(KeyCode::Enter)],
        "esc" => vec![Key::named(KeyCode::Esc)],
        "tab" => vec![Key::named(KeyCode::Tab)],
        "down" => vec![Key::named(KeyCode::Down)],
        "pgup" => vec![Key::named(KeyCode::PageUp)],
        "space" => vec![Key::char(' ')],
        "ctrl-c" => vec![Key::ctrl('c')],
        text => text.chars().map(Key::char).collect(),
    }
}

/// What the engine was asked, but for what only a question asks of it: to start nothing behind it.
fn ordered(desk: &Desk) -> Vec<Command> {
    let questions = [Command::Pause, Command::Unpause];
    asked_of_engine(desk).into_iter().filter(|command| !questions.contains(command)).collect()
}

fn asked_of_engine(desk: &Desk) -> Vec<Command> {
    let commands = desk.asked.iter().filter_map(|ask| match ask {
        Ask::Engine(commands) => Some(commands.clone()),
        Ask::Copy(_) | Ask::Mouse(_) | Ask::ForgetTyped | Ask::Suspend | Ask::Quit => None,
    });
    commands.flatten().collect()
}

fn desk(state: State) -> Desk {
    Desk::new(state, 120, 36)
}

fn said(desk: &Desk) -> String {
    desk.model.toast.as_ref().map(|toast| toast.text.to_string()).unwrap_or_default()
}

#[test]
fn a_permanent_step_wants_its_repository_typed() {
    let state = story::waiting().state();
    let digest = state.status.steps[2].digest.clone().unwrap();
    for keys in
        ["a enter", "a a a a", "a y", "a tab enter", "a agentguard-li enter", "a agentguard-libx enter", "a esc"]
    {
        assert_eq!(ordered(desk(state.clone()).press(keys)), [], "{keys}");
    }
    let approved = Order::Approve { step: story::id("lib"), digest };
    let asked = ordered(desk(state).press("a agentguard-lib enter"));
    assert_eq!(asked, [Command::Decide { decision: approved }, Command::Go]);
}

#[test]
fn another_key_than_the_one_that_opened_it_confirms() {
    let mut story = story::Story::frozen();
    story.judge("consent");
    for (keys, asked) in
        [("a enter", 0), ("a a", 0), ("a n", 0), ("a y", 2), ("a tab enter", 2), ("a tab tab enter", 0)]
    {
        assert_eq!(ordered(desk(story.state()).press(keys)).len(), asked, "{keys}");
    }
}

#[test]
fn trust_and_an_undo_name_what_was_shown() {
    let state = story::untrusted();
    let digest = state.status.plan_digest.clone();
    assert_eq!(ordered(desk(state).press("P y")), [Command::Trust { digest }]);
    let state = story::shipped();
    let shown = state.status.steps[4].undo.clone().unwrap();
    assert_eq!(shown.command, "bin/migrate --down 0003_teams");
    let mut desk = desk(state);
    desk.model.page = Page::Step(story::id("migrate"));
    let asked = ordered(desk.press("u platform-api enter"));
    assert_eq!(asked, [Command::Undo { step: story::id("migrate"), digest: Some(shown.digest) }]);
}

#[test]
fn what_was_typed_before_a_dialog_is_forgotten() {
    let mut desk = desk(story::waiting().state());
    desk.press("a");
    assert_eq!(desk.asked, [Ask::ForgetTyped]);
}

#[test]
fn a_dialog_closes_when_its_effect_changes() {
    let mut story = story::waiting();
    let mut desk = desk(story.state());
    desk.press("a agentguard-lib");
    story.wait(20_000);
    desk.becomes(story.state());
    assert!(matches!(desk.model.popup, Some(Popup::Dialog(_))), "time alone changes nothing");
    story.set_flag("beta");
    desk.becomes(story.state());
    assert!(desk.see().glyphs.contains("closed, because what it described has changed: look at it again"));
    // the word that is being typed decides nothing else: "today" holds the keys that approve another step
    assert_eq!(ordered(desk.press("today y q n tab")), []);
    assert!(matches!(desk.model.popup, Some(Popup::Dialog(_))), "only enter and esc close it");
    assert_eq!(ordered(desk.press("enter")), []);
    assert!(desk.model.popup.is_none());
}

#[test]
fn a_dialog_closes_when_someone_else_takes_the_controls() {
    let mut desk = desk(story::waiting().state());
    desk.press("a");
    desk.becomes(story::spectator());
    assert!(desk.see().glyphs.contains("closed, because ada@ada-laptop"), "{}", desk.see().glyphs);
    assert_eq!(ordered(desk.press("agentguard-lib enter")), []);
    assert!(desk.model.popup.is_none());
}

#[test]
fn a_spectator_is_told_why_not_but_the_way_back_stays_open() {
    let mut desk = desk(story::spectator());
    for key in ["a", "v", "h", "r"] {
        desk.press(key);
        assert!(
            said(&desk).starts_with("ada@ada-laptop (cockpit, process 4711) has the controls"),
            "{key}: {}",
            said(&desk)
        );
        assert!(desk.model.popup.is_none());
    }
    let mut beta = story::waiting();
    beta.set_flag("beta");
    let mut state = beta.state();
    state.role = crate::engine::Role::Spectator { because: "somebody has the controls".into() };
    let asked = ordered(self::desk(state).press("f y"));
    assert_eq!(asked, [Command::FlagBack { to: "off".parse().unwrap() }]);
}

#[test]
fn what_is_out_of_order_is_accepted_as_it_was_shown_with_a_reason() {
    let state = story::out_of_order();
    let item = state.status.out_of_order[0].clone();
    assert_eq!(item.id, "rlabs-consent:deployed");
    for keys in ["R enter", "R y", "R tab enter", "r enter", "a enter"] {
        assert_eq!(ordered(desk(state.clone()).press(keys)), [], "{keys}");
    }
    let mut shown = desk(state.clone());
    let asked = ordered(shown.press("g R hotfix enter enter"));
    let accepted = Command::Accept { what: item.id, seen: Some(item.seen), reason: "hotfix".into() };
    assert_eq!(asked, [accepted], "the first step's own");
    // another value than the one that is shown closes the dialog
    let mut shown = desk(state.clone());
    shown.press("g R");
    let mut changed = state;
    let status = std::sync::Arc::make_mut(&mut changed.status);
    status.out_of_order[0].seen = "another".to_owned();
    shown.becomes(changed);
    assert!(shown.see().glyphs.contains("closed, because what it described has changed"), "{}", shown.see().glyphs);
}

#[test]
fn a_veto_needs_its_reason_and_two_enters() {
    let state = story::waiting().state();
    assert_eq!(ordered(desk(state.clone()).press("v enter enter")), []);
    assert_eq!(ordered(desk(state.clone()).press("v broken enter")), []);
    let vetoed = Order::Veto { step: story::id("lib"), reason: "broken".into() };
    assert_eq!(ordered(desk(state).press("v broken enter enter")), [Command::Decide { decision: vetoed }]);
}

#[test]
fn a_soak_ends_early_with_a_reason_alone() {
    let state = story::soaking(Health::Good);
    assert_eq!(ordered(desk(state.clone()).press("x enter enter")), []);
    let ended = Order::EndSoak { step: story::id("soak"), reason: "enough".into() };
    assert_eq!(ordered(desk(state).press("x enough enter enter")), [Command::Decide { decision: ended }]);
    let mut waiting = desk(story::waiting().state());
    assert_eq!(ordered(waiting.press("x")), []);
    assert_eq!(said(&waiting), "no soak of step lib runs that could be ended");
}

#[test]
fn what_is_in_doubt_is_resolved_in_words() {
    let mut desk = desk(story::in_doubt());
    desk.press("a");
    assert_eq!(said(&desk), "step lib is in doubt or in conflict: decide it first, with R");
    desk.press("r");
    assert_eq!(said(&desk), "step lib is in doubt or in conflict: decide it first, with R");
    let resolved = Order::Resolve { step: story::id("lib"), verdict: Verdict::Absent, reason: "looked".into() };
    assert_eq!(ordered(desk.press("R looked enter tab tab enter")), [Command::Decide { decision: resolved }]);
}

#[test]
fn resuming_also_goes() {
    let asked = ordered(desk(story::failed()).press("r y"));
    assert_eq!(asked, [Command::Decide { decision: Order::Resume }, Command::Go]);
}

#[test]
fn going_on_with_what_is_permanent_wants_its_word_typed() {
    let mut story = story::waiting();
    story.approve("lib");
    let mut parked = story.state();
    parked.drive = crate::engine::Drive::Parked;
    story.tell(Draft::release(Fact::Held { reason: "wait for Bob".into() }));
    let (resume, go) = (Command::Decide { decision: Order::Resume }, Command::Go);
    for (state, asked) in [(parked, vec![go.clone()]), (story.state(), vec![resume, go])] {
        for keys in ["r y", "r enter", "r tab enter"] {
            assert_eq!(ordered(desk(state.clone()).press(keys)), [], "{keys}");
        }
        let mut shown = desk(state);
        let seen = shown.press("r").see().glyphs;
        assert!(seen.contains("Type agentguard-lib to confirm") && seen.contains("agentguard-lib 1.4.0"), "{seen}");
        assert_eq!(ordered(shown.press("agentguard-lib enter")), asked);
    }
    let mut train = story::Story::quick();
    train.approve_train().tell(Draft::release(Fact::Held { reason: "wait for Bob".into() }));
    let seen = desk(train.state()).press("r").see().glyphs;
    assert!(seen.contains("Type m3-team-org-tier to confirm"), "{seen}");
}

#[test]
fn a_word_that_is_mistyped_says_so_and_keeps_the_dialog() {
    let mut desk = desk(story::waiting().state());
    desk.press("a agentguard-lub enter");
    assert!(desk.see().glyphs.contains("type agentguard-lib to confirm"), "{}", desk.see().glyphs);
    desk.send(Message::Paste("agentguard-lib".into()));
    assert!(desk.see().glyphs.contains("is typed, not pasted"), "{}", desk.see().glyphs);
    assert!(matches!(desk.model.popup, Some(Popup::Dialog(_))));
}

#[test]
fn a_reason_can_be_typed_while_the_soak_is_checked() {
    let mut desk = desk(story::soaking(Health::Good));
    desk.press("x enough");
    desk.becomes(story::soaking_on());
    let ended = Order::EndSoak { step: story::id("soak"), reason: "enough".into() };
    assert_eq!(ordered(desk.press("enter enter")), [Command::Decide { decision: ended }]);
}

#[test]
fn the_train_says_what_each_step_does() {
    let seen = Desk::new(story::Story::quick().state(), 200, 120).press("a").see().glyphs;
    for told in ["publish agentguard-lib 1.4.0 to loopback", "set m3_team_org_tier to on", "smoke http://"] {
        assert!(seen.contains(told), "{told}:\n{seen}");
    }
}

#[test]
fn the_train_wants_the_release_typed() {
    let state = story::Story::quick().state();
    let digest = state.train_digest.clone().unwrap();
    assert_eq!(ordered(desk(state.clone()).press("a tab enter")), []);
    let asked = ordered(desk(state).press("a m3-team-org-tier enter"));
    assert_eq!(asked, [Command::Decide { decision: Order::ApproveTrain { digest } }, Command::Go]);
}

#[test]
fn leaving_asks_only_while_something_runs() {
    for key in ["q", "ctrl-c"] {
        assert_eq!(desk(story::waiting().state()).press(key).asked, [Ask::Quit]);
        let mut busy = desk(story::running());
        assert_eq!(busy.press(key).asked, [Ask::Engine(vec![Command::Pause]), Ask::ForgetTyped]);
        assert_eq!(ordered(busy.press("d")), [Command::Leave { how: Leave::Detach }]);
    }
}

#[test]
fn a_question_whether_it_stops_pauses_at_once_and_goes_on_only_when_it_is_answered() {
    for (key, state) in [("h", story::running()), ("q", story::running()), ("ctrl-c", story::running())] {
        let mut desk = desk(state);
        assert_eq!(asked_of_engine(desk.press(key)), [Command::Pause], "{key}");
        assert!(desk.see().glyphs.contains("Nothing more starts until you answer"), "{}", desk.see().glyphs);
        assert_eq!(asked_of_engine(desk.press("esc")), [Command::Pause, Command::Unpause], "{key}");
    }
    let mut vetoed = desk(story::waiting().state());
    assert_eq!(asked_of_engine(vetoed.press("v")), [Command::Pause]);
    let last = asked_of_engine(vetoed.press("broken enter enter")).pop();
    assert_eq!(last, Some(Command::Unpause), "a veto stops its own step alone");
}

#[test]
fn the_end_of_a_step_doesnt_answer_the_question_behind_which_it_ran() {
    for key in ["q", "h"] {
        let mut desk = desk(story::running());
        desk.press(key);
        let mut ended = desk.state.clone();
        ended.work = None;
        ended.drive = Drive::Paused;
        desk.becomes(ended);
        assert!(matches!(desk.model.popup, Some(Popup::Dialog(_))), "{key}: it went by itself");
        assert_eq!(asked_of_engine(&desk), [Command::Pause], "{key}");
    }
    let mut leaving = desk(story::running());
    leaving.press("q");
    let mut ended = leaving.state.clone();
    ended.work = None;
    leaving.becomes(ended);
    assert!(leaving.see().glyphs.contains("What ran has ended; nothing else was started."), "{}", leaving.see().glyphs);
    // keys for what no longer runs do nothing
    assert_eq!(ordered(leaving.press("d x")), []);
    assert_eq!(ordered(leaving.press("w")), [Command::Leave { how: Leave::Wait }]);
}

#[test]
fn a_question_that_was_answered_elsewhere_closes_and_its_key_asks_again() {
    for key in ["q", "h"] {
        let mut desk = desk(story::running());
        desk.press(key);
        let going = desk.state.clone();
        let mut paused = going.clone();
        paused.drive = Drive::Paused;
        // the engine may publish something else before it hears of the question
        desk.becomes(going.clone());
        desk.becomes(paused.clone());
        desk.becomes(going.clone());
        let seen = desk.see().glyphs;
        assert!(seen.contains("somebody went on elsewhere"), "{key}: {seen}");
        assert!(!seen.contains("Nothing more starts until you answer"), "{key}: {seen}");
        assert_eq!(ordered(desk.press("w y n enter")), [], "{key}: a key on its way was obeyed");
        let mut again = super::Desk::new(paused.clone(), 120, 36);
        again.press(key);
        again.becomes(going);
        assert_eq!(asked_of_engine(again.press(key)), [Command::Pause, Command::Pause], "{key}");
        again.becomes(paused);
        assert!(again.see().glyphs.contains("Nothing more starts until you answer"), "{key}");
    }
}

#[test]
fn an_interrupt_from_outside_asks_whether_it_is_left_over_whatever_lies_there() {
    for keys in ["", "?", "a", "v"] {
        let mut desk = desk(story::running());
        desk.press(keys);
        desk.send(Message::Interrupted);
        assert_eq!(asked_of_engine(&desk).first(), Some(&Command::Pause), "{keys}");
        assert_eq!(ordered(&desk), [], "{keys}");
        assert!(desk.see().glyphs.contains("Nothing more starts until you answer"), "{keys}: {}", desk.see().glyphs);
    }
}

#[test]
fn a_paste_decides_nothing() {
    let mut desk = desk(story::waiting().state());
    desk.send(Message::Paste("a\ny".into()));
    assert!(desk.model.popup.is_none());
    desk.press("a");
    desk.send(Message::Paste("agentguard-lib".into()));
    assert_eq!(ordered(desk.press("enter")), [], "a word that confirms must be typed");
    desk.press("v");
    desk.send(Message::Paste("because\nof this".into()));
    let vetoed = Order::Veto { step: story::id("lib"), reason: "because of this".into() };
    assert_eq!(ordered(desk.press("enter enter")), [Command::Decide { decision: vetoed }]);
}

#[test]
fn a_line_is_ticked_with_two_keys() {
    let state = story::looking();
    for keys in ["t enter", "t space", "t space j enter", "t j space k enter"] {
        assert_eq!(ordered(desk(state.clone()).press(keys)), [], "{keys}");
    }
    let ticked =
        Order::Tick { step: story::id("look"), item: "The invitation arrives, with the right team and seats".into() };
    assert_eq!(ordered(desk(state).press("t j space enter")), [Command::Decide { decision: ticked }]);
}

#[test]
fn output_is_searched_and_copied() {
    let mut desk = desk(story::running());
    desk.press("o / 123 enter");
    assert!(desk.see().glyphs.contains("123 of 400"), "{}", desk.see().glyphs);
    desk.press("/").model.popup = None;
    desk.press("G");
    assert!(desk.see().glyphs.contains("400 of 400 rows moved"));
    desk.press("y");
    assert!(matches!(&desk.asked[..], [Ask::Copy(text)] if text.lines().count() == 400));
    desk.press("esc esc");
    assert_eq!(desk.model.page, Page::Main);
}

#[test]
fn the_selection_goes_along_until_the_owner_looks_elsewhere() {
    let mut desk = desk(story::waiting().state());
    let selected = |desk: &Desk| desk.model.plan.selected;
    assert_eq!(selected(&desk), 2);
    desk.becomes(story::running());
    assert_eq!(selected(&desk), 4);
    desk.press("k k");
    desk.becomes(story::failed());
    assert_eq!(selected(&desk), 2, "it stays where it was put");
    desk.press("esc");
    assert_eq!(selected(&desk), 5);
}

#[test]
fn a_filter_narrows_both_lists() {
    let mut desk = desk(story::waiting().state());
    desk.press("/ sdk enter");
    let seen = desk.see().glyphs;
    assert!(seen.contains("1 of 6 contain") && seen.contains("1 of 13 contain"), "{seen}");
    desk.press("esc");
    assert!(!desk.see().glyphs.contains("contain \"sdk\""));
}

#[test]
fn clicks_select_and_never_decide() {
    let mut desk = desk(story::waiting().state());
    let click =
        |desk: &mut Desk, x, y| desk.send(Message::Pointer(Pointer { press: Press::Click, at: Position::new(x, y) }));
    click(&mut desk, 5, 6);
    assert_eq!((desk.model.focus, desk.model.repos.selected), (Pane::Repos, 1));
    click(&mut desk, 5, 15);
    assert_eq!((desk.model.focus, desk.model.plan.selected), (Pane::Plan, 1));
    desk.press("esc a");
    for y in 0..36 {
        for x in 0..120 {
            click(&mut desk, x, y);
        }
    }
    assert_eq!(ordered(&desk), []);
    assert!(desk.model.popup.is_some());
}

#[test]
fn an_answer_is_told() {
    let mut desk = desk(story::waiting().state());
    desk.send(Message::Replied(Reply::Refused { why: "no\x1b[2J".into(), exit: 4 }));
    assert_eq!(said(&desk), "no␛[2J");
}

#[test]
fn no_single_key_orders_anything() {
    for state in [
        story::waiting().state(),
        story::running(),
        story::failed(),
        story::in_doubt(),
        story::shipped(),
        story::untrusted(),
    ] {
        for page in ["", "enter", "o", "c", "t", "L", "F", "e"] {
            for key in KEYMAP.iter().flat_map(|binding| binding.keys) {
                let mut desk = desk(state.clone());
                desk.press(page);
                desk.send(Message::Key(*key));
                let acted = ordered(&desk).into_iter().find(|command| *command != Command::Refresh);
                assert_eq!(acted, None, "{key:?} on {page:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever is pressed, clicked or pasted, at whatever size: it paints, and no permanent step is approved.
    #[test]
    fn anything_can_be_pressed(
        which in 0_usize..6,
        size in (0_u16..220, 0_u16..70),
        presses in proptest::collection::vec((0_usize..60, 0_u16..220, 0_u16..70), 0..40),
    ) {
        let state = match which {
            0 => story::waiting().state(),
            1 => story::running(),
            2 => story::failed(),
            3 => story::in_doubt(),
            4 => story::shipped(),
            _ => story::looking(),
        };
        let mut desk = Desk::new(state, size.0, size.1);
        let keys: Vec<Key> = KEYMAP.iter().flat_map(|binding| binding.keys).copied().collect();
        for (at, x, y) in presses {
            match at {
                59 => desk.send(Message::Resized(Rect::new(0, 0, x, y))),
                57 | 58 => desk.send(Message::Pointer(Pointer { press: Press::WheelDown, at: Position::new(x, y) })),
                56 => desk.send(Message::Pointer(Pointer { press: Press::Click, at: Position::new(x, y) })),
                at => desk.send(Message::Key(keys[at % keys.len()])),
            }
            desk.see();
        }
        let approved = ordered(&desk).into_iter().any(|command| {
            matches!(command, Command::Decide { decision: Order::Approve { .. } | Order::ApproveTrain { .. } })
        });
        prop_assert!(!approved || which != 0);
    }
}
