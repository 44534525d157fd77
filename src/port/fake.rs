//! A scripted world in memory: every effect is a line in a table, every fault has a name, and time moves when it is asked.
//! It counts how often each effect was really brought about, so that a rehearsal can prove that nothing happened twice.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::process::Order;
use super::world::{
    Answer, Checked, Frozen, GateJob, Job, Judged, Look, Performed, Prepared, Sight, Signal, SoakNews, Tried, Unfit,
    World,
};
use crate::plan::need::Need;
use crate::plan::{
    Action, BroughtRef, Coverage, Effect, FlagState, Gate, Identity, Nature, PackageVersion, Plan, Probe, RepoName,
    Suite,
};
use crate::rollout::Millis;
use crate::rollout::event::{Finding, Health, Proof, Trace, Writer};
use crate::rollout::observed::{
    ContextSeen, DirtySeen, Divergence, FlagSeen, LocalSeen, PackageState, Refs, RemoteSeen, ReportSeen, Seen,
};
use crate::rollout::seam::{SeamSeen, SeamState};
use crate::suite::{self, Record, Test, Told};

/// What can go wrong with one try of an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It fails, and provably nothing happened.
    FailOnce,
    /// It never ends by itself.
    Hang,
    /// The effect is there, but the answer got lost.
    EffectButReplyLost,
    /// It says that all went well, and nothing happened.
    NoEffectButOk,
    /// The command could not even be started.
    NeverSpawned,
    /// The effect is there, and the machine dies before anybody hears of it.
    CrashAfterEffect,
    /// The machine dies before anything happens.
    CrashBeforeEffect,
    /// The effect is there, but so many questions are still answered by a stale index.
    StaleIndex(u32),
    /// Something else is there.
    Conflict,
}

#[derive(Debug, Default)]
struct Truth {
    clock: Millis,
    /// What is there.
    present: BTreeSet<Identity>,
    /// What something else sits in the place of.
    conflicting: BTreeSet<Identity>,
    /// How often each effect was brought about.
    applied: BTreeMap<Identity, u32>,
    /// Questions that a stale index still answers with "absent".
    stale: BTreeMap<Identity, u32>,
    flag: Option<FlagState>,
    unmet: BTreeSet<&'static str>,
    faults: BTreeMap<Identity, VecDeque<Fault>>,
}

/// The scripted world. Clones share the same truth.
#[derive(Debug, Clone)]
pub struct FakeWorld {
    truth: Arc<Mutex<Truth>>,
    power: watch::Sender<Power>,
}

/// Whether the machine runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Power {
    /// It runs.
    On,
    /// It died: nothing is answered and nothing happens.
    Off,
}

impl Default for FakeWorld {
    fn default() -> Self {
        Self { truth: Arc::default(), power: watch::Sender::new(Power::On) }
    }
}

impl FakeWorld {
    /// A world in which nothing has happened, with the flag in its first state.
    pub fn new(plan: &Plan) -> Self {
        let world = Self::default();
        world.truth().flag = plan.document().flag.as_ref().and_then(|flag| flag.states.first().cloned());
        world
    }

    /// The next try of an effect goes wrong in this way.
    pub fn fault(&self, identity: &Identity, fault: Fault) {
        self.truth().faults.entry(identity.clone()).or_default().push_back(fault);
    }

    /// Gates of a kind hold, or don't.
    pub fn gates(&self, kind: &'static str, verdict: Verdict) {
        match verdict {
            Verdict::Hold => self.truth().unmet.remove(kind),
            Verdict::Unmet => self.truth().unmet.insert(kind),
        };
    }

    /// Somebody else brings an effect about.
    pub fn meddle(&self, identity: &Identity) {
        self.truth().present.insert(identity.clone());
    }

    /// Whether an effect is there.
    pub fn has(&self, identity: &Identity) -> bool {
        self.truth().present.contains(identity)
    }

    /// How often each effect was really brought about.
    pub fn applied(&self) -> BTreeMap<Identity, u32> {
        self.truth().applied.clone()
    }

    /// The state the flag is really in.
    pub fn flag(&self) -> Option<FlagState> {
        self.truth().flag.clone()
    }

    /// Everything that is there.
    pub fn present(&self) -> BTreeSet<Identity> {
        self.truth().present.clone()
    }

    /// Switches the machine on or off.
    pub fn power(&self, power: Power) {
        self.power.send_replace(power);
    }

    /// Whether the machine runs.
    pub fn is_on(&self) -> bool {
        *self.power.borrow() == Power::On
    }

    fn truth(&self) -> MutexGuard<'_, Truth> {
        self.truth.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for ever on a machine that died.
    async fn breathe(&self) {
        // a task must see a death that a task beside it caused
        tokio::task::yield_now().await;
        if !self.is_on() {
            std::future::pending::<()>().await;
        }
    }

    fn finding(&self, action: &Action) -> Finding {
        let mut truth = self.truth();
        if let Effect::SetFlag { state } = &action.effect {
            let now = truth.flag.clone();
            return match now {
                Some(now) if now == *state => Finding::Present { evidence: format!("1 of 1 agree: {now}") },
                Some(now) => Finding::Absent { detail: format!("the flag is {now}") },
                None => Finding::Unknown { why: "the flag can't be read".to_owned() },
            };
        }
        if matches!(action.probe, Probe::Nothing) {
            return Finding::Unknown { why: "nothing outside tells".to_owned() };
        }
        if let Some(stale) = truth.stale.get_mut(&action.identity).filter(|stale| **stale > 0) {
            *stale -= 1;
            return Finding::Absent { detail: "not listed".to_owned() };
        }
        if truth.conflicting.contains(&action.identity) {
            Finding::Conflict { detail: "something else is there".to_owned() }
        } else if truth.present.contains(&action.identity) {
            Finding::Present { evidence: format!("{} is there", action.identity.target) }
        } else {
            Finding::Absent { detail: "not there".to_owned() }
        }
    }

    /// Where the refs of a remote are: at what was last brought to them.
    fn refs(&self, plan: &Plan, repo: &RepoName, remote: &str) -> Refs {
        let truth = self.truth();
        let at = |brought: &BroughtRef| {
            let short = brought.short();
            let name = short.strip_prefix("origin/tags/").unwrap_or(&short);
            let target = format!("{repo}:{name}");
            truth.present.iter().rfind(|there| there.target == target).and_then(|there| there.brings.parse().ok())
        };
        let refs = plan.brought_refs(repo).into_iter().filter(|brought| brought.remote == remote);
        refs.map(|brought| (brought.name.clone(), at(&brought))).collect()
    }

    fn package(&self, package: &PackageVersion) -> PackageState {
        let target = format!("{}/{}", package.registry, package.name);
        let of =
            |there: &&Identity| there.target == target && there.brings.split(' ').next() == Some(&*package.version);
        match self.truth().present.iter().find(of) {
            Some(_) => PackageState::Live { digest: None },
            None => PackageState::Absent,
        }
    }

    fn apply(&self, action: &Action) {
        let mut truth = self.truth();
        if let Effect::SetFlag { state } = &action.effect {
            truth.flag = Some(state.clone());
        }
        truth.present.insert(action.identity.clone());
        *truth.applied.entry(action.identity.clone()).or_default() += 1;
    }

    /// What the world answers once a try has ended without a fault of its own.
    fn evidence(&self, action: &Action) -> Performed {
        let lost = |why: String| Performed::Failed { effect: Trace::Unknown, why, tail: Vec::new(), found: None };
        match (&action.probe, self.finding(action)) {
            (Probe::Nothing | Probe::Itself, _) => Performed::Ok { evidence: vec!["exit 0".to_owned()] },
            (_, Finding::Present { evidence }) => Performed::Ok { evidence: vec![evidence] },
            (_, Finding::Absent { detail }) => lost(format!("it said that it ended well, but: {detail}")),
            (_, Finding::Unknown { why }) => lost(why),
            (_, found @ Finding::Conflict { .. }) => Performed::Failed {
                effect: Trace::Unknown,
                why: "something else is there".to_owned(),
                tail: Vec::new(),
                found: Some(found),
            },
        }
    }

    async fn go_wrong(&self, fault: Fault, job: &mut Job) -> Performed {
        let failed =
            |effect, why: &str| Performed::Failed { effect, why: why.to_owned(), tail: Vec::new(), found: None };
        match fault {
            Fault::FailOnce => failed(Trace::None, "refused: nothing happened"),
            Fault::NeverSpawned => failed(Trace::None, "the program isn't there"),
            Fault::NoEffectButOk => self.evidence(&job.action),
            Fault::EffectButReplyLost => {
                self.apply(&job.action);
                failed(Trace::Unknown, "the connection was lost")
            }
            Fault::StaleIndex(times) => {
                self.apply(&job.action);
                self.truth().stale.insert(job.action.identity.clone(), times);
                self.evidence(&job.action)
            }
            Fault::Conflict => {
                self.truth().conflicting.insert(job.action.identity.clone());
                self.evidence(&job.action)
            }
            Fault::CrashAfterEffect | Fault::CrashBeforeEffect => {
                if fault == Fault::CrashAfterEffect {
                    self.apply(&job.action);
                }
                self.power(Power::Off);
                std::future::pending().await
            }
            Fault::Hang => loop {
                match *job.orders.borrow_and_update() {
                    Order::Run => {}
                    Order::Cancel => return failed(Trace::Unknown, "cancelled"),
                    Order::LetGo => return Performed::LetGo,
                }
                if job.orders.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            },
        }
    }
}

/// A run in which each required flow passed, and one test met all that varies.
fn all_passed(plan: &Plan, suite: &Suite) -> Record {
    let coverage = plan.document().coverage.as_ref();
    let mut tags: Vec<String> =
        suite.required.iter().filter_map(|name| name.strip_prefix('@')).map(str::to_owned).collect();
    tags.extend(coverage.into_iter().flat_map(Coverage::tags));
    let test = Test {
        project: String::new(),
        around: Vec::new(),
        title: "a team with a seller invites".to_owned(),
        tags,
        names: suite.required.clone(),
        verdict: suite::Verdict::Passed,
        why: String::new(),
    };
    let told = Told { tests: vec![test], ..Told::default() };
    suite::judge(&told, &suite.required, suite.flaky).with_met(&told, coverage)
}

/// What gates of a kind say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// They hold.
    Hold,
    /// They don't.
    Unmet,
}

impl World for FakeWorld {
    fn now(&self) -> Millis {
        let mut truth = self.truth();
        truth.clock += 1;
        truth.clock
    }

    async fn prepare(&self, job: Job) -> Result<Prepared, Unfit> {
        self.breathe().await;
        let tells =
            job.action.effect.nature() == Nature::Effect && !matches!(job.action.probe, Probe::Nothing | Probe::Itself);
        let before = tells.then(|| self.finding(&job.action));
        let made = match &job.action.effect {
            Effect::Repin { .. } => job.made.clone().or_else(|| "f".repeat(40).parse().ok()),
            _ => None,
        };
        Ok(Prepared { preconditions: vec!["all is as it was frozen".to_owned()], artifact: None, made, before })
    }

    async fn rehearse(&self, job: Job) -> Performed {
        self.perform(job, Prepared::default()).await
    }

    async fn perform(&self, mut job: Job, prepared: Prepared) -> Performed {
        self.breathe().await;
        let fault = self.truth().faults.get_mut(&job.action.identity).and_then(VecDeque::pop_front);
        if let Some(fault) = fault {
            return self.go_wrong(fault, &mut job).await;
        }
        if let Effect::Soak { lasts, .. } = &job.action.effect {
            let (good_for, detail) = (lasts.millis(), "all good".to_owned());
            let news = SoakNews::Turned { health: Health::Good, detail, good_for };
            // an engine that is gone needs no news
            let _ = job.line.0.send(Signal::Soak(job.step.clone(), news)).await;
        }
        if let Effect::Suite { suite, .. } = &job.action.effect {
            let record = all_passed(&job.plan, suite);
            // an engine that is gone needs no news
            let _ = job.line.0.send(Signal::Suite(job.step.clone(), Box::new(record))).await;
        }
        if let Effect::Await { .. } = &job.action.effect {
            // others bring it while we wait
            self.truth().present.insert(job.action.identity.clone());
        }
        let there = matches!(prepared.before, Some(Finding::Present { .. }));
        if job.action.effect.nature() == Nature::Effect && !there {
            self.apply(&job.action);
        }
        self.evidence(&job.action)
    }

    async fn probe(&self, job: Job) -> Answer {
        self.breathe().await;
        let proof = if job.action.probe.absence_is_proof() || job.tried == Tried::Never {
            Proof::Conclusive
        } else {
            Proof::Inconclusive
        };
        Answer { finding: self.finding(&job.action), writer: Writer::Gone, proof, orphans: None }
    }

    async fn judge(&self, job: GateJob) -> Judged {
        self.breathe().await;
        let step = job.plan.step(&job.step);
        let gate = usize::try_from(job.index).ok().and_then(|index| step?.gates.get(index));
        let Some(gate) = gate else { return Judged { holds: false, detail: "no such gate".to_owned() } };
        let truth = self.truth();
        let holds = !truth.unmet.contains(gate.kind())
            && if let Gate::Flag(state) = gate { truth.flag.as_ref() == Some(state) } else { true };
        Judged { holds, detail: if holds { "good".to_owned() } else { "not good".to_owned() } }
    }

    async fn check(&self, _plan: Arc<Plan>, _need: Need, _frozen: Frozen) -> Checked {
        self.breathe().await;
        Checked::there("good")
    }

    async fn tidy(&self, _plan: Arc<Plan>) -> Vec<String> {
        Vec::new()
    }

    async fn look(&self, plan: Arc<Plan>, look: Look, frozen: Frozen) -> Sight {
        self.breathe().await;
        let at = self.now();
        let sha = frozen.candidate.as_ref().map(|candidate| candidate.ship_sha().clone());
        let branch = |repo: &RepoName| plan.repo(repo).map(|repo| plan.branch(repo));
        match look {
            Look::Local(repo) => {
                let seen = LocalSeen {
                    branch: branch(&repo),
                    head: sha.clone(),
                    release: sha.clone(),
                    main: None,
                    trouble: None,
                    since_frozen: Some(Divergence { ahead: 0, behind: 0 }),
                };
                Sight::Local(repo, Seen::answer(seen, at))
            }
            Look::Dirty(repo) => {
                let clean = DirtySeen { modified: 0, untracked: 0, conflicted: 0 };
                Sight::Dirty(repo, Seen::answer(clean, at))
            }
            Look::Remote(repo) => {
                let refs = self.refs(&plan, &repo, "origin");
                let main = plan.repo(&repo).map(|repo| format!("refs/heads/{}", repo.main)).unwrap_or_default();
                let main = refs.get(&main).cloned().flatten();
                Sight::Remote(repo, Seen::answer(RemoteSeen { release: sha, main, main_has_more: false, refs }, at))
            }
            Look::Target(repo, remote) => {
                let refs = self.refs(&plan, &repo, &remote);
                Sight::Target(repo, remote, Seen::answer(refs, at))
            }
            Look::Package(repo) => {
                let state = frozen.candidate.as_ref().and_then(|candidate| plan.package(&repo, candidate).ok());
                let state = state.map_or(PackageState::Absent, |package| self.package(&package));
                Sight::Package(repo, Seen::answer(state, at))
            }
            Look::Deployed(repo) => Sight::Deployed(repo, Seen::unknown("nobody asked", at)),
            Look::FlagOf(repo) => {
                let flag = self.truth().flag.clone();
                let value = flag.map(|state| ReportSeen { value: state.to_string(), states: vec![state], why: None });
                Sight::FlagOf(repo, Seen { value, at: Some(at), ..Seen::default() })
            }
            Look::Seam(id) => {
                Sight::Seam(id, Seen::answer(SeamSeen { state: SeamState::Holds, ..SeamSeen::unknown("good") }, at))
            }
            Look::Flag => {
                let state = self.truth().flag.clone();
                let context = ContextSeen {
                    name: "everyone".to_owned(),
                    value: state.as_ref().map(ToString::to_string),
                    why: None,
                };
                Sight::Flag(Seen::answer(FlagSeen { state, contexts: vec![context] }, at))
            }
        }
    }
}
