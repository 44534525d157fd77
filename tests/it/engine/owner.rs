//! A scripted owner: does what the release waits for, and decides doubts by looking at the truth, as a person would.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use flightdeck::engine::reader::Reader;
use flightdeck::engine::{Command, Drive, Engine, Handle, Journal, LedgerState, Opening, Reply, Role, State, Stay};
use flightdeck::ledger::mark::Mark;
use flightdeck::ledger::trust::Trust;
use flightdeck::ledger::{AppendFault, CommitId, Draft, Entry, KeptFile, Ledger, LedgerFault, MemoryLedger};
use flightdeck::plan::{Candidate, Package, Plan, RepoName, StepId};
use flightdeck::port::fake::{FakeWorld, Power};
use flightdeck::rollout::event::{Frozen, Holder, Verdict};
use flightdeck::rollout::{Next, Order, Rollout as Fold};

/// The machine dies at the nth append of its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Death {
    pub(crate) nth: usize,
    pub(crate) when: When,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    Before,
    After,
}

/// A question whether it stops.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question {
    pub(crate) was_going: bool,
    pub(crate) paused: bool,
    pub(crate) intents_before: usize,
    pub(crate) intents_after: usize,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Shipped,
    Died,
    Held,
    Unmet,
    Stuck,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resumes {
    Always,
    Never,
}

/// A ledger on a machine that can die around an append.
struct Mortal {
    kept: Arc<MemoryLedger>,
    world: FakeWorld,
    appends: AtomicUsize,
    death: Option<Death>,
}

impl Ledger for Mortal {
    fn head(&self) -> Result<Option<CommitId>, LedgerFault> {
        self.kept.head()
    }

    fn read(&self, after: Option<&CommitId>) -> Result<Vec<Entry>, LedgerFault> {
        self.kept.read(after)
    }

    fn append(&self, parent: Option<&CommitId>, draft: Draft<'_>) -> Result<CommitId, AppendFault> {
        let dead = || AppendFault::NotWritten { why: "the machine is off".to_owned() };
        let nth = self.appends.fetch_add(1, Ordering::SeqCst) + 1;
        let dies = |when| self.death.is_some_and(|death| death == Death { nth, when });
        if !self.world.is_on() || dies(When::Before) {
            self.world.power(Power::Off);
            return Err(dead());
        }
        let id = self.kept.append(parent, draft);
        if dies(When::After) {
            self.world.power(Power::Off);
        }
        id
    }

    fn files(&self, id: &CommitId) -> Result<Vec<KeptFile>, LedgerFault> {
        self.kept.files(id)
    }
}

/// A release, its world and its owner.
pub(crate) struct Rollout {
    pub(crate) plan: Arc<Plan>,
    pub(crate) world: FakeWorld,
    pub(crate) ledger: Arc<MemoryLedger>,
    pub(crate) candidates: BTreeMap<RepoName, Candidate>,
    pub(crate) resumes: Resumes,
    /// What the owner ordered, in words.
    pub(crate) orders: Vec<String>,
    /// After how many events somebody asks whether it stops.
    pub(crate) asked_at: Option<usize>,
    /// What was so when they had asked, and when they answered.
    pub(crate) asked: Option<Question>,
    folder: tempfile::TempDir,
    bytes: Vec<u8>,
}

impl Rollout {
    /// The plan that the demo ships.
    pub(crate) fn of_the_demo() -> Self {
        Self::of("release.toml")
    }

    /// A plan of packages on four registries, repins between them, and steps that others carry out.
    pub(crate) fn of_the_train() -> Self {
        Self::of("tests/it/engine/train.toml")
    }

    fn of(file: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file);
        let bytes = std::fs::read(path).expect("the worked example");
        let plan = flightdeck::config::load(&bytes, "release.toml").expect("a plan that passes").plan;
        let folder = in_memory();
        let candidates = plan.repos().iter().enumerate().map(|(index, repo)| {
            let sha = format!("{:040x}", 0xa000 + index).parse().expect("a commit id");
            let package = Package { name: repo.name.to_string(), version: "1.4.0".to_owned() };
            (repo.name.clone(), Candidate { sha, package: Some(package), repinned: None })
        });
        let candidates = candidates.collect();
        let world = FakeWorld::new(&plan);
        Self {
            plan: Arc::new(plan),
            world,
            ledger: Arc::new(MemoryLedger::new()),
            candidates,
            resumes: Resumes::Always,
            orders: Vec::new(),
            asked_at: None,
            asked: None,
            folder,
            bytes,
        }
    }

    /// Where the release stands, by its ledger.
    pub(crate) fn fold(&self) -> Fold {
        let mark = Mark::at(&self.folder.path().join("unused"));
        let account = Reader::new(self.ledger.clone(), mark, None).read_all();
        assert!(account.unsound.is_none(), "{}", account.unsound.expect("unsound"));
        account.rollout
    }

    /// The kind of each event, in order.
    pub(crate) fn kinds(&self) -> Vec<&'static str> {
        let mark = Mark::at(&self.folder.path().join("unused"));
        let account = Reader::new(self.ledger.clone(), mark, None).read_all();
        account.events.iter().map(|event| event.draft.fact.kind()).collect()
    }

    fn open(&self, death: Option<Death>) -> (Engine<FakeWorld>, Handle) {
        self.world.power(Power::On);
        let ledger: Arc<dyn Ledger> = Arc::new(Mortal {
            kept: self.ledger.clone(),
            world: self.world.clone(),
            appends: AtomicUsize::new(0),
            death,
        });
        let mark = Mark::at(&self.folder.path().join("mark"));
        let reader = Reader::new(ledger.clone(), mark.clone(), None);
        let account = reader.read_all();
        assert!(account.unsound.is_none(), "{}", account.unsound.expect("unsound"));
        let trust = Trust::of(&self.folder.path().join("trust.json"), &self.folder.path().join("release.toml"));
        trust.trust(self.plan.digest(), jiff::Timestamp::UNIX_EPOCH).expect("trust");
        let actor = "Ada Example <ada@example.com>".to_owned();
        Engine::new(Opening {
            world: Arc::new(self.world.clone()),
            plan: self.plan.clone(),
            plan_in_force: None,
            bytes: self.bytes.clone(),
            rollout: account.rollout,
            events: VecDeque::from_iter(account.events),
            journal: Journal::new(ledger, mark, account.head, self.plan.id().clone(), actor),
            reader,
            role: Role::Conductor,
            drive: Drive::Going,
            stay: Stay::Briefly,
            holder: Holder { host: "here".to_owned(), user: "ada".to_owned(), pid: 1, what: "ship".to_owned() },
            trust,
            plan_path: None,
            place: None,
            root: PathBuf::from("."),
            controls: None,
            ledger: LedgerState::Good { at: 0 },
        })
    }

    /// Runs the engine with an owner who does what it waits for, until it ships, dies or can't go on.
    pub(crate) async fn run(&mut self, death: Option<Death>) -> Outcome {
        let (engine, handle) = self.open(death);
        let running = tokio::spawn(engine.run());
        let orders = Arc::new(Mutex::new(Vec::new()));
        let asked = Arc::new(Mutex::new(None));
        let owning = self.own(handle.clone(), orders.clone(), asked.clone());
        let outcome = tokio::time::timeout(std::time::Duration::from_secs(120), owning).await;
        self.orders.extend(orders.lock().expect("orders").drain(..));
        self.asked = self.asked.or(asked.lock().expect("a question").take());
        let outcome = outcome.unwrap_or_else(|_| {
            let state = handle.state.borrow();
            let notices: Vec<_> = state.notices.iter().map(|notice| notice.text.as_str()).collect();
            println!("stuck at {:?}, working: {:?}, ledger {:?}, {notices:?}", state.next, state.work, state.ledger);
            Outcome::Stuck
        });
        running.abort();
        // an engine that was cut off ends with its task
        let _ = running.await;
        outcome
    }

    /// Asks one thing of an engine opened for that alone.
    pub(crate) async fn ask(&self, command: Command) -> Reply {
        let (engine, handle) = self.open(None);
        let running = tokio::spawn(engine.run());
        let reply = handle.ask(command).await;
        running.abort();
        // an engine that was cut off ends with its task
        let _ = running.await;
        reply
    }

    /// Puts the flag back on an engine opened for that alone.
    pub(crate) async fn flag_back(&self, to: &str) -> String {
        let (engine, handle) = self.open(None);
        let running = tokio::spawn(engine.run());
        let mut state = handle.state.clone();
        state
            .wait_for(|state| state.status.flag.as_ref().is_some_and(|flag| flag.state.is_some()))
            .await
            .expect("a flag");
        drop(state);
        let reply = handle.ask(Command::FlagBack { to: to.parse().expect("a state") }).await;
        running.abort();
        // an engine that was cut off ends with its task
        let _ = running.await;
        match reply {
            Reply::Done { said } => said,
            other => panic!("{other:?}"),
        }
    }

    /// Asks whether it stops, waits for whatever may happen behind that, and goes on.
    async fn ask_whether_it_stops(&self, handle: &Handle) -> Question {
        let intents = || self.kinds().into_iter().filter(|kind| *kind == "intent").count();
        let was_going = handle.state.borrow().drive == Drive::Going;
        handle.ask(Command::Pause).await;
        let (paused, intents_before) = (handle.state.borrow().status.paused, intents());
        tokio::time::sleep(std::time::Duration::from_secs(30)).await;
        let intents_after = intents();
        handle.ask(Command::Unpause).await;
        Question { was_going, paused, intents_before, intents_after }
    }

    async fn own(
        &self,
        handle: Handle,
        orders: Arc<Mutex<Vec<String>>>,
        asked: Arc<Mutex<Option<Question>>>,
    ) -> Outcome {
        let mut states = handle.state.clone();
        let mut asked_at = None;
        loop {
            if self.asked_at.is_some_and(|nth| self.ledger.appends() > nth)
                && asked.lock().expect("a question").is_none()
            {
                let question = self.ask_whether_it_stops(&handle).await;
                *asked.lock().expect("a question") = Some(question);
            }
            let state = states.borrow_and_update().clone();
            if !self.world.is_on() {
                return Outcome::Died;
            }
            let seen = (state.status.seq, state.next.clone(), state.work.is_some(), state.drive);
            if let Some(outcome) = self.ending(&state) {
                return outcome;
            }
            if asked_at.as_ref() != Some(&seen)
                && let Some(command) = self.wanted(&state)
            {
                asked_at = Some(seen);
                match &command {
                    Command::Decide { decision } => orders.lock().expect("orders").push(words(decision)),
                    Command::Accept { what, .. } => orders.lock().expect("orders").push(format!("accept {what}")),
                    _ => {}
                }
                if matches!(handle.ask(command).await, Reply::Refused { .. }) {
                    // what was shown has changed meanwhile: a person looks again
                    asked_at = None;
                }
            }
            tokio::select! {
                changed = states.changed() => if changed.is_err() { return Outcome::Stuck },
                () = tokio::time::sleep(std::time::Duration::from_millis(20)) => {}
            }
        }
    }

    fn ending(&self, state: &State) -> Option<Outcome> {
        match &state.next {
            Next::Nothing => Some(Outcome::Shipped),
            Next::Unmet(_) if state.work.is_none() => Some(Outcome::Unmet),
            Next::Resume if self.resumes == Resumes::Never => Some(Outcome::Held),
            _ => None,
        }
    }

    fn wanted(&self, state: &State) -> Option<Command> {
        let decide = |decision| Some(Command::Decide { decision });
        if state.drive == Drive::Parked {
            // an append failed: the owner says go again
            return Some(Command::Go);
        }
        if state.work.is_some() || state.status.flag.as_ref().is_some_and(|flag| flag.state.is_none()) {
            return None;
        }
        match &state.next {
            Next::Freeze(_) => Some(Command::Freeze {
                candidates: self
                    .candidates
                    .iter()
                    .map(|(repo, candidate)| Frozen { repo: repo.clone(), candidate: candidate.clone() })
                    .collect(),
                by: "Quinn QA".to_owned(),
                verdict: "passed".to_owned(),
                notes: String::new(),
            }),
            Next::Approve(step) => decide(Order::Approve { step: step.clone(), digest: digest_of(state, step)? }),
            Next::Tick(step) => {
                let line = state
                    .status
                    .steps
                    .iter()
                    .find(|s| s.id == *step)?
                    .checklist
                    .iter()
                    .find(|l| l.ticked_by.is_none())?;
                decide(Order::Tick { step: step.clone(), item: line.item.clone() })
            }
            Next::OutOfOrder(item) => {
                Some(Command::Accept { what: item.to_string(), seen: None, reason: "looked at it".to_owned() })
            }
            Next::Resume => decide(Order::Resume),
            Next::Decide(step) => self.decide(step),
            Next::Lift(_)
            | Next::Judge(_)
            | Next::Unmet(_)
            | Next::Busy(..)
            | Next::Act { .. }
            | Next::Unready(..)
            | Next::Ship
            | Next::Nothing => None,
        }
    }

    /// What a person would find out by looking.
    fn decide(&self, step: &StepId) -> Option<Command> {
        use flightdeck::rollout::fold::ActionState;
        let log = self.fold().step(step);
        let reason = "looked at it".to_owned();
        let decision = log.actions.values().find_map(|action| match &action.state {
            ActionState::Found { .. } => Some(Order::Accept { step: step.clone(), reason: reason.clone() }),
            ActionState::InDoubt { .. } | ActionState::Conflict { .. } => {
                let there = self.world.has(&action.identity);
                let verdict = if there { Verdict::Present } else { Verdict::Absent };
                Some(Order::Resolve { step: step.clone(), verdict, reason: reason.clone() })
            }
            ActionState::Running | ActionState::Done { .. } | ActionState::Failed { .. } | ActionState::Dropped => None,
        });
        decision.map(|decision| Command::Decide { decision })
    }
}

fn digest_of(state: &State, step: &StepId) -> Option<flightdeck::plan::Digest> {
    state.status.steps.iter().find(|s| s.id == *step)?.digest.clone()
}

fn words(order: &Order) -> String {
    match order {
        Order::Approve { step, .. } => format!("approve {step}"),
        Order::ApproveTrain { .. } => "approve train".to_owned(),
        Order::Veto { step, .. } => format!("veto {step}"),
        Order::Lift { step } => format!("lift {step}"),
        Order::Hold { .. } => "hold".to_owned(),
        Order::Resume => "resume".to_owned(),
        Order::Resolve { step, verdict, .. } => format!("resolve {step} {verdict:?}"),
        Order::Accept { step, .. } => format!("accept {step}"),
        Order::EndSoak { step, .. } => format!("end soak {step}"),
        Order::Tick { step, item } => format!("tick {step} {item}"),
        Order::Thaw { .. } => "thaw".to_owned(),
    }
}

/// A folder whose syncs cost nothing, where the machine has one: thousands of appends are made here, and none must last.
fn in_memory() -> tempfile::TempDir {
    let shared = std::path::Path::new("/dev/shm");
    let made = if shared.is_dir() { tempfile::tempdir_in(shared) } else { tempfile::tempdir() };
    made.or_else(|_| tempfile::tempdir()).expect("a folder")
}
