//! Stories on the built binary in which somebody else brings the effects: a workflow that is started, and people who are
//! waited for. Real repositories and remotes; the others are real processes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::format_push_string,
    reason = "a story runs programs and the clock, and one that breaks off is a failed story"
)]

mod cli_support;

#[path = "others/back.rs"]
mod back;
#[path = "others/calls.rs"]
mod calls;
#[path = "others/phases.rs"]
mod phases;
#[path = "others/pipeline.rs"]
mod pipeline;
#[path = "others/place.rs"]
mod place;
#[path = "others/waits.rs"]
mod waits;
