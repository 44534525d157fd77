//! What a running soak tells, and the owner's word that ends one early.

use super::jobs::Task;
use super::run::Engine;
use super::state::Weight;
use crate::plan::{Effect, StepId};
use crate::port::process::Order;
use crate::port::world::{SoakNews, World};
use crate::rollout::Draft;
use crate::rollout::event::{Fact, Health, Outcome};

impl<W: World> Engine<W> {
    pub(super) async fn hear_soak(&mut self, step: &StepId, news: SoakNews) {
        let fact = match news {
            SoakNews::Turned { health, detail, good_for } => {
                match health {
                    Health::Bad => self.say(Weight::Alarm, format!("the soak of step {step} stands still: {detail}")),
                    Health::Good => self.say(Weight::Info, format!("the soak of step {step} goes on: {detail}")),
                }
                Fact::SoakChanged { health, detail, good_for }
            }
            SoakNews::Watched { good_for, until } => Fact::SoakWatched { good_for, until },
            SoakNews::Missed { gap, good_for } => {
                let lasted = gap.lasted();
                let counted = if gap.counted { "it counts, as the plan says" } else { "it doesn't count" };
                self.say(Weight::Warning, format!("nobody watched the soak of step {step} for {lasted}: {counted}"));
                Fact::SoakGap { from: gap.from, until: gap.until, counted: gap.counted, good_for }
            }
        };
        if let Err(fault) = self.record(Draft::step(step, fact)).await {
            self.say(Weight::Alarm, fault.to_string());
        }
    }

    /// A soak that is at work hears that the owner has ended it.
    pub(super) fn cut_soak(&self, step: &StepId) {
        if let Some(work) = self.work.as_ref().filter(|work| work.step == *step) {
            work.orders.send_replace(Order::Cancel);
        }
    }

    /// A soak that was stopped because the owner has ended it hasn't failed: the owner's word is its evidence.
    pub(super) fn by_the_owners_word(&self, task: &Task, outcome: Outcome) -> Outcome {
        let cut = self.rollout.steps.get(&task.step).and_then(|log| log.soak.as_ref()?.cut_short());
        match (outcome, cut) {
            (Outcome::Failed { .. }, Some(evidence)) if matches!(task.action.effect, Effect::Soak { .. }) => {
                Outcome::Ok { evidence: vec![evidence] }
            }
            (outcome, _) => outcome,
        }
    }
}
