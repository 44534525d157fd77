use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::plan::suite::Flaky;
use crate::suite::{Test, Told, Verdict, judge};

fn coverage(value: serde_json::Value) -> Coverage {
    serde_json::from_value(value).unwrap()
}

fn test(tags: &[&str], verdict: Verdict) -> Test {
    Test {
        project: String::new(),
        around: Vec::new(),
        title: "x".to_owned(),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        names: Vec::new(),
        verdict,
        why: String::new(),
    }
}

fn matrix(coverage: &Coverage, tests: Vec<Test>) -> Matrix {
    let told = Told { tests, ..Told::default() };
    Matrix::of(coverage, [&judge(&told, &[], Flaky::Fail).with_met(&told, Some(coverage))]).unwrap()
}

fn names<'a>(cells: impl Iterator<Item = &'a Cell>) -> Vec<String> {
    cells.map(Cell::name).collect()
}

#[test]
fn the_team_that_contains_a_seller_was_never_tested() {
    let wanted = coverage(json!({ "dimensions": ["team", "seller", "invite"] }));
    let tests = vec![
        test(&["team", "invite"], Verdict::Passed),
        test(&["seller", "invite", "slow"], Verdict::Passed),
        test(&["team", "seller"], Verdict::Failed),
    ];
    let matrix = matrix(&wanted, tests);
    assert_eq!(names(matrix.uncovered()), ["team × seller"]);
    assert_eq!(
        matrix.words(),
        "2 of 3 intersections are covered; no passing test covers team × seller (its test didn't pass)"
    );
}

#[test]
fn values_meet_each_other_and_exceptions_are_left_out() {
    let wanted = coverage(json!({
        "dimensions": ["team", "invite"],
        "values": { "invite": ["link", "email"], "team": ["none", "old", "new"] },
        "except": [["team=none", "invite=email"]],
    }));
    let matrix = matrix(&wanted, vec![test(&["team:new", "invite:link"], Verdict::Passed)]);
    assert_eq!(matrix.cells.len(), 5);
    assert_eq!(names(matrix.cells.iter().filter(|cell| cell.is_covered())), ["team=new × invite=link"]);
}

#[test]
fn a_run_under_other_dimensions_tells_nothing() {
    let (old, new) = (json!({ "dimensions": ["team", "seller"] }), json!({ "dimensions": ["team", "guest"] }));
    let told = Told { tests: vec![test(&["team", "seller"], Verdict::Passed)], ..Told::default() };
    let record = judge(&told, &[], Flaky::Fail).with_met(&told, Some(&coverage(old)));
    assert!(Matrix::of(&coverage(new.clone()), [&record]).is_err());
    let before = judge(&told, &[], Flaky::Fail);
    assert!(Matrix::of(&coverage(new), [&before]).is_err());
}

const ALL: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

fn tests() -> impl Strategy<Value = Vec<Test>> {
    let verdict = prop_oneof![Just(Verdict::Passed), Just(Verdict::Failed), Just(Verdict::Flaky)];
    let one =
        (proptest::sample::subsequence(ALL.to_vec(), 0..=6), verdict).prop_map(|(tags, verdict)| test(&tags, verdict));
    proptest::collection::vec(one, 0..12)
}

proptest! {
    /// Against counting by hand: an intersection is covered exactly if a test that passed has all of its tags.
    #[test]
    fn covered_and_uncovered_are_all_of_them(tests in tests(), strength in 1_u8..=4) {
        let wanted = coverage(json!({ "dimensions": ALL, "strength": strength }));
        let matrix = matrix(&wanted, tests.clone());
        prop_assert_eq!(Some(matrix.cells.len()), count(&wanted));
        prop_assert_eq!(matrix.covered() + matrix.uncovered().count(), matrix.cells.len());
        for cell in &matrix.cells {
            prop_assert_eq!(cell.tags.len(), usize::from(strength));
            let meets = |test: &&Test| cell.tags.iter().all(|tag| test.tags.contains(tag));
            let passed = tests.iter().filter(meets).filter(|test| test.verdict == Verdict::Passed).count();
            prop_assert_eq!(cell.passed as usize, passed);
        }
    }

    /// A test more never uncovers anything.
    #[test]
    fn more_tests_never_cover_less(tests in tests(), more in tests(), strength in 1_u8..=3) {
        let wanted = coverage(json!({ "dimensions": ALL, "strength": strength }));
        let before = matrix(&wanted, tests.clone());
        let after = matrix(&wanted, tests.into_iter().chain(more).collect());
        for (before, after) in before.cells.iter().zip(&after.cells) {
            prop_assert!(!before.is_covered() || after.is_covered());
        }
    }
}
