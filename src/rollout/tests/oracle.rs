//! The state diagram of the design as a table, and nothing cleverer: it scans, it recounts, it keeps no indexes.
//! Written from the diagram, never from the fold, so that the two can disagree.

mod table;

use std::collections::{BTreeMap, BTreeSet};

use table::{Act, At, Input, Row, Stray, Tried};

use crate::plan::{Digest, FlagState, Identity, Key, Nature, Plan, StepId};
use crate::rollout::StepState;
use crate::rollout::event::{Covers, Direction, Draft, Fact, Finding, Outcome, Proof, Trace, Verdict};
use crate::rollout::out_of_order::ItemId;

/// The model.
#[derive(Debug, Clone)]
pub(super) struct Oracle {
    rows: Vec<Row>,
    train: Option<(Digest, BTreeSet<StepId>)>,
    held: bool,
    conducted: bool,
    brought: bool,
    shipped: bool,
    recorded: bool,
    /// Effects that are there now, whoever brought them.
    there: BTreeSet<Identity>,
    /// Things out of order, by name.
    strays: BTreeMap<ItemId, Stray>,
    /// Open intents, with the names they were announced under.
    open: Vec<(StepId, Identity, Key)>,
    /// What each name stood for when it was last heard.
    names: BTreeMap<Key, Identity>,
}

impl Oracle {
    pub(super) fn new(plan: &Plan, compiled: &BTreeMap<StepId, Vec<(Identity, Nature)>>) -> Self {
        let act = |(identity, nature): &(Identity, Nature)| Act {
            identity: identity.clone(),
            nature: *nature,
            at: At::Idle,
            tried: Tried::No,
            ours: false,
        };
        let rows = plan.steps().iter().map(|step| Row {
            id: step.id.clone(),
            needs: plan.needs(step).into_iter().cloned().collect(),
            acts: compiled[&step.id].iter().map(act).collect(),
            undo: None,
            approved: None,
            vetoed: false,
            undone: false,
            accepted: false,
            gates: BTreeMap::new(),
            soaks: false,
        });
        Self {
            rows: rows.collect(),
            train: None,
            held: false,
            conducted: true,
            brought: false,
            shipped: false,
            recorded: false,
            there: BTreeSet::new(),
            strays: BTreeMap::new(),
            open: Vec::new(),
            names: BTreeMap::new(),
        }
    }

    fn row(&self, id: &StepId) -> &Row {
        self.rows.iter().find(|row| row.id == *id).unwrap()
    }

    fn row_mut(&mut self, id: &StepId) -> &mut Row {
        self.rows.iter_mut().find(|row| row.id == *id).unwrap()
    }

    fn started(&self) -> bool {
        let loose = |act: &Act| {
            act.nature == Nature::Effect
                && act.tried == Tried::Yes
                && matches!(act.at, At::Running | At::Doubt | At::Conflict)
        };
        self.brought || self.rows.iter().any(|row| row.all().any(loose))
    }

    fn begin_anew(&mut self) {
        for row in &mut self.rows {
            for act in &mut row.acts {
                if act.nature == Nature::Observation {
                    self.there.remove(&act.identity);
                }
                (act.at, act.tried, act.ours) = (At::Idle, Tried::No, false);
            }
            (row.undo, row.accepted, row.soaks) = (None, false, false);
        }
    }

    fn undecided(&self) -> bool {
        self.rows.iter().any(|row| row.any(&[At::Doubt, At::Conflict, At::Found]))
    }

    fn needs_done(&self, row: &Row) -> bool {
        row.needs.iter().all(|id| self.row(id).done())
    }

    fn approved(&self, row: &Row) -> bool {
        row.approved.is_some() || self.train.as_ref().is_some_and(|(_, covers)| covers.contains(&row.id))
    }

    /// Whether the diagram and the invariants let an event follow.
    pub(super) fn admits(&self, draft: &Draft) -> bool {
        if matches!(draft.fact, Fact::ControlsTaken(_)) {
            return true;
        }
        if !self.conducted {
            return false;
        }
        let row = draft.step.as_ref().map(|id| self.row(id));
        match &draft.fact {
            Fact::Intent(intent) => self.admits_intent(row.unwrap(), intent),
            Fact::Outcome(_) => self.open.iter().any(|(_, _, key)| Some(key) == draft.action.as_ref()),
            Fact::Resolved { .. } => row.unwrap().any(&[At::Doubt, At::Conflict]),
            Fact::Accepted { item: None, .. } => row.unwrap().any(&[At::Found]),
            Fact::Accepted { item: Some(sighted), .. } => {
                self.strays.get(&sighted.item).is_some_and(|stray| stray.open && stray.seen == sighted.seen)
            }
            Fact::OutOfOrder { item, seen: Some(seen), .. } => {
                !self.shipped && self.strays.get(item).is_none_or(|stray| stray.seen != *seen)
            }
            Fact::OutOfOrder { item, seen: None, .. } => self.strays.get(item).is_some_and(|stray| stray.open),
            Fact::Resumed => !self.undecided() && !self.strays.values().any(|stray| stray.open),
            Fact::SoakCut { .. } => row.unwrap().soaks,
            Fact::Thawed { .. } => !self.started(),
            Fact::Undone { .. } => row.unwrap().undone,
            Fact::Shipped => {
                let record = self.rows.last().unwrap();
                let unfinished = self.rows.iter().any(|row| row.touched() && !row.done());
                let stale = !record.done() || (self.recorded && !self.needs_done(record));
                !self.shipped && self.open.is_empty() && !self.undecided() && !self.held && !unfinished && !stale
            }
            _ => true,
        }
    }

    fn admits_intent(&self, row: &Row, intent: &crate::rollout::event::Intent) -> bool {
        if self.open.iter().any(|(_, open, _)| *open == intent.identity) {
            return false;
        }
        let own = row.approved.as_ref() == Some(&intent.approval);
        let train = self.train.as_ref().is_some_and(|(d, covers)| *d == intent.approval && covers.contains(&row.id));
        if !own && !train {
            return false;
        }
        if intent.direction == Direction::Back {
            return row.brought() && !row.unsettled_effect();
        }
        let nth = intent.nth as usize;
        let before = row.acts.iter().take(nth - 1).all(|act| act.at == At::Done);
        let free = matches!(row.acts[nth - 1].at, At::Idle | At::Failed | At::Dropped);
        let unmet = row.gates.values().any(|holds| !holds);
        let there = self.there.contains(&intent.identity);
        before && free && !unmet && !there && !row.vetoed && !self.held && !self.shipped && self.needs_done(row)
    }

    /// Takes an admitted event in.
    pub(super) fn apply(&mut self, draft: &Draft) {
        let id = draft.step.clone();
        let heard = match &draft.fact {
            Fact::Intent(intent) => Some(&intent.identity),
            Fact::Probed(probed) => Some(&probed.identity),
            _ => None,
        };
        if let (Some(key), Some(identity)) = (&draft.action, heard) {
            self.names.insert(key.clone(), identity.clone());
        }
        match &draft.fact {
            Fact::ControlsTaken(_) => {
                self.lose_writers();
                self.conducted = true;
            }
            Fact::ControlsReleased => {
                self.lose_writers();
                self.conducted = false;
            }
            Fact::Thawed { .. } | Fact::Frozen { .. } => {
                if matches!(draft.fact, Fact::Thawed { .. }) {
                    self.begin_anew();
                }
                self.train = None;
                self.strays.clear();
                for row in &mut self.rows {
                    row.approved = None;
                    row.gates.clear();
                }
            }
            Fact::Approved { digest, covers: Covers::Train { steps } } => {
                self.train = Some((digest.clone(), steps.iter().cloned().collect()));
                for step in steps {
                    self.row_mut(step).undone = false;
                }
            }
            Fact::Approved { digest, covers: Covers::Step } => {
                let row = self.row_mut(&id.unwrap());
                row.approved = Some(digest.clone());
                row.undone = false;
            }
            Fact::Vetoed { .. } => {
                let id = id.unwrap();
                self.uncouple(&id);
                let row = self.row_mut(&id);
                row.vetoed = true;
                row.approved = None;
            }
            Fact::Lifted => self.row_mut(&id.unwrap()).vetoed = false,
            Fact::Held { .. } => self.held = true,
            Fact::Resumed => self.resume(),
            Fact::GateJudged { gate, holds, .. } => {
                self.row_mut(&id.unwrap()).gates.insert(*gate, *holds);
            }
            Fact::Intent(intent) => self.intend(&id.unwrap(), draft.action.clone().unwrap(), intent),
            Fact::Outcome(outcome) => self.end(draft.action.as_ref().unwrap(), outcome),
            Fact::Probed(probed) => {
                let input = match (&probed.finding, probed.proof) {
                    (Finding::Present { .. }, _) => Input::Present,
                    (Finding::Absent { .. }, Proof::Conclusive) => Input::AbsentProved,
                    (Finding::Absent { .. }, Proof::Inconclusive) => Input::Absent,
                    (Finding::Conflict { .. }, _) => Input::Differs,
                    (Finding::Unknown { .. }, _) => return,
                };
                self.input(&id.unwrap(), &probed.identity, input);
            }
            Fact::Resolved { verdict, .. } => {
                let input = match verdict {
                    Verdict::Present => Input::WordPresent,
                    Verdict::Absent => Input::WordAbsent,
                };
                let identity = self.names[draft.action.as_ref().unwrap()].clone();
                self.input(&id.unwrap(), &identity, input);
            }
            Fact::OutOfOrder { item, seen: Some(seen), .. } => {
                self.strays.insert(item.clone(), Stray { step: id, seen: seen.clone(), open: true });
                self.stop();
            }
            Fact::OutOfOrder { item, seen: None, .. } => {
                self.strays.remove(item);
            }
            Fact::Accepted { item: None, .. } => self.accept(&id.unwrap()),
            Fact::Accepted { item: Some(sighted), .. } => {
                if let Some(id) = id.filter(|id| self.row(id).any(&[At::Found])) {
                    self.accept(&id);
                }
                if let Some(stray) = self.strays.get_mut(&sighted.item) {
                    stray.open = false;
                }
            }
            Fact::SoakStarted { .. } => self.row_mut(&id.unwrap()).soaks = true,
            Fact::SoakCut { .. } | Fact::SoakEnded { .. } => self.row_mut(&id.unwrap()).soaks = false,
            Fact::FlagSet { to, reopens, .. } => self.go_back(to, reopens),
            Fact::FlagMissed { .. } => self.stop(),
            Fact::Undone { reopens } => self.reopen(reopens),
            Fact::Shipped => self.shipped = true,
            _ => {}
        }
    }

    fn accept(&mut self, id: &StepId) {
        self.row_mut(id).accepted = true;
        let found = self.row(id).acts.iter().filter(|act| act.at == At::Found);
        for identity in found.map(|act| act.identity.clone()).collect::<Vec<_>>() {
            self.input(id, &identity, Input::Accept);
        }
    }

    /// What a step has brought, or no longer brings, makes what was seen of it before a thing of the past.
    fn forget(&mut self, step: &StepId) {
        self.strays.retain(|_, stray| stray.step.as_ref() != Some(step));
    }

    fn uncouple(&mut self, id: &StepId) {
        if let Some((_, covers)) = &mut self.train {
            covers.remove(id);
        }
    }

    fn go_back(&mut self, to: &FlagState, reopens: &[StepId]) {
        let let_go = self.train.is_some()
            || !self.open.is_empty()
            || self.rows.iter().any(|row| row.approved.is_some() && !row.done());
        self.strays.retain(|item, _| item.as_str() != "flag");
        self.there.retain(|there| there.verb != "flag" || there.brings == to.as_str());
        self.reopen(reopens);
        if let_go || !reopens.is_empty() {
            self.stop();
        }
    }

    fn stop(&mut self) {
        self.held = true;
        self.train = None;
    }

    fn lose_writers(&mut self) {
        for (step, identity, _) in std::mem::take(&mut self.open) {
            self.input(&step, &identity, Input::WriterGone);
            if self.row(&step).any(&[At::Doubt]) {
                self.stop();
            }
        }
    }

    fn resume(&mut self) {
        self.held = false;
        for row in &mut self.rows {
            if row.acts.iter().any(|act| act.at == At::Failed) {
                row.approved = None;
                row.gates.clear();
                row.soaks = false;
            }
            for act in &mut row.acts {
                act.input(Input::Resume);
            }
            if row.undo.as_ref().is_some_and(|undo| undo.at == At::Failed) {
                row.undo = None;
            }
        }
    }

    fn intend(&mut self, id: &StepId, key: Key, intent: &crate::rollout::event::Intent) {
        self.open.push((id.clone(), intent.identity.clone(), key));
        self.recorded |= intent.identity.verb == "record";
        let act = Act {
            identity: intent.identity.clone(),
            nature: intent.nature,
            at: At::Running,
            tried: Tried::Yes,
            ours: true,
        };
        match intent.direction {
            Direction::Forward => {
                let row = self.row_mut(id);
                row.undone = false;
                row.acts[intent.nth as usize - 1] = act;
            }
            Direction::Back => {
                self.uncouple(id);
                let row = self.row_mut(id);
                row.approved = None;
                row.undo = Some(act);
            }
        }
    }

    fn end(&mut self, key: &Key, outcome: &Outcome) {
        let ended = self.open.iter().position(|(_, _, open)| open == key).unwrap();
        let (step, identity, _) = self.open.remove(ended);
        let input = match outcome {
            Outcome::Ok { .. } => Input::Ok,
            Outcome::Failed { effect: Trace::None, .. } => Input::FailedNone,
            Outcome::Failed { effect: Trace::Unknown, .. } => Input::FailedUnknown,
        };
        let overtaken = !self.row(&step).all().any(|act| act.identity == identity && act.at == At::Running);
        if overtaken {
            return;
        }
        self.input(&step, &identity, input);
        if input != Input::Ok {
            self.stop();
        }
    }

    fn input(&mut self, step: &StepId, identity: &Identity, input: Input) {
        let there = self.there.contains(identity);
        let row = self.row_mut(step);
        let is_undo = row.undo.as_ref().is_some_and(|undo| undo.identity == *identity);
        let found = row.acts.iter_mut().chain(&mut row.undo).find(|act| act.identity == *identity);
        let Some(act) = found else { return };
        let before = act.at;
        act.input(input);
        // brought by an earlier step of ours: nothing out of order about it
        if before == At::Idle && act.at == At::Found && there {
            act.at = At::Done;
        }
        let (after, nature) = (act.at, act.nature);
        if input == Input::WordPresent {
            act.ours = true;
        }
        if before == At::Idle && matches!(after, At::Found | At::Conflict) {
            self.stop();
        }
        if before != At::Done && after == At::Done && !(before == At::Idle && there) {
            self.brought |= nature == Nature::Effect;
            if is_undo {
                self.take_back(step);
                return;
            }
            self.there.insert(identity.clone());
            if nature == Nature::Effect {
                self.forget(step);
            }
            if identity.verb == "flag" {
                self.strays.retain(|item, _| item.as_str() != "flag");
                self.there.retain(|other| other.verb != "flag" || other.brings == identity.brings);
            }
        }
    }

    fn take_back(&mut self, step: &StepId) {
        let mut falls = vec![step.clone()];
        for row in &self.rows {
            if row.only_looks() && row.needs.iter().any(|id| falls.contains(id)) {
                falls.push(row.id.clone());
            }
        }
        self.reopen(&falls);
        self.row_mut(step).undone = true;
    }

    fn reopen(&mut self, steps: &[StepId]) {
        for id in steps {
            let row = self.row_mut(id);
            if row.unsettled_effect() || row.all().all(|act| act.at == At::Idle) {
                continue;
            }
            row.undone |= row.brought();
            row.approved = None;
            row.accepted = false;
            row.soaks = false;
            row.gates.clear();
            row.undo = None;
            let mut gone = Vec::new();
            for act in &mut row.acts {
                if act.at != At::Idle {
                    gone.push(act.identity.clone());
                }
                (act.at, act.tried, act.ours) = (At::Idle, Tried::No, false);
            }
            for identity in gone {
                self.there.remove(&identity);
            }
            self.uncouple(id);
            self.forget(id);
            self.shipped = false;
        }
    }

    /// The word for where a step stands.
    pub(super) fn state(&self, id: &StepId) -> StepState {
        let row = self.row(id);
        let troubles = [
            (At::Conflict, StepState::Conflict),
            (At::Found, StepState::Conflict),
            (At::Doubt, StepState::InDoubt),
            (At::Running, StepState::Running),
            (At::Failed, StepState::Failed),
        ];
        if let Some((_, state)) = troubles.iter().find(|(at, _)| row.any(&[*at])) {
            return *state;
        }
        if row.done() {
            let skipped = row.accepted && !row.acts.iter().any(|act| act.ours);
            return if skipped { StepState::Skipped } else { StepState::Done };
        }
        if row.vetoed {
            return StepState::Vetoed;
        }
        match (self.approved(row), row.undone) {
            (true, _) => StepState::Approved,
            (false, true) => StepState::Undone,
            (false, false) if !self.needs_done(row) => StepState::Pending,
            (false, false) if row.gates.values().any(|holds| !holds) => StepState::Blocked,
            (false, false) => StepState::Waiting,
        }
    }
}
