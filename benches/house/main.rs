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

use criterion::Criterion;

/// A bench, by the name of its module.
type Bench = (&'static str, fn(&mut Criterion));

const BENCHES: [Bench; 5] = [
    ("coverage", coverage::coverage),
    ("fold", fold::fold),
    ("frame", frame::frame),
    ("observe", observe::observe),
    ("seams", seams::seams),
];

fn main() {
    let (flags, names): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|argument| argument.starts_with('-'));
    let is_wanted = |bench: &str| names.is_empty() || names.iter().any(|name| bench.contains(name.as_str()));
    // a name chooses benches: within one everything is measured
    let mut criterion = Criterion::default().configure_from_args().with_filter("");
    for (name, bench) in BENCHES {
        if is_wanted(name) {
            bench(&mut criterion);
        }
    }
    criterion.final_summary();
    if is_wanted("ship") {
        ship::ship(flags.iter().any(|flag| flag == "--bench"));
    }
}
