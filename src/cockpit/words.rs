//! The sign, the word and the role of every state: one table each, so that the same state never looks two ways.

use super::glyph::Glyph;
use super::role::Role;
use crate::plan::Reach;
use crate::rollout::StepState;
use crate::rollout::observed::PackageState;
use crate::rollout::seam::SeamState;
use crate::rollout::status::{DeployState, DriftState, GateState, ItemState};
use crate::suite::Verdict;

/// How a state is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Its sign.
    pub glyph: Glyph,
    /// Its word.
    pub word: &'static str,
    /// Its role.
    pub role: Role,
}

const fn look(glyph: Glyph, word: &'static str, role: Role) -> Look {
    Look { glyph, word, role }
}

/// A step's state.
pub fn step(state: StepState) -> Look {
    match state {
        StepState::Pending => look(Glyph::Pending, "pending", Role::Dim),
        StepState::Blocked => look(Glyph::Attention, "blocked by a gate", Role::Bad),
        StepState::Waiting => look(Glyph::Current, "waiting for you", Role::Waiting),
        StepState::Approved => look(Glyph::Approved, "approved", Role::Accent),
        StepState::Running => look(Glyph::Running, "running", Role::Running),
        StepState::Done => look(Glyph::Good, "done", Role::Good),
        StepState::Skipped => look(Glyph::Skipped, "there already", Role::Good),
        StepState::Failed => look(Glyph::Bad, "failed", Role::Bad),
        StepState::InDoubt => look(Glyph::Doubt, "in doubt", Role::Doubt),
        StepState::Conflict => look(Glyph::Bad, "conflict", Role::Bad),
        StepState::Vetoed => look(Glyph::Vetoed, "vetoed", Role::Bad),
        StepState::Undone => look(Glyph::Undone, "taken back", Role::Waiting),
    }
}

/// An action's state, by its word in the status.
pub fn action(state: &str) -> Look {
    match state {
        "running" => look(Glyph::Running, "running", Role::Running),
        "done" => look(Glyph::Good, "done", Role::Good),
        "failed" => look(Glyph::Bad, "failed", Role::Bad),
        "in-doubt" => look(Glyph::Doubt, "in doubt", Role::Doubt),
        "conflict" => look(Glyph::Bad, "conflict", Role::Bad),
        "found" => look(Glyph::Attention, "there before us", Role::Bad),
        _ => look(Glyph::Pending, "pending", Role::Dim),
    }
}

/// A gate's state.
pub fn gate(state: GateState) -> Look {
    match state {
        GateState::Holds => look(Glyph::Good, "holds", Role::Good),
        GateState::Unmet => look(Glyph::Bad, "not met", Role::Bad),
        GateState::Unknown => look(Glyph::Doubt, "not judged yet", Role::Dim),
    }
}

/// A seam's state.
pub fn seam(state: SeamState) -> Look {
    match state {
        SeamState::Holds => look(Glyph::Good, "holds", Role::Good),
        SeamState::Broken => look(Glyph::Bad, "broken", Role::Bad),
        SeamState::Unknown => look(Glyph::Doubt, "can't be told", Role::Doubt),
    }
}

/// How a test went: what is no pass never looks like one, nor like another failing.
pub fn verdict(verdict: Verdict) -> Look {
    let (glyph, role) = match verdict {
        Verdict::Passed => (Glyph::Good, Role::Good),
        Verdict::Flaky => (Glyph::Flaky, Role::Waiting),
        Verdict::Failed => (Glyph::Bad, Role::Bad),
        Verdict::Interrupted => (Glyph::Broken, Role::Danger),
        Verdict::Absent => (Glyph::Absent, Role::Doubt),
        Verdict::Skipped => (Glyph::Skipped, Role::Accent),
        Verdict::NotRun => (Glyph::Pending, Role::Strong),
        Verdict::FailsAsExpected => (Glyph::Expected, Role::Text),
    };
    look(glyph, verdict.word(), role)
}

/// How a required flow went; none: nobody can say yet.
pub fn flow(told: Option<Verdict>) -> Look {
    told.map_or(look(Glyph::Pending, "not told yet", Role::Dim), verdict)
}

/// A release branch.
pub fn drift(state: DriftState) -> Look {
    match state {
        DriftState::NotFrozen => look(Glyph::Nothing, "not frozen", Role::Dim),
        DriftState::Same => look(Glyph::Same, "as frozen", Role::Good),
        DriftState::Drifted => look(Glyph::Attention, "drifted", Role::Bad),
        DriftState::Unknown => look(Glyph::Doubt, "can't be told", Role::Doubt),
    }
}

/// A version on its registry.
pub fn package(state: Option<&PackageState>) -> Look {
    match state {
        Some(PackageState::Absent) => look(Glyph::Pending, "absent", Role::Dim),
        Some(PackageState::Live { .. }) => look(Glyph::Good, "live", Role::Good),
        Some(PackageState::Propagating { .. }) => look(Glyph::Running, "propagating", Role::Accent),
        Some(PackageState::Partial { .. }) => look(Glyph::Attention, "partial", Role::Bad),
        Some(PackageState::Withdrawn { .. }) => look(Glyph::Bad, "withdrawn", Role::Bad),
        Some(PackageState::Unavailable { .. }) => look(Glyph::Doubt, "unavailable", Role::Doubt),
        Some(PackageState::Conflict { .. }) => look(Glyph::Bad, "conflict", Role::Bad),
        None => look(Glyph::Doubt, "?", Role::Doubt),
    }
}

/// What is deployed.
pub fn deploy(state: DeployState) -> Look {
    match state {
        DeployState::Live => look(Glyph::Good, "live", Role::Good),
        DeployState::Older => look(Glyph::Pending, "older", Role::Dim),
        DeployState::Other => look(Glyph::Attention, "other", Role::Bad),
        DeployState::Unknown => look(Glyph::Doubt, "?", Role::Doubt),
    }
}

/// Something out of order.
pub fn item(state: ItemState) -> Look {
    match state {
        ItemState::Seen => look(Glyph::Attention, "seen", Role::Bad),
        ItemState::Waiting => look(Glyph::Attention, "waits for you", Role::Bad),
        ItemState::Accepted => look(Glyph::Skipped, "accepted", Role::Waiting),
    }
}

/// How far something can be taken back.
pub fn reach(reach: Reach) -> Look {
    match reach {
        Reach::Reversible => look(Glyph::Undone, "Can be taken back.", Role::Good),
        Reach::ForwardOnly => look(Glyph::Attention, "Goes forward only.", Role::Waiting),
        Reach::Permanent => look(Glyph::Attention, "Cannot be undone.", Role::Danger),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_end_of_a_test_has_its_own_sign_word_and_colour() {
        let looks: Vec<Look> = Verdict::ALL.into_iter().map(verdict).collect();
        for (at, look) in looks.iter().enumerate() {
            for other in looks.iter().skip(at + 1) {
                assert_ne!(look.glyph, other.glyph);
                assert_ne!(look.word, other.word);
                assert_ne!(look.role, other.role);
            }
        }
    }
}
