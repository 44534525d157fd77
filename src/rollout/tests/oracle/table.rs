//! The state diagram itself, and a row for each step.

use std::collections::BTreeMap;

use crate::plan::{Digest, Identity, Nature, StepId};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    Idle,
    Running,
    Done,
    Failed,
    Doubt,
    Conflict,
    Found,
    Dropped,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Input {
    Ok,
    FailedNone,
    FailedUnknown,
    WriterGone,
    Present,
    Absent,
    AbsentProved,
    Differs,
    WordPresent,
    WordAbsent,
    Accept,
    Resume,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tried {
    Yes,
    No,
}

/// The diagram. What isn't in it changes nothing.
pub(super) fn move_on(at: At, nature: Nature, tried: Tried, input: Input) -> At {
    use Nature::{Effect, Observation};
    match (at, nature, tried, input) {
        (At::Running, _, _, Input::Ok) => At::Done,
        (At::Running, _, _, Input::FailedNone) => At::Failed,
        (At::Running, Effect, _, Input::FailedUnknown | Input::WriterGone) => At::Doubt,
        (At::Running, Observation, _, Input::FailedUnknown) => At::Failed,
        (At::Running, Observation, _, Input::WriterGone) => At::Dropped,
        (At::Doubt | At::Conflict, _, Tried::Yes, Input::Present) => At::Done,
        (At::Doubt | At::Conflict, _, Tried::Yes, Input::AbsentProved) => At::Failed,
        (At::Doubt, _, _, Input::Differs) => At::Conflict,
        (At::Doubt | At::Conflict, _, _, Input::WordPresent) => At::Done,
        (At::Doubt | At::Conflict, _, _, Input::WordAbsent) => At::Failed,
        (At::Idle | At::Conflict, _, Tried::No, Input::Present) => At::Found,
        (At::Idle | At::Found, _, Tried::No, Input::Differs) => At::Conflict,
        (At::Found | At::Conflict, _, Tried::No, Input::Absent | Input::AbsentProved) => At::Idle,
        (At::Found, _, _, Input::Accept) => At::Done,
        (At::Failed, _, _, Input::Resume) => At::Idle,
        (same, _, _, _) => same,
    }
}

/// A thing out of order.
#[derive(Debug, Clone)]
pub(super) struct Stray {
    pub(super) step: Option<StepId>,
    pub(super) seen: String,
    pub(super) open: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Act {
    pub(super) identity: Identity,
    pub(super) nature: Nature,
    pub(super) at: At,
    pub(super) tried: Tried,
    pub(super) ours: bool,
}

impl Act {
    pub(super) fn input(&mut self, input: Input) {
        self.at = move_on(self.at, self.nature, self.tried, input);
        if self.at == At::Idle {
            self.tried = Tried::No;
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) id: StepId,
    pub(super) needs: Vec<StepId>,
    pub(super) acts: Vec<Act>,
    pub(super) undo: Option<Act>,
    pub(super) approved: Option<Digest>,
    pub(super) vetoed: bool,
    pub(super) undone: bool,
    pub(super) accepted: bool,
    pub(super) gates: BTreeMap<u32, bool>,
    /// Whether a soak of it runs, neither at its end nor ended early.
    pub(super) soaks: bool,
}

impl Row {
    pub(super) fn all(&self) -> impl Iterator<Item = &Act> {
        self.acts.iter().chain(&self.undo)
    }

    pub(super) fn any(&self, at: &[At]) -> bool {
        self.all().any(|act| at.contains(&act.at))
    }

    pub(super) fn done(&self) -> bool {
        self.acts.iter().all(|act| act.at == At::Done)
    }

    pub(super) fn touched(&self) -> bool {
        self.acts.iter().any(|act| !matches!(act.at, At::Idle | At::Failed | At::Dropped))
    }

    pub(super) fn only_looks(&self) -> bool {
        let tried: Vec<_> = self.acts.iter().filter(|act| act.at != At::Idle).collect();
        !tried.is_empty() && tried.iter().all(|act| act.nature == Nature::Observation)
    }

    pub(super) fn brought(&self) -> bool {
        self.acts.iter().any(|act| act.nature == Nature::Effect && act.at == At::Done)
    }

    pub(super) fn unsettled_effect(&self) -> bool {
        let unsettled = [At::Running, At::Doubt, At::Conflict, At::Found];
        self.all().any(|act| act.nature == Nature::Effect && unsettled.contains(&act.at))
    }
}
