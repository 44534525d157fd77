//! The one flag at real providers and at services that misbehave: what is read, what is written, and what is said of it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a story that breaks off is a failed story"
)]

#[path = "flags/flagd.rs"]
mod flagd;
#[path = "flags/hostile.rs"]
mod hostile;
#[path = "flags/place.rs"]
mod place;
#[path = "flags/push.rs"]
mod push;
#[path = "registries/mod.rs"]
mod registries;
#[path = "flags/unleash.rs"]
mod unleash;
