//! `{ canary = "api", checks = 20, over = "10m" }`: what was deployed is asked again and again; a bad answer starts it over.
//!
//! Good checks are counted here and nowhere else: whoever starts anew counts from one. Only a judgement that stands in the
//! ledger spares the wait, for as long as it took, and then one more check must be good.

use tokio::time::{Instant, sleep};

use super::super::settle::given;
use super::super::{RealWorld, now};
use crate::plan::gate::Canary;
use crate::plan::{Command, Deployment, Repo, Scene, Sha};
use crate::port::process::End;
use crate::port::world::{GateJob, Judged, Signal};
use crate::rollout::observed::{Wait, WaitKind};

/// One check may not take longer than this.
const CHECK: std::time::Duration = std::time::Duration::from_secs(20);

/// How many checks in a row were good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Streak {
    good: u32,
    wanted: u32,
}

impl Streak {
    /// Takes a check's result; whether that was the last one needed.
    fn take(&mut self, good: bool) -> bool {
        self.good = if good { self.good + 1 } else { 0 };
        self.good >= self.wanted
    }
}

impl RealWorld {
    pub(super) async fn canary_gate(&self, job: &GateJob, canary: &Canary) -> Result<Judged, String> {
        let step = job.plan.step(&job.step).ok_or("the plan has no such step")?;
        let repo = canary.repo(job.plan.document()).ok_or("the plan deploys no such canary")?;
        let candidate = job.candidates.get(&repo.name).ok_or_else(|| format!("{} isn't frozen", repo.name))?;
        let sha = candidate.ship_sha();
        let scene = Scene { document: job.plan.document(), candidates: &job.candidates, step };
        let probe = scene.canary(canary).map_err(|why| why.to_string())?;
        let stood = job
            .before
            .as_ref()
            .filter(|before| before.holds && now().saturating_sub(before.at) <= canary.over.millis());
        let mut streak = Streak { good: 0, wanted: canary.checks };
        if let Some(before) = stood {
            match self.good(job, repo, sha, probe.as_ref()).await {
                Ok(_) => return Ok(Judged { holds: true, detail: before.detail.clone() }),
                Err(why) => self.tell_canary(job, canary, streak, &why, now()).await,
            }
        }
        let (since, until) = (now(), Instant::now() + step.budget.duration());
        let mut orders = job.orders.clone();
        loop {
            let checked = tokio::select! {
                checked = self.good(job, repo, sha, probe.as_ref()) => checked,
                _ = given(&mut orders) => return Err("it was cancelled".to_owned()),
            };
            let last = match &checked {
                Ok(seen) => seen.clone(),
                Err(why) => format!("not good, so it starts over: {why}"),
            };
            if streak.take(checked.is_ok()) {
                let detail = format!("{} good checks in a row over {}; last: {last}", canary.checks, canary.over);
                return Ok(Judged { holds: true, detail });
            }
            if Instant::now() >= until {
                let detail = format!(
                    "it wasn't good for {} checks in a row within {}; last: {last}",
                    canary.checks, step.budget
                );
                return Ok(Judged { holds: false, detail });
            }
            self.tell_canary(job, canary, streak, &last, since).await;
            tokio::select! {
                () = sleep(canary.every().duration()) => {}
                _ = given(&mut orders) => return Err("it was cancelled".to_owned()),
            }
        }
    }

    async fn tell_canary(&self, job: &GateJob, canary: &Canary, streak: Streak, last: &str, since: u64) {
        let left = u64::from(streak.wanted.saturating_sub(streak.good)) * canary.every().millis();
        let wait = Wait {
            kind: WaitKind::Canary,
            what: format!("canary {} to be good for {} checks over {}", canary.canary, canary.checks, canary.over),
            since,
            until: now() + left,
            last: format!("{} of {} good; {last}", streak.good, streak.wanted),
        };
        // nobody listens any more: then nobody misses it
        let _ = job.line.0.send(Signal::Waiting(job.step.clone(), Some(wait))).await;
    }

    /// One check: its address answers 200, it reports the commit that shipped, its own probe says that it is deployed. What
    /// it has of these must all be good.
    async fn good(&self, job: &GateJob, repo: &Repo, sha: &Sha, probe: Option<&Command>) -> Result<String, String> {
        let reports = repo.reports.as_ref().and_then(|reports| reports.version.as_deref());
        // what was there before answers a smoke address as well
        if reports.is_none() && probe.is_none() {
            return Err("nothing tells which version answers".to_owned());
        }
        let mut seen = Vec::new();
        if let Some(Deployment::Push { smoke: Some(address), .. }) = &repo.deploy {
            self.answered_with(address, 200).await?;
            seen.push("it answers 200".to_owned());
        }
        if let Some(address) = reports {
            let reported = self.reported(address).await.map_err(|why| format!("{address}: {why}"))?;
            if reported != sha.as_str() {
                let reported: String = reported.chars().take(60).collect();
                return Err(format!("it reports {reported:?}, not {}", sha.short()));
            }
            seen.push(format!("it reports {}", sha.short()));
        }
        if let Some(command) = probe {
            let ended = self.ask_command(&job.plan, command, crate::plan::Words::default(), CHECK).await?;
            if ended.end != End::Exited(0) {
                let said = super::last_line(&ended.tail).to_owned();
                return Err(format!("its probe: {} {said}", super::end_words(ended.end)).trim().to_owned());
            }
            seen.push("its probe says that it is deployed".to_owned());
        }
        Ok(seen.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_check_starts_the_streak_over() {
        let mut streak = Streak { good: 0, wanted: 3 };
        let ends: Vec<bool> = [true, true, false, true, true, true].into_iter().map(|good| streak.take(good)).collect();
        assert_eq!(ends, [false, false, false, false, false, true]);
    }
}
