//! Frames, kept twice: what is read, and the role of every cell.

use super::story;
use super::*;
use crate::cockpit::role::Role;
use crate::rollout::event::Health;

/// Keeps a frame as `name-WIDTHxHEIGHT.glyphs` and `.roles`.
fn keep(name: &str, state: &State, keys: &str, width: u16, height: u16) {
    let mut desk = Desk::new(state.clone(), width, height);
    desk.press(keys);
    let seen = desk.see();
    dump(name, &seen.buffer);
    insta::assert_snapshot!(format!("{name}-{width}x{height}.glyphs"), seen.glyphs);
    insta::assert_snapshot!(format!("{name}-{width}x{height}.roles"), seen.roles);
}

fn keep_all(name: &str, state: &State) {
    for (width, height) in [(80, 24), (120, 36), (200, 60)] {
        keep(name, state, "", width, height);
    }
}

#[test]
fn waiting_at_step_three() {
    keep_all("waiting", &story::waiting().state());
}

#[test]
fn what_cannot_be_undone_and_the_gates_come_before_what_tests_print() {
    let lib = story::tested(story::waiting(), "lib");
    let mut seams = story::Story::with_seams();
    seams.done("consent").done("notifier").done("lib");
    let sdk = story::tested(seams, "sdk");
    keep("tested", &lib, "", 80, 24);
    keep("tested", &lib, "", 120, 36);
    keep("tested-seams", &sdk, "", 80, 24);
    for state in [&lib, &sdk] {
        let seen = Desk::new(state.clone(), 80, 24).see().glyphs;
        for told in ["Cannot be undone.", "Way back", "✔ flag is off", "✔ tests pass"] {
            assert!(seen.contains(told), "{told}:\n{seen}");
        }
    }
}

#[test]
fn all_that_is_told_of_a_step_can_be_scrolled_to_above_its_output() {
    let mut desk = Desk::new(story::running(), 80, 24);
    assert!(desk.see().glyphs.contains("output"));
    let edge = desk.press("tab G").see().glyphs.lines().nth(22).unwrap_or_default().to_owned();
    let right: String = edge.chars().skip(40).collect();
    assert!(!right.contains('▼'), "{right}");
}

#[test]
fn a_judgement_that_is_old_says_how_old() {
    let mut state = story::waiting().state();
    assert!(!Desk::new(state.clone(), 120, 36).see().glyphs.contains("judged"));
    state.now += 3 * 3_600_000;
    for keys in ["", "enter"] {
        let seen = Desk::new(state.clone(), 120, 36).press(keys).see().glyphs;
        assert!(seen.contains("judged 3h ago"), "{seen}");
    }
}

#[test]
fn seams_that_hold_and_that_do_not() {
    let state = story::Story::with_seams().state();
    for (width, height) in [(80, 24), (120, 36), (200, 60)] {
        keep("seams-grid", &state, "", width, height);
        keep("seams", &state, "S", width, height);
    }
    keep("seams-repo", &state, "tab tab G k enter G", 80, 24);
    // a version is about to be published, so its column stays beside them
    let mut story = story::Story::with_seams();
    story.done("consent").done("notifier").judge("lib");
    keep("seams-publish", &story.state(), "", 80, 24);
}

#[test]
fn two_sides_that_disagreed() {
    for (width, height) in [(80, 24), (120, 36), (200, 60)] {
        keep("skew-open", &story::skewed(), "k enter G", width, height);
        keep("skew-over", &story::skew_is_over(), "k enter G", width, height);
    }
    keep("skew-report", &story::skewed(), "e G", 80, 24);
}

#[test]
fn what_is_broken_is_never_out_of_sight() {
    let mut state = story::Story::with_seams().state();
    let status = std::sync::Arc::make_mut(&mut state.status);
    // the sixth row, which lies below the edge at 80x24
    status.repos[5].drift.state = crate::rollout::status::DriftState::Drifted;
    for (width, height) in [(80, 24), (93, 28), (120, 36), (200, 60)] {
        let seen = Desk::new(state.clone(), width, height).see().glyphs;
        assert!(seen.contains("✖ 1 seam broken  ? 1 seam can't be told"), "{seen}");
        let web = seen.lines().find(|line| line.contains("agentguard-web")).unwrap_or_default();
        assert!(web.contains('!') || seen.contains("▼ 1 more ! among them"), "{seen}");
    }
    let mut scrolled = Desk::new(state, 80, 24);
    let seen = scrolled.press("tab tab G").see().glyphs;
    assert!(seen.contains("▲ 1 more") && !seen.contains("among them"), "{seen}");
}

#[test]
fn tests_as_a_checklist_and_what_they_cover() {
    let (to_run, spoilt) = (story::Story::with_tests().state(), story::Story::with_spoilt_tests().state());
    let passed = story::Story::with_tests_that_passed().state();
    for (width, height) in [(80, 24), (120, 36), (200, 60)] {
        keep("tests", &spoilt, "t", width, height);
        keep("coverage", &spoilt, "C", width, height);
    }
    keep("tests-spoilt", &spoilt, "", 80, 24);
    keep("tests-spoilt", &spoilt, "", 120, 36);
    keep("tests-step", &spoilt, "enter", 120, 36);
    keep("tests-to-run", &to_run, "t", 80, 24);
    keep("coverage-to-run", &to_run, "C", 80, 24);
    keep("tests-passed", &passed, "g t", 80, 24);
    keep("coverage-passed", &passed, "C", 80, 24);
}

#[test]
fn running_with_output() {
    keep_all("running", &story::running());
}

#[test]
fn failed_and_held() {
    keep_all("failed", &story::failed());
}

#[test]
fn a_flag_that_readers_disagree_about() {
    keep("apart", &story::apart(), "", 80, 24);
    keep("apart", &story::apart(), "", 120, 36);
    keep("apart-flag", &story::apart(), "F", 80, 24);
    keep("on-its-way", &story::on_its_way(), "", 120, 36);
    keep("on-its-way-flag", &story::on_its_way(), "F", 80, 24);
}

#[test]
fn in_doubt() {
    keep_all("doubt", &story::in_doubt());
}

#[test]
fn held_midway() {
    keep("midway", &story::midway(), "", 80, 24);
    keep("midway", &story::midway(), "", 120, 36);
    let mut state = story::midway();
    let said = |state: &State| Desk::new(state.clone(), 120, 36).see().glyphs;
    assert!(!said(&state).contains("running"), "{}", said(&state));
    state.work = story::running().work.map(|work| crate::engine::Work { step: story::id("api"), ..work });
    assert!(said(&state).contains("running"), "the next action is made ready: {}", said(&state));
}

#[test]
fn out_of_order() {
    keep_all("order", &story::out_of_order());
    keep("order-accept", &story::out_of_order(), "R", 80, 24);
    keep("order-report", &story::out_of_order(), "e", 80, 24);
}

#[test]
fn spectator() {
    keep_all("spectator", &story::spectator());
}

#[test]
fn what_a_spectator_can_do_about_it_is_never_cut_off() {
    let mut state = story::spectator();
    let because = "uid0@a-machine-with-a-long-name has the controls since 2026-11-29 02:45:01 (Cockpit, process 21821 on \
                   a-machine-with-a-long-name): decide there, or end it there";
    state.role = crate::engine::Role::Spectator { because: because.to_owned() };
    let seen = Desk::new(state, 80, 24).see().glyphs;
    assert!(seen.contains("…; decide there, or end it there"), "{seen}");
}

#[test]
fn leaving_what_only_waits_says_that_it_is_stopped() {
    let seen = Desk::new(story::soaking(Health::Good), 120, 36).press("q").see().glyphs;
    assert!(seen.contains("it is stopped at once") && !seen.contains("it ends first"), "{seen}");
}

#[test]
fn the_way_back_of_a_plan_that_nobody_trusts_says_what_it_needs() {
    let mut state = story::untrusted();
    let flag = std::sync::Arc::make_mut(&mut state.status).flag.as_mut().unwrap();
    flag.state = Some("on".parse().unwrap());
    let seen = Desk::new(state, 120, 36).press("f").see().glyphs;
    assert!(seen.contains("that was trusted on this machine"), "{seen}");
}

#[test]
fn shipped() {
    keep_all("shipped", &story::shipped());
}

#[test]
fn soaking() {
    keep("soak-good", &story::soaking(Health::Good), "", 120, 36);
    keep("soak-bad", &story::soaking(Health::Bad), "", 80, 24);
}

#[test]
fn unfrozen() {
    keep("unfrozen", &story::unfrozen(), "", 80, 24);
}

#[test]
fn untrusted() {
    keep("untrusted", &story::untrusted(), "", 120, 36);
    keep("trust", &story::untrusted(), "P", 80, 24);
}

#[test]
fn dialogs() {
    keep("approve", &story::waiting().state(), "a", 120, 36);
    keep("approve", &story::waiting().state(), "a", 80, 24);
    keep("train", &story::Story::quick().state(), "a", 120, 36);
    keep("veto", &story::waiting().state(), "v", 80, 24);
    keep("resolve", &story::in_doubt(), "R", 80, 24);
    keep("leave", &story::running(), "q", 80, 24);
    keep("flag-off", &story::shipped(), "f", 80, 24);
}

#[test]
fn pages() {
    keep("output", &story::running(), "o", 80, 24);
    keep("gates", &story::waiting().state(), "c", 80, 24);
    keep("ledger", &story::failed(), "L", 120, 36);
    keep("flag", &story::in_doubt(), "F", 80, 24);
    keep("report", &story::failed(), "e", 80, 24);
    keep("step", &story::failed(), "enter", 120, 36);
    keep("repo", &story::failed(), "tab tab G enter", 80, 24);
    keep("help", &story::waiting().state(), "?", 80, 24);
    keep("palette", &story::waiting().state(), ": flag", 80, 24);
    keep("checklist", &story::looking(), "t j space", 80, 24);
}

#[test]
fn the_states_that_users_can_meet_are_told_before_who_decides_is_told_at_length() {
    for state in [story::waiting().state(), story::spectator()] {
        let header = Desk::new(state, 120, 36).see().glyphs.lines().nth(1).unwrap_or_default().to_owned();
        assert!(header.contains("states reachable") && header.contains("Ada Example (unproven)"), "{header}");
    }
}

#[test]
fn a_long_flag_key_pushes_nobody_out_of_the_header() {
    let mut state = story::waiting().state();
    let flag = std::sync::Arc::make_mut(&mut state.status).flag.as_mut().unwrap();
    flag.key = "a_flag_whose_key_says_everything_that_it_is_there_to_switch".to_owned();
    let header = Desk::new(state, 80, 24).see().glyphs.lines().nth(1).unwrap_or_default().to_owned();
    assert!(header.contains("○ off · 7 of 7 agree") && header.contains("◆ yours"), "{header}");
}

#[test]
fn what_hides_more_says_so() {
    for keys in ["?", ":"] {
        let mut desk = Desk::new(story::waiting().state(), 80, 24);
        assert!(desk.press(keys).see().glyphs.contains("more ─"), "{keys}: {}", desk.see().glyphs);
    }
}

#[test]
fn the_report_names_whose_each_thing_is() {
    let seen = Desk::new(story::midway(), 120, 60).press("e").see().glyphs;
    for told in ["consent (rlabs-consent): push", "api (platform-api): Deploy the API  approved, 1 of 4 done"] {
        assert!(seen.contains(told), "{told}:\n{seen}");
    }
}

#[test]
fn a_screen_that_is_too_small_says_what_it_needs() {
    for (width, height, said) in [
        (79, 24, "flightdeck needs 80x24, this is 79x24"),
        (80, 23, "flightdeck needs 80x24, this is 80x23"),
        (20, 3, "needs 80x24"),
        (5, 3, "80x24"),
        (1, 1, "…"),
    ] {
        assert_eq!(Desk::new(story::running(), width, height).see().glyphs.trim_end(), said);
    }
}

#[test]
fn without_colour_nothing_is_lost() {
    for state in [story::running(), story::failed(), story::in_doubt()] {
        let mut desk = Desk::new(state, 120, 36);
        let coloured = desk.see();
        desk.theme = Theme::embedded("dark", Depth::None);
        let plain = desk.see();
        assert_eq!(plain.glyphs, coloured.glyphs);
        let reset = |cell: &ratatui::buffer::Cell| {
            cell.fg == ratatui::style::Color::Reset && cell.bg == ratatui::style::Color::Reset
        };
        assert!(plain.buffer.content().iter().all(reset));
    }
}

#[test]
fn ascii_is_ascii() {
    for state in [story::waiting().state(), story::running(), story::failed(), story::in_doubt(), story::shipped()] {
        for keys in ["", "a", "?", "L", "F", "e", "enter", "o", ":"] {
            let mut desk = Desk::new(state.clone(), 120, 36);
            desk.caps.glyphs = Glyphs::Ascii;
            let seen = desk.press(keys).see();
            let odd: String = seen.glyphs.chars().filter(|c| !c.is_ascii()).collect();
            assert_eq!(odd, "", "after {keys:?}:\n{}", seen.glyphs);
        }
    }
}

#[test]
fn the_pane_with_the_keys_is_told_apart() {
    let roles = Desk::new(story::waiting().state(), 120, 36).see().roles;
    assert!(roles.contains(Role::Focus.letter()) && roles.contains(Role::Border.letter()));
}

#[test]
fn an_idle_screen_sleeps_and_a_running_one_wakes_each_second() {
    let mut idle = Desk::new(story::shipped(), 120, 36);
    idle.now += 3 * 3_600_000;
    let wake = idle.see().wake.expect("ages are shown");
    assert!(wake > idle.now + 60_000, "it wakes after {} ms", wake - idle.now);
    let running = Desk::new(story::running(), 120, 36);
    assert!(running.see().wake.unwrap() <= running.now + 1_000);
}

/// With `FLIGHTDECK_FRAMES=DIR` every kept frame is written there as a terminal would get it, to be looked at.
#[allow(clippy::disallowed_methods, reason = "a switch for whoever looks at the frames; no test depends on it")]
fn dump(name: &str, buffer: &Buffer) {
    let Ok(dir) = std::env::var("FLIGHTDECK_FRAMES") else { return };
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(format!("{dir}/{name}-{}.ansi", buffer.area.width), ansi(buffer)).unwrap();
}

fn ansi(buffer: &Buffer) -> String {
    use std::fmt::Write as _;

    use ratatui::style::{Color, Modifier};
    use unicode_width::UnicodeWidthStr as _;
    let code = |color: Color, base: u8| match color {
        Color::Rgb(r, g, b) => format!("\x1b[{base};2;{r};{g};{b}m"),
        _ => String::new(),
    };
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let mut x = 0;
        while x < buffer.area.width {
            let cell = &buffer[(x, y)];
            let bold = if cell.modifier.contains(Modifier::BOLD) { "\x1b[1m" } else { "" };
            write!(text, "\x1b[0m{bold}{}{}{}", code(cell.fg, 38), code(cell.bg, 48), cell.symbol()).unwrap();
            x += u16::try_from(cell.symbol().width().max(1)).unwrap();
        }
        text.push_str("\x1b[0m\r\n");
    }
    text
}

#[test]
fn a_theme_with_a_background_paints_every_cell() {
    for keys in ["", "a", "?", "L", ":"] {
        let mut desk = Desk::new(story::waiting().state(), 120, 36);
        desk.theme = Theme::embedded("light", Depth::True);
        let seen = desk.press(keys).see();
        let bare = seen.buffer.content().iter().filter(|cell| cell.bg == ratatui::style::Color::Reset).count();
        assert_eq!(bare, 0, "after {keys:?}");
    }
}
