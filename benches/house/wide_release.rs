//! A wide release for the benches: any number of repositories and steps, half way through, with a long ledger.

use flightdeck::plan::{Candidate, Digest, Package, Plan};
use flightdeck::rollout::event::{
    Covers, Direction, Draft, Event, EventId, Fact, Frozen, Holder, Intent, Outcome, VERSION,
};
use flightdeck::rollout::{Next, Rollout, next};
use serde_json::json;

pub(crate) fn plan(repos: usize, steps: usize) -> Plan {
    let argv = json!(["true"]);
    let repo = |n: usize| {
        json!({ "name": format!("r{n}"), "path": format!("r{n}"), "deploy": { "push": "live" },
            "reports": { "flag": format!("http://localhost/{n}#/flag") } })
    };
    let step = |n: usize| {
        let deploys = json!({ "id": format!("s{n}"), "stage": "s", "title": "t", "deploy": format!("r{n}") });
        let runs = json!({ "id": format!("s{n}"), "stage": "s", "title": "t", "run": { "command": argv } });
        if n < repos { deploys } else { runs }
    };
    let document = json!({
        "schema": 1,
        "release": { "id": "wide", "title": "Wide", "mode": "quick" },
        "owner": { "name": "Ada", "email": "ada@example.com" },
        "flag": { "key": "f", "states": ["off", "on"], "provider": { "file": "f.json", "pointer": "/s" } },
        "repo": (0..repos).map(repo).collect::<Vec<_>>(),
        "step": (0..steps).map(step).collect::<Vec<_>>(),
    });
    Plan::new(serde_json::from_value(document).expect("the bench's plan"))
}

struct Pen<'a> {
    plan: &'a Plan,
    rollout: Rollout,
    events: Vec<Event>,
}

impl Pen<'_> {
    fn write(&mut self, draft: Draft) {
        let seq = self.rollout.seq + 1;
        let event = Event {
            v: VERSION,
            release: self.plan.id().clone(),
            id: EventId(format!("{seq:026}")),
            seq,
            epoch: self.rollout.epoch + u64::from(matches!(draft.fact, Fact::ControlsTaken(_))),
            actor: "Ada <ada@example.com>".to_owned(),
            at: seq * 1_000,
            plan_digest: self.plan.digest().clone(),
            draft,
        };
        self.rollout.apply(&event).expect("the bench's own events follow the rules");
        self.events.push(event);
    }

    fn open(&mut self) {
        self.write(Draft::release(Fact::Opened { title: "Wide".to_owned() }));
        let holder = Holder { host: "h".to_owned(), user: "u".to_owned(), pid: 1, what: "ship".to_owned() };
        self.write(Draft::release(Fact::ControlsTaken(holder)));
        let candidate = Candidate {
            sha: "9f31c2a0000000000000000000000000000000ab".parse().expect("a commit id"),
            package: Some(Package { name: "p".to_owned(), version: "1.0.0".to_owned() }),
            repinned: None,
        };
        let repos = self.plan.repos().iter();
        let candidates = repos.map(|repo| Frozen { repo: repo.name.clone(), candidate: candidate.clone() }).collect();
        let (by, verdict, notes) = ("QA".to_owned(), "good".to_owned(), String::new());
        self.write(Draft::release(Fact::Frozen { candidates, by, verdict, notes }));
        let steps = self.plan.steps().iter().map(|step| step.id.clone()).collect();
        self.write(Draft::release(Fact::Approved { digest: Digest::of(b"train"), covers: Covers::Train { steps } }));
    }

    /// Tries the next action and ends it; whether there was one.
    fn act(&mut self) -> bool {
        let Next::Act { step, nth, of, action } = next(self.plan, &self.rollout) else { return false };
        let of_plan = self.plan.step(&step).expect("a step of the plan");
        let intent = Intent {
            identity: action.identity.clone(),
            generation: 0,
            nature: action.effect.nature(),
            nth,
            of,
            effect_digest: Digest::of(b"effect"),
            approval: Digest::of(b"train"),
            needs: self.plan.needs(of_plan).into_iter().cloned().collect(),
            preconditions: vec!["the flag is off".to_owned()],
            artifact: None,
            made: None,
            direction: Direction::Forward,
        };
        let key = self.rollout.key(self.plan.id(), &action.identity);
        self.write(Draft::action(&step, &key, 1, Fact::Intent(intent)));
        let ended = Outcome::Ok { evidence: vec!["ls-remote shows it".to_owned()] };
        self.write(Draft::action(&step, &key, 1, Fact::Outcome(ended)));
        true
    }
}

/// A release half way, and after it a long quarrel about gates.
pub(crate) fn ledger(plan: &Plan, length: usize) -> (Rollout, Vec<Event>) {
    let mut pen = Pen { plan, rollout: Rollout::default(), events: Vec::new() };
    pen.open();
    for _ in 0..plan.steps().len() {
        pen.act();
    }
    let steps: Vec<_> = plan.steps().iter().map(|step| step.id.clone()).collect();
    for step in steps.iter().cycle().take(length.saturating_sub(pen.events.len())) {
        let fact = Fact::GateJudged { gate: 0, holds: true, detail: "212 tests".to_owned(), subject: None };
        pen.write(Draft::step(step, fact));
    }
    (pen.rollout, pen.events)
}
