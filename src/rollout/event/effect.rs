//! What the ledger keeps of a single effect: the intent before it, the outcome after it, and what the world answered.

use serde::{Deserialize, Serialize};

use crate::plan::{Digest, Identity, Nature, Sha, StepId};

/// An effect about to be tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// What the effect is.
    pub identity: Identity,
    /// Its generation.
    pub generation: u32,
    /// Whether it leaves something behind.
    pub nature: Nature,
    /// Its place in the step, from 1.
    pub nth: u32,
    /// How many actions the step has.
    pub of: u32,
    /// What exactly runs.
    pub effect_digest: Digest,
    /// The approval it runs under.
    pub approval: Digest,
    /// Steps that had to be done before.
    pub needs: Vec<StepId>,
    /// What was observed just before.
    pub preconditions: Vec<String>,
    /// The artefact that will be uploaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact: Option<Digest>,
    /// The commit that was made to be brought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<Sha>,
    /// Whether this tries the effect or takes it back.
    #[serde(default, skip_serializing_if = "Direction::is_forward")]
    pub direction: Direction,
}

/// Whether an intent brings an effect or takes a step's effects back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// It brings the effect.
    #[default]
    Forward,
    /// It takes the step back.
    Back,
}

impl Direction {
    // serde's skip_serializing_if passes a reference
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
    fn is_forward(&self) -> bool {
        matches!(self, Self::Forward)
    }
}

/// How a try ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The effect is there, and this proves it.
    Ok {
        /// What was observed.
        evidence: Vec<String>,
    },
    /// It isn't, or nobody can say.
    Failed {
        /// Whether something may be there.
        effect: Trace,
        /// What went wrong.
        why: String,
        /// The last lines of its output, redacted.
        tail: Vec<String>,
    },
}

/// What a failed try left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trace {
    /// Nothing, provably.
    None,
    /// Nobody can say.
    Unknown,
}

/// An answer of the world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probed {
    /// What was asked for.
    pub identity: Identity,
    /// Its generation.
    pub generation: u32,
    /// Its place in the step, from 1.
    pub nth: u32,
    /// How many actions the step has.
    pub of: u32,
    /// Whether the probed action leaves something behind.
    pub nature: Nature,
    /// The answer.
    pub finding: Finding,
    /// What is known of the process that was trying.
    pub writer: Writer,
    /// Whether the answer, if it is absent, proves that nothing happened.
    pub proof: Proof,
}

/// What a probe found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// The effect is there: ours, as far as can be told.
    Present {
        /// What was observed.
        evidence: String,
    },
    /// It isn't there.
    Absent {
        /// What was observed.
        detail: String,
    },
    /// Something else is there.
    Conflict {
        /// What was observed.
        detail: String,
    },
    /// It couldn't be asked.
    Unknown {
        /// Why.
        why: String,
    },
}

/// What is known of the process that was trying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Writer {
    /// There is none: nothing was started, or it is known to have ended.
    Gone,
    /// It is still at work.
    Alive,
    /// Nobody can say: it ran on another machine, or the record is lost.
    Unknown,
}

/// Whether an absent answer proves that nothing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// The question is consistent and the writer is gone, or the target refuses duplicates.
    Conclusive,
    /// The answer may be stale, or a writer may still be at work.
    Inconclusive,
}
