//! Steps that somebody else brings: which verbs may, who is waited for, and how a workflow is started.

use super::registry::holds_credentials;
use super::{Judge, address_fault, join};
use crate::plan::{ByOthers, Dispatch, Gate, Step, Via};

pub(super) fn judge(judge: &mut Judge<'_>) {
    let document = judge.document;
    for (index, step) in document.step.iter().enumerate() {
        let path = judge.draft.step_path(index);
        match step.via {
            Via::Local => local(judge, step, &path),
            Via::Dispatch | Via::External => others(judge, step, &path),
        }
        match (&step.dispatch, step.via) {
            (Some(dispatch), Via::Dispatch) => starting(judge, step, dispatch, &join(&path, &["dispatch"])),
            (None, Via::Dispatch) => {
                judge.blame(&join(&path, &["via"]), "nothing says how the workflow is started").help = Some(
                    "add dispatch = { command = [\"bin/dispatch\", \"{sha}\"] }, or via = \"external\"".to_owned(),
                );
            }
            (Some(_), Via::Local | Via::External) => {
                judge.blame_key(&join(&path, &["dispatch"]), "nothing here starts a workflow").help =
                    Some("say via = \"dispatch\" beside it, or drop `dispatch`".to_owned());
            }
            (None, Via::Local | Via::External) => {}
        }
    }
}

/// Nobody else is waited for where flightdeck itself brings the effects, but a canary.
fn local(judge: &mut Judge<'_>, step: &Step, path: &[String]) {
    let canary = step.gates.iter().any(|gate| matches!(gate, Gate::Canary(_)));
    for key in ["waits_for", "budget"] {
        let path = join(path, &[key]);
        if canary && key == "budget" {
            continue;
        }
        if judge.tree.find(&path).is_some() {
            judge.blame_key(&path, format!("`{key}` says nothing here: flightdeck itself does this step")).help =
                Some(format!("drop it, or say via = \"external\" beside it{}", limit_of(key)));
        }
    }
}

fn limit_of(key: &str) -> &'static str {
    if key == "budget" { "; `timeout` limits what runs here" } else { "" }
}

fn others(judge: &mut Judge<'_>, step: &Step, path: &[String]) {
    let via = join(path, &["via"]);
    let word = step.verb.word();
    match step.verb.by_others() {
        ByOthers::May => {}
        ByOthers::Untold => {
            judge.blame(&via, "without a `probe` nothing tells that somebody else has done it").help =
                Some(format!("give `{word}` a probe = [\"…\"] that exits 0 once it is there"));
        }
        ByOthers::Never => {
            judge.blame(&via, format!("`{word}` is done here, by nobody else")).help =
                Some("only publish, promote, deploy, migrate and run can be: drop `via`".to_owned());
        }
    }
    if step.budget.millis() == 0 {
        judge.blame(&join(path, &["budget"]), "nobody can bring anything in no time").help =
            Some("leave `budget` out for two hours".to_owned());
    }
    if step.waits_for.as_ref().is_some_and(|who| who.trim().is_empty()) {
        judge.blame(&join(path, &["waits_for"]), "it names nobody").help =
            Some("write who brings it, as in \"the platform team's pipeline\"".to_owned());
    }
}

fn starting(judge: &mut Judge<'_>, step: &Step, dispatch: &Dispatch, path: &[String]) {
    let Dispatch::Http { http, method, body, token } = dispatch else { return };
    if let Some(fault) = address_fault(http) {
        judge.blame(&join(path, &["http"]), fault);
    } else if holds_credentials(http) {
        judge.blame(&join(path, &["http"]), "a password has no place in the plan, which everybody reads").help =
            Some("name the variable that holds the token: token = \"CI_TOKEN\"".to_owned());
    }
    if !["POST", "PUT", "PATCH"].contains(&method.as_str()) {
        judge.blame(&join(path, &["method"]), "a workflow is started by POST, PUT or PATCH").help =
            Some("leave `method` out for POST".to_owned());
    }
    if let Some(body) = body {
        // words stand in texts of the body, which stay texts when they are filled
        if let Err(error) = serde_json::from_str::<serde_json::Value>(body) {
            judge.blame(&join(path, &["body"]), format!("the body isn't JSON: {error}")).help =
                Some("write it as in body = '{\"ref\":\"{sha}\"}'".to_owned());
        }
    }
    let Some(token) = token else { return };
    let path = join(path, &["token"]);
    match step.verb.repo() {
        None => {
            judge.blame(&path, "this step has no repo whose `secrets` could name it").help =
                Some("give its verb a `repo`".to_owned());
        }
        Some(name) => {
            let repo = judge.document.repo.iter().find(|repo| repo.name == *name);
            let Some(repo) = repo.filter(|_| judge.draft.intact(name)) else { return };
            if !repo.secrets.contains(token) {
                judge.blame(&path, format!("`{token}` isn't among the `secrets` of `{name}`")).help =
                    Some(format!("add it there: secrets = [\"{token}\"]; only those are cut out of what is printed"));
            }
        }
    }
}
