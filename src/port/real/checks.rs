//! Checks: an address that must answer, a command that must exit 0. A check that can't be asked fails.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::command::{end_words, last_line};
use super::settle::given;
use super::{HTTP_PATIENCE, RealWorld, tell};
use crate::plan::check::Question;
use crate::plan::{Check, Command, Plan, Words};
use crate::port::http;
use crate::port::process::{End, Order, Tail};
use crate::port::world::{Job, Performed};
use crate::rollout::event::Trace;

/// How long what was just deployed may take to become healthy.
const HEALTHY: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(500);

/// How a check went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Checked {
    name: String,
    /// What was seen, or what was wrong.
    said: Result<String, String>,
}

impl Checked {
    pub(super) fn is_good(&self) -> bool {
        self.said.is_ok()
    }

    /// One line for it while it is waited for.
    fn not_yet(&self) -> String {
        let (Ok(said) | Err(said)) = &self.said;
        format!("not yet {}: {said}", self.name)
    }

    /// One line for it.
    pub(super) fn line(&self) -> String {
        match &self.said {
            Ok(said) => format!("ok      {}: {said}", self.name),
            Err(why) => format!("failed  {}: {why}", self.name),
        }
    }
}

impl RealWorld {
    /// Makes every check until it is good or has had its time, and tells of each as it ends.
    pub(super) async fn smoked(&self, job: &Job, checks: &[Check], commands: &[Option<Command>]) -> Performed {
        let tail = Tail::default();
        tell(&job.line, &job.step, &tail).await;
        let since = Instant::now();
        let mut orders = job.orders.clone();
        let mut all = Vec::new();
        for (index, check) in checks.iter().enumerate() {
            let command = commands.get(index).and_then(Option::as_ref);
            let made = tokio::select! {
                made = self.patient(job, check, command, since, &tail) => made,
                order = given(&mut orders) => return stopped(order, &all),
            };
            tail.say(&made.line());
            all.push(made);
        }
        let lines: Vec<String> = all.iter().map(Checked::line).collect();
        let bad: Vec<&str> = all.iter().filter(|made| !made.is_good()).map(|made| made.name.as_str()).collect();
        if bad.is_empty() {
            return Performed::Ok { evidence: lines };
        }
        let why = format!("{} of {} checks failed: {}", bad.len(), all.len(), bad.join(", "));
        Performed::Failed { effect: Trace::None, why, tail: lines, found: None }
    }

    /// An address gets time to become healthy, and what is being rolled out all the time of its step; a command runs once.
    async fn patient(
        &self,
        job: &Job,
        check: &Check,
        command: Option<&Command>,
        since: Instant,
        tail: &Tail,
    ) -> Checked {
        let limit = job.action.limit.duration();
        let patience = match &check.question {
            Question::Http { contains: Some(_), .. } if job.action.identity.verb == "deploy" => limit,
            Question::Http { .. } => HEALTHY.min(limit),
            Question::Command { .. } => Duration::ZERO,
        };
        let mut is_told = false;
        loop {
            let made = self.checked(&job.plan, check, command, limit).await;
            if made.is_good() || since.elapsed() + PAUSE > patience {
                return made;
            }
            if !is_told {
                is_told = true;
                tail.say(&made.not_yet());
            }
            sleep(PAUSE).await;
        }
    }

    /// Makes all checks once, together.
    pub(super) async fn round(
        &self,
        plan: &Plan,
        checks: &[Check],
        commands: &[Option<Command>],
        limit: Duration,
    ) -> Vec<Checked> {
        let asked = checks.iter().enumerate().map(|(index, check)| {
            let command = commands.get(index).and_then(Option::as_ref);
            self.checked(plan, check, command, limit)
        });
        futures_util::future::join_all(asked).await
    }

    async fn checked(&self, plan: &Plan, check: &Check, command: Option<&Command>, limit: Duration) -> Checked {
        let said = match (&check.question, command) {
            (Question::Http { http, status, contains }, _) => self.answers(http, *status, contains.as_deref()).await,
            (Question::Command { .. }, Some(command)) => self.passes(plan, command, limit).await,
            (Question::Command { .. }, None) => Err("the plan gives it no place to run".to_owned()),
        };
        Checked { name: check.name.clone(), said }
    }

    async fn answers(&self, address: &str, status: u16, contains: Option<&str>) -> Result<String, String> {
        let answer = self.answered_with(address, status).await?;
        let body = String::from_utf8_lossy(&answer.body);
        match contains {
            Some(text) if !body.contains(text) => Err(format!("{address} answers {status}, but not with {text:?}")),
            Some(text) => Ok(format!("{address} answers {status} with {text:?}")),
            None => Ok(format!("{address} answers {status}")),
        }
    }

    /// What an address itself answers, with this status; the page that it leads to proves nothing about it.
    pub(super) async fn answered_with(&self, address: &str, status: u16) -> Result<http::Answer, String> {
        let asked = self.http.get_itself(address, HTTP_PATIENCE).await;
        let answer = asked.map_err(|fault| format!("{address}: {fault}"))?;
        if answer.status == status {
            return Ok(answer);
        }
        let leads = answer.leads_to.map(|to| format!(": it leads to {}", to.chars().take(80).collect::<String>()));
        Err(format!("{address} answers {}, not {status}{}", answer.status, leads.unwrap_or_default()))
    }

    async fn passes(&self, plan: &Plan, command: &Command, limit: Duration) -> Result<String, String> {
        let ended = self.ask_command(plan, command, Words::default(), limit).await?;
        let line = last_line(&ended.tail);
        let said = if line.is_empty() { end_words(ended.end) } else { format!("{}: {line}", end_words(ended.end)) };
        if ended.end == End::Exited(0) { Ok(said) } else { Err(said) }
    }
}

fn stopped(order: Order, made: &[Checked]) -> Performed {
    match order {
        Order::LetGo => Performed::LetGo,
        Order::Run | Order::Cancel => Performed::Failed {
            effect: Trace::None,
            why: "it was cancelled".to_owned(),
            tail: made.iter().map(Checked::line).collect(),
            found: None,
        },
    }
}
