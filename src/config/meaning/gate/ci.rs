//! `{ ci = ["build"] }`: the step's repository says where its statuses are, and each context is named once.

use super::{Judge, join};
use crate::plan::Step;

/// The most contexts that one gate names.
const MAX_CONTEXTS: usize = 50;

pub(super) fn judge(judge: &mut Judge<'_>, step: &Step, contexts: &[String], path: &[String]) {
    let key = join(path, &["ci"]);
    if contexts.is_empty() || contexts.len() > MAX_CONTEXTS {
        judge.blame(&key, format!("it names {} contexts; a gate names 1 to {MAX_CONTEXTS}", contexts.len())).help =
            Some("write the names as the forge shows them, as in [\"build\", \"test\"]".to_owned());
    }
    for (index, context) in contexts.iter().enumerate() {
        let at = join(&key, &[&index.to_string()]);
        if context.trim().is_empty() || context.chars().any(char::is_control) {
            judge.blame(&at, "no status is called so");
        } else if contexts.iter().take(index).any(|other| other == context) {
            judge.blame(&at, format!("`{context}` stands twice"));
        }
    }
    let document = judge.document;
    match step.verb.repo().and_then(|name| document.repo.iter().find(|repo| repo.name == *name)) {
        None if step.verb.repo().is_none() => {
            judge.blame_key(&key, "this step concerns no repo whose statuses could be read").help =
                Some("put the gate on a step that has a repo".to_owned());
        }
        Some(repo) if repo.ci.is_none() && judge.draft.intact(&repo.name) => {
            judge.blame_key(&key, format!("`{}` doesn't say where its statuses are", repo.name)).help =
                Some("give its [[repo]] a ci = { github = \"https://…/repos/acme/web\" }".to_owned());
        }
        Some(_) | None => {}
    }
}
