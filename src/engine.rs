//! The one loop that runs a release: append, then fold, then publish the state. Effects and looks run beside it as workers;
//! it alone writes the ledger, and only while it holds the controls.

mod advance;
mod asks;
pub mod command;
mod controls;
mod ended;
mod jobs;
mod journal;
mod looks;
pub mod open;
mod order;
pub mod output;
pub mod pause;
mod picture;
pub mod reader;
mod rehearse;
mod run;
pub mod signals;
mod soak;
pub mod socket;
pub mod state;
mod untold;
mod way_back;

pub use command::{Command, Handle, Leave, Reply};
pub use journal::{Journal, JournalFault};
pub use open::{OpenFault, Opened, PlanSource, Purpose, Settings};
pub use output::{Output, OutputView};
pub use run::{Engine, Opening};
pub use state::{Drive, LedgerState, Notice, Role, State, Stay, Weight, Work};

/// The name under which release.toml lies with an event.
pub const PLAN_FILE: &str = "release.toml";
