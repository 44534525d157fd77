//! What happens beside the cockpit shows in it: a plan that is edited, a commit in another terminal.

use std::time::Instant;

use crate::desk::Desk;

#[test]
fn a_plan_that_is_edited_badly_is_complained_about_and_the_last_good_one_stays() {
    let desk = Desk::new();
    let mut terminal = desk.open_fresh();
    let good = desk.read("release.toml");
    let half = &good[..good.len() / 2];
    for broken in [&half[..half.rfind('"').unwrap()], "", "\u{0}\u{1}\u{2}"] {
        desk.write("release.toml", broken);
        terminal.see("the last good plan");
        terminal.line(&["1 consent", "waiting for you"]);
        desk.write("release.toml", &good);
        terminal.see_no("the last good plan");
    }
    desk.write("release.toml", &good.replacen("Deploy the consent service", "Deploy what asks", 1));
    terminal.see("Deploy what asks");
    terminal.line(&["P shows its commands"]);
    terminal.keys("P");
    terminal.see("Trust this plan?");
    terminal.line(&["rewrite flags.json"]);
    terminal.keys("y");
    terminal.see_no("P shows its commands");
    terminal.keys("q");
    terminal.ended();
    terminal.is_as_found();
}

#[test]
fn a_commit_in_another_terminal_shows_at_once() {
    let desk = Desk::new();
    let terminal = desk.open_fresh();
    let repo = desk.file("repos/platform-api").display().to_string();
    let git = |arguments: &[&str]| {
        let all = [&["-C", &repo, "-c", "user.name=Ada", "-c", "user.email=ada@example.com"], arguments].concat();
        let (exit, said) = desk.run("git", &all);
        assert_eq!(exit, 0, "{said}");
    };
    git(&["commit", "--quiet", "--allow-empty", "-m", "One more"]);
    let since = Instant::now();
    terminal.line(&["platform-api", "1 ahead"]);
    println!("a commit showed after {} ms", since.elapsed().as_millis());
    assert!(since.elapsed().as_secs() < 5, "a commit showed only after {:?}", since.elapsed());
    git(&["switch", "--quiet", "--create", "elsewhere"]);
    terminal.line(&["platform-api", "elsewhere"]);
    println!("and a switch after {} ms", since.elapsed().as_millis());
}
