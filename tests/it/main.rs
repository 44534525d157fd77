//! Every integration test, in one binary: a folder a capability, and what they are told with in `common`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::format_push_string,
    reason = "a story runs programs, reads the clock and the environment, and one that breaks off is a failed story"
)]

mod cli;
mod common;
mod delegated;
mod engine;
mod external;
mod flag;
mod grid;
mod house;
mod pty;
mod registry;
mod remote;
mod repin;
mod seam;
mod ship;
mod suite;
mod train;
mod world;
