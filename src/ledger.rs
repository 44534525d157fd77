//! The durable floor: what was decided and done, kept so that a kill or a power cut loses nothing that was acknowledged.
//!
//! It deals in bytes, files and locks. What an event means, and whether it may be appended, is `rollout`'s and the engine's.

#[cfg(test)]
mod again;
pub mod canonical;
pub mod controls;
pub mod durable;
pub(crate) mod lock;
pub mod mark;
pub mod place;
pub mod step_lock;
pub mod store;
pub mod trust;

pub use lock::LockState;
pub use store::git::GitLedger;
pub use store::memory::MemoryLedger;
pub use store::{AppendFault, CommitId, Draft, Entry, KeptFile, Ledger, LedgerFault};
