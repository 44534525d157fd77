//! What a dialog says where several steps start by one word: the train, going on, and resuming.

use super::super::{Demand, Description};
use super::{asks, effects, grave, reach, word_of};
use crate::cockpit::role::Role;
use crate::cockpit::view::View;
use crate::cockpit::widget::text::Row;
use crate::plan::{Confirm, Reach};
use crate::rollout::StepState;
use crate::rollout::status::StepStatus;
use crate::shown::Shown;

pub(super) fn train(view: &View<'_>) -> Description {
    let status = &view.state.status;
    let covered = |step: &&StepStatus| {
        let once = view.state.plan.step(&step.id).is_none_or(|s| matches!(s.confirm, Confirm::Once));
        once && !step.state.is_done()
    };
    let steps: Vec<&StepStatus> = status.steps.iter().filter(covered).collect();
    let (permanent, others): (Vec<&StepStatus>, Vec<_>) =
        steps.iter().partition(|step| step.reversibility == Reach::Permanent);
    let mut rows = vec![Row::say(
        format!("One approval covers {} steps. Gates, a failure, a veto or a hold still stop it.", steps.len()),
        Role::Text,
    )];
    if !permanent.is_empty() {
        rows.push(Row::Blank);
        rows.push(Row::say("These can never be taken back:", Role::Danger));
        rows.extend(permanent.into_iter().flat_map(|step| told(view, step)));
    }
    rows.push(Row::Blank);
    rows.push(Row::say("In the order of the plan:", Role::Dim));
    rows.extend(others.into_iter().flat_map(|step| told(view, step)));
    rows.push(Row::Blank);
    rows.push(Row::fact("way back", "flag off, from any state, with f", Role::Text));
    if let Some(digest) = &view.state.train_digest {
        rows.push(Row::fact("binds", digest.short().to_owned(), Role::Dim));
    }
    grave("Approve the train".to_owned(), rows, "approve all of it", status.release.id.clone())
}

pub(super) fn resume(view: &View<'_>) -> Description {
    let reason = view.state.status.hold.as_deref().unwrap_or_default();
    let mut rows = vec![Row::fact("held for", Shown::line(reason), Role::Text)];
    rows.extend(failed(view));
    rows.push(Row::Blank);
    rows.push(Row::say("What is approved may start again; what failed asks for a new approval.", Role::Text));
    let first = view.state.status.steps.iter().find(|step| step.state == StepState::Approved);
    rows.extend(first.map(|step| {
        let partly = step.partly().map(|partly| format!(", {partly}")).unwrap_or_default();
        Row::fact("first", Shown::line(&format!("{} · {}{partly}", step.id, step.title)), Role::Strong)
    }));
    going_on(view, "Resume the release", rows, "resume", &permanent(view))
}

fn failed(view: &View<'_>) -> Vec<Row> {
    let failed = view.state.status.steps.iter().find(|step| step.state == StepState::Failed);
    let Some(step) = failed else { return Vec::new() };
    let mut rows = vec![Row::fact("failed", Shown::line(&format!("{} · {}", step.id, step.title)), Role::Bad)];
    rows.extend(step.evidence.iter().take(3).map(|line| Row::fact("", Shown::line(line), Role::Text)));
    rows
}

pub(super) fn go(view: &View<'_>) -> Description {
    let mut rows = vec![Row::say(
        "The cockpit opened parked: what is approved already starts, in the order of the plan.",
        Role::Text,
    )];
    if let Some(step) = view.attention().and_then(|id| view.step_by_id(id)) {
        rows.push(Row::Blank);
        rows.push(Row::fact("first", Shown::line(&format!("{} · {}", step.id, step.title)), Role::Strong));
        rows.extend(effects(view, step));
        rows.push(reach(step.reversibility));
        rows.push(Row::fact("way back", Shown::line(&step.way_back), Role::Text));
    }
    going_on(view, "Go on", rows, "go on", &permanent(view))
}

/// Steps that start without another word, and can never be taken back.
fn permanent<'a>(view: &View<'a>) -> Vec<&'a StepStatus> {
    let to_come = |step: &&StepStatus| {
        step.actions.iter().any(|action| action.reach == Reach::Permanent && action.state != "done")
    };
    let steps = view.state.status.steps.iter().filter(|step| step.state == StepState::Approved);
    steps.filter(to_come).collect()
}

/// A word to go on. An approval from elsewhere asked for none, so what is permanent asks for it here.
fn going_on(
    view: &View<'_>,
    title: &str,
    mut rows: Vec<Row>,
    label: &'static str,
    permanent: &[&StepStatus],
) -> Description {
    let word = match permanent {
        [] => return asks(title.to_owned(), rows, label, Demand::Nothing),
        [step] => word_of(view, step),
        [..] => view.state.status.release.id.clone(),
    };
    rows.push(Row::Blank);
    rows.push(Row::say("These start by it, and can never be taken back:", Role::Danger));
    rows.extend(permanent.iter().flat_map(|step| told(view, step)));
    grave(title.to_owned(), rows, label, word)
}

/// A step among others: its number, title and commit, then the command of each action; what it does, where that says more.
fn told(view: &View<'_>, step: &StepStatus) -> Vec<Row> {
    let repo = view.repo_of(step).and_then(|repo| repo.ship_sha.as_ref().map(|sha| format!(" @ {sha}")));
    let repin = step.repin.as_ref().map(|repin| format!(" and what step {repin} commits on top"));
    let repo = repo.map(|repo| format!("{repo}{}", repin.unwrap_or_default()));
    let mut rows = vec![Row::Line(vec![
        (Shown::from(format!("{:>2} ", step.number)), Role::Dim),
        (Shown::line(&format!("{}{}", step.title, repo.unwrap_or_default())), Role::Text),
    ])];
    for action in step.actions.iter().filter(|action| action.state != "done") {
        if action.command.is_none() || action.reach == Reach::Permanent {
            rows.push(Row::fact("", Shown::line(&action.title), Role::Text));
        }
        rows.extend(action.command.as_deref().map(|command| Row::fact("", Shown::line(command), Role::Accent)));
    }
    rows
}
