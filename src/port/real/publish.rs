//! Uploads artefacts and waits for registries: a publisher's exit status proves nothing, a busy registry is tried again when it
//! says, and slow isn't failed.

use std::fs::File;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::settle::{How, Try, given};
use super::tree::Use;
use super::{RealWorld, now};
use crate::plan::{Asking, Command, PackageVersion, Words};
use crate::port::process::Order;
use crate::port::registry::{Complaint, Resolution, protocol};
use crate::port::world::{Job, Performed, Prepared, Signal};
use crate::rollout::Millis;
use crate::rollout::event::{Finding, Trace};
use crate::rollout::observed::{Wait, WaitKind};

/// A busy registry that doesn't say when is tried again after this.
const BUSY: Duration = Duration::from_secs(60);
/// A registry that says "now" is given this at least, and twice as much each time.
const LEAST: Duration = Duration::from_secs(1);
/// The longest that one upload waits for a busy registry in all.
const BUSY_IN_ALL: Duration = Duration::from_secs(6 * 60 * 60);
const FIRST_PAUSE: Duration = Duration::from_millis(300);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// An index may answer once from a copy that is new and then from one that is old.
const HITS: u32 = 2;

impl RealWorld {
    /// Runs the upload; again when a busy registry says so and shows nothing of it.
    pub(super) async fn uploaded(
        &self,
        job: &Job,
        lock: Option<&File>,
        upload: &Command,
        package: Option<&PackageVersion>,
        prepared: &Prepared,
    ) -> Try {
        let started = Instant::now();
        let mut least = LEAST;
        loop {
            let words = match &prepared.artifact {
                Some(kept) => Words::default().with("artifact", kept.path.to_string_lossy()),
                None => Words::default(),
            };
            let mut tried = self.command(job, lock, upload, Use::Built, words).await;
            let complaint = match (tried.how, package) {
                (How::Badly, Some(package)) => complaint_of(package, &tried.tail),
                _ => None,
            };
            let after = match complaint {
                None => return tried,
                Some(Complaint::Means(words)) => {
                    tried.said = format!("{}: {words}", tried.said);
                    return tried;
                }
                // whoever refuses a duplicate has it, though its index may not show it yet; the digest tells whose it is
                Some(Complaint::AlreadyThere) => {
                    return Try {
                        how: How::Well,
                        said: "the registry says that it has it".to_owned(),
                        tail: tried.tail,
                    };
                }
                Some(Complaint::Limited { after }) => after.unwrap_or(BUSY).max(least),
            };
            // a plain "later" did nothing; what is there all the same is settled like any other end
            let there = match self.finding(job, prepared.artifact.as_ref().map(|kept| &kept.digest)).await {
                Finding::Absent { .. } => false,
                Finding::Present { .. } | Finding::Conflict { .. } | Finding::Unknown { .. } => true,
            };
            if there || started.elapsed() + after > BUSY_IN_ALL {
                return tried;
            }
            let wait = Wait {
                kind: WaitKind::RateLimit,
                what: format!("the registry to take {}", package.map_or_else(String::new, ToString::to_string)),
                since: now(),
                until: now() + millis(after),
                last: "too many requests".to_owned(),
            };
            self.tell_waiting(job, Some(wait)).await;
            let mut orders = job.orders.clone();
            tokio::select! {
                () = sleep(after) => {}
                _ = given(&mut orders) => {
                    return Try { how: How::Refused, said: "the registry wanted it later".to_owned(), tail: tried.tail };
                }
            }
            self.tell_waiting(job, None).await;
            least = (least * 2).min(BUSY);
        }
    }

    /// Waits until a consumer's own client resolves a version, twice in a row.
    pub(super) async fn resolved(&self, job: &Job, package: &PackageVersion) -> Performed {
        let (since, until) = (now(), Instant::now() + package.propagates.duration());
        let mut orders = job.orders.clone();
        let mut pause = FIRST_PAUSE;
        let mut hits = 0;
        loop {
            let last = match self.resolution_of(&job.plan, package).await {
                Resolution::Resolved { evidence } => {
                    hits += 1;
                    if hits >= HITS {
                        return Performed::Ok {
                            evidence: vec![format!("a consumer's client resolves {package}: {evidence}")],
                        };
                    }
                    pause = FIRST_PAUSE;
                    evidence
                }
                Resolution::NotYet { detail } => {
                    hits = 0;
                    detail
                }
                Resolution::Unknown { why } => {
                    hits = 0;
                    format!("can't be told: {why}")
                }
            };
            if hits == 0 {
                if Instant::now() + pause > until {
                    let why = format!(
                        "{package} is published, but no consumer's client resolves it after {}: {last}",
                        package.propagates
                    );
                    return Performed::Failed { effect: Trace::None, why, tail: Vec::new(), found: None };
                }
                let what = format!("consumers to resolve {package}");
                self.tell_propagating(job, package, what, since, last).await;
            }
            tokio::select! {
                () = sleep(pause) => {}
                order = given(&mut orders) => return match order {
                    Order::LetGo => Performed::LetGo,
                    Order::Run | Order::Cancel => Performed::Failed {
                        effect: Trace::None,
                        why: "waiting for consumers was cancelled".to_owned(),
                        tail: Vec::new(),
                        found: None,
                    },
                },
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Tells that a registry took a version and doesn't show it to everyone yet.
    pub(super) async fn tell_propagating(
        &self,
        job: &Job,
        package: &PackageVersion,
        what: String,
        since: Millis,
        last: String,
    ) {
        let until = since + package.propagates.millis();
        self.tell_waiting(job, Some(Wait { kind: WaitKind::Propagation, what, since, until, last })).await;
    }

    /// Tells what a step waits for.
    pub(super) async fn tell_waiting(&self, job: &Job, wait: Option<Wait>) {
        // nobody listens any more: then nobody misses it
        let _ = job.line.0.send(Signal::Waiting(job.step.clone(), wait)).await;
    }
}

fn complaint_of(package: &PackageVersion, tail: &[String]) -> Option<Complaint> {
    match &package.asking {
        Asking::Index { kind, .. } => protocol(*kind)?.complaint(&tail.join("\n")),
        Asking::Command { .. } => None,
    }
}

fn millis(time: Duration) -> Millis {
    Millis::try_from(time.as_millis()).unwrap_or(Millis::MAX)
}
