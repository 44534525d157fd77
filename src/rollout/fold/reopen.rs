//! What stops describing the world when a step is taken back or the flag moves: those effects get a new generation.

use super::Rollout;
use super::log::{ActionLog, ActionState, StepLog};
use crate::plan::{FlagState, Identity, Nature, StepId};

impl Rollout {
    /// A step was taken back, by evidence: it and whatever only looked at it are open again. The event that says so in words
    /// may be lost in a crash; this can't be.
    pub(super) fn take_back(&mut self, step: &StepId) {
        let mut reopens = vec![step.clone()];
        loop {
            let falls = |id: &StepId, log: &StepLog| {
                log.only_looks() && !reopens.contains(id) && log.needs.iter().any(|needed| reopens.contains(needed))
            };
            let next = self.steps.iter().find(|(id, log)| falls(id, log)).map(|(id, _)| id.clone());
            match next {
                Some(id) => reopens.push(id),
                None => break,
            }
        }
        self.reopen(&reopens);
        self.log(step).undone = true;
    }

    /// Opens steps again: a next try of them is a new effect. What is at work or in doubt stays so until it is settled.
    pub(super) fn reopen(&mut self, steps: &[StepId]) {
        for step in steps {
            let Some(log) = self.steps.get_mut(step) else { continue };
            let pending = |a: &ActionLog| a.nature == Nature::Effect && a.state.is_unsettled();
            if log.actions.values().chain(&log.undo).any(pending) {
                continue;
            }
            let used: Vec<Identity> = log.actions.values().chain(&log.undo).map(|a| a.identity.clone()).collect();
            if used.is_empty() {
                continue;
            }
            *log = StepLog {
                undone: log.undone || log.brought_something(),
                veto: log.veto.take(),
                attempts: log.attempts,
                ..StepLog::default()
            };
            for identity in used {
                *self.generations.entry(identity).or_default() += 1;
            }
            self.uncouple(step);
            self.forget_items_of(step);
            self.shipped_at = None;
            self.untick();
        }
    }

    /// What was ticked of a list that isn't done was ticked in a world that is gone.
    fn untick(&mut self) {
        for log in self.steps.values_mut().filter(|log| !log.is_done()) {
            log.ticks.clear();
        }
    }

    /// Other commits are to ship: what was seen, ticked or tried in vain of those before says nothing of them. A look is made
    /// again as a look of its own; what was tried keeps its name.
    pub(super) fn start_afresh(&mut self) {
        for log in self.steps.values_mut() {
            for action in log.actions.values().filter(|action| action.nature == Nature::Observation) {
                *self.generations.entry(action.identity.clone()).or_default() += 1;
            }
            *log = StepLog { veto: log.veto.take(), attempts: log.attempts, ..StepLog::default() };
        }
    }

    /// The flag has a state: bringing any other state again is a new effect.
    pub(super) fn change_flag(&mut self, to: FlagState, by: u64) {
        let left = |action: &&ActionLog| {
            action.identity.verb == "flag"
                && action.identity.brings != to.as_str()
                && matches!(action.state, ActionState::Done { .. })
        };
        let logs = self.steps.values().flat_map(|log| log.actions.values());
        let left: Vec<_> = logs.filter(left).map(|action| (action.identity.clone(), action.key.clone())).collect();
        let Some(release) = self.release.clone() else { return };
        for (identity, key) in left {
            if self.key(&release, &identity) == key {
                *self.generations.entry(identity).or_default() += 1;
            }
        }
        self.forget_flag_item();
        self.flag_missed = None;
        self.flag = Some(to);
        self.flag_by = by;
    }
}
