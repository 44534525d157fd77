//! Stories on the built binary, each in a demo world of its own: what an owner, a colleague, a crash and an unlucky network do
//! to a release, and what flightdeck says and does then.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::format_push_string,
    reason = "a story runs programs and the clock, and one that breaks off is a failed story"
)]

#[path = "story/controls.rs"]
mod controls;
#[path = "story/dormant.rs"]
mod dormant;
#[path = "story/kills.rs"]
mod kills;
#[path = "story/ledger.rs"]
mod ledger;
#[path = "story/missed.rs"]
mod missed;
#[path = "story/overtaken.rs"]
mod overtaken;
#[path = "story/place.rs"]
mod place;
#[path = "story/refusals.rs"]
mod refusals;
#[path = "story/signals.rs"]
mod signals;
#[path = "story/soak.rs"]
mod soak;
#[path = "story/text.rs"]
mod text;
