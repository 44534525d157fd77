//! What became of work: outcomes, answers about effects in doubt, and what is looked at again afterwards.

use tokio::time::{Duration, Instant};

use super::jobs::Task;
use super::run::Engine;
use super::state::Weight;
use crate::plan::{Effect, Key, Nature, StepId};
use crate::port::world::{Answer, Performed, World};
use crate::rollout::Draft;
use crate::rollout::event::{Direction, Fact, Finding, Outcome, Probed, Proof, Trace, Writer};
use crate::rollout::fold::ActionState;

/// How often the effect of a writer that is still at work is asked for.
const ASK_AGAIN: Duration = Duration::from_secs(3);

impl<W: World> Engine<W> {
    pub(super) async fn performed(&mut self, task: Task, performed: Performed) {
        let (outcome, found) = match performed {
            Performed::LetGo => return,
            // cut short by our leaving: an observation is simply made again
            Performed::Failed { .. }
                if self.leaving.is_some() && task.action.effect.nature() == Nature::Observation =>
            {
                return;
            }
            Performed::Ok { evidence } => (Outcome::Ok { evidence }, None),
            Performed::Failed { effect, why, tail, found } => (Outcome::Failed { effect, why, tail }, found),
        };
        let outcome = self.by_the_owners_word(&task, outcome);
        let ok = matches!(outcome, Outcome::Ok { .. });
        let mut drafts: Vec<Draft> = self.untold_run.take().into_iter().collect();
        drafts.push(Draft::action(&task.step, &task.key, task.attempt, Fact::Outcome(outcome)));
        if ok && matches!(task.action.effect, Effect::Soak { .. }) {
            let since = self.rollout.step(&task.step).soak.map_or(0, |soak| soak.since);
            drafts.push(Draft::step(&task.step, Fact::SoakEnded { elapsed: self.now().saturating_sub(since) }));
        }
        if ok && task.direction == Direction::Back {
            let reopens = self
                .plan
                .step(&task.step)
                .map(|step| crate::rollout::decide::reopened_by_undo(&self.plan, &self.rollout, step));
            drafts.push(Draft::step(&task.step, Fact::Undone { reopens: reopens.unwrap_or_default() }));
        }
        if let Some(finding @ Finding::Conflict { .. }) = found {
            drafts.push(probed_draft(&task, finding, Writer::Gone, Proof::Inconclusive));
        }
        if let Err(fault) = self.record_all(drafts).await {
            self.say(Weight::Alarm, format!("how step {} ended isn't in the ledger: {fault}", task.step));
        }
        self.probed.remove(&task.key);
        self.look_after(&task);
        if let Some((_, answer)) =
            self.undoing.take_if(|(step, _)| task.direction == Direction::Back && *step == task.step)
        {
            let reply =
                if ok { super::Reply::done(format!("step {} is undone", task.step)) } else { self.refused_by_hold() };
            // whoever asked may be gone; the ledger has it
            let _ = answer.send(reply);
        }
    }

    pub(super) async fn answered(&mut self, task: Task, answer: Answer) {
        if let Some(orphans) = &answer.orphans {
            self.say(Weight::Alarm, format!("step {}: {orphans}", task.step));
        }
        if answer.writer == Writer::Alive {
            // asking at once, again and again, would keep the machine busy for as long as the writer lives
            self.wait_for_writer(&task);
        }
        let draft = probed_draft(&task, answer.finding, answer.writer, answer.proof);
        if self.says_nothing_more(&task, &draft) {
            return;
        }
        if let Err(fault) = self.record(draft).await {
            self.say(Weight::Alarm, fault.to_string());
        }
        self.look_after(&task);
    }

    /// The same answer as the last one isn't written again: asking must not make the ledger grow.
    fn says_nothing_more(&self, task: &Task, draft: &Draft) -> bool {
        let Fact::Probed(probed) = &draft.fact else { return false };
        let log = self.rollout.step(&task.step);
        match log.action(&task.key).map(|action| &action.state) {
            Some(ActionState::InDoubt { last: Some(last), writer, .. }) => {
                *last == probed.finding && *writer == Some(probed.writer) && !settles(probed)
            }
            Some(ActionState::Conflict { detail }) => {
                matches!(&probed.finding, Finding::Conflict { detail: d } if d == detail)
            }
            Some(_) | None => false,
        }
    }

    /// What an action may have changed is looked at again.
    fn look_after(&mut self, task: &Task) {
        match &task.action.effect {
            Effect::SetFlag { .. } => self.looks.flag(&self.plan),
            Effect::Advance { repo, .. }
            | Effect::Push { repo, .. }
            | Effect::Repin { repo, .. }
            | Effect::Tag { repo, .. } => {
                self.looks.repo(&self.plan, repo);
            }
            Effect::Run { .. }
            | Effect::Publish { .. }
            | Effect::Resolve { .. }
            | Effect::Dispatch { .. }
            | Effect::Await { .. } => {
                if let Some(repo) = self.plan.step(&task.step).and_then(|step| step.verb.repo()).cloned() {
                    self.looks.repo(&self.plan, &repo);
                }
            }
            Effect::Smoke { .. } | Effect::Suite { .. } | Effect::Soak { .. } | Effect::Confirm { .. } => {}
        }
    }

    /// A worker ended without an answer: what it was doing is in doubt.
    pub(super) async fn lost_worker(&mut self) {
        let open: Vec<(Key, StepId)> = self.rollout.open().map(|(key, step)| (key.clone(), step.clone())).collect();
        for (key, step) in open {
            let why = "flightdeck lost sight of it".to_owned();
            let fact = Fact::Outcome(Outcome::Failed { effect: Trace::Unknown, why, tail: Vec::new() });
            let attempt = self.rollout.tries(&key).max(1);
            if let Err(fault) = self.record(Draft::action(&step, &key, attempt, fact)).await {
                self.say(Weight::Alarm, fault.to_string());
            }
        }
    }

    pub(super) fn refused_by_hold(&self) -> super::Reply {
        let why = self.rollout.hold.as_ref().map_or_else(|| "it failed".to_owned(), |hold| hold.reason.clone());
        super::Reply::Refused { why, exit: 1 }
    }

    /// A writer at work may end at any time: its effect is asked for again at a rhythm. Until then it is simply in doubt, so
    /// that whoever waits for the engine to come to rest isn't kept waiting by an orphan.
    fn wait_for_writer(&mut self, task: &Task) {
        self.writers.insert(task.key.clone());
        self.ask_again_at = Some(Instant::now() + ASK_AGAIN);
    }

    /// What writers were still at work on may be asked for again.
    pub(super) fn ask_again(&mut self) {
        self.ask_again_at = None;
        for key in std::mem::take(&mut self.writers) {
            self.probed.remove(&key);
        }
    }
}

fn settles(probed: &Probed) -> bool {
    let conclusive = probed.proof == Proof::Conclusive;
    match probed.finding {
        Finding::Present { .. } | Finding::Conflict { .. } => true,
        Finding::Absent { .. } => conclusive,
        Finding::Unknown { .. } => false,
    }
}

pub(super) fn probed_draft(task: &Task, finding: Finding, writer: Writer, proof: Proof) -> Draft {
    let fact = Fact::Probed(Probed {
        identity: task.action.identity.clone(),
        generation: task.generation,
        nth: task.nth,
        of: task.of,
        nature: task.action.effect.nature(),
        finding,
        writer,
        proof,
    });
    Draft::action(&task.step, &task.key, task.attempt, fact)
}
