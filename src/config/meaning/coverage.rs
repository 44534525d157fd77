//! `[coverage]` and its gate: dimensions that can meet, exceptions that name some of them, suites that are there.

use super::{Judge, join};
use crate::plan::coverage::{Coverage, MAX_FACTORS};
use crate::plan::{Document, Step, Verb};
use crate::suite::coverage::{MAX_INTERSECTIONS, count};

pub(super) fn judge(judge: &mut Judge<'_>) {
    let Some(coverage) = &judge.document.coverage else { return };
    let path = ["coverage".to_owned()];
    let dimensions = join(&path, &["dimensions"]);
    for (index, dimension) in coverage.dimensions.iter().enumerate() {
        if coverage.dimensions.iter().take(index).any(|other| other == dimension) {
            judge.blame(&join(&dimensions, &[&index.to_string()]), format!("`{dimension}` stands twice"));
        }
    }
    if usize::from(coverage.strength) > coverage.dimensions.len() {
        let message = format!("{} dimensions can't meet {} at a time", coverage.dimensions.len(), coverage.strength);
        judge.blame(&join(&path, &["strength"]), message);
    }
    values(judge, coverage, &path);
    size(judge, coverage, &dimensions);
    for (index, except) in coverage.except.iter().enumerate() {
        let tags = coverage.tags();
        for (place, tag) in except.iter().enumerate().filter(|(_, tag)| !tags.contains(tag)) {
            let at = join(&path, &["except", &index.to_string(), &place.to_string()]);
            judge.dangling(&at, "dimension", tag, &tags.iter().map(String::as_str).collect());
        }
        if except.is_empty() {
            judge.blame(&join(&path, &["except", &index.to_string()]), "an exception names at least one dimension");
        }
    }
    for (index, id) in coverage.suites.iter().enumerate() {
        let at = join(&path, &["suites", &index.to_string()]);
        match judge.document.step.iter().find(|step| step.id == *id) {
            Some(step) if !has_suite(step) => {
                judge.blame(&at, format!("step `{id}` runs no suite")).help =
                    Some("name a smoke step that has a `suite`".to_owned());
            }
            None if judge.steps.lack(id.as_str()) => judge.dangling(&at, "step", id.as_str(), &judge.steps.all),
            Some(_) | None => {}
        }
    }
}

fn values(judge: &mut Judge<'_>, coverage: &Coverage, path: &[String]) {
    for (dimension, values) in &coverage.values {
        let at = join(path, &["values", dimension.as_str()]);
        if !coverage.dimensions.contains(dimension) {
            judge.blame_key(&at, format!("`{dimension}` isn't among the dimensions"));
        }
        if values.is_empty() {
            judge.blame(&at, "a dimension with values has at least one").help =
                Some("leave it out where the dimension's name alone is the tag".to_owned());
        }
        for (index, value) in values.iter().enumerate() {
            if values.iter().take(index).any(|other| other == value) {
                judge.blame(&join(&at, &[&index.to_string()]), format!("`{value}` stands twice"));
            }
        }
    }
}

fn size(judge: &mut Judge<'_>, coverage: &Coverage, path: &[String]) {
    let tags = coverage.tags().len();
    if tags > MAX_FACTORS {
        judge.blame(path, format!("that makes {tags} dimensions and values; at most {MAX_FACTORS} can be shown"));
    } else if count(coverage).is_none_or(|count| count > MAX_INTERSECTIONS) {
        judge.blame(path, format!("that makes more than {MAX_INTERSECTIONS} intersections")).help =
            Some("lower `strength`, or name fewer dimensions and values".to_owned());
    }
}

/// `{ coverage = true }`: there is something to cover, and a suite before that can have covered it.
pub(super) fn gate(judge: &mut Judge<'_>, index: usize, path: &[String]) {
    let at = join(path, &["coverage"]);
    let document: &Document = judge.document;
    let Some(coverage) = &document.coverage else {
        if !judge.draft.lost("coverage") {
            judge.blame_key(&at, "there is no [coverage] table that says what must meet").help =
                Some("add one: [coverage] with dimensions = [\"team\", \"seller\"]".to_owned());
        }
        return;
    };
    if !document.step.iter().take(index).any(|step| counts(coverage, step)) && judge.draft.whole() {
        judge.blame_key(&at, "no suite runs before this step, so nothing can be covered").help =
            Some("put a smoke step with a `suite` before it".to_owned());
    }
}

fn has_suite(step: &Step) -> bool {
    matches!(&step.verb, Verb::Smoke(smoke) if smoke.suite().is_some())
}

fn counts(coverage: &Coverage, step: &Step) -> bool {
    has_suite(step) && (coverage.suites.is_empty() || coverage.suites.contains(&step.id))
}
