//! Opens a release on this machine: reads plan and ledger, takes the controls lock where it may, and readies an engine.
//! Opening runs nothing and connects nowhere.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::command::Handle;
use super::journal::Journal;
use super::reader::{Account, Reader};
use super::run::{Engine, Opening};
use super::state::{Drive, LedgerState, Role, Stay};
use crate::config::{self, Complaints};
use crate::ledger::controls::{self, Conductor, Controls, Taking};
use crate::ledger::mark::Mark;
use crate::ledger::place::{PlaceFault, ReleasePlace, StateDir, really};
use crate::ledger::trust::Trust;
use crate::ledger::{GitLedger, Ledger};
use crate::plan::{Plan, ReleaseId};
use crate::port::world::World;
use crate::rollout::event::Holder;

/// Where everything is, for this user on this machine.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The release.toml.
    pub release_toml: PathBuf,
    /// What repo paths are relative to, where that isn't what release.toml says.
    pub root: Option<PathBuf>,
    /// The state folder.
    pub state: PathBuf,
    /// The user's environment.
    pub environment: BTreeMap<OsString, OsString>,
    /// Who decides: `Name <address>`.
    pub actor: String,
    /// Where the plan comes from.
    pub source: PlanSource,
    /// The user's name on this machine.
    pub user: String,
    /// This machine's name.
    pub host: String,
}

/// Where the plan comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PlanSource {
    /// From release.toml, which must be right.
    #[default]
    Disk,
    /// From the ledger where release.toml can't be used: for the way back, which is always open.
    LedgerWhereBroken,
}

/// What a release is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To look: the controls stay where they are.
    Look,
    /// To run it, if nobody else does.
    Conduct(Conductor),
}

/// Why a release can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenFault {
    /// release.toml can't be read.
    #[error("{path} can't be read: {error}")]
    NoPlan {
        /// The file.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// release.toml isn't right.
    #[error("{0}")]
    Plan(Complaints),
    /// There is no place for state.
    #[error(transparent)]
    Place(#[from] PlaceFault),
    /// The ledger's store can't be made or named.
    #[error(transparent)]
    Store(#[from] crate::ledger::store::CreateFault),
    /// The disk or the rights.
    #[error(transparent)]
    Disk(#[from] crate::ledger::durable::DurableFault),
}

/// What a world is made from.
#[derive(Debug, Clone)]
pub struct Grounds {
    /// What repo paths are relative to.
    pub root: PathBuf,
    /// The user's environment.
    pub environment: BTreeMap<OsString, OsString>,
    /// Where the release's state lies.
    pub place: ReleasePlace,
}

/// An opened release.
pub struct Opened<W> {
    /// The engine, to be run.
    pub engine: Engine<W>,
    /// What screens and commands hold of it.
    pub handle: Handle,
    /// Where its state lies.
    pub place: ReleasePlace,
    /// Whether we have the controls lock.
    pub role: Role,
    /// The world, for what is done outside the loop: reading what to freeze.
    pub world: Arc<W>,
    /// The plan on disk.
    pub plan: Arc<Plan>,
}

/// Reads and checks release.toml. Blocking.
pub fn read_plan(path: &Path) -> Result<(Arc<Plan>, Vec<u8>), OpenFault> {
    let bytes = std::fs::read(path).map_err(|error| OpenFault::NoPlan { path: path.display().to_string(), error })?;
    let checked = config::load(&bytes, &path.display().to_string()).map_err(OpenFault::Plan)?;
    Ok((Arc::new(checked.plan), bytes))
}

/// The plan whose bytes lie in the ledger. Blocking.
pub(super) fn plan_in_ledger(reader: &Reader) -> Option<Arc<Plan>> {
    let bytes = reader.plan_bytes()?;
    config::load(&bytes, "release.toml in the ledger").ok().map(|checked| Arc::new(checked.plan))
}

/// Reads the plan from where the settings say. Blocking.
pub fn plan_of(settings: &Settings) -> Result<(Arc<Plan>, Vec<u8>), OpenFault> {
    match (read_plan(&settings.release_toml), settings.source) {
        (Err(fault), PlanSource::LedgerWhereBroken) => {
            let state = StateDir::open(&settings.state)?;
            last_plan(settings, &state).ok_or(fault)
        }
        (read, PlanSource::LedgerWhereBroken | PlanSource::Disk) => read,
    }
}

/// The plan that the ledger of a release.toml's release keeps; of several releases, the one that was trusted last. Blocking.
fn last_plan(settings: &Settings, state: &StateDir) -> Option<(Arc<Plan>, Vec<u8>)> {
    let (ids, trust) = (state.opened_from(&settings.release_toml).ok()?, trust_of(settings, state));
    let kept = ids.iter().filter_map(|id| kept_plan(settings, state, id));
    // where none is trusted the way back is refused, whichever it is
    kept.max_by_key(|(plan, _)| trust.rank(plan.digest()).ok().flatten())
}

/// The plan that the ledger of one release keeps. Blocking.
fn kept_plan(settings: &Settings, state: &StateDir, id: &ReleaseId) -> Option<(Arc<Plan>, Vec<u8>)> {
    let place = state.release(id, &settings.release_toml).ok()?;
    let ledger: Arc<dyn Ledger> = Arc::new(GitLedger::at(&place.store(), id).ok()?);
    let bytes = Reader::new(ledger, Mark::at(&place.mark()), None).plan_bytes()?;
    let checked = config::load(&bytes, "release.toml in the ledger").ok()?;
    Some((Arc::new(checked.plan), bytes))
}

/// What this user trusts of a release.toml on this machine, also where that is gone. Touches nothing.
pub fn trust_of(settings: &Settings, state: &StateDir) -> Trust {
    let path = really(&settings.release_toml).unwrap_or_else(|_| settings.release_toml.clone());
    Trust::of(&state.trust(), &path)
}

/// The folder that repo paths are relative to.
pub fn root(settings: &Settings, plan: &Plan) -> PathBuf {
    let beside = settings.release_toml.parent().map(Path::to_owned).unwrap_or_default();
    let root = settings.root.clone().unwrap_or_else(|| beside.join(&plan.document().release.root));
    std::path::absolute(&root).unwrap_or(root)
}

/// Opens a release on a world made for it. Blocking; call it within a tokio runtime.
pub fn open<W: World>(
    settings: &Settings,
    purpose: Purpose,
    drive: Drive,
    make_world: impl FnOnce(Grounds) -> W,
) -> Result<Opened<W>, OpenFault> {
    let (plan, bytes) = plan_of(settings)?;
    let state = StateDir::open(&settings.state)?;
    let place = state.release(plan.id(), &settings.release_toml)?;
    let (role, controls) = take_lock(settings, &place, purpose)?;
    let ledger: Arc<dyn Ledger> = match &role {
        Role::Conductor => Arc::new(GitLedger::create(&place.store(), plan.id())?),
        Role::Spectator { .. } => Arc::new(GitLedger::at(&place.store(), plan.id())?),
    };
    let mark = Mark::at(&place.mark());
    let reader = Reader::new(Arc::clone(&ledger), mark.clone(), Some(place.clone()));
    let Account { rollout, events, head, unsound } = reader.read_all();
    let root = root(settings, &plan);
    let grounds = Grounds { root: root.clone(), environment: settings.environment.clone(), place: place.clone() };
    let world = Arc::new(make_world(grounds));
    let changed = rollout.plan_digest.as_ref().is_some_and(|digest| digest != plan.digest());
    let plan_in_force = if changed { plan_in_ledger(&reader) } else { None };
    let ledger_state = match unsound {
        Some(unsound) => LedgerState::Bad { why: unsound.to_string() },
        None => LedgerState::Good { at: world.now() },
    };
    let (engine, handle) = Engine::new(Opening {
        world: Arc::clone(&world),
        plan: Arc::clone(&plan),
        plan_in_force,
        bytes,
        rollout,
        events,
        journal: Journal::new(ledger, mark, head, plan.id().clone(), settings.actor.clone()),
        reader,
        role: role.clone(),
        drive,
        stay: stay(purpose),
        holder: holder(settings, purpose),
        trust: trust_of(settings, &state),
        plan_path: Some(settings.release_toml.clone()),
        place: Some(place.clone()),
        controls,
        root,
        ledger: ledger_state,
    });
    Ok(Opened { engine, handle, place, role, world, plan })
}

/// `ship` asks first and then goes on by itself; other commands are gone in a moment.
fn stay(purpose: Purpose) -> Stay {
    match purpose {
        Purpose::Conduct(Conductor::Cockpit | Conductor::Serve) => Stay::OnWatch,
        Purpose::Conduct(Conductor::Ship | Conductor::Command) | Purpose::Look => Stay::Briefly,
    }
}

fn what(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Look => "looking",
        Purpose::Conduct(Conductor::Cockpit) => "cockpit",
        Purpose::Conduct(Conductor::Ship) => "ship",
        Purpose::Conduct(Conductor::Serve) => "serve",
        Purpose::Conduct(Conductor::Command) => "command",
    }
}

fn holder(settings: &Settings, purpose: Purpose) -> Holder {
    Holder {
        host: settings.host.clone(),
        user: settings.user.clone(),
        pid: std::process::id(),
        what: what(purpose).to_owned(),
    }
}

fn take_lock(
    settings: &Settings,
    place: &ReleasePlace,
    purpose: Purpose,
) -> Result<(Role, Option<Controls>), OpenFault> {
    let Purpose::Conduct(conductor) = purpose else {
        return Ok((Role::Spectator { because: "this command only looks".to_owned() }, None));
    };
    let holder = controls::Holder {
        pid: std::process::id(),
        host: settings.host.clone(),
        user: settings.user.clone(),
        since: jiff::Timestamp::from_millisecond(crate::port::clock::now_ms()).unwrap_or_default(),
        what: conductor,
    };
    Ok(match Controls::try_take(place, &holder)? {
        Taking::Held(controls) => (Role::Conductor, Some(controls)),
        Taking::HeldBy(holder) => (Role::Spectator { because: held_by(holder.as_ref()) }, None),
    })
}

/// Who has the controls, and what to do about it.
pub fn held_by(holder: Option<&controls::Holder>) -> String {
    match holder {
        Some(holder) => format!(
            "{} has the controls since {} ({:?}, process {} on {}): decide there, or end it there",
            holder.user,
            holder.since.strftime("%H:%M"),
            holder.what,
            holder.pid,
            holder.host
        ),
        None => "another flightdeck has the controls: decide there, or end it there".to_owned(),
    }
}
