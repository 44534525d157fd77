//! Stories on the built binary about what must be proved before a step: suites of tests in a real browser and from JUnit XML,
//! what they cover together, a canary that stays good, and a forge that says that CI passed.

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

#[path = "suites/canary.rs"]
mod canary;
#[path = "suites/ci.rs"]
mod ci;
#[path = "suites/junit.rs"]
mod junit;
#[path = "suites/place.rs"]
mod place;
#[path = "suites/playwright.rs"]
mod playwright;
#[path = "suites/service.rs"]
mod service;
