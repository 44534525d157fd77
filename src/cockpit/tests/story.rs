//! Ledgers of a release on its way, told event by event, and the states that follow from them.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::watch;

use crate::engine::output::Follow;
use crate::engine::{Drive, LedgerState, Output, OutputView, Role, State, Work};
use crate::plan::seam::Side;
use crate::plan::{Candidate, Digest, Document, FlagState, Identity, Nature, Package, Plan, Sha, StepId};
use crate::rollout::event::{
    Covers, Direction, Finding, Frozen, Health, Holder, Intent, Outcome, Probed, Proof, Trace, VERSION, Writer,
};
use crate::rollout::observed::{
    ContextSeen, DirtySeen, Divergence, FlagSeen, LocalSeen, PackageState, RemoteSeen, ReportSeen, Seen, Wait, WaitKind,
};
use crate::rollout::seam::{Misfit, Quote, SeamSeen, SeamState, Standing};
use crate::rollout::status::{Session, status};
use crate::rollout::{Draft, Event, EventId, Fact, Observed, Rollout, next, step_digest, train_digest};

/// 20 November 2026, 14:00 UTC.
pub(super) const START: u64 = 1_795_183_200_000;

/// What two repositories promised each other, kept once and broken once.
const SEAMS: &str = r#"
[[seam]]
id       = "notifier-fields"
title    = "The notifier's templates use only fields that the API returns"
producer = { repo = "platform-api", file = "openapi.json", openapi = "fields", schema = "Team" }
consumer = { repo = "rlabs-notifier", files = "templates/*.j2", regex = '\{\{\s*team\.(\w+)' }
rule     = "subset"

[[seam]]
id       = "retry-budget"
title    = "The SDK gives up before the API does"
producer = { repo = "platform-api", file = "api/limits.py", number = "DEADLINE" }
consumer = { repo = "agentguard-sdk", file = "src/client.ts", number = "PATIENCE_MS", unit = "ms" }
rule     = "at_most"

[[seam]]
id       = "sdk-contract"
title    = "What the SDK was written against still stands in the API"
producer = { repo = "platform-api", file = "openapi.json" }
consumer = { repo = "agentguard-sdk", file = "contract/openapi.json" }
rule     = "compatible"
"#;

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

    /// The same release with seams: one holds, one doesn't, one can't be told.
    pub(super) fn with_seams() -> Self {
        let mut story = Self::of(toml::from_str(&format!("{}{SEAMS}", include_str!("release.toml"))).unwrap());
        let at: BTreeMap<_, _> =
            REPOS.map(|(name, short, _)| (name.parse().unwrap(), Standing::Frozen(sha(short)))).into();
        let quote = |side, repo: &str, file: &str, line, text: &str| Quote {
            side,
            repo: repo.parse().unwrap(),
            sha: at.get(&repo.parse().unwrap()).and_then(Standing::sha).cloned(),
            file: file.to_owned(),
            line,
            text: text.to_owned(),
        };
        let renamed = Misfit {
            what: "rlabs-notifier: templates/team-invitation.txt.j2:4 uses `seats`, which platform-api doesn't have"
                .into(),
            mend: "platform-api: openapi.json:27 has `seat_count`: write that, or add `seats` to platform-api".into(),
            quotes: vec![
                quote(
                    Side::Consumer,
                    "rlabs-notifier",
                    "templates/team-invitation.txt.j2",
                    4,
                    "You take one of its {{ team.seats }} seats.",
                ),
                quote(Side::Producer, "platform-api", "openapi.json", 27, "\"seat_count\": { \"type\": \"integer\" },"),
            ],
        };
        let (state, detail, misfits) = (SeamState::Broken, renamed.what.clone(), vec![renamed]);
        let broken = SeamSeen { state, detail, misfits, more: 0, at: at.clone() };
        let holds = SeamSeen {
            state: SeamState::Holds,
            at,
            ..SeamSeen::unknown("9s of agentguard-sdk is at most the 10s of platform-api")
        };
        let unknown = SeamSeen::unknown("platform-api: openapi.json has 209715200 bytes; at most 33554432 are read");
        for (id, seen) in [("notifier-fields", broken), ("retry-budget", holds), ("sdk-contract", unknown)] {
            story.observed.seams.insert(id.parse().unwrap(), Seen::answer(seen, START));
        }
        story
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
            self.wait(3_000);
            self.tell(Draft::action(&planned.id, &key, attempt, Fact::Outcome(outcome)));
        }
        self
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
        let session = Session { trusted: true, mine: true, alive: Some(true) };
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
            complaint: None,
            notices: Arc::new([]),
            train_digest: train_digest(&self.plan, &self.rollout.candidates).ok(),
            seen_enough: true,
            now: self.now + 2_000,
        }
    }
}

/// Two steps are live; the third waits for the owner.
pub(super) fn waiting() -> Story {
    let mut story = Story::frozen();
    story.done("consent").done("notifier").judge("lib");
    story
}

/// The flag is off, and what is deployed of two repositories reads it as on.
pub(super) fn apart() -> State {
    let mut story = waiting();
    for repo in ["platform-api", "agentguard-web"] {
        let states = vec!["on".parse().unwrap()];
        let read = ReportSeen { value: "on".into(), states, why: None };
        story.observed.repos.get_mut(&repo.parse().unwrap()).unwrap().flag = Seen::answer(read, story.now);
    }
    story.state()
}

/// The flag was set, and two of its readers don't know yet.
pub(super) fn on_its_way() -> State {
    let mut story = waiting();
    story.observed.waits.insert(
        id("beta"),
        Wait {
            kind: WaitKind::Convergence,
            what: "everyone to read the flag as beta".into(),
            since: story.now - 4_000,
            until: story.now + 56_000,
            last: "5 of 7 agree; lagging: platform-api reads off, agentguard-web reads off".into(),
        },
    );
    story.state()
}

/// The fifth step is running and prints.
pub(super) fn running() -> State {
    let mut story = waiting();
    story.done("lib").done("sdk").judge("migrate").approve("migrate");
    story.act("migrate", 1, None).wait(12_000);
    let mut state = story.state();
    let lines: Vec<String> = (1..=400).map(|n| format!("0003_teams: {n:>3} of 400 rows moved")).collect();
    let output = printed(lines);
    state.work = Some(Work {
        step: id("migrate"),
        title: "migrate platform-api".into(),
        since: state.now - 14_000,
        output: Some(output.clone()),
        nature: Nature::Effect,
    });
    state.outputs = Arc::new(BTreeMap::from([(id("migrate"), output)]));
    state
}

/// A deploy was refused, and that holds the release.
pub(super) fn failed() -> State {
    let mut story = waiting();
    story.done("lib").done("sdk").done("migrate").judge("api").approve("api");
    let outcome = |why: &str| Outcome::Failed {
        effect: Trace::None,
        why: why.into(),
        tail: vec!["remote: error: refusing to update checked out branch".into(), "To /srv/git/platform-api".into()],
    };
    story.act("api", 1, Some(Outcome::Ok { evidence: vec!["main is at 5d5d5d5".into()] }));
    story.act("api", 2, Some(outcome("origin refused the push: not a fast-forward")));
    story.tell(Draft::release(Fact::Held { reason: "step api failed".into() }));
    let api = story.observed.repos.get_mut(&"platform-api".parse().unwrap()).unwrap();
    api.remote = Seen::answer(
        RemoteSeen { release: Some(sha("5d5d5d5")), main: Some(sha("deadbee")), ..RemoteSeen::default() },
        START,
    );
    let local = api.local.value.as_mut().unwrap();
    local.release = Some(sha("fade000"));
    local.since_frozen = Some(Divergence { ahead: 2, behind: 0 });
    story.state()
}

/// Somebody published the SDK by hand, and deployed on top of what is live.
pub(super) fn out_of_order() -> State {
    let mut story = waiting();
    story.wait(60_000);
    let at = story.now;
    let sdk = story.observed.repos.get_mut(&"agentguard-sdk".parse().unwrap()).unwrap();
    sdk.package = Seen::answer(PackageState::Live { digest: None }, at);
    let consent = story.observed.repos.get_mut(&"rlabs-consent".parse().unwrap()).unwrap();
    consent.deployed = Seen::answer(sha("bad0bad"), at);
    consent.arrived = Some(sha("9f31c2a"));
    let sight = crate::rollout::out_of_order::out_of_order(&story.plan, &story.rollout, &story.observed);
    for item in &sight.items {
        story.tell(crate::rollout::out_of_order::found(item));
    }
    story.state()
}

/// A publish was interrupted, and nobody can say.
pub(super) fn in_doubt() -> State {
    let mut story = waiting();
    story.approve("lib");
    let why = "flightdeck ended while it ran".to_owned();
    story.act("lib", 1, Some(Outcome::Failed { effect: Trace::Unknown, why, tail: Vec::new() }));
    story.probed("lib", Finding::Absent { detail: "the registry shows no 1.4.0".into() });
    story.tell(Draft::release(Fact::Held { reason: "step lib is in doubt".into() }));
    story.observed.flag = Seen::unknown("flags.json can't be read: no such file", START);
    story.state()
}

/// Somebody else has the controls.
pub(super) fn spectator() -> State {
    let story = waiting();
    let mut state = story.state();
    state.role = Role::Spectator {
        because: "ada@ada-laptop (cockpit, process 4711) has the controls: ask them to leave".into(),
    };
    let mut status = (*state.status).clone();
    status.controls.mine = false;
    state.status = Arc::new(status);
    state
}

/// Everything has shipped.
pub(super) fn shipped() -> State {
    let mut story = waiting();
    for step in ["lib", "sdk", "migrate", "api", "web", "beta", "look", "soak", "on", "smoke", "record"] {
        story.done(step);
    }
    story.tell(Draft::release(Fact::Shipped));
    story.state()
}

/// An output that ended.
pub(super) fn printed(lines: Vec<String>) -> Output {
    Output::new(Printed(lines.into_iter().map(Arc::from).collect(), watch::channel(0).0))
}

struct Printed(Vec<Arc<str>>, watch::Sender<u64>);

impl Follow for Printed {
    fn last(&self, most: usize) -> OutputView {
        let first = self.0.len().saturating_sub(most);
        OutputView { first: first as u64, lines: self.0[first..].to_vec(), open: None }
    }

    fn since(&self, from: u64, most: usize) -> OutputView {
        let first = usize::try_from(from).unwrap().min(self.0.len());
        let end = (first + most).min(self.0.len());
        OutputView { first: first as u64, lines: self.0[first..end].to_vec(), open: None }
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.1.subscribe()
    }
}

/// Nobody has trusted the plan here yet.
pub(super) fn untrusted() -> State {
    let mut state = Story::frozen().state();
    let mut status = (*state.status).clone();
    status.trusted = false;
    status.waiting_for = "your trust: nothing runs and nothing is asked before".into();
    state.status = Arc::new(status);
    state
}

/// The checklist waits, one line ticked.
pub(super) fn looking() -> State {
    let mut story = waiting();
    for step in ["lib", "sdk", "migrate", "api", "web", "beta"] {
        story.done(step);
    }
    story.fact("look", Fact::Ticked { item: "A beta user can make a team and invite someone".into() });
    story.state()
}

/// A minute of a nine-day soak is over, and a check fails.
pub(super) fn soaking(health: Health) -> State {
    let mut story = waiting();
    for step in ["lib", "sdk", "migrate", "api", "web", "beta", "look"] {
        story.done(step);
    }
    story.judge("soak").approve("soak").act("soak", 1, None);
    story.fact("soak", Fact::SoakStarted { lasts: 9 * 24 * 3_600_000 }).wait(60_000);
    let detail = "the API is up: 503".to_owned();
    story.fact("soak", Fact::SoakChanged { health, detail, good_for: 60_000 }).wait(5_000);
    let mut state = story.state();
    state.work = Some(Work {
        step: id("soak"),
        title: "soak for 9d".into(),
        since: state.now - 67_000,
        output: None,
        nature: Nature::Observation,
    });
    state
}

/// Nothing is frozen yet.
pub(super) fn unfrozen() -> State {
    let mut story = Story::frozen();
    story.tell(Draft::release(Fact::Thawed { reason: "one more fix".into() }));
    story.state()
}
