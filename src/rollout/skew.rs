//! For how long the two sides of a seam disagreed in production: from when the release of one side went out until that of the
//! other did. Told from the ledger's own times, which are the clocks of the machines that wrote them: advisory.

use std::collections::BTreeSet;

use serde::Serialize;

use super::event::Millis;
use super::fold::{Rollout, StepLog};
use crate::plan::seam::Side;
use crate::plan::{FlagState, Gate, Plan, RepoName, Seam, SeamId, Step, StepId, Verb};

/// The most pairs that are told: a seam may name many repositories on each side.
const MOST: usize = 200;

/// One producer and one consumer of a seam.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skew {
    /// The seam.
    pub seam: SeamId,
    /// What must fit, in words.
    pub title: String,
    /// The side that promises.
    pub producer: Out,
    /// The side that relies on it.
    pub consumer: Out,
    /// Which came first.
    pub order: Order,
    /// From when they disagreed.
    pub from: Option<Millis>,
    /// Until when; none while they do, and where they never did.
    pub until: Option<Millis>,
    /// Whether users could meet it.
    pub met: Met,
}

/// A side's release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Out {
    /// The repository.
    pub repo: RepoName,
    /// The step that brings it out.
    pub step: StepId,
    /// When it was out, by evidence.
    pub at: Option<Millis>,
    /// Whether somebody else brought it, so that it was first seen then and may have been out before.
    pub by_others: bool,
}

/// Which side came first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Neither is out.
    Neither,
    /// The one that promises, as it should.
    ProducerFirst,
    /// The one that relies on it: for a time it asked for what wasn't there.
    ConsumerFirst,
    /// Both at once.
    Together,
}

/// Whether users could meet a disagreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Met {
    /// There was none.
    Nothing,
    /// Both went out behind the flag, which was proved to be off and wasn't touched before the disagreement ended.
    Dormant,
    /// They could, or nobody proved that they couldn't.
    Could,
}

/// What is said once of all of them.
pub const ADVISORY: &str = "times are the ledger's, by the clocks of the machines that wrote them: advisory";

impl Skew {
    /// For how long they disagreed, or have until now.
    pub fn lasted(&self, now: Millis) -> Option<Millis> {
        self.from.map(|from| self.until.unwrap_or(now).saturating_sub(from))
    }

    /// All of it in words, given how long it lasted in words.
    pub fn says(&self, lasted: &str) -> String {
        let (producer, consumer) = (&self.producer.repo, &self.consumer.repo);
        let said = match (self.order, self.until) {
            (Order::Neither, _) => format!("neither {producer} nor {consumer} is out"),
            (Order::Together, _) => format!("{producer} and {consumer} went out at once"),
            (Order::ProducerFirst, Some(_)) => format!("{consumer} followed {producer} after {lasted}"),
            (Order::ProducerFirst, None) => format!("{producer} has been out for {lasted}, {consumer} isn't yet"),
            (Order::ConsumerFirst, Some(_)) => format!("{consumer} was out {lasted} before {producer}"),
            (Order::ConsumerFirst, None) => format!("{consumer} has been out for {lasted} without {producer}"),
        };
        let met = match self.met {
            Met::Nothing => "",
            Met::Dormant => "; dormant, the flag was proved off: users could not meet it",
            Met::Could => "; users could meet it",
        };
        let others = if self.producer.by_others || self.consumer.by_others {
            "; what others brought counts from when it was first seen, and may have been out before"
        } else {
            ""
        };
        format!("{said}{met}{others}")
    }
}

/// Every pair of a seam's two sides that this release brings out.
pub fn skews(plan: &Plan, seams: &[Seam], rollout: &Rollout) -> Vec<Skew> {
    let pairs = seams.iter().flat_map(|seam| {
        let consumers: BTreeSet<_> = seam.repos_of(Side::Consumer);
        let producers = seam.repos_of(Side::Producer).into_iter();
        producers
            .flat_map(move |producer| consumers.clone().into_iter().map(move |consumer| (seam, producer, consumer)))
    });
    let told = pairs.filter(|(_, producer, consumer)| producer != consumer).filter_map(|(seam, producer, consumer)| {
        let (producer, consumer) = (brings_out(plan, producer)?, brings_out(plan, consumer)?);
        Some(skew(plan, rollout, seam, producer, consumer))
    });
    told.take(MOST).collect()
}

/// The first step that brings a repository's release to where others meet it.
fn brings_out<'a>(plan: &'a Plan, repo: &'a RepoName) -> Option<(&'a RepoName, &'a Step)> {
    let ships =
        |step: &&Step| matches!(step.verb, Verb::Publish(_) | Verb::Deploy(_)) && step.verb.repo() == Some(repo);
    plan.steps().iter().find(ships).map(|step| (repo, step))
}

fn skew(
    plan: &Plan,
    rollout: &Rollout,
    seam: &Seam,
    producer: (&RepoName, &Step),
    consumer: (&RepoName, &Step),
) -> Skew {
    let (promises, relies) = (out(rollout, producer), out(rollout, consumer));
    let (order, from, until) = match (promises.at, relies.at) {
        (None, None) => (Order::Neither, None, None),
        (Some(at), None) => (Order::ProducerFirst, Some(at), None),
        (None, Some(at)) => (Order::ConsumerFirst, Some(at), None),
        (Some(one), Some(other)) if one < other => (Order::ProducerFirst, Some(one), Some(other)),
        (Some(one), Some(other)) if one > other => (Order::ConsumerFirst, Some(other), Some(one)),
        (Some(_), Some(_)) => (Order::Together, None, None),
    };
    let dormant =
        || [producer, consumer].iter().all(|(_, step)| was_off(plan, rollout, step)) && !lit(plan, rollout, until);
    let met = match from {
        None => Met::Nothing,
        Some(_) if dormant() => Met::Dormant,
        Some(_) => Met::Could,
    };
    Skew {
        seam: seam.id.clone(),
        title: seam.title.clone(),
        producer: promises,
        consumer: relies,
        order,
        from,
        until,
        met,
    }
}

fn out(rollout: &Rollout, (repo, step): (&RepoName, &Step)) -> Out {
    let log = rollout.steps.get(&step.id);
    let done = log.filter(|log| log.is_done());
    let others = log.and_then(|log| log.first_seen);
    Out {
        repo: repo.clone(),
        step: step.id.clone(),
        at: others.or_else(|| done.and_then(|log| log.ended_at)),
        by_others: others.is_some(),
    }
}

/// Whether a step that went out was held to the flag's first state when it started. What isn't out needs no proof.
fn was_off(plan: &Plan, rollout: &Rollout, step: &Step) -> bool {
    let Some(log) = rollout.steps.get(&step.id).filter(|log| log.ended_at.is_some() || log.first_seen.is_some()) else {
        return true;
    };
    let off = plan.document().flag.as_ref().and_then(|flag| flag.states.first());
    let held =
        |(index, gate): (u32, &Gate)| matches!(gate, Gate::Flag(state) if Some(state) == off) && holds(log, index);
    log.first_seen.is_none() && (0..).zip(&step.gates).any(held)
}

fn holds(log: &StepLog, gate: u32) -> bool {
    log.gates.get(&gate).is_some_and(|judged| judged.holds)
}

/// Whether anybody began to light the flag before an instant, or at all.
fn lit(plan: &Plan, rollout: &Rollout, until: Option<Millis>) -> bool {
    let off = plan.document().flag.as_ref().and_then(|flag| flag.states.first()).map(FlagState::as_str);
    let before = |at: Millis| until.is_none_or(|until| at < until);
    rollout.lit.iter().any(|(state, at)| Some(state.as_str()) != off && before(*at))
}
