//! A world that counts what it is asked, and an idle engine on it.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use flightdeck::engine::reader::Reader;
use flightdeck::engine::{Drive, Engine, Handle, Journal, LedgerState, Opening, Role, Stay};
use flightdeck::ledger::mark::Mark;
use flightdeck::ledger::trust::Trust;
use flightdeck::ledger::{Ledger, MemoryLedger};
use flightdeck::plan::Plan;
use flightdeck::plan::need::Need;
use flightdeck::port::fake::FakeWorld;
use flightdeck::port::world::{
    Answer, Checked, Frozen, GateJob, Job, Judged, Look, Performed, Prepared, Sight, Unfit, World,
};
use flightdeck::rollout::Millis;
use flightdeck::rollout::event::Holder;

/// A scripted world in which one look may hang.
pub(crate) struct Counting {
    world: FakeWorld,
    looks: Mutex<BTreeMap<Look, u32>>,
    hangs: fn(&Look) -> bool,
}

impl Counting {
    pub(crate) fn looks(&self) -> BTreeMap<Look, u32> {
        self.looks.lock().unwrap().clone()
    }
}

impl World for Counting {
    fn now(&self) -> Millis {
        self.world.now()
    }

    async fn prepare(&self, job: Job) -> Result<Prepared, Unfit> {
        self.world.prepare(job).await
    }

    async fn perform(&self, job: Job, prepared: Prepared) -> Performed {
        self.world.perform(job, prepared).await
    }

    async fn rehearse(&self, job: Job) -> Performed {
        self.world.rehearse(job).await
    }

    async fn probe(&self, job: Job) -> Answer {
        self.world.probe(job).await
    }

    async fn judge(&self, job: GateJob) -> Judged {
        self.world.judge(job).await
    }

    async fn check(&self, plan: Arc<Plan>, need: Need, frozen: Frozen) -> Checked {
        self.world.check(plan, need, frozen).await
    }

    async fn tidy(&self, plan: Arc<Plan>) -> Vec<String> {
        self.world.tidy(plan).await
    }

    async fn look(&self, plan: Arc<Plan>, look: Look, frozen: Frozen) -> Sight {
        *self.looks.lock().unwrap().entry(look.clone()).or_default() += 1;
        if (self.hangs)(&look) {
            std::future::pending::<()>().await;
        }
        self.world.look(plan, look, frozen).await
    }
}

/// Whether the user trusts the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trusts {
    Yes,
    No,
}

/// An engine that has nothing to do, the demo's plan, and the folder of its state.
pub(crate) struct Idle {
    pub(crate) world: Arc<Counting>,
    pub(crate) ledger: Arc<MemoryLedger>,
    pub(crate) handle: Handle,
    pub(crate) running: tokio::task::JoinHandle<()>,
    _folder: tempfile::TempDir,
}

pub(crate) fn idle(trusts: Trusts, hangs: fn(&Look) -> bool) -> Idle {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("release.toml");
    let bytes = std::fs::read(path).unwrap();
    let plan = Arc::new(flightdeck::config::load(&bytes, "release.toml").unwrap().plan);
    let world = Arc::new(Counting { world: FakeWorld::new(&plan), looks: Mutex::default(), hangs });
    let folder = tempfile::tempdir().unwrap();
    let ledger = Arc::new(MemoryLedger::new());
    let kept: Arc<dyn Ledger> = ledger.clone();
    let mark = Mark::at(&folder.path().join("mark"));
    let reader = Reader::new(kept.clone(), mark.clone(), None);
    let account = reader.read_all();
    let trust = Trust::of(&folder.path().join("trust.json"), &folder.path().join("release.toml"));
    if trusts == Trusts::Yes {
        trust.trust(plan.digest(), jiff::Timestamp::UNIX_EPOCH).unwrap();
    }
    let (engine, handle) = Engine::new(Opening {
        world: world.clone(),
        plan: plan.clone(),
        plan_in_force: None,
        bytes,
        rollout: account.rollout,
        events: VecDeque::new(),
        journal: Journal::new(kept, mark, None, plan.id().clone(), "Ada <ada@example.com>".to_owned()),
        reader,
        role: Role::Conductor,
        drive: Drive::Going,
        stay: Stay::Briefly,
        holder: Holder { host: "here".to_owned(), user: "ada".to_owned(), pid: 1, what: "ship".to_owned() },
        trust,
        plan_path: None,
        place: None,
        root: folder.path().to_owned(),
        controls: None,
        ledger: LedgerState::Good { at: 0 },
    });
    Idle { world, ledger, handle, running: tokio::spawn(engine.run()), _folder: folder }
}
