//! What others bring: a workflow that is started, and evidence that is waited for. Whoever brings it, only the effect's own
//! probe says that it is there.

use std::ffi::OsStr;
use std::fs::File;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::settle::{How, Try, given};
use super::tree::Use;
use super::{RealWorld, last_lines, now};
use crate::plan::argv::{Argv, WORDS};
use crate::plan::{Asking, Place, Plan, Probe, RepoName, Sha, Starting, StepId, Words};
use crate::port::http::{Answer, Letter};
use crate::port::process::{Environment, Order};
use crate::port::world::{Job, Performed};
use crate::rollout::event::{Finding, Trace};
use crate::rollout::observed::{Wait, WaitKind};

/// The longest that a workflow's starter may take to answer.
const ANSWERS: Duration = Duration::from_secs(60);
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

impl RealWorld {
    /// Whether a call can be made: its repository is where it was frozen, and its token is set.
    pub(super) async fn call_fit(&self, job: &Job, start: &Starting) -> Result<Vec<String>, String> {
        let Starting::Call { address, body, token, .. } = start else { return Ok(Vec::new()) };
        for text in std::iter::once(address).chain(body) {
            if let Some(word) = unfilled(text) {
                return Err(format!("{{{word}}} in the call has no value here: correct the plan"));
            }
        }
        if let Some(name) = token {
            self.token(name)?;
        }
        match subject(&job.action.probe) {
            Some((repo, sha)) => self.standing(&job.plan, repo, sha).await,
            None => Ok(Vec::new()),
        }
    }

    /// Starts a workflow elsewhere.
    pub(super) async fn dispatched(&self, job: &Job, lock: Option<&File>, start: &Starting) -> Try {
        match start {
            Starting::Command { command } => self.command(job, lock, command, Use::Ship, Words::default()).await,
            Starting::Call { address, method, body, token } => {
                let bearer = match token.as_ref().map(|name| self.token(name)).transpose() {
                    Ok(bearer) => bearer,
                    Err(why) => return Try::nothing(why),
                };
                let letter = Letter { address, method, body: body.as_deref(), bearer: bearer.as_deref(), headers: &[] };
                self.called(job, &letter).await
            }
        }
    }

    async fn called(&self, job: &Job, letter: &Letter<'_>) -> Try {
        match self.sent(job, letter).await {
            Ok(answer) => self.answer_of(&job.plan, &job.step, letter, &answer),
            Err(tried) => tried,
        }
    }

    /// Sends a call once, unless the owner ends it first; how the try ended where there is no answer.
    pub(super) async fn sent(&self, job: &Job, letter: &Letter<'_>) -> Result<Answer, Try> {
        let mut orders = job.orders.clone();
        let answer = tokio::select! {
            answer = self.http.send(letter, ANSWERS.min(job.action.limit.duration())) => answer,
            order = given(&mut orders) => return Err(match order {
                Order::LetGo => Try::ended(How::LetGo, "it was left running"),
                Order::Run | Order::Cancel => Try::ended(How::Unclear, "the call was cancelled; it may have arrived"),
            }),
        };
        answer.map_err(|fault| {
            let said = format!("{}: {fault}", letter.address);
            if fault.sent_nothing() { Try::nothing(said) } else { Try::ended(How::Unclear, &said) }
        })
    }

    fn answer_of(&self, plan: &Plan, step: &StepId, letter: &Letter<'_>, answer: &Answer) -> Try {
        let said = format!("{} {} answers {}", letter.method, letter.address, answer.status);
        let repo = plan.step(step).and_then(|step| plan.repo(step.verb.repo()?));
        let names = repo.map(|repo| repo.secrets.as_slice()).unwrap_or_default();
        // whatever answers may repeat what it was sent
        let (_, secrets, _) = Environment::with_secrets(&self.config.user_env, names);
        let body = secrets.redact(&answer.body);
        let tail = last_lines(&String::from_utf8_lossy(&body));
        let (how, said) = match answer.status {
            200..300 => (How::Well, said),
            300..400 => (How::Unclear, format!("{said}: a redirect, which isn't followed: correct the address")),
            // a gateway may say so of a workflow that has started
            403 | 408 | 409 | 425 | 429 => (How::Unclear, said),
            400..500 => (How::Refused, format!("{said}: refused")),
            _ => (How::Unclear, said),
        };
        let said = String::from_utf8_lossy(&secrets.redact(said.as_bytes())).into_owned();
        Try { how, said, tail }
    }

    pub(super) fn token(&self, name: &str) -> Result<String, String> {
        let value = self.config.user_env.get(OsStr::new(name));
        let value = value.ok_or_else(|| format!("{name} isn't set: export it, then try again"))?;
        value.to_str().map(|value| value.trim().to_owned()).ok_or_else(|| format!("{name} isn't UTF-8"))
    }

    /// Waits for what somebody else brings, within the action's limit.
    pub(super) async fn awaited_from(&self, job: &Job, who: &str, what: &str) -> Performed {
        let limit = job.action.limit;
        let (since, until) = (now(), Instant::now() + limit.duration());
        let failed = |why: String, found: Option<Finding>| Performed::Failed {
            effect: Trace::None,
            why,
            tail: Vec::new(),
            found,
        };
        let mut orders = job.orders.clone();
        let mut pause = FIRST_PAUSE;
        loop {
            let last = match self.finding(job, job.artifact.as_ref()).await {
                Finding::Present { evidence } => return Performed::Ok { evidence: vec![format!("{who}: {evidence}")] },
                Finding::Conflict { detail } => {
                    let why = format!("{who} was to {what}, but something else is there: {detail}");
                    return failed(why, Some(Finding::Conflict { detail }));
                }
                Finding::Absent { detail } => detail,
                Finding::Unknown { why } => format!("can't be told: {why}"),
            };
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let why = format!(
                    "{who} didn't bring it within {limit}: {what}; {last}. Ask them, or wait again: `flightdeck resume`"
                );
                return failed(why, None);
            }
            let what = format!("{who}: {what}");
            let wait = Wait { kind: WaitKind::Others, what, since, until: since + limit.millis(), last };
            self.tell_waiting(job, Some(wait)).await;
            tokio::select! {
                // asked once more at the very end
                () = sleep(pause.min(left)) => {}
                order = given(&mut orders) => return match order {
                    Order::LetGo => Performed::LetGo,
                    Order::Run | Order::Cancel => failed(format!("waiting for {who} was cancelled"), None),
                },
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

/// A template word that still stands in a text.
fn unfilled(text: &str) -> Option<&'static str> {
    let alone = Argv::try_from(vec!["call".to_owned(), text.to_owned()]).ok()?;
    WORDS.into_iter().find(|word| alone.names(word))
}

/// The repository and the commit that an effect is about.
fn subject(probe: &Probe) -> Option<(&RepoName, &Sha)> {
    let place = match probe {
        Probe::Started { evidence } => return subject(evidence),
        Probe::LocalBranch { repo, sha, .. }
        | Probe::RemoteBranch { repo, sha, .. }
        | Probe::RemoteTag { repo, sha, .. } => return Some((repo, sha)),
        Probe::Command { command } => &command.place,
        Probe::Package { package, .. } => match &package.asking {
            Asking::Command { probe, .. } => &probe.place,
            Asking::Index { place, .. } => place,
        },
        Probe::Repinned { .. } | Probe::Flag { .. } | Probe::Itself | Probe::Nothing => return None,
    };
    match place {
        Place::Worktree { repo, sha } => Some((repo, sha)),
        Place::Root => None,
    }
}
