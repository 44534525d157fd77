//! Text from outside never reaches a terminal raw, and never fills the memory.

use std::fs;

use crate::common::demo::Demo;
use crate::common::plan_text::{only, quick};
use crate::common::process::peak_memory;
use crate::common::release::Release as _;
use crate::common::scratch::write_program;
use crate::common::waiting::within_patience;

const EVIL: &str =
    "\\033[31mred\\033]52;c;ZXZpbA==\\007 \\342\\200\\256drowssap \\rover \\000nul \\302\\233 \\303\\050";

#[track_caller]
fn is_clean(what: &str, text: &str) {
    let bad = text.chars().find(|c| {
        (c.is_control() && *c != '\n') || ('\u{202a}'..='\u{202e}').contains(c) || ('\u{2066}'..='\u{2069}').contains(c)
    });
    assert!(bad.is_none(), "{what} lets {bad:?} through: {text}");
}

#[test]
fn nothing_from_outside_is_raw() {
    let demo = Demo::edited(|plan| {
        let plan = only(&plan, &["consent"]);
        plan + &format!(
            "[[step]]\nid = \"evil\"\nstage = \"x\"\ntitle = \"Evil\"\nrun = {{ command = [\"sh\", \"-c\", 'printf \"{EVIL}\\n\"; exit 1'] }}\n"
        )
    });
    let hook = demo.file("deploy/rlabs-consent.git/hooks/pre-receive");
    let builds = fs::read_to_string(&hook).unwrap();
    write_program(&hook, &format!("#!/bin/sh\nprintf '{EVIL}\\n' >&2\nexit 1\n"));
    demo.shell(&format!(
        "cd repos/agentguard-lib && git checkout -q release/m3-team-org-tier && git -c user.name=Eve -c user.email=e@e \
         commit -q --allow-empty -m \"$(printf '{EVIL}' | tr -d '\\000')\""
    ));
    let demo = demo.frozen();
    demo.run(&["approve", "consent"]).exits(0);
    for args in [&["ship", "--yes"][..], &["status"], &["log"], &["plan"], &["report"], &["check"]] {
        let said = demo.run(args);
        is_clean(&args.join(" "), &said.stdout);
        is_clean(&args.join(" "), &said.stderr);
    }
    write_program(&hook, &builds);
    demo.resume();
    demo.run(&["approve", "consent"]);
    demo.run(&["ship", "--yes"]);
    demo.run(&["approve", "evil"]);
    for args in [&["ship", "--yes"][..], &["status"], &["log"], &["report"]] {
        let said = demo.run(args);
        is_clean(&args.join(" "), &said.stdout);
        is_clean(&args.join(" "), &said.stderr);
    }
}

#[test]
fn a_million_lines_and_one_without_end_fit() {
    let demo = Demo::edited(|plan| {
        let step = |id: &str, command: &str| {
            format!("[[step]]\nid = \"{id}\"\nstage = \"x\"\ntitle = \"{id}\"\nrun = {{ command = [\"sh\", \"-c\", '{command}; touch {id}'], probe = [\"test\", \"-e\", \"{id}\"] }}\n")
        };
        let plan = plan.split("[[step]]").next().unwrap().to_owned();
        let plan = plan.lines().filter(|line| !line.starts_with("depends_on")).collect::<Vec<_>>().join("\n") + "\n";
        let plan = quick(&plan);
        plan + &step("many", "yes a line | head -n 1000000; touch printed; while [ ! -e measured ] && [ -e release.toml ]; do sleep 0.02; done")
            + &step("long", "head -c 200000000 /dev/zero")
    })
    .frozen();
    let mut ship = demo.start_ship();
    let peak = |pid| peak_memory(pid).unwrap_or(0);
    let (pid, mut most) = (ship.id(), 0);
    let printed = within_patience(|| {
        most = most.max(peak(pid));
        demo.file("printed").exists()
    });
    assert!(printed, "a million lines aren't printed");
    fs::write(demo.file("measured"), "").unwrap();
    let ended = within_patience(|| {
        most = most.max(peak(pid));
        ship.try_wait().unwrap().is_some()
    });
    assert!(ended, "it doesn't end");
    ship.ended().exits(0);
    assert!(demo.file("long").exists(), "the endless line wasn't printed");
    assert!(most > 0 && most < 100_000, "{most} KiB");
    demo.verify();
}
