//! Which events may follow. It refuses whatever breaks an invariant of the ledger, and changes nothing.

use super::log::StepLog;
use super::{Breach, Rollout, SoakLog};
use crate::plan::{Key, Nature, StepId};
use crate::rollout::event::{Direction, Event, Fact, Frozen, Intent, Probed, VERSION};
use crate::rollout::out_of_order::ItemId;

impl Rollout {
    /// Whether an event may follow: asked before it is written, as [`Rollout::apply`] asks when it is read.
    pub fn admits(&self, event: &Event) -> Result<(), Breach> {
        self.check_header(event)?;
        if matches!(event.draft.fact, Fact::Opened { .. } | Fact::ControlsTaken(_)) {
            return Ok(());
        }
        if self.holder.is_none() {
            return Err(Breach::NoControls { kind: event.draft.fact.kind() });
        }
        self.admit_fact(event)
    }

    fn check_header(&self, event: &Event) -> Result<(), Breach> {
        if event.v != VERSION {
            return Err(Breach::Version { found: event.v });
        }
        if let Some(release) = &self.release
            && *release != event.release
        {
            return Err(Breach::OtherRelease { found: event.release.clone() });
        }
        if event.seq != self.seq + 1 {
            return Err(Breach::Sequence { expected: self.seq + 1, found: event.seq });
        }
        if self.ids.contains(&event.id.0) {
            return Err(Breach::DuplicateId { id: event.id.0.clone() });
        }
        let opens = matches!(event.draft.fact, Fact::Opened { .. });
        if opens != (self.seq == 0) {
            return Err(Breach::Genesis);
        }
        let expected = if matches!(event.draft.fact, Fact::ControlsTaken(_)) { self.epoch + 1 } else { self.epoch };
        if event.epoch != expected {
            return Err(Breach::Epoch { expected, found: event.epoch });
        }
        let before = if let Fact::Replanned { from, .. } = &event.draft.fact { from } else { &event.plan_digest };
        if !opens && self.plan_digest.as_ref() != Some(before) {
            return Err(Breach::PlanChanged);
        }
        Ok(())
    }

    fn admit_fact(&self, event: &Event) -> Result<(), Breach> {
        let draft = &event.draft;
        let kind = draft.fact.kind();
        let step = || draft.step.as_ref().ok_or(Breach::NoStep { kind });
        let key = || draft.action.as_ref().ok_or(Breach::WrongKey);
        match &draft.fact {
            Fact::Intent(intent) => self.admit_intent(event, step()?, key()?, intent),
            Fact::Outcome(_) => {
                let key = key()?;
                if self.open.get(key) == Some(step()?) { Ok(()) } else { Err(Breach::NoIntent { key: key.clone() }) }
            }
            Fact::Probed(probed) => self.admit_probe(event, step()?, key()?, probed),
            Fact::Resolved { .. } => {
                let key = key()?;
                let action = self.steps.get(step()?).and_then(|log| log.action(key));
                let open = action.is_some_and(|action| action.state.is_for_the_owner_to_resolve());
                if open { Ok(()) } else { Err(Breach::NothingUndecided { key: key.clone() }) }
            }
            Fact::Accepted { item: None, .. } => {
                if self.has_found(step()?) {
                    Ok(())
                } else {
                    Err(Breach::NothingFound)
                }
            }
            Fact::Accepted { item: Some(sighted), .. } => {
                if self.waits_for_word(sighted) {
                    Ok(())
                } else {
                    Err(Breach::NothingFound)
                }
            }
            Fact::OutOfOrder { item, seen, .. } => self.admit_out_of_order(item, seen.as_ref()),
            Fact::Resumed => match (self.undecided().first(), self.unanswered()) {
                (Some(step), _) => Err(Breach::StillUndecided { step: (*step).clone() }),
                (None, Some(item)) => Err(Breach::StillOutOfOrder { item: item.clone() }),
                (None, None) => Ok(()),
            },
            Fact::Frozen { candidates, .. } => self.admit_freeze(candidates),
            Fact::Thawed { .. } => {
                if self.has_started() {
                    Err(Breach::Started)
                } else {
                    Ok(())
                }
            }
            Fact::Shipped => self.admit_shipped(),
            Fact::Undone { reopens } => {
                let step = step()?;
                if self.steps.get(step).is_some_and(|log| log.undone) {
                    self.admit_reopening(reopens, |log, id| id == step || log.only_looks())
                } else {
                    Err(Breach::NotUndone { step: step.clone() })
                }
            }
            Fact::FlagSet { reopens, .. } => {
                self.admit_reopening(reopens, |log, _| log.only_looks() || log.sets_flag())
            }
            Fact::SoakCut { .. } => {
                let step = step()?;
                let open = self.steps.get(step).and_then(|log| log.soak.as_ref()).is_some_and(SoakLog::is_open);
                if open { Ok(()) } else { Err(Breach::NoSoak { step: step.clone() }) }
            }
            Fact::Vetoed { .. }
            | Fact::Lifted
            | Fact::GateJudged { .. }
            | Fact::SoakStarted { .. }
            | Fact::SoakChanged { .. }
            | Fact::SoakWatched { .. }
            | Fact::SoakGap { .. }
            | Fact::SoakEnded { .. }
            | Fact::SuiteRan(_)
            | Fact::Ticked { .. } => step().map(|_| ()),
            Fact::Replanned { reopens, .. } => self.admit_reopening(reopens, |log, _| log.only_looks()),
            Fact::Opened { .. }
            | Fact::FlagMissed { .. }
            | Fact::FlagRehearsed { .. }
            | Fact::Trusted
            | Fact::ControlsTaken(_)
            | Fact::ControlsReleased
            | Fact::Approved { .. }
            | Fact::ApprovalVoided { .. }
            | Fact::Held { .. } => Ok(()),
        }
    }

    /// The same sight isn't told twice, and only what waits for the owner can be told as put right.
    fn admit_out_of_order(&self, item: &ItemId, seen: Option<&String>) -> Result<(), Breach> {
        let known = self.out_of_order.get(item);
        match seen {
            Some(_) if self.shipped_at.is_some() => Err(Breach::Shipped),
            Some(seen) if known.is_some_and(|known| known.seen == *seen) => {
                Err(Breach::KnownOutOfOrder { item: item.clone() })
            }
            None if known.is_none_or(|known| known.accepted.is_some()) => Err(Breach::NothingFound),
            Some(_) | None => Ok(()),
        }
    }

    /// Once something has shipped, what is frozen stays; a repository that a re-plan added can still be frozen.
    fn admit_freeze(&self, candidates: &[Frozen]) -> Result<(), Breach> {
        if self.has_started() && self.freezes_anew(candidates) { Err(Breach::Started) } else { Ok(()) }
    }

    /// A new generation is the licence to do a thing again: only what was taken back, or merely looked, may get one.
    fn admit_reopening(&self, reopens: &[StepId], may: impl Fn(&StepLog, &StepId) -> bool) -> Result<(), Breach> {
        let wrong = reopens.iter().find(|id| self.steps.get(*id).is_some_and(|log| log.is_touched() && !may(log, id)));
        wrong.map_or(Ok(()), |step| Err(Breach::NotUndone { step: step.clone() }))
    }

    fn admit_probe(&self, event: &Event, step: &StepId, key: &Key, probed: &Probed) -> Result<(), Breach> {
        if *key != probed.identity.key(&event.release, probed.generation) {
            return Err(Breach::WrongKey);
        }
        // what was tried under an earlier generation is still asked for by the name it was tried under
        if self.steps.get(step).is_some_and(|log| log.action(key).is_some()) {
            return Ok(());
        }
        let expected = self.generation(&probed.identity);
        if probed.generation != expected {
            return Err(Breach::Generation { expected, found: probed.generation });
        }
        if probed.nth == 0 || probed.nth > probed.of { Err(Breach::Misplaced { step: step.clone() }) } else { Ok(()) }
    }

    fn admit_intent(&self, event: &Event, step: &StepId, key: &Key, intent: &Intent) -> Result<(), Breach> {
        let expected = self.generation(&intent.identity);
        if intent.generation != expected {
            return Err(Breach::Generation { expected, found: intent.generation });
        }
        if *key != intent.identity.key(&event.release, intent.generation) {
            return Err(Breach::WrongKey);
        }
        if self.open.contains_key(key) {
            return Err(Breach::AlreadyOpen { key: key.clone() });
        }
        if self.is_accepted(key) {
            return Err(Breach::AlreadyDone { key: key.clone() });
        }
        let nothing = StepLog::default();
        let log = self.steps.get(step).unwrap_or(&nothing);
        if log.action(key).is_some_and(|action| action.state.is_unsettled()) {
            return Err(Breach::Unsettled { key: key.clone() });
        }
        let approved = log.approval.as_ref().is_some_and(|a| a.digest == intent.approval)
            || self.train.as_ref().is_some_and(|t| t.digest == intent.approval && t.steps.contains(step));
        if !approved {
            return Err(Breach::NotApproved { step: step.clone() });
        }
        match intent.direction {
            Direction::Forward => self.admit_forward(step, log, intent),
            Direction::Back => admit_back(step, key, log),
        }
    }

    fn admit_forward(&self, step: &StepId, log: &StepLog, intent: &Intent) -> Result<(), Breach> {
        if log.veto.is_some() {
            return Err(Breach::Vetoed { step: step.clone() });
        }
        if self.hold.is_some() {
            return Err(Breach::OnHold);
        }
        if self.shipped_at.is_some() {
            return Err(Breach::Shipped);
        }
        if log.gates.values().any(|gate| !gate.holds) {
            return Err(Breach::Unmet { step: step.clone() });
        }
        if !log.fits(intent) {
            return Err(Breach::Misplaced { step: step.clone() });
        }
        if let Some(needs) = intent.needs.iter().find(|id| !self.has_done(id)) {
            return Err(Breach::OutOfOrder { needs: needs.clone() });
        }
        let unfinished = |(id, log): &(&StepId, &StepLog)| *id != step && log.is_touched() && !log.is_done();
        match self.steps.iter().find(unfinished) {
            Some((id, _)) if intent.identity.verb == "record" => Err(Breach::OutOfOrder { needs: id.clone() }),
            Some(_) | None => Ok(()),
        }
    }

    fn has_done(&self, step: &StepId) -> bool {
        self.steps.get(step).is_some_and(StepLog::is_done)
    }

    /// The fold knows no plan. It can say that nothing it knows of is unfinished, and that what the record needed still stands.
    fn admit_shipped(&self) -> Result<(), Breach> {
        if self.shipped_at.is_some() {
            return Err(Breach::Shipped);
        }
        if let Some(key) = self.open.keys().next() {
            return Err(Breach::AlreadyOpen { key: key.clone() });
        }
        if let Some(step) = self.undecided().first() {
            return Err(Breach::StillUndecided { step: (*step).clone() });
        }
        if self.hold.is_some() {
            return Err(Breach::OnHold);
        }
        if let Some((step, _)) = self.steps.iter().find(|(_, log)| log.is_touched() && !log.is_done()) {
            return Err(Breach::NotAllDone { step: step.clone() });
        }
        if let Some(step) = self.recorded.iter().find(|id| !self.has_done(id)) {
            return Err(Breach::NotAllDone { step: step.clone() });
        }
        // a plan without repositories has nothing to tag
        let records = |log: &StepLog| log.is_done() && log.actions.values().any(|a| a.identity.verb == "record");
        let recorded = !self.has_repos || self.steps.values().any(records);
        if recorded { Ok(()) } else { Err(Breach::NotRecorded) }
    }
}

/// An undo passes a hold, a veto and the release's end: the way back is always open. It needs something to take back.
fn admit_back(step: &StepId, key: &Key, log: &StepLog) -> Result<(), Breach> {
    let mut actions = log.actions.values().chain(&log.undo);
    if let Some(action) = actions.find(|action| action.nature == Nature::Effect && action.state.is_unsettled()) {
        return Err(Breach::Unsettled { key: action.key.clone() });
    }
    if log.brought_something() { Ok(()) } else { Err(Breach::NothingToUndo { step: step.clone(), key: key.clone() }) }
}
