//! Finds out what became of an effect that was tried. A probe decides where there is one; how the child ended only says how
//! long to wait for it, and what an absence proves.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::command::end_words;
use super::perform::Unstarted;
use super::{RealWorld, last_lines, now, off_loop};
use crate::plan::{Digest, Probe};
use crate::port::process::{End, Ended, Order};
use crate::port::world::{Job, Performed};
use crate::rollout::event::{Finding, Trace, Writer};

/// How long an effect may take to be seen after its child ended well.
const VISIBLE: Duration = Duration::from_secs(30);
/// How long an upload whose publisher failed is looked for.
const LANDED: Duration = Duration::from_secs(3);
const FIRST_PAUSE: Duration = Duration::from_millis(150);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// How a try ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// As it should.
    Well,
    /// By itself, with a complaint.
    Badly,
    /// The target itself refused it, and that is proven.
    Refused,
    /// Nothing was ever started.
    Never,
    /// In a way that says nothing: a time limit, a signal, a connection that broke.
    Unclear,
    /// Not at all: it was left running.
    LetGo,
}

/// A try.
#[derive(Debug)]
pub(super) struct Try {
    pub(super) how: How,
    /// In words.
    pub(super) said: String,
    pub(super) tail: Vec<String>,
}

impl Try {
    /// Nothing was started.
    pub(super) fn nothing(why: String) -> Self {
        Self { how: How::Never, said: why, tail: Vec::new() }
    }

    /// Work of our own ended.
    pub(super) fn ended(how: How, said: &str) -> Self {
        Self { how, said: said.to_owned(), tail: Vec::new() }
    }

    /// A child ended.
    pub(super) fn of_child(ended: Result<Ended, Unstarted>) -> Self {
        let ended = match ended {
            Ok(ended) => ended,
            Err(Unstarted::NotNoted(why)) => return Self::nothing(why),
            Err(Unstarted::NotSpawned(why)) => return Self::nothing(why.to_string()),
        };
        let how = match ended.end {
            End::Exited(0) => How::Well,
            End::Exited(_) => How::Badly,
            End::Signalled(_) | End::TimedOut | End::Cancelled => How::Unclear,
            End::LetGo => How::LetGo,
        };
        Self { how, said: end_words(ended.end), tail: last_lines(&ended.tail) }
    }
}

/// Why waiting for an effect ended.
pub(super) enum Waited {
    Found(Finding),
    Cancelled(Finding),
    LetGo,
}

impl RealWorld {
    /// What became of the effect.
    pub(super) async fn settled(&self, job: &Job, artifact: Option<&Digest>, tried: Try) -> Performed {
        let failed = |effect: Trace, why: String, found: Option<Finding>| Performed::Failed {
            effect,
            why,
            tail: tried.tail.clone(),
            found,
        };
        match (tried.how, &job.action.probe) {
            (How::LetGo, _) => return Performed::LetGo,
            (How::Never, _) => return failed(Trace::None, format!("it was never started: {}", tried.said), None),
            (How::Well, Probe::Nothing | Probe::Started { .. }) => return Performed::Ok { evidence: vec![tried.said] },
            (How::Badly | How::Refused | How::Unclear, Probe::Nothing) => {
                return failed(Trace::Unknown, tried.said.clone(), None);
            }
            (How::Well | How::Badly | How::Refused | How::Unclear, _) => {}
        }
        let waited = match (&job.action.probe, tried.how) {
            (Probe::Flag { state }, How::Well) => self.converged(job, state).await,
            _ => self.awaited(job, artifact, tried.how).await,
        };
        let found = match waited {
            Waited::LetGo => return Performed::LetGo,
            Waited::Cancelled(found) => {
                let why = format!("waiting for the effect was cancelled ({})", said_of(&found));
                return failed(Trace::Unknown, why, Some(found));
            }
            Waited::Found(found) => found,
        };
        let said = &tried.said;
        let why = match (&found, tried.how) {
            (Finding::Present { evidence }, How::Well) => {
                return Performed::Ok { evidence: vec![said.clone(), evidence.clone()] };
            }
            (Finding::Present { evidence }, _) => {
                let own = format!("the command itself had failed: {said}");
                return Performed::Ok { evidence: vec![own, evidence.clone()] };
            }
            (Finding::Absent { detail }, How::Well) => {
                format!("it ended well ({said}), but the effect isn't there: {detail}")
            }
            (Finding::Absent { detail }, _) => format!("{said}; {detail}"),
            (Finding::Conflict { detail }, _) => format!("{said}; something else is there: {detail}"),
            (Finding::Unknown { .. }, How::Refused) if matches!(job.action.probe, Probe::Started { .. }) => {
                format!("{said}; nothing was started")
            }
            (Finding::Unknown { why }, _) => format!("{said}; whether the effect is there isn't known: {why}"),
        };
        let nothing = match (&found, tried.how) {
            (Finding::Absent { .. }, How::Refused) => true,
            // a workflow leaves no trace of its own: who refused to start it has said all there is
            (Finding::Unknown { .. }, How::Refused) => matches!(job.action.probe, Probe::Started { .. }),
            (Finding::Absent { .. }, How::Badly) => job.action.probe.absence_is_proof() && self.is_gone(job).await,
            _ => false,
        };
        failed(if nothing { Trace::None } else { Trace::Unknown }, why, Some(found))
    }

    /// Asks until the effect is there, something else is, or it has had its time.
    async fn awaited(&self, job: &Job, artifact: Option<&Digest>, how: How) -> Waited {
        let budget = match (how, &job.action.probe) {
            // slow isn't failed: registries propagate
            (How::Well, Probe::Package { package, .. }) => package.propagates.duration(),
            // a publisher may fail although its upload landed, and a listing takes its time
            (How::Badly | How::Unclear, Probe::Package { .. }) => LANDED,
            (How::Well, _) => VISIBLE,
            (How::Badly | How::Refused | How::Never | How::Unclear | How::LetGo, _) => Duration::ZERO,
        };
        let (since, until) = (now(), Instant::now() + budget);
        // a registry that can't be asked just after an upload says nothing of it: it gets a little time to come back
        let answers_by = match &job.action.probe {
            Probe::Package { .. } if budget > Duration::ZERO => until.max(Instant::now() + VISIBLE),
            _ => until,
        };
        let mut orders = job.orders.clone();
        let mut pause = FIRST_PAUSE;
        loop {
            let found = self.finding(job, artifact).await;
            let over = match &found {
                Finding::Present { .. } | Finding::Conflict { .. } => true,
                Finding::Absent { .. } => Instant::now() + pause > until,
                Finding::Unknown { .. } => Instant::now() + pause > answers_by,
            };
            if over {
                return Waited::Found(found);
            }
            if let (Probe::Package { package, .. }, How::Well) = (&job.action.probe, how) {
                let what = format!("the registry to show {package}");
                self.tell_propagating(job, package, what, since, said_of(&found).to_owned()).await;
            }
            tokio::select! {
                () = sleep(pause) => {}
                order = given(&mut orders) => match order {
                    Order::LetGo => return Waited::LetGo,
                    Order::Run | Order::Cancel => return Waited::Cancelled(found),
                },
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn is_gone(&self, job: &Job) -> bool {
        let (desk, step, key, attempt) = (Arc::clone(&self.desk), job.step.clone(), job.key.clone(), job.attempt);
        let known = off_loop(move || desk.child(&step, &key, attempt));
        known.await.is_ok_and(|known| known.writer == Writer::Gone)
    }
}

fn said_of(found: &Finding) -> &str {
    match found {
        Finding::Present { evidence } => evidence,
        Finding::Absent { detail } | Finding::Conflict { detail } => detail,
        Finding::Unknown { why } => why,
    }
}

/// Waits for an order to end it; for ever if there is nobody left to give one. Cancel-safe.
pub(super) async fn given(orders: &mut tokio::sync::watch::Receiver<Order>) -> Order {
    // the guard that comes with an order must not live on while we wait
    let told = orders.wait_for(|order| *order != Order::Run).await.map(|order| *order);
    match told {
        Ok(order) => order,
        Err(_) => std::future::pending().await,
    }
}
