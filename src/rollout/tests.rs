//! The core under test: rules one by one, invariants over random histories, and a naive model that must agree.

#![allow(
    clippy::match_same_arms,
    clippy::needless_pass_by_value,
    clippy::struct_excessive_bools,
    clippy::needless_for_each,
    reason = "a table reads row by row, and stories are told in one line"
)]

mod allows;
mod every_fact;
mod history;
mod invariants;
mod oracle;
mod out_of_order;
mod rules;
mod skew;
mod way_back;
mod world;
