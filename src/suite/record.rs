//! What the ledger keeps of a run: counts, the required flows, what went badly, and which tags met in tests that passed.
//! Bounded, whatever a report holds: an event takes 64 KiB.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Told, Verdict, cut};
use crate::plan::Digest;
use crate::plan::coverage::Coverage;
use crate::plan::suite::{Flaky, MAX_REQUIRED};

/// How many tests that went badly are kept by name.
pub const MAX_OTHERS: usize = 30;
/// How many troubles are kept.
const MAX_TROUBLES: usize = 10;
/// The bytes that the sets of tags may take: room for five hundred tests of which no two have the same tags.
const MAX_SETS: usize = 16 * 1024;
/// The bytes of a name or a reason that are kept.
const MAX_TEXT: usize = crate::plan::suite::MAX_NAME;
/// The bytes that all of it may take.
const MAX_RECORD: usize = 60 * 1024;

/// What a run proved.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// What a flaky test meant.
    pub flaky: Flaky,
    /// How many tests went how.
    pub counts: Counts,
    /// The required flows, in the plan's order.
    pub required: Vec<Item>,
    /// Other tests that spoil the run, the gravest first.
    pub others: Vec<Item>,
    /// How many more there were.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: u32,
    /// What is wrong with the run as a whole.
    pub troubles: Vec<String>,
    /// The digest of the report; none where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<Digest>,
    /// Which tags met in its tests; none where the plan asks for no coverage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub met: Option<Met>,
}

// serde's skip_serializing_if passes a reference
#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// How many tests went how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Counts {
    /// Passed at once.
    pub passed: u32,
    /// Passed when tried again.
    pub flaky: u32,
    /// Failed.
    pub failed: u32,
    /// Ended before they were over.
    pub interrupted: u32,
    /// Left out.
    pub skipped: u32,
    /// Failed as expected.
    pub fails_as_expected: u32,
    /// Listed, and never run.
    pub not_run: u32,
}

/// A flow or a test, and how it went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its name.
    pub name: String,
    /// How it went.
    pub verdict: Verdict,
    /// Why it isn't a pass.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// Which tags met in the tests of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Met {
    /// The tags that were looked for.
    pub tags: Vec<String>,
    /// Each set of tags once.
    pub sets: Vec<TagSet>,
    /// Whether there were more sets than an event can keep: then nobody can say what is covered.
    #[serde(default)]
    pub too_many: bool,
}

/// Tags that met in one test. An event keeps it as `["1a", 3, 0]`: the tags as hexadecimal digits, passed, other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "(String, u32, u32)", try_from = "(String, u32, u32)")]
pub struct TagSet {
    /// The tags: a bit each, by their place among those that were looked for.
    pub tags: u64,
    /// How many tests with exactly these passed.
    pub passed: u32,
    /// How many didn't.
    pub other: u32,
}

impl From<TagSet> for (String, u32, u32) {
    fn from(set: TagSet) -> Self {
        (format!("{:x}", set.tags), set.passed, set.other)
    }
}

impl TryFrom<(String, u32, u32)> for TagSet {
    type Error = std::num::ParseIntError;

    fn try_from((tags, passed, other): (String, u32, u32)) -> Result<Self, Self::Error> {
        Ok(Self { tags: u64::from_str_radix(&tags, 16)?, passed, other })
    }
}

impl Counts {
    /// Counts one.
    pub fn add(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Passed => self.passed += 1,
            Verdict::Flaky => self.flaky += 1,
            Verdict::Failed => self.failed += 1,
            Verdict::Interrupted => self.interrupted += 1,
            Verdict::Skipped => self.skipped += 1,
            Verdict::FailsAsExpected => self.fails_as_expected += 1,
            Verdict::NotRun => self.not_run += 1,
            // what isn't there can't be counted
            Verdict::Absent => {}
        }
    }

    /// Each verdict that some test has, with how many.
    pub fn each(&self) -> Vec<(Verdict, u32)> {
        let all = [
            (Verdict::Passed, self.passed),
            (Verdict::Flaky, self.flaky),
            (Verdict::Failed, self.failed),
            (Verdict::Interrupted, self.interrupted),
            (Verdict::Skipped, self.skipped),
            (Verdict::FailsAsExpected, self.fails_as_expected),
            (Verdict::NotRun, self.not_run),
        ];
        all.into_iter().filter(|(_, count)| *count > 0).collect()
    }

    /// All of them on a line: "212 passed, 1 flaky".
    pub fn words(&self) -> String {
        let each: Vec<String> =
            self.each().iter().map(|(verdict, count)| format!("{count} {}", verdict.word())).collect();
        if each.is_empty() { "no tests".to_owned() } else { each.join(", ") }
    }
}

impl Record {
    /// A run that told nothing.
    pub fn of_nothing(why: String, required: &[String], flaky: Flaky) -> Self {
        let required = required.iter().map(|name| Item {
            name: name.clone(),
            verdict: Verdict::Absent,
            why: "there is no report that could tell".to_owned(),
        });
        Self { flaky, required: required.collect(), troubles: vec![why], ..Self::default() }.bounded()
    }

    /// Whether it proves what the plan requires.
    pub fn is_good(&self) -> bool {
        self.troubles.is_empty()
            && self.others.is_empty()
            && self.more == 0
            && self.required.iter().all(|item| item.verdict.suffices(self.flaky))
    }

    /// What is wrong, on a line; empty where nothing is.
    pub fn complaint(&self) -> String {
        let items = self.required.iter().filter(|item| !item.verdict.suffices(self.flaky)).chain(&self.others);
        let mut said: Vec<String> = self.troubles.clone();
        said.extend(items.map(Item::line));
        let (shown, rest) = said.split_at(said.len().min(6));
        let more = rest.len() + usize::try_from(self.more).unwrap_or(usize::MAX);
        let more = if more == 0 { String::new() } else { format!("; and {more} more") };
        format!("{}{more}", shown.join("; "))
    }

    /// The same with which tags met in its tests, so that coverage can be told from the ledger.
    #[must_use]
    pub fn with_met(mut self, told: &Told, coverage: Option<&Coverage>) -> Self {
        self.met = coverage.map(|coverage| Met::of(told, coverage, self.flaky));
        self.bounded()
    }

    /// The same with its texts changed: whatever a test prints may hold a secret.
    #[must_use]
    pub fn with_texts(mut self, change: impl Fn(&str) -> String) -> Self {
        for item in self.required.iter_mut().chain(&mut self.others) {
            item.name = change(&item.name);
            item.why = change(&item.why);
        }
        for trouble in &mut self.troubles {
            *trouble = change(trouble);
        }
        self
    }

    /// The same, no larger than an event can keep.
    pub(super) fn bounded(mut self) -> Self {
        let kept = self.others.len().min(MAX_OTHERS);
        self.more += u32::try_from(self.others.len() - kept).unwrap_or(u32::MAX);
        self.others.truncate(kept);
        self.required.truncate(MAX_REQUIRED);
        self.troubles.truncate(MAX_TROUBLES);
        for item in self.required.iter_mut().chain(&mut self.others) {
            item.name = cut(&item.name, MAX_TEXT);
            item.why = cut(&item.why, MAX_TEXT);
        }
        for trouble in &mut self.troubles {
            *trouble = cut(trouble, 2 * MAX_TEXT);
        }
        // what is escaped takes more room than it has bytes
        if serde_json::to_vec(&self).map_or(usize::MAX, |text| text.len()) > MAX_RECORD {
            for item in self.required.iter_mut().chain(&mut self.others) {
                item.why.clear();
            }
        }
        self
    }
}

impl Item {
    /// Name, verdict and reason on a line.
    pub fn line(&self) -> String {
        let why = if self.why.is_empty() { String::new() } else { format!(" ({})", self.why) };
        format!("{}: {}{why}", self.name, self.verdict.word())
    }
}

impl Met {
    fn of(told: &Told, coverage: &Coverage, flaky: Flaky) -> Self {
        let tags = coverage.tags();
        let mut sets: BTreeMap<u64, (u32, u32)> = BTreeMap::new();
        for test in &told.tests {
            let own = (0..)
                .zip(&tags)
                .filter(|(_, tag)| test.tags.iter().any(|own| is_same_tag(own, tag)))
                .fold(0, |own, (at, _)| own | super::coverage::bit(at));
            if own == 0 {
                continue;
            }
            let (passed, other) = sets.entry(own).or_default();
            if test.verdict.suffices(flaky) { *passed += 1 } else { *other += 1 }
        }
        let mut met = Self { tags, sets: Vec::new(), too_many: false };
        let mut room = MAX_SETS;
        for (tags, (passed, other)) in sets {
            let set = TagSet { tags, passed, other };
            let size = serde_json::to_vec(&set).map_or(MAX_SETS, |text| text.len() + 1);
            if size > room {
                met.too_many = true;
                break;
            }
            room -= size;
            met.sets.push(set);
        }
        met
    }
}

/// Tags are compared without regard to case; `team:yes` is `team=yes`.
fn is_same_tag(own: &str, wanted: &str) -> bool {
    let same = |(a, b): (char, char)| a.eq_ignore_ascii_case(&b) || (a == ':' && b == '=');
    own.chars().count() == wanted.chars().count() && own.chars().zip(wanted.chars()).all(same)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::{Test, judge};

    /// Some of the dimensions, others for each test.
    fn tags_of(at: usize, dimensions: u32) -> Vec<String> {
        let bits = (at as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (0..dimensions).filter(|bit| (bits >> (63 - bit)) & 1 == 1).map(|bit| format!("dimension-{bit}")).collect()
    }

    fn dimensions(count: u32) -> Coverage {
        let names: Vec<String> = (0..count).map(|at| format!("dimension-{at}")).collect();
        serde_json::from_value(serde_json::json!({ "dimensions": names })).unwrap()
    }

    #[test]
    fn five_hundred_tests_without_two_alike_are_kept_and_read_back() {
        let test = |at: usize| Test { tags: tags_of(at, 64), title: format!("flow {at}"), ..passed() };
        let told = Told { tests: (0..500).map(test).collect(), ..Told::default() };
        let record = judge(&told, &[], Flaky::Fail).with_met(&told, Some(&dimensions(64)));
        let met = record.met.as_ref().unwrap();
        assert!(!met.too_many);
        assert_eq!(met.sets.len(), 500);
        let text = serde_json::to_string(&record).unwrap();
        assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);
        assert!(serde_json::from_str::<TagSet>(r#"["1g", 1, 0]"#).is_err());
    }

    fn passed() -> Test {
        Test {
            project: String::new(),
            around: Vec::new(),
            title: String::new(),
            tags: Vec::new(),
            names: Vec::new(),
            verdict: Verdict::Passed,
            why: String::new(),
        }
    }

    #[test]
    fn whatever_a_report_holds_the_record_fits_into_an_event() {
        let long = "é".repeat(300);
        let test = |at: usize| Test {
            project: long.clone(),
            around: vec![long.clone()],
            title: format!("{at} {long}"),
            tags: tags_of(at, 64),
            names: vec![],
            verdict: if at.is_multiple_of(2) { Verdict::Failed } else { Verdict::Passed },
            why: long.clone(),
        };
        let told = Told { began: None, tests: (0..2000).map(test).collect(), errors: vec![long.clone(); 500] };
        let required: Vec<String> = (0..MAX_REQUIRED).map(|at| format!("{at} {long}")).collect();
        let coverage = dimensions(64);
        let record = judge(&told, &required, Flaky::Fail).with_met(&told, Some(&coverage));
        let size = serde_json::to_vec(&record).unwrap().len();
        assert!(size < 60 * 1024, "{size}");
        assert!(record.met.unwrap().too_many);
        assert!(record.more > 200);
    }

    #[test]
    fn a_tag_is_found_in_any_case_and_with_either_sign() {
        assert!(is_same_tag("Team", "team") && is_same_tag("invite:Link", "invite=link"));
        assert!(!is_same_tag("teams", "team") && !is_same_tag("invite", "invite=link"));
    }
}
