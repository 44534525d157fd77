//! A suite of tests that a smoke step runs: what is run, where its report is, and which flows of it must pass.

use serde::{Deserialize, Serialize};

use super::seam::Glob;
use super::{Argv, RepoName};

/// A suite of tests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Suite {
    /// What is run.
    #[serde(flatten)]
    pub runs: Runs,
    /// The repository in whose clean worktree it runs; the root when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<RepoName>,
    /// Flows that must be there, run and pass: a test's title, its full title, its `checklist` annotation, or an `@tag`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = ["team with a seller invites"])]
    pub required: Vec<String>,
    /// What a test means that failed and then passed.
    #[serde(default)]
    pub flaky: Flaky,
}

/// What is run, and the report that tells how it went. Its exit status alone proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum Runs {
    /// Playwright, with its JSON report.
    Playwright {
        /// The Playwright command. `--reporter=list,json` is added unless it names a reporter itself; the report's place is
        /// told in `PLAYWRIGHT_JSON_OUTPUT_FILE`.
        #[schemars(example = ["npx", "playwright", "test"])]
        playwright: Argv,
        /// Where the command writes its JSON report if it can't be told where, relative to where it runs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(example = &"reports/e2e.json")]
        report: Option<String>,
    },
    /// Anything that writes JUnit XML.
    Junit {
        /// The command and its reports.
        junit: Junit,
    },
}

/// A command that writes JUnit XML.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Junit {
    /// The command.
    #[schemars(example = ["mvn", "verify"])]
    pub command: Argv,
    /// Its reports, relative to where it runs.
    #[schemars(example = &"target/*-reports/*.xml")]
    pub files: Glob,
}

/// What a flaky test means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Flaky {
    /// A failure.
    #[default]
    Fail,
    /// A pass, and it is said.
    Allow,
}

/// The reporters that a Playwright command gets which names none.
const REPORTERS: &str = "--reporter=list,json";

/// The most flows that a plan may require of one suite: what a screen shows and an event of the ledger can keep.
pub const MAX_REQUIRED: usize = 60;
/// The longest name of a flow, in bytes.
pub const MAX_NAME: usize = 160;

impl Suite {
    /// What is wrong with it beyond its types: where, and what.
    pub fn faults(&self) -> Vec<(Vec<String>, String)> {
        let mut faults = Vec::new();
        if self.required.len() > MAX_REQUIRED {
            let message = format!("a step requires at most {MAX_REQUIRED} flows; give the rest to another step");
            faults.push((vec!["required".to_owned()], message));
        }
        for (index, name) in self.required.iter().enumerate() {
            let mut blame = |message: &str| {
                faults.push((vec!["required".to_owned(), index.to_string()], message.to_owned()));
            };
            if name.trim().is_empty() {
                blame("a flow needs a name; write a test's title, or its @tag");
            } else if name.len() > MAX_NAME || name.chars().any(char::is_control) {
                blame("no test is called so; write its title on one line, at most 160 bytes of it");
            } else if self.required.iter().take(index).any(|other| other == name) {
                blame("this flow stands twice");
            }
        }
        if let Runs::Playwright { report: Some(report), .. } = &self.runs
            && !is_inside(report)
        {
            faults.push((vec!["report".to_owned()], "the report must be a path inside the worktree".to_owned()));
        }
        faults
    }

    /// The command exactly as it runs.
    pub fn argv(&self) -> Argv {
        match &self.runs {
            Runs::Junit { junit } => junit.command.clone(),
            Runs::Playwright { playwright, .. } => {
                let mut arguments = Vec::from(playwright.clone());
                if !arguments.iter().any(|argument| argument.starts_with("--reporter")) {
                    arguments.push(REPORTERS.to_owned());
                }
                Argv::try_from(arguments).unwrap_or_else(|_| playwright.clone())
            }
        }
    }
}

/// Whether a path can't lead out of where the command runs.
fn is_inside(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    !path.is_empty() && !path.contains('\0') && !path.starts_with('/') && !parts.contains(&"..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reporter_is_added_only_where_none_is_named() {
        let suite = |argv: &[&str]| {
            let value = serde_json::json!({ "playwright": argv });
            serde_json::from_value::<Suite>(value).unwrap().argv().to_string()
        };
        assert_eq!(suite(&["npx", "playwright", "test"]), "npx playwright test --reporter=list,json");
        assert_eq!(suite(&["bin/e2e", "--reporter=json"]), "bin/e2e --reporter=json");
    }
}
