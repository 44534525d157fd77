//! Ledgers of a release on its way, told event by event, and the states that follow from them.

mod scene;
mod seams;
mod suites;

use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) use scene::*;

use crate::engine::{Drive, LedgerState, Role, State};
use crate::plan::{Candidate, Digest, Document, FlagState, Identity, Nature, Package, Plan, Sha, StepId};
use crate::rollout::event::{
    Covers, Direction, Finding, Frozen, Holder, Intent, Outcome, Probed, Proof, Trace, VERSION, Writer,
};
use crate::rollout::observed::{
    ContextSeen, DirtySeen, Divergence, FlagSeen, LocalSeen, PackageState, RemoteSeen, ReportSeen, Seen,
};
use crate::rollout::status::{Session, status};
use crate::rollout::{Draft, Event, EventId, Fact, Observed, Rollout, next, step_digest, train_digest};

/// 20 November 2026, 14:00 UTC.
pub(super) const START: u64 = 1_795_183_200_000;

/// A release on its way.
pub(super) struct Story {
    pub(super) plan: Plan,
    rollout: Rollout,
    events: Vec<Event>,
    pub(super) observed: Observed,
    now: u64,
    flag: FlagState,
}

/// A repository's name, its commit, and its package with a version.
type Shipped = (&'static str, &'static str, Option<(&'static str, &'static str)>);

const REPOS: [Shipped; 6] = [
    ("rlabs-consent", "9f31c2a", None),
    ("rlabs-notifier", "4be0d11", None),
    ("agentguard-lib", "77aa010", Some(("agentguard-lib", "1.4.0"))),
    ("agentguard-sdk", "c0ffee1", Some(("@agentguard/sdk", "2.3.0"))),
    ("platform-api", "5d5d5d5", None),
    ("agentguard-web", "b7c9e02", None),
];

fn sha(short: &str) -> Sha {
    format!("{short:0<40}").parse().unwrap()
}

pub(super) fn id(step: &str) -> StepId {
    step.parse().unwrap()
}

impl Story {
    /// Opened, frozen, and looked at.
    pub(super) fn frozen() -> Self {
        let document: Document = toml::from_str(include_str!("release.toml")).unwrap();
        Self::of(document)
    }

    /// The same release with one approval for the whole train.
    pub(super) fn quick() -> Self {
        let text = include_str!("release.toml").replace("mode  = \"careful\"", "mode  = \"quick\"");
        Self::of(toml::from_str(&text).unwrap())
    }

    fn of(document: Document) -> Self {
        let mut story = Self {
            plan: Plan::new(document),
            rollout: Rollout::default(),
            events: Vec::new(),
            observed: Observed::default(),
            now: START,
            flag: "off".parse().unwrap(),
        };
        let holder = Holder { host: "ada-laptop".into(), user: "ada".into(), pid: 4711, what: "cockpit".into() };
        story.tell(Draft::release(Fact::Opened { title: "Team and organisation tier".into() }));
        story.tell(Draft::release(Fact::ControlsTaken(holder)));
        let frozen = REPOS.iter().map(|(name, short, package)| Frozen {
            repo: name.parse().unwrap(),
            candidate: Candidate {
                sha: sha(short),
                package: package.map(|(name, version)| Package { name: name.into(), version: version.into() }),
                repinned: None,
            },
        });
        story.tell(Draft::release(Fact::Frozen {
            candidates: frozen.collect(),
            by: "Grace QA".into(),
            verdict: "passed".into(),
            notes: String::new(),
        }));
        story.look();
        story
    }

    /// Everything is as it should be: frozen branches, the flag off, nothing published, the old commit deployed.
    fn look(&mut self) {
        let at = self.now;
        for (name, short, package) in REPOS {
            let seen = self.observed.repos.entry(name.parse().unwrap()).or_default();
            seen.local = Seen::answer(
                LocalSeen {
                    branch: Some("release/m3-team-org-tier".into()),
                    head: Some(sha(short)),
                    release: Some(sha(short)),
                    main: Some(sha("a1b2c3d")),
                    trouble: None,
                    since_frozen: Some(Divergence { ahead: 0, behind: 0 }),
                },
                at,
            );
            seen.dirty = Seen::answer(DirtySeen { modified: 0, untracked: 0, conflicted: 0 }, at);
            seen.remote = Seen::answer(
                RemoteSeen { release: Some(sha(short)), main: Some(sha("a1b2c3d")), ..RemoteSeen::default() },
                at,
            );
            if package.is_some() {
                seen.package = Seen::answer(PackageState::Absent, at);
            } else {
                seen.deployed = Seen::answer(sha("a1b2c3d"), at);
            }
        }
        self.set_flag("off");
    }

    /// The flag is read so, everywhere.
    pub(super) fn set_flag(&mut self, state: &str) {
        self.flag = state.parse().unwrap();
        let contexts = vec![ContextSeen { name: "anyone".into(), value: Some(state.into()), why: None }];
        self.observed.flag = Seen::answer(FlagSeen { state: Some(self.flag.clone()), contexts }, self.now);
        for seen in self.observed.repos.values_mut() {
            let read = ReportSeen { value: state.to_owned(), states: vec![self.flag.clone()], why: None };
            seen.flag = Seen::answer(read, self.now);
        }
    }

    pub(super) fn wait(&mut self, millis: u64) -> &mut Self {
        self.now += millis;
        self
    }

    /// Adds an event as Ada's.
    pub(super) fn tell(&mut self, draft: Draft) -> &mut Self {
        let seq = self.rollout.seq + 1;
        let takes = matches!(draft.fact, Fact::ControlsTaken(_));
        let event = Event {
            v: VERSION,
            release: self.plan.id().clone(),
            id: EventId(format!("01J{seq:023}")),
            seq,
            epoch: self.rollout.epoch + u64::from(takes),
            actor: "Ada Example <ada@example.com>".into(),
            at: self.now,
            plan_digest: self.plan.digest().clone(),
            draft,
        };
        self.rollout.apply(&event).unwrap();
        self.events.push(event);
        self
    }

    pub(super) fn fact(&mut self, step: &str, fact: Fact) -> &mut Self {
        self.tell(Draft::step(&id(step), fact))
    }

    /// Judges every gate of a step.
    pub(super) fn judge(&mut self, step: &str) -> &mut Self {
        let gates = self.plan.step(&id(step)).unwrap().gates.clone();
        for (gate, wanted) in (0..).zip(&gates) {
            let detail = if wanted.kind() == "tests" { "212 passed" } else { "as wanted" };
            self.fact(step, Fact::GateJudged { gate, holds: true, detail: detail.into(), subject: None });
        }
        self
    }

    fn digest(&self, step: &str) -> Digest {
        let step = self.plan.step(&id(step)).unwrap();
        let actions = self.plan.compile(step, &self.rollout.candidates).unwrap();
        step_digest(&self.plan, step, &actions, Some(&self.flag))
    }

    pub(super) fn approve(&mut self, step: &str) -> &mut Self {
        let digest = self.digest(step);
        self.fact(step, Fact::Approved { digest, covers: Covers::Step })
    }

    pub(super) fn approve_train(&mut self) -> &mut Self {
        let digest = train_digest(&self.plan, &self.rollout.candidates).unwrap();
        let steps = crate::rollout::approval::train_steps(&self.plan);
        self.tell(Draft::release(Fact::Approved { digest, covers: Covers::Train { steps } }))
    }

    /// Writes the intent of a step's action, by place from 1, and ends it or leaves it open.
    pub(super) fn act(&mut self, step: &str, nth: u32, outcome: Option<Outcome>) -> &mut Self {
        let planned = self.plan.step(&id(step)).unwrap().clone();
        let actions = self.plan.compile(&planned, &self.rollout.candidates).unwrap();
        let action = &actions[nth as usize - 1];
        let key = self.rollout.key(self.plan.id(), &action.identity);
        let attempt = self.rollout.step(&planned.id).attempts + 1;
        let intent = Fact::Intent(Intent {
            identity: action.identity.clone(),
            generation: self.rollout.generation(&action.identity),
            nature: action.effect.nature(),
            nth,
            of: u32::try_from(actions.len()).unwrap(),
            effect_digest: Digest::of(b"effect"),
            approval: self.rollout.step(&planned.id).approval.map_or_else(|| self.digest(step), |a| a.digest),
            needs: self.plan.needs(&planned).into_iter().cloned().collect(),
            preconditions: vec!["main is behind".into()],
            artifact: None,
            made: None,
            direction: Direction::Forward,
        });
        self.tell(Draft::action(&planned.id, &key, attempt, intent));
        if let Some(outcome) = outcome {
            self.wait(3_000).end(step, nth, outcome);
        }
        self
    }

    /// Writes the outcome of an action that was begun.
    fn end(&mut self, step: &str, nth: u32, outcome: Outcome) -> &mut Self {
        let log = self.rollout.step(&id(step));
        let key = log.actions[&nth].key.clone();
        self.tell(Draft::action(&id(step), &key, log.attempts, Fact::Outcome(outcome)))
    }

    /// Judges, approves and does a step.
    pub(super) fn done(&mut self, step: &str) -> &mut Self {
        let planned = self.plan.step(&id(step)).unwrap().clone();
        self.judge(step).wait(60_000);
        let actions = self.plan.compile(&planned, &self.rollout.candidates).unwrap();
        if let crate::plan::Effect::Confirm { items } = &actions[0].effect {
            for item in items.clone() {
                self.fact(step, Fact::Ticked { item });
            }
        }
        self.approve(step);
        for nth in 1..=u32::try_from(actions.len()).unwrap() {
            let evidence = vec![format!("{} shows it", actions[nth as usize - 1].identity.target)];
            self.act(step, nth, Some(Outcome::Ok { evidence }));
        }
        self.observe(&planned);
        self
    }

    /// The world after a step.
    fn observe(&mut self, step: &crate::plan::Step) {
        if let crate::plan::Verb::Flag(set) = &step.verb {
            let state = set.state().to_string();
            self.set_flag(&state);
        }
        let (now, Some(repo)) = (self.now, step.verb.repo()) else { return };
        let candidate = self.rollout.candidates[repo].clone();
        let seen = self.observed.repos.entry(repo.clone()).or_default();
        match step.verb.word() {
            "deploy" => seen.deployed = Seen::answer(candidate.sha, now),
            "publish" => seen.package = Seen::answer(PackageState::Live { digest: None }, now),
            _ => {}
        }
    }

    /// A probe's answer about a step's first action.
    pub(super) fn probed(&mut self, step: &str, finding: Finding) -> &mut Self {
        let log = self.rollout.step(&id(step));
        let action = log.actions[&1].clone();
        let identity: Identity = action.identity.clone();
        let fact = Fact::Probed(Probed {
            generation: self.rollout.generation(&identity),
            identity,
            nth: 1,
            of: log.of,
            nature: Nature::Effect,
            finding,
            writer: Writer::Unknown,
            proof: Proof::Inconclusive,
        });
        self.tell(Draft::action(&id(step), &action.key, 1, fact))
    }

    pub(super) fn state(&self) -> State {
        let session = Session { trusted: true, mine: true, alive: Some(true), unsound: None, paused: false };
        State {
            plan: Arc::new(self.plan.clone()),
            status: Arc::new(status(&self.plan, &self.rollout, &self.observed, &session)),
            next: next(&self.plan, &self.rollout),
            role: Role::Conductor,
            drive: Drive::Going,
            work: None,
            outputs: Arc::new(BTreeMap::new()),
            events: self.events.clone().into(),
            ledger: LedgerState::Good { at: self.now },
            unwritten: false,
            complaint: None,
            notices: Arc::new([]),
            train_digest: train_digest(&self.plan, &self.rollout.candidates).ok(),
            seen_enough: true,
            now: self.now + 2_000,
        }
    }
}
