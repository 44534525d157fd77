//! The grid is live, and costs nothing while nothing happens: what changes shows by itself, only what changed is read again, the rest is asked at a rhythm, and a child that prints without end holds nothing up.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::clones::{Clones, commit, git};
use super::counting_world::{Idle, Trusts, idle};
use flightdeck::engine::{Command, Reply, socket};
use flightdeck::ledger::Ledger as _;
use flightdeck::ledger::place::StateDir;
use flightdeck::port::world::Look;
use serde_json::Value;

use crate::common::process::{cpu_ticks, peak_memory};
use crate::common::waiting::{PATIENCE, pause};

const STEP: &str = "[[step]]\nid = \"run\"\nstage = \"All\"\ntitle = \"Run\"\nrun = { command = [\"true\"] }\n";
const MINUTES: u64 = 10;

/// Lets paused time pass, and counts the states that are published meanwhile.
async fn published(idle: &Idle, time: Duration) -> u32 {
    let mut state = idle.handle.state.clone();
    let mut count = 0;
    let end = tokio::time::Instant::now() + time;
    while let Ok(Ok(())) = tokio::time::timeout_at(end, state.changed()).await {
        state.borrow_and_update();
        count += 1;
    }
    count
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn an_idle_engine_asks_at_its_rhythm_and_publishes_only_what_it_saw() {
    let idle = idle(Trusts::Yes, |_| false);
    let published = published(&idle, Duration::from_secs(60 * MINUTES)).await;
    let looks = idle.world.looks();
    for (look, count) in &looks {
        let every = match look {
            Look::Local(_) => {
                assert_eq!(*count, 1, "{look:?}: file events tell of a clone");
                continue;
            }
            Look::Seam(_) => {
                assert!(*count <= 2, "{look:?}: at the start, and once its branches are known");
                continue;
            }
            Look::Flag => 5,
            Look::Deployed(_) | Look::FlagOf(_) => 10,
            Look::Dirty(_) | Look::Remote(_) | Look::Target(..) => 20,
            Look::Package(_) => 30,
        };
        let rhythm = u32::try_from(60 * MINUTES / every).unwrap();
        assert!((rhythm..=rhythm + 1).contains(count), "{look:?}: {count} times, not {rhythm}");
    }
    assert!(published <= looks.values().sum::<u32>(), "{published} states for {looks:?}");
    assert_eq!(idle.ledger.head().unwrap(), None, "looking appends nothing");
    idle.running.abort();
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn an_idle_engine_without_trust_only_looks_at_work_trees() {
    let idle = idle(Trusts::No, |_| false);
    let published = published(&idle, Duration::from_secs(60 * MINUTES)).await;
    let looks = idle.world.looks();
    assert!(looks.keys().all(|look| !look.needs_trust()), "{looks:?}");
    // all work trees come due together: one frame tells of all of them
    assert!(published <= u32::try_from(60 * MINUTES / 20 + 10).unwrap(), "{published} states for {looks:?}");
    idle.running.abort();
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn looks_that_hang_keep_no_branch_waiting() {
    let idle = idle(Trusts::Yes, |look| {
        look.needs_trust() || matches!(look, Look::Local(repo) if repo.as_str() != "agentguard-web")
    });
    let mut state = idle.handle.state.clone();
    let web = |state: &std::sync::Arc<flightdeck::engine::State>| {
        let repo = state.status.repos.iter().find(|repo| repo.name == "agentguard-web").unwrap();
        repo.observed_at.is_some() && repo.dirty.at.is_some()
    };
    tokio::time::timeout(Duration::from_secs(3), state.wait_for(web)).await.unwrap().unwrap();
    let published = published(&idle, Duration::from_secs(60)).await;
    assert!(published < 60, "nothing is told in a hurry while others hang: {published}");
    idle.running.abort();
}

/// The lines of a `status --watch --json`.
fn lines(child: &mut Child) -> Receiver<Value> {
    let output = BufReader::new(child.stdout.take().unwrap());
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            let status = serde_json::from_str(&line).unwrap();
            if sender.send(status).is_err() {
                return;
            }
        }
    });
    receiver
}

fn repo<'a>(status: &'a Value, name: &str) -> &'a Value {
    status["repos"].as_array().unwrap().iter().find(|repo| repo["name"] == name).unwrap()
}

/// The first line that fits.
fn until(lines: &Receiver<Value>, fits: impl Fn(&Value) -> bool) -> Value {
    loop {
        let status = lines.recv_timeout(PATIENCE).unwrap();
        if fits(&status) {
            return status;
        }
    }
}

#[test]
fn a_commit_and_a_switch_elsewhere_show_by_themselves_and_only_there() {
    let mut clones = Clones::new();
    for name in ["a", "b", "c"] {
        clones.healthy(name);
    }
    let b = clones.path("b");
    clones.write_plan(STEP);
    let mut watching = clones.start(&["status", "--watch", "--json"], Stdio::piped());
    let lines = lines(&mut watching);
    let first = until(&lines, |_| true);
    let others = |status: &Value| ["a", "c"].map(|name| repo(status, name)["observed_at"].clone());
    for round in 0..3 {
        let sha = commit(&b, &format!("round {round}"));
        let status = until(&lines, |status| repo(status, "b")["head"] == sha.as_str());
        assert_eq!(others(&status), others(&first), "what didn't change isn't read again");

        let branch = format!("elsewhere-{round}");
        git(&b, &["checkout", "-q", "-b", &branch]);
        let status = until(&lines, |status| repo(status, "b")["branch"] == branch.as_str());
        assert_eq!(others(&status), others(&first), "what didn't change isn't read again");
    }
    // what it costs, not how long it takes: a tenth of a core is far more than nothing
    let before = cpu_ticks(watching.id()).unwrap();
    std::thread::sleep(Duration::from_secs(2));
    let spent = cpu_ticks(watching.id()).unwrap() - before;
    watching.kill().unwrap();
    watching.wait().unwrap();
    assert!(spent <= 20, "two idle seconds took {spent} hundredths of a second");
}

#[test]
fn a_child_that_prints_without_end_holds_nothing_up() {
    let clones = Clones::new();
    let plan = clones.write_plan(
        "[[step]]\nid = \"loud\"\nstage = \"All\"\ntitle = \"Print\"\ntimeout = \"20m\"\n\
         run = { command = [\"/bin/sh\", \"-c\", \"for i in 1 2 3 4 5 6 7 8 9 10; do seq 1 300000; done\"] }\n",
    );
    assert!(clones.flightdeck(&["trust", "--yes"]).status.success());
    let mut shipping = clones.start(&["ship", "--yes"], Stdio::null());
    let place = StateDir::open(&clones.path("state")).unwrap().release(&"wide".parse().unwrap(), &plan).unwrap();
    let (socket, release) = (place.socket().unwrap(), "wide".parse().unwrap());
    let (mut answers, mut memory) = (0, 0);
    while shipping.try_wait().unwrap().is_none() {
        let answer = socket::ask(&socket, &release, &Command::Status);
        if let Ok(Some(Reply::Status { status, .. })) = answer
            && status["steps"][0]["state"] == "running"
        {
            answers += 1;
        }
        memory = memory.max(peak_memory(shipping.id()).unwrap_or(0));
        pause();
    }
    assert!(shipping.wait().unwrap().success());
    let printed = fs::read_dir(place.output()).unwrap().map(|log| log.unwrap().metadata().unwrap().len()).max();
    assert!(printed > Some(18_000_000), "all of it is kept on disk: {printed:?}");
    assert!(answers >= 2, "{answers} answers while it printed");
    assert!(memory > 0 && memory < 150_000, "{memory} kB");
}
