//! Random histories of small random plans: owners who order anything at any time, crashes, lying worlds.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::oracle::Oracle;
use super::world::{Pen, absent, accepted, failed, ok, plan_of, present, step, with};
use crate::plan::{Action, Nature, Plan, StepId};
use crate::rollout::decide::{reopened_by_flag, reopened_by_undo};
use crate::rollout::event::{Covers, Direction, Draft, Fact, Finding, Holder, Proof, Sighted, Trace, Verdict};
use crate::rollout::fold::StepLog;
use crate::rollout::out_of_order::ItemId;
use crate::rollout::undo::{approve_undo, undo};
use crate::rollout::{Next, Order, decide, next};

/// One thing that somebody does.
#[derive(Debug, Clone)]
pub(super) enum Move {
    Follow,
    End(Ending),
    Order(u8, usize),
    Approve(usize),
    Train,
    Judge(usize, bool),
    Probe(usize, usize, u8, bool),
    Crash,
    Handover,
    FlagOff(bool),
    Undo(usize),
    Stray(u8, u8, usize),
    Rogue(u8, usize, usize),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Ending {
    Good,
    Nothing,
    Unknown,
}

fn a_move() -> impl Strategy<Value = Move> {
    let ending = prop_oneof![6 => Just(Ending::Good), 1 => Just(Ending::Nothing), 1 => Just(Ending::Unknown)];
    prop_oneof![
        24 => Just(Move::Follow),
        6 => ending.prop_map(Move::End),
        3 => (0..9_u8, 0..8_usize).prop_map(|(what, step)| Move::Order(what, step)),
        2 => (0..8_usize).prop_map(Move::Approve),
        1 => Just(Move::Train),
        1 => (0..8_usize, any::<bool>()).prop_map(|(step, holds)| Move::Judge(step, holds)),
        4 => (0..8_usize, 0..4_usize, 0..4_u8, any::<bool>()).prop_map(|(s, n, f, p)| Move::Probe(s, n, f, p)),
        1 => Just(Move::Crash),
        1 => Just(Move::Handover),
        1 => any::<bool>().prop_map(Move::FlagOff),
        2 => (0..8_usize).prop_map(Move::Undo),
        4 => (0..4_u8, 0..6_u8, 0..8_usize).prop_map(|(what, item, step)| Move::Stray(what, item, step)),
        3 => (0..13_u8, 0..8_usize, 0..4_usize).prop_map(|(what, step, nth)| Move::Rogue(what, step, nth)),
    ]
}

fn a_step(index: usize, verb: u8, extra: u8, repos: usize) -> Value {
    let id = format!("s{index}");
    let repo = format!("r{}", index % repos);
    let check = json!([{ "name": "up", "http": "http://localhost/up" }]);
    let argv = json!(["true"]);
    let mut made = match verb {
        0 if index < repos => step(&id, "publish", json!(repo)),
        1 if index < repos => step(&id, "deploy", json!(repo)),
        2 => step(&id, "promote", json!({ "repo": repo, "to": format!("b{index}") })),
        3 => step(&id, "migrate", json!({ "repo": repo, "command": argv, "probe": argv })),
        4 => step(&id, "smoke", json!({ "checks": check })),
        5 => step(&id, "flag", json!(["off", "beta", "on"][usize::from(extra % 3)])),
        6 => step(&id, "soak", json!({ "for": "3s", "checks": check })),
        7 => step(&id, "checklist", json!({ "items": ["one", "two"] })),
        _other => step(&id, "run", json!({ "command": argv, "repo": repo })),
    };
    if extra & 1 != 0 {
        made = with(made, "undo", argv);
    }
    if extra & 2 != 0 {
        made = with(made, "gates", json!([{ "flag": "off" }, { "command": ["true"] }]));
    }
    if extra & 4 != 0 && index > 0 {
        made = with(made, "needs", json!([format!("s{}", usize::from(extra >> 4) % index)]));
    }
    if extra & 8 != 0 {
        made = with(made, "confirm", json!("always"));
    }
    made
}

pub(super) fn a_plan() -> impl Strategy<Value = Plan> {
    let steps = prop::collection::vec((0..9_u8, any::<u8>()), 2..6);
    (steps, 1..4_usize, any::<bool>()).prop_map(|(steps, repos, careful)| {
        let made = steps.iter().enumerate().map(|(index, (verb, extra))| a_step(index, *verb, *extra, repos));
        plan_of(if careful { "careful" } else { "quick" }, repos, &made.collect::<Vec<_>>())
    })
}

pub(super) fn moves(most: usize) -> impl Strategy<Value = Vec<Move>> {
    prop::collection::vec(a_move(), 0..most)
}

/// A pen that writes what the core's own rules propose, and shows every draft to a witness before it is written.
pub(super) struct Story<'a> {
    pub(super) pen: Pen,
    witness: &'a mut dyn FnMut(&Pen, &Draft, Option<bool>),
}

impl<'a> Story<'a> {
    pub(super) fn new(plan: Plan, witness: &'a mut dyn FnMut(&Pen, &Draft, Option<bool>)) -> Self {
        Self { pen: Pen::frozen(plan), witness }
    }

    fn write(&mut self, draft: Draft) -> bool {
        (self.witness)(&self.pen, &draft, None);
        let admitted = self.pen.try_write(draft.clone()).is_ok();
        (self.witness)(&self.pen, &draft, Some(admitted));
        admitted
    }

    fn must_write(&mut self, draft: Draft, proposed_by: &str) {
        let breach = self.pen.rollout.admits(&self.pen.stamp(draft.clone()));
        assert!(self.write(draft.clone()), "the fold refuses what {proposed_by} proposes: {breach:?}\n{draft:?}");
    }

    fn order(&mut self, order: &Order) {
        for draft in decide(&self.pen.plan, &self.pen.rollout, None, order).unwrap_or_default() {
            self.must_write(draft, "decide()");
        }
    }

    fn step(&self, index: usize) -> StepId {
        let steps = self.pen.plan.steps();
        steps[index % steps.len()].id.clone()
    }

    fn compiled(&self, step: &StepId) -> Vec<Action> {
        let step = self.pen.plan.step(step).unwrap();
        self.pen.plan.compile(step, &self.pen.rollout.candidates).unwrap_or_default()
    }

    /// Which action is probed: mostly what is undecided, as an engine would.
    fn asked(&self, step: usize, nth: usize) -> (StepId, usize) {
        let undecided = self.pen.rollout.undecided().first().map(|id| (*id).clone());
        match undecided.filter(|_| !step.is_multiple_of(4)) {
            Some(id) => {
                let actions = &self.pen.rollout.steps[&id].actions;
                let nth = actions.iter().find(|(_, action)| action.state.is_undecided()).map_or(0, |(nth, _)| nth - 1);
                (id, nth as usize)
            }
            None => (self.step(step), nth),
        }
    }

    fn probe(&self, step: &StepId, nth: usize, finding: Finding, proof: Proof) -> Option<Draft> {
        let actions = self.compiled(step);
        let nth = nth % actions.len().max(1);
        let effect = actions.get(nth)?.effect.nature() == Nature::Effect;
        effect.then(|| self.pen.probe(step.as_str(), u32::try_from(nth).unwrap() + 1, finding, proof))
    }

    pub(super) fn play(&mut self, what: &Move) {
        match what {
            Move::Follow => self.follow(),
            Move::End(ending) => self.end(*ending),
            Move::Order(what, step) => self.owner(*what, *step),
            Move::Approve(step) => {
                let step = self.step(*step);
                if !self.compiled(&step).is_empty() {
                    let digest = self.pen.digest(step.as_str());
                    self.order(&Order::Approve { step, digest });
                }
            }
            Move::Train => {
                if let Ok(digest) = crate::rollout::train_digest(&self.pen.plan, &self.pen.rollout.candidates) {
                    self.order(&Order::ApproveTrain { digest });
                }
            }
            Move::Judge(step, holds) => self.judge(*step, *holds),
            Move::Probe(step, nth, finding, proved) => {
                let (step, nth) = self.asked(*step, *nth);
                let finding = match finding {
                    0 => present(),
                    1 => absent(),
                    2 => Finding::Conflict { detail: "other".to_owned() },
                    _other => Finding::Unknown { why: "no answer".to_owned() },
                };
                let proof = if *proved { Proof::Conclusive } else { Proof::Inconclusive };
                if let Some(draft) = self.probe(&step, nth, finding, proof) {
                    self.write(draft);
                }
            }
            Move::Crash => self.take(),
            Move::Handover => {
                self.write(Draft::release(Fact::ControlsReleased));
                let held = Fact::Held { reason: "nobody may write this".to_owned() };
                assert!(!self.write(Draft::release(held)));
                self.take();
            }
            Move::FlagOff(beta) => self.flag_back(if *beta { "beta" } else { "off" }),
            Move::Undo(step) => self.undo(*step),
            Move::Stray(what, item, step) => self.stray(*what, *item, *step),
            Move::Rogue(what, step, nth) => self.rogue(*what, *step, *nth),
        }
    }

    fn take(&mut self) {
        let holder = Holder { host: "h".to_owned(), user: "ada".to_owned(), pid: 7, what: "ship".to_owned() };
        self.write(Draft::release(Fact::ControlsTaken(holder)));
    }

    fn judge(&mut self, step: usize, holds: bool) {
        let step = self.step(step);
        let gates = self.pen.plan.step(&step).unwrap().gates.len();
        for gate in 0..u32::try_from(gates).unwrap() {
            let fact = Fact::GateJudged { gate, holds, detail: "seen".to_owned(), subject: None };
            self.write(Draft::step(&step, fact));
        }
    }

    fn end(&mut self, ending: Ending) {
        let outcome = match ending {
            Ending::Good => ok(),
            Ending::Nothing => failed(Trace::None),
            Ending::Unknown => failed(Trace::Unknown),
        };
        let Some(draft) = self.pen.outcome(outcome.clone()) else { return };
        let step = draft.step.clone().unwrap();
        let back = |pen: &Pen| pen.rollout.steps.get(&step).is_some_and(|log| log.undo.is_some());
        let was_back = back(&self.pen);
        assert!(self.write(draft));
        if was_back && matches!(ending, Ending::Good) {
            let reopens = reopened_by_undo(&self.pen.plan, &self.pen.rollout, self.pen.plan.step(&step).unwrap());
            if self.pen.rollout.steps.get(&step).is_some_and(|log| log.undone) {
                assert!(self.write(Draft::step(&step, Fact::Undone { reopens })));
            }
        }
    }

    fn flag_back(&mut self, to: &str) {
        let to = to.parse().unwrap();
        let reopens = reopened_by_flag(&self.pen.plan, &self.pen.rollout, &to);
        let (bypassed, evidence) = (Vec::new(), "2 of 2 agree".to_owned());
        let set = Fact::FlagSet { from: None, to, reopens, bypassed, evidence, took: None };
        assert!(self.write(Draft::release(set)), "the way back is always open");
    }

    fn undo(&mut self, step: usize) {
        let step = self.step(step);
        let Ok(action) = undo(&self.pen.plan, &self.pen.rollout, &step) else { return };
        let digest = crate::plan::Digest::of(format!("undo {step}").as_bytes());
        assert!(self.write(approve_undo(&step, &digest)));
        let draft = self.pen.intent_of(step.as_str(), &action, 1, 1, Direction::Back);
        self.must_write(draft, "undo()");
    }

    /// Somebody moves something outside, puts it right, or the owner answers for it.
    fn stray(&mut self, what: u8, item: u8, step: usize) {
        let step = Some(self.step(step)).filter(|_| item != 0);
        let seen = if item.is_multiple_of(2) { "this" } else { "that" }.to_owned();
        let item: ItemId = ["flag", "r0:package", "r0:origin/main"][usize::from(item % 3)].parse().unwrap();
        let says = format!("{item} is {seen}, not by us");
        let fact = match what {
            0 | 1 => Fact::OutOfOrder { item, seen: Some(seen), says },
            2 => Fact::OutOfOrder { item, seen: None, says },
            _other => Fact::Accepted { reason: "I know".to_owned(), item: Some(Sighted { item, seen }) },
        };
        self.write(Draft { step, ..Draft::release(fact) });
    }

    fn owner(&mut self, what: u8, step: usize) {
        let step = self.step(step);
        let reason = "because".to_owned();
        self.order(&match what {
            0 => Order::Veto { step, reason },
            1 => Order::Lift { step },
            2 => Order::Hold { reason },
            3 => Order::Resolve { step, verdict: Verdict::Present, reason },
            4 => Order::Resolve { step, verdict: Verdict::Absent, reason },
            5 => Order::Accept { step, reason },
            6 => Order::Tick { step, item: "1".to_owned() },
            7 => Order::EndSoak { step, reason },
            _other => Order::Thaw { reason },
        });
    }

    /// What nobody's rules propose: the fold alone stands against it.
    fn rogue(&mut self, what: u8, step: usize, nth: usize) {
        let step = self.step(step);
        let actions = self.compiled(&step);
        let reason = "rogue".to_owned();
        let draft = match what {
            0..=2 if !actions.is_empty() => {
                let nth = u32::try_from(nth % actions.len()).unwrap() + 1;
                if what > 0 {
                    let digest = crate::plan::Digest::of(b"whatever else stands against it");
                    self.write(Draft::step(&step, Fact::Approved { digest, covers: Covers::Step }));
                }
                self.pen.intent(step.as_str(), nth)
            }
            3 => Draft::release(Fact::Resumed),
            // a record that somebody else made early is beyond what a fold without a plan can see through
            4 if self.pen.rollout.steps.values().any(brought_by_others) => return,
            4 => Draft::release(Fact::Shipped),
            5 => Draft::step(&step, Fact::Vetoed { reason }),
            10 => {
                let flag = self.pen.plan.flag_digest().unwrap();
                Draft::release(Fact::FlagRehearsed { flag, took: 9, evidence: reason })
            }
            12 => {
                let to = "off".parse().unwrap();
                Draft::release(Fact::FlagMissed { from: None, to, why: reason, bypassed: Vec::new(), took: 9 })
            }
            7 => Draft::step(&step, Fact::SoakCut { reason }),
            8 => Draft::step(&step, Fact::SoakStarted { lasts: 9 }),
            9 => Draft::step(&step, Fact::SoakEnded { elapsed: 9 }),
            6 => Draft::step(&step, Fact::Undone { reopens: vec![step.clone()] }),
            _other => {
                let digest = crate::plan::Digest::of(b"some step");
                Draft::step(&step, Fact::Approved { digest, covers: Covers::Step })
            }
        };
        self.write(draft);
    }

    fn follow(&mut self) {
        match next(&self.pen.plan, &self.pen.rollout) {
            Next::Freeze(_) => {
                self.write(self.pen.freeze_draft());
            }
            Next::Decide(step) => {
                let reason = "I looked".to_owned();
                self.order(&Order::Accept { step: step.clone(), reason: reason.clone() });
                self.order(&Order::Resolve { step, verdict: Verdict::Absent, reason });
            }
            Next::OutOfOrder(item) => {
                let draft = accepted(&self.pen, &item);
                self.must_write(draft, "the owner's word");
            }
            Next::Resume => self.order(&Order::Resume),
            Next::Lift(step) => self.order(&Order::Lift { step }),
            Next::Tick(step) => {
                for item in ["1", "2"] {
                    self.order(&Order::Tick { step: step.clone(), item: item.to_owned() });
                }
            }
            Next::Judge(step) | Next::Unmet(step) => {
                let index = self.pen.plan.number(&step).unwrap() - 1;
                self.judge(index, true);
            }
            Next::Approve(step) => {
                let digest = self.pen.digest(step.as_str());
                self.order(&Order::Approve { step, digest });
            }
            Next::Busy(..) => self.end(Ending::Good),
            Next::Act { step, nth, of, action } => {
                let draft = self.pen.intent_of(step.as_str(), &action, nth, of as usize, Direction::Forward);
                let draft = if self.pen.rollout.is_accepted(draft.action.as_ref().unwrap()) {
                    self.pen.probe(step.as_str(), nth, present(), Proof::Conclusive)
                } else {
                    draft
                };
                self.must_write(draft, "next()");
            }
            Next::Unready(step, why) => panic!("{step}: {why}"),
            Next::Ship => self.must_write(Draft::release(Fact::Shipped), "next()"),
            Next::Nothing => {}
        }
    }
}

/// A model of a plan, with what its steps compile to.
pub(super) fn oracle_of(pen: &Pen) -> Oracle {
    let actions = |step| pen.plan.compile(step, &pen.rollout.candidates).unwrap();
    let compiled: BTreeMap<_, Vec<_>> = pen
        .plan
        .steps()
        .iter()
        .map(|step| {
            let effects = actions(step).into_iter().map(|action| (action.identity, action.effect.nature()));
            (step.id.clone(), effects.collect())
        })
        .collect();
    Oracle::new(&pen.plan, &compiled)
}

/// Whether something of a step counts as done that it never tried: accepted, or there by the owner's word.
fn brought_by_others(log: &StepLog) -> bool {
    log.actions.values().any(|action| action.intent.is_none() && action.state.is_done())
}
