//! `{ canary = "api", checks = 20, over = "10m" }`: an earlier step deploys it, and something tells which version answers.

use super::{Judge, join};
use crate::plan::gate::Canary;
use crate::plan::{Deployment, Repo, Step};

/// Checks that follow each other faster than this see the same instant.
const CLOSEST: u64 = 100;

pub(super) fn judge(judge: &mut Judge<'_>, canary: &Canary, of: &Step, index: usize, path: &[String]) {
    let document = judge.document;
    let named = join(path, &["canary"]);
    if canary.every().millis() < CLOSEST {
        judge.blame(&join(path, &["over"]), "so many checks take longer than that").help =
            Some(format!("{} checks need at least \"{}s\"", canary.checks, canary.checks.div_ceil(10)));
    }
    if canary.over > of.budget {
        let message = format!("it can't be good for {} within a budget of {}", canary.over, of.budget);
        judge.blame(&join(path, &["over"]), message).help =
            Some("give the step a longer `budget`, or spread the checks over less time".to_owned());
    }
    let Some(step) = canary.step(document) else {
        let (known, is_step) = (&judge.steps.all, document.step.iter().any(|step| step.id.as_str() == canary.canary));
        if is_step || judge.repos.all.contains(canary.canary.as_str()) {
            let message = format!("`{}` deploys nothing that could be a canary", canary.canary);
            judge.blame(&named, message).help = Some("name a step whose verb is `deploy`".to_owned());
        } else if judge.steps.lack(&canary.canary) {
            judge.dangling(&named, "step", &canary.canary, known);
        }
        return;
    };
    let place = document.step.iter().position(|other| other.id == step.id).unwrap_or_default();
    if place >= index {
        judge.blame(&named, format!("`{}` isn't deployed before this step", canary.canary)).help =
            Some(format!("move step `{}` up, above this one", step.id));
    }
    let Some(repo) = canary.repo(document).filter(|repo| judge.draft.intact(&repo.name)) else { return };
    if !says_what_it_is(repo) {
        let message = format!("nothing tells which version of `{}` answers once it is deployed", repo.name);
        judge.blame(&named, message).help = Some(
            "give its [[repo]] `reports.version`: the version before may answer a smoke address as well".to_owned(),
        );
    }
}

/// Whether it can be asked for what runs there: it reports its version, or its own script has a probe.
fn says_what_it_is(repo: &Repo) -> bool {
    let reports = repo.reports.as_ref().is_some_and(|reports| reports.version.is_some());
    reports || matches!(repo.deploy, Some(Deployment::Script { .. }))
}
