//! Commit statuses and check runs, as forges tell them: GitHub (REST 2022-11-28), GitLab (commits API), Gitea and Forgejo
//! (`CommitStatus`). What isn't plainly a success isn't passed, and what doesn't fit together is said.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::plan::ci::List;

/// What a status or check says of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It succeeded.
    Passed,
    /// It failed.
    Failed,
    /// It isn't over.
    Pending,
    /// It was left out.
    Skipped,
    /// It ended without a verdict.
    Neutral,
    /// It was cancelled.
    Cancelled,
    /// It was given up, because nothing more was heard of it.
    Stale,
    /// It took too long.
    TimedOut,
    /// It waits for a person.
    ActionRequired,
    /// Something that this build doesn't know.
    Other(String),
}

impl State {
    /// Its word.
    pub fn word(&self) -> &str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Pending => "pending",
            Self::Skipped => "skipped",
            Self::Neutral => "neutral",
            Self::Cancelled => "cancelled",
            Self::Stale => "stale",
            Self::TimedOut => "timed out",
            Self::ActionRequired => "waits for a person",
            Self::Other(word) => word,
        }
    }

    /// From a forge's own word for a status or a conclusion.
    fn of(word: &str) -> Self {
        match word {
            "success" => Self::Passed,
            "failure" | "failed" | "error" | "startup_failure" => Self::Failed,
            "pending"
            | "queued"
            | "in_progress"
            | "requested"
            | "created"
            | "running"
            | "preparing"
            | "scheduled"
            | "waiting"
            | "waiting_for_resource"
            | "waiting_for_callback" => Self::Pending,
            "skipped" => Self::Skipped,
            "neutral" | "warning" => Self::Neutral,
            "cancelled" | "canceled" | "canceling" => Self::Cancelled,
            "stale" => Self::Stale,
            "timed_out" => Self::TimedOut,
            "action_required" | "manual" => Self::ActionRequired,
            other => Self::Other(format!("{other:?}, whatever that means")),
        }
    }
}

/// A status or check at a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Its context or name.
    pub name: String,
    /// Who says it, where several may say the same name.
    pub by: String,
    /// Rises from one report of it to the next.
    pub id: u64,
    /// What it says.
    pub state: State,
}

/// A part of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// What stands on it.
    pub statuses: Vec<Status>,
    /// How many there are in all, where it says so.
    pub total: Option<u64>,
}

/// Reads a page of a list at a commit.
pub fn page(list: List, sha: &str, bytes: &[u8]) -> Result<Page, String> {
    match list {
        List::GithubStatuses => {
            let combined: Combined = json(bytes)?;
            same(sha, combined.sha.as_deref())?;
            let statuses = combined.statuses.into_iter().map(|told| told.status("a status")).collect();
            Ok(Page { statuses, total: combined.total_count })
        }
        List::GithubChecks => {
            let checks: Checks = json(bytes)?;
            checks.check_runs.iter().try_for_each(|check| same(sha, check.head_sha.as_deref()))?;
            let statuses = checks.check_runs.into_iter().map(Check::status).collect();
            Ok(Page { statuses, total: checks.total_count })
        }
        List::GitlabStatuses => {
            let told: Vec<Told> = json(bytes)?;
            told.iter().try_for_each(|told| same(sha, told.sha.as_deref()))?;
            Ok(Page { statuses: told.into_iter().map(Told::job).collect(), total: None })
        }
        List::GiteaStatuses => {
            // none are told as null
            let told: Option<Vec<Told>> = json(bytes)?;
            let told = told.unwrap_or_default();
            Ok(Page { statuses: told.into_iter().map(|told| told.status("a status")).collect(), total: None })
        }
    }
}

fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    if bytes.trim_ascii_start().starts_with(b"<") {
        return Err("it answers with a web page instead of JSON: is this the address of its API?".to_owned());
    }
    serde_json::from_slice(bytes).map_err(|error| format!("its answer isn't what its API promises: {error}"))
}

fn same(asked: &str, told: Option<&str>) -> Result<(), String> {
    match told {
        Some(told) if told != asked => Err(format!("it was asked about {asked} and tells of {told}")),
        Some(_) | None => Ok(()),
    }
}

#[derive(Debug, Deserialize)]
struct Combined {
    sha: Option<String>,
    total_count: Option<u64>,
    statuses: Vec<Told>,
}

/// A status; GitHub and Gitea call its name a context, GitHub calls what it says a state.
#[derive(Debug, Deserialize)]
struct Told {
    id: u64,
    #[serde(alias = "context")]
    name: String,
    #[serde(alias = "state")]
    status: String,
    sha: Option<String>,
    #[serde(rename = "ref")]
    branch: Option<String>,
}

impl Told {
    /// A job of GitLab: a commit may have pipelines of several refs (a branch and its merge request), each with its own.
    fn job(self) -> Status {
        let by = self.branch.as_ref().map_or_else(|| "a job".to_owned(), |branch| format!("a job of {branch}"));
        self.status(&by)
    }

    fn status(self, by: &str) -> Status {
        Status { name: self.name, by: by.to_owned(), id: self.id, state: State::of(&self.status) }
    }
}

#[derive(Debug, Deserialize)]
struct Checks {
    total_count: Option<u64>,
    check_runs: Vec<Check>,
}

#[derive(Debug, Deserialize)]
struct Check {
    id: u64,
    name: String,
    head_sha: Option<String>,
    status: String,
    conclusion: Option<String>,
    app: Option<App>,
    #[serde(rename = "check_suite")]
    suite: Option<Suite>,
}

/// What one run of one workflow is to GitHub: a check that is run again stays in its suite.
#[derive(Debug, Deserialize)]
struct Suite {
    id: u64,
}

#[derive(Debug, Deserialize)]
struct App {
    slug: Option<String>,
}

impl Check {
    fn status(self) -> Status {
        let state = match (self.status.as_str(), self.conclusion.as_deref()) {
            ("completed", Some(conclusion)) => State::of(conclusion),
            ("completed", None) => State::Other("completed without a conclusion".to_owned()),
            (status, _) => match State::of(status) {
                // only what is completed can have passed
                State::Passed => State::Other(format!("{status:?}, and not completed")),
                other => other,
            },
        };
        let app = self.app.and_then(|app| app.slug).unwrap_or_default();
        let suite = self.suite.map(|suite| format!(" in suite {}", suite.id)).unwrap_or_default();
        Status { name: self.name, by: format!("a check by {app}{suite}"), id: self.id, state }
    }
}

/// The statuses of a commit, gathered page by page.
#[derive(Debug, Clone, Default)]
pub struct Statuses {
    all: Vec<Status>,
    seen: BTreeSet<(String, u64)>,
}

impl Statuses {
    /// Takes a page; how many of its statuses weren't there before.
    pub fn add(&mut self, page: Page) -> usize {
        let mut fresh = 0;
        for status in page.statuses {
            if self.seen.insert((status.by.clone(), status.id)) {
                fresh += 1;
                self.all.push(status);
            }
        }
        fresh
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The latest that each of those who say a name says of it.
    fn latest(&self, name: &str) -> Vec<&Status> {
        let mut latest: BTreeMap<&str, &Status> = BTreeMap::new();
        for status in self.all.iter().filter(|status| status.name == name) {
            let kept = latest.entry(&status.by).or_insert(status);
            if status.id > kept.id {
                *kept = status;
            }
        }
        latest.into_values().collect()
    }

    /// Whether every one of these passed, and what each says.
    pub fn judge(&self, contexts: &[String]) -> (bool, String) {
        if self.all.is_empty() {
            return (false, "there are no statuses at this commit: nothing has passed".to_owned());
        }
        let mut holds = !contexts.is_empty();
        let mut said = Vec::new();
        for context in contexts {
            let latest = self.latest(context);
            holds &= !latest.is_empty() && latest.iter().all(|status| status.state == State::Passed);
            said.push(match latest.as_slice() {
                [] => format!("{context}: absent"),
                [one] => format!("{context}: {}", one.state.word()),
                several => {
                    let each: Vec<String> =
                        several.iter().map(|status| format!("{} ({})", status.state.word(), status.by)).collect();
                    format!("{context}: {}", each.join(", "))
                }
            });
        }
        (holds, said.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA: &str = "1111111111111111111111111111111111111111";

    fn statuses(list: List, text: &str) -> Statuses {
        let mut statuses = Statuses::default();
        statuses.add(page(list, SHA, text.as_bytes()).unwrap());
        statuses
    }

    fn judged(list: List, text: &str) -> (bool, String) {
        statuses(list, text).judge(&["build".to_owned()])
    }

    fn check(status: &str, conclusion: &str) -> String {
        format!(
            r#"{{"total_count":1,"check_runs":[{{"id":1,"name":"build","head_sha":"{SHA}","status":"{status}","conclusion":{conclusion},"app":{{"slug":"ci"}}}}]}}"#
        )
    }

    #[test]
    fn only_a_completed_success_has_passed() {
        for (status, conclusion, holds, word) in [
            ("completed", "\"success\"", true, "passed"),
            ("completed", "\"failure\"", false, "failed"),
            ("completed", "\"neutral\"", false, "neutral"),
            ("completed", "\"skipped\"", false, "skipped"),
            ("completed", "\"cancelled\"", false, "cancelled"),
            ("completed", "\"stale\"", false, "stale"),
            ("completed", "\"timed_out\"", false, "timed out"),
            ("completed", "\"action_required\"", false, "waits for a person"),
            ("completed", "null", false, "completed without a conclusion"),
            ("queued", "null", false, "pending"),
            ("in_progress", "\"success\"", false, "pending"),
            ("success", "\"success\"", false, "\"success\", and not completed"),
            ("completed", "\"great\"", false, "\"great\", whatever that means"),
        ] {
            let told = judged(List::GithubChecks, &check(status, conclusion));
            assert_eq!(told, (holds, format!("build: {word}")), "{status} {conclusion}");
        }
    }

    #[test]
    fn each_forge_tells_in_its_own_words() {
        let github = r#"{"state":"success","sha":"1111111111111111111111111111111111111111","total_count":1,"statuses":[{"id":5,"context":"build","state":"success"}]}"#;
        assert!(judged(List::GithubStatuses, github).0);
        let gitlab = r#"[{"id":1,"name":"build","status":"success","sha":"1111111111111111111111111111111111111111","allow_failure":false},{"id":2,"name":"x","status":"manual"}]"#;
        assert!(judged(List::GitlabStatuses, gitlab).0);
        let gitea = r#"[{"id":1,"context":"build","status":"failure"},{"id":2,"context":"build","status":"success"}]"#;
        assert!(judged(List::GiteaStatuses, gitea).0, "the latest counts");
        let gitea = r#"[{"id":3,"context":"build","status":"warning"},{"id":2,"context":"build","status":"success"}]"#;
        assert_eq!(judged(List::GiteaStatuses, gitea), (false, "build: neutral".to_owned()));
        assert!(!judged(List::GiteaStatuses, "null").0);
    }

    #[test]
    fn none_at_all_and_an_absent_one_are_not_green() {
        let none = r#"{"state":"pending","total_count":0,"statuses":[]}"#;
        assert!(judged(List::GithubStatuses, none).1.contains("no statuses"));
        let other = r#"{"total_count":1,"statuses":[{"id":5,"context":"lint","state":"success"}]}"#;
        assert_eq!(judged(List::GithubStatuses, other), (false, "build: absent".to_owned()));
    }

    #[test]
    fn a_name_that_two_say_must_pass_with_both() {
        let mut both = statuses(List::GithubChecks, &check("completed", "\"success\""));
        let status = r#"{"statuses":[{"id":5,"context":"build","state":"failure"}]}"#;
        both.add(page(List::GithubStatuses, SHA, status.as_bytes()).unwrap());
        let (holds, said) = both.judge(&["build".to_owned()]);
        assert!(!holds);
        assert_eq!(said, "build: passed (a check by ci), failed (a status)");
    }

    #[test]
    fn a_name_that_two_workflows_or_pipelines_have_must_pass_in_both() {
        let check = |id: u64, conclusion: &str, suite: u64| {
            format!(
                r#"{{"id":{id},"name":"build","status":"completed","conclusion":"{conclusion}","app":{{"slug":"ci"}},"check_suite":{{"id":{suite}}}}}"#
            )
        };
        let both =
            |one: String, other: String| judged(List::GithubChecks, &format!(r#"{{"check_runs":[{one},{other}]}}"#));
        let (holds, said) = both(check(1, "failure", 11), check(2, "success", 12));
        assert!(!holds);
        assert_eq!(said, "build: failed (a check by ci in suite 11), passed (a check by ci in suite 12)");
        assert!(both(check(1, "failure", 11), check(2, "success", 11)).0, "run again");
        let jobs = r#"[{"id":1,"name":"build","status":"failed","ref":"main"},{"id":2,"name":"build","status":"success","ref":"refs/merge-requests/1/head"}]"#;
        assert!(!judged(List::GitlabStatuses, jobs).0);
    }

    #[test]
    fn another_commit_a_web_page_and_garbage_are_said() {
        let other = check("completed", "\"success\"").replace("1111", "2222");
        assert!(page(List::GithubChecks, SHA, other.as_bytes()).unwrap_err().contains("asked about"));
        assert!(page(List::GiteaStatuses, SHA, b"\n<!DOCTYPE html>").unwrap_err().contains("web page"));
        assert!(page(List::GitlabStatuses, SHA, b"{}").unwrap_err().contains("promises"));
    }
}
