//! Coverage of five hundred tests over twelve dimensions: what every refresh of the screen pays for.

use std::hint::black_box;

use criterion::Criterion;
use flightdeck::plan::Coverage;
use flightdeck::plan::suite::Flaky;
use flightdeck::suite::{Matrix, Test, Told, Verdict, judge};

const TESTS: usize = 500;
const DIMENSIONS: usize = 12;

/// Each test has a few of the dimensions, in a pattern that repeats late.
fn test(at: usize) -> Test {
    let has = |dimension: &usize| (at.wrapping_mul(2_654_435_761) >> dimension).is_multiple_of(3);
    Test {
        project: String::new(),
        around: vec!["teams.spec.js".to_owned()],
        title: format!("flow {at}"),
        tags: (0..DIMENSIONS).filter(has).map(|dimension| format!("d{dimension}")).collect(),
        names: Vec::new(),
        verdict: if at.is_multiple_of(17) { Verdict::Skipped } else { Verdict::Passed },
        why: String::new(),
    }
}

fn matrix_of(strength: usize) -> Coverage {
    let dimensions: Vec<String> = (0..DIMENSIONS).map(|dimension| format!("d{dimension}")).collect();
    serde_json::from_value(serde_json::json!({ "dimensions": dimensions, "strength": strength })).unwrap()
}

pub(crate) fn coverage(criterion: &mut Criterion) {
    let told = Told { tests: (0..TESTS).map(test).collect(), ..Told::default() };
    for strength in [2, 3] {
        let wanted = matrix_of(strength);
        criterion.bench_function(&format!("gather the tags of {TESTS} tests, {strength} at a time"), |bencher| {
            bencher.iter(|| judge(black_box(&told), &[], Flaky::Fail).with_met(&told, Some(&wanted)));
        });
        let record = judge(&told, &[], Flaky::Fail).with_met(&told, Some(&wanted));
        criterion.bench_function(
            &format!("coverage of {TESTS} tests over {DIMENSIONS}, {strength} at a time"),
            |bencher| {
                bencher.iter(|| Matrix::of(black_box(&wanted), [black_box(&record)]).unwrap());
            },
        );
    }
}
