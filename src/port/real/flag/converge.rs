//! Waits until everyone reads a state that was set. A service may answer with what it had a moment ago, so everyone has to
//! read it twice.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::Agreement;
use crate::plan::FlagState;
use crate::port::process::Order;
use crate::port::real::settle::{Waited, given};
use crate::port::real::{RealWorld, now};
use crate::port::world::Job;
use crate::rollout::event::Finding;
use crate::rollout::observed::{Wait, WaitKind};

/// How long everyone has to go on reading it.
const STEADY: Duration = Duration::from_millis(700);
const FIRST_PAUSE: Duration = Duration::from_millis(150);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

impl RealWorld {
    /// Reads the flag everywhere until all agree and go on agreeing, or the plan's budget for it is used up.
    pub(in crate::port::real) async fn converged(&self, job: &Job, state: &FlagState) -> Waited {
        let budget = job.plan.document().flag.as_ref().map(crate::plan::Flag::budget);
        let budget = budget.map_or(Duration::ZERO, |budget| budget.duration().min(job.action.limit.duration()));
        let (since, begun) = (now(), Instant::now());
        let mut orders = job.orders.clone();
        let mut pause = FIRST_PAUSE;
        // how long it took until all agreed, while they still do
        let mut after: Option<Duration> = None;
        let waited = loop {
            let agreement = self.agreement(&job.plan, state).await;
            let spent = begun.elapsed();
            let rest = match (agreement.is_full(), after) {
                (true, Some(took)) => break Waited::Found(Finding::Present { evidence: words(&agreement, took) }),
                (true, None) => {
                    after = Some(spent);
                    STEADY
                }
                (false, _) if spent + pause > budget => break Waited::Found(late(&agreement, budget)),
                (false, _) => {
                    after = None;
                    pause
                }
            };
            let last = agreement.words();
            let wait = Wait {
                kind: WaitKind::Convergence,
                what: format!("everyone to read the flag as {state}"),
                since,
                until: since + u64::try_from(budget.as_millis()).unwrap_or(u64::MAX),
                last: last.clone(),
            };
            self.tell_waiting(job, Some(wait)).await;
            tokio::select! {
                () = sleep(rest) => {}
                order = given(&mut orders) => break match order {
                    Order::LetGo => Waited::LetGo,
                    Order::Run | Order::Cancel => Waited::Cancelled(agreement.finding()),
                },
            }
            if after.is_none() {
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        };
        self.tell_waiting(job, None).await;
        waited
    }
}

/// "6 of 6 agree, after 0.4 s".
fn words(agreement: &Agreement, took: Duration) -> String {
    format!("{}, after {:.1} s", agreement.words(), took.as_secs_f64())
}

/// Not everyone agreed in time.
fn late(agreement: &Agreement, budget: Duration) -> Finding {
    let said = |words: String| format!("{words}; not everyone reads it after {} s", budget.as_secs());
    match agreement.finding() {
        Finding::Present { evidence } => Finding::Present { evidence },
        Finding::Absent { detail } => Finding::Absent { detail: said(detail) },
        Finding::Conflict { detail } => Finding::Conflict { detail: said(detail) },
        Finding::Unknown { why } => Finding::Unknown { why: said(why) },
    }
}
