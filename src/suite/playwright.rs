//! Playwright's JSON report (its own `testReporter.d.ts`, 1.65). A spec's `ok` and the run's exit status are true also for
//! what was skipped, flaky or only listed, so each test is judged by its own status and results.

use serde::Deserialize;

use super::{MAX_TESTS, NotAReport, Test, Told, Verdict, plain};

#[derive(Debug, Deserialize)]
struct Report {
    suites: Vec<Suite>,
    #[serde(default)]
    errors: Vec<Fault>,
    stats: Stats,
}

#[derive(Debug, Deserialize)]
struct Stats {
    #[serde(rename = "startTime")]
    start_time: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Suite {
    #[serde(default)]
    title: String,
    #[serde(default)]
    specs: Vec<Spec>,
    #[serde(default)]
    suites: Vec<Suite>,
}

#[derive(Debug, Deserialize)]
struct Spec {
    title: String,
    #[serde(default)]
    tags: Vec<String>,
    tests: Vec<Run>,
}

/// A spec in one project.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    #[serde(default)]
    project_name: String,
    expected_status: String,
    status: String,
    #[serde(default)]
    annotations: Vec<Annotation>,
    #[serde(default)]
    results: Vec<Try>,
}

#[derive(Debug, Deserialize)]
struct Annotation {
    #[serde(rename = "type")]
    kind: String,
    description: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Try {
    // a worker that never came to it leaves none
    status: Option<String>,
    #[serde(default)]
    errors: Vec<Fault>,
}

#[derive(Debug, Deserialize)]
struct Fault {
    #[serde(default)]
    message: String,
}

/// Reads a report.
pub fn read(bytes: &[u8]) -> Result<Told, NotAReport> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(NotAReport::Empty);
    }
    let report: Report = serde_json::from_slice(bytes).map_err(|error| {
        if error.is_eof() {
            NotAReport::CutOff(format!("at line {}", error.line()))
        } else {
            NotAReport::Other { format: "Playwright JSON", why: error.to_string() }
        }
    })?;
    let began = report.stats.start_time.as_deref().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let mut told = Told {
        began: began.map(jiff::Timestamp::as_millisecond),
        tests: Vec::new(),
        errors: report.errors.iter().map(|fault| plain(&fault.message)).collect(),
    };
    let mut around = Vec::new();
    for suite in &report.suites {
        collect(suite, &mut around, &mut told)?;
    }
    Ok(told)
}

/// The reader refuses what is nested deeper than 128, so this ends soon.
fn collect(suite: &Suite, around: &mut Vec<String>, told: &mut Told) -> Result<(), NotAReport> {
    around.push(plain(&suite.title));
    for spec in &suite.specs {
        for run in &spec.tests {
            if told.tests.len() == MAX_TESTS {
                return Err(NotAReport::TooLarge { most: MAX_TESTS, what: "tests" });
            }
            told.tests.push(test(spec, run, around));
        }
    }
    for inner in &suite.suites {
        collect(inner, around, told)?;
    }
    around.pop();
    Ok(())
}

fn test(spec: &Spec, run: &Run, around: &[String]) -> Test {
    let (verdict, why) = verdict(run);
    let named = run.annotations.iter().filter(|annotation| annotation.kind == "checklist");
    Test {
        project: plain(&run.project_name),
        around: around.to_vec(),
        title: plain(&spec.title),
        tags: spec.tags.iter().map(|tag| plain(tag.trim_start_matches('@'))).collect(),
        names: named.filter_map(|annotation| annotation.description.as_deref()).map(plain).collect(),
        verdict,
        why,
    }
}

fn verdict(run: &Run) -> (Verdict, String) {
    let statuses: Vec<&str> = run.results.iter().map(|result| result.status.as_deref().unwrap_or_default()).collect();
    let failure = || {
        let fault = run.results.iter().rev().find_map(|result| result.errors.first());
        fault.map(|fault| plain(&fault.message)).unwrap_or_default()
    };
    let (status, expected) = (run.status.as_str(), run.expected_status.as_str());
    let Some(last) = statuses.last() else { return (Verdict::NotRun, "it was listed, and never run".to_owned()) };
    if statuses.contains(&"interrupted") || last.is_empty() {
        return (Verdict::Interrupted, failure());
    }
    match (status, expected, *last) {
        ("expected", "passed", _) if statuses.iter().all(|status| *status == "passed") => {
            (Verdict::Passed, String::new())
        }
        ("flaky", "passed", "passed") => {
            let tries = statuses.len();
            (Verdict::Flaky, format!("it passed at try {tries}; before: {}", failure()))
        }
        ("expected", "failed", "failed" | "timedOut") => (Verdict::FailsAsExpected, failure()),
        ("skipped", _, "skipped") | ("expected", "skipped", "skipped") => (Verdict::Skipped, reason(run)),
        ("unexpected" | "flaky", "failed", "passed") => {
            (Verdict::Failed, "it passed, and was expected to fail: take its test.fail() away".to_owned())
        }
        ("unexpected" | "flaky", _, "timedOut") => (Verdict::Failed, format!("it took too long: {}", failure())),
        ("unexpected" | "flaky", ..) => (Verdict::Failed, failure()),
        // whatever doesn't fit together is no pass
        _ => (Verdict::Failed, format!("the report says {status}, but its last try {last}: it contradicts itself")),
    }
}

/// Why a test was left out, as far as it says so.
fn reason(run: &Run) -> String {
    let said = run.annotations.iter().find(|annotation| matches!(annotation.kind.as_str(), "skip" | "fixme"));
    match said {
        Some(Annotation { description: Some(text), .. }) => plain(text),
        Some(annotation) => annotation.kind.clone(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn run(status: &str, expected: &str, results: &[&str]) -> Value {
        let results: Vec<_> = results
            .iter()
            .map(|status| json!({ "status": status, "errors": [{ "message": "\u{1b}[31mno\u{1b}[0m luck\nat 1" }] }))
            .collect();
        json!({ "projectName": "desk", "status": status, "expectedStatus": expected, "results": results,
            "annotations": [{ "type": "checklist", "description": "flow-7" }] })
    }

    fn report(runs: &[Value]) -> Value {
        let spec = json!({ "title": "invites @seller", "ok": true, "tags": ["team", "seller"], "tests": runs });
        json!({ "config": {}, "errors": [], "stats": { "startTime": "2026-11-25T13:05:29.733Z", "expected": 9 },
            "suites": [{ "title": "a.spec.js", "specs": [], "suites": [{ "title": "teams @team", "specs": [spec] }] }] })
    }

    fn only(run: Value) -> Test {
        read(report(&[run]).to_string().as_bytes()).unwrap().tests.remove(0)
    }

    #[test]
    fn a_test_is_judged_by_its_results_and_never_by_ok() {
        for (status, expected, results, verdict) in [
            ("expected", "passed", &["passed"][..], Verdict::Passed),
            ("flaky", "passed", &["failed", "passed"], Verdict::Flaky),
            ("unexpected", "passed", &["failed", "failed"], Verdict::Failed),
            ("unexpected", "passed", &["timedOut"], Verdict::Failed),
            ("unexpected", "failed", &["passed"], Verdict::Failed),
            ("expected", "failed", &["failed"], Verdict::FailsAsExpected),
            ("skipped", "skipped", &["skipped"], Verdict::Skipped),
            ("skipped", "passed", &[], Verdict::NotRun),
            ("expected", "passed", &[], Verdict::NotRun),
            ("skipped", "passed", &["interrupted"], Verdict::Interrupted),
            ("unexpected", "passed", &["failed", "interrupted"], Verdict::Interrupted),
            ("expected", "passed", &["skipped"], Verdict::Failed),
            ("expected", "passed", &["failed", "passed"], Verdict::Failed),
            ("splendid", "passed", &["passed"], Verdict::Failed),
        ] {
            assert_eq!(only(run(status, expected, results)).verdict, verdict, "{status} {expected} {results:?}");
        }
    }

    #[test]
    fn titles_tags_names_and_the_start_are_read() {
        let told = read(report(&[run("unexpected", "passed", &["failed"])]).to_string().as_bytes()).unwrap();
        let test = &told.tests[0];
        assert_eq!(test.full_title(), "[desk] a.spec.js › teams @team › invites @seller");
        assert_eq!((test.tags.join(" "), test.names.join(" ")), ("team seller".to_owned(), "flow-7".to_owned()));
        assert_eq!(test.why, "no luck");
        assert_eq!(told.began, Some(1_795_611_929_733));
    }

    #[test]
    fn what_is_cut_off_empty_or_something_else_says_so() {
        let whole = report(&[run("expected", "passed", &["passed"])]).to_string();
        for end in 1..whole.len() {
            let told = read(&whole.as_bytes()[..end]);
            assert!(matches!(told, Err(NotAReport::CutOff(_))), "{end}: {told:?}");
        }
        assert_eq!(read(b" \n"), Err(NotAReport::Empty));
        for other in ["<html></html>", "{}", "[]", "{\"suites\":{}}", "null", "{\"suites\":[]}"] {
            assert!(matches!(read(other.as_bytes()), Err(NotAReport::Other { .. })), "{other}");
        }
        let deep = format!("{{\"stats\":{{}},\"suites\":{}", "[{\"suites\":".repeat(5_000));
        assert!(matches!(read(deep.as_bytes()), Err(NotAReport::Other { .. })));
    }

    #[test]
    fn more_tests_than_are_read_are_refused() {
        let many = vec![run("expected", "passed", &["passed"]); 100];
        let mut report = report(&many);
        let spec = report.pointer("/suites/0/suites/0/specs/0").cloned().unwrap();
        *report.pointer_mut("/suites/0/suites/0/specs").unwrap() = vec![spec; 501].into();
        let told = read(report.to_string().as_bytes());
        assert!(matches!(told, Err(NotAReport::TooLarge { .. })));
    }
}
