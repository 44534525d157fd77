//! What can be wrong with an event. A ledger with a breach may be looked at; nobody acts on it.

use crate::plan::{Key, ReleaseId, StepId};
use crate::rollout::out_of_order::ItemId;

/// An invariant that an event breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Breach {
    /// Written by a build that knows more than this one.
    #[error("event format {found} is unknown to this build: use a newer flightdeck to act on it")]
    Version {
        /// The version.
        found: u32,
    },
    /// An event of another release.
    #[error("it belongs to release {found}")]
    OtherRelease {
        /// That release.
        found: ReleaseId,
    },
    /// A gap or a repetition.
    #[error("its number is {found} where {expected} must follow")]
    Sequence {
        /// What must follow.
        expected: u64,
        /// What came.
        found: u64,
    },
    /// An id that was used before.
    #[error("its id {id} was used before")]
    DuplicateId {
        /// The id.
        id: String,
    },
    /// No opening at the start, or a second one later.
    #[error("a ledger begins with exactly one opening")]
    Genesis,
    /// Written by someone who doesn't hold the controls.
    #[error("its epoch is {found} where {expected} is in force")]
    Epoch {
        /// In force.
        expected: u64,
        /// Claimed.
        found: u64,
    },
    /// Another plan without a re-plan.
    #[error("it names another plan, and no re-plan was recorded")]
    PlanChanged,
    /// Nobody holds the controls.
    #[error("{kind} was written while nobody had the controls")]
    NoControls {
        /// The kind.
        kind: &'static str,
    },
    /// A fact about a step that names none.
    #[error("{kind} names no step")]
    NoStep {
        /// The kind.
        kind: &'static str,
    },
    /// The header's key isn't the body's.
    #[error("its key isn't the key of what it describes")]
    WrongKey,
    /// An intent while another of the same effect is open.
    #[error("effect {key} is already being tried")]
    AlreadyOpen {
        /// The effect.
        key: Key,
    },
    /// An intent of an effect that is there.
    #[error("effect {key} is already there")]
    AlreadyDone {
        /// The effect.
        key: Key,
    },
    /// An intent while nobody can say how the last one ended.
    #[error("effect {key} was tried before, and neither a proof nor the owner's word says that nothing happened")]
    Unsettled {
        /// The effect.
        key: Key,
    },
    /// An intent without an approval.
    #[error("step {step} isn't approved for what it would do")]
    NotApproved {
        /// The step.
        step: StepId,
    },
    /// An intent of a vetoed step.
    #[error("step {step} is vetoed")]
    Vetoed {
        /// The step.
        step: StepId,
    },
    /// An intent while the release is on hold.
    #[error("the release is on hold")]
    OnHold,
    /// An intent before what it needs.
    #[error("step {needs} must be done first")]
    OutOfOrder {
        /// What must be done first.
        needs: StepId,
    },
    /// An intent of an earlier or later generation.
    #[error("its generation is {found} where {expected} is in force")]
    Generation {
        /// In force.
        expected: u32,
        /// Claimed.
        found: u32,
    },
    /// An outcome without an intent.
    #[error("effect {key} was never tried")]
    NoIntent {
        /// The effect.
        key: Key,
    },
    /// A decision about an effect that isn't in doubt.
    #[error("nothing about effect {key} is undecided")]
    NothingUndecided {
        /// The effect.
        key: Key,
    },
    /// A resume while something is in doubt.
    #[error("step {step} is undecided")]
    StillUndecided {
        /// The step.
        step: StepId,
    },
    /// A resume while something out of order waits for the owner.
    #[error("{item} is out of order, and its owner hasn't accepted it")]
    StillOutOfOrder {
        /// The thing.
        item: ItemId,
    },
    /// The same thing out of order again.
    #[error("that {item} is out of order is known already")]
    KnownOutOfOrder {
        /// The thing.
        item: ItemId,
    },
    /// A freeze or thaw after something shipped.
    #[error("something has shipped: what is frozen stays frozen")]
    Started,
    /// Anything after the record.
    #[error("the release has shipped")]
    Shipped,
    /// The record before everything is done.
    #[error("step {step} isn't done")]
    NotAllDone {
        /// The step.
        step: StepId,
    },
    /// An intent past a gate that isn't met.
    #[error("a gate of step {step} isn't met")]
    Unmet {
        /// The step.
        step: StepId,
    },
    /// An action that skips one, or stands where another is.
    #[error("its place in step {step} isn't the next one")]
    Misplaced {
        /// The step.
        step: StepId,
    },
    /// An undo of a step that brought nothing.
    #[error("step {step} brought nothing that effect {key} could take back")]
    NothingToUndo {
        /// The step.
        step: StepId,
        /// The undo.
        key: Key,
    },
    /// A new try of what was never taken back.
    #[error("step {step} wasn't taken back: it can't be opened again")]
    NotUndone {
        /// The step.
        step: StepId,
    },
    /// The early end of a soak that doesn't run.
    #[error("no soak of step {step} runs that could be ended")]
    NoSoak {
        /// The step.
        step: StepId,
    },
    /// The end before the record was made.
    #[error("what shipped isn't tagged yet: the record comes first")]
    NotRecorded,
    /// An acceptance where nothing was found.
    #[error("nothing was found there before us")]
    NothingFound,
}
