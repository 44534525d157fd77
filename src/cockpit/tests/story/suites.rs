//! A release whose flows are walked through by tests before anything moves.

use super::*;
use crate::suite::record::{Met, TagSet};
use crate::suite::{Counts, Item, Record, Verdict};

const COVERAGE: &str = r#"
[coverage]
dimensions = ["team", "plan", "invite"]
values     = { plan = ["free", "enterprise-with-invoices"] }
except     = [["plan=free", "invite"]]
"#;

const FLOWS: &str = r#"
[[step]]
id    = "flows"
stage = "Across the repositories"
title = "Walk through what people do"
smoke = { suite = { playwright = ["bin/e2e"], repo = "agentguard-web", required = ["a seller invites", "@renewal", "flow-7", "flow-8", "flow-9"] } }

"#;

fn item(name: &str, verdict: Verdict, why: &str) -> Item {
    Item { name: name.into(), verdict, why: why.into() }
}

/// Which tags met: team with a free plan passed, team with an invitation failed, all else was met by no test.
fn met() -> Met {
    let tags = ["team", "plan=free", "plan=enterprise-with-invoices", "invite"].map(str::to_owned).to_vec();
    let sets = vec![TagSet { tags: 0b0011, passed: 2, other: 0 }, TagSet { tags: 0b1001, passed: 0, other: 1 }];
    Met { tags, sets, too_many: false }
}

/// A run in which everything went otherwise than it should.
fn spoilt() -> Record {
    let required = vec![
        item("a seller invites", Verdict::Failed, "Error: expect(locator).toHaveText(expected) failed"),
        item("@renewal", Verdict::Absent, "no test has that name, id or tag"),
        item("flow-7", Verdict::Skipped, "not today"),
        item("flow-8", Verdict::Flaky, "it passed at try 2 of 2"),
        item("flow-9", Verdict::Passed, ""),
    ];
    let others = vec![
        item("teams › a member leaves", Verdict::Interrupted, "the run ended before it did"),
        item("teams › an owner is replaced by somebody who was invited the same day", Verdict::NotRun, ""),
        item("teams › seats run out", Verdict::FailsAsExpected, ""),
    ];
    let counts =
        Counts { passed: 212, flaky: 1, failed: 1, interrupted: 1, skipped: 1, fails_as_expected: 1, not_run: 1 };
    let troubles = vec!["the reporter counts 219 tests, and its list has 218".to_owned()];
    let report = Some(Digest::of(b"report"));
    Record { counts, required, others, more: 4, troubles, report, met: Some(met()), ..Record::default() }
}

impl Story {
    /// The same release with a suite of tests as its first step.
    pub(in crate::cockpit::tests) fn with_tests() -> Self {
        let plan = include_str!("../release.toml").replacen("[[step]]\n", &format!("{FLOWS}[[step]]\n"), 1);
        Self::of(toml::from_str(&format!("{plan}{COVERAGE}")).unwrap())
    }

    /// Its tests ran, and proved little.
    pub(in crate::cockpit::tests) fn with_spoilt_tests() -> Self {
        let mut story = Self::with_tests();
        story.judge("flows").approve("flows").act("flows", 1, None).wait(95_000);
        let record = spoilt();
        let why = record.complaint();
        story.fact("flows", Fact::SuiteRan(Box::new(record)));
        story.end("flows", 1, Outcome::Failed { effect: Trace::None, why, tail: Vec::new() });
        story.tell(Draft::release(Fact::Held { reason: "step flows failed".into() }));
        story
    }

    /// Its tests ran and passed, and one intersection is met by none.
    pub(in crate::cockpit::tests) fn with_tests_that_passed() -> Self {
        let mut story = Self::with_tests();
        let spoilt = spoilt();
        let passed = |item: &Item| Item { verdict: Verdict::Passed, why: String::new(), ..item.clone() };
        let record = Record {
            counts: Counts { passed: 218, ..Counts::default() },
            required: spoilt.required.iter().map(passed).collect(),
            report: spoilt.report,
            met: spoilt.met,
            ..Record::default()
        };
        story.judge("flows").approve("flows").act("flows", 1, None).wait(95_000);
        story.fact("flows", Fact::SuiteRan(Box::new(record)));
        story.end("flows", 1, Outcome::Ok { evidence: vec!["218 passed".into()] });
        story
    }
}
