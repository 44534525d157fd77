//! The owner's orders: what may be recorded now, or why not. Pure: nothing is done here, and nothing is refused anywhere else.

use super::approval::{step_digest, train_digest, train_steps};
use super::event::{Covers, Draft, Fact, Verdict};
use super::fold::{ActionState, Rollout, SoakLog, StepLog};
use super::next::lines;
use super::out_of_order::ItemId;
use super::state::is_done;
use crate::plan::{Digest, FlagState, Plan, Step, StepId, Unready, Verb};

/// What an owner can order.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "order", rename_all = "kebab-case")]
pub enum Order {
    /// Approve one step, as it was shown.
    Approve {
        /// The step.
        step: StepId,
        /// What was shown.
        digest: Digest,
    },
    /// Approve every step that doesn't ask for itself, as they were shown.
    ApproveTrain {
        /// What was shown.
        digest: Digest,
    },
    /// Forbid a step.
    Veto {
        /// The step.
        step: StepId,
        /// Why.
        reason: String,
    },
    /// Take a veto back.
    Lift {
        /// The step.
        step: StepId,
    },
    /// Start nothing more.
    Hold {
        /// Why.
        reason: String,
    },
    /// Go on.
    Resume,
    /// Decide what no probe could.
    Resolve {
        /// The step.
        step: StepId,
        /// What is held to be so.
        #[serde(rename = "as")]
        verdict: Verdict,
        /// Why.
        reason: String,
    },
    /// Accept that a step's effects were there before us.
    Accept {
        /// The step.
        step: StepId,
        /// Why.
        reason: String,
    },
    /// End a soak before its time.
    EndSoak {
        /// The step.
        step: StepId,
        /// Why.
        reason: String,
    },
    /// Confirm a line of a checklist.
    Tick {
        /// The step.
        step: StepId,
        /// The line, or its number from 1.
        item: String,
    },
    /// Lift the freeze.
    Thaw {
        /// Why.
        reason: String,
    },
}

/// Why an order isn't carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such step.
    #[error("the plan has no step {0}; `flightdeck plan` lists them")]
    NoStep(StepId),
    /// Earlier steps aren't done.
    #[error("step {step} needs {needs} first")]
    TooEarly {
        /// The step.
        step: StepId,
        /// What is missing.
        needs: StepId,
    },
    /// It is done already.
    #[error("step {0} is done already")]
    AlreadyDone(StepId),
    /// It is vetoed.
    #[error("step {0} is vetoed: lift the veto first")]
    Vetoed(StepId),
    /// What was shown isn't what would happen.
    #[error("what step {0} would do has changed since it was shown: look at it again")]
    Changed(StepId),
    /// What was shown of the train isn't what would happen.
    #[error("what the plan would do has changed since it was shown: look at it again")]
    TrainChanged,
    /// The release is on hold.
    #[error("the release is on hold ({reason}): `flightdeck resume` goes on")]
    OnHold {
        /// Why.
        reason: String,
    },
    /// Nothing is on hold.
    #[error("nothing is on hold")]
    NotOnHold,
    /// A gate isn't met.
    #[error("step {step} isn't ready: {detail}")]
    Unmet {
        /// The step.
        step: StepId,
        /// The gate and what was seen.
        detail: String,
    },
    /// Something is undecided.
    #[error("step {0} is in doubt or in conflict: decide it first, with `flightdeck resolve` or `flightdeck accept`")]
    Undecided(StepId),
    /// Something out of order waits for the owner.
    #[error("{item} is out of order: put it right, or accept it with `flightdeck accept {}`", item.quoted())]
    OutOfOrder {
        /// The thing.
        item: ItemId,
    },
    /// Nothing is undecided.
    #[error("nothing about step {0} is in doubt")]
    NothingUndecided(StepId),
    /// A veto without effect.
    #[error(
        "step {0} has already started: a veto can't take back what is live; see `flightdeck undo` and `flightdeck flag off`"
    )]
    Started(StepId),
    /// It is at work, under the approval that it has.
    #[error("step {0} is running")]
    Running(StepId),
    /// A plan can't change or lose what was tried.
    #[error("step {0} has already started: a plan can't change or lose it; write it as it was")]
    Fixed(StepId),
    /// Nothing to take back.
    #[error("step {0} has brought nothing that could be taken back")]
    NothingToUndo(StepId),
    /// What came after it is still live, and goes first.
    #[error(
        "step {later} came after step {step} and is still live: take that back first, with `flightdeck undo {later}`"
    )]
    LaterFirst {
        /// The step.
        step: StepId,
        /// The last step that stands on it and has an `undo`.
        later: StepId,
    },
    /// No way back of its own.
    #[error("step {step} has no `undo` command; what there is: {way_back}")]
    NoUndo {
        /// The step.
        step: StepId,
        /// What takes it back or makes it harmless, in words.
        way_back: &'static str,
    },
    /// No veto.
    #[error("step {0} isn't vetoed")]
    NotVetoed(StepId),
    /// No soak that runs.
    #[error("no soak of step {0} runs that could be ended")]
    NoSoak(StepId),
    /// Not a checklist, or no such line.
    #[error("step {step} has no line {item:?}")]
    NoItem {
        /// The step.
        step: StepId,
        /// What was asked for.
        item: String,
    },
    /// A decision without a reason.
    #[error("say why: a reason is kept with the decision")]
    NoReason,
    /// Something has shipped.
    #[error("something has shipped: what is frozen stays frozen")]
    Shipped,
    /// Nothing is frozen.
    #[error("nothing is frozen")]
    NotFrozen,
    /// It can't be compiled.
    #[error(transparent)]
    Unready(#[from] Unready),
}

fn find<'a>(plan: &'a Plan, id: &StepId) -> Result<&'a Step, Refusal> {
    plan.step(id).ok_or_else(|| Refusal::NoStep(id.clone()))
}

fn reasoned(reason: &str) -> Result<String, Refusal> {
    let reason = reason.trim();
    if reason.is_empty() { Err(Refusal::NoReason) } else { Ok(reason.to_owned()) }
}

/// What an order records. `flag` is the state that the flag is read as now.
pub fn decide(plan: &Plan, rollout: &Rollout, flag: Option<&FlagState>, order: &Order) -> Result<Vec<Draft>, Refusal> {
    match order {
        Order::Approve { step, digest } => approve(plan, rollout, flag, find(plan, step)?, digest),
        Order::ApproveTrain { digest } => approve_train(plan, rollout, digest),
        Order::Veto { step, reason } => {
            let step = find(plan, step)?;
            let log = rollout.steps.get(&step.id);
            if log.is_some_and(StepLog::is_done) {
                return Err(Refusal::AlreadyDone(step.id.clone()));
            }
            if log.is_some_and(StepLog::is_touched) {
                return Err(Refusal::Started(step.id.clone()));
            }
            Ok(vec![Draft::step(&step.id, Fact::Vetoed { reason: reasoned(reason)? })])
        }
        Order::Lift { step } => {
            let step = find(plan, step)?;
            if rollout.step(&step.id).veto.is_none() {
                return Err(Refusal::NotVetoed(step.id.clone()));
            }
            Ok(vec![Draft::step(&step.id, Fact::Lifted)])
        }
        Order::Hold { reason } => Ok(vec![Draft::release(Fact::Held { reason: reasoned(reason)? })]),
        Order::Resume => {
            if let Some(step) = rollout.undecided().first() {
                return Err(Refusal::Undecided((*step).clone()));
            }
            if let Some(item) = rollout.unanswered() {
                return Err(Refusal::OutOfOrder { item: item.clone() });
            }
            if rollout.hold.is_none() {
                return Err(Refusal::NotOnHold);
            }
            Ok(vec![Draft::release(Fact::Resumed)])
        }
        Order::Resolve { step, verdict, reason } => resolve(rollout, find(plan, step)?, *verdict, reason),
        Order::Accept { step, reason } => {
            let step = find(plan, step)?;
            let found = |state: &ActionState| matches!(state, ActionState::Found { .. });
            if !rollout.step(&step.id).actions.values().any(|action| found(&action.state)) {
                return Err(Refusal::NothingUndecided(step.id.clone()));
            }
            Ok(vec![Draft::step(&step.id, Fact::Accepted { reason: reasoned(reason)?, item: None })])
        }
        Order::EndSoak { step, reason } => {
            let step = find(plan, step)?;
            let open = rollout.steps.get(&step.id).and_then(|log| log.soak.as_ref()).is_some_and(SoakLog::is_open);
            if !open {
                return Err(Refusal::NoSoak(step.id.clone()));
            }
            Ok(vec![Draft::step(&step.id, Fact::SoakCut { reason: reasoned(reason)? })])
        }
        Order::Tick { step, item } => tick(plan, rollout, find(plan, step)?, item),
        Order::Thaw { reason } => {
            if rollout.has_started() {
                return Err(Refusal::Shipped);
            }
            if rollout.candidates.is_empty() {
                return Err(Refusal::NotFrozen);
            }
            Ok(vec![Draft::release(Fact::Thawed { reason: reasoned(reason)? })])
        }
    }
}

fn approve(
    plan: &Plan,
    rollout: &Rollout,
    flag: Option<&FlagState>,
    step: &Step,
    digest: &Digest,
) -> Result<Vec<Draft>, Refusal> {
    let nothing = StepLog::default();
    let log = rollout.steps.get(&step.id).unwrap_or(&nothing);
    if log.is_done() {
        return Err(Refusal::AlreadyDone(step.id.clone()));
    }
    if rollout.open().any(|(_, open)| *open == step.id) {
        return Err(Refusal::Running(step.id.clone()));
    }
    if log.veto.is_some() {
        return Err(Refusal::Vetoed(step.id.clone()));
    }
    if let Some(id) = rollout.undecided().first() {
        return Err(Refusal::Undecided((*id).clone()));
    }
    if let Some(hold) = &rollout.hold {
        return Err(Refusal::OnHold { reason: hold.reason.clone() });
    }
    if let Some(needs) = plan.needs(step).into_iter().find(|id| !is_done(rollout, id)) {
        return Err(Refusal::TooEarly { step: step.id.clone(), needs: needs.clone() });
    }
    let unmet = log.gates.iter().find(|(_, gate)| !gate.holds);
    if let Some((index, gate)) = unmet {
        let kind = step.gates.get(*index as usize).map_or("gate", |g| g.kind());
        return Err(Refusal::Unmet { step: step.id.clone(), detail: format!("{kind}: {}", gate.detail) });
    }
    let actions = plan.compile(step, &rollout.candidates)?;
    if step_digest(plan, step, &actions, flag) != *digest {
        return Err(Refusal::Changed(step.id.clone()));
    }
    Ok(vec![Draft::step(&step.id, Fact::Approved { digest: digest.clone(), covers: Covers::Step })])
}

fn approve_train(plan: &Plan, rollout: &Rollout, digest: &Digest) -> Result<Vec<Draft>, Refusal> {
    if let Some(id) = rollout.undecided().first() {
        return Err(Refusal::Undecided((*id).clone()));
    }
    if let Some(hold) = &rollout.hold {
        return Err(Refusal::OnHold { reason: hold.reason.clone() });
    }
    if train_digest(plan, &rollout.candidates)? != *digest {
        return Err(Refusal::TrainChanged);
    }
    let steps = train_steps(plan);
    Ok(vec![Draft::release(Fact::Approved { digest: digest.clone(), covers: Covers::Train { steps } })])
}

fn resolve(rollout: &Rollout, step: &Step, verdict: Verdict, reason: &str) -> Result<Vec<Draft>, Refusal> {
    let reason = reasoned(reason)?;
    let log = rollout.step(&step.id);
    let drafts: Vec<_> = log
        .actions
        .values()
        .chain(log.undo.as_ref())
        .filter(|action| matches!(action.state, ActionState::InDoubt { .. } | ActionState::Conflict { .. }))
        .map(|action| {
            let attempt = action.intent.as_ref().map_or(1, |intent| intent.attempt);
            Draft::action(&step.id, &action.key, attempt, Fact::Resolved { verdict, reason: reason.clone() })
        })
        .collect();
    if drafts.is_empty() { Err(Refusal::NothingUndecided(step.id.clone())) } else { Ok(drafts) }
}

fn tick(plan: &Plan, rollout: &Rollout, step: &Step, item: &str) -> Result<Vec<Draft>, Refusal> {
    let refuse = || Refusal::NoItem { step: step.id.clone(), item: item.to_owned() };
    if let Some(needs) = plan.needs(step).into_iter().find(|id| !is_done(rollout, id)) {
        return Err(Refusal::TooEarly { step: step.id.clone(), needs: needs.clone() });
    }
    let actions = plan.compile(step, &rollout.candidates)?;
    let items = actions.iter().find_map(|action| lines(&action.effect)).ok_or_else(refuse)?;
    let by_number = item.parse::<usize>().ok().and_then(|n| n.checked_sub(1)).and_then(|n| items.get(n));
    let line = items.iter().find(|line| *line == item).or(by_number).ok_or_else(refuse)?;
    Ok(vec![Draft::step(&step.id, Fact::Ticked { item: line.clone() })])
}

/// The steps whose evidence stops describing the world when the flag goes back to a state: flag steps that went further,
/// and every observation that came after the first of them.
pub fn reopened_by_flag(plan: &Plan, rollout: &Rollout, to: &FlagState) -> Vec<StepId> {
    let Some(flag) = &plan.document().flag else { return Vec::new() };
    let rank = |state: &FlagState| flag.states.iter().position(|s| s == state);
    let mut reopened: Vec<StepId> = Vec::new();
    for step in plan.steps() {
        let touched = rollout.steps.get(&step.id).is_some_and(|log| !log.actions.is_empty());
        if !touched {
            continue;
        }
        let goes_further = matches!(&step.verb, Verb::Flag(set) if rank(set.state()) > rank(to));
        let looked_after = !reopened.is_empty() && is_observation(rollout, &step.id);
        if goes_further || looked_after {
            reopened.push(step.id.clone());
        }
    }
    reopened
}

/// The steps whose evidence stops describing the world when a step is taken back: itself, and observations that needed it.
pub fn reopened_by_undo(plan: &Plan, rollout: &Rollout, undone: &Step) -> Vec<StepId> {
    let mut reopened = vec![undone.id.clone()];
    for step in plan.steps() {
        let needed = plan.needs(step).into_iter().any(|id| reopened.contains(id));
        if needed && is_observation(rollout, &step.id) {
            reopened.push(step.id.clone());
        }
    }
    reopened
}

fn is_observation(rollout: &Rollout, step: &StepId) -> bool {
    rollout.steps.get(step).is_some_and(StepLog::only_looks)
}
