//! Text from outside never reaches a terminal raw, and never fills the memory.

use std::fs;

use crate::place::{Place, only, program, signal};

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
    let place = Place::new(|plan| {
        let plan = only(&plan, &["consent"]);
        plan + &format!(
            "[[step]]\nid = \"evil\"\nstage = \"x\"\ntitle = \"Evil\"\nrun = {{ command = [\"sh\", \"-c\", 'printf \"{EVIL}\\n\"; exit 1'] }}\n"
        )
    });
    let hook = place.dir().join("deploy/rlabs-consent.git/hooks/pre-receive");
    let builds = fs::read_to_string(&hook).unwrap();
    program(&hook, &format!("#!/bin/sh\nprintf '{EVIL}\\n' >&2\nexit 1\n"));
    place.shell(&format!(
        "cd repos/rlabs-notifier && git checkout -q release/m3-team-org-tier && git -c user.name=Eve -c user.email=e@e \
         commit -q --allow-empty -m \"$(printf '{EVIL}' | tr -d '\\000')\""
    ));
    let place = place.frozen();
    place.run(&["approve", "consent"]).exits(0);
    for args in [&["ship", "--yes"][..], &["status"], &["log"], &["plan"], &["report"], &["check"]] {
        let said = place.run(args);
        is_clean(&args.join(" "), &said.out);
        is_clean(&args.join(" "), &said.err);
    }
    program(&hook, &builds);
    place.resume();
    place.run(&["approve", "consent"]);
    place.run(&["ship", "--yes"]);
    place.run(&["approve", "evil"]);
    for args in [&["ship", "--yes"][..], &["status"], &["log"], &["report"]] {
        let said = place.run(args);
        is_clean(&args.join(" "), &said.out);
        is_clean(&args.join(" "), &said.err);
    }
}

#[test]
fn a_million_lines_and_one_without_end_fit() {
    let place = Place::new(|plan| {
        let step = |id: &str, command: &str| {
            format!("[[step]]\nid = \"{id}\"\nstage = \"x\"\ntitle = \"{id}\"\nrun = {{ command = [\"sh\", \"-c\", '{command}'], probe = [\"true\"] }}\n")
        };
        let plan = plan.split("[[step]]").next().unwrap().to_owned();
        let plan = plan.lines().filter(|line| !line.starts_with("depends_on")).collect::<Vec<_>>().join("\n") + "\n";
        let plan = plan.replace("mode  = \"careful\"", "mode  = \"quick\"");
        plan + &step("many", "yes a line | head -n 1000000; touch printed; while [ ! -e measured ]; do sleep 0.1; done; exit 1")
            + &step("long", "head -c 200000000 /dev/zero; exit 1")
    })
    .frozen();
    let mut ship = place.start_ship();
    let pid = ship.id();
    let peak = || {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default().to_owned();
        line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or_default()
    };
    let mut most = 0;
    crate::place::within(60, || {
        most = most.max(peak());
        fs::metadata(place.dir().join("printed")).is_ok()
    });
    fs::write(place.dir().join("measured"), "").unwrap();
    crate::place::within(60, || {
        most = most.max(peak());
        ship.try_wait().unwrap().is_some()
    });
    signal(ship.id(), "KILL");
    assert!(most > 0 && most < 100_000, "{most} KiB");
    place.verify();
}
