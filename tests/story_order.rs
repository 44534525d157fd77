//! Stories of a world that somebody else moves: what is out of order is told, holds the plan, and is answered for.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::format_push_string,
    reason = "a story runs programs and the clock, and one that breaks off is a failed story"
)]

#[path = "order/by_hand.rs"]
mod by_hand;
#[path = "order/moved.rs"]
mod moved;
#[allow(dead_code, reason = "each set of stories uses a part of it")]
#[path = "story/place.rs"]
mod place;
