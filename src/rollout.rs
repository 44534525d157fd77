//! Everything that happened, folded into where the release stands; and, from that and the plan, what may happen next.
//! Pure: events come in, drafts of events go out; nobody here knows what time it is or where the ledger lies.

pub mod allows;
pub mod approval;
mod compiled;
pub mod coverage;
pub mod decide;
pub mod event;
pub mod fold;
pub mod mixture;
pub mod needs;
pub mod next;
pub mod observed;
pub mod out_of_order;
mod progress;
pub mod replan;
pub mod seam;
pub mod skew;
pub mod state;
pub mod status;
pub mod undo;

#[cfg(test)]
mod tests;

pub use approval::{step_digest, train_digest};
pub use decide::{Order, Refusal, decide};
pub use event::{Draft, Event, EventId, Fact, Millis};
pub use fold::{Breach, Rollout};
pub use next::{Next, next};
pub use observed::{Observed, Seen};
pub use state::{Phase, StepState};
pub use status::Status;
