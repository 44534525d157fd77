//! Follows a running release: its events as lines, its children's output where somebody reads along, and the signals that
//! end it.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::time::Duration;

use super::super::Context;
use super::super::exit::Exit;
use super::super::out::{Ink, Out};
use super::super::session::Running;
use super::super::settings::Person;
use super::super::words;
use super::SHOWS;
use super::answers::Answers;
use super::interrupts::Interrupts;
use crate::engine::pause::PAUSED;
use crate::engine::signals::Came;
use crate::engine::{Command, Drive, Leave, LedgerState, Output, Role, State, Weight};
use crate::plan::StepId;
use crate::rollout::event::{Event, Fact, Outcome};
use crate::rollout::observed::Wait;
use crate::rollout::{Millis, Next};
use crate::shown::Shown;

/// How often a child's output is read while it prints.
const RHYTHM: Duration = Duration::from_millis(100);
/// How much of it is read at once.
const LINES: usize = 500;

/// What ctrl-c asks.
const SOMETHING_RUNS: &str =
    "Something runs. [w]ait for it and stop, [d]etach and leave it in doubt, [c]ancel it, or go on [enter]: ";
const NOTHING_RUNS: &str = "Nothing runs. [w] to stop here, or go on [enter]: ";

/// How a ship ended.
#[derive(Debug)]
pub(in super::super) struct Ending {
    /// What becomes of the running action.
    pub(super) leave: Leave,
    /// The exit status, where it isn't told by how things stand.
    pub(super) exit: Option<Exit>,
}

impl Ending {
    pub(super) fn stands() -> Self {
        Self { leave: Leave::Wait, exit: None }
    }
}

/// What is done about a soak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Soaks {
    /// It is waited for.
    Waited,
    /// It ends the ship.
    Left,
}

impl From<bool> for Soaks {
    fn from(no_wait: bool) -> Self {
        if no_wait { Self::Left } else { Self::Waited }
    }
}

/// What was told so far.
#[derive(Debug)]
pub(in super::super) struct Follow {
    out: Out,
    person: Person,
    reads_along: bool,
    answers: Answers,
    seq: u64,
    noticed: Millis,
    printed: BTreeMap<StepId, (Output, u64)>,
    /// What each step was last told to wait for, and what had been seen of it.
    waits: BTreeMap<StepId, (String, String)>,
}

impl Follow {
    /// Tells what comes after a state.
    pub(in super::super) fn new(context: &Context, state: &State) -> Self {
        Self {
            out: context.out,
            person: context.surroundings.person(),
            reads_along: std::io::stdout().is_terminal(),
            answers: Answers::default(),
            seq: state.status.seq,
            // what was noticed on the way here, an orphan above all, has been told to nobody
            noticed: 0,
            printed: BTreeMap::new(),
            waits: BTreeMap::new(),
        }
    }

    /// Tells everything until nothing is at work any more, a signal ends it, or a soak that nobody waits for begins.
    pub(super) async fn until_it_stops(
        &mut self,
        running: &mut Running,
        signals: &mut Interrupts,
        soaks: Soaks,
    ) -> Ending {
        loop {
            let state = running.state();
            self.tell(&state);
            let starts = matches!(state.next, Next::Act { .. }) && !state.seen_enough;
            if state.work.is_none() && state.drive == Drive::Paused {
                // whoever asked whether it stops has not answered
                self.out.note(Ink::Warning, &Shown::fixed(PAUSED));
                return Ending { leave: Leave::Wait, exit: Some(Exit::Owner) };
            }
            if state.work.is_none() && !starts && !says_shipped(&state) {
                return Ending::stands();
            }
            if soaks == Soaks::Left && soaks_now(&state) {
                return Ending { leave: Leave::Wait, exit: Some(Exit::Time) };
            }
            if soaks == Soaks::Left && waits_now(&state) {
                // what is waited for comes by itself: the next start asks for it
                return Ending { leave: Leave::Detach, exit: Some(Exit::Time) };
            }
            tokio::select! {
                state = running.changed() => if state.is_none() { return Ending::stands() },
                came = signals.next() => {
                    if let Some(ending) = self.interrupted(came, running, signals).await {
                        return ending;
                    }
                }
                () = tokio::time::sleep(RHYTHM), if self.reads_along => {}
            }
        }
    }

    /// Whatever is answered, nothing starts behind the question: the engine was parked when the signal came.
    async fn interrupted(&mut self, came: Came, running: &mut Running, signals: &mut Interrupts) -> Option<Ending> {
        match (came, self.person) {
            (Came::Interrupt, Person::Here) => self.ask(running, signals).await,
            (Came::End(_), _) | (Came::Interrupt, Person::Away) => Some(self.ends(came)),
        }
    }

    /// Asked to end by a signal: what runs may end.
    fn ends(&self, came: Came) -> Ending {
        self.out.note(Ink::Warning, &Shown::fixed("asked to end: what runs may end, nothing more starts"));
        Ending { leave: Leave::Wait, exit: Some(Exit::Signalled(came.number())) }
    }

    /// Asks what becomes of what runs. Meanwhile its end and all else is told; none if it goes on.
    async fn ask(&mut self, running: &mut Running, signals: &mut Interrupts) -> Option<Ending> {
        let warn = |out: Out, text| out.note(Ink::Warning, &Shown::fixed(text));
        warn(self.out, "nothing more starts until you answer");
        let mut told = running.state().work.is_none();
        self.answers.forget_typed();
        loop {
            Answers::ask(if told { NOTHING_RUNS } else { SOMETHING_RUNS });
            let answer = loop {
                tokio::select! {
                    answer = self.answers.next() => break answer,
                    state = running.changed() => {
                        let Some(state) = state else { return Some(Ending::stands()) };
                        self.tell(&state);
                        if state.drive == Drive::Going {
                            warn(self.out, "somebody went on elsewhere: it goes on; ctrl-c asks again");
                            return None;
                        }
                        if state.work.is_none() && !told {
                            told = true;
                            warn(self.out, "it has ended; nothing more starts until you answer");
                        }
                    }
                    came = signals.next() => match came {
                        Came::Interrupt => warn(self.out, "ctrl-c again cancels nothing: c and enter does"),
                        Came::End(_) => return Some(self.ends(came)),
                    },
                }
            };
            let leave = |leave| Some(Ending { leave, exit: None });
            match answer.as_deref() {
                // a terminal that went away has said nothing, least of all to go on
                None | Some("w") => return leave(Leave::Wait),
                Some("d") => return leave(Leave::Detach),
                Some("c") => return leave(Leave::Cancel),
                Some("") => {
                    running.handle.ask(Command::Unpause).await;
                    running.until(SHOWS, |state| state.drive != Drive::Paused).await;
                    return None;
                }
                Some(_) => warn(self.out, "w, d, c or enter"),
            }
        }
    }

    /// Tells what is new in a state.
    pub(in super::super) fn tell(&mut self, state: &State) {
        self.print_output(state);
        for event in state.events.iter().filter(|event| event.seq > self.seq) {
            if let Some(ink) = weight(event) {
                let line = format!("{}  {}", words::when(event.at), words::event(event));
                self.out.tell(ink, &Shown::from(line));
            }
        }
        self.tell_waits(state);
        self.seq = self.seq.max(state.status.seq);
        for notice in state.notices.iter().filter(|notice| notice.at > self.noticed) {
            let ink = match notice.weight {
                Weight::Info => Ink::Plain,
                Weight::Warning => Ink::Warning,
                Weight::Alarm => Ink::Bad,
            };
            self.out.note(ink, &Shown::from(format!("{}  {}", words::when(notice.at), notice.text)));
        }
        self.noticed = state.notices.last().map_or(self.noticed, |notice| notice.at.max(self.noticed));
    }

    /// What is waited for is told once, and again when something else is seen of it.
    fn tell_waits(&mut self, state: &State) {
        for step in &state.status.steps {
            let Some(wait) = step.wait.as_ref().filter(|wait| was_asked(wait)) else { continue };
            let told = (wait.what.clone(), wait.last.clone());
            if self.waits.get(&step.id) != Some(&told) {
                let line = format!("{}  {} {}", words::when(state.now), step.id, words::wait(wait, state.now));
                self.out.tell(Ink::Strong, &Shown::from(line));
                self.waits.insert(step.id.clone(), told);
            }
        }
    }

    fn print_output(&mut self, state: &State) {
        if !self.reads_along {
            return;
        }
        for (step, output) in state.outputs.iter() {
            let printed = self.printed.get(step).filter(|(known, _)| known.is_of_same_child(output));
            let from = printed.map_or(0, |(_, next)| *next);
            let view = output.since(from, LINES);
            for line in &view.lines {
                let line = Shown::output_line(line.as_bytes());
                self.out.tell(Ink::Dim, &Shown::from(format!("    {step} │ {line}")));
            }
            let next =
                if view.lines.is_empty() { from } else { view.first + u64::try_from(view.lines.len()).unwrap_or(0) };
            self.printed.insert(step.clone(), (output.clone(), next));
        }
    }
}

/// Whether all that is left is to say that it has shipped, and nothing keeps that from being said.
fn says_shipped(state: &State) -> bool {
    let goes = state.drive == Drive::Going && state.role == Role::Conductor && state.status.trusted;
    goes && matches!(state.next, Next::Ship) && matches!(state.ledger, LedgerState::Good { .. })
}

fn soaks_now(state: &State) -> bool {
    let Some(work) = &state.work else { return false };
    state.status.steps.iter().any(|step| step.id == work.step && step.verb == "soak" && step.soak.is_some())
}

/// Whether what runs only waits for something outside: a registry that propagates, a limit that passes, other people.
fn waits_now(state: &State) -> bool {
    let Some(work) = &state.work else { return false };
    state.status.steps.iter().any(|step| step.id == work.step && step.wait.as_ref().is_some_and(was_asked))
}

/// Whether it was asked for once: what is there already isn't waited for.
fn was_asked(wait: &Wait) -> bool {
    !wait.last.is_empty()
}

/// How an event stands out; none for what a person needn't read.
fn weight(event: &Event) -> Option<Ink> {
    match &event.draft.fact {
        Fact::ControlsReleased | Fact::Trusted | Fact::SoakWatched { .. } => None,
        Fact::Outcome(Outcome::Ok { .. }) | Fact::Shipped => Some(Ink::Good),
        Fact::Outcome(Outcome::Failed { .. })
        | Fact::Held { .. }
        | Fact::FlagMissed { .. }
        | Fact::OutOfOrder { seen: Some(_), .. } => Some(Ink::Bad),
        Fact::GateJudged { holds: false, .. } | Fact::ApprovalVoided { .. } | Fact::Vetoed { .. } => Some(Ink::Warning),
        Fact::Probed(_) => Some(Ink::Strong),
        Fact::Opened { .. }
        | Fact::Replanned { .. }
        | Fact::Frozen { .. }
        | Fact::Thawed { .. }
        | Fact::ControlsTaken(_)
        | Fact::Approved { .. }
        | Fact::Lifted
        | Fact::Resumed
        | Fact::Intent(_)
        | Fact::Resolved { .. }
        | Fact::OutOfOrder { seen: None, .. }
        | Fact::Accepted { .. }
        | Fact::GateJudged { .. }
        | Fact::FlagSet { .. }
        | Fact::FlagRehearsed { .. }
        | Fact::SoakStarted { .. }
        | Fact::SoakChanged { .. }
        | Fact::SoakGap { .. }
        | Fact::SoakCut { .. }
        | Fact::SoakEnded { .. }
        | Fact::SuiteRan(_)
        | Fact::Ticked { .. }
        | Fact::Undone { .. } => Some(Ink::Plain),
    }
}
