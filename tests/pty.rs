//! The cockpit on a real terminal: what the owner types, sees, and is left with.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets the unexpected should stop there"
)]

#[path = "pty/deciding.rs"]
mod deciding;
#[path = "pty/desk.rs"]
mod desk;
#[path = "pty/leaving.rs"]
mod leaving;
#[path = "pty/looking.rs"]
mod looking;
#[path = "pty/order.rs"]
mod order;
#[path = "pty/terminal.rs"]
mod terminal;
#[path = "pty/watching.rs"]
mod watching;
