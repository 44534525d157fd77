//! Builds the status from plan, ledger and what was last seen.

use super::flag::{flag, reachable};
use super::live::live;
use super::order::{Untold, out_of_order};
use super::repo::{repo_status, steps_by_repo};
use super::seam::seams;
use super::step::{Looked, step_status};
use super::waits::{go_on, waiting_for};
use super::{Controls, OwnerStatus, ReleaseStatus, Status};
use crate::plan::Plan;
use crate::rollout::compiled::Compiled;
use crate::rollout::fold::Rollout;
use crate::rollout::next::next;
use crate::rollout::observed::Observed;
use crate::rollout::progress::Progress;
use crate::rollout::skew::skews;
use crate::rollout::state::phase;

/// What a process knows of itself that plan, ledger and world don't tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Session {
    /// Whether this user trusts this plan on this machine.
    pub trusted: bool,
    /// Whether this process has the controls.
    pub mine: bool,
    /// Whether the holder of the controls is at work; none: can't be told from here.
    pub alive: Option<bool>,
    /// Why the ledger can't be believed, if it can't.
    pub unsound: Option<String>,
    /// Whether nothing more starts because somebody was asked whether it stops.
    pub paused: bool,
}

/// The release at a glance.
pub fn status(plan: &Plan, rollout: &Rollout, observed: &Observed, session: &Session) -> Status {
    let document = plan.document();
    let flag = flag(plan, rollout, observed);
    let (progress, compiled) = (Progress::new(plan, rollout), Compiled::of(plan, rollout));
    let steps = plan.steps().iter().enumerate();
    let looked = Looked { plan, rollout, observed, progress: &progress, compiled: &compiled };
    let steps: Vec<_> = steps.map(|(index, step)| step_status(&looked, index, step)).collect();
    let by_repo = steps_by_repo(plan, &steps);
    let next = next(plan, rollout);
    let sight = crate::rollout::out_of_order::out_of_order_in(plan, rollout, observed, &compiled);
    // whoever only watches reads ledger and world one after the other, and a conductor at work may have moved between
    let untold = if !session.mine && session.alive == Some(true) { Untold::Left } else { Untold::Shown };
    Status {
        schema: 1,
        release: ReleaseStatus {
            id: document.release.id.to_string(),
            title: document.release.title.clone(),
            mode: document.release.mode,
            shipped: rollout.shipped_at.is_some(),
        },
        phase: phase(plan, rollout),
        started: rollout.has_started(),
        plan_digest: plan.digest().clone(),
        trusted: session.trusted,
        owner: OwnerStatus { name: document.owner.name.clone(), email: document.owner.email.clone(), proven: false },
        controls: controls(rollout, session),
        repos: plan.repos().iter().map(|repo| repo_status(rollout, observed, plan, repo, &by_repo)).collect(),
        seams: seams(plan, observed),
        coverage: super::suite::coverage(plan, rollout),
        next: next.step().or_else(|| progress.first_undone()).cloned(),
        waiting_for: waiting_for(plan, rollout, &next, observed, session, &compiled),
        go_on: go_on(rollout, &next, session),
        hold: rollout.hold.as_ref().map(|hold| hold.reason.clone()),
        paused: session.paused,
        unsound: session.unsound.clone(),
        live: live(plan, rollout, &compiled),
        skew: skews(plan, &document.seam, rollout),
        out_of_order: out_of_order(plan, rollout, &sight, untold),
        reachable_states: reachable(plan, rollout, observed, flag.as_ref()),
        flag,
        steps,
        seq: rollout.seq,
    }
}

fn controls(rollout: &Rollout, session: &Session) -> Controls {
    let holder = rollout.holder.as_ref();
    Controls {
        holder: holder.map(|h| format!("{}@{} ({}, process {})", h.user, h.host, h.what, h.pid)),
        host: holder.map(|h| h.host.clone()),
        since: holder.and(rollout.held_since),
        mine: session.mine,
        alive: holder.and(session.alive),
    }
}
