//! The order of repins: after the packages that they pin, and before the repository itself is built, published or deployed.

use super::reach::Reach;
use crate::config::meaning::{Judge, join};
use crate::plan::{Document, Outgoing, Repo, RepoName, Step, Verb};

pub(super) fn judge(judge: &mut Judge<'_>) {
    let document = judge.document;
    let reach = Reach::of(document);
    for (place, step) in document.step.iter().enumerate() {
        let Verb::Repin(_) = &step.verb else { continue };
        let Some(repo) = document.repo.iter().find(|repo| step.verb.repo() == Some(&repo.name)) else { continue };
        packages_first(judge, &reach, place, step, repo);
        before_it_ships(judge, &reach, place, step, repo);
    }
}

/// What is pinned must be published before.
fn packages_first(judge: &mut Judge<'_>, reach: &Reach<'_>, place: usize, step: &Step, repo: &Repo) {
    let document = judge.document;
    let before = reach.before(place);
    let path = join(&judge.draft.step_path(place), &["repin"]);
    let mut seen: Vec<&RepoName> = Vec::new();
    for (index, pin) in repo.repin.iter().enumerate() {
        if seen.contains(&&pin.package) || !judge.draft.intact(&pin.package) {
            continue;
        }
        seen.push(&pin.package);
        let Some((at, publishing)) = publishing(document, &pin.package) else {
            if judge.draft.lost("step") || judge.steps.unread {
                continue;
            }
            let of = document.repo.iter().position(|other| other.name == repo.name).unwrap_or_default();
            let pin_path = join(&judge.draft.repo_path(of), &["repin", &index.to_string(), "package"]);
            let message = format!("step `{}` pins `{}`, but no step publishes it", step.id, pin.package);
            judge.blame(&pin_path, message).help =
                Some(format!("add a step with publish = \"{}\" above step `{}`", pin.package, step.id));
            continue;
        };
        if before.get(at) == Some(&true) {
            continue;
        }
        if at > place {
            let message =
                format!("step `{}` pins `{}` before step `{}` publishes it", step.id, pin.package, publishing.id);
            judge.blame(&path, message).help = Some(format!("move step `{}` up, above `{}`", publishing.id, step.id));
        } else {
            let message = format!(
                "step `{}` pins `{}` without waiting for step `{}`, which publishes it",
                step.id, pin.package, publishing.id
            );
            judge.blame(&path, message).help =
                Some(format!("add \"{}\" to the `needs` of step `{}`", publishing.id, step.id));
        }
    }
}

/// What ships is the repinned commit, so nothing of the repository may ship without waiting for it.
fn before_it_ships(judge: &mut Judge<'_>, reach: &Reach<'_>, place: usize, step: &Step, repo: &Repo) {
    let document = judge.document;
    for (at, other) in document.step.iter().enumerate() {
        if !ships(document, other, repo) {
            continue;
        }
        if reach.before(at).get(place) == Some(&true) {
            continue;
        }
        let path = join(&judge.draft.step_path(at), &[other.verb.word()]);
        if at < place {
            let message = format!("step `{}` ships `{}` before step `{}` repins it", other.id, repo.name, step.id);
            judge.blame(&path, message).help = Some(format!("move step `{}` up, above `{}`", step.id, other.id));
        } else {
            let message = format!(
                "step `{}` ships `{}` without waiting for step `{}`, which repins it",
                other.id, repo.name, step.id
            );
            judge.blame(&path, message).help =
                Some(format!("add \"{}\" to the `needs` of step `{}`", step.id, other.id));
        }
    }
}

fn publishing<'a>(document: &'a Document, package: &RepoName) -> Option<(usize, &'a Step)> {
    let mut steps = document.step.iter().enumerate();
    steps.find(|(_, step)| matches!(step.verb, Verb::Publish(_)) && step.verb.repo() == Some(package))
}

/// Whether users, or other repositories, get the repository's commit by a step.
fn ships(document: &Document, step: &Step, repo: &Repo) -> bool {
    let out = || step.verb.outgoing(document);
    step.verb.repo() == Some(&repo.name) && matches!(out(), Some(Outgoing::Package | Outgoing::Code))
}
