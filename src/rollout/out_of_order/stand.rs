//! How the plan's actions stand to the world: ahead of it, brought by us, or at work so that nothing can be said.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::{Action, BroughtRef, Nature, Plan, Probe, RepoName, Sha, Step, StepId, Via};
use crate::rollout::compiled::Compiled;
use crate::rollout::event::Millis;
use crate::rollout::fold::{ActionState, How, Rollout, StepLog};
use crate::rollout::observed::Seen;
use crate::rollout::state::{is_approved, is_done, repin_to_come};

/// How one action stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stand {
    /// Nothing of ours was ever tried: what is there already isn't ours.
    Ahead,
    /// It was proved to be there, and its step is done since then.
    Brought(Since),
    /// Ours in some way: at work, in doubt, found, taken back. Nothing is said.
    Ours,
}

/// Since when something is so: by its place in the chain, which orders it, and by its writer's clock, which only advises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Since {
    seq: u64,
    at: Millis,
}

impl Since {
    /// Whether a sight was begun once this was recorded: one that was begun before may not show it yet.
    pub(super) fn was_known_to<T>(self, seen: &Seen<T>) -> bool {
        seen.after >= self.seq
    }

    /// The same, and what takes a moment to show has had it. The clocks only tell how long that was: where one of them was
    /// put right meanwhile they are far apart, whichever was ahead.
    pub(super) fn was_over_for<T>(self, moment: Millis, seen: &Seen<T>) -> bool {
        self.was_known_to(seen) && seen.at.is_some_and(|at| at.abs_diff(self.at) > moment)
    }
}

/// An action with where it stands.
#[derive(Debug)]
pub(super) struct Standing<'a> {
    pub(super) action: &'a Action,
    pub(super) stand: Stand,
}

/// Every action of the plan.
pub(super) struct Stands<'a> {
    pub(super) plan: &'a Plan,
    pub(super) rollout: &'a Rollout,
    by_step: BTreeMap<&'a StepId, Vec<Standing<'a>>>,
    /// Where refs were put, or are being put, by whichever step.
    put: BTreeSet<(BroughtRef, Sha)>,
}

impl<'a> Stands<'a> {
    pub(super) fn new(plan: &'a Plan, rollout: &'a Rollout, compiled: &'a Compiled<'_>) -> Self {
        let busy: BTreeSet<&RepoName> = rollout.open().filter_map(|(_, step)| plan.step(step)?.verb.repo()).collect();
        let mut by_step = BTreeMap::new();
        let mut put = BTreeSet::new();
        for step in plan.steps() {
            let at_work = step.verb.repo().is_some_and(|repo| busy.contains(repo));
            let standings: Vec<Standing<'_>> = (1..)
                .zip(compiled.actions(&step.id))
                .map(|(nth, action)| {
                    let stand = if at_work { Stand::Ours } else { stand(plan, rollout, step, nth, action) };
                    Standing { action, stand }
                })
                .collect();
            let brought = standings.iter().filter(|standing| standing.stand != Stand::Ahead);
            put.extend(brought.filter_map(|standing| ref_of(&standing.action.probe)));
            by_step.insert(&step.id, standings);
        }
        Self { plan, rollout, by_step, put }
    }

    pub(super) fn of(&self, step: &StepId) -> &[Standing<'a>] {
        self.by_step.get(step).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether some step of ours put a ref there.
    pub(super) fn has_put(&self, at: &(BroughtRef, Sha)) -> bool {
        self.put.contains(at)
    }

    /// Whether nothing of a step was ever tried, found or taken back.
    pub(super) fn is_untouched(&self, step: &Step) -> bool {
        self.of(&step.id).iter().filter(|standing| leaves_a_mark(standing.action)).all(|s| s.stand == Stand::Ahead)
    }

    /// Since when a step is done by what was proved.
    pub(super) fn done_since(&self, step: &Step) -> Option<Since> {
        let marks = self.of(&step.id).iter().filter(|standing| leaves_a_mark(standing.action));
        marks.filter_map(|s| if let Stand::Brought(since) = s.stand { Some(since) } else { None }).max()
    }
}

fn leaves_a_mark(action: &Action) -> bool {
    action.effect.nature() == Nature::Effect || action.identity.verb == "await"
}

/// The ref that a probe asks for, and where it should be.
pub(super) fn ref_of(probe: &Probe) -> Option<(BroughtRef, Sha)> {
    match probe {
        Probe::RemoteBranch { repo, remote, branch, sha } => {
            Some((BroughtRef::branch(repo, remote, branch), sha.clone()))
        }
        Probe::RemoteTag { repo, remote, tag, sha } => Some((BroughtRef::tag(repo, remote, tag), sha.clone())),
        Probe::LocalBranch { .. }
        | Probe::Command { .. }
        | Probe::Package { .. }
        | Probe::Repinned { .. }
        | Probe::Started { .. }
        | Probe::Flag { .. }
        | Probe::Itself
        | Probe::Nothing => None,
    }
}

fn stand(plan: &Plan, rollout: &Rollout, step: &Step, nth: u32, action: &Action) -> Stand {
    let nothing = StepLog::default();
    let log = rollout.steps.get(&step.id).unwrap_or(&nothing);
    // the commit that it will bring isn't made yet, and the frozen one below it may well be there
    if log.undone || log.undo.is_some() || repin_to_come(plan, rollout, step).is_some() {
        return Stand::Ours;
    }
    if let Some(logged) = log.actions.get(&nth) {
        // the owner's word stands against what is seen: it was given because nothing could be
        let proved = matches!(logged.state, ActionState::Done { how: How::Acted | How::Probed, .. });
        let since = log.ended_at.zip(log.ended_by).map(|(at, seq)| Since { seq, at });
        return match since.filter(|_| proved && log.is_done() && logged.identity == action.identity) {
            Some(since) => Stand::Brought(since),
            None => Stand::Ours,
        };
    }
    // others were told that they may bring it now, and may do so before anybody waits for it
    let theirs = step.via == Via::External
        && is_approved(rollout, &step.id)
        && plan.needs(step).into_iter().all(|needed| is_done(rollout, needed));
    if theirs {
        return Stand::Ours;
    }
    let key = rollout.key(plan.id(), &action.identity);
    let begun = log.actions.values().any(|logged| logged.intent.is_some());
    let known = rollout.generation(&action.identity) > 0 || rollout.tries(&key) > 0 || rollout.is_accepted(&key);
    if begun || known { Stand::Ours } else { Stand::Ahead }
}
