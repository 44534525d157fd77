//! Stories on the built binary, each in a demo world of its own: what an owner, a colleague, a crash and an unlucky network do
//! to a release, and what flightdeck says and does then.

mod controls;
mod damaged_ledger;
mod hostile_output;
mod kills;
mod preflight;
mod refusals;
mod signals;
mod soak;
