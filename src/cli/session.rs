//! Brings a command to the release: to look at it, to the conductor that runs, or to the controls where none runs.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::exit::Exit;
use super::fault::{Fault, said};
use crate::engine::open::{Grounds, Opened, open, plan_of};
use crate::engine::socket::{self, Ear};
use crate::engine::{Command, Drive, Handle, Leave, LedgerState, OpenFault, Purpose, Reply, Role, Settings, State};
use crate::ledger::controls;
use crate::ledger::place::{ReleasePlace, StateDir};
use crate::plan::{Digest, Plan, RepoName, StepId};
use crate::port::real::{RealConfig, RealWorld};
use crate::rollout::Next;

/// How long the flag may take to be read before a command goes on without it.
const FLAG_PATIENCE: Duration = Duration::from_secs(40);
/// How long nothing may happen before a command believes that nothing will.
const STILL: Duration = Duration::from_secs(3);
/// How often, and how long in all, another command that has the controls for a moment is waited for.
const MOMENT: Duration = Duration::from_millis(100);
const MOMENTS: u32 = 50;

/// The real world of a release.
pub(super) fn world(grounds: Grounds) -> RealWorld {
    RealWorld::new(RealConfig {
        root: grounds.root,
        user_env: grounds.environment,
        work: grounds.place.work(),
        outputs: grounds.place.output(),
        steps: grounds.place.path().join("steps"),
    })
}

/// An engine that runs beside a command.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) handle: Handle,
    pub(super) plan: Arc<Plan>,
    pub(super) place: ReleasePlace,
    pub(super) role: Role,
    engine: JoinHandle<()>,
    ear: Option<Ear>,
}

impl Running {
    /// Opens a release and runs its engine, parked.
    pub(super) fn start(settings: &Settings, purpose: Purpose) -> Result<Self, Fault> {
        let Opened { engine, handle, place, role, plan, .. } = open(settings, purpose, Drive::Parked, world)?;
        Ok(Self { handle, plan, place, role, engine: tokio::spawn(engine.run()), ear: None })
    }

    /// Lets the same user's other commands reach this engine.
    pub(super) fn listen(&mut self) -> Result<(), Fault> {
        let ear = socket::listen(&self.place.socket().map_err(OpenFault::from)?, self.handle.clone());
        self.ear = Some(ear.map_err(|error| Fault::failed("other commands can't be listened to").because(error))?);
        Ok(())
    }

    /// The last state that was published.
    pub(super) fn state(&self) -> Arc<State> {
        Arc::clone(&self.handle.state.borrow())
    }

    /// The next state; none once the engine has ended. Cancel-safe.
    pub(super) async fn changed(&mut self) -> Option<Arc<State>> {
        self.handle.state.changed().await.ok()?;
        Some(Arc::clone(&self.handle.state.borrow_and_update()))
    }

    /// Waits until a state fits, or until nothing happens for too long. Cancel-safe.
    pub(super) async fn until(&mut self, patience: Duration, fits: impl Fn(&State) -> bool) -> Arc<State> {
        loop {
            let state = Arc::clone(&self.handle.state.borrow_and_update());
            if fits(&state) {
                return state;
            }
            match timeout(patience, self.handle.state.changed()).await {
                Ok(Ok(())) => {}
                // something at work may be silent for as long as its time limit lasts
                Err(_) if state.work.is_some() => {}
                Ok(Err(_)) | Err(_) => return state,
            }
        }
    }

    /// Waits until the engine has done what it does by itself: the flag read, doubts probed, the next gates judged.
    pub(super) async fn settle(&mut self) -> Arc<State> {
        let began = Instant::now();
        // the first picture was drawn before anything was looked at
        let _ = timeout(STILL, self.handle.state.changed()).await;
        let state = self.until(FLAG_PATIENCE, |state| stands(state) || flag_was_read(state)).await;
        if stands(&state) || began.elapsed() > FLAG_PATIENCE {
            return state;
        }
        self.until(STILL, |state| stands(state) || is_settled(state)).await
    }

    /// Waits until everything that may be looked at was looked at once.
    pub(super) async fn look_round(&mut self, patience: Duration) -> Arc<State> {
        let end = Instant::now() + patience;
        loop {
            let state = Arc::clone(&self.handle.state.borrow_and_update());
            let left = end.saturating_duration_since(Instant::now());
            if was_looked_at(&state) || left.is_zero() {
                return state;
            }
            if !matches!(timeout(left, self.handle.state.changed()).await, Ok(Ok(()))) {
                return self.state();
            }
        }
    }

    /// Waits until an engine that was told to leave has ended.
    pub(super) async fn ended(self) {
        // a panic of the engine was told by its own hook; the ledger tells the rest
        let _ = self.engine.await;
    }

    /// Ends the engine and waits until the ledger is true.
    pub(super) async fn leave(self, how: Leave) -> Arc<State> {
        self.handle.ask(Command::Leave { how }).await;
        // a panic of the engine was told by its own hook; the ledger tells the rest
        let _ = self.engine.await;
        drop(self.ear);
        Arc::clone(&self.handle.state.borrow())
    }
}

fn flag_was_read(state: &State) -> bool {
    state.status.flag.as_ref().is_none_or(|flag| flag.observed_at.is_some())
}

/// Whether nothing will happen by itself.
fn stands(state: &State) -> bool {
    !state.status.trusted
        || matches!(state.ledger, LedgerState::Bad { .. })
        || matches!(state.role, Role::Spectator { .. })
}

fn is_settled(state: &State) -> bool {
    flag_was_read(state) && state.seen_enough && state.work.is_none() && !matches!(state.next, Next::Judge(_))
}

fn was_looked_at(state: &State) -> bool {
    let status = &state.status;
    let here = status.repos.iter().all(|repo| repo.observed_at.is_some() && repo.dirty.at.is_some());
    let there = status.repos.iter().all(|repo| {
        repo.remote_observed_at.is_some()
            && repo.refs.iter().all(|moved| moved.observed_at.is_some())
            && repo.publish.as_ref().is_none_or(|publish| publish.state.at.is_some())
            && repo.deploy.as_ref().is_none_or(|deploy| deploy.sha.at.is_some())
    });
    let flag = status
        .flag
        .as_ref()
        .is_none_or(|flag| flag.observed_at.is_some() && flag.readings.iter().all(|reading| reading.at.is_some()));
    let seams = status.seams.iter().all(|seam| seam.observed_at.is_some());
    here && seams && (!status.trusted || (there && flag))
}

/// Where a command's decision goes.
pub(super) enum Conductor {
    /// To the conductor that runs.
    Elsewhere(ReleasePlace, Arc<Plan>),
    /// To an engine of our own, because none runs.
    Here(Box<Running>),
}

impl Conductor {
    /// Finds the conductor, or takes the controls for a moment.
    pub(super) async fn find(settings: &Settings, what: controls::Conductor) -> Result<Self, Fault> {
        let (plan, _) = plan_of(settings)?;
        let state = StateDir::open(&settings.state).map_err(OpenFault::from)?;
        let place = state.release(plan.id(), &settings.release_toml).map_err(OpenFault::from)?;
        for _ in 0..MOMENTS {
            match heard(&place, &plan).await {
                Heard::Answers => return Ok(Self::Elsewhere(place, plan)),
                // stopped, or too busy to say a word: nobody waits for it for ever
                Heard::IsSilent => return Err(held(&place)),
                Heard::Nobody => {}
            }
            let running = Running::start(settings, Purpose::Conduct(what))?;
            match &running.role {
                Role::Conductor => return Ok(Self::Here(Box::new(running))),
                // whoever has the controls and doesn't listen is another command, or just starting or ending
                Role::Spectator { .. } => drop(running.leave(Leave::Wait).await),
            }
            tokio::time::sleep(MOMENT).await;
        }
        Err(held(&place))
    }

    /// The plan on disk.
    pub(super) fn plan(&self) -> &Arc<Plan> {
        match self {
            Self::Elsewhere(_, plan) => plan,
            Self::Here(running) => &running.plan,
        }
    }

    /// The world of this release beside the one that runs it, for what is done before anything ships.
    pub(super) fn world(&self, settings: &Settings) -> RealWorld {
        let place = match self {
            Self::Elsewhere(place, _) => place.clone(),
            Self::Here(running) => running.place.clone(),
        };
        let root = crate::engine::open::root(settings, self.plan());
        world(Grounds { root, environment: settings.environment.clone(), place })
    }

    /// Waits until what a decision depends on is known.
    pub(super) async fn settle(&mut self) {
        match self {
            Self::Elsewhere(..) => {}
            Self::Here(running) => drop(running.settle().await),
        }
    }

    /// Why nothing that the ledger says can be decided on, where it can't be believed.
    pub(super) fn unsound(&self) -> Option<Fault> {
        match self {
            Self::Elsewhere(..) => None,
            Self::Here(running) => match &running.state().ledger {
                LedgerState::Bad { why } => Some(Fault::new(Exit::Ledger, why.clone())),
                LedgerState::Good { .. } => None,
            },
        }
    }

    /// Asks, and waits for the answer.
    pub(super) async fn ask(&self, command: Command) -> Result<Reply, Fault> {
        match self {
            Self::Here(running) => Ok(running.handle.ask(command).await),
            Self::Elsewhere(place, plan) => {
                let (path, plan) = (place.socket().map_err(OpenFault::from)?, Arc::clone(plan));
                let asked = tokio::task::spawn_blocking(move || socket::ask(&path, plan.id(), &command)).await;
                let gone = || {
                    Fault::new(Exit::Elsewhere, "the conductor went away before it answered")
                        .hint("look with `flightdeck status` before you ask again")
                };
                match asked {
                    Ok(Ok(Some(reply))) => Ok(reply),
                    Ok(Ok(None)) | Err(_) => Err(gone()),
                    Ok(Err(error)) => Err(gone().because(error)),
                }
            }
        }
    }

    /// How things stand.
    pub(super) async fn brief(&self) -> Result<Brief, Fault> {
        match self.ask(Command::Status).await? {
            Reply::Status { status, train: _ } => Ok(Brief { status }),
            reply @ (Reply::Done { .. } | Reply::Refused { .. }) => {
                said(reply).and(Err(Fault::failed("the conductor didn't say how things stand")))
            }
        }
    }

    /// Lets go again.
    pub(super) async fn leave(self) {
        match self {
            Self::Elsewhere(..) => {}
            Self::Here(running) => drop(running.leave(Leave::Wait).await),
        }
    }
}

/// What comes back from a place's socket.
enum Heard {
    Answers,
    IsSilent,
    Nobody,
}

async fn heard(place: &ReleasePlace, plan: &Arc<Plan>) -> Heard {
    use std::io::ErrorKind;
    // whoever can't be asked is found by the controls that they hold
    let Ok(path) = place.socket() else { return Heard::Nobody };
    let plan = Arc::clone(plan);
    match tokio::task::spawn_blocking(move || socket::ask(&path, plan.id(), &Command::Status)).await {
        Ok(Ok(Some(_))) => Heard::Answers,
        Ok(Err(error)) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Heard::IsSilent,
        Ok(Ok(None) | Err(_)) | Err(_) => Heard::Nobody,
    }
}

/// Somebody else has the controls.
pub(super) fn held(place: &ReleasePlace) -> Fault {
    let holder = match controls::Controls::look(place) {
        Ok(controls::Seen::HeldBy(holder)) => holder,
        Ok(controls::Seen::Free) | Err(_) => None,
    };
    Fault::new(Exit::Elsewhere, crate::engine::open::held_by(holder.as_ref()))
}

/// Whether a repository has a frozen SHA.
fn has_passed(repo: &Value) -> bool {
    repo.get("qa_sha").is_some_and(Value::is_string)
}

/// How things stand, as any conductor tells it.
#[derive(Debug)]
pub(super) struct Brief {
    status: Value,
}

impl Brief {
    /// One step's part of it.
    pub(super) fn step(&self, id: &StepId) -> Option<&Value> {
        self.status
            .get("steps")?
            .as_array()?
            .iter()
            .find(|step| step.get("id").and_then(Value::as_str) == Some(id.as_str()))
    }

    /// What an approval of a step must name.
    pub(super) fn digest(&self, id: &StepId) -> Option<Digest> {
        self.step(id)?.get("digest")?.as_str()?.parse().ok()
    }

    /// The exact command that takes a step back, and what the owner's word for it must name.
    pub(super) fn undo(&self, id: &StepId) -> (Option<String>, Option<Digest>) {
        let text = |key: &str| self.step(id)?.get("undo")?.get(key)?.as_str();
        (text("command").map(str::to_owned), text("digest").and_then(|text| text.parse().ok()))
    }

    fn text(&self, step: &StepId, key: &str) -> Option<&str> {
        self.step(step)?.get(key)?.as_str()
    }

    /// Why a step can't be compiled.
    pub(super) fn unready(&self, id: &StepId) -> Option<&str> {
        self.text(id, "unready")
    }

    /// Whether a step can never be taken back.
    pub(super) fn is_permanent(&self, id: &StepId) -> bool {
        self.text(id, "reversibility") == Some("permanent")
    }

    /// Whether a step that is approved, and isn't done, can never be taken back.
    pub(super) fn starts_what_is_permanent(&self) -> bool {
        let steps = self.status.get("steps").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        steps.iter().any(|step| {
            let word = |key: &str| step.get(key).and_then(Value::as_str);
            let done = matches!(word("state"), Some("done" | "skipped"));
            !done && step.get("approval").is_some_and(Value::is_object) && word("reversibility") == Some("permanent")
        })
    }

    /// What a step does, one line an action.
    pub(super) fn actions(&self, id: &StepId) -> Vec<String> {
        let actions = self.step(id).and_then(|step| step.get("actions")?.as_array()).map(Vec::as_slice);
        let line = |action: &Value| {
            let title = action.get("title")?.as_str()?;
            let command = action.get("command").and_then(Value::as_str);
            Some(command.map_or_else(|| format!("  {title}"), |command| format!("  {title}: {command}")))
        };
        actions.unwrap_or_default().iter().filter_map(line).collect()
    }

    /// Whether this plan is trusted where the conductor runs.
    pub(super) fn is_trusted(&self) -> bool {
        self.status.get("trusted").and_then(Value::as_bool).unwrap_or(false)
    }

    /// Whether QA has passed everything.
    pub(super) fn is_frozen(&self) -> bool {
        self.repos().all(has_passed)
    }

    /// Whether a repository may be frozen as it is: once anything was brought, what is frozen stays frozen.
    pub(super) fn may_freeze(&self, name: &RepoName) -> bool {
        let started = self.status.get("started").and_then(Value::as_bool).unwrap_or(true);
        let named = |repo: &&Value| repo.get("name").and_then(Value::as_str) == Some(name.as_str());
        !started || self.repos().find(named).is_none_or(|repo| !has_passed(repo))
    }

    fn repos(&self) -> impl Iterator<Item = &Value> {
        self.status.get("repos").and_then(Value::as_array).into_iter().flatten()
    }

    /// Whether any step was ever started.
    pub(super) fn has_started(&self) -> bool {
        let steps = self.status.get("steps").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        steps.iter().any(|step| step.get("attempts").and_then(Value::as_u64) != Some(0))
    }

    /// The one command that goes on.
    pub(super) fn go_on(&self) -> Option<&str> {
        self.status.get("go_on")?.as_str()
    }

    /// Why nothing may start.
    pub(super) fn hold(&self) -> Option<&str> {
        self.status.get("hold")?.as_str()
    }
}
