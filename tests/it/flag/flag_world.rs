//! A folder with a plan whose flag lives somewhere, and a real world that reads and sets it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flightdeck::plan::verb::set_flag;
use flightdeck::plan::{Period, Plan};
use flightdeck::port::process::Order;
use flightdeck::port::real::{RealConfig, RealWorld};
use flightdeck::port::world::{Frozen, Job, Line, Look, Performed, Prepared, Sight, Signal, Tried, World as _};
use flightdeck::rollout::event::Trace;
use flightdeck::rollout::observed::{FlagSeen, ReportSeen, Seen};
use tokio::sync::{mpsc, watch};

use crate::common::scratch;

/// Who reads a flag that is off, on for `u-2`, or on for everyone.
pub(crate) const USERS: &str = r#"contexts = [
  { name = "anyone", context = { targetingKey = "u-1" }, expect = { off = false, beta = false, on = true } },
  { name = "beta user", context = { targetingKey = "u-2" }, expect = { off = false, beta = true, on = true } },
]"#;

pub(crate) struct FlagWorld {
    folder: tempfile::TempDir,
    world: Arc<RealWorld>,
}

impl FlagWorld {
    /// A world whose user has these variables set.
    pub(crate) fn new(variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path();
        let mut user_env = scratch::variables(home);
        user_env.extend(variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))));
        let config = RealConfig {
            root: home.to_owned(),
            user_env,
            work: home.join("state/work"),
            outputs: home.join("state/output"),
            steps: home.join("state/steps"),
        };
        Self { world: Arc::new(RealWorld::new(config)), folder }
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    pub(crate) fn world(&self) -> &RealWorld {
        &self.world
    }

    /// What is seen at the provider.
    pub(crate) async fn seen(&self, plan: &Arc<Plan>) -> FlagSeen {
        match self.world.look(Arc::clone(plan), Look::Flag, Frozen::default()).await {
            Sight::Flag(Seen { value: Some(seen), .. }) => seen,
            other => panic!("{other:?}"),
        }
    }

    /// The state that the provider tells.
    pub(crate) async fn state(&self, plan: &Arc<Plan>) -> Option<String> {
        self.seen(plan).await.state.map(|state| state.to_string())
    }

    /// What the artefact `web` reads.
    pub(crate) async fn report(&self, plan: &Arc<Plan>) -> Seen<ReportSeen> {
        match self.world.look(Arc::clone(plan), Look::FlagOf("web".parse().unwrap()), Frozen::default()).await {
            Sight::FlagOf(_, seen) => seen,
            other => panic!("{other:?}"),
        }
    }

    /// Sets the flag, as a step does.
    pub(crate) async fn set(&self, plan: &Arc<Plan>, state: &str) -> Performed {
        let (sender, mut receiver) = mpsc::channel(64);
        let (_sender, orders) = watch::channel(Order::Run);
        let job = job(plan, state, Line(sender), orders);
        let listening = tokio::spawn(async move {
            let mut waits = Vec::new();
            while let Some(signal) = receiver.recv().await {
                if let Signal::Waiting(_, Some(wait)) = signal {
                    waits.push(wait.last);
                }
            }
            waits
        });
        let performed = self.world.perform(job, Prepared::default()).await;
        let waits = listening.await.unwrap();
        // what is there although the setting itself had failed is there at once
        let at_once = match &performed {
            Performed::Ok { evidence } => evidence.iter().any(|line| line.starts_with("the command itself had failed")),
            performed => matches!(performed, Performed::Failed { .. }),
        };
        assert!(at_once || !waits.is_empty(), "no wait was told of");
        performed
    }

    /// Rehearses the way to a state.
    pub(crate) async fn rehearse(&self, plan: &Arc<Plan>, state: &str) -> Performed {
        let (sender, _receiver) = mpsc::channel(64);
        let (_sender, orders) = watch::channel(Order::Run);
        self.world.rehearse(job(plan, state, Line(sender), orders)).await
    }
}

fn job(plan: &Arc<Plan>, state: &str, line: Line, orders: watch::Receiver<Order>) -> Job {
    let action = set_flag(plan.document(), &state.parse().unwrap(), Period::seconds(30));
    Job {
        key: action.identity.key(plan.id(), 0),
        plan: Arc::clone(plan),
        step: "beta".parse().unwrap(),
        action,
        attempt: 1,
        artifact: None,
        made: None,
        soak: None,
        tried: Tried::Never,
        line,
        orders,
    }
}

/// A plan whose flag lives there; more lines belong to the flag's table.
pub(crate) fn plan(provider: &str, more: &str, report: &str) -> Arc<Plan> {
    let text = format!(
        "schema = 1\nrelease = {{ id = \"m3\", title = \"M3\" }}\nowner = {{ name = \"Ada\", email = \"ada@example.com\" }}\n\
         [flag]\nkey = \"m3\"\nbudget = \"8s\"\nstates = [\"off\", \"beta\", \"on\"]\nprovider = {provider}\n{more}\n\
         [[repo]]\nname = \"web\"\npath = \"web\"\n{report}\n\
         [[step]]\nid = \"beta\"\nstage = \"s\"\ntitle = \"t\"\nflag = \"beta\"\n\
         [[step]]\nid = \"on\"\nstage = \"s\"\ntitle = \"t\"\nflag = \"on\"\n"
    );
    Arc::new(flightdeck::config::load(text.as_bytes(), "release.toml").unwrap_or_else(|told| panic!("{told:?}")).plan)
}

pub(crate) fn evidence(performed: Performed) -> String {
    match performed {
        Performed::Ok { evidence } => evidence.join("; "),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn failure(performed: Performed) -> (Trace, String) {
    match performed {
        Performed::Failed { effect, why, .. } => (effect, why),
        other => panic!("{other:?}"),
    }
}
