//! Writers that are killed, raced, or told by the disk that it failed. Each is another process.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use super::*;
use crate::ledger::again;

const CHILD: &str = "ledger::store::tests::killed::another_process";

#[test]
fn another_process() {
    let Some((part, place)) = again::part() else { return };
    match part.as_str() {
        "create" => drop(git_ledger(&place)),
        "append one" => say(&outcome(&place, r#"{"mine":1}"#)),
        "append large" => {
            let noise: String =
                (0..2_000).map(|n| crate::plan::Digest::of(format!("{n}").as_bytes()).to_string()).collect();
            say(&outcome(&place, &noise[..60_000]));
        }
        "append on" => {
            for n in 0.. {
                append_until_kept(&place, n);
            }
        }
        "append thirty" => {
            for n in 0..30 {
                append_until_kept(&place, n);
            }
        }
        other => panic!("{other}"),
    }
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\nsaid {line}").unwrap();
    out.flush().unwrap();
}

/// Appends through a ledger that only looks for the store, so that nothing but the append is counted or made to fail.
fn outcome(place: &Path, payload: &str) -> String {
    let ledger = GitLedger::at(&place.join("store.git"), &release()).unwrap();
    match push(&ledger, payload) {
        Ok(id) => format!("kept {id}"),
        Err(AppendFault::Moved { .. }) => "moved".to_owned(),
        Err(AppendFault::NotWritten { why }) => format!("not-written {why}"),
        Err(AppendFault::InDoubt { why }) => format!("in-doubt {why}"),
    }
}

fn append_until_kept(place: &Path, n: usize) {
    let payload = format!("{{\"n\":{n},\"pid\":{}}}", std::process::id());
    loop {
        let said = outcome(place, &payload);
        if said.starts_with("kept") {
            return say(&payload);
        }
        assert_eq!(said, "moved");
    }
}

fn said(output: &Output) -> Option<String> {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().find_map(|l| l.strip_prefix("said ")).map(str::to_owned)
}

#[test]
fn no_acknowledged_event_is_lost_when_the_writer_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    git_ledger(dir.path());
    let mut acknowledged = Vec::new();
    let mut swept = 0;
    for round in 0_u64..36 {
        let mut child = again::start(&[], CHILD, "append on", dir.path()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let after_acks = usize::try_from(round % 5).unwrap();
        let acks = |l: String| l.strip_prefix("said ").map(str::to_owned);
        acknowledged.extend(lines.by_ref().filter_map(acks).take(after_acks + 1));
        // a moment between two acknowledgements, another one each round
        let moment = Instant::now() + Duration::from_micros((round * 337) % 5_000);
        while Instant::now() < moment {
            std::hint::spin_loop();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        acknowledged.extend(lines.filter_map(acks));

        swept += usize::from(dir.path().join("store.git/refs/rollouts/m3/ledger.lock").exists());
        let ledger = git_ledger(dir.path());
        let mine = format!("{{\"round\":{round}}}");
        push(&ledger, &mine).unwrap();
        acknowledged.push(mine);
        let kept = payloads(&ledger);
        let mut from = kept.iter();
        for event in &acknowledged {
            assert!(from.any(|k| k == event), "round {round}: {event} is lost or out of order");
        }
        assert!(kept.len() <= acknowledged.len() + usize::try_from(round).unwrap() + 1, "at most one more a kill");
    }
    eprintln!("36 kills, {} acknowledged events, {swept} stale locks", acknowledged.len());
}

#[test]
fn a_lock_left_by_a_killed_writer_stops_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = git_ledger(dir.path());
    push(&ledger, "1").unwrap();
    let lock = dir.path().join("store.git/refs/rollouts/m3/ledger.lock");
    std::fs::write(&lock, "half a comm").unwrap();
    push(&ledger, "2").unwrap();
    assert!(!lock.exists());
    assert_eq!(payloads(&ledger), ["1", "2"]);
}

#[test]
fn of_two_writers_exactly_one_wins_each_slot() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = git_ledger(dir.path());
    let writers: Vec<_> =
        (0..2).map(|_| again::start(&[], CHILD, "append thirty", dir.path()).spawn().unwrap()).collect();
    for writer in writers {
        let output = writer.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let mut kept = payloads(&ledger);
    assert_eq!(kept.len(), 60);
    kept.sort();
    kept.dedup();
    assert_eq!(kept.len(), 60, "an event was kept twice");
}

#[test]
fn an_append_is_synced_before_it_is_acknowledged() {
    if !again::strace_works() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    push(&git_ledger(dir.path()), "1").unwrap();
    let trace = dir.path().join("trace");
    let strace = ["strace", "-f", "-y", "-e", "trace=fsync,fdatasync,rename,renameat,renameat2,link,write", "-o"];
    let wrapper: Vec<&str> = strace.into_iter().chain([trace.to_str().unwrap()]).collect();
    let output = again::start(&wrapper, CHILD, "append one", dir.path()).output().unwrap();
    assert!(said(&output).unwrap().starts_with("kept"), "{output:?}");
    let trace = std::fs::read_to_string(trace).unwrap();
    let lines: Vec<&str> = trace.lines().filter(|l| !l.contains("/target/")).collect();
    let nth = |what: &str, part: &str| lines.iter().position(|l| l.contains(what) && l.contains(part));
    let object = nth("fsync(", "tmp_object").expect("the commit's bytes");
    let ref_bytes = nth("fsync(", "ledger.lock").expect("the ref's bytes");
    let ref_folder = nth("fsync(", "refs/rollouts/m3>").expect("the ref's folder");
    let told = nth("write(1", "said kept").expect("the acknowledgement");
    assert!(object < ref_bytes && ref_bytes < ref_folder && ref_folder < told, "{trace}");
}

/// Lets the nth sync or rename of an append fail, or kills the writer there: the answer is never a lie, and the next
/// append works.
#[test]
fn whatever_the_disk_answers_the_answer_is_true() {
    if !again::strace_works() {
        return;
    }
    let mut answers = std::collections::BTreeMap::new();
    for what in ["fsync:error=EIO", "rename:error=ENOSPC", "fsync:signal=KILL", "rename:signal=KILL"] {
        for nth in 1..=7 {
            let dir = tempfile::tempdir().unwrap();
            let ledger = git_ledger(dir.path());
            push(&ledger, "1").unwrap();
            let inject = format!("inject={what}:when={nth}");
            let wrapper = ["strace", "-f", "-o", "/dev/null", "-e", &inject];
            let output = again::start(&wrapper, CHILD, "append one", dir.path()).output().unwrap();
            let said = said(&output).unwrap_or("died".to_owned());
            let present = payloads(&ledger).len() == 2;
            let answer = said.split(' ').next().unwrap().to_owned();
            match answer.as_str() {
                "kept" => assert!(present, "{what} {nth}: {said}"),
                "not-written" => assert!(!present, "{what} {nth}: {said}"),
                "in-doubt" | "died" => {}
                other => panic!("{other}"),
            }
            *answers.entry((what, answer)).or_insert(0) += 1;
            let ledger = git_ledger(dir.path());
            push(&ledger, "after").unwrap();
            assert_eq!(payloads(&ledger).len(), if present { 3 } else { 2 });
        }
    }
    eprintln!("{answers:?}");
    assert!(answers.contains_key(&("fsync:error=EIO", "in-doubt".to_owned())), "the ref's folder: {answers:?}");
    assert!(answers.contains_key(&("fsync:error=EIO", "not-written".to_owned())), "{answers:?}");
}

#[test]
fn a_store_whose_making_was_killed_is_made_by_the_next() {
    if !again::strace_works() {
        return;
    }
    for what in ["fsync", "mkdir", "rename"] {
        for nth in [1, 2, 3, 5, 8, 12] {
            let dir = tempfile::tempdir().unwrap();
            let inject = format!("inject={what}:signal=KILL:when={nth}");
            let wrapper = ["strace", "-f", "-o", "/dev/null", "-e", &inject];
            again::start(&wrapper, CHILD, "create", dir.path()).output().unwrap();
            let ledger = git_ledger(dir.path());
            push(&ledger, "1").unwrap();
            assert_eq!(payloads(&ledger), ["1"], "{what} {nth}");
        }
    }
}

#[test]
fn a_full_disk_keeps_the_ledger_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = git_ledger(dir.path());
    push(&ledger, "1").unwrap();
    // files over 8 KiB can't be written: what a full disk does, without filling one
    let script = "trap '' XFSZ; ulimit -f 8; exec \"$@\"";
    let output = again::start(&["sh", "-c", script, "sh"], CHILD, "append large", dir.path()).output().unwrap();
    let said = said(&output).unwrap();
    assert!(said.starts_with("not-written"), "{said}");
    assert_eq!(payloads(&ledger), ["1"]);
    let output = again::start(&[], CHILD, "append large", dir.path()).output().unwrap();
    assert!(super::killed::said(&output).unwrap().starts_with("kept"));
    assert_eq!(payloads(&ledger).len(), 2);
}
