//! The one flag at real providers and at services that misbehave: what is read, what is written, what is said of it, and the way
//! back in the middle of things.

mod dormant;
mod flag_world;
mod flagd;
mod flagd_push;
mod off_during_rollout;
mod off_incomplete;
mod unleash;
mod unreliable_provider;
