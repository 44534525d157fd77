//! What every start and every frame pay: folding a long ledger, and the status of a wide release.

use std::hint::black_box;

use crate::wide_release::{ledger, plan};
use criterion::Criterion;
use flightdeck::rollout::status::{Session, status};
use flightdeck::rollout::{Observed, Rollout, next, train_digest};

pub(crate) fn fold(criterion: &mut Criterion) {
    let plan = plan(200, 100);
    let (rollout, events) = ledger(&plan, 10_000);
    criterion.bench_function("fold 10,000 events", |bench| {
        bench.iter(|| Rollout::replay(black_box(&events)).expect("the ledger folds"));
    });
    let (observed, session) = (Observed::default(), Session::default());
    criterion.bench_function("status of 200 repos and 100 steps", |bench| {
        bench.iter(|| status(black_box(&plan), &rollout, &observed, &session));
    });
    criterion.bench_function("train digest of 200 repos and 100 steps", |bench| {
        bench.iter(|| train_digest(black_box(&plan), &rollout.candidates));
    });
    criterion.bench_function("next of 200 repos and 100 steps", |bench| {
        bench.iter(|| next(black_box(&plan), &rollout));
    });
}
