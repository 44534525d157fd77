//! What every deployed artefact that reports the flag reads.

use super::ask::Question;
use super::{Reading, Told, seen};
use crate::plan::flag::{OfrepFlag, Report, ReportBy, text};
use crate::plan::{Flag, Plan};
use crate::port::real::{HTTP_PATIENCE, RealWorld, repo_of};
use crate::rollout::observed::ReportSeen;

impl RealWorld {
    /// What every deployed artefact that reports the flag reads.
    pub(super) async fn report_readings(&self, plan: &Plan) -> Vec<Reading> {
        let Some(flag) = &plan.document().flag else { return Vec::new() };
        let reports = plan.repos().iter().filter_map(|repo| Some((repo, repo.reports.as_ref()?.flag.as_ref()?)));
        let asked = reports.map(async |(repo, report)| self.reading(plan, flag, repo.name.as_str(), report).await);
        futures_util::future::join_all(asked).await
    }

    /// What one artefact reads.
    pub(in crate::port::real) async fn flag_of(
        &self,
        plan: &Plan,
        name: &crate::plan::RepoName,
    ) -> Result<ReportSeen, String> {
        let repo = repo_of(plan, name)?;
        let report = repo.reports.as_ref().and_then(|reports| reports.flag.as_ref());
        let (report, flag) = report.zip(plan.document().flag.as_ref()).ok_or("it doesn't report the flag")?;
        let Reading { told, states, .. } = self.reading(plan, flag, name.as_str(), report).await;
        match seen(told) {
            (Some(value), why) => Ok(ReportSeen { value, states, why }),
            (None, why) => Err(why.unwrap_or_default()),
        }
    }

    async fn reading(&self, plan: &Plan, flag: &Flag, name: &str, report: &Report) -> Reading {
        let told = match report.asked() {
            ReportBy::Ofrep { ofrep, context, headers } => {
                let server = OfrepFlag { ofrep, headers };
                self.evaluated(&server.address(&flag.key), &flag.key, context.as_ref(), &server.headers).await
            }
            ReportBy::Http { http, pointer, method, headers, body } => {
                let question = Question {
                    method: &method,
                    address: &http,
                    body: body.as_deref(),
                    headers: &headers,
                    when_absent: "nothing is at this address: correct `reports.flag`, or deploy what answers there",
                };
                self.value_at(&question, &pointer).await
            }
            ReportBy::Command { command } => self.printed(plan, &command, "{}").await,
        };
        let states = match &told {
            Ok(Told::Value(value)) => report.states(flag, value),
            Ok(Told::CodeDefault(_)) | Err(_) => Vec::new(),
        };
        Reading { name: name.to_owned(), told, states }
    }

    /// The text at an address and a pointer into its answer.
    pub(in crate::port::real) async fn reported(&self, address: &str) -> Result<String, String> {
        let value = self.http.json_pointer(address, HTTP_PATIENCE).await.map_err(|fault| fault.to_string())?;
        Ok(text(&value))
    }
}
