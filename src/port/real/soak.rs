//! Waits while checks stay good. Good time is the time since the ledger's start less what was bad, by the wall clock, so that
//! it goes on over restarts; only changes of health are told.

use std::time::Duration;

use tokio::time::sleep;

use super::checks::Checked;
use super::settle::given;
use super::{RealWorld, now, tell};
use crate::plan::{Check, Command, Period};
use crate::port::process::{Order, Tail};
use crate::port::world::{Job, Performed, Signal};
use crate::rollout::Millis;
use crate::rollout::event::{Health, Trace};
use crate::rollout::fold::SoakLog;

/// One round may not take longer than this for a command.
const ROUND: Duration = Duration::from_secs(60);

/// A soak's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clock {
    health: Health,
    /// Good time up to the last change.
    good_for: u64,
    changed_at: Millis,
}

impl Clock {
    pub(super) fn of(log: Option<&SoakLog>, now: Millis) -> Self {
        match log {
            Some(log) => Self { health: log.health, good_for: log.good_for, changed_at: log.changed_at },
            None => Self { health: Health::Good, good_for: 0, changed_at: now },
        }
    }

    /// Good time so far. A clock that went back adds nothing.
    pub(super) fn good(&self, now: Millis) -> u64 {
        match self.health {
            Health::Good => self.good_for.saturating_add(now.saturating_sub(self.changed_at)),
            Health::Bad => self.good_for,
        }
    }

    /// Takes a round's result; whether the health changed.
    pub(super) fn turn(&mut self, health: Health, now: Millis) -> bool {
        if self.health == health {
            return false;
        }
        *self = Self { health, good_for: self.good(now), changed_at: now };
        true
    }
}

impl RealWorld {
    pub(super) async fn soaked(
        &self,
        job: &Job,
        lasts: Period,
        every: Period,
        checks: &[Check],
        commands: &[Option<Command>],
    ) -> Performed {
        let tail = Tail::default();
        tell(&job.line, &job.step, &tail).await;
        let mut orders = job.orders.clone();
        let mut clock = Clock::of(job.soak.as_ref(), now());
        let mut rounds: u64 = 0;
        loop {
            let made = tokio::select! {
                made = self.round(&job.plan, checks, commands, ROUND) => made,
                order = given(&mut orders) => return stopped(order, &clock),
            };
            rounds = rounds.saturating_add(1);
            let bad: Vec<String> = made.iter().filter(|made| !made.is_good()).map(Checked::line).collect();
            let health = if bad.is_empty() { Health::Good } else { Health::Bad };
            let at = now();
            if clock.turn(health, at) {
                let detail = if bad.is_empty() { "all checks pass again".to_owned() } else { bad.join("; ") };
                tail.say(&detail);
                let signal = Signal::Health { step: job.step.clone(), health, detail, good_for: clock.good(at) };
                // nobody listens any more: then nobody misses it
                let _ = job.line.0.send(signal).await;
            }
            let good = clock.good(at);
            if health == Health::Good && good >= lasts.millis() {
                return Performed::Ok { evidence: vec![format!("good for {lasts}, {rounds} rounds")] };
            }
            tail.say(&format!("round {rounds}: {} of {lasts}", Period::from(good)));
            let left = lasts.millis().saturating_sub(good);
            let pause = match health {
                Health::Good => every.millis().min(left),
                Health::Bad => every.millis(),
            };
            tokio::select! {
                () = sleep(Duration::from_millis(pause.max(1))) => {}
                order = given(&mut orders) => return stopped(order, &clock),
            }
        }
    }
}

fn stopped(order: Order, clock: &Clock) -> Performed {
    match order {
        Order::LetGo => Performed::LetGo,
        Order::Run | Order::Cancel => Performed::Failed {
            effect: Trace::None,
            why: format!("the soak was stopped after {} of good time", Period::from(clock.good(now()))),
            tail: Vec::new(),
            found: None,
        },
    }
}
