//! Steps: their ids, needs, gates, times, and what their verbs say about themselves.

use super::{Judge, address_fault, gate, join};
use crate::config::refname;
use crate::config::tree::Node;
use crate::plan::{Step, Verb};

pub(super) fn judge(judge: &mut Judge<'_>) {
    let document = judge.document;
    if document.step.is_empty()
        && judge.tree.get("step").is_none_or(|steps| steps.items().is_empty())
        && !judge.draft.lost("step")
    {
        judge.blame_span(0..0, "the plan has no steps").help = Some(
            "add a [[step]] with `id`, `stage`, `title` and a verb, such as run = { command = [\"bin/x\"] }".to_owned(),
        );
    }
    for (index, step) in document.step.iter().enumerate() {
        let path = judge.draft.step_path(index);
        if document.step.iter().take(index).any(|other| other.id == step.id) {
            judge.blame(&join(&path, &["id"]), format!("two steps have the id `{}`", step.id)).help =
                Some("an id names one step on the command line: choose another".to_owned());
        }
        if step.timeout.millis() == 0 {
            judge.blame(&join(&path, &["timeout"]), "nothing can be done in no time").help =
                Some("leave `timeout` out for ten minutes".to_owned());
        }
        if matches!(step.verb, Verb::Record(_)) && index + 1 < document.step.len() {
            judge.blame_key(&join(&path, &["record"]), "`record` must be the last step").help =
                Some("move it down: what isn't live yet can't be recorded".to_owned());
        }
        needs(judge, step, index, &path);
        gate::judge(judge, step, index, &path);
        verb(judge, step, &path);
        written(judge, &path);
    }
}

fn needs(judge: &mut Judge<'_>, step: &Step, index: usize, path: &[String]) {
    for (number, need) in step.needs.iter().flatten().enumerate() {
        other_step(judge, step, index, need.as_str(), &join(path, &["needs", &number.to_string()]));
    }
}

/// A step that another one waits for: it must be there, and come first.
pub(super) fn other_step(judge: &mut Judge<'_>, step: &Step, index: usize, other: &str, path: &[String]) {
    if other == step.id.as_str() {
        judge.blame(path, format!("`{other}` can't wait for itself"));
        return;
    }
    let steps = &judge.document.step;
    match steps.iter().position(|candidate| candidate.id.as_str() == other) {
        Some(at) if at > index => {
            judge.blame(path, format!("`{other}` comes later than `{}`", step.id)).help =
                Some(format!("move step `{other}` up, above `{}`", step.id));
        }
        Some(_) => {}
        None => {
            if judge.steps.lack(other) {
                judge.dangling(path, "step", other, &judge.steps.all);
            }
        }
    }
}

/// What the verb finds wrong with itself.
fn verb(judge: &mut Judge<'_>, step: &Step, path: &[String]) {
    let repos = judge.repos;
    let blind = step.verb.repos().iter().any(|repo| !judge.draft.intact(repo) && !repos.lack(repo.as_str()));
    let flagless = matches!(step.verb, Verb::Flag(_)) && judge.draft.lost("flag");
    if blind || flagless {
        return;
    }
    for fault in step.verb.faults(judge.document) {
        let mut at = join(path, &[step.verb.word()]);
        at.extend(fault.at);
        let written = judge.tree.at(&at).text().unwrap_or_default();
        let (message, help) = match fault.message.split_once("; ").or_else(|| fault.message.split_once(": ")) {
            Some((message, help)) => (message.to_owned(), Some(help.to_owned())),
            None => (fault.message.clone(), None),
        };
        let near = crate::config::near::nearest(written, repos.all.iter().copied())
            .map(|near| format!("did you mean `{near}`?"));
        let unknown = message.starts_with("no [[repo]]");
        judge.blame(&at, message).help = near.filter(|_| unknown).or(help);
    }
}

/// What stands in a verb's table that types don't judge: addresses, branches, tags.
fn written(judge: &mut Judge<'_>, path: &[String]) {
    for (verb, key, what) in [("promote", "to", "branch"), ("promote", "remote", "remote"), ("record", "tag", "tag")] {
        let path = join(path, &[verb, key]);
        let fault = judge.tree.find(&path).and_then(Node::text).and_then(refname::fault);
        if let Some(fault) = fault {
            judge.blame(&path, format!("git takes no {what} of that name: {fault}"));
        }
    }
    for verb in ["smoke", "soak"] {
        let checks = join(path, &[verb, "checks"]);
        let count = judge.tree.find(&checks).map_or(0, |list| list.items().len());
        for index in 0..count {
            let path = join(&checks, &[&index.to_string(), "http"]);
            if let Some(fault) = judge.tree.find(&path).and_then(Node::text).and_then(address_fault) {
                judge.blame(&path, fault);
            }
        }
    }
}
