//! Stays with a child from its start to its end, and ends it where it must be ended: TERM to everything it started, a grace,
//! KILL, and a look at what is left.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::time::Duration;

use process_wrap::tokio::ChildWrapper;
use rustix::process::Signal;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::{End, Ended, Order, Started};
use crate::port::session::{self, SessionRecord};

/// How often the process table is looked at while a session dies.
const LOOK: Duration = Duration::from_millis(40);
/// How long KILL may take before what is left is reported rather than waited for (a process in the kernel's hands).
const KILLED: Duration = Duration::from_secs(2);
/// How many lines an end reports.
const REPORTED: usize = 200;

/// Kills the session when it is dropped before the child's end.
#[derive(Debug)]
pub(super) struct Guard(Option<SessionRecord>);

impl Guard {
    pub(super) fn new(record: SessionRecord) -> Self {
        Self(Some(record))
    }

    fn disarm(&mut self) {
        self.0 = None;
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(record) = self.0.take() {
            // who left the session is found through its parent: look before anyone dies
            let family = session::family(&record);
            session::signal_group(&record, Signal::KILL);
            session::signal(&family, Signal::KILL);
            // what forked in this very moment
            session::signal(&session::family_with(&record, &family), Signal::KILL);
        }
    }
}

impl Started {
    /// Stays to the end. `orders` may be dropped: then nothing but the time limit ends the child. Dropping the future kills
    /// the child's session.
    pub async fn wait(mut self, mut orders: watch::Receiver<Order>) -> Ended {
        let (over, ended) = watch::channel(false);
        let tail = self.tail.clone();
        let life = async {
            let deadline = self.begun + self.time_limit;
            let told = live(self.child.as_mut(), &self.record, deadline, self.grace, &mut orders).await;
            let _ = over.send(true);
            told
        };
        let ((end, survivors), carried) = tokio::join!(life, self.pump.carry(ended));
        self.guard.disarm();
        // after its output: what closed its end of the pipe is about to go
        let left_behind = match survivors {
            Some(survivors) => survivors,
            None => numbers(&look(&self.record, Vec::new()).await.1),
        };
        Ended {
            end,
            tail: tail.text(REPORTED),
            captured: carried.captured,
            log_bytes: carried.log_bytes,
            log_digest: carried.log_digest,
            log_fault: carried.log_fault,
            took: self.begun.elapsed(),
            left_behind,
        }
    }
}

/// How it ended, and what survived being ended.
async fn live(
    child: &mut dyn ChildWrapper,
    record: &SessionRecord,
    deadline: Instant,
    grace: Duration,
    orders: &mut watch::Receiver<Order>,
) -> (End, Option<Vec<i32>>) {
    let end = tokio::select! {
        // a child that is over was not cancelled
        biased;
        status = child.wait() => return (ended(&status), None),
        order = ordered(orders) => match order {
            Order::LetGo => return (End::LetGo, Some(Vec::new())),
            Order::Run | Order::Cancel => End::Cancelled,
        },
        () = sleep_until(deadline) => End::TimedOut,
    };
    (end, Some(stop(child, record, grace).await))
}

/// Waits for an order to end it; for ever if there is nobody left to give one. Cancel-safe.
async fn ordered(orders: &mut watch::Receiver<Order>) -> Order {
    // the guard that comes with an order must not live on while we wait
    let told = orders.wait_for(|order| *order != Order::Run).await.map(|order| *order);
    match told {
        Ok(order) => order,
        Err(_) => std::future::pending().await,
    }
}

/// Ends a child and all that is its own; gives the numbers of what even KILL didn't end.
async fn stop(child: &mut dyn ChildWrapper, record: &SessionRecord, grace: Duration) -> Vec<i32> {
    // what left the session is found through its parent, but only while that one lives: remember it
    let mut known = Vec::new();
    let mut alive = Vec::new();
    for (signal, patience) in [(Signal::TERM, grace), (Signal::KILL, KILLED)] {
        let until = Instant::now() + patience;
        let mut told: Vec<session::Process> = Vec::new();
        let mut blind = Blind::NotYet;
        loop {
            (known, alive) = look(record, known).await;
            let gone = matches!(child.try_wait(), Ok(Some(_)) | Err(_));
            if gone && alive.is_empty() {
                return Vec::new();
            }
            // a table that can't be read must not save them; until the leader is reaped, its number is its own
            if !gone && alive.is_empty() && matches!(blind, Blind::NotYet) {
                session::signal_group(record, signal);
                blind = Blind::Told;
            }
            // once each: some programs take a second TERM for impatience
            let new: Vec<_> =
                alive.iter().filter(|process| !told.iter().any(|other| other.is(process))).cloned().collect();
            session::signal(&new, signal);
            told.extend(new);
            if Instant::now() >= until {
                break;
            }
            tokio::select! {
                () = sleep(LOOK) => {}
                // reap it at once
                _ = child.wait(), if !gone => {}
            }
        }
    }
    numbers(&alive)
}

/// Whether a group was told that couldn't be seen.
enum Blind {
    NotYet,
    Told,
}

/// All that ever belonged to the child, and those of it that live. Reading the process table is file work: off the loop.
async fn look(record: &SessionRecord, known: Vec<session::Process>) -> (Vec<session::Process>, Vec<session::Process>) {
    let record = record.clone();
    let looked = tokio::task::spawn_blocking(move || {
        let mut all = known;
        for process in session::family_with(&record, &all) {
            if !all.iter().any(|other| other.is(&process)) {
                all.push(process);
            }
        }
        let alive = session::still(&all);
        (all, alive)
    });
    looked.await.unwrap_or_default()
}

fn numbers(processes: &[session::Process]) -> Vec<i32> {
    processes.iter().map(|process| process.pid).collect()
}

fn ended(status: &std::io::Result<ExitStatus>) -> End {
    match status {
        Ok(status) => match (status.code(), status.signal()) {
            (Some(code), _) => End::Exited(code),
            (None, Some(signal)) => End::Signalled(signal),
            (None, None) => End::Signalled(0),
        },
        // its status was taken by somebody else: how it ended isn't known, and no status of ours may say that it is
        Err(_) => End::Signalled(0),
    }
}
