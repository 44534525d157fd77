//! A pen for tests: plans from a few words, and events stamped as a ledger stamps them.

use serde_json::{Value, json};

use crate::plan::{Action, Candidate, Digest, FlagState, Nature, Package, Plan, StepId};
use crate::rollout::event::{
    Direction, Draft, Event, EventId, Fact, Finding, Frozen, Holder, Intent, Outcome, Probed, Proof, Trace, VERSION,
    Writer,
};
use crate::rollout::fold::StepLog;
use crate::rollout::out_of_order::{self, ItemId};
use crate::rollout::{Breach, Next, Order, Refusal, Rollout, decide, next, step_digest, train_digest};

pub(super) fn id(text: &str) -> StepId {
    text.parse().unwrap()
}

pub(super) fn state(text: &str) -> FlagState {
    text.parse().unwrap()
}

pub(super) fn step(id: &str, verb: &str, what: Value) -> Value {
    json!({ "id": id, "stage": "s", "title": format!("do {id}"), verb: what })
}

pub(super) fn run(id: &str) -> Value {
    step(id, "run", json!({ "command": ["true"], "probe": ["true"] }))
}

pub(super) fn with(mut step: Value, key: &str, value: Value) -> Value {
    step[key] = value;
    step
}

pub(super) fn plan_of(mode: &str, repos: usize, steps: &[Value]) -> Plan {
    let repo = |n: usize| {
        json!({ "name": format!("r{n}"), "path": format!("r{n}"),
            "publish": { "registry": "reg", "command": ["up"] },
            "deploy": { "push": "live", "smoke": "http://localhost/up" } })
    };
    let document = json!({
        "schema": 1,
        "release": { "id": "m3", "title": "M3", "mode": mode, "root": "." },
        "owner": { "name": "Ada", "email": "ada@example.com" },
        "flag": { "key": "f", "states": ["off", "beta", "on"], "provider": { "file": "f.json", "pointer": "/s" } },
        "registry": { "reg": { "kind": "generic", "probe": ["ask"] } },
        "repo": (0..repos).map(repo).collect::<Vec<_>>(),
        "step": steps,
    });
    Plan::new(serde_json::from_value(document).unwrap())
}

/// A plan with a ledger in memory.
#[derive(Debug, Clone)]
pub(super) struct Pen {
    pub(super) plan: Plan,
    pub(super) rollout: Rollout,
    pub(super) events: Vec<Event>,
    pub(super) now: u64,
}

impl Pen {
    /// Opened and held, nothing frozen.
    pub(super) fn new(plan: Plan) -> Self {
        let mut pen = Self { plan, rollout: Rollout::default(), events: Vec::new(), now: 1_000 };
        pen.write(Draft::release(Fact::Opened { title: "M3".to_owned() }));
        pen.crash();
        pen
    }

    /// Opened, held and frozen.
    pub(super) fn frozen(plan: Plan) -> Self {
        let mut pen = Self::new(plan);
        pen.freeze();
        pen
    }

    pub(super) fn stamp(&self, draft: Draft) -> Event {
        let takes = matches!(draft.fact, Fact::ControlsTaken(_));
        let keeps = !matches!(draft.fact, Fact::Replanned { .. });
        let in_force = self.rollout.plan_digest.clone().filter(|_| keeps);
        Event {
            v: VERSION,
            release: self.plan.id().clone(),
            id: EventId(format!("{:026}", self.events.len())),
            seq: self.rollout.seq + 1,
            epoch: self.rollout.epoch + u64::from(takes),
            actor: "Ada <ada@example.com>".to_owned(),
            at: self.now,
            plan_digest: in_force.unwrap_or_else(|| self.plan.digest().clone()),
            draft,
        }
    }

    /// Writes a draft if the fold admits it; on a breach nothing may have changed.
    pub(super) fn try_write(&mut self, draft: Draft) -> Result<(), Breach> {
        self.now += 10;
        let event = self.stamp(draft);
        let before = self.rollout.clone();
        let admitted = self.rollout.admits(&event);
        assert_eq!(self.rollout.apply(&event), admitted);
        match &admitted {
            Ok(()) => self.events.push(event),
            Err(_) => assert_eq!(self.rollout, before, "a rejected event changed something"),
        }
        admitted
    }

    pub(super) fn write(&mut self, draft: Draft) {
        self.try_write(draft).unwrap();
    }

    pub(super) fn crash(&mut self) {
        let holder = Holder { host: "h".to_owned(), user: "ada".to_owned(), pid: 7, what: "cockpit".to_owned() };
        self.write(Draft::release(Fact::ControlsTaken(holder)));
    }

    pub(super) fn freeze_draft(&self) -> Draft {
        let candidate = Candidate {
            sha: "9f31c2a0000000000000000000000000000000ab".parse().unwrap(),
            package: Some(Package { name: "p".to_owned(), version: "1.0.0".to_owned() }),
            repinned: None,
        };
        let name = |candidate: &Candidate, repo: &str| Candidate {
            package: Some(Package { name: repo.to_owned(), version: "1.0.0".to_owned() }),
            ..candidate.clone()
        };
        let candidates = self.plan.repos().iter();
        let candidates = candidates
            .map(|repo| Frozen { repo: repo.name.clone(), candidate: name(&candidate, repo.name.as_str()) })
            .collect();
        let (by, verdict, notes) = ("QA".to_owned(), "good".to_owned(), String::new());
        Draft::release(Fact::Frozen { candidates, by, verdict, notes })
    }

    pub(super) fn freeze(&mut self) {
        self.write(self.freeze_draft());
    }

    pub(super) fn order(&mut self, order: &Order) -> Result<(), Refusal> {
        for draft in decide(&self.plan, &self.rollout, None, order)? {
            self.write(draft);
        }
        Ok(())
    }

    pub(super) fn actions(&self, step: &str) -> Vec<Action> {
        self.plan.compile(self.plan.step(&id(step)).unwrap(), &self.rollout.candidates).unwrap()
    }

    pub(super) fn digest(&self, step: &str) -> Digest {
        step_digest(&self.plan, self.plan.step(&id(step)).unwrap(), &self.actions(step), None)
    }

    pub(super) fn approve(&mut self, step: &str) -> Result<(), Refusal> {
        let digest = self.digest(step);
        self.order(&Order::Approve { step: id(step), digest })
    }

    pub(super) fn approve_train(&mut self) -> Result<(), Refusal> {
        let digest = train_digest(&self.plan, &self.rollout.candidates).unwrap();
        self.order(&Order::ApproveTrain { digest })
    }

    pub(super) fn approval(&self, step: &StepId) -> Digest {
        let own = self.rollout.steps.get(step).and_then(|log| log.approval.as_ref()).map(|a| a.digest.clone());
        let train = self.rollout.train.as_ref().map(|train| train.digest.clone());
        own.or(train).unwrap_or_else(|| Digest::of(b"nothing"))
    }

    /// An intent of a step's action, by place from 1.
    pub(super) fn intent(&self, step: &str, nth: u32) -> Draft {
        let actions = self.actions(step);
        let action = &actions[nth as usize - 1];
        self.intent_of(step, action, nth, actions.len(), Direction::Forward)
    }

    pub(super) fn intent_of(&self, step: &str, action: &Action, nth: u32, of: usize, direction: Direction) -> Draft {
        let generation = self.rollout.generation(&action.identity);
        let step = self.plan.step(&id(step)).unwrap();
        let intent = Intent {
            identity: action.identity.clone(),
            generation,
            nature: action.effect.nature(),
            nth,
            of: u32::try_from(of).unwrap(),
            effect_digest: Digest::of(b"effect"),
            approval: self.approval(&step.id),
            needs: self.plan.needs(step).into_iter().cloned().collect(),
            preconditions: Vec::new(),
            artifact: None,
            made: None,
            direction,
        };
        let key = action.identity.key(self.plan.id(), generation);
        Draft::action(&step.id, &key, 1, Fact::Intent(intent))
    }

    /// An outcome of the first open intent.
    pub(super) fn outcome(&self, outcome: Outcome) -> Option<Draft> {
        let (key, step) = self.rollout.open().next()?;
        Some(Draft::action(step, key, 1, Fact::Outcome(outcome)))
    }

    pub(super) fn end(&mut self, outcome: Outcome) {
        let draft = self.outcome(outcome).unwrap();
        self.write(draft);
    }

    /// A probe of a step's action, by the name it was tried under where it was.
    pub(super) fn probe(&self, step: &str, nth: u32, finding: Finding, proof: Proof) -> Draft {
        let actions = self.actions(step);
        let identity = actions[nth as usize - 1].identity.clone();
        let tried = self.rollout.steps.get(&id(step)).and_then(|log| log.actions.get(&nth)).map(|a| a.key.clone());
        let now = self.rollout.generation(&identity);
        let generation =
            (0..=now).rev().find(|g| tried.as_ref() == Some(&identity.key(self.plan.id(), *g))).unwrap_or(now);
        let key = identity.key(self.plan.id(), generation);
        let probed = Probed {
            identity,
            generation,
            nth,
            of: u32::try_from(actions.len()).unwrap(),
            nature: Nature::Effect,
            finding,
            writer: Writer::Gone,
            proof,
        };
        Draft::action(&id(step), &key, 1, Fact::Probed(probed))
    }

    /// Approves and runs a step to its end, gates and ticks with it.
    pub(super) fn ship(&mut self, step: &str) {
        let ended = |pen: &Self| pen.rollout.steps.get(&id(step)).is_some_and(StepLog::is_done);
        for _ in 0..60 {
            if ended(self) {
                return;
            }
            self.follow();
        }
        panic!("{step} doesn't end: {:?}", next(&self.plan, &self.rollout));
    }

    /// Does what the release waits for, as well as it can go.
    pub(super) fn follow(&mut self) {
        match next(&self.plan, &self.rollout) {
            Next::Freeze(_) => self.freeze(),
            Next::Decide(step) => {
                let reason = "I looked".to_owned();
                let accept = Order::Accept { step: step.clone(), reason: reason.clone() };
                if self.order(&accept).is_err() {
                    let verdict = crate::rollout::event::Verdict::Present;
                    self.order(&Order::Resolve { step, verdict, reason }).unwrap();
                }
            }
            Next::OutOfOrder(item) => self.write(accepted(self, &item)),
            Next::Resume => self.order(&Order::Resume).unwrap(),
            Next::Lift(step) => self.order(&Order::Lift { step }).unwrap(),
            Next::Tick(step) => {
                let ticks = self.rollout.step(&step).ticks;
                let open = ["one", "two"].into_iter().find(|item| !ticks.contains_key(*item)).unwrap();
                self.order(&Order::Tick { step, item: open.to_owned() }).unwrap();
            }
            Next::Judge(step) | Next::Unmet(step) => self.judge(step.as_str(), true),
            Next::Approve(step) => self.approve(step.as_str()).unwrap(),
            Next::Busy(..) => self.end(ok()),
            Next::Act { step, nth, of, action } => {
                let draft = self.intent_of(step.as_str(), &action, nth, of as usize, Direction::Forward);
                if self.rollout.is_accepted(draft.action.as_ref().unwrap()) {
                    let there = Finding::Present { evidence: "there".to_owned() };
                    self.write(self.probe(step.as_str(), nth, there, Proof::Conclusive));
                } else {
                    self.write(draft);
                }
            }
            Next::Unready(step, why) => panic!("{step}: {why}"),
            Next::Ship => self.write(Draft::release(Fact::Shipped)),
            Next::Nothing => {}
        }
    }

    pub(super) fn judge(&mut self, step: &str, holds: bool) {
        let gates = self.plan.step(&id(step)).unwrap().gates.len();
        for gate in 0..u32::try_from(gates).unwrap() {
            let fact = Fact::GateJudged { gate, holds, detail: "seen".to_owned(), subject: None };
            self.write(Draft::step(&id(step), fact));
        }
    }
}

/// The owner's word for something out of order, as the ledger has it.
pub(super) fn accepted(pen: &Pen, item: &ItemId) -> Draft {
    let item = out_of_order::as_logged(item, &pen.rollout.out_of_order[item]);
    out_of_order::accept(&pen.rollout, &item, "it may be so").pop().unwrap()
}

pub(super) fn ok() -> Outcome {
    Outcome::Ok { evidence: vec!["seen".to_owned()] }
}

pub(super) fn failed(effect: Trace) -> Outcome {
    Outcome::Failed { effect, why: "it broke".to_owned(), tail: Vec::new() }
}

pub(super) fn present() -> Finding {
    Finding::Present { evidence: "there".to_owned() }
}

pub(super) fn absent() -> Finding {
    Finding::Absent { detail: "not there".to_owned() }
}
