//! What is measured, in one binary: `cargo bench` for figures, `cargo bench NAME` for some of them; as a test each runs once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a bench runs programs and reads the clock, and one that can't be set up has nothing to measure"
)]

mod coverage;
mod fold;
mod frame;
mod observe;
mod seams;
mod ship;
mod wide_release;

use criterion::{Criterion, criterion_group};

criterion_group!(groups, coverage::coverage, fold::fold, frame::frame, observe::observe, seams::seams);

fn main() {
    groups();
    Criterion::default().configure_from_args().final_summary();
    let mut arguments = std::env::args().skip(1);
    let (flags, names): (Vec<_>, Vec<_>) = arguments.by_ref().partition(|argument| argument.starts_with('-'));
    if names.is_empty() || names.iter().any(|name| "ship".contains(name.as_str())) {
        ship::ship(flags.iter().any(|flag| flag == "--bench"));
    }
}
