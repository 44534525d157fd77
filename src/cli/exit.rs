//! The exit statuses: what a script learns from a command without reading a word.

use crate::engine::{LedgerState, Role, State};
use crate::plan::Effect;
use crate::rollout::event::{Event, Fact};
use crate::rollout::{Next, StepState};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It is done.
    Done,
    /// It failed.
    Failed,
    /// It was called wrongly, or release.toml is wrong.
    Usage,
    /// It waits for the owner.
    Owner,
    /// It is vetoed, held or not allowed.
    Forbidden,
    /// Something is in doubt, in conflict or drifted.
    MustLook,
    /// Someone else has the controls.
    Elsewhere,
    /// The plan isn't trusted.
    Untrusted,
    /// The ledger is rewritten, forked or unreadable.
    Ledger,
    /// A gate isn't met or can't be known.
    Gate,
    /// It waits for time.
    Time,
    /// A signal of this number ended it.
    Signalled(u8),
}

/// Every exit status with its meaning, as the help prints it.
pub(super) const TABLE: &str = "\
Exit status:
   0  done
   1  failed
   2  usage, or release.toml isn't right
   3  waiting for the owner
   4  vetoed, held or not allowed
   5  in doubt, in conflict or drifted: the owner must look
   6  someone else has the controls
   7  this plan isn't trusted on this machine
   8  the ledger is rewritten, forked or unreadable
   9  a gate isn't met or can't be known
  10  waiting for time (soak, propagation, rate limit)
 128+n  ended by signal n";

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Owner => 3,
            Self::Forbidden => 4,
            Self::MustLook => 5,
            Self::Elsewhere => 6,
            Self::Untrusted => 7,
            Self::Ledger => 8,
            Self::Gate => 9,
            Self::Time => 10,
            Self::Signalled(number) => number.saturating_add(128),
        }
    }

    /// The status that a conductor gave a refusal.
    pub fn of_code(code: u8) -> Self {
        match code {
            0 => Self::Done,
            2 => Self::Usage,
            3 => Self::Owner,
            4 => Self::Forbidden,
            5 => Self::MustLook,
            6 => Self::Elsewhere,
            7 => Self::Untrusted,
            8 => Self::Ledger,
            9 => Self::Gate,
            10 => Self::Time,
            129.. => Self::Signalled(code - 128),
            _ => Self::Failed,
        }
    }
}

/// Why the release is on hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// The owner said so.
    Owner,
    /// A step failed.
    Failure,
    /// A step stopped before it started (drift, a dirty tree, a remote that moved), or something was in doubt.
    Doubt,
}

/// What the next action waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waits {
    /// Somebody who says go.
    Word,
    /// Time: it has begun to wait for something outside, and was left.
    Time,
}

/// What decides the exit status of a release that stands still.
#[derive(Debug)]
pub(super) struct Standing<'a> {
    pub(super) next: &'a Next,
    pub(super) role: &'a Role,
    pub(super) ledger: &'a LedgerState,
    pub(super) trusted: bool,
    pub(super) held: Held,
    pub(super) waits: Waits,
}

impl<'a> Standing<'a> {
    pub(super) fn of(state: &'a State) -> Self {
        Self {
            next: &state.next,
            role: &state.role,
            ledger: &state.ledger,
            trusted: state.status.trusted,
            held: held(state),
            waits: waits(state),
        }
    }

    /// The exit status of a ship that stops here.
    pub(super) fn exit(&self) -> Exit {
        match (self.role, self.ledger) {
            (Role::Spectator { .. }, _) => return Exit::Elsewhere,
            (Role::Conductor, LedgerState::Bad { .. }) => return Exit::Ledger,
            (Role::Conductor, LedgerState::Good { .. }) => {}
        }
        if matches!(self.next, Next::Nothing) {
            return Exit::Done;
        }
        if !self.trusted {
            return Exit::Untrusted;
        }
        match self.next {
            Next::Nothing => Exit::Done,
            Next::Act { .. } if self.waits == Waits::Time => Exit::Time,
            // gates that nobody has judged were left alone because it was stopped before
            Next::Freeze(_) | Next::Approve(_) | Next::Tick(_) | Next::Act { .. } | Next::Judge(_) | Next::Ship => {
                Exit::Owner
            }
            Next::Decide(_) | Next::OutOfOrder(_) | Next::Busy(..) => Exit::MustLook,
            Next::Lift(_) => Exit::Forbidden,
            Next::Unmet(_) | Next::Unready(..) => Exit::Gate,
            Next::Resume => match self.held {
                Held::Owner => Exit::Forbidden,
                Held::Failure => Exit::Failed,
                Held::Doubt => Exit::MustLook,
            },
        }
    }
}

/// A hold beside a failed step is a failure. One by a step without it came before anything started, one that no event of its
/// own tells of came with a doubt: the owner must look. A hold without a step is the owner's own, as is that of a
/// flag put back.
fn held(state: &State) -> Held {
    if state.status.steps.iter().any(|step| step.state == StepState::Failed) {
        return Held::Failure;
    }
    let since = |event: &&Event| !matches!(event.draft.fact, Fact::Resumed);
    let holds = |event: &&Event| match &event.draft.fact {
        Fact::Held { .. } => true,
        Fact::FlagSet { reopens, .. } => !reopens.is_empty(),
        _ => false,
    };
    let hold = state.events.iter().rev().take_while(since).find(holds);
    match hold {
        Some(event) if event.draft.step.is_none() => Held::Owner,
        Some(_) | None => Held::Doubt,
    }
}

/// What only waits was cut short and is made again; until then it is time that is lacking. A soak that was ended early isn't
/// waited for any more.
fn waits(state: &State) -> Waits {
    let Next::Act { step, action, .. } = &state.next else { return Waits::Word };
    let Some(step) = state.status.steps.iter().find(|other| other.id == *step) else { return Waits::Word };
    let has_begun = match &action.effect {
        Effect::Soak { .. } => step.soak.as_ref().is_some_and(|soak| soak.ended_early.is_none()),
        Effect::Resolve { .. } | Effect::Await { .. } => step.attempts > 0,
        Effect::Advance { .. }
        | Effect::Push { .. }
        | Effect::Run { .. }
        | Effect::Publish { .. }
        | Effect::Repin { .. }
        | Effect::Dispatch { .. }
        | Effect::SetFlag { .. }
        | Effect::Smoke { .. }
        | Effect::Suite { .. }
        | Effect::Confirm { .. }
        | Effect::Tag { .. } => false,
    };
    if has_begun { Waits::Time } else { Waits::Word }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Unready;

    #[test]
    fn every_stop_has_its_status() {
        let step = || "api".parse().unwrap();
        let repo = || "api".parse().unwrap();
        let table = [
            (Next::Nothing, Held::Owner, 0),
            (Next::Resume, Held::Failure, 1),
            (Next::Freeze(vec![repo()]), Held::Owner, 3),
            (Next::Approve(step()), Held::Owner, 3),
            (Next::Tick(step()), Held::Owner, 3),
            (Next::Ship, Held::Owner, 3),
            (Next::Resume, Held::Owner, 4),
            (Next::Lift(step()), Held::Owner, 4),
            (Next::Decide(step()), Held::Owner, 5),
            (Next::OutOfOrder("flag".parse().unwrap()), Held::Owner, 5),
            (Next::Resume, Held::Doubt, 5),
            (Next::Unmet(step()), Held::Owner, 9),
            (Next::Judge(step()), Held::Owner, 3),
            (Next::Unready(step(), Unready::NotFrozen(repo())), Held::Owner, 9),
        ];
        let good = LedgerState::Good { at: 0 };
        let bad = LedgerState::Bad { why: "rewritten".to_owned() };
        let watching = Role::Spectator { because: "Ada has the controls".to_owned() };
        for (next, held, code) in table {
            let standing = |role, ledger, trusted| {
                let waits = Waits::Time;
                Standing { next: &next, role, ledger, trusted, held, waits }.exit().code()
            };
            assert_eq!(standing(&Role::Conductor, &good, true), code, "{next:?} {held:?}");
            assert_eq!(standing(&watching, &good, true), 6);
            assert_eq!(standing(&Role::Conductor, &bad, true), 8);
            let untrusted = if code == 0 { 0 } else { 7 };
            assert_eq!(standing(&Role::Conductor, &good, false), untrusted, "{next:?}");
        }
    }

    #[test]
    fn a_status_survives_the_socket() {
        for code in 0..=10 {
            assert_eq!(Exit::of_code(code).code(), code);
        }
        assert_eq!(Exit::of_code(77), Exit::Failed);
    }
}
