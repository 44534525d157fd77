//! Folds what happens to single effects: intents, outcomes, probes and the owner's word. Whether they may happen is decided
//! in `admit`; nothing is refused here.

use super::Rollout;
use super::log::{ActionLog, ActionState, Hold, How, IntentLog};
use crate::plan::{Identity, Key, Nature, RepoName, StepId};
use crate::rollout::event::{Direction, Event, Finding, Intent, Outcome, Probed, Proof, Trace, Verdict};

impl Rollout {
    pub(super) fn intend(&mut self, event: &Event, intent: &Intent) {
        let (Some(step), Some(key)) = (event.draft.step.clone(), event.draft.action.clone()) else { return };
        self.open.insert(key.clone(), step.clone());
        if intent.identity.verb == "record" {
            self.recorded.clone_from(&intent.needs);
        }
        if intent.identity.verb == "flag" {
            self.lit.entry(intent.identity.brings.clone()).or_insert(event.at);
        }
        if intent.direction == Direction::Back {
            // it was approved to go back: to go on it must be approved again
            self.uncouple(&step);
        }
        let attempt = event.draft.attempt.unwrap_or(1);
        self.tries.insert(key.clone(), attempt);
        let log = self.log(&step);
        log.attempts = log.attempts.max(attempt);
        let action = ActionLog {
            key,
            identity: intent.identity.clone(),
            nature: intent.nature,
            intent: Some(IntentLog {
                epoch: event.epoch,
                attempt,
                at: event.at,
                artifact: intent.artifact.clone(),
                made: intent.made.clone(),
                effect_digest: intent.effect_digest.clone(),
                direction: intent.direction,
            }),
            state: ActionState::Running,
        };
        match intent.direction {
            Direction::Forward => {
                log.started_at.get_or_insert(event.at);
                log.of = intent.of;
                log.undone = false;
                if intent.nature == Nature::Observation {
                    log.needs.clone_from(&intent.needs);
                }
                if log.actions.get(&intent.nth).is_some_and(|before| before.key != action.key) {
                    log.soak = None;
                }
                log.actions.insert(intent.nth, action);
            }
            Direction::Back => {
                log.approval = None;
                log.undo = Some(action);
            }
        }
    }

    pub(super) fn end(&mut self, event: &Event, outcome: &Outcome) {
        let Some(key) = event.draft.action.clone() else { return };
        let Some(step) = self.open.remove(&key) else { return };
        match outcome {
            Outcome::Ok { evidence } => self.settle(event, &step, &key, evidence.clone(), How::Acted),
            Outcome::Failed { effect, why, tail } => {
                // a look that the way back has overtaken: what it saw no longer matters
                let Some(action) = self.steps.get(&step).and_then(|log| log.action(&key)) else { return };
                let state = match (effect, action.nature) {
                    (Trace::None, _) | (Trace::Unknown, Nature::Observation) => {
                        ActionState::Failed { why: why.clone(), tail: tail.clone() }
                    }
                    (Trace::Unknown, Nature::Effect) => {
                        ActionState::InDoubt { why: why.clone(), last: None, writer: None }
                    }
                };
                self.set_state(&step, &key, state);
                self.hold_step(event, &step, why);
            }
        }
    }

    pub(super) fn probe(&mut self, event: &Event, probed: &Probed) {
        let (Some(step), Some(key)) = (event.draft.step.clone(), event.draft.action.clone()) else { return };
        let log = self.log(&step);
        let Some(action) = log.action_mut(&key) else {
            self.probe_before_intent(event, &step, &key, probed);
            return;
        };
        if !action.state.is_undecided() {
            return;
        }
        let tried = action.intent.is_some();
        match &probed.finding {
            Finding::Present { evidence } if tried => {
                self.settle(event, &step, &key, vec![evidence.clone()], How::Probed);
            }
            Finding::Present { evidence } => action.state = ActionState::Found { evidence: evidence.clone() },
            Finding::Conflict { detail } => action.state = ActionState::Conflict { detail: detail.clone() },
            Finding::Absent { .. } if !tried => log.forget(&key),
            Finding::Absent { detail } if probed.proof == Proof::Conclusive => {
                let why = format!("interrupted; nothing happened: {detail}");
                action.state = ActionState::Failed { why, tail: Vec::new() };
            }
            Finding::Absent { .. } | Finding::Unknown { .. } => {
                if let ActionState::InDoubt { last, writer, .. } = &mut action.state {
                    *last = Some(probed.finding.clone());
                    *writer = Some(probed.writer);
                }
            }
        }
    }

    /// An effect that is there though this step tried nothing: brought by an earlier step, or for the owner to accept.
    fn probe_before_intent(&mut self, event: &Event, step: &StepId, key: &Key, probed: &Probed) {
        let ours = self.accepted.contains_key(key);
        let (state, why) = match &probed.finding {
            Finding::Present { evidence } if ours => {
                (ActionState::Done { evidence: vec![evidence.clone()], how: How::Probed }, None)
            }
            Finding::Present { evidence } => {
                let why = format!("out of order: {evidence}, and not by us");
                (ActionState::Found { evidence: evidence.clone() }, Some(why))
            }
            Finding::Conflict { detail } => {
                (ActionState::Conflict { detail: detail.clone() }, Some(format!("conflict: {detail}")))
            }
            Finding::Absent { .. } | Finding::Unknown { .. } => return,
        };
        let log = self.log(step);
        let vacant = log.actions.get(&probed.nth).is_none_or(|a| !a.state.is_unsettled() && !a.state.is_done());
        if !vacant {
            return;
        }
        log.of = probed.of;
        let (key, identity, nature) = (key.clone(), probed.identity.clone(), probed.nature);
        log.actions.insert(probed.nth, ActionLog { key, identity, nature, intent: None, state });
        if log.is_done() {
            (log.ended_at, log.ended_by) = (Some(event.at), Some(event.seq));
        }
        if let Some(why) = why {
            self.hold_step(event, step, &why);
        }
    }

    pub(super) fn resolve(&mut self, event: &Event, step: &StepId, verdict: Verdict, reason: &str) {
        let Some(key) = event.draft.action.clone() else { return };
        match verdict {
            Verdict::Present => {
                let evidence = vec![format!("the owner's word: {reason}")];
                self.settle(event, step, &key, evidence, How::Word);
            }
            Verdict::Absent => {
                let why = format!("the owner's word that nothing happened: {reason}");
                self.set_state(step, &key, ActionState::Failed { why, tail: Vec::new() });
            }
        }
    }

    pub(super) fn accept(&mut self, event: &Event, step: &StepId, reason: &str) {
        let log = self.log(step);
        let found = |a: &&ActionLog| matches!(a.state, ActionState::Found { .. });
        let keys: Vec<_> = log.actions.values().filter(found).map(|action| action.key.clone()).collect();
        log.accepted = Some(reason.to_owned());
        for key in keys {
            let action = self.steps.get(step).and_then(|log| log.action(&key));
            let Some(ActionState::Found { evidence }) = action.map(|a| &a.state) else { continue };
            let evidence = vec![evidence.clone()];
            self.settle(event, step, &key, evidence, How::Probed);
        }
    }

    fn settle(&mut self, event: &Event, step: &StepId, key: &Key, evidence: Vec<String>, how: How) {
        self.open.remove(key);
        let Some(action) = self.log(step).action_mut(key) else { return };
        action.state = ActionState::Done { evidence, how };
        let back = action.intent.as_ref().is_some_and(|intent| intent.direction == Direction::Back);
        let (brought, identity) = (action.leaves_something(), action.identity.clone());
        self.brought |= brought;
        self.accepted.entry(key.clone()).or_insert_with(|| step.clone());
        if back {
            self.take_back(step);
            return;
        }
        if identity.verb == "repin" {
            self.repin(step, key, &identity);
        }
        if identity.verb == "flag"
            && let Ok(state) = identity.brings.parse()
        {
            self.change_flag(state, event.seq);
        }
        if brought {
            self.forget_items_of(step);
        }
        let log = self.log(step);
        if log.is_done() {
            (log.ended_at, log.ended_by) = (Some(event.at), Some(event.seq));
        }
    }

    /// What ships of a repository is from here on the commit that the intent named.
    fn repin(&mut self, step: &StepId, key: &Key, identity: &Identity) {
        let made = self.steps.get(step).and_then(|log| log.action(key)?.intent.as_ref()?.made.clone());
        if let (Some(made), Ok(repo)) = (made, identity.target.parse::<RepoName>())
            && let Some(candidate) = self.candidates.get_mut(&repo)
        {
            candidate.repinned = Some(made);
        }
    }

    fn set_state(&mut self, step: &StepId, key: &Key, state: ActionState) {
        self.open.remove(key);
        if let Some(action) = self.log(step).action_mut(key) {
            action.state = state;
        }
    }

    fn hold_step(&mut self, event: &Event, step: &StepId, why: &str) {
        self.train = None;
        self.hold_for(Hold { reason: format!("step {step}: {why}"), step: Some(step.clone()), at: event.at });
    }
}
