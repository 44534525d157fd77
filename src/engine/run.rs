//! The loop: one `select!` over named sources puts everything that happens into one order.
//! After each event it appends what must be kept, starts what may start, and publishes the state.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{Duration, Instant, sleep_until};

use super::command::{Asked, Handle, Leave, Reply};
use super::jobs::{Done, Running};
use super::journal::{Journal, JournalFault};
use super::looks::Looks;
use super::output::Output;
use super::state::{Drive, LedgerState, NOTICES, Notice, Role, State, Stay, Weight};
use crate::ledger::controls::Controls;
use crate::ledger::place::ReleasePlace;
use crate::ledger::trust::Trust;
use crate::plan::{Key, Plan, StepId};
use crate::port::watch::Watch;
use crate::port::world::{Line, Signal, World};
use crate::rollout::{Draft, Event, Millis, Observed, Rollout};

/// The longest that a change waits before screens hear of it: one frame.
const FRAME: Duration = Duration::from_millis(16);

/// What the engine is opened with.
pub struct Opening<W> {
    /// The outside world.
    pub world: Arc<W>,
    /// The plan on disk.
    pub plan: Arc<Plan>,
    /// The plan that the ledger knows, where it is another one.
    pub plan_in_force: Option<Arc<Plan>>,
    /// The bytes it was read from, kept with the ledger's first event.
    pub bytes: Vec<u8>,
    /// The ledger, folded.
    pub rollout: Rollout,
    /// Its last events.
    pub events: VecDeque<Event>,
    /// The pen.
    pub journal: Journal,
    /// Reads what others wrote.
    pub reader: super::reader::Reader,
    /// Whether we run the release.
    pub role: Role,
    /// Whether approved steps start by themselves.
    pub drive: Drive,
    /// How long we stay.
    pub stay: Stay,
    /// Who takes the controls with the first event that is written.
    pub holder: crate::rollout::event::Holder,
    /// What this user trusts on this machine.
    pub trust: Trust,
    /// Where release.toml lies; none where it can't change under us.
    pub plan_path: Option<PathBuf>,
    /// The controls lock, held to the end.
    pub controls: Option<Controls>,
    /// Where its state lies; none for a release that has none.
    pub place: Option<ReleasePlace>,
    /// What repo paths are relative to.
    pub root: PathBuf,
    /// Why the ledger can't be acted on.
    pub ledger: LedgerState,
}

/// Whether the last append wrote nothing, and the ledger was found whole after it: the next decision tries again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unwritten {
    Yes,
    No,
}

/// The engine.
pub struct Engine<W> {
    pub(super) world: Arc<W>,
    pub(super) plan: Arc<Plan>,
    pub(super) plan_in_force: Option<Arc<Plan>>,
    pub(super) bytes: Vec<u8>,
    pub(super) rollout: Rollout,
    pub(super) observed: Observed,
    pub(super) events: VecDeque<Event>,
    /// The same, as screens hold it; made anew when one is added.
    pub(super) recent: Arc<[Event]>,
    pub(super) journal: Journal,
    pub(super) reader: super::reader::Reader,
    pub(super) role: Role,
    pub(super) drive: Drive,
    pub(super) stay: Stay,
    /// The last step that may start, where somebody said so.
    pub(super) until: Option<StepId>,
    pub(super) holder: crate::rollout::event::Holder,
    pub(super) trust: Trust,
    pub(super) trusted: bool,
    pub(super) plan_path: Option<PathBuf>,
    _controls: Option<Controls>,
    pub(super) ledger: LedgerState,
    pub(super) unwritten: Unwritten,
    /// What the running suite told and the ledger didn't take: it is written before how the step ended.
    pub(super) untold_run: Option<Draft>,
    pub(super) complaint: Option<String>,
    pub(super) notices: VecDeque<Notice>,
    pub(super) outputs: BTreeMap<StepId, Output>,
    pub(super) work: Option<Running>,
    pub(super) jobs: JoinSet<Done>,
    pub(super) looks: Looks,
    /// How many sights came in, and what was last compared with the ledger: at which of them and at which event.
    pub(super) sights: u64,
    pub(super) compared: Option<(u64, u64)>,
    pub(super) suspects: super::order::Suspects,
    /// In-doubt effects that were probed since something changed: they aren't asked again and again.
    pub(super) probed: BTreeSet<Key>,
    /// Those of them whose writer was still at work, and when they are asked for again.
    pub(super) writers: BTreeSet<Key>,
    pub(super) ask_again_at: Option<Instant>,
    /// release.toml was saved while an action ran, and hasn't been read since.
    pub(super) plan_waits: bool,
    pub(super) leaving: Option<Leave>,
    pub(super) undoing: Option<(StepId, oneshot::Sender<Reply>)>,
    pub(super) line: Line,
    pub(super) took_controls: bool,
    pub(super) signals: mpsc::Receiver<Signal>,
    pub(super) place: Option<ReleasePlace>,
    pub(super) root: PathBuf,
    pub(super) watch: Option<Watch>,
    asks: mpsc::Receiver<Asked>,
    published: Option<watch::Sender<Arc<State>>>,
    publish_at: Option<Instant>,
}

impl<W: World> Engine<W> {
    /// An engine, and the handle that screens and commands hold of it.
    pub fn new(opening: Opening<W>) -> (Self, Handle) {
        let (asks, ear) = mpsc::channel(64);
        let (line, signals) = mpsc::channel(256);
        let looks = Looks::new(&opening.plan);
        let mut engine = Self {
            world: opening.world,
            plan: opening.plan,
            plan_in_force: opening.plan_in_force,
            bytes: opening.bytes,
            rollout: opening.rollout,
            observed: Observed::default(),
            recent: opening.events.iter().cloned().collect(),
            events: opening.events,
            journal: opening.journal,
            reader: opening.reader,
            role: opening.role,
            drive: opening.drive,
            stay: opening.stay,
            until: None,
            holder: opening.holder,
            trust: opening.trust,
            trusted: false,
            plan_path: opening.plan_path,
            _controls: opening.controls,
            ledger: opening.ledger,
            unwritten: Unwritten::No,
            untold_run: None,
            complaint: None,
            notices: VecDeque::new(),
            outputs: BTreeMap::new(),
            work: None,
            jobs: JoinSet::new(),
            looks,
            sights: 0,
            compared: None,
            suspects: super::order::Suspects::new(),
            probed: BTreeSet::new(),
            writers: BTreeSet::new(),
            ask_again_at: None,
            plan_waits: false,
            leaving: None,
            undoing: None,
            line: Line(line),
            took_controls: false,
            signals,
            place: opening.place,
            root: opening.root,
            watch: None,
            asks: ear,
            published: None,
            publish_at: None,
        };
        engine.trusted = engine.reads_trust();
        let (published, state) = watch::channel(Arc::new(engine.picture()));
        engine.published = Some(published);
        let handle = Handle { state, asks };
        (engine, handle)
    }

    /// Runs until it is told to leave. Whatever happens, the ledger tells the truth.
    pub async fn run(mut self) {
        self.start_watching().await;
        self.resume_controls().await;
        if let Err(fault) = self.trust.is_trusted(self.plan.digest()) {
            self.say(Weight::Alarm, fault.to_string());
        }
        if matches!(self.role, Role::Conductor) {
            // one that a conductor left who was killed at the question
            self.note_pause(false);
        }
        self.looks.all(&self.plan);
        loop {
            self.take_up_saved_plan().await;
            self.keep_order().await;
            self.advance().await;
            self.start_looks();
            if self.is_over() {
                break;
            }
            let (publish_at, ask_again_at) = (self.publish_at, self.ask_again_at);
            let due = self.looks.due(self.is_trusted());
            tokio::select! {
                // a question whether it stops comes before the end of what runs, behind which the next would start
                biased;
                Some(asked) = self.asks.recv() => self.answer(asked).await,
                () = until(publish_at), if publish_at.is_some() => {
                    self.publish();
                    continue;
                }
                Some(done) = self.jobs.join_next(), if !self.jobs.is_empty() => self.finish(done).await,
                Some(sight) = self.looks.next(), if self.looks.are_under_way() => self.see(sight),
                notices = heard(&mut self.watch) => self.notice_changes(notices).await,
                () = until(ask_again_at) => self.ask_again(),
                () = until(due) => self.looks.fall_due(&self.plan, self.is_trusted()),
                // last, because a child may print without end
                Some(signal) = self.signals.recv() => self.hear(signal).await,
            }
            self.publish_at.get_or_insert_with(|| Instant::now() + FRAME);
        }
        self.close().await;
    }

    /// Whether it was told to leave and nothing keeps it.
    fn is_over(&self) -> bool {
        self.leaving.is_some() && self.work.is_none() && self.jobs.is_empty()
    }

    async fn close(&mut self) {
        self.note_pause(false);
        self.looks.stop().await;
        // the last words of what was stopped
        while let Ok(signal) = self.signals.try_recv() {
            self.hear(signal).await;
        }
        if self.rollout.shipped_at.is_some() {
            for left in self.world.tidy(Arc::clone(&self.plan)).await {
                self.say(Weight::Warning, left);
            }
        }
        if self.took_controls && matches!(self.role, Role::Conductor) {
            let released = self.record(Draft::release(crate::rollout::event::Fact::ControlsReleased)).await;
            if let Err(fault) = released {
                // the kernel frees the lock with us; the next holder begins an epoch all the same
                self.say(Weight::Warning, format!("the controls weren't handed back in the ledger: {fault}"));
            }
        }
        self.publish();
    }

    /// Writes one fact, taking the controls first where we don't hold them yet.
    pub(super) async fn record(&mut self, draft: Draft) -> Result<(), JournalFault> {
        self.take_controls().await?;
        self.append(draft, Vec::new()).await
    }

    /// Writes several facts that belong together; the first fault ends it.
    pub(super) async fn record_all(&mut self, drafts: Vec<Draft>) -> Result<(), JournalFault> {
        for draft in drafts {
            self.record(draft).await?;
        }
        Ok(())
    }

    pub(super) async fn append(&mut self, draft: Draft, files: Vec<(String, Vec<u8>)>) -> Result<(), JournalFault> {
        use crate::rollout::event::Fact;
        let in_force = match (&draft.fact, &self.rollout.plan_digest) {
            (Fact::Replanned { .. } | Fact::Opened { .. }, _) | (_, None) => self.plan.digest().clone(),
            (_, Some(digest)) => digest.clone(),
        };
        let at = self.world.now();
        let written = self.journal.append(&mut self.rollout, &in_force, at, draft, files).await;
        match written {
            Ok(event) => {
                self.ledger = LedgerState::Good { at };
                self.unwritten = Unwritten::No;
                self.remember(event);
                Ok(())
            }
            Err(fault) => {
                self.after_fault(&fault).await;
                Err(fault)
            }
        }
    }

    /// An append that failed: the ledger is read again before anything else, and nothing starts on a guess.
    async fn after_fault(&mut self, fault: &JournalFault) {
        match fault {
            JournalFault::Breach(_) | JournalFault::Spelling(_) => {
                self.say(Weight::Alarm, fault.to_string());
            }
            JournalFault::NotWritten(_) | JournalFault::InDoubt(_) => {
                self.ledger = LedgerState::Bad { why: fault.to_string() };
                self.drive = Drive::Parked;
                let wrote_nothing = matches!(fault, JournalFault::NotWritten(_));
                self.unwritten = if wrote_nothing { Unwritten::Yes } else { Unwritten::No };
                self.read_ledger().await;
                if self.unwritten == Unwritten::Yes && self.work.is_none() {
                    self.begin_anew();
                }
            }
            JournalFault::Moved => {
                self.read_ledger().await;
                self.role = Role::Spectator { because: fault.to_string() };
                self.drive = Drive::Parked;
            }
        }
    }

    pub(super) fn remember(&mut self, event: Event) {
        self.events.push_back(event);
        while self.events.len() > super::state::RECENT_EVENTS {
            self.events.pop_front();
        }
        self.recent = self.events.iter().cloned().collect();
    }

    /// Tells the owner something; the oldest notices make room.
    pub(super) fn say(&mut self, weight: Weight, text: impl Into<String>) {
        self.notices.push_back(Notice { at: self.world.now(), weight, text: text.into() });
        while self.notices.len() > NOTICES {
            self.notices.pop_front();
        }
    }

    pub(super) fn now(&self) -> Millis {
        self.world.now()
    }

    pub(super) fn is_trusted(&self) -> bool {
        self.trusted
    }

    /// Reads whether the plan on disk is trusted; what can't be read isn't.
    pub(super) fn reads_trust(&self) -> bool {
        self.trust.is_trusted(self.plan.digest()).unwrap_or(false)
    }

    /// Publishes the state as it is.
    pub(super) fn publish(&mut self) {
        self.publish_at = None;
        let state = Arc::new(self.picture());
        if let Some(published) = &self.published {
            published.send_replace(state);
        }
    }
}

async fn until(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

/// What a watch heard; nothing, for ever, where there is none. Cancel-safe, as [`Watch::next`] is.
async fn heard(watch: &mut Option<Watch>) -> Vec<crate::port::watch::Notice> {
    match watch {
        Some(watch) => watch.next().await,
        None => std::future::pending().await,
    }
}
