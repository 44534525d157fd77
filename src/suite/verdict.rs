//! How tests went, and whether the flows that the plan requires are among those that passed.

use serde::{Deserialize, Serialize};

use super::record::{Counts, Item, Record};
use super::{Test, Told, plain};
use crate::plan::suite::Flaky;

/// How a test went. The gravest comes first: of several tests that answer to one name, the gravest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It was ended before it was over.
    Interrupted,
    /// It failed, in every try.
    Failed,
    /// There is no such test.
    Absent,
    /// It was listed, and never run.
    NotRun,
    /// It was left out.
    Skipped,
    /// It failed, and is meant to for the time being.
    FailsAsExpected,
    /// It failed, and passed when it was tried again.
    Flaky,
    /// It passed at once.
    Passed,
}

impl Verdict {
    /// Every verdict, the gravest first.
    pub const ALL: [Self; 8] = [
        Self::Interrupted,
        Self::Failed,
        Self::Absent,
        Self::NotRun,
        Self::Skipped,
        Self::FailsAsExpected,
        Self::Flaky,
        Self::Passed,
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
            Self::Absent => "absent",
            Self::NotRun => "not run",
            Self::Skipped => "skipped",
            Self::FailsAsExpected => "fails as expected",
            Self::Flaky => "flaky",
            Self::Passed => "passed",
        }
    }

    /// Whether a required flow may end so.
    pub fn suffices(self, flaky: Flaky) -> bool {
        match self {
            Self::Passed => true,
            Self::Flaky => flaky == Flaky::Allow,
            Self::Interrupted | Self::Failed | Self::Absent | Self::NotRun | Self::Skipped | Self::FailsAsExpected => {
                false
            }
        }
    }

    /// Whether a test that nobody requires spoils the run.
    pub fn spoils(self, flaky: Flaky) -> bool {
        match self {
            Self::Interrupted | Self::Failed => true,
            Self::Flaky => flaky == Flaky::Fail,
            Self::Absent | Self::NotRun | Self::Skipped | Self::FailsAsExpected | Self::Passed => false,
        }
    }
}

/// Holds what was told against what is required. What is wrong with the run as a whole stands among the troubles.
pub fn judge(told: &Told, required: &[String], flaky: Flaky) -> Record {
    let mut counts = Counts::default();
    for test in &told.tests {
        counts.add(test.verdict);
    }
    let mut record = Record { flaky, counts, ..Record::default() };
    record.troubles.extend(told.errors.iter().map(|error| plain(error)));
    if told.tests.is_empty() {
        record.troubles.push("no tests: a run without tests proves nothing".to_owned());
    } else if counts.passed + counts.flaky == 0 {
        record.troubles.push("not one test passed".to_owned());
    }
    record.required = required.iter().map(|name| required_one(told, name)).collect();
    let spoiled = told.tests.iter().filter(|test| test.verdict.spoils(flaky));
    let others = spoiled.filter(|test| !required.iter().any(|name| test.answers_to(name)));
    record.others =
        others.map(|test| Item { name: test.full_title(), verdict: test.verdict, why: test.why.clone() }).collect();
    record.others.sort_by_key(|item| item.verdict);
    record.bounded()
}

fn required_one(told: &Told, name: &str) -> Item {
    let gravest = told.tests.iter().filter(|test| test.answers_to(name)).min_by_key(|test| test.verdict);
    let Some(test) = gravest else {
        return Item { name: name.to_owned(), verdict: Verdict::Absent, why: "no test answers to it".to_owned() };
    };
    let place = if test.project.is_empty() { String::new() } else { format!("[{}] ", test.project) };
    let why = if test.verdict == Verdict::Passed { String::new() } else { format!("{place}{}", test.why) };
    Item { name: name.to_owned(), verdict: test.verdict, why: why.trim().to_owned() }
}

impl Test {
    /// Whether a name in the plan means this test: its title, its full title with or without file and project, a name that
    /// it was given for checklists, or a tag of it.
    pub fn answers_to(&self, name: &str) -> bool {
        if let Some(tag) = name.strip_prefix('@') {
            return self.tags.iter().any(|own| own == tag);
        }
        let (project, name) = match name.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
            Some((project, rest)) => (Some(project), rest),
            None => (None, name),
        };
        if project.is_some_and(|project| project != self.project) {
            return false;
        }
        if self.names.iter().any(|own| own == name) {
            return true;
        }
        let wanted = without_tags(name);
        let mut full = without_tags(&self.title);
        if full == wanted {
            return true;
        }
        self.around.iter().rev().any(|title| {
            full = format!("{} › {full}", without_tags(title));
            full == wanted
        })
    }

    /// Its titles from the file down, and its project.
    pub fn full_title(&self) -> String {
        let project = if self.project.is_empty() { String::new() } else { format!("[{}] ", self.project) };
        let titles: Vec<&str> = self.around.iter().chain([&self.title]).map(String::as_str).collect();
        format!("{project}{}", titles.join(" › "))
    }
}

/// A title without its tags, its spaces made single: what people call the test.
fn without_tags(title: &str) -> String {
    let words: Vec<&str> = title.split_whitespace().filter(|word| !word.starts_with('@')).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(title: &str, verdict: Verdict) -> Test {
        Test {
            project: "desk".to_owned(),
            around: vec!["a.spec.js".to_owned(), "teams @team".to_owned()],
            title: title.to_owned(),
            tags: vec!["team".to_owned()],
            names: vec!["flow-7".to_owned()],
            verdict,
            why: "because".to_owned(),
        }
    }

    fn told(tests: Vec<Test>) -> Told {
        Told { tests, ..Told::default() }
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_flow_is_found_by_all_that_people_call_it() {
        let test = test("a seller  invites @seller", Verdict::Passed);
        for name in [
            "a seller invites",
            "a seller invites @seller",
            "teams › a seller invites",
            "a.spec.js › teams › a seller invites",
            "[desk] a seller invites",
            "[desk] teams › a seller invites",
            "flow-7",
            "@team",
        ] {
            assert!(test.answers_to(name), "{name}");
        }
        for name in ["seller invites", "[phone] a seller invites", "@sell", "teams", "", "a.spec.js › a seller invites"]
        {
            assert!(!test.answers_to(name), "{name}");
        }
    }

    #[test]
    fn only_a_pass_suffices_and_each_other_end_keeps_its_word() {
        for verdict in Verdict::ALL {
            let told = told(vec![test("x", verdict), test("y", Verdict::Passed)]);
            for flaky in [Flaky::Fail, Flaky::Allow] {
                let record = judge(&told, &names(&["x"]), flaky);
                let good = verdict == Verdict::Passed || (verdict, flaky) == (Verdict::Flaky, Flaky::Allow);
                assert_eq!(record.is_good(), good, "{verdict:?} {flaky:?}");
                assert_eq!(record.required.first().map(|item| item.verdict), Some(verdict));
                assert!(good || record.complaint().contains(verdict.word()), "{}", record.complaint());
            }
        }
    }

    #[test]
    fn of_several_tests_of_one_name_the_gravest_counts() {
        let mut phone = test("x", Verdict::Skipped);
        phone.project = "phone".to_owned();
        let record = judge(&told(vec![test("x", Verdict::Passed), phone]), &names(&["x", "[desk] x"]), Flaky::Fail);
        let verdicts: Vec<_> = record.required.iter().map(|item| item.verdict).collect();
        assert_eq!(verdicts, [Verdict::Skipped, Verdict::Passed]);
    }

    #[test]
    fn no_tests_all_skipped_and_an_absent_flow_are_failures() {
        assert!(judge(&told(vec![]), &[], Flaky::Allow).complaint().contains("no tests"));
        let skipped = judge(&told(vec![test("x", Verdict::Skipped)]), &[], Flaky::Allow);
        assert!(skipped.complaint().contains("not one test passed"));
        let absent = judge(&told(vec![test("x", Verdict::Passed)]), &names(&["y"]), Flaky::Allow);
        assert!(!absent.is_good());
        assert!(absent.complaint().contains("y: absent"), "{}", absent.complaint());
    }

    #[test]
    fn a_test_that_nobody_requires_may_be_skipped_but_not_fail() {
        let fine = told(vec![test("x", Verdict::Passed), test("y", Verdict::Skipped), test("z", Verdict::NotRun)]);
        assert!(judge(&fine, &[], Flaky::Fail).is_good());
        for bad in [Verdict::Failed, Verdict::Interrupted, Verdict::Flaky] {
            let told = told(vec![test("x", Verdict::Passed), test("y", bad)]);
            let record = judge(&told, &[], Flaky::Fail);
            assert!(!record.is_good());
            assert_eq!(record.others.len(), 1);
        }
    }

    #[test]
    fn what_went_wrong_outside_of_tests_spoils_the_run() {
        let mut told = told(vec![test("x", Verdict::Passed)]);
        told.errors.push("\u{1b}[31mError: the web server didn't start\u{1b}[0m\nat x".to_owned());
        let record = judge(&told, &[], Flaky::Allow);
        assert_eq!(record.complaint(), "Error: the web server didn't start");
    }
}
